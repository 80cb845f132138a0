/* half_template.h: a 16-bit floating-point type, the pair of two, and all their functions. Included
 * twice: by cuda_fp16.h for __half and by cuda_bf16.h for __nv_bfloat16. Before it are defined
 *
 *   CUSIM_HALF, CUSIM_HALF2            the two types; their _raw twins hold bits
 *   CUSIM_NAME                         half or bfloat16, as in __float2half and __float2bfloat16
 *   CUSIM_FORMAT                       the format in small_float.h
 *
 * Which functions there are, and which take part in overloads, is as in CUDA. */
#ifndef CUSIM_HALF
#error "half_template.h is a part of cuda_fp16.h and cuda_bf16.h"
#endif

#define CUSIM_PASTE_(a, b, c) a##b##c
#define CUSIM_PASTE(a, b, c) CUSIM_PASTE_(a, b, c)
#define CUSIM_NAMED(before, after) CUSIM_PASTE(before, CUSIM_NAME, after)

/* ---- The types ---- */

typedef struct {
    unsigned short x;
} CUSIM_PASTE(CUSIM_HALF, _raw, );

typedef struct __align__(4) {
    unsigned short x, y;
} CUSIM_PASTE(CUSIM_HALF2, _raw, );

#define CUSIM_RAW CUSIM_PASTE(CUSIM_HALF, _raw, )
#define CUSIM_RAW2 CUSIM_PASTE(CUSIM_HALF2, _raw, )

struct __align__(2) CUSIM_HALF {
    typedef void small_float;
    unsigned short __x;

    CUSIM_HALF() = default;
    constexpr CUSIM_HALF(const CUSIM_RAW &raw) : __x(raw.x) {}
    CUSIM_HALF(float x) : __x(cusim::CUSIM_FORMAT::narrow(x)) {}
    CUSIM_HALF(double x) : __x(cusim::narrow<cusim::CUSIM_FORMAT>(x, cusim::TO_NEAREST)) {}
    CUSIM_HALF(short x) : CUSIM_HALF((float)x) {}
    CUSIM_HALF(unsigned short x) : CUSIM_HALF((float)x) {}
    CUSIM_HALF(int x) : CUSIM_HALF((double)x) {}
    CUSIM_HALF(unsigned x) : CUSIM_HALF((double)x) {}
    CUSIM_HALF(long x) : CUSIM_HALF(cusim::sticky_double(x)) {}
    CUSIM_HALF(unsigned long x) : CUSIM_HALF(cusim::sticky_double(x)) {}
    CUSIM_HALF(long long x) : CUSIM_HALF(cusim::sticky_double(x)) {}
    CUSIM_HALF(unsigned long long x) : CUSIM_HALF(cusim::sticky_double(x)) {}
    template <class Other, class = typename Other::small_float>
    explicit CUSIM_HALF(Other x) : CUSIM_HALF((float)x) {}

    operator CUSIM_RAW() const { return CUSIM_RAW{__x}; }
    operator float() const { return cusim::CUSIM_FORMAT::widen(__x); }
    constexpr operator bool() const { return (__x & 0x7fff) != 0; }
    operator char() const { return to<char>(); }
    operator signed char() const { return to<signed char>(); }
    operator unsigned char() const { return to<unsigned char>(); }
    operator short() const { return to<short>(); }
    operator unsigned short() const { return to<unsigned short>(); }
    operator int() const { return to<int>(); }
    operator unsigned() const { return to<unsigned>(); }
    operator long() const { return to<long>(); }
    operator unsigned long() const { return to<unsigned long>(); }
    operator long long() const { return to<long long>(); }
    operator unsigned long long() const { return to<unsigned long long>(); }

    template <class I> I to() const { return cusim::saturated<I>(std::trunc((float)*this)); }
};

struct __align__(4) CUSIM_HALF2 {
    CUSIM_HALF x, y;

    CUSIM_HALF2() = default;
    constexpr CUSIM_HALF2(const CUSIM_HALF &x_, const CUSIM_HALF &y_) : x(x_), y(y_) {}
    CUSIM_HALF2(const CUSIM_RAW2 &raw) : x(CUSIM_RAW{raw.x}), y(CUSIM_RAW{raw.y}) {}
    operator CUSIM_RAW2() const { return CUSIM_RAW2{x.__x, y.__x}; }
};

