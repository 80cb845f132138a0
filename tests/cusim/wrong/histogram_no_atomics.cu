// wrong: bins are counted up without atomics
// found: race
#include <stdio.h>
#include <stdlib.h>

__global__ void count(unsigned char *bytes, long size, unsigned int *bins)
{
    int step = blockDim.x * gridDim.x;
    for (long i = threadIdx.x + blockIdx.x * blockDim.x; i < size; i += step)
        bins[bytes[i]]++; // <- here
}

int main(void)
{
    const long size = 4096;
    unsigned char *bytes = (unsigned char *)malloc(size), *bytes_dev;
    unsigned int *bins_dev, bins[256];
    for (long i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 7 % 251);
    if (cudaMalloc((void **)&bytes_dev, size) != cudaSuccess) return 2;
    if (cudaMalloc((void **)&bins_dev, sizeof(bins)) != cudaSuccess) return 2;
    if (cudaMemcpy(bytes_dev, bytes, size, cudaMemcpyHostToDevice) != cudaSuccess) return 2;
    if (cudaMemset(bins_dev, 0, sizeof(bins)) != cudaSuccess) return 2;
    count<<<4, 256>>>(bytes_dev, size, bins_dev);
    if (cudaMemcpy(bins, bins_dev, sizeof(bins), cudaMemcpyDeviceToHost) != cudaSuccess) return 2;
    printf("%u\n", bins[0]);
    if (cudaFree(bytes_dev) != cudaSuccess || cudaFree(bins_dev) != cudaSuccess) return 2;
    free(bytes);
    return 0;
}
