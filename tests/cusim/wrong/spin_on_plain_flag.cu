// wrong: a block waits for a later block to set a plain flag; it may never get to run
// found: timeout
// also: leak
// limit: 2
#include <stdio.h>

__global__ void relay(int *flag, int *out)
{
    if (blockIdx.x == 0) {
        while (*flag == 0) // <- here
            ;
        *out = 1;
    } else {
        *flag = 1;
    }
}

int main()
{
    int *flag, *out;
    if (cudaMalloc(&flag, sizeof(int)) != cudaSuccess) return 2;
    if (cudaMalloc(&out, sizeof(int)) != cudaSuccess) return 2;
    if (cudaMemset(flag, 0, sizeof(int)) != cudaSuccess) return 2;
    relay<<<2, 1>>>(flag, out);
    cudaError_t err = cudaDeviceSynchronize();
    printf("%s\n", cudaGetErrorString(err));
    return err != cudaSuccess;
}
