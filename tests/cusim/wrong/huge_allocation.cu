// wrong: sizes in bytes and elements are mixed up, and a terabyte is asked for
// found: stderr: out of memory
#include <stdio.h>
#include <stdlib.h>

int main()
{
    float *volume;
    size_t n = 6400;
    cudaError_t err = cudaMalloc(&volume, n * n * n * sizeof(float));
    if (err != cudaSuccess) {
        fprintf(stderr, "cudaMalloc: %s\n", cudaGetErrorString(err));
        exit(EXIT_FAILURE);
    }
    err = cudaFree(volume);
    return err != cudaSuccess;
}
