// wrong: more than 48 KiB of dynamic shared memory without cudaFuncSetAttribute
// found: bad-launch
#include <cstdio>
#include <cstdlib>

extern __shared__ float buffer[];

__global__ void stage(const float *in, float *out, int n)
{
    for (int i = threadIdx.x; i < n; i += blockDim.x) buffer[i] = in[i];
    __syncthreads();
    for (int i = threadIdx.x; i < n; i += blockDim.x) out[i] = buffer[n - 1 - i];
}

int main()
{
    const int n = 16384;
    const size_t bytes = n * sizeof(float);
    float *in, *out;
    if (cudaMalloc(&in, bytes) != cudaSuccess || cudaMalloc(&out, bytes) != cudaSuccess) exit(2);
    if (cudaMemset(in, 0, bytes) != cudaSuccess) exit(2);
    stage<<<1, 128, bytes>>>(in, out, n); // <- here
    cudaError_t e = cudaGetLastError();
    printf("%d %s\n", (int)e, cudaGetErrorName(e));
    if (cudaFree(in) != cudaSuccess || cudaFree(out) != cudaSuccess) exit(2);
    return 0;
}
