/* inline_ptx.cu: inline PTX: arithmetic, bits, conversions, memory, what a warp does together, and
 * the matrix instructions held against plain loops. */
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <stdint.h>

#include "expect.cuh"

/* One instruction: its result of type R (constraint r), its sources of type T (constraint t). */
#define OF1(name, R, r, T, t, a) \
    ({ R d_; asm volatile(name " %0, %1;" : "=" r(d_) : t((T)(a))); d_; })
#define OF2(name, R, r, T, t, a, b)                                                             \
    ({ R d_; asm volatile(name " %0, %1, %2;" : "=" r(d_) : t((T)(a)), t((T)(b))); d_; })
#define OF3(name, R, r, T, t, a, b, c)                                                          \
    ({ R d_; asm volatile(name " %0, %1, %2, %3;" : "=" r(d_) : t((T)(a)), t((T)(b)), t((T)(c))); \
       d_; })
#define U1(name, a) OF1(name, unsigned, "r", unsigned, "r", a)
#define U2(name, a, b) OF2(name, unsigned, "r", unsigned, "r", a, b)
#define U3(name, a, b, c) OF3(name, unsigned, "r", unsigned, "r", a, b, c)
#define I2(name, a, b) OF2(name, int, "r", int, "r", a, b)
#define I3(name, a, b, c) OF3(name, int, "r", int, "r", a, b, c)
#define F1(name, a) OF1(name, float, "f", float, "f", a)
#define F2(name, a, b) OF2(name, float, "f", float, "f", a, b)

__global__ void arithmetic()
{
    EXPECT(I2("add.s32", 7, -9), -2);
    EXPECT(U2("sub.u32", 3u, 5u), 0xfffffffeu);
    EXPECT(I2("mul.lo.s32", -3, 1 << 30), 1 << 30);
    EXPECT(I2("mul.hi.s32", -3, 1 << 30), -1);
    EXPECT(U2("mul.hi.u32", 0xfffffffdu, 1u << 30), 0x3fffffffu);
    EXPECT(OF2("mul.wide.s32", long long, "l", int, "r", -3, 1 << 30), -3221225472ll);
    EXPECT(I3("mad.lo.s32", 3, -4, 5), -7);
    EXPECT(OF3("fma.rn.f32", float, "f", float, "f", 1.0f + 0x1p-12f, 1.0f - 0x1p-12f, -1.0f),
           -0x1p-24f);
    EXPECT(I2("div.s32", -7, 2), -3);
    EXPECT(I2("rem.s32", -7, 2), -1);
    EXPECT(I2("min.s32", -7, 2), -7);
    EXPECT(U2("min.u32", -7, 2), 2u);
    EXPECT(U2("max.u32", -7, 2), 0xfffffff9u);
    EXPECT(F2("min.f32", nanf(""), 2.0f), 2.0f);
    EXPECT(F2("max.f32", 3.0f, nanf("")), 3.0f);
    EXPECT(F2("max.f32", nanf(""), nanf("")), nanf(""));
    EXPECT(F2("min.f32", 3.0f, 2.0f), 2.0f);
    EXPECT(F2("max.f32", -3.0f, 2.0f), 2.0f);
    EXPECT(F1("abs.f32", -3.5f), 3.5f);
    EXPECT(1 / F1("neg.f32", 0.0f), -INFINITY);
    EXPECT(F2("copysign.f32", -1.0f, 5.0f), -5.0f);
    EXPECT(I3("sad.s32", -3, 4, 10), 17);
    EXPECT(I2("mul24.lo.s32", 0x01000003, 5), 15);
    EXPECT(F1("ex2.approx.f32", 5.0f), 32.0f);
    EXPECT(F1("lg2.approx.f32", 8.0f), 3.0f);
    EXPECT(F1("rcp.approx.ftz.f32", 4.0f), 0.25f);
    EXPECT(F1("rsqrt.approx.f32", 16.0f), 0.25f);
    EXPECT(F1("sqrt.rn.f32", 2.0f), sqrtf(2.0f));
    EXPECT(OF2("add.f64", double, "d", double, "d", 0.1, 0.2), 0.1 + 0.2);
    EXPECT(I3("dp4a.s32.s32", 0x01ff02fe, 0x03040506, 100), 100 + 3 - 4 + 10 - 12);
    EXPECT(U3("dp4a.u32.u32", 0x01ff02feu, 0x03040506u, 100u), 100u + 3 + 1020 + 10 + 1524);
}

