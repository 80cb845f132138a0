/* barriers_and_indices.cu: who a thread is, shared memory, and the forms of __syncthreads. */
#include "expect.cuh"

__constant__ int table[4] = { 3, 1, 4, 1 };
__device__ unsigned visits[2 * 3 * 2];

__global__ void indices(dim3 blocks, dim3 threads)
{
    EXPECT(gridDim.x, blocks.x);
    EXPECT(gridDim.y, blocks.y);
    EXPECT(gridDim.z, blocks.z);
    EXPECT(blockDim.x, threads.x);
    EXPECT(blockDim.y, threads.y);
    EXPECT(blockDim.z, threads.z);
    EXPECT_TRUE(threadIdx.x < threads.x && threadIdx.y < threads.y && threadIdx.z < threads.z);
    EXPECT(warpSize, 32);
    const dim3 whole = gridDim;
    EXPECT(whole.y, blocks.y);
    atomicAdd(&visits[blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z)],
              1u << 4 * threadIdx.z);
}

__global__ void visited()
{
    for (int i = 0; i < 12; i++)
        EXPECT(visits[i], 0x666u);                      /* 3 * 2 threads in each of 3 layers */
}

__global__ void barriers()
{
    __shared__ int values[64], sum;
    extern __shared__ double more[];
    const int t = (int)threadIdx.x;

    values[t] = t;
    more[t] = 2 * t;
    if (t == 0)
        sum = 0;
    __syncthreads();
    EXPECT(values[63 - t], 63 - t);
    EXPECT(more[(t + 1) % 64], 2.0 * ((t + 1) % 64));
    atomicAdd(&sum, values[t]);
    __syncthreads();
    EXPECT(sum, 64 * 63 / 2);
    EXPECT(__syncthreads_count(t % 3 == 0), 22);
    EXPECT(__syncthreads_and(t < 64) != 0, true);
    EXPECT(__syncthreads_and(t != 5) != 0, false);
    EXPECT(__syncthreads_or(t == 5) != 0, true);
    EXPECT(__syncthreads_or(t == 64) != 0, false);
    EXPECT(table[t % 4], t % 4 == 0 ? 3 : t % 4 == 2 ? 4 : 1);
    const long long before = clock64();
    __nanosleep(10);
    EXPECT_TRUE(clock64() >= before);
}

/* A block that is no whole number of warps. */
__global__ void ragged_block(int *out)
{
    __shared__ int values[40];
    const int t = (int)threadIdx.x;
    values[t] = t + 1;
    __syncthreads();
    out[t] = values[39 - t];
}

int main()
{
    int *out;
    indices<<<dim3(2, 3, 2), dim3(3, 2, 3)>>>(dim3(2, 3, 2), dim3(3, 2, 3));
    visited<<<1, 1>>>();
    barriers<<<3, 64, 64 * sizeof(double)>>>();
    if (cudaMalloc(&out, 40 * sizeof *out) != cudaSuccess)
        return 1;
    ragged_block<<<1, 40>>>(out);
    int host[40];
    if (cudaMemcpy(host, out, sizeof host, cudaMemcpyDeviceToHost) != cudaSuccess)
        return 1;
    for (int t = 0; t < 40; t++)
        if (host[t] != 40 - t)
            return printf("out[%d] is %d\n", t, host[t]), 1;
    if (cudaFree(out) != cudaSuccess)
        return 1;
    return finish();
}
