/* async_copies.cu: copies to shared memory that are waited for: a thread's own, and a group's. */
#include <cooperative_groups.h>
#include <cooperative_groups/memcpy_async.h>
#include <cuda_pipeline.h>

#include "expect.cuh"

namespace cg = cooperative_groups;

__global__ void own(const float4 *in, float *sum)
{
    __shared__ float4 stage[2][64];
    const int t = (int)threadIdx.x;
    float total = 0;
    __pipeline_memcpy_async(&stage[0][t], &in[t], 16);
    __pipeline_commit();
    for (int i = 0; i < 4; i++) {
        if (i < 3)
            __pipeline_memcpy_async(&stage[(i + 1) % 2][t], &in[(i + 1) * 64 + t], 16);
        __pipeline_commit();
        __pipeline_wait_prior(1);
        __syncthreads();
        const float4 v = stage[i % 2][63 - t];
        EXPECT(v.x, (float)(4 * (64 * i + 63 - t)));
        total += v.x + v.y + v.z + v.w;
        __syncthreads();
    }
    atomicAdd(sum, total);
}

__global__ void zero_filled(const float4 *in)
{
    __shared__ float4 stage[32];
    const int t = (int)threadIdx.x;
    __pipeline_memcpy_async(&stage[t], &in[t], 16, t % 2 ? 8 : 0);
    __pipeline_commit();
    __pipeline_wait_prior(0);
    EXPECT(stage[t].y, 4 * t + 1.0f);
    EXPECT(stage[t].z, t % 2 ? 0.0f : 4 * t + 2.0f);
}

__global__ void of_group(const int *in)
{
    extern __shared__ int stage[];
    cg::thread_block block = cg::this_thread_block();
    const int t = (int)threadIdx.x, n = 203;
    cg::memcpy_async(block, stage, in, n * sizeof(int));
    cg::wait(block);
    for (int i = t; i < n; i += (int)block.size())
        EXPECT(stage[i], i);
    block.sync();
    cg::memcpy_async(block, stage, in + 1, 3 * sizeof(int));
    cg::memcpy_async(block, stage + 4, in + 4, 64 * sizeof(int));
    cg::wait_prior<1>(block);
    EXPECT(stage[t % 3], 1 + t % 3);
    cg::wait(block);
    EXPECT(stage[4 + t % 64], 4 + t % 64);
}

int main()
{
    float4 *in;
    float numbers[1024], *sum, total = 0;
    int *whole, integers[256];
    for (int i = 0; i < 1024; i++)
        numbers[i] = i;
    for (int i = 0; i < 256; i++)
        integers[i] = i;
    if (cudaMalloc(&in, sizeof numbers) || cudaMalloc(&sum, sizeof *sum) ||
        cudaMalloc(&whole, sizeof integers) || cudaMemset(sum, 0, sizeof *sum) ||
        cudaMemcpy(in, numbers, sizeof numbers, cudaMemcpyHostToDevice) ||
        cudaMemcpy(whole, integers, sizeof integers, cudaMemcpyHostToDevice))
        return 1;
    own<<<1, 64>>>(in, sum);
    zero_filled<<<1, 32>>>(in);
    of_group<<<1, 96, 256 * sizeof(int)>>>(whole);
    if (cudaMemcpy(&total, sum, sizeof total, cudaMemcpyDeviceToHost))
        return 1;
    if (total != 1023 * 512)
        return printf("the sum is %g\n", total), 1;
    if (cudaFree(in) || cudaFree(sum) || cudaFree(whole))
        return 1;
    return finish();
}
