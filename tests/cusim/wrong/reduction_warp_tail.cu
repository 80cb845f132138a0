// wrong: the last warp of the reduction relies on lockstep: no volatile, no __syncwarp
// found: race
#include <cstdio>
#include <cstdlib>
#include <cuda_runtime.h>

#define CHECK_CUDA(x) if ((x) != cudaSuccess) { printf("cuda error line %d\n", __LINE__); exit(2); }

__device__ void last_warp(int *part, unsigned int tid)
{
    part[tid] += part[tid + 32]; // <- here
    part[tid] += part[tid + 16]; // <- also here
    part[tid] += part[tid + 8]; // <- also here
    part[tid] += part[tid + 4]; // <- also here
    part[tid] += part[tid + 2]; // <- also here
    part[tid] += part[tid + 1]; // <- also here
}

__global__ void block_sums(int *in, int *out, unsigned int n)
{
    extern __shared__ int part[];
    unsigned int tid = threadIdx.x;
    unsigned int i = blockIdx.x * (blockDim.x * 2) + threadIdx.x;
    part[tid] = (i < n ? in[i] : 0) + (i + blockDim.x < n ? in[i + blockDim.x] : 0);
    __syncthreads();
    for (unsigned int s = blockDim.x / 2; s > 32; s >>= 1) {
        if (tid < s)
            part[tid] += part[tid + s];
        __syncthreads();
    }
    if (tid < 32)
        last_warp(part, tid);
    if (tid == 0)
        out[blockIdx.x] = part[0];
}

int main()
{
    const unsigned n = 1024;
    const int threads = 128, blocks = n / (2 * threads);
    int *h = new int[n], *dev_in, *dev_out, *sums = new int[blocks];
    for (unsigned i = 0; i < n; i++) h[i] = i % 10;
    CHECK_CUDA(cudaMalloc(&dev_in, n * sizeof(int)));
    CHECK_CUDA(cudaMalloc(&dev_out, blocks * sizeof(int)));
    CHECK_CUDA(cudaMemcpy(dev_in, h, n * sizeof(int), cudaMemcpyHostToDevice));
    block_sums<<<blocks, threads, threads * sizeof(int)>>>(dev_in, dev_out, n);
    CHECK_CUDA(cudaGetLastError());
    CHECK_CUDA(cudaMemcpy(sums, dev_out, blocks * sizeof(int), cudaMemcpyDeviceToHost));
    printf("%d\n", sums[0] + sums[1] + sums[2] + sums[3]);
    CHECK_CUDA(cudaFree(dev_in));
    CHECK_CUDA(cudaFree(dev_out));
    delete[] h;
    delete[] sums;
}