__global__ void bits()
{
    EXPECT(U2("and.b32", 0xff0fu, 0x0ff0u), 0x0f00u);
    EXPECT(U2("xor.b32", 0xff0fu, 0x0ff0u), 0xf0ffu);
    EXPECT(U1("not.b32", 0xff0fu), 0xffff00f0u);
    EXPECT(U1("cnot.b32", 0), 1u);
    EXPECT(U2("shl.b32", 1, 31), 0x80000000u);
    EXPECT(U2("shl.b32", 1, 32), 0u);
    EXPECT(U2("shr.u32", 0x80000000u, 40), 0u);
    EXPECT(I2("shr.s32", -5, 1), -3);
    EXPECT(I2("shr.s32", -5, 99), -1);
    EXPECT(U3("shf.l.wrap.b32", 0x80000001u, 0x12345678u, 4), 0x23456788u);
    EXPECT(U3("shf.r.clamp.b32", 0x80000001u, 0x12345678u, 40), 0x12345678u);
    EXPECT(U1("popc.b32", 0xf0f1u), 9u);
    EXPECT(OF1("popc.b64", unsigned, "r", long long, "l", -1ll), 64u);
    EXPECT(U1("clz.b32", 1u), 31u);
    EXPECT(U1("brev.b32", 6u), 0x60000000u);
    EXPECT(U1("bfind.u32", 0x1000u), 12u);
    EXPECT(OF1("bfind.s32", unsigned, "r", int, "r", -2), 0u);
    EXPECT(U1("bfind.u32", 0u), 0xffffffffu);
    EXPECT(U3("bfe.u32", 0xabcd1234u, 8, 12), 0xd12u);
    EXPECT(I3("bfe.s32", 0xabcd1234, 8, 12), (int)0xfffffd12);
    EXPECT(I3("bfe.s32", 0xabcd1234, 24, 20), (int)0xffffffab);
    EXPECT(U3("prmt.b32", 0x33221180u, 0x77665544u, 0x7810u), 0x77ff1180u);
    unsigned d;
    asm("bfi.b32 %0, %1, %2, 4, 8;" : "=r"(d) : "r"(0xabu), "r"(0xffffffffu));
    EXPECT(d, 0xfffffabfu);
    asm("lop3.b32 %0, %1, %2, %3, 0xE8;" : "=r"(d) : "r"(0xf0f0u), "r"(0xff00u), "r"(0xaaaau));
    EXPECT(d, (0xf0f0u & 0xff00u) | (0xf0f0u & 0xaaaau) | (0xff00u & 0xaaaau));
}

