// wrong: the grid-stride loop steps by one block instead of by the whole grid
// found: race
#include <cstdio>

__global__ void axpy(int n, float a, const float *x, float *y)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x)
        y[i] = a * x[i] + y[i]; // <- here
}

int main()
{
    const int n = 1 << 10;
    float *x, *y;
    cudaError_t e = cudaMallocManaged(&x, n * sizeof(float));
    if (e == cudaSuccess) e = cudaMallocManaged(&y, n * sizeof(float));
    if (e != cudaSuccess) return 2;
    for (int i = 0; i < n; i++) {
        x[i] = 1.0f;
        y[i] = 2.0f;
    }
    axpy<<<4, 64>>>(n, 3.0f, x, y);
    if ((e = cudaDeviceSynchronize()) != cudaSuccess) return 2;
    printf("%f\n", y[n - 1]);
    if (cudaFree(x) != cudaSuccess || cudaFree(y) != cudaSuccess) return 2;
}
