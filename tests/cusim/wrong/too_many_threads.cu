// wrong: a block of 32 x 64 threads has more than 1024
// found: bad-launch
#include <stdio.h>
#include <cuda_runtime.h>
#include <device_launch_parameters.h>

__global__ void add1(int *m, int width)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x;
    int y = blockIdx.y * blockDim.y + threadIdx.y;
    m[y * width + x] = x + y;
}

int main()
{
    int *m;
    cudaError_t cudaStatus = cudaMalloc((void**)&m, 64 * 64 * sizeof(int));
    if (cudaStatus != cudaSuccess) {
        fprintf(stderr, "cudaMalloc failed!");
        goto Error;
    }
    add1<<<dim3(2, 1), dim3(32, 64)>>>(m, 64); // <- here
    cudaStatus = cudaGetLastError();
    if (cudaStatus != cudaSuccess) {
        fprintf(stderr, "add1 launch failed: %s\n", cudaGetErrorString(cudaStatus));
        goto Error;
    }
    cudaStatus = cudaDeviceSynchronize();
    if (cudaStatus != cudaSuccess) {
        fprintf(stderr, "cudaDeviceSynchronize returned error code %d!\n", cudaStatus);
        goto Error;
    }
Error:
    cudaFree(m);
    return cudaStatus;
}
