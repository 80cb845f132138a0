// wrong: floats are laid out in dynamic shared memory right behind 33 bytes of flags
// found: misaligned
// also: crash
#include <cstdio>

__global__ void keep(const float *x, float *y, int n)
{
    extern __shared__ unsigned char raw[];
    unsigned char *flag = raw;
    float *value = (float *)(raw + n);
    int i = threadIdx.x;
    if (i < n) {
        flag[i] = x[i] > 0.0f;
        value[i] = x[i]; // <- here
        y[i] = flag[i] ? value[i] : 0.0f; // <- also here
    }
}

int main()
{
    const int n = 33;
    float *x, *y;
    if (cudaMallocManaged(&x, n * sizeof(float)) != cudaSuccess) return 2;
    if (cudaMallocManaged(&y, n * sizeof(float)) != cudaSuccess) return 2;
    for (int i = 0; i < n; i++) x[i] = (float)(i - 16);
    keep<<<1, 64, n + n * sizeof(float)>>>(x, y, n);
    cudaError_t e = cudaDeviceSynchronize();
    printf("%s\n", cudaGetErrorString(e));
    e = cudaFree(x);
    e = cudaFree(y);
    return 0;
}
