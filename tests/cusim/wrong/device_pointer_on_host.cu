// wrong: the host reads the result through the device's pointer instead of copying it back
// found: host-memory
#include <cstdio>

__global__ void answer(int *out) { *out = 42; }

int main()
{
    int *out;
    if (cudaMalloc(&out, sizeof(int)) != cudaSuccess) return 2;
    answer<<<1, 1>>>(out);
    if (cudaDeviceSynchronize() != cudaSuccess) return 2;
    int value = *out; // <- here
    printf("%d\n", value);
    return cudaFree(out) == cudaSuccess ? 0 : 2;
}
