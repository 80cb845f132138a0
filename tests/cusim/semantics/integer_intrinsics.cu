/* integer_intrinsics.cu: bits, products, averages, dot products, and integers packed in one. */
#include "expect.cuh"

__global__ void bits()
{
    EXPECT(__popc(0xf0f0f0f1u), 17);
    EXPECT(__popcll(0xffffffffffffffffull), 64);
    EXPECT(__clz(0), 32);
    EXPECT(__clz(1), 31);
    EXPECT(__clz(-1), 0);
    EXPECT(__clzll(0), 64);
    EXPECT(__clzll(1ll << 40), 23);
    EXPECT(__ffs(0), 0);
    EXPECT(__ffs(0x80), 8);
    EXPECT(__ffsll(1ll << 63), 64);
    EXPECT(__brev(1u), 0x80000000u);
    EXPECT(__brev(0x12345678u), 0x1e6a2c48u);
    EXPECT(__brevll(0x12345678ull), 0x1e6a2c4800000000ull);
    EXPECT(__byte_perm(0x33221100u, 0x77665544u, 0x0123), 0x00112233u);
    EXPECT(__byte_perm(0x33221100u, 0x77665544u, 0x7531), 0x77553311u);
    EXPECT(__byte_perm(0x33221100u, 0x77665544u, 0x8fa4), 0x00772244u);
    EXPECT(__funnelshift_l(0x80000000u, 1u, 1), 3u);
    EXPECT(__funnelshift_l(0x80000000u, 1u, 33), 3u);
    EXPECT(__funnelshift_lc(5u, 1u, 40), 5u);
    EXPECT(__funnelshift_r(0x80000000u, 1u, 4), 0x18000000u);
    EXPECT(__funnelshift_r(7u, 9u, 32), 7u);
    EXPECT(__funnelshift_rc(7u, 9u, 32), 9u);
    EXPECT(__fns(0xf0u, 0, 1), 4u);
    EXPECT(__fns(0xf0u, 5, 2), 6u);
    EXPECT(__fns(0xf0u, 6, -2), 5u);
    EXPECT(__fns(0xf0u, 4, 0), 4u);
    EXPECT(__fns(0xf0u, 0, 5), 0xffffffffu);
}

__global__ void arithmetic()
{
    EXPECT(__mulhi(0x40000000, -8), -2);
    EXPECT(__umulhi(0x80000000u, 6u), 3u);
    EXPECT(__mul64hi(-1ll, 5ll), -1ll);
    EXPECT(__umul64hi(1ull << 63, 6ull), 3ull);
    EXPECT(__mul24(0x01000003, -5), -15);
    EXPECT(__mul24(0x00800000, 2), (int)0xff000000);
    EXPECT(__umul24(0xff000003u, 5u), 15u);
    EXPECT(__sad(-5, 7, 100u), 112u);
    EXPECT(__usad(5u, 7u, 100u), 102u);
    EXPECT(__hadd(-3, 0), -2);
    EXPECT(__hadd(0x7fffffff, 0x7fffffff), 0x7fffffff);
    EXPECT(__rhadd(-3, 0), -1);
    EXPECT(__uhadd(0xffffffffu, 1u), 0x80000000u);
    EXPECT(__urhadd(0xffffffffu, 0xfffffffeu), 0xffffffffu);
    EXPECT(__dp4a(0x01ff02fe, 0x04030201, 10), 10 + 4 - 3 + 4 - 2);
    EXPECT(__dp4a(0x01ff02feu, 0x04030201u, 10u), 10u + 4 + 765 + 4 + 254);
    EXPECT(__dp4a(make_char4(-1, 2, 3, -4), make_char4(5, 6, 7, 8), 0), -5 + 12 + 21 - 32);
    EXPECT(__dp4a(make_uchar4(255, 2, 3, 4), make_uchar4(255, 6, 7, 8), 1u), 65025u + 66);
    EXPECT(__dp2a_lo((int)0xffff0003, 0x00000405, 1), 1 + 15 - 4);
    EXPECT(__dp2a_hi((int)0xffff0003, 0x04050000, 1), 1 + 15 - 4);
    EXPECT(__dp2a_lo(0xffff0003u, 0x00000405u, 1u), 1u + 15 + 4 * 65535u);
}

__global__ void packed()
{
    EXPECT(__vadd4(0x01ff7f80u, 0x01010101u), 0x02008081u);
    EXPECT(__vadd2(0xffff0001u, 0x00010001u), 0x00000002u);
    EXPECT(__vsub4(0x00010203u, 0x01010101u), 0xff000102u);
    EXPECT(__vaddss4(0x7f80017fu, 0x01ff0101u), 0x7f80027fu);
    EXPECT(__vaddus4(0xff800102u, 0x01800101u), 0xffff0203u);
    EXPECT(__vsubus4(0x01020304u, 0x02010404u), 0x00010000u);
    EXPECT(__vabsdiffu4(0x01ff0005u, 0x02000507u), 0x01ff0502u);
    EXPECT(__vavgu4(0x01020304u, 0x02020406u), 0x02020405u);
    EXPECT(__vhaddu4(0x01020304u, 0x02020406u), 0x01020305u);
    EXPECT(__vmaxs4(0x80017f00u, 0x00ff00ffu), 0x00017f00u);
    EXPECT(__vmaxu4(0x80017f00u, 0x00ff00ffu), 0x80ff7fffu);
    EXPECT(__vmins2(0x8000ffffu, 0x00000001u), 0x8000ffffu);
    EXPECT(__vminu2(0x8000ffffu, 0x00000001u), 0x00000001u);
    EXPECT(__vcmpeq4(0x01020304u, 0x01000300u), 0xff00ff00u);
    EXPECT(__vcmpgts4(0x01ff0304u, 0x00000400u), 0xff0000ffu);
    EXPECT(__vcmpgtu4(0x01ff0304u, 0x00000400u), 0xffff00ffu);
    EXPECT(__vsetleu4(0x01020304u, 0x01010404u), 0x01000101u);
    EXPECT(__vsadu4(0x01020304u, 0x04030201u), 8u);
    EXPECT(__vneg4(0x01ff0080u), 0xff010080u);
    EXPECT(__vabs4(0xff010280u), 0x01010280u);
}

/* min and max turn their arguments into what C's arithmetic would. */
__global__ void least_and_greatest()
{
    EXPECT(min(-1, 1), -1);
    EXPECT(min(-1, 1u), 1u);
    EXPECT(max(2u, -3), 0xfffffffdu);
    EXPECT(max(-1ll, 1ll), 1ll);
    EXPECT(min(1ull << 40, 1ull << 41), 1ull << 40);
    EXPECT(max(1.5f, 2.5f), 2.5f);
    EXPECT(max(1.5f, 2.5), 2.5);
    EXPECT(min(__int_as_float(0x7fc00000), 1.0f), 1.0f);
    EXPECT(umax(3u, 0xffffffffu), 0xffffffffu);
    EXPECT(llmin(-3ll, 2ll), -3ll);
    EXPECT(abs(-3), 3);
    EXPECT(llabs(-3ll), 3ll);
}

int main()
{
    bits<<<1, 1>>>();
    arithmetic<<<1, 1>>>();
    packed<<<1, 1>>>();
    least_and_greatest<<<1, 1>>>();
    return finish();
}
