// wrong: cudaMemset is given a number of elements where it counts bytes
// found: uninitialised
#include <cstdio>

__global__ void count_up(int *counters, int n)
{
    int i = threadIdx.x + blockIdx.x * blockDim.x;
    if (i < n)
        counters[i] += i; // <- here
}

#define TRY(c)                                                                                     \
    if (cudaError_t err = (c)) {                                                                   \
        printf("%s: %s\n", #c, cudaGetErrorString(err));                                           \
        return 2;                                                                                  \
    }

int main()
{
    const int n = 128;
    int *counters;
    TRY(cudaMalloc(&counters, n * sizeof(int)));
    TRY(cudaMemset(counters, 0, n));
    count_up<<<n / 32, 32>>>(counters, n);
    TRY(cudaGetLastError());
    TRY(cudaDeviceSynchronize());
    TRY(cudaFree(counters));
    return 0;
}
