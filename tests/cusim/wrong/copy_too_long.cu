// wrong: as many bytes are copied as the host's array has, and the device's is half as long
// found: bad-copy
#include <stdio.h>

int main()
{
    static double host[512];
    float *dev;
    if (cudaMalloc(&dev, 512 * sizeof(float)) != cudaSuccess) return 2;
    cudaError_t err = cudaMemcpy(dev, host, sizeof(host), cudaMemcpyHostToDevice); // <- here
    if (err != cudaSuccess)
        printf("%s\n", cudaGetErrorName(err));
    if (cudaFree(dev) != cudaSuccess) return 2;
    return 0;
}
