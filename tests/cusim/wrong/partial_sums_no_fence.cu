// wrong: the last block adds up what the others wrote, but they did not fence before they counted
// found: race
#include <cstdio>

__device__ unsigned int finished = 0;

__global__ void sum(const float *x, float *partial, float *result)
{
    __shared__ bool last;
    if (threadIdx.x == 0) {
        float s = 0;
        for (int i = 0; i < 64; i++) s += x[blockIdx.x * 64 + i];
        partial[blockIdx.x] = s; // <- here
        last = atomicAdd(&finished, 1u) == gridDim.x - 1;
    }
    __syncthreads();
    if (last && threadIdx.x == 0) {
        float s = 0;
        for (unsigned b = 0; b < gridDim.x; b++) s += partial[b]; // <- also here
        *result = s;
        finished = 0;
    }
}

int main()
{
    const int blocks = 4, n = blocks * 64;
    float h[n], *x, *partial, *result;
    for (int i = 0; i < n; i++) h[i] = 0.5f;
    if (cudaMalloc(&x, sizeof h) || cudaMalloc(&partial, blocks * sizeof(float))) return 2;
    if (cudaMalloc(&result, sizeof(float))) return 2;
    if (cudaMemcpy(x, h, sizeof h, cudaMemcpyHostToDevice)) return 2;
    sum<<<blocks, 32>>>(x, partial, result);
    if (cudaMemcpy(h, result, sizeof(float), cudaMemcpyDeviceToHost)) return 2;
    printf("%g\n", h[0]);
    if (cudaFree(x) || cudaFree(partial) || cudaFree(result)) return 2;
    return 0;
}
