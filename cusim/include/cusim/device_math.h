/* device_math.h: the mathematics of CUDA that C's math.h lacks: min and max of mixed types,
 * functions such as rsqrtf and normcdf, fast intrinsics, and arithmetic with a rounding mode.
 *
 * The fast intrinsics (__expf, ...) are as accurate as the functions they stand for: what is
 * right here to the last digits may be off by more on a GPU. extern "C" and noexcept are for the
 * names that the C library may declare too. */
#ifndef CUSIM_DEVICE_MATH_H
#define CUSIM_DEVICE_MATH_H

#include <math.h>
#include <stdlib.h>

#include "casts.h"
#include "special_functions.h"

#define CUSIM_MATH extern "C" inline __attribute__((always_inline))

/* ---- min and max, for the pairs of types that CUDA has ---- */

#define CUSIM_MIN_MAX(Result, A, B)                                                             \
    CUSIM_INLINE Result min(A a, B b) { return (Result)a < (Result)b ? (Result)a : (Result)b; } \
    CUSIM_INLINE Result max(A a, B b) { return (Result)a > (Result)b ? (Result)a : (Result)b; }
#define CUSIM_MIN_MAX_SIGNS(S, U)                                                               \
    CUSIM_MIN_MAX(S, S, S)                                                                      \
    CUSIM_MIN_MAX(U, U, U)                                                                      \
    CUSIM_MIN_MAX(U, S, U)                                                                      \
    CUSIM_MIN_MAX(U, U, S)
#define CUSIM_FMIN_FMAX(Result, A, B)                                                           \
    CUSIM_INLINE Result min(A a, B b) { return std::fmin((Result)a, (Result)b); }               \
    CUSIM_INLINE Result max(A a, B b) { return std::fmax((Result)a, (Result)b); }

CUSIM_MIN_MAX_SIGNS(int, unsigned)
CUSIM_MIN_MAX_SIGNS(long, unsigned long)
CUSIM_MIN_MAX_SIGNS(long long, unsigned long long)
CUSIM_FMIN_FMAX(float, float, float)
CUSIM_FMIN_FMAX(double, double, double)
CUSIM_FMIN_FMAX(double, float, double)
CUSIM_FMIN_FMAX(double, double, float)

#undef CUSIM_FMIN_FMAX
#undef CUSIM_MIN_MAX_SIGNS
#undef CUSIM_MIN_MAX

CUSIM_INLINE unsigned umin(unsigned a, unsigned b) { return min(a, b); }
CUSIM_INLINE unsigned umax(unsigned a, unsigned b) { return max(a, b); }
CUSIM_INLINE long long llmin(long long a, long long b) { return min(a, b); }
CUSIM_INLINE long long llmax(long long a, long long b) { return max(a, b); }
CUSIM_INLINE unsigned long long ullmin(unsigned long long a, unsigned long long b)
{
    return min(a, b);
}
CUSIM_INLINE unsigned long long ullmax(unsigned long long a, unsigned long long b)
{
    return max(a, b);
}

/* ---- Functions that math.h lacks; f after the name: the one for float ---- */

/* In double, and for float by way of double. */
#define CUSIM_FUNCTION(name, expression)                                                        \
    CUSIM_MATH double name(double x) noexcept { return expression; }                            \
    CUSIM_MATH float name##f(float x_) noexcept { return (float)name((double)x_); }
#define CUSIM_FUNCTION2(name, expression)                                                       \
    CUSIM_MATH double name(double x, double y) noexcept { return expression; }                  \
    CUSIM_MATH float name##f(float x_, float y_) noexcept                                       \
    {                                                                                           \
        return (float)name((double)x_, (double)y_);                                             \
    }

CUSIM_MATH double rsqrt(double x) noexcept { return 1 / sqrt(x); }
CUSIM_MATH float rsqrtf(float x) noexcept { return 1 / sqrtf(x); }
CUSIM_INLINE float rsqrt(float x) { return rsqrtf(x); }
CUSIM_FUNCTION(rcbrt, 1 / cbrt(x))
CUSIM_FUNCTION(sinpi, cusim::sine_of_pi_times(x))
CUSIM_FUNCTION(cospi, cusim::cosine_of_pi_times(x))
CUSIM_FUNCTION(erfcx, cusim::scaled_erfc(x))
CUSIM_FUNCTION(erfinv, cusim::inverse_erf(x))
CUSIM_FUNCTION(erfcinv, cusim::inverse_erfc(x))
CUSIM_FUNCTION(normcdf, 0.5 * erfc(-x * M_SQRT1_2))
CUSIM_FUNCTION(normcdfinv, -M_SQRT2 * cusim::inverse_erfc(2 * x))
CUSIM_FUNCTION(cyl_bessel_i0, cusim::bessel_i(0, x))
CUSIM_FUNCTION(cyl_bessel_i1, cusim::bessel_i(1, x))
CUSIM_FUNCTION2(rhypot, 1 / hypot(x, y))
CUSIM_MATH double fdivide(double x, double y) noexcept { return x / y; }
CUSIM_MATH float fdividef(float x, float y) noexcept { return x / y; }

#undef CUSIM_FUNCTION2
#undef CUSIM_FUNCTION

CUSIM_MATH void sincospi(double x, double *sine, double *cosine) noexcept
{
    *sine = sinpi(x);
    *cosine = cospi(x);
}
CUSIM_MATH void sincospif(float x, float *sine, float *cosine) noexcept
{
    *sine = sinpif(x);
    *cosine = cospif(x);
}

