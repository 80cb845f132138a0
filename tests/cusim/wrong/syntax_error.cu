// wrong: a semicolon is missing
// found: compile: syntax_error.cu:8: error: expected
#include <cstdio>

__global__ void set(int *x)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x
    x[i] = i; // <- here
}

int main()
{
    int *x;
    if (cudaMalloc(&x, 128) != cudaSuccess) return 1;
    set<<<1, 32>>>(x);
    return cudaFree(x) != cudaSuccess;
}
