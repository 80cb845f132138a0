// wrong: threads add to a shared counter atomically, and read it without waiting for the others
// found: race
#include <cstdio>

__global__ void count_positive(const int *x, int *share)
{
    __shared__ int count;
    if (threadIdx.x == 0)
        count = 0;
    __syncthreads();
    if (x[threadIdx.x] > 0)
        atomicAdd(&count, 1); // <- here
    share[threadIdx.x] = count; // <- also here
}

int main()
{
    const int n = 64;
    int h[n], *x, *share;
    for (int i = 0; i < n; i++) h[i] = i % 3 - 1;
    if (cudaMalloc(&x, sizeof h) != cudaSuccess) return 2;
    if (cudaMalloc(&share, sizeof h) != cudaSuccess) return 2;
    if (cudaMemcpy(x, h, sizeof h, cudaMemcpyHostToDevice) != cudaSuccess) return 2;
    count_positive<<<1, n>>>(x, share);
    if (cudaMemcpy(h, share, sizeof h, cudaMemcpyDeviceToHost) != cudaSuccess) return 2;
    printf("%d\n", h[0]);
    if (cudaFree(x) != cudaSuccess || cudaFree(share) != cudaSuccess) return 2;
    return 0;
}
