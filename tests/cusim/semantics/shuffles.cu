/* shuffles.cu: the four shuffles for every width and distance, against a model; every type. */
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "expect.cuh"

#define ALL 0xffffffffu

__global__ void distances()
{
    const int lane = (int)threadIdx.x % 32;
    for (int width = 1; width <= 32; width *= 2) {
        const int first = lane / width * width, last = first + width - 1;
        for (int d = 0; d < 32; d++) {
            const int up = lane - d >= first ? lane - d : lane;
            const int down = lane + d <= last ? lane + d : lane;
            const int other = (lane ^ d) <= last ? lane ^ d : lane;
            EXPECT(__shfl_sync(ALL, lane, d, width), first + d % width);
            EXPECT(__shfl_up_sync(ALL, lane, d, width), up);
            EXPECT(__shfl_down_sync(ALL, lane, d, width), down);
            EXPECT(__shfl_xor_sync(ALL, lane, d, width), other);
        }
        EXPECT(__shfl_sync(ALL, lane, -1, width), last);
        EXPECT(__shfl_sync(ALL, lane, 35, width), first + 35 % width);
    }
}

template <class T>
__device__ void type(T value, T of_next)
{
    EXPECT(__shfl_down_sync(ALL, value, 1, 2), of_next);
    EXPECT(__shfl_xor_sync(ALL, __shfl_xor_sync(ALL, value, 5), 5), value);
    EXPECT(__shfl_up_sync(ALL, value, 0), value);
    EXPECT(__shfl_sync(ALL, value, (int)threadIdx.x), value);
}

__global__ void types()
{
    const int lane = (int)threadIdx.x, next = lane | 1;
    type<int>(-lane, -next);
    type<unsigned>(0x80000000u + lane, 0x80000000u + next);
    type<long>(-lane * 10000000000L, -next * 10000000000L);
    type<unsigned long>(lane * 10000000000uL, next * 10000000000uL);
    type<long long>(-lane * 10000000000LL, -next * 10000000000LL);
    type<unsigned long long>(lane * 10000000000uLL, next * 10000000000uLL);
    type<float>(lane + 0.5f, next + 0.5f);
    type<double>(lane + 0x1p-40, next + 0x1p-40);
    EXPECT(__half2float(__shfl_xor_sync(ALL, __float2half(lane + 0.5f), 1)), (lane ^ 1) + 0.5f);
    EXPECT(__high2float(__shfl_xor_sync(ALL, __floats2half2_rn(1, lane), 2)), (float)(lane ^ 2));
    EXPECT(__bfloat162float(__shfl_up_sync(ALL, __float2bfloat16(lane), 1)),
           (float)(lane ? lane - 1 : 0));
}

/* Halves of a warp in different branches; the last warp of the block is not a whole one. */
__global__ void masks()
{
    const int lane = (int)threadIdx.x % 32;
    float sum = lane;
    if (lane < 16) {
        for (int d = 8; d; d /= 2)
            sum += __shfl_down_sync(0x0000ffffu, sum, d);
        if (lane == 0)
            EXPECT(sum, 120.0f);
    } else if (threadIdx.x < 32) {
        for (int d = 8; d; d /= 2)
            sum += __shfl_xor_sync(0xffff0000u, sum, d);
        EXPECT(sum, 376.0f);
    }
    if (threadIdx.x >= 32) {
        const int of_first = __shfl_sync(0xffffu, 100 + lane, 0);
        EXPECT(of_first, 100);
    }
}

/* The textbook's sum over a warp, in every warp of a block of two dimensions. */
__global__ void warp_sums()
{
    const int rank = (int)(threadIdx.x + blockDim.x * threadIdx.y);
    int sum = rank;
    for (int d = 16; d > 0; d >>= 1)
        sum += __shfl_down_sync(ALL, sum, d);
    if (rank % 32 == 0)
        EXPECT(sum, rank * 32 + 496);
}

int main()
{
    distances<<<1, 64>>>();
    types<<<1, 32>>>();
    masks<<<1, 48>>>();
    warp_sums<<<2, dim3(16, 8)>>>();
    return finish();
}
