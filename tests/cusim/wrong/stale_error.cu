// wrong: the first launch fails, nobody asks, and the second one is blamed
// found: bad-launch
#include <stdio.h>
#include <stdlib.h>

__global__ void init(int *a) { a[threadIdx.x] = threadIdx.x; }
__global__ void bump(int *a) { a[threadIdx.x] += 1; }

int main()
{
    int *a;
    if (cudaMalloc(&a, 2048 * sizeof(int)) != cudaSuccess) exit(2);
    if (cudaMemset(a, 0, 2048 * sizeof(int)) != cudaSuccess) exit(2);
    init<<<1, 2048>>>(a); // <- here
    bump<<<1, 512>>>(a);
    cudaError_t err = cudaGetLastError();
    if (err != cudaSuccess)
        fprintf(stderr, "bump failed: %s\n", cudaGetErrorString(err));
    if (cudaFree(a) != cudaSuccess) exit(2);
    return 0;
}
