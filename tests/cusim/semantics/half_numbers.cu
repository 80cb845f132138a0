/* half_numbers.cu: half and bfloat16: every value there and back, rounding around every tie,
 * arithmetic, comparisons, pairs, and that they behave like plain data. */
#include <type_traits>

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "expect.cuh"

static_assert(sizeof(half) == 2 && alignof(half) == 2, "half");
static_assert(sizeof(half2) == 4 && alignof(half2) == 4, "half2");
static_assert(sizeof(__nv_bfloat162) == 4 && alignof(__nv_bfloat162) == 4, "bfloat162");
static_assert(std::is_trivially_default_constructible<half>::value, "half in shared memory");
static_assert(std::is_trivially_default_constructible<half2>::value, "half2 in a union");

/* The value of the bits of a small float, by the definition of its format. */
__device__ double value(unsigned bits, int exponent_bits, int mantissa_bits)
{
    const int bias = (1 << (exponent_bits - 1)) - 1;
    const int exponent = (int)(bits >> mantissa_bits & ((1u << exponent_bits) - 1));
    const int mantissa = (int)(bits & ((1u << mantissa_bits) - 1));
    const double sign = bits >> 15 ? -1 : 1;
    return exponent == 0
               ? sign * ldexp((double)mantissa, 1 - bias - mantissa_bits)
               : sign * ldexp((double)(mantissa + (1 << mantissa_bits)),
                              exponent - bias - mantissa_bits);
}

/* Each finite value; the middle between it and the next; and the floats beside the middle. */
__global__ void half_conversions()
{
    const unsigned bits = blockIdx.x * blockDim.x + threadIdx.x;
    if (bits % 0x8000 >= 0x7c00) {
        EXPECT_TRUE(__half_as_ushort(__float2half(__int_as_float(0xffc00000))) == 0x7fff);
        return;
    }
    const half h = __ushort_as_half((unsigned short)bits);
    const double here = value(bits, 5, 10), next = value(bits + 1, 5, 10);
    const float middle = (float)((here + next) / 2);
    const unsigned even = bits % 2 ? bits + 1 : bits;
    const float outward = nextafterf(middle, (float)next), inward = nextafterf(middle, (float)here);
    EXPECT((double)__half2float(h), here);
    EXPECT(__half_as_ushort(__float2half((float)here)), bits);
    EXPECT(__half_as_ushort(__float2half_rn(middle)), even);
    EXPECT(__half_as_ushort(__float2half(outward)), bits + 1);
    EXPECT(__half_as_ushort(__float2half(inward)), bits);
    EXPECT(__half_as_ushort(__double2half(((here + next) / 2) * (1 + 0x1p-50))), bits + 1);
    EXPECT(__half_as_ushort(__float2half_rz(outward)), bits);
    EXPECT(__half_as_ushort(__float2half_ru(middle)), bits < 0x8000 ? bits + 1 : bits);
    EXPECT(__half_as_ushort(__float2half_rd(middle)), bits < 0x8000 ? bits : bits + 1);
}

__global__ void bfloat16_conversions()
{
    const unsigned bits = blockIdx.x * blockDim.x + threadIdx.x;
    if (bits % 0x8000 >= 0x7f80)
        return;
    const __nv_bfloat16 b = __ushort_as_bfloat16((unsigned short)bits);
    const float middle = __uint_as_float(bits << 16 | 0x8000u);
    EXPECT((double)__bfloat162float(b), value(bits, 8, 7));
    EXPECT(__bfloat16_as_ushort(__float2bfloat16(__bfloat162float(b))), bits);
    EXPECT(__bfloat16_as_ushort(__float2bfloat16_rn(middle)), bits % 2 ? bits + 1 : bits);
    EXPECT(__bfloat16_as_ushort(__float2bfloat16(__uint_as_float(bits << 16 | 0x8001u))), bits + 1);
    EXPECT(__bfloat16_as_ushort(__float2bfloat16(__uint_as_float(bits << 16 | 0x7fffu))), bits);
    EXPECT(__bfloat16_as_ushort(__float2bfloat16_rz(middle)), bits);
}

