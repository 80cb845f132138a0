/* casts.h: conversions with a rounding mode (rn to nearest even, rz to zero, ru up, rd down), and
 * the same bits seen as another type.
 *
 * From floating point to integer what does not fit saturates. NaN gives 0 where a float becomes a
 * 32-bit integer, and only the top bit set elsewhere. */
#ifndef CUSIM_CASTS_H
#define CUSIM_CASTS_H

#include <cmath>
#include <fenv.h>
#include <limits>

#include "language.h"

namespace cusim {

/* x is whole already. */
template <class I, class F>
CUSIM_INLINE I saturated(F x)
{
    typedef std::numeric_limits<I> limits;
    if (x != x)
        return sizeof(F) == 4 && sizeof(I) <= 4 ? I(0) : (I)((I)1 << (sizeof(I) * 8 - 1));
    if (x < (F)limits::min())
        return limits::min();
    return x >= (F)limits::max() + (F)(sizeof(F) > sizeof(I)) ? limits::max() : (I)x;
}

/* Computes operation(a, b, c) in another rounding mode. The copies are volatile, so that nothing is
 * computed before or after. */
template <class Result, class T, class Operation>
CUSIM_UNSEEN Result directed(int mode, Operation operation, T a, T b = T(), T c = T())
{
    const int before = fegetround();
    volatile T x = a, y = b, z = c;
    fesetround(mode);
    volatile Result result = operation(x, y, z);
    fesetround(before);
    return result;
}

template <class To, class From>
CUSIM_INLINE To same_bits(From from)
{
    static_assert(sizeof(To) == sizeof(From), "one type is larger");
    To to;
    __builtin_memcpy(&to, &from, sizeof to);
    return to;
}

}  // namespace cusim

/* ---- To integers ---- */

#define CUSIM_TO_INTEGER(name, F, I)                                                            \
    CUSIM_INLINE I __##name##_rn(F x) { return cusim::saturated<I>(std::nearbyint(x)); }        \
    CUSIM_INLINE I __##name##_rz(F x) { return cusim::saturated<I>(std::trunc(x)); }            \
    CUSIM_INLINE I __##name##_ru(F x) { return cusim::saturated<I>(std::ceil(x)); }             \
    CUSIM_INLINE I __##name##_rd(F x) { return cusim::saturated<I>(std::floor(x)); }

CUSIM_TO_INTEGER(float2int, float, int)
CUSIM_TO_INTEGER(float2uint, float, unsigned)
CUSIM_TO_INTEGER(float2ll, float, long long)
CUSIM_TO_INTEGER(float2ull, float, unsigned long long)
CUSIM_TO_INTEGER(double2int, double, int)
CUSIM_TO_INTEGER(double2uint, double, unsigned)
CUSIM_TO_INTEGER(double2ll, double, long long)
CUSIM_TO_INTEGER(double2ull, double, unsigned long long)

#undef CUSIM_TO_INTEGER

/* ---- To floating point ---- */

#define CUSIM_DIRECTED_CAST(name, From, To, mode)                                               \
    CUSIM_INLINE To name(From x)                                                                \
    {                                                                                           \
        return cusim::directed<To>(mode, [](From a, From, From) { return (To)a; }, x);          \
    }
#define CUSIM_TO_FLOAT(name, From, To)                                                          \
    CUSIM_INLINE To __##name##_rn(From x) { return (To)x; }                                     \
    CUSIM_DIRECTED_CAST(__##name##_rz, From, To, FE_TOWARDZERO)                                 \
    CUSIM_DIRECTED_CAST(__##name##_ru, From, To, FE_UPWARD)                                     \
    CUSIM_DIRECTED_CAST(__##name##_rd, From, To, FE_DOWNWARD)

CUSIM_TO_FLOAT(int2float, int, float)
CUSIM_TO_FLOAT(uint2float, unsigned, float)
CUSIM_TO_FLOAT(ll2float, long long, float)
CUSIM_TO_FLOAT(ull2float, unsigned long long, float)
CUSIM_TO_FLOAT(ll2double, long long, double)
CUSIM_TO_FLOAT(ull2double, unsigned long long, double)
CUSIM_TO_FLOAT(double2float, double, float)
CUSIM_INLINE double __int2double_rn(int x) { return x; }
CUSIM_INLINE double __uint2double_rn(unsigned x) { return x; }

#undef CUSIM_TO_FLOAT
#undef CUSIM_DIRECTED_CAST

/* ---- The same bits ---- */

CUSIM_INLINE int __float_as_int(float x) { return cusim::same_bits<int>(x); }
CUSIM_INLINE unsigned __float_as_uint(float x) { return cusim::same_bits<unsigned>(x); }
CUSIM_INLINE float __int_as_float(int x) { return cusim::same_bits<float>(x); }
CUSIM_INLINE float __uint_as_float(unsigned x) { return cusim::same_bits<float>(x); }
CUSIM_INLINE long long __double_as_longlong(double x) { return cusim::same_bits<long long>(x); }
CUSIM_INLINE double __longlong_as_double(long long x) { return cusim::same_bits<double>(x); }
CUSIM_INLINE int __double2hiint(double x) { return (int)(__double_as_longlong(x) >> 32); }
CUSIM_INLINE int __double2loint(double x) { return (int)__double_as_longlong(x); }
CUSIM_INLINE double __hiloint2double(int hi, int lo)
{
    return __longlong_as_double((long long)((unsigned long long)(unsigned)hi << 32 | (unsigned)lo));
}

#endif
