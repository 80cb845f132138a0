// wrong: n / threads blocks leave the tail of the array unset, which the next kernel reads
// found: uninitialised
#include <cstdio>
#include <cstdlib>

static void die_on(cudaError_t e)
{
    if (e) {
        fprintf(stderr, "%s\n", cudaGetErrorString(e));
        exit(2);
    }
}

__global__ void square(const float *x, float *y, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = x[i] * x[i];
}

__global__ void total(const float *y, float *sum, int n)
{
    float s = 0;
    for (int i = 0; i < n; i++)
        s += y[i]; // <- here
    *sum = s;
}

int main()
{
    const int n = 1000, threads = 256;
    float *x, *y, *sum, h[n];
    for (int i = 0; i < n; i++) h[i] = 1;
    die_on(cudaMalloc(&x, sizeof h));
    die_on(cudaMalloc(&y, sizeof h));
    die_on(cudaMalloc(&sum, sizeof(float)));
    die_on(cudaMemcpy(x, h, sizeof h, cudaMemcpyHostToDevice));
    square<<<n / threads, threads>>>(x, y, n);
    total<<<1, 1>>>(y, sum, n);
    die_on(cudaGetLastError());
    die_on(cudaMemcpy(h, sum, sizeof(float), cudaMemcpyDeviceToHost));
    printf("%g\n", h[0]);
    die_on(cudaFree(x));
    die_on(cudaFree(y));
    die_on(cudaFree(sum));
}
