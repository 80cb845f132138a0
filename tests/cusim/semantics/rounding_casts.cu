/* rounding_casts.cu: conversions and arithmetic in each rounding mode, saturation, NaN, and the
 * same bits seen as another type. */
#include "expect.cuh"

__global__ void to_integers()
{
    const float half = 2.5f, below = -2.5f, nan = __int_as_float(0x7fc00000);
    EXPECT(__float2int_rn(half), 2);
    EXPECT(__float2int_rn(3.5f), 4);
    EXPECT(__float2int_rz(below), -2);
    EXPECT(__float2int_ru(half), 3);
    EXPECT(__float2int_rd(below), -3);
    EXPECT(__float2uint_rn(half), 2u);
    EXPECT(__float2uint_rz(4294967040.0f), 4294967040u);
    EXPECT(__float2int_rz(1e20f), 2147483647);
    EXPECT(__float2int_rz(-1e20f), (int)0x80000000);
    EXPECT(__float2uint_rz(-1.0f), 0u);
    EXPECT(__float2uint_rz(1e20f), 0xffffffffu);
    EXPECT(__float2int_rn(nan), 0);
    EXPECT(__float2ll_rz(-1e18f), -999999984306749440ll);
    EXPECT(__float2ll_rz(1e30f), 0x7fffffffffffffffll);
    EXPECT(__float2ull_rd(1e19f), 9999999980506447872ull);
    EXPECT(__double2int_rn(-0.5), 0);
    EXPECT(__double2int_rn(-1.5), -2);
    EXPECT(__double2int_rd(-1e-300), -1);
    EXPECT(__double2int_rz(2147483647.9), 2147483647);
    EXPECT(__double2uint_ru(0.1), 1u);
    EXPECT(__double2ll_rn(0x1p52 + 0.5), 1ll << 52);
    EXPECT(__double2ll_rz(1e300), 0x7fffffffffffffffll);
    EXPECT(__double2ull_rz(1e300), 0xffffffffffffffffull);
}

__global__ void to_floats()
{
    const int odd = 16777217;                           /* 2^24 + 1: halfway between two floats */
    EXPECT(__int2float_rn(odd), 16777216.0f);
    EXPECT(__int2float_rz(odd), 16777216.0f);
    EXPECT(__int2float_ru(odd), 16777218.0f);
    EXPECT(__int2float_rd(odd), 16777216.0f);
    EXPECT(__int2float_rz(-odd), -16777216.0f);
    EXPECT(__int2float_rd(-odd), -16777218.0f);
    EXPECT(__uint2float_ru(0xffffffffu), 4294967296.0f);
    EXPECT(__uint2float_rz(0xffffffffu), 4294967040.0f);
    EXPECT(__ll2float_ru((1ll << 40) + 1), 0x1.000002p40f);
    EXPECT(__ull2double_rz(0xffffffffffffffffull), 0x1.fffffffffffffp63);
    EXPECT(__ll2double_rn((1ll << 53) + 1), 0x1p53);
    EXPECT(__ll2double_ru((1ll << 53) + 1), 0x1p53 + 2);
    EXPECT(__int2double_rn(odd), 16777217.0);
    EXPECT(__double2float_rn(0.1), 0.1f);
    EXPECT(__double2float_ru(0.1), 0x1.99999ap-4f);
    EXPECT(__double2float_rd(0.1), 0x1.999998p-4f);
    EXPECT(__double2float_rz(-0.1), -0x1.999998p-4f);
}

__global__ void arithmetic()
{
    const float one = 1.0f, tiny = 0x1p-30f, three = 3.0f;
    const float next = 0x1.000002p0f, third = 0x1.555554p-2f, more = 0x1.555556p-2f;
    EXPECT(__fadd_rn(one, tiny), one);
    EXPECT(__fadd_ru(one, tiny), next);
    EXPECT(__fadd_rz(one, tiny), one);
    EXPECT(__fadd_rd(-one, -tiny), -next);
    EXPECT(__fsub_rd(one, tiny), 0x1.fffffep-1f);
    EXPECT(__fmul_rz(next, next), 0x1.000004p0f);
    EXPECT(__fmul_ru(next, next), 0x1.000006p0f);
    EXPECT(__fdiv_rn(one, three), more);
    EXPECT(__fdiv_rz(one, three), third);
    EXPECT(__frcp_rd(three), third);
    EXPECT(__frcp_ru(three), more);
    EXPECT(__fsqrt_rn(2.0f), 0x1.6a09e6p0f);
    EXPECT(__fsqrt_ru(2.0f), 0x1.6a09e8p0f);
    EXPECT(__frsqrt_rn(4.0f), 0.5f);
    EXPECT(__fmaf_rn(next, next, -0x1.000004p0f), 0x1p-46f);
    EXPECT(__fmaf_rz(one, one, tiny), one);
    EXPECT(__fmaf_ru(one, one, tiny), next);
    EXPECT(__dadd_rn(1.0, 0x1p-60), 1.0);
    EXPECT(__dadd_ru(1.0, 0x1p-60), 1.0 + 0x1p-52);
    EXPECT(__dmul_rd(-1.0 / 3, 3.0), -1.0);
    EXPECT(__ddiv_rz(1.0, 3.0), 0x1.5555555555555p-2);
    EXPECT(__ddiv_ru(1.0, 3.0), 0x1.5555555555556p-2);
    EXPECT(__dsqrt_rd(2.0), 0x1.6a09e667f3bccp0);
    EXPECT(__drcp_rn(8.0), 0.125);
    EXPECT(__fma_rn(0x1p-40, 0x1p-40, 1.0), 1.0);
    EXPECT(__fma_ru(0x1p-40, 0x1p-40, 1.0), 1.0 + 0x1p-52);
}

__global__ void bits()
{
    EXPECT(__float_as_int(-2.0f), (int)0xc0000000);
    EXPECT(__float_as_uint(1.0f), 0x3f800000u);
    EXPECT(__int_as_float(0x40490fdb), 0x1.921fb6p1f);
    EXPECT(__uint_as_float(1u), 0x1p-149f);
    EXPECT(__double_as_longlong(-0.0), (long long)(1ull << 63));
    EXPECT(__longlong_as_double(0x3ff8000000000000ll), 1.5);
    EXPECT(__double2hiint(1.5), 0x3ff80000);
    EXPECT(__double2loint(0x1.0000000000003p0), 3);
    EXPECT(__hiloint2double(0x3ff80000, 0), 1.5);
    EXPECT(__hiloint2double(0x3ff00000, -1), 0x1.00000ffffffffp0);
}

int main()
{
    to_integers<<<1, 1>>>();
    to_floats<<<1, 1>>>();
    arithmetic<<<1, 1>>>();
    bits<<<1, 1>>>();
    return finish();
}
