// wrong: the scan in one buffer reads and writes in the same step with one barrier instead of two
// found: race
// plain: result
#include <stdio.h>

#define PART 128

__global__ void running_sums(const float *x, float *y, int n)
{
    __shared__ float part[PART];
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        part[threadIdx.x] = x[i];
    else
        part[threadIdx.x] = 0.0f;
    for (unsigned int stride = 1; stride < blockDim.x; stride *= 2) {
        __syncthreads();
        if (threadIdx.x >= stride)
            part[threadIdx.x] += part[threadIdx.x - stride]; // <- here
    }
    if (i < n)
        y[i] = part[threadIdx.x];
}

int main()
{
    float h[PART], *x, *y;
    for (int i = 0; i < PART; i++) h[i] = 1.0f;
    if (cudaMalloc((void **)&x, sizeof(h)) != cudaSuccess) return 2;
    if (cudaMalloc((void **)&y, sizeof(h)) != cudaSuccess) return 2;
    if (cudaMemcpy(x, h, sizeof(h), cudaMemcpyHostToDevice) != cudaSuccess) return 2;
    running_sums<<<1, PART>>>(x, y, PART);
    if (cudaMemcpy(h, y, sizeof(h), cudaMemcpyDeviceToHost) != cudaSuccess) return 2;
    double sum = 0;
    for (int i = 0; i < PART; i++) sum += h[i] * i;
    printf("%.1f\n", sum);
    if (cudaFree(x) != cudaSuccess || cudaFree(y) != cudaSuccess) return 2;
    return 0;
}
