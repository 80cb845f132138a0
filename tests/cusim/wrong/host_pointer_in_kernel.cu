// wrong: the kernel gets the host's array instead of the device's copy
// found: host-memory
#include <cstdio>
#include <cstdlib>

__global__ void negate(int *v, int n)
{
    int i = threadIdx.x;
    if (i < n)
        v[i] = -v[i]; // <- here
}

int main()
{
    const int n = 32;
    int *h_v = (int *)malloc(n * sizeof(int)), *d_v;
    for (int i = 0; i < n; i++) h_v[i] = i;
    cudaError_t rc = cudaMalloc((void **)&d_v, n * sizeof(int));
    if (rc == cudaSuccess) rc = cudaMemcpy(d_v, h_v, n * sizeof(int), cudaMemcpyHostToDevice);
    negate<<<1, n>>>(h_v, n);
    if (rc == cudaSuccess) rc = cudaGetLastError();
    if (rc == cudaSuccess) rc = cudaDeviceSynchronize();
    if (rc != cudaSuccess) printf("%s\n", cudaGetErrorString(rc));
    rc = cudaFree(d_v);
    free(h_v);
    return 0;
}
