// wrong: threads beyond the end return before a barrier that the rest of their block waits at
// found: barrier-divergence
#include <stdio.h>

#define N 100
#define THREADS 64

__global__ void reverse_blocks(int *data, int n)
{
    __shared__ int tile[THREADS];
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    tile[threadIdx.x] = data[i];
    __syncthreads(); // <- here
    int last = min((int)blockDim.x, n - (int)(blockIdx.x * blockDim.x)) - 1;
    data[i] = tile[last - threadIdx.x];
}

int main()
{
    int host[N], *dev = NULL;
    for (int i = 0; i < N; i++)
        host[i] = i;
    cudaError_t err = cudaMalloc(&dev, N * sizeof(int));
    if (err == cudaSuccess)
        err = cudaMemcpy(dev, host, N * sizeof(int), cudaMemcpyHostToDevice);
    if (err == cudaSuccess) {
        reverse_blocks<<<(N + THREADS - 1) / THREADS, THREADS>>>(dev, N);
        err = cudaGetLastError();
    }
    if (err == cudaSuccess)
        err = cudaMemcpy(host, dev, N * sizeof(int), cudaMemcpyDeviceToHost);
    printf("%d %s\n", host[0], cudaGetErrorString(err));
    err = cudaFree(dev);
    return err != cudaSuccess;
}
