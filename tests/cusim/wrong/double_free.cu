// wrong: one array is freed twice and the other never
// found: use-after-free
// also: leak
#include <stdio.h>

int main()
{
    float *a, *b;
    if (cudaMalloc(&a, 1024) != cudaSuccess || cudaMalloc(&b, 1024) != cudaSuccess)
        return 2;
    cudaError_t first = cudaFree(a);
    cudaError_t second = cudaFree(a); // <- here
    printf("%s, %s\n", cudaGetErrorName(first), cudaGetErrorName(second));
    return 0;
}
