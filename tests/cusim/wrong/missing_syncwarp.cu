// wrong: lanes of a warp pass values through shared memory with no __syncwarp between
// found: race
// also: uninitialised
#include <cstdio>

__global__ void rotate(int *data)
{
    __shared__ int exchange[4][32];
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    exchange[warp][lane] = data[threadIdx.x];
    data[threadIdx.x] = exchange[warp][(lane + 1) % 32]; // <- here
}

int main()
{
    int *data, h[128];
    for (int i = 0; i < 128; i++) h[i] = i;
    if (cudaMalloc(&data, sizeof h) != cudaSuccess) return 2;
    if (cudaMemcpy(data, h, sizeof h, cudaMemcpyHostToDevice) != cudaSuccess) return 2;
    rotate<<<1, 128>>>(data);
    if (cudaMemcpy(h, data, sizeof h, cudaMemcpyDeviceToHost) != cudaSuccess) return 2;
    for (int i = 0; i < 128; i++) printf("%d ", h[i]);
    printf("\n");
    return cudaFree(data) != cudaSuccess;
}
