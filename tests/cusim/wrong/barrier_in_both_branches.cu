// wrong: even and odd threads of each warp wait at barriers of their own
// found: barrier-divergence
#include <cstdio>

__global__ void exchange(int *x)
{
    __shared__ int s[64];
    int t = threadIdx.x;
    if (t % 2 == 0) {
        s[t] = x[t] + 1;
        __syncthreads(); // <- here
    } else {
        s[t] = x[t] - 1;
        __syncthreads(); // <- also here
    }
    x[t] = s[63 - t];
}

int main()
{
    int *x;
    if (cudaMalloc(&x, 64 * sizeof(int)) != cudaSuccess) return 2;
    if (cudaMemset(x, 0, 64 * sizeof(int)) != cudaSuccess) return 2;
    exchange<<<1, 64>>>(x);
    cudaError_t err = cudaDeviceSynchronize();
    printf("%s\n", cudaGetErrorString(err));
    return cudaFree(x) != cudaSuccess;
}
