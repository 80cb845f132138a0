// wrong: the stencil overwrites values that its neighbours still have to read
// found: race
// plain: result
#include <cstdio>

__global__ void blur(float *x, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i > 0 && i < n - 1)
        x[i] = 0.25f * x[i - 1] + 0.5f * x[i] + 0.25f * x[i + 1]; // <- here
}

int main()
{
    const int n = 96;
    float h[n], *x;
    for (int i = 0; i < n; i++) h[i] = (float)(i * i % 17);
    if (cudaMalloc(&x, sizeof h) != cudaSuccess) return 2;
    if (cudaMemcpy(x, h, sizeof h, cudaMemcpyHostToDevice) != cudaSuccess) return 2;
    blur<<<3, 32>>>(x, n);
    if (cudaMemcpy(h, x, sizeof h, cudaMemcpyDeviceToHost) != cudaSuccess) return 2;
    for (int i = 0; i < n; i++) printf("%g ", h[i]);
    printf("\n");
    return cudaFree(x) != cudaSuccess;
}
