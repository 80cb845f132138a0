// wrong: a float4 is loaded from an address that is no multiple of 16
// found: misaligned
// also: crash
#include <cstdio>

__global__ void sum4(const float *in, float *out, int shift)
{
    float4 v = *reinterpret_cast<const float4 *>(in + shift + 4 * threadIdx.x); // <- here
    out[threadIdx.x] = v.x + v.y + v.z + v.w;
}

int main()
{
    const int n = 260;
    float h[n], *in, *out;
    for (int i = 0; i < n; i++) h[i] = 1.0f;
    if (cudaMalloc(&in, sizeof h) != cudaSuccess) return 2;
    if (cudaMalloc(&out, 64 * sizeof(float)) != cudaSuccess) return 2;
    if (cudaMemcpy(in, h, sizeof h, cudaMemcpyHostToDevice) != cudaSuccess) return 2;
    sum4<<<1, 64>>>(in, out, 1);
    cudaError_t err = cudaDeviceSynchronize();
    if (err != cudaSuccess) fprintf(stderr, "%s\n", cudaGetErrorString(err));
    err = cudaFree(in);
    err = cudaFree(out);
    return 0;
}
