// wrong: the weights are freed before the second kernel uses them
// found: use-after-free
#include <stdio.h>
#include <stdlib.h>

#define CUDA_CHECK(err)                                                                            \
    do {                                                                                           \
        if ((err) != cudaSuccess) {                                                                \
            printf("error\n");                                                                     \
            exit(EXIT_FAILURE);                                                                    \
        }                                                                                          \
    } while (0)

__global__ void weigh(const float *w, float *x, int n)
{
    int i = blockDim.x * blockIdx.x + threadIdx.x;
    if (i < n)
        x[i] = w[i] * 0.5f; // <- here
}

int main()
{
    const int n = 64;
    float *w, *x;
    CUDA_CHECK(cudaMalloc(&w, n * sizeof(float)));
    CUDA_CHECK(cudaMalloc(&x, n * sizeof(float)));
    CUDA_CHECK(cudaMemset(w, 0, n * sizeof(float)));
    CUDA_CHECK(cudaFree(w));
    weigh<<<2, 32>>>(w, x, n);
    CUDA_CHECK(cudaGetLastError());
    CUDA_CHECK(cudaDeviceSynchronize());
    CUDA_CHECK(cudaFree(x));
    return 0;
}
