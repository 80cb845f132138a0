/* thread_groups.cu: cooperative groups: the block, tiles, coalesced lanes, the grid, and what
 * they do. */
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cooperative_groups/scan.h>

#include "expect.cuh"

namespace cg = cooperative_groups;

__global__ void block_and_tiles()
{
    cg::thread_block block = cg::this_thread_block();
    const unsigned rank = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    EXPECT(block.thread_rank(), rank);
    EXPECT(block.size(), 96u);
    EXPECT(block.num_threads(), 96u);
    EXPECT(block.group_index().x, blockIdx.x);
    EXPECT(block.thread_index().y, threadIdx.y);
    EXPECT(block.group_dim().x, blockDim.x);

    cg::thread_block_tile<32> warp = cg::tiled_partition<32>(block);
    EXPECT(warp.thread_rank(), rank % 32);
    EXPECT(warp.size(), 32u);
    EXPECT(warp.meta_group_rank(), rank / 32);
    EXPECT(warp.meta_group_size(), 3u);

    auto four = cg::tiled_partition<4>(warp);
    EXPECT(four.thread_rank(), rank % 4);
    EXPECT(four.num_threads(), 4u);
    EXPECT(four.meta_group_rank(), rank % 32 / 4);
    EXPECT(four.meta_group_size(), 8u);
    auto two = cg::tiled_partition<2>(four);
    EXPECT(two.meta_group_rank(), rank % 4 / 2);
    EXPECT(two.meta_group_size(), 2u);
    EXPECT(four.shfl(rank, 2), rank / 4 * 4 + 2);
    EXPECT(four.shfl_up(rank, 1), rank % 4 ? rank - 1 : rank);
    EXPECT(four.shfl_down(rank, 3), rank % 4 ? rank : rank + 3);
    EXPECT(four.shfl_xor(rank, 1), rank ^ 1);
    EXPECT(four.ballot(rank % 2), 0xau);
    EXPECT(four.any(rank == 95) != 0, rank >= 92);
    EXPECT(four.all(rank < 92) != 0, rank < 92);
    EXPECT(four.match_any(rank % 4 / 2), rank % 4 < 2 ? 3u : 12u);
    int same;
    EXPECT(four.match_all(rank / 4, same), 15u);
    EXPECT(same != 0, true);
    four.sync();
    warp.sync();
    block.sync();
    cg::sync(block);
}

/* A function for any group: the sum over its members by halving. */
__device__ int sum_over(cg::thread_group g, int *room, int value)
{
    const int rank = (int)g.thread_rank();
    for (int i = (int)g.size() / 2; i > 0; i /= 2) {
        room[rank] = value;
        g.sync();
        if (rank < i)
            value += room[rank + i];
        g.sync();
    }
    return value;
}

__global__ void any_group()
{
    __shared__ int room[64];
    cg::thread_block block = cg::this_thread_block();
    const int rank = (int)block.thread_rank();
    const int of_block = sum_over(block, room, rank);
    if (rank == 0)
        EXPECT(of_block, 64 * 63 / 2);
    block.sync();
    cg::thread_group tile = cg::tiled_partition(block, 8);
    EXPECT((int)tile.size(), 8);
    const int of_tile = sum_over(tile, &room[rank / 8 * 8], rank);
    if (tile.thread_rank() == 0)
        EXPECT(of_tile, 8 * rank + 28);
}

struct triple {
    int sum, least, greatest;
};

__global__ void reductions_and_scans()
{
    auto block = cg::this_thread_block();
    auto warp = cg::tiled_partition<32>(block);
    auto eight = cg::tiled_partition<8>(block);
    const int lane = (int)warp.thread_rank(), rank8 = lane % 8, first8 = lane / 8 * 8;
    EXPECT(cg::reduce(warp, lane, cg::plus<int>()), 496);
    EXPECT(cg::reduce(eight, lane, cg::plus<int>()), first8 * 8 + 28);
    EXPECT(cg::reduce(eight, lane, cg::greater<int>()), first8 + 7);
    EXPECT(cg::reduce(eight, (float)lane, cg::less<float>()), (float)first8);
    EXPECT(cg::reduce(warp, 1u << lane, cg::bit_or<unsigned>()), 0xffffffffu);
    EXPECT(cg::reduce(warp, ~(1u << lane), cg::bit_and<unsigned>()), 0u);
    EXPECT(cg::reduce(eight, 1u << rank8, cg::bit_xor<unsigned>()), 0xffu);
    const triple all = cg::reduce(warp, triple{ lane, lane, lane }, [](triple a, triple b) {
        return triple{ a.sum + b.sum, min(a.least, b.least), max(a.greatest, b.greatest) };
    });
    EXPECT(all.sum, 496);
    EXPECT(all.least, 0);
    EXPECT(all.greatest, 31);
    EXPECT(cg::inclusive_scan(warp, lane), lane * (lane + 1) / 2);
    EXPECT(cg::exclusive_scan(warp, lane), lane * (lane - 1) / 2);
    EXPECT(cg::inclusive_scan(eight, 1), rank8 + 1);
    EXPECT(cg::inclusive_scan(eight, rank8 * 5 % 7, cg::greater<int>()),
           rank8 == 0 ? 0 : rank8 < 4 ? (rank8 == 1 ? 5 : 5) : 6);
}

__global__ void lanes_together()
{
    const int t = (int)threadIdx.x;
    if (t % 3 == 0) {
        cg::coalesced_group g = cg::coalesced_threads();
        EXPECT(g.size(), 11u);
        EXPECT((int)g.thread_rank(), t / 3);
        EXPECT(g.shfl(t, 4), 12);
        EXPECT(g.shfl_up(t, 2), t < 6 ? t : t - 6);
        EXPECT(g.shfl_down(t, 1), t == 30 ? 30 : t + 3);
        EXPECT(g.ballot(t % 2 == 0), 0x555u);
        EXPECT(g.any(t == 30) != 0, true);
        EXPECT(cg::reduce(g, t, cg::plus<int>()), 165);
        g.sync();
    }
    auto warp = cg::tiled_partition<32>(cg::this_thread_block());
    auto halves = cg::binary_partition(warp, t < 10);
    EXPECT(halves.size(), t < 10 ? 10u : 22u);
    auto thirds = cg::labeled_partition(warp, t % 3);
    EXPECT(thirds.size(), t % 3 == 2 ? 10u : 11u);
    EXPECT((int)thirds.thread_rank(), t / 3);
    EXPECT(thirds.shfl(t, 1), t % 3 + 3);
}

__device__ int arrived[64];

__global__ void whole_grid()
{
    cg::grid_group grid = cg::this_grid();
    EXPECT((int)grid.size(), 64);
    EXPECT((int)grid.thread_rank(), (int)(blockIdx.x * 16 + threadIdx.x));
    EXPECT(grid.is_valid(), true);
    for (int round = 1; round <= 3; round++) {
        arrived[grid.thread_rank()] = round;
        grid.sync();
        EXPECT(arrived[63 - grid.thread_rank()], round);
        grid.sync();
    }
}

int main()
{
    block_and_tiles<<<2, dim3(8, 6, 2)>>>();
    any_group<<<2, 64>>>();
    reductions_and_scans<<<1, 64>>>();
    lanes_together<<<1, 32>>>();
    if (cudaLaunchCooperativeKernel((void *)whole_grid, dim3(4), dim3(16), nullptr, 0, 0))
        return 1;
    return finish();
}
