// Sums without shared-memory trees: warp shuffles, cooperative groups, and one kernel whose last
// block to finish adds up what the others left (ticket after a fence).
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <vector>

namespace cg = cooperative_groups;
using std::vector;

#define OK(e)                                                                                      \
    do {                                                                                           \
        cudaError_t e_ = (e);                                                                      \
        if (e_ != cudaSuccess) {                                                                   \
            fprintf(stderr, "line %d: %s: %s\n", __LINE__, #e, cudaGetErrorString(e_));            \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

__inline__ __device__ int warp_sum(int v)
{
    for (int d = warpSize / 2; d > 0; d /= 2)
        v += __shfl_down_sync(0xffffffff, v, d);
    return v;
}

__inline__ __device__ int block_sum(int v)
{
    static __shared__ int of_warp[32];
    const int lane = threadIdx.x % warpSize, warp = threadIdx.x / warpSize;
    v = warp_sum(v);
    __syncthreads();                            // a second call must not overtake the first
    if (lane == 0) of_warp[warp] = v;
    __syncthreads();
    v = threadIdx.x < blockDim.x / warpSize ? of_warp[lane] : 0;
    return warp == 0 ? warp_sum(v) : 0;
}

__global__ void by_shuffle(const int *in, int *out, int n)
{
    int sum = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x)
        sum += in[i];
    sum = block_sum(sum);
    if (threadIdx.x == 0) out[blockIdx.x] = sum;
}

__global__ void by_groups(const int4 *in, int *out, int quads)
{
    auto grid = cg::this_grid();
    auto block = cg::this_thread_block();
    auto warp = cg::tiled_partition<32>(block);
    int sum = 0;
    for (unsigned long long i = grid.thread_rank(); i < quads; i += grid.size()) {
        const int4 v = in[i];
        sum += v.x + v.y + v.z + v.w;
    }
    sum = cg::reduce(warp, sum, cg::plus<int>());
    auto half = cg::tiled_partition<16>(warp);
    int again = half.shfl(sum, 0);
    if (warp.thread_rank() == 0) atomicAdd(out, again);
}

__device__ unsigned tickets = 0;

__global__ void by_last_block(const int *in, int *partial, int *out, int n)
{
    __shared__ bool last;
    int sum = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x)
        sum += in[i];
    sum = block_sum(sum);
    if (threadIdx.x == 0) {
        partial[blockIdx.x] = sum;
        __threadfence();
        last = atomicInc(&tickets, gridDim.x - 1) == gridDim.x - 1;
    }
    __syncthreads();
    if (last) {
        sum = block_sum(threadIdx.x < gridDim.x ? partial[threadIdx.x] : 0);
        if (threadIdx.x == 0) *out = sum;
    }
}

int main()
{
    const int n = 5000, threads = 128, blocks = 6;
    vector<int> h(n);
    for (int i = 0; i < n; i++) h[i] = i % 23 - 5;
    const int expected = std::accumulate(h.begin(), h.end(), 0);
    int *in, *partial, *out, r[3] = {0, 0, 0};
    OK(cudaMalloc(&in, n * sizeof(int)));
    OK(cudaMalloc(&partial, blocks * sizeof(int)));
    OK(cudaMalloc(&out, sizeof(int)));
    OK(cudaMemcpy(in, h.data(), n * sizeof(int), cudaMemcpyHostToDevice));

    by_shuffle<<<blocks, threads>>>(in, partial, n);
    by_shuffle<<<1, 64>>>(partial, out, blocks);
    OK(cudaMemcpy(&r[0], out, sizeof(int), cudaMemcpyDeviceToHost));
    OK(cudaMemset(out, 0, sizeof(int)));
    by_groups<<<blocks, threads>>>(reinterpret_cast<const int4 *>(in), out, n / 4);
    OK(cudaMemcpy(&r[1], out, sizeof(int), cudaMemcpyDeviceToHost));
    for (int again = 0; again < 2; again++)
        by_last_block<<<blocks, threads>>>(in, partial, out, n);
    OK(cudaMemcpy(&r[2], out, sizeof(int), cudaMemcpyDeviceToHost));
    OK(cudaGetLastError());
    printf("%d: %d %d %d\n", expected, r[0], r[1], r[2]);
    OK(cudaFree(in));
    OK(cudaFree(partial));
    OK(cudaFree(out));
    return !(r[0] == expected && r[1] == expected && r[2] == expected);
}
