// wrong: the block's halo of the tile is left out when the tile is filled
// found: uninitialised
#include <cstdio>

#define R 2
#define B 32
__constant__ float filter[2 * R + 1];

__global__ void convolve(const float *in, float *out, int n)
{
    __shared__ float tile[B + 2 * R];
    int i = blockIdx.x * B + threadIdx.x;
    tile[threadIdx.x + R] = i < n ? in[i] : 0.0f;
    __syncthreads();
    float sum = 0.0f;
    for (int k = 0; k < 2 * R + 1; k++)
        sum += filter[k] * tile[threadIdx.x + k]; // <- here
    if (i < n)
        out[i] = sum;
}

int main()
{
    const int n = 100;
    const float f[2 * R + 1] = {0.1f, 0.2f, 0.4f, 0.2f, 0.1f};
    float h[n], *in, *out;
    for (int i = 0; i < n; i++) h[i] = 1.0f;
    if (cudaMemcpyToSymbol(filter, f, sizeof f) != cudaSuccess) return 2;
    if (cudaMalloc(&in, sizeof h) != cudaSuccess || cudaMalloc(&out, sizeof h) != cudaSuccess)
        return 2;
    if (cudaMemcpy(in, h, sizeof h, cudaMemcpyHostToDevice) != cudaSuccess) return 2;
    convolve<<<(n + B - 1) / B, B>>>(in, out, n);
    if (cudaMemcpy(h, out, sizeof h, cudaMemcpyDeviceToHost) != cudaSuccess) return 2;
    printf("%g\n", h[50]);
    if (cudaFree(in) != cudaSuccess || cudaFree(out) != cudaSuccess) return 2;
    return 0;
}
