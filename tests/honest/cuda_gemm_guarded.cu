/* honest: lesson=cuda-conv, exercise=fix, file=gemm_tiled_fix.cu, style=flat tiles */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/gemm/gemm.h"
}

#define T 16

static __device__ float fetch(const float *m, int rows, int columns, int i, int j)
{
    return i < rows && j < columns ? m[i * columns + j] : 0.0f;
}

static __global__ void product(int M, int N, int K, const float *a, const float *b, float *c)
{
    __shared__ float left[T * T];
    __shared__ float right[T * T];
    const int tx = threadIdx.x % T, ty = threadIdx.x / T;
    const int i = blockIdx.y * T + ty, j = blockIdx.x * T + tx;
    const bool mine = i < M && j < N;
    float sum = 0.0f;

    for (int first = 0; first < K; first += T) {
        left[threadIdx.x] = fetch(a, M, K, i, first + tx);
        right[threadIdx.x] = fetch(b, K, N, first + ty, j);
        __syncthreads();
#pragma unroll
        for (int k = 0; k < T; k++)
            sum += left[ty * T + k] * right[k * T + tx];
        __syncthreads();
    }
    if (mine)
        c[i * N + j] = sum;
}

extern "C" void gemm_multiply_fix(const gemm_shape *s, const float *a, const float *b, float *c,
                                  void *workspace)
{
    product<<<dim3((s->N + T - 1) / T, (s->M + T - 1) / T), T * T>>>(s->M, s->N, s->K, a, b, c);
}
