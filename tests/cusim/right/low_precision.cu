// Arithmetic in half, half2 and bfloat16, integers packed by four, and intrinsics of bits.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <stdio.h>
#include <stdint.h>

__global__ void axpy_half2(half a, const half2 *x, half2 *y, int pairs)
{
    const half2 aa = __half2half2(a);
    for (int i = threadIdx.x; i < pairs; i += blockDim.x) y[i] = __hfma2(aa, x[i], y[i]);
}

__global__ void dot_half(const half *x, const half *y, float *out, int n)
{
    float sum = 0;
    for (int i = threadIdx.x; i < n; i += 32) sum += __half2float(x[i] * y[i]);
    for (int d = 16; d > 0; d /= 2) sum += __shfl_down_sync(0xffffffff, sum, d);
    if (threadIdx.x == 0) *out = sum;
}

template <typename T>
__global__ void relu(T *x, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n && x[i] < T(0.0f)) x[i] = T(0.0f);
}

__global__ void dot_bytes(const int *a, const int *b, int *out, int n)
{
    int sum = 0;
    for (int i = threadIdx.x; i < n; i += blockDim.x) sum = __dp4a(a[i], b[i], sum);
    atomicAdd(out, sum);
}

__global__ void bits(uint32_t *r)
{
    uint32_t v = 0x00f0u << threadIdx.x;
    r[threadIdx.x] =
        __popc(v) + __clz(v) + __ffs(v) + (__brev(v) >> 31) + __byte_perm(v, 0, 0x0123) % 7;
}

int main()
{
    const int n = 128;
    half hx[n], hy[n], *x, *y;
    __nv_bfloat16 hb[n], *b;
    int8_t p[4 * n];
    int *packed, *isum, total, want = 0, wrong = 0;
    float *out, dot;
    uint32_t *r, hr[8];
    for (int i = 0; i < n; i++) {
        hx[i] = __float2half((float)(i % 16));
        hy[i] = __float2half(1.0f);
        hb[i] = __float2bfloat16((float)(i - 64));
    }
    for (int i = 0; i < 4 * n; i++) {
        p[i] = (int8_t)(i % 200 - 100);
        want += p[i] * p[i];
    }
    cudaMalloc(&x, sizeof hx); cudaMalloc(&y, sizeof hy); cudaMalloc(&b, sizeof hb);
    cudaMalloc(&packed, sizeof p); cudaMalloc(&isum, sizeof(int)); cudaMalloc(&out, sizeof(float));
    cudaMalloc(&r, sizeof hr);
    cudaMemcpy(x, hx, sizeof hx, cudaMemcpyHostToDevice);
    cudaMemcpy(y, hy, sizeof hy, cudaMemcpyHostToDevice);
    cudaMemcpy(b, hb, sizeof hb, cudaMemcpyHostToDevice);
    cudaMemcpy(packed, p, sizeof p, cudaMemcpyHostToDevice);
    cudaMemset(isum, 0, sizeof(int));

    axpy_half2<<<1, 32>>>(__float2half(2.0f), (const half2 *)x, (half2 *)y, n / 2);
    dot_half<<<1, 32>>>(x, y, out, n);
    relu<<<2, n / 2>>>(b, n);
    relu<half><<<1, n>>>(y, n);
    dot_bytes<<<2, 32>>>(packed, packed, isum, n);
    bits<<<1, 8>>>(r);
    cudaMemcpy(hy, y, sizeof hy, cudaMemcpyDeviceToHost);
    cudaMemcpy(hb, b, sizeof hb, cudaMemcpyDeviceToHost);
    cudaMemcpy(&dot, out, sizeof dot, cudaMemcpyDeviceToHost);
    cudaMemcpy(&total, isum, sizeof total, cudaMemcpyDeviceToHost);
    cudaMemcpy(hr, r, sizeof hr, cudaMemcpyDeviceToHost);
    float want_dot = 0;
    for (int i = 0; i < n; i++) {
        float v = (float)(i % 16);
        want_dot += v * (2 * v + 1);
        wrong += __half2float(hy[i]) != 2 * v + 1;
        wrong += __bfloat162float(hb[i]) != (i < 64 ? 0 : i - 64);
    }
    wrong += dot != want_dot;
    wrong += total != 2 * want;                 // both blocks add the whole
    wrong += hr[0] != 4 + 24 + 5 + 0 + 0xf0000000u % 7;
    printf("%g %d %u: %d wrong, %s\n", dot, total, hr[0], wrong,
           cudaGetErrorName(cudaGetLastError()));
    cudaFree(x);
    cudaFree(y);
    cudaFree(b);
    cudaFree(packed);
    cudaFree(isum);
    cudaFree(out);
    cudaFree(r);
    return wrong;
}
