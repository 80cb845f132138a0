// Scans: Hillis and Steele's in two buffers and in one with two barriers, Blelloch's with padding
// against bank conflicts, many blocks in three kernels, by cooperative groups, and in one pass with
// each block waiting for the one before it.
#include <stdio.h>
#include <stdlib.h>
#include <cooperative_groups.h>
#include <cooperative_groups/scan.h>

#define B 128
#define PAD(i) ((i) + ((i) >> 5))

static void must_(cudaError_t e, int line)
{
    if (e) { fprintf(stderr, "line %d: %s\n", line, cudaGetErrorString(e)); exit(1); }
}
#define must(call) must_(call, __LINE__)

__global__ void two_buffers(const int *in, int *out)
{
    __shared__ int s[2][B];
    int now = 0, t = threadIdx.x;
    s[0][t] = in[t];
    __syncthreads();
    for (int d = 1; d < B; d <<= 1, now ^= 1) {
        s[!now][t] = t >= d ? s[now][t] + s[now][t - d] : s[now][t];
        __syncthreads();
    }
    out[t] = s[now][t];
}

__global__ void two_barriers(const int *in, int *out, int *total, int n)
{
    __shared__ int s[B];
    int t = threadIdx.x, i = blockIdx.x * B + t;
    s[t] = i < n ? in[i] : 0;
    __syncthreads();
    for (int d = 1; d < B; d *= 2) {
        int left = 0;
        if (t >= d) left = s[t - d];
        __syncthreads();
        s[t] += left;
        __syncthreads();
    }
    if (i < n) out[i] = s[t];
    if (total && t == B - 1) total[blockIdx.x] = s[t];
}

__global__ void add_before(int *out, const int *total, int n)
{
    int i = (blockIdx.x + 1) * B + threadIdx.x;
    if (i < n) out[i] += total[blockIdx.x];
}

// Up the tree and down again; exclusive, so the element itself is added at the end.
__global__ void up_and_down(const int *in, int *out)
{
    extern __shared__ int tree[];
    int t = threadIdx.x, reach = 1;
    tree[PAD(2 * t)] = in[2 * t];
    tree[PAD(2 * t + 1)] = in[2 * t + 1];
    for (int pairs = B / 2; pairs > 0; pairs >>= 1, reach <<= 1) {
        __syncthreads();
        if (t < pairs) {
            int right = reach * (2 * t + 2) - 1;
            tree[PAD(right)] += tree[PAD(right - reach)];
        }
    }
    __syncthreads();
    if (t == 0) tree[PAD(B - 1)] = 0;
    for (int pairs = 1; pairs < B; pairs <<= 1) {
        reach >>= 1;
        __syncthreads();
        if (t < pairs) {
            int right = reach * (2 * t + 2) - 1, kept = tree[PAD(right - reach)];
            tree[PAD(right - reach)] = tree[PAD(right)];
            tree[PAD(right)] += kept;
        }
    }
    __syncthreads();
    out[2 * t] = tree[PAD(2 * t)] + in[2 * t];
    out[2 * t + 1] = tree[PAD(2 * t + 1)] + in[2 * t + 1];
}

__global__ void by_groups(const int *in, int *out)
{
    namespace cg = cooperative_groups;
    auto warp = cg::tiled_partition<32>(cg::this_thread_block());
    __shared__ int sums[B / 32];
    int v = cg::inclusive_scan(warp, in[threadIdx.x], cg::plus<int>());
    if (warp.thread_rank() == 31) sums[warp.meta_group_rank()] = v;
    __syncthreads();
    for (unsigned w = 0; w < warp.meta_group_rank(); w++) v += sums[w];
    out[threadIdx.x] = v;
}

__device__ int next_block, ready[64], up_to[64];

// Blocks take numbers as they come, so that the one before has always begun.
__global__ void one_pass(const int *in, int *out, int n)
{
    __shared__ int s[B], number, before;
    int t = threadIdx.x;
    if (t == 0) number = atomicAdd(&next_block, 1);
    __syncthreads();
    int i = number * B + t;
    s[t] = i < n ? in[i] : 0;
    for (int d = 1; d < B; d *= 2) {
        __syncthreads();
        int left = t >= d ? s[t - d] : 0;
        __syncthreads();
        s[t] += left;
    }
    if (t == B - 1) {
        before = 0;
        if (number > 0) {
            while (atomicAdd(&ready[number - 1], 0) == 0) { }
            __threadfence();
            before = ((volatile int *)up_to)[number - 1];
        }
        up_to[number] = before + s[t];
        __threadfence();
        atomicExch(&ready[number], 1);
    }
    __syncthreads();
    if (i < n) out[i] = before + s[t];
}

static int wrong(const char *way, const int *dev, const int *in, int n)
{
    int *h = (int *)malloc(n * sizeof(int)), sum = 0, bad = 0;
    must(cudaGetLastError());
    must(cudaMemcpy(h, dev, n * sizeof(int), cudaMemcpyDeviceToHost));
    for (int i = 0; i < n; i++) bad += h[i] != (sum += in[i]);
    free(h);
    printf("%-14s %d wrong\n", way, bad);
    return bad;
}

int main()
{
    const int n = 3000, blocks = (n + B - 1) / B;
    int h[n], *in, *out, *total, bad = 0;
    for (int i = 0; i < n; i++) h[i] = i * i % 11 - 3;
    must(cudaMalloc(&in, sizeof h));
    must(cudaMalloc(&out, sizeof h));
    must(cudaMalloc(&total, B * sizeof(int)));
    must(cudaMemcpy(in, h, sizeof h, cudaMemcpyHostToDevice));
    two_buffers<<<1, B>>>(in, out);
    bad += wrong("two buffers", out, h, B);
    up_and_down<<<1, B / 2, (PAD(B - 1) + 1) * sizeof(int)>>>(in, out);
    bad += wrong("up and down", out, h, B);
    by_groups<<<1, B>>>(in, out);
    bad += wrong("groups", out, h, B);
    two_barriers<<<blocks, B>>>(in, out, total, n);
    two_barriers<<<1, B>>>(total, total, NULL, blocks);
    add_before<<<blocks - 1, B>>>(out, total, n);
    bad += wrong("three kernels", out, h, n);
    one_pass<<<blocks, B>>>(in, out, n);
    bad += wrong("one pass", out, h, n);
    must(cudaFree(in));
    must(cudaFree(out));
    must(cudaFree(total));
    return bad != 0;
}
