// wrong: the result is copied back with the direction of the way there
// found: bad-copy
#include <stdio.h>
#include <string.h>

__global__ void inc(int *x) { x[threadIdx.x]++; }

int main()
{
    int h[32], *d;
    memset(h, 0, sizeof h);
    if (cudaMalloc(&d, sizeof h) != cudaSuccess) return 2;
    if (cudaMemcpy(d, h, sizeof h, cudaMemcpyHostToDevice) != cudaSuccess) return 2;
    inc<<<1, 32>>>(d);
    cudaError_t err = cudaMemcpy(h, d, sizeof h, cudaMemcpyHostToDevice); // <- here
    if (err != cudaSuccess)
        fprintf(stderr, "%s\n", cudaGetErrorString(err));
    if (cudaFree(d) != cudaSuccess) return 2;
    return 0;
}
