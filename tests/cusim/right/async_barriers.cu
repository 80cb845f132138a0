// Copies to shared memory on their way while others are used: cuda::barrier, cuda::pipeline with
// two stages, cooperative groups' memcpy_async, cp.async in PTX, and a flag of cuda::atomic.
#include <cooperative_groups.h>
#include <cooperative_groups/memcpy_async.h>
#include <cuda/atomic>
#include <cuda/barrier>
#include <cuda/pipeline>
#include <cstdio>
#include <cstdlib>

namespace cg = cooperative_groups;
using block_barrier = cuda::barrier<cuda::thread_scope_block>;

#define TILE 64
#define TILES 6
#define OK(x) \
    if (auto e = (x); e != cudaSuccess) { std::puts(cudaGetErrorString(e)); std::exit(1); }

#pragma nv_diag_suppress static_var_with_dynamic_init

// One tile at a time: everybody copies, arrives, and waits for the copies of all.
__global__ void with_barrier(const int *in, int *out)
{
    __shared__ block_barrier bar;
    __shared__ int tile[TILE];
    auto block = cg::this_thread_block();
    if (block.thread_rank() == 0)
        init(&bar, block.size());
    block.sync();
    int sum = 0;
    for (int t = 0; t < TILES; t++) {
        cuda::memcpy_async(&tile[threadIdx.x], &in[t * TILE + threadIdx.x], sizeof(int), bar);
        block_barrier::arrival_token token = bar.arrive();
        bar.wait(std::move(token));
        sum += tile[TILE - 1 - threadIdx.x];
        bar.arrive_and_wait();
    }
    out[threadIdx.x] = sum;
}

__global__ void with_pipeline(const int *in, int *out)
{
    constexpr size_t stages = 2;
    __shared__ cuda::pipeline_shared_state<cuda::thread_scope_block, stages> state;
    __shared__ int tile[stages][TILE];
    auto block = cg::this_thread_block();
    auto pipe = cuda::make_pipeline(block, &state);
    int sum = 0;
    for (int compute = 0, fetch = 0; compute < TILES; compute++) {
        for (; fetch < TILES && fetch < compute + (int)stages; fetch++) {
            pipe.producer_acquire();
            cuda::memcpy_async(block, tile[fetch % stages], in + fetch * TILE, sizeof(int) * TILE,
                               pipe);
            pipe.producer_commit();
        }
        pipe.consumer_wait();
        sum += tile[compute % stages][TILE - 1 - threadIdx.x];
        pipe.consumer_release();
    }
    out[threadIdx.x] = sum;
}

__global__ void with_groups(const int *in, int *out)
{
    extern __shared__ int tile[];
    auto block = cg::this_thread_block();
    int sum = 0;
    for (int t = 0; t < TILES; t++) {
        cg::memcpy_async(block, tile, in + t * TILE, sizeof(int) * TILE);
        cg::wait(block);
        sum += tile[TILE - 1 - threadIdx.x];
        block.sync();
    }
    out[threadIdx.x] = sum;
}

__device__ __forceinline__ void copy_16(void *shared, const void *global)
{
    unsigned to = static_cast<unsigned>(__cvta_generic_to_shared(shared));
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;\n" ::"r"(to), "l"(global));
}

__global__ void with_ptx(const int *in, int *out)
{
    __shared__ alignas(16) int tile[2][TILE];
    int sum = 0;
    if (threadIdx.x < TILE / 4) copy_16(&tile[0][4 * threadIdx.x], in + 4 * threadIdx.x);
    asm volatile("cp.async.commit_group;\n" ::);
    for (int t = 0; t < TILES; t++) {
        if (t + 1 < TILES && threadIdx.x < TILE / 4)
            copy_16(&tile[(t + 1) % 2][4 * threadIdx.x], in + (t + 1) * TILE + 4 * threadIdx.x);
        asm volatile("cp.async.commit_group;\n" ::);
        asm volatile("cp.async.wait_group %0;\n" ::"n"(1));
        __syncthreads();
        sum += tile[t % 2][TILE - 1 - threadIdx.x];
        __syncthreads();
    }
    out[threadIdx.x] = sum;
}

// The second block waits for what the first leaves.
__global__ void hand_over(int *box, int *out, int *raw_flag)
{
    cuda::atomic_ref<int, cuda::thread_scope_device> flag(*raw_flag);
    if (threadIdx.x != 0) return;
    if (blockIdx.x == 0) {
        *box = 17;
        flag.store(1, cuda::memory_order_release);
    } else {
        while (flag.load(cuda::memory_order_acquire) == 0) { }
        *out = *box + 1;
    }
}

int main()
{
    int h[TILE * TILES], got[TILE], *in, *out, wrong = 0;
    for (int i = 0; i < TILE * TILES; i++) h[i] = i * i % 97;
    OK(cudaMalloc(&in, sizeof h));
    OK(cudaMalloc(&out, sizeof got));
    OK(cudaMemcpy(in, h, sizeof h, cudaMemcpyHostToDevice));
    for (int way = 0; way < 4; way++) {
        OK(cudaMemset(out, 0, sizeof got));
        if (way == 0) with_barrier<<<1, TILE>>>(in, out);
        if (way == 1) with_pipeline<<<1, TILE>>>(in, out);
        if (way == 2) with_groups<<<1, TILE, TILE * sizeof(int)>>>(in, out);
        if (way == 3) with_ptx<<<1, TILE>>>(in, out);
        OK(cudaGetLastError());
        OK(cudaMemcpy(got, out, sizeof got, cudaMemcpyDeviceToHost));
        for (int i = 0; i < TILE; i++) {
            for (int t = 0; t < TILES; t++) got[i] -= h[t * TILE + TILE - 1 - i];
            wrong += got[i] != 0;
        }
        std::printf("way %d: %d wrong so far\n", way, wrong);
    }
    OK(cudaMemset(in, 0, sizeof h));
    hand_over<<<2, 32>>>(in, out, in + 64);
    OK(cudaMemcpy(got, out, sizeof(int), cudaMemcpyDeviceToHost));
    wrong += got[0] != 18;
    OK(cudaFree(in));
    OK(cudaFree(out));
    return wrong != 0;
}
