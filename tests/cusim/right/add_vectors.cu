// Adds two vectors in plain C, every call checked by hand: the first program of most courses.
#include <stdio.h>
#include <stdlib.h>
#include <cuda_runtime.h>

#define N 5000

__global__ void add(const float *a, const float *b, float *c, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        c[i] = a[i] + b[i];
}

int main(void)
{
    size_t bytes = N * sizeof(float);
    float *h_a = (float *)malloc(bytes), *h_b = (float *)malloc(bytes),
          *h_c = (float *)malloc(bytes);
    float *d_a, *d_b, *d_c;
    cudaError_t err;
    int i;

    for (i = 0; i < N; i++) {
        h_a[i] = (float)i;
        h_b[i] = 0.5f * i;
    }
    if ((err = cudaMalloc((void **)&d_a, bytes)) != cudaSuccess) goto fail;
    if ((err = cudaMalloc((void **)&d_b, bytes)) != cudaSuccess) goto fail;
    if ((err = cudaMalloc((void **)&d_c, bytes)) != cudaSuccess) goto fail;
    if ((err = cudaMemcpy(d_a, h_a, bytes, cudaMemcpyHostToDevice)) != cudaSuccess) goto fail;
    if ((err = cudaMemcpy(d_b, h_b, bytes, cudaMemcpyHostToDevice)) != cudaSuccess) goto fail;

    add<<<(N + 255) / 256, 256>>>(d_a, d_b, d_c, N);
    if ((err = cudaGetLastError()) != cudaSuccess) goto fail;
    if ((err = cudaMemcpy(h_c, d_c, bytes, cudaMemcpyDeviceToHost)) != cudaSuccess) goto fail;

    for (i = 0; i < N; i++) {
        if (h_c[i] != 1.5f * i) {
            printf("element %d is %f\n", i, h_c[i]);
            return 1;
        }
    }
    cudaFree(d_a);
    cudaFree(d_b);
    cudaFree(d_c);
    free(h_a);
    free(h_b);
    free(h_c);
    printf("all %d sums are right\n", N);
    return 0;

fail:
    fprintf(stderr, "CUDA: %s\n", cudaGetErrorString(err));
    return EXIT_FAILURE;
}