/* ---- Conversions of one ---- */

CUSIM_INLINE float CUSIM_NAMED(__, 2float)(CUSIM_HALF x) { return x; }
CUSIM_INLINE CUSIM_HALF CUSIM_NAMED(__float2, )(float x) { return x; }
CUSIM_INLINE CUSIM_HALF CUSIM_NAMED(__double2, )(double x) { return x; }

#define CUSIM_FROM(name, T, wide)                                                               \
    CUSIM_INLINE CUSIM_HALF CUSIM_PASTE(name, _rn, )(T x) { return x; }                         \
    CUSIM_INLINE CUSIM_HALF CUSIM_PASTE(name, _rz, )(T x)                                       \
    {                                                                                           \
        return CUSIM_RAW{cusim::narrow<cusim::CUSIM_FORMAT>(wide(x), cusim::TO_ZERO)};          \
    }                                                                                           \
    CUSIM_INLINE CUSIM_HALF CUSIM_PASTE(name, _ru, )(T x)                                       \
    {                                                                                           \
        return CUSIM_RAW{cusim::narrow<cusim::CUSIM_FORMAT>(wide(x), cusim::UP)};               \
    }                                                                                           \
    CUSIM_INLINE CUSIM_HALF CUSIM_PASTE(name, _rd, )(T x)                                       \
    {                                                                                           \
        return CUSIM_RAW{cusim::narrow<cusim::CUSIM_FORMAT>(wide(x), cusim::DOWN)};             \
    }
CUSIM_FROM(CUSIM_NAMED(__float2, ), float, (double))
CUSIM_FROM(CUSIM_NAMED(__short2, ), short, (double))
CUSIM_FROM(CUSIM_NAMED(__ushort2, ), unsigned short, (double))
CUSIM_FROM(CUSIM_NAMED(__int2, ), int, (double))
CUSIM_FROM(CUSIM_NAMED(__uint2, ), unsigned, (double))
CUSIM_FROM(CUSIM_NAMED(__ll2, ), long long, cusim::sticky_double)
CUSIM_FROM(CUSIM_NAMED(__ull2, ), unsigned long long, cusim::sticky_double)
#undef CUSIM_FROM

#define CUSIM_TO(name, I)                                                                       \
    CUSIM_INLINE I CUSIM_PASTE(name, _rn, )(CUSIM_HALF x)                                       \
    {                                                                                           \
        return cusim::saturated<I>(std::nearbyint((float)x));                                   \
    }                                                                                           \
    CUSIM_INLINE I CUSIM_PASTE(name, _rz, )(CUSIM_HALF x) { return x.to<I>(); }                 \
    CUSIM_INLINE I CUSIM_PASTE(name, _ru, )(CUSIM_HALF x)                                       \
    {                                                                                           \
        return cusim::saturated<I>(std::ceil((float)x));                                        \
    }                                                                                           \
    CUSIM_INLINE I CUSIM_PASTE(name, _rd, )(CUSIM_HALF x)                                       \
    {                                                                                           \
        return cusim::saturated<I>(std::floor((float)x));                                       \
    }
CUSIM_TO(CUSIM_NAMED(__, 2short), short)
CUSIM_TO(CUSIM_NAMED(__, 2ushort), unsigned short)
CUSIM_TO(CUSIM_NAMED(__, 2int), int)
CUSIM_TO(CUSIM_NAMED(__, 2uint), unsigned)
CUSIM_TO(CUSIM_NAMED(__, 2ll), long long)
CUSIM_TO(CUSIM_NAMED(__, 2ull), unsigned long long)
#undef CUSIM_TO
CUSIM_INLINE signed char CUSIM_NAMED(__, 2char_rz)(CUSIM_HALF x) { return x; }
CUSIM_INLINE unsigned char CUSIM_NAMED(__, 2uchar_rz)(CUSIM_HALF x) { return x; }

CUSIM_INLINE unsigned short CUSIM_NAMED(__, _as_ushort)(CUSIM_HALF x) { return x.__x; }
CUSIM_INLINE short CUSIM_NAMED(__, _as_short)(CUSIM_HALF x) { return (short)x.__x; }
CUSIM_INLINE CUSIM_HALF CUSIM_NAMED(__ushort_as_, )(unsigned short bits) { return CUSIM_RAW{bits}; }
CUSIM_INLINE CUSIM_HALF CUSIM_NAMED(__short_as_, )(short bits)
{
    return CUSIM_RAW{(unsigned short)bits};
}

