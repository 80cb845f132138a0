// wrong: a kernel writes into constant memory
// found: constant-write
#include <stdio.h>

struct Settings {
    float gain;
    int rounds;
};
__constant__ Settings settings;

__global__ void tune(const Settings *s)
{
    Settings *writable = const_cast<Settings *>(s);
    if (threadIdx.x == 0)
        writable->rounds = 5; // <- here
}

int main()
{
    Settings h = {1.0f, 3};
    void *address;
    if (cudaMemcpyToSymbol(settings, &h, sizeof h) != cudaSuccess) return 2;
    if (cudaGetSymbolAddress(&address, settings) != cudaSuccess) return 2;
    tune<<<1, 32>>>((const Settings *)address);
    cudaError_t err = cudaDeviceSynchronize();
    printf("%s\n", cudaGetErrorString(err));
    return 0;
}
