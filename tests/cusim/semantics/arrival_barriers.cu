/* arrival_barriers.cu: cuda::barrier, cuda::pipeline and cuda::atomic; tiles of several warps. */
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cuda/atomic>
#include <cuda/barrier>
#include <cuda/pipeline>

#include "expect.cuh"

namespace cg = cooperative_groups;

typedef cuda::barrier<cuda::thread_scope_block> block_barrier;

/* Arrive, do something else, wait; and a turn of roles: each warp fills in its turn. */
__global__ void arrive_and_wait()
{
    __shared__ block_barrier bar;
    __shared__ int values[64];
    const int t = (int)threadIdx.x;
    if (t == 0)
        init(&bar, blockDim.x);
    __syncthreads();
    for (int round = 0; round < 5; round++) {
        values[t] = round * 100 + t;
        block_barrier::arrival_token token = bar.arrive();
        const int elsewhere = round * t;
        bar.wait(std::move(token));
        EXPECT(values[(t + 37) % 64], round * 100 + (t + 37) % 64);
        EXPECT(elsewhere, t * round);
        bar.arrive_and_wait();
    }
}

__global__ void copies_with_barrier(const float4 *in)
{
    __shared__ block_barrier bar;
    __shared__ float4 stage[64];
    const int t = (int)threadIdx.x;
    if (t == 0)
        init(&bar, blockDim.x);
    __syncthreads();
    for (int i = 0; i < 4; i++) {
        cuda::memcpy_async(&stage[t], &in[64 * i + t], sizeof(float4), bar);
        bar.arrive_and_wait();
        EXPECT(stage[63 - t].y, 4.0f * (64 * i + 63 - t) + 1);
        bar.arrive_and_wait();
    }
}

__global__ void own_pipeline(const float4 *in)
{
    __shared__ float4 stage[2][32];
    const int t = (int)threadIdx.x;
    cuda::pipeline<cuda::thread_scope_thread> pipe = cuda::make_pipeline();
    for (int i = 0, ahead = 0; i < 6; i++) {
        for (; ahead < 6 && ahead < i + 2; ahead++) {
            pipe.producer_acquire();
            cuda::memcpy_async(&stage[ahead % 2][t], &in[32 * ahead + t],
                               cuda::aligned_size_t<16>(sizeof(float4)), pipe);
            pipe.producer_commit();
        }
        pipe.consumer_wait();
        EXPECT(stage[i % 2][t].z, 4.0f * (32 * i + t) + 2);
        pipe.consumer_release();
    }
}

/* The whole block produces and consumes. */
__global__ void shared_pipeline(const int *in)
{
    __shared__ cuda::pipeline_shared_state<cuda::thread_scope_block, 2> state;
    __shared__ int stage[2][64];
    cg::thread_block block = cg::this_thread_block();
    auto pipe = cuda::make_pipeline(block, &state);
    const int t = (int)threadIdx.x;
    for (int i = 0, ahead = 0; i < 5; i++) {
        for (; ahead < 5 && ahead < i + 2; ahead++) {
            pipe.producer_acquire();
            cuda::memcpy_async(block, stage[ahead % 2], in + 64 * ahead, sizeof stage[0], pipe);
            pipe.producer_commit();
        }
        pipe.consumer_wait();
        EXPECT(stage[i % 2][(t + 20) % 64], 64 * i + (t + 20) % 64);
        pipe.consumer_release();
    }
}

/* One warp produces, the other consumes. */
__global__ void divided_pipeline(const int *in)
{
    __shared__ cuda::pipeline_shared_state<cuda::thread_scope_block, 2> state;
    __shared__ int stage[2][32];
    cg::thread_block block = cg::this_thread_block();
    const int t = (int)threadIdx.x;
    const bool produces = t < 32;
    auto pipe = cuda::make_pipeline(block, &state, produces ? cuda::pipeline_role::producer
                                                            : cuda::pipeline_role::consumer);
    for (int i = 0; i < 7; i++) {
        if (produces) {
            pipe.producer_acquire();
            cuda::memcpy_async(&stage[i % 2][t], &in[32 * i + t], sizeof(int), pipe);
            pipe.producer_commit();
        } else {
            pipe.consumer_wait();
            EXPECT(stage[i % 2][63 - t], 32 * i + 63 - t);
            pipe.consumer_release();
        }
    }
}

