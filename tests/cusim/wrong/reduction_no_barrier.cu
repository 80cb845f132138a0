// wrong: a tree reduction in shared memory with no barrier between its steps
// found: race
// plain: result
#include <cstdio>

__global__ void sum256(const float *in, float *out)
{
    __shared__ float s[256];
    unsigned t = threadIdx.x;
    s[t] = in[blockIdx.x * 256 + t];
    __syncthreads();
    for (unsigned half = 128; half > 0; half >>= 1) {
        if (t < half)
            s[t] += s[t + half]; // <- here
    }
    __syncthreads();
    if (t == 0)
        out[blockIdx.x] = s[0];
}

int main()
{
    float h[512], *in, *out, r[2];
    for (int i = 0; i < 512; i++) h[i] = i * 0.25f;
    cudaError_t e = cudaMalloc(&in, sizeof h);
    if (e == cudaSuccess) e = cudaMalloc(&out, sizeof r);
    if (e == cudaSuccess) e = cudaMemcpy(in, h, sizeof h, cudaMemcpyHostToDevice);
    if (e != cudaSuccess) return 2;
    sum256<<<2, 256>>>(in, out);
    e = cudaMemcpy(r, out, sizeof r, cudaMemcpyDeviceToHost);
    if (e != cudaSuccess) return 2;
    printf("%g %g\n", r[0], r[1]);
    if ((e = cudaFree(in)) != cudaSuccess) return 2;
    if ((e = cudaFree(out)) != cudaSuccess) return 2;
}
