// wrong: the asynchronous copy to shared memory is committed but not waited for
// found: uninitialised
// also: race
#include <cstdio>
#include <cuda_pipeline.h>

__global__ void sum_tile(const float4 *in, float *out)
{
    __shared__ float4 tile[32];
    int t = threadIdx.x;
    __pipeline_memcpy_async(&tile[t], &in[t], sizeof(float4));
    __pipeline_commit();
    __syncthreads();
    float4 v = tile[31 - t]; // <- here
    out[t] = v.x + v.y + v.z + v.w;
}

int main()
{
    float h[128], *out;
    float4 *in;
    for (int i = 0; i < 128; i++) h[i] = 1.0f;
    if (cudaMalloc(&in, sizeof h) != cudaSuccess) return 2;
    if (cudaMalloc(&out, 32 * sizeof(float)) != cudaSuccess) return 2;
    if (cudaMemcpy(in, h, sizeof h, cudaMemcpyHostToDevice) != cudaSuccess) return 2;
    sum_tile<<<1, 32>>>(in, out);
    if (cudaMemcpy(h, out, 32 * sizeof(float), cudaMemcpyDeviceToHost) != cudaSuccess) return 2;
    printf("%g\n", h[0]);
    if (cudaFree(in) != cudaSuccess || cudaFree(out) != cudaSuccess) return 2;
    return 0;
}
