// wrong: no barrier at the end of the tile loop: tiles are overwritten while others read them
// found: race
// plain: result
#include <stdio.h>
#include <stdlib.h>
#include <cuda_runtime.h>

const int SIDE = 8;

static void check(cudaError_t err, const char *what)
{
    if (err != cudaSuccess) {
        fprintf(stderr, "%s failed: %s\n", what, cudaGetErrorString(err));
        exit(2);
    }
}

__global__ void product(float *M, float *N, float *P, int width)
{
    __shared__ float left[SIDE][SIDE];
    __shared__ float above[SIDE][SIDE];
    int tx = threadIdx.x, ty = threadIdx.y;
    int row = blockIdx.y * SIDE + ty, col = blockIdx.x * SIDE + tx;
    float sum = 0;
    for (int m = 0; m < width / SIDE; ++m) {
        left[ty][tx] = M[row * width + m * SIDE + tx];
        above[ty][tx] = N[(m * SIDE + ty) * width + col];
        __syncthreads();
        for (int k = 0; k < SIDE; ++k)
            sum += left[ty][k] * above[k][tx]; // <- here
    }
    P[row * width + col] = sum;
}

int main(void)
{
    const int width = 24;
    const size_t size = width * width * sizeof(float);
    float *M, *N, *P, h[width * width];
    for (int i = 0; i < width * width; i++)
        h[i] = (float)((i * 5) % 11);
    check(cudaMalloc((void **)&M, size), "cudaMalloc");
    check(cudaMalloc((void **)&N, size), "cudaMalloc");
    check(cudaMalloc((void **)&P, size), "cudaMalloc");
    check(cudaMemcpy(M, h, size, cudaMemcpyHostToDevice), "cudaMemcpy");
    check(cudaMemcpy(N, h, size, cudaMemcpyHostToDevice), "cudaMemcpy");
    dim3 dimGrid(width / SIDE, width / SIDE, 1);
    dim3 dimBlock(SIDE, SIDE, 1);
    product<<<dimGrid, dimBlock>>>(M, N, P, width);
    check(cudaGetLastError(), "launch");
    check(cudaMemcpy(h, P, size, cudaMemcpyDeviceToHost), "cudaMemcpy");
    double total = 0;
    for (int i = 0; i < width * width; i++)
        total += h[i] * (i % 3 + 1);
    printf("%.1f\n", total);
    check(cudaFree(M), "cudaFree");
    check(cudaFree(N), "cudaFree");
    check(cudaFree(P), "cudaFree");
}