/* ---- Pairs: putting together and taking apart ---- */

CUSIM_INLINE CUSIM_HALF2 CUSIM_NAMED(make_, 2)(CUSIM_HALF x, CUSIM_HALF y)
{
    return CUSIM_HALF2(x, y);
}
CUSIM_INLINE CUSIM_HALF2 CUSIM_NAMED(__halves2, 2)(CUSIM_HALF x, CUSIM_HALF y)
{
    return CUSIM_HALF2(x, y);
}
CUSIM_INLINE CUSIM_HALF2 CUSIM_PASTE(CUSIM_NAMED(__, 2), CUSIM_NAME, 2)(CUSIM_HALF x)
{
    return CUSIM_HALF2(x, x);
}
CUSIM_INLINE CUSIM_HALF2 CUSIM_NAMED(__float2, 2_rn)(float x) { return CUSIM_HALF2(x, x); }
CUSIM_INLINE CUSIM_HALF2 CUSIM_NAMED(__floats2, 2_rn)(float x, float y)
{
    return CUSIM_HALF2(x, y);
}
CUSIM_INLINE CUSIM_HALF2 CUSIM_NAMED(__float22, 2_rn)(float2 v) { return CUSIM_HALF2(v.x, v.y); }
CUSIM_INLINE float2 CUSIM_NAMED(__, 22float2)(CUSIM_HALF2 v) { return make_float2(v.x, v.y); }
CUSIM_INLINE float __low2float(CUSIM_HALF2 v) { return v.x; }
CUSIM_INLINE float __high2float(CUSIM_HALF2 v) { return v.y; }
CUSIM_INLINE CUSIM_HALF CUSIM_NAMED(__low2, )(CUSIM_HALF2 v) { return v.x; }
CUSIM_INLINE CUSIM_HALF CUSIM_NAMED(__high2, )(CUSIM_HALF2 v) { return v.y; }
CUSIM_INLINE CUSIM_HALF2 CUSIM_NAMED(__low2, 2)(CUSIM_HALF2 v) { return CUSIM_HALF2(v.x, v.x); }
CUSIM_INLINE CUSIM_HALF2 CUSIM_NAMED(__high2, 2)(CUSIM_HALF2 v) { return CUSIM_HALF2(v.y, v.y); }
CUSIM_INLINE CUSIM_HALF2 CUSIM_NAMED(__lows2, 2)(CUSIM_HALF2 v, CUSIM_HALF2 w)
{
    return CUSIM_HALF2(v.x, w.x);
}
CUSIM_INLINE CUSIM_HALF2 CUSIM_NAMED(__highs2, 2)(CUSIM_HALF2 v, CUSIM_HALF2 w)
{
    return CUSIM_HALF2(v.y, w.y);
}
CUSIM_INLINE CUSIM_HALF2 __lowhigh2highlow(CUSIM_HALF2 v) { return CUSIM_HALF2(v.y, v.x); }

/* ---- Arithmetic. A function of pairs does to each half what its namesake does to one. ---- */

namespace cusim {
CUSIM_INLINE CUSIM_HALF between_0_and_1(CUSIM_HALF x)
{
    return (float)x > 0 ? ((float)x < 1 ? x : CUSIM_HALF(1.0f)) : CUSIM_HALF(0.0f);
}
}  // namespace cusim

#define CUSIM_HALF_1(name, name2, expression)                                                   \
    CUSIM_INLINE CUSIM_HALF name(CUSIM_HALF a) { return expression; }                           \
    CUSIM_INLINE CUSIM_HALF2 name2(CUSIM_HALF2 v) { return CUSIM_HALF2(name(v.x), name(v.y)); }
#define CUSIM_HALF_2(name, name2, expression)                                                   \
    CUSIM_INLINE CUSIM_HALF name(CUSIM_HALF a, CUSIM_HALF b) { return expression; }             \
    CUSIM_INLINE CUSIM_HALF2 name2(CUSIM_HALF2 v, CUSIM_HALF2 w)                                \
    {                                                                                           \
        return CUSIM_HALF2(name(v.x, w.x), name(v.y, w.y));                                     \
    }