__global__ void arithmetic()
{
    const half a = 1.5f, b = 0x1p-11f, one = 1, big = 65504.0f, nan = __float2half(nanf(""));
    EXPECT(__half2float(__hadd(one, b)), 1.0f);                     /* a tie: to even */
    EXPECT(__half2float(__hadd(__float2half(0x1.004p0f), b)), 0x1.008p0f);
    EXPECT(__half2float(__hfma(one, one, b)), 1.0f);
    EXPECT(__half2float(__hfma(__float2half(0x1.004p0f), __float2half(0x1.004p0f),
                               __float2half(-0x1.008p0f))), 0x1p-20f);
    EXPECT(__half2float(a * a - one / a), 0x1.958p0f);            /* 2.25 - 0x1.554p-1: a tie */
    EXPECT_TRUE(isinf(__half2float(big + big)));
    EXPECT(__half2float(__hadd_sat(big, big)), 1.0f);
    EXPECT(__half2float(__hneg(a)), -1.5f);
    EXPECT(__half2float(__habs(-a)), 1.5f);
    EXPECT(__half2float(__hmax(a, nan)), 1.5f);
    EXPECT_TRUE(__hisnan(__hmax_nan(a, nan)));
    EXPECT(__half2float(__hmin(a, one)), 1.0f);
    EXPECT_TRUE(__hlt(one, a) && __hge(a, one) && !__heq(nan, nan) && __hneu(nan, nan));
    EXPECT_TRUE(one < a && a != one && !(nan == nan) && nan != nan && !__hne(nan, nan));
    EXPECT(__half2int_rn(__float2half(2.5f)), 2);
    EXPECT(__half2int_ru(__float2half(2.5f)), 3);
    EXPECT((int)__float2half(-2.75f), -2);
    EXPECT(__half2float(__int2half_rn(2049)), 2048.0f);
    EXPECT(__half2float(__int2half_ru(2049)), 2050.0f);
    EXPECT(__half2float(hsqrt(__float2half(2.0f))), 0x1.6ap0f);
    EXPECT(__half2float(hexp(__float2half(0.0f))), 1.0f);
    EXPECT(__half2float(hrcp(__float2half(4.0f))), 0.25f);
    EXPECT(__half2float(hfloor(__float2half(-1.5f))), -2.0f);
    half c = a;
    c += one;
    c *= a;
    EXPECT(__half2float(c++), 3.75f);
    EXPECT(__half2float(c), 4.75f);

    const __nv_bfloat16 x = __float2bfloat16(1.0f), y = __float2bfloat16(0x1p-8f);
    EXPECT(__bfloat162float(x + y), 1.0f);
    EXPECT(__bfloat162float(__hfma(x, x, y)), 1.0f);
    /* The product is halfway between two values; a sum rounded twice would go to the even one. */
    EXPECT(__bfloat162float(__hfma(__float2bfloat16(0x1.02p0f), __float2bfloat16(3.0f),
                                   __float2bfloat16(-0x1p-60f))), 0x1.82p1f);
    EXPECT(__bfloat162float(__hmul(__float2bfloat16(3.0f), y)), 0x1.8p-7f);
    EXPECT_TRUE(x > y);
    EXPECT(__bfloat162float(__double2bfloat16(1.0 + 0x1p-8 + 0x1p-40)), 0x1.02p0f);
}

__global__ void pairs()
{
    const half2 v = __floats2half2_rn(1, 2), w = __float2half2_rn(3);
    const half2 sum = __hadd2(v, w), fused = __hfma2(v, w, sum);
    EXPECT(__low2float(sum), 4.0f);
    EXPECT(__high2float(sum), 5.0f);
    EXPECT(__low2float(fused) + __high2float(fused), 18.0f);
    EXPECT(__half22float2(v * w - v).y, 4.0f);
    EXPECT(__half2float(__high2half(__lowhigh2highlow(v))), 1.0f);
    EXPECT(__low2float(__halves2half2(v.y, v.x)), 2.0f);
    EXPECT(__high2float(__half2half2(v.x)), 1.0f);
    EXPECT(__high2float(__low2half2(v)), 1.0f);
    EXPECT(__low2float(__heq2(v, __float2half2_rn(1))), 1.0f);
    EXPECT(__high2float(__heq2(v, __float2half2_rn(1))), 0.0f);
    EXPECT(__hblt2(v, w), true);
    EXPECT(__low2float(h2exp2(v)), 2.0f);
    EXPECT(__high2float(__hmax2(v, __float2half2_rn(1.5f))), 2.0f);
    const float2 f = __half22float2(__float22half2_rn(make_float2(0.5f, -0.5f)));
    EXPECT(f.x + f.y, 0.0f);
    const __nv_bfloat162 b = __floats2bfloat162_rn(1, 2);
    EXPECT(__bfloat1622float2(__hmul2(b, b)).y, 4.0f);
    EXPECT(__high2float(__halves2bfloat162(__low2bfloat16(b), __high2bfloat16(b))), 2.0f);
}

/* In shared memory, in unions, in wide loads. */
__global__ void plain_data(const half *in, half *out)
{
    __shared__ half tile[8 * 32];
    const int t = (int)threadIdx.x;
    union {
        uint4 whole;
        half part[8];
    } eight;
    eight.whole = reinterpret_cast<const uint4 *>(in)[t];
    for (int i = 0; i < 8; i++)
        tile[i * 32 + t] = eight.part[i];
    __syncthreads();
    reinterpret_cast<half2 *>(out)[t] = make_half2(tile[t], tile[7 * 32 + t]);
    EXPECT(__half2float(__ldg(&in[t])), (float)t);
}

int main()
{
    half host[256], *in, *out;
    for (int i = 0; i < 256; i++)
        host[i] = __float2half((float)i);
    if (cudaMalloc(&in, sizeof host) || cudaMalloc(&out, 64 * sizeof *out) ||
        cudaMemcpy(in, host, sizeof host, cudaMemcpyHostToDevice))
        return 1;
    half_conversions<<<256, 256>>>();
    bfloat16_conversions<<<256, 256>>>();
    arithmetic<<<1, 1>>>();
    pairs<<<1, 1>>>();
    plain_data<<<1, 32>>>(in, out);
    if (cudaMemcpy(host, out, 64 * sizeof *out, cudaMemcpyDeviceToHost))
        return 1;
    for (int t = 0; t < 32; t++)
        if (__half2float(host[2 * t]) != 8.0f * t || (float)host[2 * t + 1] != 8.0f * t + 7)
            return printf("out[%d] is wrong\n", t), 1;
    if (cudaFree(in) || cudaFree(out))
        return 1;
    return finish();
}
