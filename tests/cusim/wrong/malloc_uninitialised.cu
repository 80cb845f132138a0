// wrong: the kernel adds to an array that nobody has set to zero
// found: uninitialised
#include <stdio.h>

__global__ void accumulate(double *total, const double *x, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        total[i] += x[i]; // <- here
}

int main(int argc, char **argv)
{
    int n = 300;
    double *x, *total, *h = new double[n];
    (void)argc; (void)argv;
    for (int i = 0; i < n; i++) h[i] = 1.0 / (i + 1);
    if (cudaMalloc(&x, n * sizeof(double)) != cudaSuccess) return 2;
    if (cudaMalloc(&total, n * sizeof(double)) != cudaSuccess) return 2;
    if (cudaMemcpy(x, h, n * sizeof(double), cudaMemcpyHostToDevice) != cudaSuccess) return 2;
    accumulate<<<3, 100>>>(total, x, n);
    if (cudaGetLastError() != cudaSuccess) return 2;
    if (cudaMemcpy(h, total, n * sizeof(double), cudaMemcpyDeviceToHost) != cudaSuccess) return 2;
    printf("%g\n", h[0]);
    if (cudaFree(x) != cudaSuccess) return 2;
    if (cudaFree(total) != cudaSuccess) return 2;
    delete[] h;
    return 0;
}
