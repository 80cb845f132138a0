// wrong: the array is never freed
// found: leak
#include <stdio.h>

__global__ void fill(float *a, float v) { a[threadIdx.x] = v; }

int main()
{
    for (int round = 0; round < 3; round++) {
        float *a;
        if (cudaMalloc(&a, 128 * sizeof(float)) != cudaSuccess) return 2; // <- here
        fill<<<1, 128>>>(a, 1.0f);
        if (cudaGetLastError() != cudaSuccess) return 2;
    }
    if (cudaDeviceSynchronize() != cudaSuccess) return 2;
    printf("ok\n");
    return 0;
}
