// wrong: row * width is computed in int and wraps for the last rows of a 2.6 GB image
// found: out-of-bounds
// also: crash
#include <cstdio>

__global__ void brighten(unsigned char *image, int width, int height, int first_row)
{
    int row = first_row + blockIdx.y * blockDim.y + threadIdx.y;
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    if (row < height && col < width) {
        int i = row * width + col;
        image[i] = 200; // <- here
    }
}

int main()
{
    const int width = 65536, height = 40000;
    unsigned char *image;
    cudaError_t err = cudaMalloc(&image, (size_t)width * height);
    if (err != cudaSuccess) {
        printf("%s\n", cudaGetErrorString(err));
        return 2;
    }
    brighten<<<dim3(1, 1), dim3(32, 4)>>>(image, width, height, height - 4);
    err = cudaDeviceSynchronize();
    if (err != cudaSuccess)
        printf("%s\n", cudaGetErrorString(err));
    cudaError_t freed = cudaFree(image);
    return err != cudaSuccess || freed != cudaSuccess;
}
