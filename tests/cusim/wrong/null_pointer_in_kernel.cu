// wrong: the second array was never allocated
// found: crash
// also: leak
// stderr: block \(1,0,0\), thread \(2,0,0\)
#include <stdio.h>

__global__ void copy(const int *from, int *to)
{
    if (blockIdx.x == 1 && threadIdx.x == 2)
        to[blockIdx.x * blockDim.x + threadIdx.x] = from[threadIdx.x]; // <- here
}

int main()
{
    int *from, *to = NULL;
    if (cudaMalloc(&from, 64 * sizeof(int)) != cudaSuccess) return 2;
    if (cudaMemset(from, 0, 64 * sizeof(int)) != cudaSuccess) return 2;
    copy<<<2, 32>>>(from, to);
    cudaError_t err = cudaDeviceSynchronize();
    if (err != cudaSuccess)
        printf("the program goes on: %s\n", cudaGetErrorString(err));
    return err != cudaSuccess;
}
