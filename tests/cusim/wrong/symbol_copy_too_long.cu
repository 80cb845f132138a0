// wrong: the filter has grown to 7 x 7, its room in constant memory has not
// found: bad-copy
#include <cstdio>

#define MASK_WIDTH 7
__constant__ float mask[5 * 5];

__global__ void total(float *out)
{
    float s = 0;
    for (int i = 0; i < 25; i++) s += mask[i];
    *out = s;
}

int main()
{
    float h_mask[MASK_WIDTH * MASK_WIDTH] = {1.0f}, *out;
    cudaError_t err = cudaMemcpyToSymbol(mask, h_mask, sizeof(h_mask)); // <- here
    if (err != cudaSuccess) {
        printf("%s\n", cudaGetErrorString(err));
        return 1;
    }
    if (cudaMalloc(&out, sizeof(float)) != cudaSuccess) return 2;
    total<<<1, 1>>>(out);
    return cudaFree(out) != cudaSuccess;
}