__global__ void conversions()
{
    EXPECT(OF1("cvt.rzi.s32.f32", int, "r", float, "f", -2.7f), -2);
    EXPECT(OF1("cvt.rni.s32.f32", int, "r", float, "f", 2.5f), 2);
    EXPECT(OF1("cvt.rmi.s32.f32", int, "r", float, "f", -2.2f), -3);
    EXPECT(OF1("cvt.rpi.s32.f32", int, "r", float, "f", 2.2f), 3);
    EXPECT(OF1("cvt.rzi.s32.f32", int, "r", float, "f", 1e20f), 0x7fffffff);
    EXPECT(OF1("cvt.rzi.u32.f32", unsigned, "r", float, "f", -1.0f), 0u);
    EXPECT(OF1("cvt.rzi.s32.f32", int, "r", float, "f", nanf("")), 0);
    EXPECT(OF1("cvt.rn.f32.u32", float, "f", unsigned, "r", 0xffffffffu), 4294967296.0f);
    EXPECT(OF1("cvt.rn.f32.f64", float, "f", double, "d", 0.1), 0.1f);
    EXPECT(OF1("cvt.f64.f32", double, "d", float, "f", 0.1f), (double)0.1f);
    EXPECT(OF1("cvt.sat.f32.f32", float, "f", float, "f", 1.5f), 1.0f);
    EXPECT(OF1("cvt.sat.f32.f32", float, "f", float, "f", nanf("")), 0.0f);
    EXPECT(OF1("cvt.rmi.f32.f32", float, "f", float, "f", -1.5f), -2.0f);
    EXPECT(OF1("cvt.s64.s32", long long, "l", int, "r", -5), -5ll);
    EXPECT(OF1("cvt.u64.u32", long long, "l", int, "r", -5), 4294967291ll);
    EXPECT(OF1("cvt.sat.s8.s32", int, "r", int, "r", 300), 127);
    EXPECT(OF1("cvt.s8.s32", int, "r", int, "r", 300), 44);
    EXPECT(OF1("cvt.rn.f16.f32", unsigned short, "h", float, "f", 1.0f), 0x3c00);
    EXPECT(OF1("cvt.f32.f16", float, "f", unsigned short, "h", 0xc000), -2.0f);
#if __CUDA_ARCH__ >= 800
    EXPECT(OF1("cvt.rna.tf32.f32", unsigned, "r", float, "f", 1.0f + 0x1p-11f), 0x3f802000u);
    EXPECT(OF1("cvt.rna.tf32.f32", unsigned, "r", float, "f", 1.0f + 0x1p-12f), 0x3f800000u);
    EXPECT(OF2("cvt.rn.bf16x2.f32", unsigned, "r", float, "f", 1.0f, -2.0f), 0x3f80c000u);
    EXPECT(OF2("cvt.rn.f16x2.f32", unsigned, "r", float, "f", 1.0f, -2.0f), 0x3c00c000u);
#endif
    EXPECT(U2("add.f16x2", 0x3c00c000u, 0x40004000u), 0x42000000u);
    EXPECT(U3("fma.rn.f16x2", 0x3c00c000u, 0x40004000u, 0x3c003c00u), 0x4200c200u);

    unsigned lo, hi;
    unsigned long long both;
    asm("mov.b64 {%0, %1}, %2;" : "=r"(lo), "=r"(hi) : "l"(0x1122334455667788ull));
    EXPECT(lo, 0x55667788u);
    EXPECT(hi, 0x11223344u);
    asm("mov.b64 %0, {%1, %2};" : "=l"(both) : "r"(hi), "r"(lo));
    EXPECT(both, 0x5566778811223344ull);
    float f;
    asm("mov.b32 %0, 0f40490FDB;" : "=f"(f));
    EXPECT(f, 3.14159274f);
}

__global__ void predicates()
{
    const int lane = (int)threadIdx.x;
    int result = -1, both;
    asm("{\n\t.reg .pred p, q;\n\t"
        "setp.lt.s32 p|q, %2, 7;       // two at once\n\t"
        "@p  mov.u32 %0, 1;\n\t"
        "@!p add.s32 %0, %2, 100;\n\t"
        "selp.s32 %1, 5, 6, q;\n\t}"
        : "=r"(result), "=r"(both) : "r"(lane));
    EXPECT(result, lane < 7 ? 1 : lane + 100);
    EXPECT(both, lane < 7 ? 6 : 5);
    asm("{ .reg .pred p, q; setp.eq.u32 p, %1, 3; setp.gt.or.f32 q, %2, 0f41A00000, p;"
        "  selp.u32 %0, 1, 0, q; }" : "=r"(both) : "r"(lane), "f"((float)lane));
    EXPECT(both, (int)(lane == 3 || lane > 20));
    asm("{ .reg .pred p; setp.neu.f32 p, %1, %1; selp.u32 %0, 1, 0, p; }"
        : "=r"(both) : "f"(lane == 4 ? nanf("") : 1.0f));
    EXPECT(both, (int)(lane == 4));
}

