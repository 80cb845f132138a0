/* atomic_functions.cu: what each atomic returns and leaves, for every type, and sums by many. */
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "expect.cuh"

#define LEAVES(call, returned, left)                                             \
    do {                                                                         \
        EXPECT(call, returned);                                                  \
        EXPECT(v, left);                                                         \
    } while (0)

__global__ void integers()
{
    __shared__ int v;
    v = 10;
    LEAVES(atomicAdd(&v, -3), 10, 7);
    LEAVES(atomicSub(&v, 9), 7, -2);
    LEAVES(atomicMin(&v, 5), -2, -2);
    LEAVES(atomicMin(&v, -5), -2, -5);
    LEAVES(atomicMax(&v, 12), -5, 12);
    LEAVES(atomicExch(&v, 0x0ff0), 12, 0x0ff0);
    LEAVES(atomicAnd(&v, 0x00ff), 0x0ff0, 0x00f0);
    LEAVES(atomicOr(&v, 0x000f), 0x00f0, 0x00ff);
    LEAVES(atomicXor(&v, 0x0f0f), 0x00ff, 0x0ff0);
    LEAVES(atomicCAS(&v, 1, 2), 0x0ff0, 0x0ff0);
    LEAVES(atomicCAS(&v, 0x0ff0, 2), 0x0ff0, 2);
    LEAVES(atomicAdd_block(&v, 1), 2, 3);
    LEAVES(atomicAdd_system(&v, 1), 3, 4);
    LEAVES(atomicExch(&v, 0x7fffffff), 4, 0x7fffffff);
    LEAVES(atomicAdd(&v, 1), 0x7fffffff, (int)0x80000000);
}

__global__ void unsigned_integers()
{
    __shared__ unsigned v;
    v = 2;
    LEAVES(atomicInc(&v, 3), 2u, 3u);
    LEAVES(atomicInc(&v, 3), 3u, 0u);
    LEAVES(atomicDec(&v, 5), 0u, 5u);
    LEAVES(atomicDec(&v, 5), 5u, 4u);
    LEAVES(atomicDec(&v, 2), 4u, 2u);
    LEAVES(atomicSub(&v, 3), 2u, 0xffffffffu);
    LEAVES(atomicMax(&v, 7), 0xffffffffu, 0xffffffffu);
    LEAVES(atomicMin(&v, 7), 0xffffffffu, 7u);
    LEAVES(atomicAdd(&v, 1), 7u, 8u);
}

__global__ void wide_integers()
{
    __shared__ unsigned long long v;
    v = 1ull << 40;
    LEAVES(atomicAdd(&v, 5ull), 1ull << 40, (1ull << 40) + 5);
    LEAVES(atomicCAS(&v, (1ull << 40) + 5, 3ull), (1ull << 40) + 5, 3ull);
    LEAVES(atomicMax(&v, 1ull << 50), 3ull, 1ull << 50);
    LEAVES(atomicExch(&v, 6ull), 1ull << 50, 6ull);
    LEAVES(atomicXor(&v, 3ull), 6ull, 5ull);
    __shared__ long long s;
    s = -1;
    EXPECT(atomicMin(&s, -5ll), -1ll);
    EXPECT(atomicMax(&s, 2ll), -5ll);
    EXPECT(s, 2ll);
    __shared__ unsigned short h;
    h = 7;
    EXPECT(atomicCAS(&h, (unsigned short)7, (unsigned short)9), 7);
    EXPECT(h, 9);
}

__global__ void floating()
{
    __shared__ float v;
    v = 1.5f;
    LEAVES(atomicAdd(&v, 2.25f), 1.5f, 3.75f);
    LEAVES(atomicExch(&v, -1.0f), 3.75f, -1.0f);
    __shared__ double d;
    d = 1;
    EXPECT(atomicAdd(&d, 0x1p-50), 1.0);
    EXPECT(d, 1 + 0x1p-50);
    __shared__ __half h;
    h = __float2half(1.0f);
    EXPECT(__half2float(atomicAdd(&h, __float2half(0.5f))), 1.0f);
    EXPECT(__half2float(h), 1.5f);
    __shared__ __half2 p;
    p = __floats2half2_rn(1, 2);
    EXPECT(__high2float(atomicAdd(&p, __floats2half2_rn(10, 20))), 2.0f);
    EXPECT(__low2float(p) + __high2float(p), 33.0f);
    __shared__ __nv_bfloat16 b;
    b = __float2bfloat16(3.0f);
    EXPECT(__bfloat162float(atomicAdd(&b, __float2bfloat16(4.0f))), 3.0f);
    EXPECT(__bfloat162float(b), 7.0f);
}

/* The way to any atomic operation: compare and swap until nobody came between. */
__device__ float multiply(float *p, float factor)
{
    int *const bits = (int *)p;
    int old = *bits, assumed;
    do {
        assumed = old;
        old = atomicCAS(bits, assumed, __float_as_int(__int_as_float(assumed) * factor));
    } while (old != assumed);
    return __int_as_float(old);
}

__device__ int lock, under_lock;

__global__ void many(unsigned *sum, float *product, int *largest)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    atomicAdd(sum, i);
    atomicMax(largest, (int)(i * 2654435761u >> 8));
    if (i < 20)
        multiply(product, 2.0f);
    if (threadIdx.x == 0) {
        while (atomicCAS(&lock, 0, 1) != 0)
            ;
        __threadfence();
        atomicExch(&under_lock, atomicAdd(&under_lock, 0) + 1);
        __threadfence();
        atomicExch(&lock, 0);
    }
}

__global__ void after_many(const unsigned *sum, const float *product, const int *largest)
{
    int expected = 0;
    for (unsigned i = 0; i < 1024; i++)
        expected = max(expected, (int)(i * 2654435761u >> 8));
    EXPECT(*sum, 1024u * 1023 / 2);
    EXPECT(*product, 1048576.0f);
    EXPECT(*largest, expected);
    EXPECT(under_lock, 8);
}

int main()
{
    unsigned *sum;
    float *product;
    const float one = 1;
    int *largest;
    if (cudaMalloc(&sum, 4) || cudaMalloc(&product, 4) || cudaMalloc(&largest, 4) ||
        cudaMemset(sum, 0, 4) || cudaMemset(largest, 0, 4) ||
        cudaMemcpy(product, &one, 4, cudaMemcpyHostToDevice))
        return 1;
    integers<<<1, 1>>>();
    unsigned_integers<<<1, 1>>>();
    wide_integers<<<1, 1>>>();
    floating<<<1, 1>>>();
    many<<<8, 128>>>(sum, product, largest);
    after_many<<<1, 1>>>(sum, product, largest);
    const int result = finish();
    return cudaFree(sum) || cudaFree(product) || cudaFree(largest) ? 1 : result;
}