/* Lengths of vectors, and one over them. */
CUSIM_MATH double norm3d(double a, double b, double c) noexcept { return hypot(hypot(a, b), c); }
CUSIM_MATH double norm4d(double a, double b, double c, double d) noexcept
{
    return hypot(hypot(a, b), hypot(c, d));
}
CUSIM_MATH double norm(int n, const double *v) noexcept
{
    double length = 0;
    for (int i = 0; i < n; i++)
        length = hypot(length, v[i]);
    return length;
}
CUSIM_MATH double rnorm3d(double a, double b, double c) noexcept { return 1 / norm3d(a, b, c); }
CUSIM_MATH double rnorm4d(double a, double b, double c, double d) noexcept
{
    return 1 / norm4d(a, b, c, d);
}
CUSIM_MATH double rnorm(int n, const double *v) noexcept { return 1 / norm(n, v); }
CUSIM_MATH float norm3df(float a, float b, float c) noexcept { return (float)norm3d(a, b, c); }
CUSIM_MATH float norm4df(float a, float b, float c, float d) noexcept
{
    return (float)norm4d(a, b, c, d);
}
CUSIM_MATH float normf(int n, const float *v) noexcept
{
    double length = 0;
    for (int i = 0; i < n; i++)
        length = hypot(length, (double)v[i]);
    return (float)length;
}
CUSIM_MATH float rnorm3df(float a, float b, float c) noexcept { return (float)rnorm3d(a, b, c); }
CUSIM_MATH float rnorm4df(float a, float b, float c, float d) noexcept
{
    return (float)rnorm4d(a, b, c, d);
}
CUSIM_MATH float rnormf(int n, const float *v) noexcept { return 1 / normf(n, v); }

/* ---- Fast intrinsics ---- */

CUSIM_MATH float __expf(float x) noexcept { return expf(x); }
CUSIM_MATH float __exp10f(float x) noexcept { return exp10f(x); }
CUSIM_MATH float __logf(float x) noexcept { return logf(x); }
CUSIM_MATH float __log2f(float x) noexcept { return log2f(x); }
CUSIM_MATH float __log10f(float x) noexcept { return log10f(x); }
CUSIM_MATH float __powf(float x, float y) noexcept { return powf(x, y); }
CUSIM_MATH float __sinf(float x) noexcept { return sinf(x); }
CUSIM_MATH float __cosf(float x) noexcept { return cosf(x); }
CUSIM_MATH float __tanf(float x) noexcept { return tanf(x); }
CUSIM_MATH float __tanhf(float x) noexcept { return tanhf(x); }
CUSIM_MATH void __sincosf(float x, float *sine, float *cosine) noexcept
{
    *sine = sinf(x);
    *cosine = cosf(x);
}
CUSIM_MATH float __saturatef(float x) noexcept { return x > 0 ? (x < 1 ? x : 1.0f) : 0.0f; }

/* 0 for divisors beyond 2^126, as the hardware has it. */
CUSIM_MATH float __fdividef(float x, float y) noexcept
{
    return fabsf(y) > 8.50705917e37f && !std::isinf(y) ? x * 0.0f : x / y;
}

/* ---- Arithmetic with a rounding mode ---- */

namespace cusim {

/* Keeps a product that was asked for by name out of a fused multiply-add. */
template <class T>
CUSIM_INLINE T pinned(T x)
{
#if defined(__FMA__)
    __asm__("" : "+x"(x));
#elif defined(__aarch64__)
    __asm__("" : "+w"(x));
#endif
    return x;
}

}  // namespace cusim

/* The last arguments are the names of the parameters. */
#define CUSIM_ONE_ROUNDING(name, T, parameters, mode, expression, ...)                          \
    CUSIM_INLINE T name parameters                                                              \
    {                                                                                           \
        return cusim::directed<T>(mode, [](T x, T y, T z) -> T {                                \
            (void)x, (void)y, (void)z;                                                          \
            return expression;                                                                  \
        }, __VA_ARGS__);                                                                        \
    }
#define CUSIM_ROUNDINGS(name, T, parameters, expression, ...)                                   \
    CUSIM_INLINE T name##_rn parameters { return cusim::pinned(expression); }                   \
    CUSIM_ONE_ROUNDING(name##_rz, T, parameters, FE_TOWARDZERO, expression, __VA_ARGS__)        \
    CUSIM_ONE_ROUNDING(name##_ru, T, parameters, FE_UPWARD, expression, __VA_ARGS__)            \
    CUSIM_ONE_ROUNDING(name##_rd, T, parameters, FE_DOWNWARD, expression, __VA_ARGS__)
#define CUSIM_ARITHMETIC(f, fma_, T)                                                            \
    CUSIM_ROUNDINGS(__##f##add, T, (T x, T y), x + y, x, y)                                     \
    CUSIM_ROUNDINGS(__##f##sub, T, (T x, T y), x - y, x, y)                                     \
    CUSIM_ROUNDINGS(__##f##mul, T, (T x, T y), x * y, x, y)                                     \
    CUSIM_ROUNDINGS(__##f##div, T, (T x, T y), x / y, x, y)                                     \
    CUSIM_ROUNDINGS(__##f##rcp, T, (T x), 1 / x, x)                                             \
    CUSIM_ROUNDINGS(__##f##sqrt, T, (T x), std::sqrt(x), x)                                     \
    CUSIM_ROUNDINGS(fma_, T, (T x, T y, T z), std::fma(x, y, z), x, y, z)

CUSIM_ARITHMETIC(f, __fmaf, float)
CUSIM_ARITHMETIC(d, __fma, double)
CUSIM_INLINE float __frsqrt_rn(float x) { return (float)(1 / std::sqrt((double)x)); }
CUSIM_INLINE float __fmaf_ieee_rn(float x, float y, float z) { return __fmaf_rn(x, y, z); }

#undef CUSIM_ARITHMETIC
#undef CUSIM_ROUNDINGS
#undef CUSIM_ONE_ROUNDING

#endif
