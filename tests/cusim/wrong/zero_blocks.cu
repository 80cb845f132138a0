// wrong: n / 256 is zero for a small n, and a grid of no blocks is no launch
// found: bad-launch
#include <cstdio>

__global__ void scale(float *x, float a, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        x[i] *= a;
}

int main()
{
    const int n = 100;
    float *x, h[n] = {1.0f};
    if (cudaMalloc(&x, sizeof h) != cudaSuccess) return 2;
    if (cudaMemcpy(x, h, sizeof h, cudaMemcpyHostToDevice) != cudaSuccess) return 2;
    scale<<<n / 256, 256>>>(x, 2.0f, n); // <- here
    cudaError_t err = cudaGetLastError();
    if (err != cudaSuccess)
        printf("%s\n", cudaGetErrorString(err));
    if (cudaFree(x) != cudaSuccess) return 2;
    return 0;
}
