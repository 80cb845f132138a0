// wrong: the double buffer loads the next tile into the half that is being read
// found: race
// also: uninitialised
#include <cstdio>

#define W 64

__global__ void running_max(const int *in, int *out, int tiles)
{
    __shared__ int buffer[2][W];
    int t = threadIdx.x, best = -1;
    buffer[0][t] = in[t];
    __syncthreads();
    for (int k = 0; k < tiles; k++) {
        int now = k % 2;
        if (k + 1 < tiles)
            buffer[now][t] = in[(k + 1) * W + t]; // <- here
        best = max(best, buffer[now][(t + 1) % W]); // <- also here
        __syncthreads();
    }
    out[t] = best;
}

int main()
{
    const int tiles = 4;
    int h[tiles * W], *in, *out;
    for (int i = 0; i < tiles * W; i++) h[i] = i * 31 % 101;
    if (cudaMalloc(&in, sizeof h) || cudaMalloc(&out, W * sizeof(int))) return 2;
    if (cudaMemcpy(in, h, sizeof h, cudaMemcpyHostToDevice)) return 2;
    running_max<<<1, W>>>(in, out, tiles);
    if (cudaMemcpy(h, out, W * sizeof(int), cudaMemcpyDeviceToHost)) return 2;
    printf("%d\n", h[0]);
    if (cudaFree(in) || cudaFree(out)) return 2;
}