#define CUSIM_HALF_3(name, name2, expression)                                                   \
    CUSIM_INLINE CUSIM_HALF name(CUSIM_HALF a, CUSIM_HALF b, CUSIM_HALF c)                      \
    {                                                                                           \
        return expression;                                                                      \
    }                                                                                           \
    CUSIM_INLINE CUSIM_HALF2 name2(CUSIM_HALF2 v, CUSIM_HALF2 w, CUSIM_HALF2 u)                 \
    {                                                                                           \
        return CUSIM_HALF2(name(v.x, w.x, u.x), name(v.y, w.y, u.y));                           \
    }

CUSIM_HALF_2(__hadd, __hadd2, (float)a + (float)b)
CUSIM_HALF_2(__hsub, __hsub2, (float)a - (float)b)
CUSIM_HALF_2(__hmul, __hmul2, (float)a * (float)b)
CUSIM_HALF_2(__hdiv, __h2div, (float)a / (float)b)
CUSIM_HALF_2(__hadd_rn, __hadd2_rn, __hadd(a, b))
CUSIM_HALF_2(__hsub_rn, __hsub2_rn, __hsub(a, b))
CUSIM_HALF_2(__hmul_rn, __hmul2_rn, __hmul(a, b))
CUSIM_HALF_2(__hadd_sat, __hadd2_sat, cusim::between_0_and_1(__hadd(a, b)))
CUSIM_HALF_2(__hsub_sat, __hsub2_sat, cusim::between_0_and_1(__hsub(a, b)))
CUSIM_HALF_2(__hmul_sat, __hmul2_sat, cusim::between_0_and_1(__hmul(a, b)))
CUSIM_HALF_3(__hfma, __hfma2, cusim::sticky_multiply_add(a, b, c))
CUSIM_HALF_3(__hfma_sat, __hfma2_sat, cusim::between_0_and_1(__hfma(a, b, c)))
CUSIM_HALF_3(__hfma_relu, __hfma2_relu,
             (float)__hfma(a, b, c) < 0 ? CUSIM_HALF(0.0f) : __hfma(a, b, c))
CUSIM_HALF_1(__hneg, __hneg2, CUSIM_HALF(CUSIM_RAW{(unsigned short)(a.__x ^ 0x8000)}))
CUSIM_HALF_1(__habs, __habs2, CUSIM_HALF(CUSIM_RAW{(unsigned short)(a.__x & 0x7fff)}))

/* u + v * w of complex numbers. */
CUSIM_INLINE CUSIM_HALF2 __hcmadd(CUSIM_HALF2 v, CUSIM_HALF2 w, CUSIM_HALF2 u)
{
    return CUSIM_HALF2(__hfma(__hneg(v.y), w.y, __hfma(v.x, w.x, u.x)),
                       __hfma(v.y, w.x, __hfma(v.x, w.y, u.y)));
}

/* Of a number and NaN the number; +0 is greater than -0. */
CUSIM_HALF_2(__hmax, __hmax2, std::signbit((float)a) && (float)a == (float)b
                                  ? b : CUSIM_HALF(std::fmax((float)a, (float)b)))
CUSIM_HALF_2(__hmin, __hmin2, std::signbit((float)b) && (float)a == (float)b
                                  ? b : CUSIM_HALF(std::fmin((float)a, (float)b)))
CUSIM_HALF_2(__hmax_nan, __hmax2_nan,
             (float)a != (float)a || (float)b != (float)b ? CUSIM_HALF(NAN) : __hmax(a, b))
CUSIM_HALF_2(__hmin_nan, __hmin2_nan,
             (float)a != (float)a || (float)b != (float)b ? CUSIM_HALF(NAN) : __hmin(a, b))

