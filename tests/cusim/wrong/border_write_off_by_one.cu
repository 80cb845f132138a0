// wrong: `<=` where `<` is meant: one element past the end is written
// found: out-of-bounds
#include <stdio.h>
#include <stdlib.h>

#define cudaCheck(call) { expect((call), __FILE__, __LINE__); }
inline void expect(cudaError_t code, const char *file, int line)
{
    if (code == cudaSuccess) return;
    fprintf(stderr, "%s at %s, line %d\n", cudaGetErrorString(code), file, line);
    exit(code);
}

__global__ void iota(int *a, int N)
{
    int idx = blockIdx.x * blockDim.x + threadIdx.x;
    if (idx <= N)
        a[idx] = idx; // <- here
}

int main()
{
    int N = 500;
    int *a;
    cudaCheck(cudaMalloc(&a, N * sizeof(int)));
    iota<<<(N + 255) / 256, 256>>>(a, N);
    cudaCheck(cudaPeekAtLastError());
    cudaCheck(cudaDeviceSynchronize());
    cudaCheck(cudaFree(a));
    return 0;
}
