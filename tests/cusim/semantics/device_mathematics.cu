/* device_mathematics.cu: the functions that C lacks, against values from tables, and fast ones
 * against the accurate; complex numbers. */
#include <cuComplex.h>
#include <math_constants.h>

#include "expect.cuh"

/* Within `ulps` units in the last place of float, or relative 1e-13 for doubles. */
__device__ bool near(float got, float wanted, float ulps)
{
    return fabsf(got - wanted) <= ulps * 1.2e-7f * fabsf(wanted) || got == wanted;
}
__device__ bool near(double got, double wanted)
{
    return fabs(got - wanted) <= 1e-13 * fabs(wanted) || got == wanted;
}

__global__ void doubles()
{
    EXPECT_TRUE(near(rsqrt(2.0), 0.70710678118654752));
    EXPECT_TRUE(near(rcbrt(8.0), 0.5));
    EXPECT(sinpi(1.0), 0.0);
    EXPECT(cospi(0.5), 0.0);
    EXPECT(sinpi(-0.5), -1.0);
    EXPECT(cospi(1e9 + 1), -1.0);
    EXPECT_TRUE(near(sinpi(1.25), -0.70710678118654752));
    EXPECT_TRUE(near(sinpi(0.125), 0.38268343236508977));
    EXPECT_TRUE(near(cospi(0.125), 0.92387953251128676));
    EXPECT_TRUE(near(erfinv(0.5), 0.47693627620446987));
    EXPECT_TRUE(near(erfinv(-1e-10), -8.862269254527581e-11));
    EXPECT_TRUE(near(erfcinv(1e-20), 6.601580622355143));
    EXPECT_TRUE(near(normcdf(1.0), 0.84134474606854293));
    EXPECT_TRUE(near(normcdfinv(0.975), 1.9599639845400545));
    EXPECT_TRUE(near(erfcx(10.0), 0.05614099274382259));
    EXPECT_TRUE(near(cyl_bessel_i0(1.0), 1.2660658777520084));
    EXPECT_TRUE(near(cyl_bessel_i1(1.0), 0.56515910399248503));
    EXPECT_TRUE(near(exp10(2.0), 100.0));
    EXPECT_TRUE(near(hypot(3.0, 4.0), 5.0));
    EXPECT_TRUE(near(rhypot(3.0, 4.0), 0.2));
    EXPECT_TRUE(near(norm3d(2.0, 3.0, 6.0), 7.0));
    EXPECT_TRUE(near(norm4d(1.0, 2.0, 4.0, 10.0), 11.0));
    EXPECT_TRUE(near(rnorm3d(2.0, 3.0, 6.0), 1.0 / 7));
    double s, c;
    sincospi(0.25, &s, &c);
    EXPECT_TRUE(near(s, c));
    sincos(1.0, &s, &c);
    EXPECT_TRUE(near(s * s + c * c, 1.0));
    EXPECT(CUDART_INF, 1 / 0.0);
    EXPECT_TRUE(near(CUDART_PI, 3.14159265358979323846));
}

__global__ void floats()
{
    EXPECT_TRUE(near(rsqrtf(2.0f), 0.70710678f, 2));
    EXPECT_TRUE(near(rcbrtf(27.0f), 0.33333333f, 2));
    EXPECT(sinpif(2.0f), 0.0f);
    EXPECT(cospif(1.5f), 0.0f);
    EXPECT_TRUE(near(erfinvf(0.5f), 0.47693628f, 4));
    EXPECT_TRUE(near(erfcinvf(0.1f), 1.1630872f, 6));
    EXPECT_TRUE(near(normcdff(-1.0f), 0.15865525f, 8));
    EXPECT_TRUE(near(normcdfinvf(0.9f), 1.2815516f, 8));
    EXPECT_TRUE(near(norm3df(2.0f, 3.0f, 6.0f), 7.0f, 4));
    EXPECT_TRUE(near(rnorm4df(1.0f, 2.0f, 4.0f, 10.0f), 1.0f / 11, 4));
    EXPECT_TRUE(near(exp10f(-1.0f), 0.1f, 4));
    EXPECT_TRUE(near(fdividef(1.0f, 3.0f), 0.33333333f, 4));
    EXPECT_TRUE(near(cyl_bessel_i0f(2.0f), 2.2795853f, 8));
    EXPECT(fmaxf(__int_as_float(0x7fc00000), 2.0f), 2.0f);
    EXPECT(rsqrtf(0.0f), CUDART_INF_F);
    EXPECT_TRUE(isnan(CUDART_NAN_F));
    EXPECT_TRUE(isinf(-CUDART_INF_F));
    EXPECT(fmaf(2.0f, 3.0f, 4.0f), 10.0f);
    EXPECT(copysignf(3.0f, -0.0f), -3.0f);
    EXPECT(rintf(2.5f), 2.0f);
    EXPECT(roundf(2.5f), 3.0f);
}

__global__ void fast()
{
    float s, c;
    for (int i = 1; i <= 20; i++) {
        const float x = 0.125f * i;
        EXPECT_TRUE(near(__expf(x), expf(x), 8 + 4 * x));
        EXPECT_TRUE(fabsf(__logf(x) - logf(x)) < 1e-6f);
        EXPECT_TRUE(fabsf(__log2f(x) - log2f(x)) < 1e-6f);
        EXPECT_TRUE(fabsf(__log10f(x) - log10f(x)) < 1e-6f);
        EXPECT_TRUE(fabsf(__sinf(x) - sinf(x)) < 1e-6f);
        EXPECT_TRUE(fabsf(__cosf(x) - cosf(x)) < 1e-6f);
        __sincosf(x, &s, &c);
        EXPECT_TRUE(fabsf(s * s + c * c - 1) < 1e-5f);
        EXPECT_TRUE(near(__powf(x, 1.5f), powf(x, 1.5f), 64));
        EXPECT_TRUE(near(__exp10f(x), exp10f(x), 64));
        EXPECT_TRUE(near(__fdividef(x, 3.0f), x / 3, 4));
    }
    EXPECT_TRUE(near(__tanf(0.5f), 0.5463025f, 32));
    EXPECT(__saturatef(-1.0f), 0.0f);
    EXPECT(__saturatef(0.25f), 0.25f);
    EXPECT(__saturatef(7.0f), 1.0f);
    EXPECT(__saturatef(__int_as_float(0x7fc00000)), 0.0f);
    EXPECT(__fdividef(1.0f, 0x1.8p126f), 0.0f);
}

__global__ void complex_numbers()
{
    const cuFloatComplex a = make_cuFloatComplex(1, 2), b = make_cuFloatComplex(3, -1);
    EXPECT(cuCrealf(cuCmulf(a, b)), 5.0f);
    EXPECT(cuCimagf(cuCmulf(a, b)), 5.0f);
    EXPECT(cuCimagf(cuCaddf(a, cuConjf(b))), 3.0f);
    EXPECT_TRUE(near(cuCabsf(make_cuFloatComplex(3, 4)), 5.0f, 2));
    const cuDoubleComplex q = cuCdiv(make_cuDoubleComplex(5, 5), make_cuDoubleComplex(3, -1));
    EXPECT_TRUE(near(cuCreal(q), 1.0));
    EXPECT_TRUE(near(cuCimag(q), 2.0));
}

int main()
{
    doubles<<<1, 1>>>();
    floats<<<1, 1>>>();
    fast<<<1, 1>>>();
    complex_numbers<<<1, 1>>>();
    return finish();
}
