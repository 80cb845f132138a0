/* cuComplex.h: complex numbers as pairs. */
#ifndef CUSIM_CUCOMPLEX_H
#define CUSIM_CUCOMPLEX_H

#include <math.h>

#include "vector_functions.h"

typedef float2 cuFloatComplex;
typedef double2 cuDoubleComplex;
typedef cuFloatComplex cuComplex;

/* Complex, T, and the letter that C's math.h puts after a function's name for T. */
#define CUSIM_COMPLEX(Complex, T, Pair, real, imag, conj, add, sub, mul, div, abs_, hypot_)     \
    CUSIM_INLINE T real(Complex x) { return x.x; }                                              \
    CUSIM_INLINE T imag(Complex x) { return x.y; }                                              \
    CUSIM_INLINE Complex conj(Complex x) { return Pair(x.x, -x.y); }                            \
    CUSIM_INLINE Complex add(Complex x, Complex y) { return Pair(x.x + y.x, x.y + y.y); }       \
    CUSIM_INLINE Complex sub(Complex x, Complex y) { return Pair(x.x - y.x, x.y - y.y); }       \
    CUSIM_INLINE Complex mul(Complex x, Complex y)                                              \
    {                                                                                           \
        return Pair(x.x * y.x - x.y * y.y, x.x * y.y + x.y * y.x);                              \
    }                                                                                           \
    CUSIM_INLINE Complex div(Complex x, Complex y)                                              \
    {                                                                                           \
        const T size = hypot_(y.x, y.y), c = y.x / size, s = y.y / size;                        \
        return Pair((x.x * c + x.y * s) / size, (x.y * c - x.x * s) / size);                    \
    }                                                                                           \
    CUSIM_INLINE T abs_(Complex x) { return hypot_(x.x, x.y); }

CUSIM_COMPLEX(cuFloatComplex, float, make_float2, cuCrealf, cuCimagf, cuConjf, cuCaddf, cuCsubf,
              cuCmulf, cuCdivf, cuCabsf, hypotf)
CUSIM_COMPLEX(cuDoubleComplex, double, make_double2, cuCreal, cuCimag, cuConj, cuCadd, cuCsub,
              cuCmul, cuCdiv, cuCabs, hypot)

#undef CUSIM_COMPLEX

CUSIM_INLINE cuFloatComplex make_cuFloatComplex(float x, float y) { return make_float2(x, y); }
CUSIM_INLINE cuComplex make_cuComplex(float x, float y) { return make_float2(x, y); }
CUSIM_INLINE cuDoubleComplex make_cuDoubleComplex(double x, double y) { return make_double2(x, y); }
CUSIM_INLINE cuFloatComplex cuCfmaf(cuFloatComplex x, cuFloatComplex y, cuFloatComplex z)
{
    return cuCaddf(cuCmulf(x, y), z);
}
CUSIM_INLINE cuDoubleComplex cuCfma(cuDoubleComplex x, cuDoubleComplex y, cuDoubleComplex z)
{
    return cuCadd(cuCmul(x, y), z);
}
CUSIM_INLINE cuDoubleComplex cuComplexFloatToDouble(cuFloatComplex x)
{
    return make_double2(x.x, x.y);
}
CUSIM_INLINE cuFloatComplex cuComplexDoubleToFloat(cuDoubleComplex x)
{
    return make_float2((float)x.x, (float)x.y);
}

#endif