__device__ cuda::atomic<int, cuda::thread_scope_device> ready{ 0 };
__device__ int message;

__global__ void atomics(unsigned *sum)
{
    cuda::atomic_ref<unsigned, cuda::thread_scope_device> total(*sum);
    total.fetch_add(threadIdx.x, cuda::memory_order_relaxed);
    total += 1;
    if (blockIdx.x == 0 && threadIdx.x == 0) {
        message = 42;
        ready.store(1, cuda::memory_order_release);
    }
    if (blockIdx.x == 1 && threadIdx.x == 0) {
        while (ready.load(cuda::memory_order_acquire) == 0)
            ;
        EXPECT(message, 42);
        int expected = 0;
        EXPECT(ready.compare_exchange_strong(expected, 5), false);
        EXPECT(expected, 1);
        EXPECT(ready.fetch_max(7), 1);
        EXPECT(ready++, 7);
        EXPECT((int)ready, 8);
    }
}

__global__ void large_tiles()
{
    __shared__ cg::block_tile_memory<256> room;
    __shared__ int values[256];
    cg::thread_block block = cg::this_thread_block(room);
    auto tile = cg::tiled_partition<128>(block);
    const int t = (int)threadIdx.x;
    EXPECT((int)tile.thread_rank(), t % 128);
    EXPECT((int)tile.size(), 128);
    EXPECT((int)tile.meta_group_rank(), t / 128);
    EXPECT((int)tile.meta_group_size(), 2);
    values[t] = t;
    tile.sync();
    EXPECT(values[t / 128 * 128 + (t + 77) % 128], t / 128 * 128 + (t + 77) % 128);
    EXPECT(cg::reduce(tile, t, cg::plus<int>()), t / 128 * 128 * 128 + 127 * 64);
    EXPECT(cg::reduce(tile, t, cg::greater<int>()), t / 128 * 128 + 127);
    EXPECT(tile.any(t == 200), t >= 128);
    EXPECT(tile.all(t != 200), t < 128);
    auto warp = cg::tiled_partition<32>(tile);
    EXPECT((int)warp.meta_group_rank(), t % 128 / 32);
}

int main()
{
    float4 *in;
    float numbers[1024];
    int *whole, integers[320];
    unsigned *sum, total;
    for (int i = 0; i < 1024; i++)
        numbers[i] = i;
    for (int i = 0; i < 320; i++)
        integers[i] = i;
    if (cudaMalloc(&in, sizeof numbers) || cudaMalloc(&whole, sizeof integers) ||
        cudaMalloc(&sum, sizeof *sum) || cudaMemset(sum, 0, sizeof *sum) ||
        cudaMemcpy(in, numbers, sizeof numbers, cudaMemcpyHostToDevice) ||
        cudaMemcpy(whole, integers, sizeof integers, cudaMemcpyHostToDevice))
        return 1;
    arrive_and_wait<<<2, 64>>>();
    copies_with_barrier<<<1, 64>>>(in);
    own_pipeline<<<1, 32>>>(in);
    shared_pipeline<<<1, 64>>>(whole);
    divided_pipeline<<<1, 64>>>(whole);
    void *arguments[] = { &sum };
    if (cudaLaunchCooperativeKernel((void *)atomics, dim3(2), dim3(32), arguments, 0, 0))
        return 1;
    large_tiles<<<1, 256>>>();
    if (cudaMemcpy(&total, sum, sizeof total, cudaMemcpyDeviceToHost))
        return 1;
    if (total != 2 * 496 + 64)
        return printf("the sum is %u\n", total), 1;
    if (cudaFree(in) || cudaFree(whole) || cudaFree(sum))
        return 1;
    return finish();
}