__global__ void memory(float *g, unsigned *u)
{
    __shared__ __align__(16) float s[128];
    const int lane = (int)threadIdx.x;
    const unsigned at = (unsigned)__cvta_generic_to_shared(&s[4 * lane]);
    float a, b, c, d;
    unsigned long long shared, address;

    asm volatile("ld.global.nc.v4.f32 {%0, %1, %2, %3}, [%4+16];"
                 : "=f"(a), "=f"(b), "=f"(c), "=f"(d) : "l"(g + 4 * lane));
    EXPECT(a, 4.0f * lane + 4);
    EXPECT(d, 4.0f * lane + 7);
    asm volatile("st.shared.v2.f32 [%0], {%1, %2};" :: "r"(at), "f"(a), "f"(b) : "memory");
    EXPECT(s[4 * lane + 1], b);
    asm volatile("ld.shared.u32 %0, [%1 + 4];" : "=r"(*(unsigned *)&c) : "r"(at));
    EXPECT(c, b);
    asm volatile("{ .reg .u64 t; cvta.to.shared.u64 t, %1; mov.u64 %0, t; }"
                 : "=l"(shared) : "l"(&s[4 * lane]));
    EXPECT((unsigned)shared, at);
    asm volatile("cvta.to.global.u64 %0, %1;" : "=l"(address) : "l"(g));
    EXPECT(address, (unsigned long long)g);

    unsigned old;
    if (lane == 0)
        u[0] = u[1] = u[2] = 0;
    __syncwarp();
    asm volatile("atom.global.add.u32 %0, [%1], 2;" : "=r"(old) : "l"(u) : "memory");
    EXPECT_TRUE(old % 2 == 0 && old < 64);
    asm volatile("red.global.max.u32 [%0], %1;" :: "l"(u + 1), "r"(lane) : "memory");
    asm volatile("atom.global.cas.b32 %0, [%1], 0, %2;" : "=r"(old) : "l"(u + 2), "r"(lane + 1)
                 : "memory");
    __syncwarp();
    EXPECT(u[0], 64u);
    EXPECT(u[1], 31u);
    EXPECT_TRUE(u[2] >= 1 && u[2] <= 32);
    asm volatile("st.release.gpu.global.u32 [%0], %1;" :: "l"(u + 3), "r"(9u) : "memory");
    asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(old) : "l"(u + 3) : "memory");
    EXPECT(old, 9u);
    asm volatile("membar.gl; fence.acq_rel.sys;" ::: "memory");
#if __CUDA_ARCH__ >= 800
    __syncwarp();
    asm volatile("cp.async.ca.shared.global [%0], [%1], 16;" :: "r"(at), "l"(g + 4 * lane));
    asm volatile("cp.async.commit_group;");
    asm volatile("cp.async.wait_group %0;" :: "n"(0));
    EXPECT(s[4 * lane + 3], 4.0f * lane + 3);
    asm volatile("cp.async.ca.shared.global [%0], [%1], 8, 4;" :: "r"(at), "l"(g + 4 * lane + 2));
    asm volatile("cp.async.wait_all;" ::: "memory");
    EXPECT(s[4 * lane], 4.0f * lane + 2);
    EXPECT(s[4 * lane + 1], 0.0f);
#endif
}

__global__ void warps()
{
    const unsigned lane = threadIdx.x;
    unsigned x, y, inside;

    asm("mov.u32 %0, %%laneid;" : "=r"(x));
    EXPECT(x, lane);
    asm("mov.u32 %0, %tid.x; mov.u32 %1, %ntid.x;" : "=r"(x), "=r"(y));
    EXPECT(x, lane);
    EXPECT(y, 32u);
    asm("mov.u32 %0, %%lanemask_lt;" : "=r"(x));
    EXPECT(x, (1u << lane) - 1);
    asm volatile("shfl.sync.down.b32 %0, %1, 3, 0x1f, 0xffffffff;" : "=r"(x) : "r"(lane * 10));
    EXPECT(x, (lane + 3 < 32 ? lane + 3 : lane) * 10);
    asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 31, -1;" : "=r"(x) : "r"(lane * 10), "r"(5));
    EXPECT(x, (lane ^ 5) * 10);
    asm volatile("{ .reg .pred p; shfl.sync.up.b32 %0|p, %2, 2, 0x1800, 0xffffffff;"
                 "  selp.u32 %1, 1, 0, p; }" : "=r"(x), "=r"(inside) : "r"(lane * 10));
    EXPECT(x, (lane % 8 >= 2 ? lane - 2 : lane) * 10);      /* segments of eight lanes */
    EXPECT(inside, (unsigned)(lane % 8 >= 2));
    asm volatile("shfl.sync.idx.b32 %0, %1, 1, 0x1c1f, 0xffffffff;" : "=r"(x) : "r"(lane * 10));
    EXPECT(x, (lane / 4 * 4 + 1) * 10);
    asm volatile("{ .reg .pred p; setp.gt.u32 p, %1, 15; vote.sync.ballot.b32 %0, p, -1; }"
                 : "=r"(x) : "r"(lane));
    EXPECT(x, 0xffff0000u);
    asm volatile("{ .reg .pred p, q; setp.gt.u32 p, %1, 15; vote.sync.any.pred q, p, 0xffffffff;"
                 "  selp.u32 %0, 1, 0, q; }" : "=r"(x) : "r"(lane));
    EXPECT(x, 1u);
    asm volatile("activemask.b32 %0;" : "=r"(x));
    EXPECT(x, 0xffffffffu);
#if __CUDA_ARCH__ >= 800
    asm volatile("redux.sync.add.s32 %0, %1, 0xffffffff;" : "=r"(x) : "r"(lane));
    EXPECT(x, 496u);
#endif
    asm volatile("bar.warp.sync 0xffffffff; bar.sync 0; bar.sync 1, 32; nanosleep.u32 100;");
}

