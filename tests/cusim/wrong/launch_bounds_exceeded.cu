// wrong: the kernel promises at most 128 threads in a block and is launched with 256
// found: bad-launch
#include <cstdio>

__global__ void __launch_bounds__(128) twice(int *x)
{
    x[blockIdx.x * blockDim.x + threadIdx.x] *= 2;
}

int main()
{
    int *x;
    if (cudaMalloc(&x, 256 * sizeof(int)) != cudaSuccess) return 2;
    if (cudaMemset(x, 1, 256 * sizeof(int)) != cudaSuccess) return 2;
    twice<<<1, 256>>>(x); // <- here
    if (cudaError_t e = cudaGetLastError()) printf("%s\n", cudaGetErrorString(e));
    return cudaFree(x) == cudaSuccess ? 0 : 2;
}
