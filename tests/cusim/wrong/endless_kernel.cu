// wrong: Collatz from 0 never reaches 1
// found: timeout
// also: leak
// stderr: collatz
// limit: 2
#include <cstdio>

__global__ void collatz(const unsigned *start, unsigned *steps)
{
    unsigned x = start[threadIdx.x], n = 0;
    while (x != 1) { // <- here
        x = x % 2 ? 3 * x + 1 : x / 2; // <- also here
        n++; // <- also here
    }
    steps[threadIdx.x] = n;
}

int main()
{
    unsigned h[32], *start, *steps;
    for (unsigned i = 0; i < 32; i++) h[i] = i;
    if (cudaMalloc(&start, sizeof h) != cudaSuccess) return 2;
    if (cudaMalloc(&steps, sizeof h) != cudaSuccess) return 2;
    if (cudaMemcpy(start, h, sizeof h, cudaMemcpyHostToDevice) != cudaSuccess) return 2;
    collatz<<<1, 32>>>(start, steps);
    cudaError_t err = cudaMemcpy(h, steps, sizeof h, cudaMemcpyDeviceToHost);
    printf("%s\n", cudaGetErrorString(err));
    return err != cudaSuccess;
}
