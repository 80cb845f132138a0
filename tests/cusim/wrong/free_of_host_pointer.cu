// wrong: cudaFree is given the host's pointer
// found: bad-copy
// also: leak
#include <stdio.h>
#include <stdlib.h>

int main()
{
    float *h_a = (float *)malloc(256), *d_a;
    if (cudaMalloc((void **)&d_a, 256) != cudaSuccess) return 2;
    cudaError_t err = cudaFree(h_a); // <- here
    if (err != cudaSuccess) printf("%s\n", cudaGetErrorString(err));
    free(h_a);
    return 0;
}