CUSIM_HALF_1(hsqrt, h2sqrt, std::sqrt((float)a))
CUSIM_HALF_1(hrsqrt, h2rsqrt, (float)(1 / std::sqrt((double)(float)a)))
CUSIM_HALF_1(hrcp, h2rcp, 1 / (float)a)
CUSIM_HALF_1(hexp, h2exp, std::exp((float)a))
CUSIM_HALF_1(hexp2, h2exp2, std::exp2((float)a))
CUSIM_HALF_1(hexp10, h2exp10, (float)std::pow(10.0, (double)(float)a))
CUSIM_HALF_1(hlog, h2log, std::log((float)a))
CUSIM_HALF_1(hlog2, h2log2, std::log2((float)a))
CUSIM_HALF_1(hlog10, h2log10, std::log10((float)a))
CUSIM_HALF_1(hsin, h2sin, std::sin((float)a))
CUSIM_HALF_1(hcos, h2cos, std::cos((float)a))
CUSIM_HALF_1(htanh, h2tanh, std::tanh((float)a))
CUSIM_HALF_1(htanh_approx, h2tanh_approx, std::tanh((float)a))
CUSIM_HALF_1(hceil, h2ceil, std::ceil((float)a))
CUSIM_HALF_1(hfloor, h2floor, std::floor((float)a))
CUSIM_HALF_1(htrunc, h2trunc, std::trunc((float)a))
CUSIM_HALF_1(hrint, h2rint, std::nearbyint((float)a))

#undef CUSIM_HALF_3
#undef CUSIM_HALF_2
#undef CUSIM_HALF_1

/* ---- Comparisons ---- */

CUSIM_INLINE bool __hisnan(CUSIM_HALF a) { return (float)a != (float)a; }
CUSIM_INLINE int __hisinf(CUSIM_HALF a)
{
    return !std::isinf((float)a) ? 0 : (float)a > 0 ? 1 : -1;
}
CUSIM_INLINE CUSIM_HALF2 __hisnan2(CUSIM_HALF2 v)
{
    return CUSIM_HALF2((float)__hisnan(v.x), (float)__hisnan(v.y));
}