/* ---- Matrices: a[row][k], b[k][column], small whole numbers, so that every sum is exact ---- */

__device__ int a_at(int row, int k) { return (row * 7 + k * 3) % 11 - 5; }
__device__ int b_at(int k, int column) { return (k * 5 + column * 2) % 13 - 6; }

__device__ float sum_at(int row, int column, int K)
{
    int sum = row - column;                         /* what C holds */
    for (int k = 0; k < K; k++)
        sum += a_at(row, k) * b_at(k, column);
    return (float)sum;
}

/* Two neighbours along k in one register. */
template <class T> __device__ unsigned pair(float first, float second)
{
    const T two[2] = { T(first), T(second) };
    return *(const unsigned *)two;
}

template <class T> __device__ void factors(unsigned *a, unsigned *b, int registers)
{
    const int g = (int)threadIdx.x / 4, t = (int)threadIdx.x % 4;
    for (int r = 0; r < 2 * registers; r++) {
        const int row = g + 8 * (r % 2), k = 2 * t + 8 * (r / 2);
        a[r] = pair<T>((float)a_at(row, k), (float)a_at(row, k + 1));
    }
    for (int r = 0; r < registers; r++)
        b[r] = pair<T>((float)b_at(2 * t + 8 * r, g), (float)b_at(2 * t + 8 * r + 1, g));
}

__device__ void expect_product(const float *d, int K)
{
    const int g = (int)threadIdx.x / 4, t = (int)threadIdx.x % 4;
    for (int i = 0; i < 4; i++)
        EXPECT(d[i], sum_at(g + 8 * (i / 2), 2 * t + i % 2, K));
}

__device__ void fill_c(float *c)
{
    for (int i = 0; i < 4; i++)
        c[i] = (float)((int)threadIdx.x / 4 + 8 * (i / 2) - ((int)threadIdx.x % 4 * 2 + i % 2));
}

#define MMA_FLOAT(name, d, a, b)                                                                \
    asm volatile(name " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"        \
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])                               \
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]))

