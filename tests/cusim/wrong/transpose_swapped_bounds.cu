// wrong: the bounds of rows and columns are swapped, which shows where rows and columns differ
// found: out-of-bounds
// also: uninitialised race
#include <cstdio>

__global__ void transpose(const float *in, float *out, int rows, int cols)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x;
    int y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x < rows && y < cols)
        out[x * rows + y] = in[y * cols + x]; // <- here
}

int main()
{
    const int rows = 24, cols = 40;
    float h[rows * cols], *in, *out;
    for (int i = 0; i < rows * cols; i++) h[i] = (float)i;
    if (cudaMalloc(&in, sizeof h) != cudaSuccess || cudaMalloc(&out, sizeof h) != cudaSuccess)
        return 2;
    if (cudaMemcpy(in, h, sizeof h, cudaMemcpyHostToDevice) != cudaSuccess) return 2;
    dim3 block(8, 8);
    dim3 grid((cols + block.x - 1) / block.x, (rows + block.y - 1) / block.y + 2);
    transpose<<<grid, block>>>(in, out, rows, cols);
    cudaError_t err = cudaDeviceSynchronize();
    printf("%s\n", cudaGetErrorString(err));
    if (cudaFree(in) != cudaSuccess || cudaFree(out) != cudaSuccess) return 2;
    return 0;
}
