// wrong: half a warp shuffles, and its upper lanes read from lanes that take no part
// found: inactive-lane
#include <cstdio>

__global__ void half_warp_sum(const int *in, int *out)
{
    int v = in[threadIdx.x];
    if (threadIdx.x < 16) {
        for (int offset = 16; offset > 0; offset /= 2)
            v += __shfl_down_sync(0x0000ffff, v, offset); // <- here
        if (threadIdx.x == 0)
            *out = v;
    }
}

int main()
{
    int h[32], *in, *out, sum;
    for (int i = 0; i < 32; i++) h[i] = i;
    if (cudaMalloc(&in, sizeof h) != cudaSuccess || cudaMalloc(&out, sizeof(int)) != cudaSuccess)
        return 2;
    if (cudaMemcpy(in, h, sizeof h, cudaMemcpyHostToDevice) != cudaSuccess) return 2;
    half_warp_sum<<<1, 32>>>(in, out);
    if (cudaMemcpy(&sum, out, sizeof sum, cudaMemcpyDeviceToHost) != cudaSuccess) return 2;
    printf("%d\n", sum);
    if (cudaFree(in) != cudaSuccess || cudaFree(out) != cudaSuccess) return 2;
    return 0;
}
