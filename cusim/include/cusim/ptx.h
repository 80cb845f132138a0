/* ptx.h: what cusim-cc writes in place of inline PTX.
 *
 * An operand of the assembly is a variable of the width of its register: uint16_t (h), uint32_t
 * (r), uint64_t (l), float (f), double (d). The instruction says how its bits are meant:
 *
 *   in<R>(x)       the register that holds the program's x          out(x, r)    and back
 *   get<T>(r)      the register's bits as a T; a wider one is cut, a narrower one widened
 *   set(r, value)  the value's bits in the register; integers are widened by their sign
 *   global<T>(r, offset), shared<T>(r, offset)
 *                  an address as a pointer; in shared memory it counts from its start
 *
 * The functions are called as the instructions are, but for a few that C++ keeps for itself. Those
 * that touch memory become part of the kernel, so that findings name the kernel's line. */
#ifndef CUSIM_PTX_H
#define CUSIM_PTX_H

#include <cmath>
#include <stdint.h>
#include <string.h>

#include <limits>
#include <type_traits>

#include "atomics.h"
#include "device_memory.h"
#include "integers.h"
#include "language.h"
#include "small_float.h"
#include "warp.h"

namespace cusim {
namespace ptx {

/* ---- Small floating-point numbers: computed in float, rounded after each instruction ---- */

template <class Format> struct small {
    uint16_t in_bits;

    small() = default;
    template <class T, class = std::enable_if_t<std::is_arithmetic<T>::value>>
    __attribute__((always_inline)) small(T x) : in_bits(Format::narrow((float)x)) {}
    __attribute__((always_inline)) operator float() const { return Format::widen(in_bits); }
};
typedef small<half_format> f16;
typedef small<bfloat16_format> bf16;

/* Two in one register. */
template <class T> struct two {
    T low, high;
};
typedef two<f16> f16x2;
typedef two<bf16> bf16x2;

/* ---- Registers ---- */

template <class T, class F> CUSIM_INLINE T bits(F from)
{
    T to;
    static_assert(sizeof to == sizeof from, "the same width");
    __builtin_memcpy((void *)&to, (const void *)&from, sizeof to);
    return to;
}

template <size_t bytes> struct word;
template <> struct word<1> { typedef uint8_t type; };
template <> struct word<2> { typedef uint16_t type; };
template <> struct word<4> { typedef uint32_t type; };
template <> struct word<8> { typedef uint64_t type; };

template <int kind> struct kind_of {};          /* how a value becomes another */
enum { SAME_WIDTH, NUMBER, CUT };

template <class T, class F> CUSIM_INLINE T turned(F from, kind_of<SAME_WIDTH>)
{
    return bits<T>(from);
}
template <class T, class F> CUSIM_INLINE T turned(F from, kind_of<NUMBER>)
{
    return (T)from;
}
/* A small float in a wide register, or the reverse: by way of integers. */
template <class T, class F> CUSIM_INLINE T turned(F from, kind_of<CUT>)
{
    typedef typename word<sizeof(F)>::type From;
    typedef typename word<sizeof(T)>::type To;
    return bits<T>((To)bits<From>(from));
}

template <class T, class F> CUSIM_INLINE T turn(F from)
{
    return turned<T>(from, kind_of<std::is_same<T, bool>::value || std::is_same<F, bool>::value
                                       ? NUMBER
                                   : sizeof(T) == sizeof(F) ? SAME_WIDTH
                                   : (std::is_integral<T>::value && std::is_integral<F>::value) ||
                                             (std::is_floating_point<T>::value &&
                                              std::is_floating_point<F>::value)
                                       ? NUMBER
                                       : CUT>());
}

/* Enumerations and pointers are the number that they are kept as. */
template <class R, class T>
CUSIM_INLINE std::enable_if_t<std::is_enum<T>::value || std::is_pointer<T>::value, R> in(const T &x)
{
    return turn<R>(bits<typename word<sizeof(T)>::type>(x));
}
template <class R, class T>
CUSIM_INLINE std::enable_if_t<!std::is_enum<T>::value && !std::is_pointer<T>::value, R>
in(const T &x)
{
    return turn<R>(x);
}

template <class T, class R>
CUSIM_INLINE void out(T &x, R from)
{
    typedef typename word<sizeof(T)>::type Word;
    x = bits<std::remove_cv_t<T>>(turn<Word>(from));
}

template <class T, class R> CUSIM_INLINE T get(R from) { return turn<T>(from); }
template <class R, class T> CUSIM_INLINE void set(R &to, T value) { to = turn<R>(value); }

/* _, the result that nobody wants. */
struct nobody {};
static nobody nowhere;
template <class T> CUSIM_INLINE void set(nobody &, T) {}

/* ---- Arithmetic ---- */

#define CUSIM_PTX_TWO(name, expression)                                                         \
    template <class T> CUSIM_INLINE T name(T a, T b) { return (T)(expression); }                \
    template <class T> CUSIM_INLINE two<T> name(two<T> a, two<T> b)                             \
    {                                                                                           \
        return { name(a.low, b.low), name(a.high, b.high) };                                    \
    }
#define CUSIM_PTX_ONE(name, expression)                                                         \
    template <class T> CUSIM_INLINE T name(T a) { return (T)(expression); }                     \
    template <class T> CUSIM_INLINE two<T> name(two<T> a)                                       \
    {                                                                                           \
        return { name(a.low), name(a.high) };                                                   \
    }

/* The smaller of two numbers; of a number and a NaN the number. */
template <class T> CUSIM_INLINE bool is_less(T a, T b) { return a < b || (b != b && a == a); }

CUSIM_PTX_TWO(add, a + b)
CUSIM_PTX_TWO(sub, a - b)
CUSIM_PTX_TWO(mul, a * b)
CUSIM_PTX_TWO(min, is_less(a, b) || b != b ? a : b)
CUSIM_PTX_TWO(max, is_less(b, a) ? a : b != b ? a : a != a ? b : a < b ? b : a)
CUSIM_PTX_ONE(neg, -a)
CUSIM_PTX_ONE(abs, a < 0 ? -a : a)
CUSIM_PTX_ONE(ex2, std::exp2(a))
CUSIM_PTX_ONE(tanh, std::tanh(a))

CUSIM_INLINE float neg(float a) { return -a; }
CUSIM_INLINE double neg(double a) { return -a; }
CUSIM_INLINE float abs(float a) { return std::fabs(a); }
CUSIM_INLINE double abs(double a) { return std::fabs(a); }
template <class F> CUSIM_INLINE small<F> neg(small<F> a)
{
    a.in_bits ^= 0x8000;
    return a;
}
template <class F> CUSIM_INLINE small<F> abs(small<F> a)
{
    a.in_bits &= 0x7fff;
    return a;
}
CUSIM_INLINE uint16_t mul(uint16_t a, uint16_t b) { return (uint16_t)((uint32_t)a * b); }

#undef CUSIM_PTX_TWO
#undef CUSIM_PTX_ONE

/* Division by zero is no trap on the hardware; all bits are set. */
template <class T> CUSIM_INLINE std::enable_if_t<std::is_integral<T>::value, T> div(T a, T b)
{
    return b == 0 ? (T)-1 : std::is_signed<T>::value && b == (T)-1 ? (T)(0 - a) : (T)(a / b);
}
CUSIM_INLINE float div(float a, float b) { return a / b; }
CUSIM_INLINE double div(double a, double b) { return a / b; }
template <class T> CUSIM_INLINE T rem(T a, T b)
{
    return b == 0 ? a : std::is_signed<T>::value && b == (T)-1 ? (T)0 : (T)(a % b);
}

template <class T> struct wider;
template <> struct wider<int16_t> { typedef int32_t type; };
template <> struct wider<uint16_t> { typedef uint32_t type; };
template <> struct wider<int32_t> { typedef int64_t type; };
template <> struct wider<uint32_t> { typedef uint64_t type; };
template <> struct wider<int64_t> { typedef __int128 type; };
template <> struct wider<uint64_t> { typedef unsigned __int128 type; };

template <class T> CUSIM_INLINE typename wider<T>::type mul_wide(T a, T b)
{
    return (typename wider<T>::type)a * (typename wider<T>::type)b;
}
template <class T> CUSIM_INLINE T mul_hi(T a, T b)
{
    return (T)(mul_wide(a, b) >> 8 * sizeof(T));
}
template <class T> CUSIM_INLINE T mad(T a, T b, T c) { return (T)(a * b + c); }
template <class T> CUSIM_INLINE T mad_hi(T a, T b, T c) { return (T)(mul_hi(a, b) + c); }
CUSIM_INLINE int32_t mul24(int32_t a, int32_t b)
{
    return (int32_t)((int64_t)(a << 8 >> 8) * (b << 8 >> 8));
}
CUSIM_INLINE uint32_t mul24(uint32_t a, uint32_t b)
{
    return (uint32_t)((uint64_t)(a & 0xffffffu) * (b & 0xffffffu));
}
template <class T> CUSIM_INLINE T mad24(T a, T b, T c) { return (T)(mul24(a, b) + c); }
template <class T> CUSIM_INLINE T sad(T a, T b, T c) { return (T)(c + (a < b ? b - a : a - b)); }

CUSIM_INLINE float fma(float a, float b, float c) { return std::fma(a, b, c); }
CUSIM_INLINE double fma(double a, double b, double c) { return std::fma(a, b, c); }
/* The product of two small floats is exact in double, and so is nearly every sum. */
template <class F> CUSIM_INLINE small<F> fma(small<F> a, small<F> b, small<F> c)
{
    small<F> result;
    result.in_bits = narrow<F>((double)(float)a * (double)(float)b + (double)(float)c, TO_NEAREST);
    return result;
}
template <class T> CUSIM_INLINE two<T> fma(two<T> a, two<T> b, two<T> c)
{
    return { fma(a.low, b.low, c.low), fma(a.high, b.high, c.high) };
}

template <class T> CUSIM_INLINE T rcp(T a) { return 1 / a; }
template <class T> CUSIM_INLINE T sqrt(T a) { return std::sqrt(a); }
template <class T> CUSIM_INLINE T rsqrt(T a) { return 1 / std::sqrt(a); }
CUSIM_INLINE float lg2(float a) { return std::log2(a); }
CUSIM_INLINE float sin(float a) { return std::sin(a); }
CUSIM_INLINE float cos(float a) { return std::cos(a); }
template <class T> CUSIM_INLINE T copysign(T sign, T size) { return std::copysign(size, sign); }

/* ---- Bits ---- */

template <class T> CUSIM_INLINE T and_(T a, T b) { return (T)(a & b); }
template <class T> CUSIM_INLINE T or_(T a, T b) { return (T)(a | b); }
template <class T> CUSIM_INLINE T xor_(T a, T b) { return (T)(a ^ b); }
template <class T> CUSIM_INLINE T not_(T a) { return (T)~a; }
CUSIM_INLINE bool not_(bool a) { return !a; }
template <class T> CUSIM_INLINE T cnot(T a) { return (T)(a == 0); }
template <class T> CUSIM_INLINE T shl(T a, uint32_t n)
{
    return n >= 8 * sizeof(T) ? (T)0 : (T)(a << n);
}
template <class T> CUSIM_INLINE T shr(T a, uint32_t n)
{
    return n < 8 * sizeof(T) ? (T)(a >> n) : std::is_signed<T>::value && a < 0 ? (T)-1 : (T)0;
}
CUSIM_INLINE uint32_t shf_l_wrap(uint32_t lo, uint32_t hi, uint32_t n)
{
    return __funnelshift_l(lo, hi, n);
}
CUSIM_INLINE uint32_t shf_l_clamp(uint32_t lo, uint32_t hi, uint32_t n)
{
    return __funnelshift_lc(lo, hi, n);
}
CUSIM_INLINE uint32_t shf_r_wrap(uint32_t lo, uint32_t hi, uint32_t n)
{
    return __funnelshift_r(lo, hi, n);
}
CUSIM_INLINE uint32_t shf_r_clamp(uint32_t lo, uint32_t hi, uint32_t n)
{
    return __funnelshift_rc(lo, hi, n);
}
CUSIM_INLINE uint32_t popc(uint64_t a) { return (uint32_t)__popcll(a); }
CUSIM_INLINE uint32_t clz(uint32_t a) { return (uint32_t)__clz((int)a); }
CUSIM_INLINE uint32_t clz(uint64_t a) { return (uint32_t)__clzll((long long)a); }
CUSIM_INLINE uint32_t brev(uint32_t a) { return __brev(a); }
CUSIM_INLINE uint64_t brev(uint64_t a) { return __brevll(a); }

/* The highest bit that is not the sign's; all bits set if there is none. */
template <class T> CUSIM_INLINE uint32_t bfind(T a)
{
    const uint64_t x = a < 0 ? (uint64_t)~a : (uint64_t)a;
    return x == 0 ? 0xffffffffu : 63 - (uint32_t)__builtin_clzll(x);
}

/* `length` bits of a from bit `at` on; what is above the last bit of a is its sign. */
template <class T> CUSIM_INLINE T bfe(T a, uint32_t at, uint32_t length)
{
    const uint32_t width = 8 * sizeof(T);
    at &= 0xff;
    length &= 0xff;
    if (length == 0)
        return 0;
    const T moved = shr(a, at);
    if (length >= width)
        return moved;
    const T field = (T)(shl((T)1, length) - 1);
    const uint32_t last = at + length - 1 < width - 1 ? at + length - 1 : width - 1;
    const bool negative = std::is_signed<T>::value && (shr(a, last) & 1);
    return negative ? (T)(moved | (T)~field) : (T)(moved & field);
}
template <class T> CUSIM_INLINE T bfi(T a, T b, uint32_t at, uint32_t length)
{
    at &= 0xff;
    length &= 0xff;
    const T field = length >= 8 * sizeof(T) ? (T)~(T)0 : (T)(shl((T)1, length) - 1);
    const T mask = shl(field, at);
    return (T)((b & ~mask) | (shl(a, at) & mask));
}
/* As __byte_perm, with the byte's sign in place of the byte where bit 3 of a selector is set. */
CUSIM_INLINE uint32_t prmt(uint32_t a, uint32_t b, uint32_t selector)
{
    const uint32_t bytes = __byte_perm(a, b, selector & 0x7777u);
    uint32_t result = 0;
    for (int i = 0; i < 4; i++) {
        const uint32_t byte = bytes >> 8 * i & 0xffu;
        const bool sign = selector >> (4 * i + 3) & 1;
        result |= (sign ? (byte & 0x80u ? 0xffu : 0) : byte) << 8 * i;
    }
    return result;
}
CUSIM_INLINE uint32_t lop3(uint32_t a, uint32_t b, uint32_t c, uint32_t table)
{
    uint32_t result = 0;
    for (int i = 0; i < 8; i++)
        if (table >> i & 1)
            result |= (i & 4 ? a : ~a) & (i & 2 ? b : ~b) & (i & 1 ? c : ~c);
    return result;
}

/* Four products of bytes, and c. */
template <class A, class B, class C> CUSIM_INLINE C dot_of_bytes(uint32_t a, uint32_t b, C c)
{
    uint32_t sum = (uint32_t)c;
    for (int i = 0; i < 32; i += 8)
        sum += (uint32_t)((int)(A)(a >> i) * (int)(B)(b >> i));
    return (C)sum;
}
CUSIM_INLINE uint32_t dp4a_uu(uint32_t a, uint32_t b, uint32_t c)
{
    return dot_of_bytes<uint8_t, uint8_t>(a, b, c);
}
CUSIM_INLINE int32_t dp4a_ss(int32_t a, int32_t b, int32_t c)
{
    return dot_of_bytes<int8_t, int8_t>((uint32_t)a, (uint32_t)b, c);
}
CUSIM_INLINE int32_t dp4a_su(int32_t a, uint32_t b, int32_t c)
{
    return dot_of_bytes<int8_t, uint8_t>((uint32_t)a, b, c);
}
CUSIM_INLINE int32_t dp4a_us(uint32_t a, int32_t b, int32_t c)
{
    return dot_of_bytes<uint8_t, int8_t>(a, (uint32_t)b, c);
}

/* ---- mov of parts, conversions ---- */

template <class T> CUSIM_INLINE T same(T a) { return a; }

/* n registers side by side in a T, the first lowest. */
template <class T, int n, class... R> CUSIM_INLINE T pack(R... parts)
{
    typedef typename word<sizeof(T) / n>::type Part;
    typedef typename word<sizeof(T)>::type Word;
    const Part each[] = { get<Part>(parts)... };
    Word all = 0;
    for (int i = 0; i < n; i++)
        all |= (Word)((Word)each[i] << 8 * sizeof(Part) * i);
    return bits<T>(all);
}
template <int i, int n, class T> CUSIM_INLINE typename word<sizeof(T) / n>::type part(T whole)
{
    typedef typename word<sizeof(T)>::type Word;
    return (typename word<sizeof(T) / n>::type)(bits<Word>(whole) >> 8 * sizeof(T) / n * i);
}

/* Rounds to a whole number before the conversion: to the nearest, to zero, down, up, or not. */
template <class T> CUSIM_INLINE T keep(T a) { return a; }
template <class T> CUSIM_INLINE auto rni(T a) { return std::nearbyint(a); }
template <class T> CUSIM_INLINE auto rzi(T a) { return std::trunc(a); }
template <class T> CUSIM_INLINE auto rmi(T a) { return std::floor(a); }
template <class T> CUSIM_INLINE auto rpi(T a) { return std::ceil(a); }

template <class T> struct is_whole : std::is_integral<T> {};
template <class T, class F>
struct from_float_to_whole {
    enum { value = is_whole<T>::value && !is_whole<F>::value };
};

template <class T, class F>
CUSIM_INLINE std::enable_if_t<!from_float_to_whole<T, F>::value, T> cvt(F a)
{
    return (T)a;
}
/* What is too large for T becomes its largest number, NaN zero. */
template <class T, class F>
CUSIM_INLINE std::enable_if_t<from_float_to_whole<T, F>::value, T> cvt(F a)
{
    const double x = (double)a, limit = std::ldexp(1.0, std::numeric_limits<T>::digits);
    return x != x ? (T)0
           : x >= limit ? std::numeric_limits<T>::max()
           : x <= (double)std::numeric_limits<T>::min() ? std::numeric_limits<T>::min() : (T)x;
}
/* Between 0 and 1. */
template <class T, class F>
CUSIM_INLINE std::enable_if_t<!is_whole<T>::value, T> cvt_sat(F a)
{
    return (T)(a > 0 ? a < 1 ? a : (F)1 : (F)0);
}
/* As near as T has it. */
template <class T, class F>
CUSIM_INLINE std::enable_if_t<is_whole<T>::value && !is_whole<F>::value, T> cvt_sat(F a)
{
    return cvt<T>(a);
}
template <class T, class F>
CUSIM_INLINE std::enable_if_t<is_whole<T>::value && is_whole<F>::value, T> cvt_sat(F a)
{
    const __int128 x = a, most = std::numeric_limits<T>::max(), least =
        std::numeric_limits<T>::min();
    return (T)(x > most ? most : x < least ? least : x);
}

/* Two floats in one register: the first in the high half. */
template <class T> CUSIM_INLINE T join(float high, float low) { return { low, high }; }

/* Ten bits of mantissa: to nearest, ties away from zero, or to even. */
CUSIM_INLINE uint32_t to_tf32_rna(float a)
{
    const uint32_t x = bits<uint32_t>(a);
    return (x & 0x7f800000u) == 0x7f800000u ? x : (x + 0x1000u) & 0xffffe000u;
}
CUSIM_INLINE uint32_t to_tf32_rn(float a)
{
    const uint32_t x = bits<uint32_t>(a);
    return (x & 0x7f800000u) == 0x7f800000u ? x : (x + 0xfffu + (x >> 13 & 1)) & 0xffffe000u;
}

/* ---- Comparisons: the u forms hold also if one is NaN ---- */

template <class T> CUSIM_INLINE bool num(T a, T b) { return a == a && b == b; }
template <class T> CUSIM_INLINE bool nan(T a, T b) { return !num(a, b); }
template <class T> CUSIM_INLINE bool eq(T a, T b) { return a == b; }
template <class T> CUSIM_INLINE bool ne(T a, T b) { return num(a, b) && a != b; }
template <class T> CUSIM_INLINE bool lt(T a, T b) { return a < b; }
template <class T> CUSIM_INLINE bool le(T a, T b) { return a <= b; }
template <class T> CUSIM_INLINE bool gt(T a, T b) { return a > b; }
template <class T> CUSIM_INLINE bool ge(T a, T b) { return a >= b; }
template <class T> CUSIM_INLINE bool lo(T a, T b) { return a < b; }
template <class T> CUSIM_INLINE bool ls(T a, T b) { return a <= b; }
template <class T> CUSIM_INLINE bool hi(T a, T b) { return a > b; }
template <class T> CUSIM_INLINE bool hs(T a, T b) { return a >= b; }
template <class T> CUSIM_INLINE bool equ(T a, T b) { return nan(a, b) || a == b; }
template <class T> CUSIM_INLINE bool neu(T a, T b) { return a != b; }
template <class T> CUSIM_INLINE bool ltu(T a, T b) { return !(a >= b); }
template <class T> CUSIM_INLINE bool leu(T a, T b) { return !(a > b); }
template <class T> CUSIM_INLINE bool gtu(T a, T b) { return !(a <= b); }
template <class T> CUSIM_INLINE bool geu(T a, T b) { return !(a < b); }

template <class T> CUSIM_INLINE T selp(T a, T b, bool p) { return p ? a : b; }
template <class T> CUSIM_INLINE T slct(T a, T b, int32_t c) { return c >= 0 ? a : b; }

/* ---- Memory ---- */

template <class T, class R> CUSIM_INLINE T *global(R base, long long offset)
{
    return (T *)(uintptr_t)((long long)get<uint64_t>(base) + offset);
}
template <class T, class R> CUSIM_INLINE T *shared(R base, long long offset)
{
    return (T *)__cvta_shared_to_generic((size_t)((long long)get<uint64_t>(base) + offset));
}
CUSIM_INLINE uint64_t to_shared(uint64_t p) { return __cvta_generic_to_shared((void *)p); }
CUSIM_INLINE uint64_t from_shared(uint64_t p) { return (uint64_t)__cvta_shared_to_generic(p); }

/* What v2 and v4 load and store in one access. */
template <class T, int n> struct alignas(n * sizeof(T)) vec {
    T at[n];
};

template <class T> CUSIM_INLINE T load(const T *p) { return *p; }
template <class T> CUSIM_INLINE void store(T *p, T value) { *p = value; }

/* volatile, relaxed, acquire, release: with atomic accesses, and fences for the latter. */
template <class T> CUSIM_UNSEEN T unseen_load(const volatile T *p) { return *(const T *)p; }
template <class T> CUSIM_UNSEEN void unseen_store(T *p, T value) { *p = value; }
template <class T> CUSIM_INLINE T load_ordered(const T *p)
{
    cusim_atomic(p, sizeof *p, 0);
    const T value = unseen_load(p);
    cusim_fence(1);
    return value;
}
template <class T> CUSIM_INLINE void store_ordered(T *p, T value)
{
    cusim_fence(1);
    cusim_atomic(p, sizeof *p, 2);
    unseen_store(p, value);
}

#define CUSIM_PTX_ATOMIC(name, operation)                                                       \
    template <class T> CUSIM_INLINE T atom_##name(T *p, T v)                                    \
    {                                                                                           \
        return cusim::atomic<cusim::operation>(p, v);                                           \
    }
CUSIM_PTX_ATOMIC(add, atomic_add)
CUSIM_PTX_ATOMIC(exch, atomic_exch)
CUSIM_PTX_ATOMIC(min, atomic_min)
CUSIM_PTX_ATOMIC(max, atomic_max)
CUSIM_PTX_ATOMIC(and, atomic_and)
CUSIM_PTX_ATOMIC(or, atomic_or)
CUSIM_PTX_ATOMIC(xor, atomic_xor)
CUSIM_PTX_ATOMIC(inc, atomic_inc)
CUSIM_PTX_ATOMIC(dec, atomic_dec)
#undef CUSIM_PTX_ATOMIC
template <class T> CUSIM_INLINE T atom_cas(T *p, T expected, T v)
{
    return atomic_compare_and_swap(p, expected, v);
}

/* ---- Who a thread is ---- */

#define CUSIM_PTX_DIMENSIONS(name, variable)                                                    \
    CUSIM_INLINE uint32_t name##_x(void) { return variable.x; }                                 \
    CUSIM_INLINE uint32_t name##_y(void) { return variable.y; }                                 \
    CUSIM_INLINE uint32_t name##_z(void) { return variable.z; }
CUSIM_PTX_DIMENSIONS(tid, threadIdx)
CUSIM_PTX_DIMENSIONS(ntid, blockDim)
CUSIM_PTX_DIMENSIONS(ctaid, blockIdx)
CUSIM_PTX_DIMENSIONS(nctaid, gridDim)
#undef CUSIM_PTX_DIMENSIONS

enum { MULTIPROCESSORS = 8 };
CUSIM_INLINE int block_threads(void) { return (int)(blockDim.x * blockDim.y * blockDim.z); }
CUSIM_INLINE uint32_t laneid(void) { return lane(); }
CUSIM_INLINE uint32_t warpid(void) { return thread_rank() / CUSIM_WARP; }
CUSIM_INLINE uint32_t nwarpid(void) { return 64; }
CUSIM_INLINE uint32_t smid(void)
{
    return (blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z)) % MULTIPROCESSORS;
}
CUSIM_INLINE uint32_t nsmid(void) { return MULTIPROCESSORS; }
CUSIM_INLINE uint64_t gridid(void) { return 0; }
CUSIM_INLINE uint64_t clock64(void) { return (uint64_t)cusim_clock(); }
CUSIM_INLINE uint32_t clock(void) { return (uint32_t)cusim_clock(); }
CUSIM_INLINE uint32_t clock_hi(void) { return (uint32_t)((uint64_t)cusim_clock() >> 32); }
CUSIM_INLINE uint64_t globaltimer(void) { return (uint64_t)cusim_clock(); }
CUSIM_INLINE uint32_t globaltimer_lo(void) { return (uint32_t)cusim_clock(); }
CUSIM_INLINE uint32_t lanemask_eq(void) { return 1u << lane(); }
CUSIM_INLINE uint32_t lanemask_lt(void) { return (1u << lane()) - 1; }
CUSIM_INLINE uint32_t lanemask_le(void) { return lanemask_lt() | lanemask_eq(); }
CUSIM_INLINE uint32_t lanemask_gt(void) { return ~lanemask_le(); }
CUSIM_INLINE uint32_t lanemask_ge(void) { return ~lanemask_lt(); }

/* ---- What the lanes of a warp do together ---- */

/* c: the last lane of a segment in its low five bits, the mask of segments in those from bit 8. */
struct segment {
    int first, last;
    __attribute__((always_inline)) segment(uint32_t c)
    {
        const int me = (int)lane(), mask = (int)(c >> 8 & 31), clamp = (int)(c & 31);
        first = me & mask;
        last = (me & mask) | (clamp & ~mask);
    }
};
CUSIM_INLINE uint32_t shfl_from(uint32_t value, int source, bool inside, uint32_t mask, bool &p)
{
    const cusim_exchanged all = cusim_exchange(mask, &value, sizeof value, "shfl.sync");
    p = inside;
    return from_lane<uint32_t>(all, inside ? source : (int)lane(), "shfl.sync");
}
CUSIM_INLINE uint32_t shfl_up(uint32_t value, uint32_t n, uint32_t c, uint32_t mask, bool &p)
{
    const int source = (int)lane() - (int)(n & 31);
    return shfl_from(value, source, source >= segment(c).last, mask, p);
}
CUSIM_INLINE uint32_t shfl_down(uint32_t value, uint32_t n, uint32_t c, uint32_t mask, bool &p)
{
    const int source = (int)lane() + (int)(n & 31);
    return shfl_from(value, source, source <= segment(c).last, mask, p);
}
CUSIM_INLINE uint32_t shfl_bfly(uint32_t value, uint32_t n, uint32_t c, uint32_t mask, bool &p)
{
    const int source = (int)lane() ^ (int)(n & 31);
    return shfl_from(value, source, source <= segment(c).last, mask, p);
}
CUSIM_INLINE uint32_t shfl_idx(uint32_t value, uint32_t n, uint32_t c, uint32_t mask, bool &p)
{
    const segment s(c);
    const int source = s.first | (int)(n & 31 & ~(c >> 8 & 31));
    return shfl_from(value, source, source <= s.last, mask, p);
}

CUSIM_INLINE bool vote_all(bool p, uint32_t mask) { return __all_sync(mask, p); }
CUSIM_INLINE bool vote_any(bool p, uint32_t mask) { return __any_sync(mask, p); }
CUSIM_INLINE bool vote_uni(bool p, uint32_t mask)
{
    const uint32_t lanes = __ballot_sync(mask, p);
    return lanes == 0 || (lanes & mask) == mask;
}
CUSIM_INLINE uint32_t vote_ballot(bool p, uint32_t mask) { return __ballot_sync(mask, p); }
CUSIM_INLINE uint32_t activemask(void) { return cusim_activemask(); }
template <class T> CUSIM_INLINE uint32_t match_any(T v, uint32_t mask)
{
    return __match_any_sync(mask, v);
}
#define CUSIM_PTX_REDUX(name)                                                                   \
    template <class T> CUSIM_INLINE T redux_##name(T v, uint32_t mask)                          \
    {                                                                                           \
        return __reduce_##name##_sync(mask, v);                                                 \
    }
CUSIM_PTX_REDUX(add)
CUSIM_PTX_REDUX(min)
CUSIM_PTX_REDUX(max)
CUSIM_PTX_REDUX(and)
CUSIM_PTX_REDUX(or)
CUSIM_PTX_REDUX(xor)
#undef CUSIM_PTX_REDUX

/* ---- Matrices ----
 *
 * Lane l has, of a matrix whose rows are eight groups of four lanes (g = l / 4, t = l % 4), in its
 * register number r the elements of row g + 8 (r % (M / 8)) from column E t + 4 E (r / (M / 8)) on,
 * where E elements fill a register. B is laid out like A's first eight rows, transposed. C and D
 * have in registers 2 i and 2 i + 1 columns 2 t and 2 t + 1 of row g + 8 i. */

CUSIM_INLINE cusim_exchanged exchange_all(const void *value, size_t bytes, const char *what)
{
    const cusim_exchanged all = cusim_exchange(0xffffffffu, value, bytes, what);
    if (all.lanes != 0xffffffffu)
        cusim_inactive_lane(__builtin_ctz(~all.lanes), what);
    return all;
}

/* Each lane names a row of 16 bytes, lanes 8 i ... 8 i + 7 those of matrix i. */
template <int n, bool transposed, class R>
CUSIM_INLINE void ldmatrix(uint32_t *to, R base, long long offset)
{
    const char *const mine = shared<const char>(base, offset);
    const cusim_exchanged all = exchange_all(&mine, sizeof mine, "ldmatrix");
    const int g = (int)lane() / 4, t = (int)lane() % 4;
    for (int i = 0; i < n; i++) {
        if (!transposed) {
            to[i] = *(const uint32_t *)(slot<const char *>(all, 8 * i + g) + 4 * t);
        } else {
            const char *const row = slot<const char *>(all, 8 * i + 2 * t);
            const char *const next = slot<const char *>(all, 8 * i + 2 * t + 1);
            const uint16_t low = *(const uint16_t *)(row + 2 * g);
            to[i] = low | (uint32_t)*(const uint16_t *)(next + 2 * g) << 16;
        }
    }
}

/* How many elements a register has, and what they are as numbers. */
struct of_tf32 {
    enum { COUNT = 1 };
    typedef double sum;
    CUSIM_INLINE float at(uint32_t r, int) { return bits<float>(r & 0xffffe000u); }
};
struct of_f16 {
    enum { COUNT = 2 };
    typedef double sum;
    CUSIM_INLINE float at(uint32_t r, int i) { return half_format::widen((uint16_t)(r >> 16 * i)); }
};
struct of_bf16 {
    enum { COUNT = 2 };
    typedef double sum;
    CUSIM_INLINE float at(uint32_t r, int i)
    {
        return bfloat16_format::widen((uint16_t)(r >> 16 * i));
    }
};
struct of_s8 {
    enum { COUNT = 4 };
    typedef uint32_t sum;
    CUSIM_INLINE int at(uint32_t r, int i) { return (int8_t)(r >> 8 * i); }
};
struct of_u8 {
    enum { COUNT = 4 };
    typedef uint32_t sum;
    CUSIM_INLINE int at(uint32_t r, int i) { return (uint8_t)(r >> 8 * i); }
};

/* Row g + 8 half of A times column `column` of B, and c; rounded once. */
template <int M, int K, class Elements, class C>
CUSIM_UNSEEN C row_times_column(cusim_exchanged all, int half, int column, C c)
{
    const int row_lane = (int)lane() / 4 * 4, a_count = M / 8 * K / (4 * Elements::COUNT);
    typename Elements::sum sum = (typename Elements::sum)c;
    for (int k = 0; k < K; k += Elements::COUNT) {
        const int t = k / Elements::COUNT % 4, r = k / (4 * Elements::COUNT);
        const uint32_t *const a =
            (const uint32_t *)(all.slots + (row_lane + t) * CUSIM_EXCHANGE_BYTES);
        const uint32_t *const b =
            (const uint32_t *)(all.slots + (column * 4 + t) * CUSIM_EXCHANGE_BYTES) + a_count;
        for (int i = 0; i < Elements::COUNT; i++)
            sum += (typename Elements::sum)Elements::at(a[r * (M / 8) + half], i) *
                   (typename Elements::sum)Elements::at(b[r], i);
    }
    return (C)sum;
}

template <int M, int K, class Elements, class C>
CUSIM_INLINE void mma(C *d, const uint32_t *a, const uint32_t *b, const C *c)
{
    enum { A = M / 8 * K / (4 * Elements::COUNT), B = K / (4 * Elements::COUNT) };
    uint32_t mine[A + B];
    for (int i = 0; i < A; i++)
        mine[i] = a[i];
    for (int i = 0; i < B; i++)
        mine[A + i] = b[i];
    const cusim_exchanged all = exchange_all(mine, sizeof mine, "mma.sync");
    for (int i = 0; i < M / 4; i++)
        d[i] = row_times_column<M, K, Elements>(all, i / 2, (int)lane() % 4 * 2 + i % 2, c[i]);
    cusim_flop(2 * M * 8 * K / 32);
}

/* With sums of half precision, two to a register. */
template <int K>
CUSIM_INLINE void mma_f16(uint32_t *d, const uint32_t *a, const uint32_t *b, const uint32_t *c)
{
    float wide[4], sum[4];
    for (int i = 0; i < 4; i++)
        wide[i] = of_f16::at(c[i / 2], i % 2);
    mma<16, K, of_f16, float>(sum, a, b, wide);
    for (int i = 0; i < 2; i++)
        d[i] = half_format::narrow(sum[2 * i]) |
               (uint32_t)half_format::narrow(sum[2 * i + 1]) << 16;
}

CUSIM_INLINE void mma_f64(double *d, const double *a, const double *b, const double *c)
{
    const double mine[2] = { a[0], b[0] };
    const cusim_exchanged all = exchange_all(mine, sizeof mine, "mma.sync");
    struct pair { double a, b; };
    for (int i = 0; i < 2; i++) {
        double sum = c[i];
        for (int k = 0; k < 4; k++)
            sum = std::fma(slot<pair>(all, (int)lane() / 4 * 4 + k).a,
                           slot<pair>(all, ((int)lane() % 4 * 2 + i) * 4 + k).b, sum);
        d[i] = sum;
    }
    cusim_flop(2 * 8 * 8 * 4 / 32);
}

}  // namespace ptx
}  // namespace cusim

#endif