__global__ void products()
{
    const int g = (int)threadIdx.x / 4, t = (int)threadIdx.x % 4;
    unsigned a[4], b[2];
    float d[4];

#if __CUDA_ARCH__ >= 800
    factors<__half>(a, b, 2);
    fill_c(d);
    MMA_FLOAT("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", d, a, b);
    expect_product(d, 16);

    unsigned h[2];
    fill_c(d);
    h[0] = pair<__half>(d[0], d[1]);
    h[1] = pair<__half>(d[2], d[3]);
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16 {%0, %1}, {%2, %3, %4, %5}, "
                 "{%6, %7}, {%0, %1};" : "+r"(h[0]), "+r"(h[1])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
    for (int i = 0; i < 4; i++)
        d[i] = __half2float(((const __half *)h)[i]);
    expect_product(d, 16);

    factors<__nv_bfloat16>(a, b, 2);
    fill_c(d);
    MMA_FLOAT("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32", d, a, b);
    expect_product(d, 16);

    for (int r = 0; r < 4; r++)
        a[r] = __float_as_uint((float)a_at(g + 8 * (r % 2), t + 4 * (r / 2)));
    for (int r = 0; r < 2; r++)
        b[r] = __float_as_uint((float)b_at(t + 4 * r, g));
    fill_c(d);
    MMA_FLOAT("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32", d, a, b);
    expect_product(d, 8);

    int e[4];
    for (int r = 0; r < 4; r++)
        for (int i = 0; i < 4; i++)
            ((signed char *)&a[r])[i] =
                (signed char)a_at(g + 8 * (r % 2), 4 * t + i + 16 * (r / 2));
    for (int r = 0; r < 2; r++)
        for (int i = 0; i < 4; i++)
            ((signed char *)&b[r])[i] = (signed char)b_at(4 * t + i + 16 * r, g);
    fill_c(d);
    for (int i = 0; i < 4; i++)
        e[i] = (int)d[i];
    asm volatile("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, "
                 "{%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+r"(e[0]), "+r"(e[1]), "+r"(e[2]), "+r"(e[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
    for (int i = 0; i < 4; i++)
        d[i] = (float)e[i];
    expect_product(d, 32);

    double dd[2], da = a_at(g, t), db = b_at(t, g);
    for (int i = 0; i < 2; i++)
        dd[i] = g - (2 * t + i);
    asm volatile("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%0, %1}, {%2}, {%3}, {%0, %1};"
                 : "+d"(dd[0]), "+d"(dd[1]) : "d"(da), "d"(db));
    for (int i = 0; i < 2; i++)
        EXPECT(dd[i], (double)sum_at(g, 2 * t + i, 4));
#endif

    factors<__half>(a, b, 1);
    fill_c(d);
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5}, "
                 "{%6}, {%0, %1, %2, %3};" : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(b[0]));
    expect_product(d, 8);
}

/* Element (row, column) of 8 x 8 matrix m is 100 m + 10 row + column. */
__global__ void matrices_from_shared()
{
    __shared__ __align__(16) unsigned short s[4][8][8];
    const int lane = (int)threadIdx.x, g = lane / 4, t = lane % 4;
    unsigned r[4];

    for (int i = lane; i < 256; i += 32)
        s[i / 64][i / 8 % 8][i % 8] = (unsigned short)(i / 64 * 100 + i / 8 % 8 * 10 + i % 8);
    __syncwarp();
    const unsigned at = (unsigned)__cvta_generic_to_shared(&s[lane / 8][lane % 8][0]);
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(at));
    for (int m = 0; m < 4; m++) {
        EXPECT(r[m] & 0xffffu, (unsigned)(100 * m + 10 * g + 2 * t));
        EXPECT(r[m] >> 16, (unsigned)(100 * m + 10 * g + 2 * t + 1));
    }
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];"
                 : "=r"(r[0]), "=r"(r[1]) : "r"(at));
    for (int m = 0; m < 2; m++) {
        EXPECT(r[m] & 0xffffu, (unsigned)(100 * m + 10 * (2 * t) + g));
        EXPECT(r[m] >> 16, (unsigned)(100 * m + 10 * (2 * t + 1) + g));
    }
}

/* A thread that has left counts as arrived. */
__global__ void leaving()
{
    if (threadIdx.x % 2)
        asm volatile("exit;");
    EXPECT(threadIdx.x % 2, 0u);
}

int main()
{
    float *g, host[160];
    unsigned *u;

    for (int i = 0; i < 160; i++)
        host[i] = (float)i;
    if (cudaMalloc(&g, sizeof host) != cudaSuccess || cudaMalloc(&u, 64) != cudaSuccess ||
        cudaMemcpy(g, host, sizeof host, cudaMemcpyHostToDevice) != cudaSuccess)
        return 1;
    arithmetic<<<1, 1>>>();
    bits<<<1, 1>>>();
    conversions<<<1, 1>>>();
    predicates<<<1, 32>>>();
    memory<<<1, 32>>>(g, u);
    warps<<<1, 32>>>();
    products<<<1, 32>>>();
    matrices_from_shared<<<1, 32>>>();
    leaving<<<1, 32>>>();
    const int code = finish();
    cudaFree(g);
    cudaFree(u);
    return code;
}
