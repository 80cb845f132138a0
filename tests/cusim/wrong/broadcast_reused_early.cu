// wrong: the block's sum is read from shared memory while thread 0 already overwrites it
// found: race
#include <cstdio>

__device__ float block_sum(float v)
{
    __shared__ float partial[8];
    for (int offset = 16; offset > 0; offset >>= 1)
        v += __shfl_down_sync(0xffffffff, v, offset);
    if (threadIdx.x % 32 == 0)
        partial[threadIdx.x / 32] = v; // <- here
    __syncthreads();
    float sum = 0;
    for (int w = 0; w < (int)blockDim.x / 32; w++)
        sum += partial[w]; // <- also here
    return sum;
}

__global__ void normalise(float *x, int n)
{
    float v = x[threadIdx.x];
    float mean = block_sum(v) / n;
    float variance = block_sum((v - mean) * (v - mean)) / n;
    x[threadIdx.x] = (v - mean) * rsqrtf(variance + 1e-5f);
}

int main()
{
    const int n = 128;
    float h[n], *x;
    for (int i = 0; i < n; i++) h[i] = (float)(i % 13);
    if (cudaMalloc(&x, sizeof h) != cudaSuccess) return 2;
    if (cudaMemcpy(x, h, sizeof h, cudaMemcpyHostToDevice) != cudaSuccess) return 2;
    normalise<<<1, n>>>(x, n);
    if (cudaMemcpy(h, x, sizeof h, cudaMemcpyDeviceToHost) != cudaSuccess) return 2;
    printf("%.6f\n", h[0]);
    return cudaFree(x) != cudaSuccess;
}
