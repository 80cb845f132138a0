// wrong: an assertion in the kernel does not hold for the last element
// found: stderr: kernel_assert.cu:11: .*[Aa]ssertion.*x\[i\] >= 0
// also: crash leak
#include <assert.h>
#include <stdio.h>

__global__ void root(const float *x, float *y, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        assert(x[i] >= 0); // <- here
        y[i] = sqrtf(x[i]);
    }
}

int main()
{
    const int n = 40;
    float h[n], *x, *y;
    for (int i = 0; i < n; i++) h[i] = n - 2.0f - i;
    if (cudaMalloc(&x, sizeof h) != cudaSuccess || cudaMalloc(&y, sizeof h) != cudaSuccess)
        return 2;
    if (cudaMemcpy(x, h, sizeof h, cudaMemcpyHostToDevice) != cudaSuccess) return 2;
    root<<<2, 32>>>(x, y, n);
    cudaError_t err = cudaDeviceSynchronize();
    fprintf(stderr, "%s\n", cudaGetErrorName(err));
    return err != cudaSuccess;
}
