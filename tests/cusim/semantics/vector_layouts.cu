/* vector_layouts.cu: sizes and alignments of the vector types against CUDA's table, and that they
 * are made, copied and loaded whole. */
#include "expect.cuh"

#define LAYOUT(type, size, alignment)                                            \
    static_assert(sizeof(type) == size && alignof(type) == alignment, #type)
#define LAYOUTS(type, element, align2, align4)                                   \
    LAYOUT(type##1, element, element);                                           \
    LAYOUT(type##2, 2 * element, align2);                                        \
    LAYOUT(type##3, 3 * element, element);                                       \
    LAYOUT(type##4, 4 * element, align4)

LAYOUTS(char, 1, 2, 4);
LAYOUTS(uchar, 1, 2, 4);
LAYOUTS(short, 2, 4, 8);
LAYOUTS(ushort, 2, 4, 8);
LAYOUTS(int, 4, 8, 16);
LAYOUTS(uint, 4, 8, 16);
LAYOUTS(float, 4, 8, 16);
LAYOUT(long1, 8, 8);
LAYOUT(long2, 16, 16);
LAYOUT(ulong3, 24, 8);
LAYOUT(longlong1, 8, 8);
LAYOUT(longlong2, 16, 16);
LAYOUT(ulonglong3, 24, 8);
LAYOUT(double1, 8, 8);
LAYOUT(double2, 16, 16);
LAYOUT(double3, 24, 8);
LAYOUT(dim3, 12, 4);

struct mixed {
    char c;
    float4 v;
};
LAYOUT(mixed, 32, 16);

__global__ void whole(const float4 *in, float4 *out, double2 *pairs)
{
    const int t = (int)threadIdx.x;
    const float4 v = in[t];
    out[t] = make_float4(v.w, v.z, v.y, v.x);
    pairs[t] = make_double2(v.x, -v.x);
    const int3 three = make_int3(t, t + 1, t + 2);
    const uchar4 bytes = make_uchar4(1, 2, 3, 255);
    EXPECT(three.x + three.y + three.z, 3 * t + 3);
    EXPECT(bytes.w, 255);
    EXPECT(make_ulonglong2(1ull << 40, 2).x, 1ull << 40);
    const float4 loaded = __ldg(&in[t]);
    EXPECT(loaded.z, v.z);
    const dim3 d = make_uint3(4, 5, 6), one(7);
    EXPECT(d.z, 6u);
    EXPECT(one.x * one.y * one.z, 7u);
    union {
        float4 f;
        unsigned u[4];
    } both;
    both.f = v;
    EXPECT(both.u[1], __float_as_uint(v.y));
}

int main()
{
    float4 *in, *out, host[32];
    double2 *pairs;
    for (int i = 0; i < 32; i++)
        host[i] = make_float4(i, i + 0.25f, i + 0.5f, i + 0.75f);
    if (cudaMalloc(&in, sizeof host) || cudaMalloc(&out, sizeof host) ||
        cudaMalloc(&pairs, 32 * sizeof *pairs) ||
        cudaMemcpy(in, host, sizeof host, cudaMemcpyHostToDevice))
        return 1;
    whole<<<1, 32>>>(in, out, pairs);
    if (cudaMemcpy(host, out, sizeof host, cudaMemcpyDeviceToHost))
        return 1;
    for (int i = 0; i < 32; i++)
        if (host[i].x != i + 0.75f || host[i].w != i)
            return printf("out[%d] is wrong\n", i), 1;
    if (cudaFree(in) || cudaFree(out) || cudaFree(pairs))
        return 1;
    return finish();
}
