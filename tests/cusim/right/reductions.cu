// Sums in a block, seven ways, after the lecture that everybody gives (M. Harris, Optimizing
// Parallel Reduction in CUDA): interleaved, strided, sequential, two loads, last warp unrolled with
// volatile, all unrolled by templates, many loads per thread with __syncwarp.
#include <cstdio>
#include <cstdlib>

#define CHECKED(call) checked((call), __FILE__, __LINE__)
inline void checked(cudaError_t e, const char *file, int line)
{
    if (e == cudaSuccess) return;
    fprintf(stderr, "%s(%d): error %d, %s\n", file, line, (int)e, cudaGetErrorString(e));
    exit(1);
}

__global__ void interleaved(const int *in, int *out)
{
    extern __shared__ int part[];
    const unsigned t = threadIdx.x;
    part[t] = in[blockIdx.x * blockDim.x + t];
    __syncthreads();
    for (unsigned step = 1; step < blockDim.x; step *= 2) {
        if (t % (2 * step) == 0) part[t] += part[t + step];
        __syncthreads();
    }
    if (t == 0) out[blockIdx.x] = part[0];
}

__global__ void strided(const int *in, int *out)
{
    extern __shared__ int part[];
    const unsigned t = threadIdx.x;
    part[t] = in[blockIdx.x * blockDim.x + t];
    for (unsigned step = 1; step < blockDim.x; step *= 2) {
        __syncthreads();
        unsigned k = 2 * step * t;
        if (k < blockDim.x) part[k] += part[k + step];
    }
    if (t == 0) out[blockIdx.x] = part[0];
}

__global__ void sequential(const int *in, int *out)
{
    extern __shared__ int part[];
    const unsigned t = threadIdx.x;
    part[t] = in[blockIdx.x * blockDim.x + t];
    __syncthreads();
    for (unsigned half = blockDim.x / 2; half > 0; half >>= 1) {
        if (t < half) part[t] += part[t + half];
        __syncthreads();
    }
    if (t == 0) out[blockIdx.x] = part[0];
}

__global__ void two_loads(const int *in, int *out)
{
    extern __shared__ int part[];
    const unsigned t = threadIdx.x, i = blockIdx.x * 2 * blockDim.x + t;
    int mine = in[i] + in[i + blockDim.x];
    part[t] = mine;
    __syncthreads();
    for (unsigned half = blockDim.x / 2; half > 0; half >>= 1) {
        if (t < half) part[t] = mine = mine + part[t + half];
        __syncthreads();
    }
    if (t == 0) out[blockIdx.x] = mine;
}

// Lanes of one warp in lockstep: volatile keeps every step in memory.
template <unsigned THREADS>
__device__ void last_warp(volatile int *part, unsigned t)
{
    if (THREADS >= 64) part[t] += part[t + 32];
    if (THREADS >= 32) part[t] += part[t + 16];
    if (THREADS >= 16) part[t] += part[t + 8];
    if (THREADS >= 8) part[t] += part[t + 4];
    if (THREADS >= 4) part[t] += part[t + 2];
    if (THREADS >= 2) part[t] += part[t + 1];
}

__global__ void unrolled_tail(const int *in, int *out)
{
    extern __shared__ int part[];
    const unsigned t = threadIdx.x, i = blockIdx.x * 2 * blockDim.x + t;
    part[t] = in[i] + in[i + blockDim.x];
    __syncthreads();
    for (unsigned half = blockDim.x / 2; half > 32; half >>= 1) {
        if (t < half) part[t] += part[t + half];
        __syncthreads();
    }
    if (t < 32) last_warp<64>(part, t);
    if (t == 0) out[blockIdx.x] = part[0];
}

template <unsigned THREADS>
__global__ void unrolled(const int *in, int *out)
{
    extern __shared__ int part[];
    const unsigned t = threadIdx.x, i = blockIdx.x * 2 * THREADS + t;
    part[t] = in[i] + in[i + THREADS];
    __syncthreads();
    if (THREADS >= 256) { if (t < 128) part[t] += part[t + 128]; __syncthreads(); }
    if (THREADS >= 128) { if (t < 64) part[t] += part[t + 64]; __syncthreads(); }
    if (t < 32) last_warp<THREADS>(part, t);
    if (t == 0) out[blockIdx.x] = part[0];
}

template <typename T, unsigned THREADS>
__global__ void many_loads(const T *in, T *out, unsigned n)
{
    __shared__ T part[THREADS];
    const unsigned t = threadIdx.x;
    T mine = 0;
    for (unsigned i = blockIdx.x * THREADS + t; i < n; i += THREADS * gridDim.x) mine += in[i];
    part[t] = mine;
    __syncthreads();
#pragma unroll
    for (unsigned half = THREADS / 2; half >= 32; half /= 2) {
        if (t < half) part[t] += part[t + half];
        __syncthreads();
    }
    if (t < 32) {
        for (unsigned half = 16; half > 0; half /= 2) {
            T other = t < half ? part[t + half] : T(0);
            __syncwarp();
            part[t] += other;
            __syncwarp();
        }
    }
    if (t == 0) out[blockIdx.x] = part[0];
}

int main()
{
    const unsigned n = 2048, threads = 128;
    int h[n], *in, *out, expected = 0, wrong = 0;
    for (unsigned i = 0; i < n; i++) expected += h[i] = (int)(i * 37 % 19);
    CHECKED(cudaMalloc(&in, sizeof h));
    CHECKED(cudaMalloc(&out, sizeof h));
    CHECKED(cudaMemcpy(in, h, sizeof h, cudaMemcpyHostToDevice));
    for (int way = 0; way < 7; way++) {
        const unsigned blocks = way < 3 ? n / threads : way < 6 ? n / threads / 2 : 3;
        const size_t room = threads * sizeof(int);
        switch (way) {
        case 0: interleaved<<<blocks, threads, room>>>(in, out); break;
        case 1: strided<<<blocks, threads, room>>>(in, out); break;
        case 2: sequential<<<blocks, threads, room>>>(in, out); break;
        case 3: two_loads<<<blocks, threads, room>>>(in, out); break;
        case 4: unrolled_tail<<<blocks, threads, room>>>(in, out); break;
        case 5: unrolled<threads><<<blocks, threads, room>>>(in, out); break;
        case 6: many_loads<int, threads><<<blocks, threads>>>(in, out, n); break;
        }
        CHECKED(cudaPeekAtLastError());
        CHECKED(cudaMemcpy(h, out, blocks * sizeof(int), cudaMemcpyDeviceToHost));
        int sum = 0;
        for (unsigned b = 0; b < blocks; b++) sum += h[b];
        printf("way %d: %d%s\n", way, sum, sum == expected ? "" : " WRONG");
        wrong += sum != expected;
    }
    CHECKED(cudaFree(in));
    CHECKED(cudaFree(out));
    return wrong;
}