/* One, a pair as 1.0 and 0.0, both of a pair, and a pair as masks. */
#define CUSIM_HALF_COMPARISON(name, expression)                                                 \
    CUSIM_INLINE bool __h##name(CUSIM_HALF a_, CUSIM_HALF b_)                                   \
    {                                                                                           \
        const float a = a_, b = b_;                                                             \
        return expression;                                                                      \
    }                                                                                           \
    CUSIM_INLINE CUSIM_HALF2 __h##name##2(CUSIM_HALF2 v, CUSIM_HALF2 w)                         \
    {                                                                                           \
        return CUSIM_HALF2((float)__h##name(v.x, w.x), (float)__h##name(v.y, w.y));             \
    }                                                                                           \
    CUSIM_INLINE bool __hb##name##2(CUSIM_HALF2 v, CUSIM_HALF2 w)                               \
    {                                                                                           \
        return __h##name(v.x, w.x) && __h##name(v.y, w.y);                                      \
    }                                                                                           \
    CUSIM_INLINE unsigned __h##name##2_mask(CUSIM_HALF2 v, CUSIM_HALF2 w)                       \
    {                                                                                           \
        return (__h##name(v.x, w.x) ? 0xffffu : 0) | (__h##name(v.y, w.y) ? 0xffff0000u : 0);   \
    }

CUSIM_HALF_COMPARISON(eq, a == b)
CUSIM_HALF_COMPARISON(ne, a < b || a > b)
CUSIM_HALF_COMPARISON(lt, a < b)
CUSIM_HALF_COMPARISON(le, a <= b)
CUSIM_HALF_COMPARISON(gt, a > b)
CUSIM_HALF_COMPARISON(ge, a >= b)
CUSIM_HALF_COMPARISON(equ, !(a < b || a > b))
CUSIM_HALF_COMPARISON(neu, a != b)
CUSIM_HALF_COMPARISON(ltu, !(a >= b))
CUSIM_HALF_COMPARISON(leu, !(a > b))
CUSIM_HALF_COMPARISON(gtu, !(a <= b))
CUSIM_HALF_COMPARISON(geu, !(a < b))

#undef CUSIM_HALF_COMPARISON

/* ---- Operators ---- */

#define CUSIM_HALF_OPERATOR(op, function, function2)                                            \
    CUSIM_INLINE CUSIM_HALF operator op(const CUSIM_HALF &a, const CUSIM_HALF &b)               \
    {                                                                                           \
        return function(a, b);                                                                  \
    }                                                                                           \
    CUSIM_INLINE CUSIM_HALF &operator op##=(CUSIM_HALF &a, const CUSIM_HALF &b)                 \
    {                                                                                           \
        return a = function(a, b);                                                              \
    }                                                                                           \
    CUSIM_INLINE CUSIM_HALF2 operator op(const CUSIM_HALF2 &v, const CUSIM_HALF2 &w)            \
    {                                                                                           \
        return function2(v, w);                                                                 \
    }                                                                                           \
    CUSIM_INLINE CUSIM_HALF2 &operator op##=(CUSIM_HALF2 &v, const CUSIM_HALF2 &w)              \
    {                                                                                           \
        return v = function2(v, w);                                                             \
    }
#define CUSIM_HALF_STEP(op, function, function2)                                                \
    CUSIM_INLINE CUSIM_HALF &operator op(CUSIM_HALF &a)                                         \
    {                                                                                           \
        return a = function(a, CUSIM_HALF(1.0f));                                               \
    }                                                                                           \
    CUSIM_INLINE CUSIM_HALF operator op(CUSIM_HALF &a, int)                                     \
    {                                                                                           \
        const CUSIM_HALF before = a;                                                            \
        op a;                                                                                   \
        return before;                                                                          \
    }                                                                                           \
    CUSIM_INLINE CUSIM_HALF2 &operator op(CUSIM_HALF2 &v)                                       \
    {                                                                                           \
        return v = function2(v, CUSIM_HALF2(1.0f, 1.0f));                                       \
    }                                                                                           \
    CUSIM_INLINE CUSIM_HALF2 operator op(CUSIM_HALF2 &v, int)                                   \
    {                                                                                           \
        const CUSIM_HALF2 before = v;                                                           \
        op v;                                                                                   \
        return before;                                                                          \
    }
#define CUSIM_HALF_RELATION(op, name)                                                           \
    CUSIM_INLINE bool operator op(const CUSIM_HALF &a, const CUSIM_HALF &b)                     \
    {                                                                                           \
        return __h##name(a, b);                                                                 \
    }                                                                                           \
    CUSIM_INLINE bool operator op(const CUSIM_HALF2 &v, const CUSIM_HALF2 &w)                   \
    {                                                                                           \
        return __hb##name##2(v, w);                                                             \
    }

CUSIM_HALF_OPERATOR(+, __hadd, __hadd2)
CUSIM_HALF_OPERATOR(-, __hsub, __hsub2)
CUSIM_HALF_OPERATOR(*, __hmul, __hmul2)
CUSIM_HALF_OPERATOR(/, __hdiv, __h2div)
CUSIM_HALF_STEP(++, __hadd, __hadd2)
CUSIM_HALF_STEP(--, __hsub, __hsub2)
CUSIM_HALF_RELATION(==, eq)
CUSIM_HALF_RELATION(!=, neu)
CUSIM_HALF_RELATION(<, lt)
CUSIM_HALF_RELATION(<=, le)
CUSIM_HALF_RELATION(>, gt)
CUSIM_HALF_RELATION(>=, ge)
CUSIM_INLINE CUSIM_HALF operator+(const CUSIM_HALF &a) { return a; }
CUSIM_INLINE CUSIM_HALF operator-(const CUSIM_HALF &a) { return __hneg(a); }
CUSIM_INLINE CUSIM_HALF2 operator+(const CUSIM_HALF2 &v) { return v; }
CUSIM_INLINE CUSIM_HALF2 operator-(const CUSIM_HALF2 &v) { return __hneg2(v); }

#undef CUSIM_HALF_RELATION
#undef CUSIM_HALF_STEP
#undef CUSIM_HALF_OPERATOR

/* ---- Warps and atomics ---- */

#ifdef __CUDACC__
CUSIM_SHUFFLES(CUSIM_HALF)
CUSIM_SHUFFLES(CUSIM_HALF2)
CUSIM_ATOMIC(atomicAdd, atomic_add, CUSIM_HALF)
CUSIM_ATOMIC(atomicAdd, atomic_add, CUSIM_HALF2)
#endif

#undef CUSIM_RAW2
#undef CUSIM_RAW
#undef CUSIM_NAMED
#undef CUSIM_PASTE
#undef CUSIM_PASTE_
