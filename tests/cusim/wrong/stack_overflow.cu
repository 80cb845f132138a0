// wrong: the recursion has no end for odd numbers
// found: crash
// also: leak
// stderr: stack
#include <cstdio>

__device__ int depth(int n, const int *step)
{
    int room[16]; // <- also here
    for (int k = 0; k < 16; k++) room[k] = n + step[k % 2]; // <- also here
    if (n == 0) // <- also here
        return 0;
    return 1 + depth(n - step[0], step) + room[n & 15] * 0; // <- here
} // <- also here

__global__ void measure(int *out, const int *step)
{
    out[threadIdx.x] = depth(2 * threadIdx.x + 1, step);
}

int main()
{
    int *out, *step, h[2] = {2, 0};
    if (cudaMalloc(&out, 32 * sizeof(int)) != cudaSuccess) return 2;
    if (cudaMalloc(&step, sizeof h) != cudaSuccess) return 2;
    if (cudaMemcpy(step, h, sizeof h, cudaMemcpyHostToDevice) != cudaSuccess) return 2;
    measure<<<1, 1>>>(out, step);
    cudaError_t err = cudaDeviceSynchronize();
    printf("%s\n", cudaGetErrorString(err));
    return err != cudaSuccess;
}
