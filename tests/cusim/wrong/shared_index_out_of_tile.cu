// wrong: the tile has no room for the halo that the last threads load
// found: out-of-bounds
#include <cstdio>
#include <cstdlib>

#define REACH 3
#define THREADS 64

__global__ void window_sums(const int *in, int *out)
{
    __shared__ int part[THREADS + REACH];
    int i = threadIdx.x + blockIdx.x * blockDim.x + REACH;
    int p = threadIdx.x + REACH;

    part[p] = in[i];
    if (threadIdx.x < REACH) {
        part[p - REACH] = in[i - REACH];
        part[p + THREADS] = in[i + THREADS]; // <- here
    }
    __syncthreads();

    int sum = 0;
    for (int d = -REACH; d <= REACH; d++)
        sum += part[p + d]; // <- also here
    out[i] = sum;
}

int main()
{
    const int n = 128 + 2 * REACH;
    int *h = (int *)malloc(n * sizeof(int));
    int *dev_in, *dev_out;
    for (int i = 0; i < n; i++) h[i] = 1;
    if (cudaMalloc((void **)&dev_in, n * sizeof(int)) ||
        cudaMalloc((void **)&dev_out, n * sizeof(int)))
        return 2;
    if (cudaMemcpy(dev_in, h, n * sizeof(int), cudaMemcpyHostToDevice)) return 2;
    if (cudaMemcpy(dev_out, h, n * sizeof(int), cudaMemcpyHostToDevice)) return 2;
    window_sums<<<2, THREADS>>>(dev_in, dev_out);
    if (cudaGetLastError()) return 2;
    if (cudaMemcpy(h, dev_out, n * sizeof(int), cudaMemcpyDeviceToHost)) return 2;
    printf("%d\n", h[REACH]);
    if (cudaFree(dev_in) || cudaFree(dev_out)) return 2;
    free(h);
    return 0;
}
