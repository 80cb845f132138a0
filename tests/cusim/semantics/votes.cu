/* votes.cu: votes, matches, reductions over a warp, and who is active. */
#include "expect.cuh"

#define ALL 0xffffffffu

__global__ void votes()
{
    const int lane = (int)threadIdx.x % 32;
    EXPECT(__ballot_sync(ALL, lane % 2), 0xaaaaaaaau);
    EXPECT(__ballot_sync(ALL, lane >= 30 ? -7 : 0), 0xc0000000u);
    EXPECT(__any_sync(ALL, lane == 3) != 0, true);
    EXPECT(__any_sync(ALL, lane == 32) != 0, false);
    EXPECT(__all_sync(ALL, lane < 32) != 0, true);
    EXPECT(__all_sync(ALL, lane != 31) != 0, false);
    EXPECT(__uni_sync(ALL, lane < 32) != 0, true);
    EXPECT(__uni_sync(ALL, lane == 32) != 0, true);
    EXPECT(__uni_sync(ALL, lane == 31) != 0, false);
    if (lane % 2) {
        EXPECT(__ballot_sync(0xaaaaaaaau, lane > 15), 0xaaaa0000u);
        EXPECT(__all_sync(0xaaaaaaaau, lane % 2) != 0, true);
    }
    __syncwarp();
    if (lane < 8) {
        EXPECT(__ballot_sync(0xffu, 1), 0xffu);
        __syncwarp(0xffu);
    }
}

__global__ void matches()
{
    const int lane = (int)threadIdx.x % 32;
    int all = -1;
    EXPECT(__match_any_sync(ALL, lane % 4), 0x11111111u << lane % 4);
    EXPECT(__match_any_sync(ALL, (double)(lane / 16)), lane < 16 ? 0xffffu : 0xffff0000u);
    EXPECT(__match_all_sync(ALL, 5, &all), ALL);
    EXPECT(all != 0, true);
    EXPECT(__match_all_sync(ALL, (long long)(lane == 9), &all), 0u);
    EXPECT(all, 0);
    if (lane < 4) {
        EXPECT(__match_any_sync(0xfu, lane / 2), lane < 2 ? 3u : 12u);
        EXPECT(__match_all_sync(0xfu, 1.5f, &all), 0xfu);
    }
}

__global__ void reductions()
{
    const int lane = (int)threadIdx.x % 32;
    const unsigned u = (unsigned)lane;
    EXPECT(__reduce_add_sync(ALL, lane - 40), 496 - 32 * 40);
    EXPECT(__reduce_add_sync(ALL, u), 496u);
    EXPECT(__reduce_min_sync(ALL, lane - 5), -5);
    EXPECT(__reduce_min_sync(ALL, (unsigned)(lane - 5)), 0u);
    EXPECT(__reduce_max_sync(ALL, lane - 5), 26);
    EXPECT(__reduce_max_sync(ALL, (unsigned)(lane - 5)), 0xffffffffu);
    EXPECT(__reduce_and_sync(ALL, u | 64u), 64u);
    EXPECT(__reduce_or_sync(ALL, 1u << lane), ALL);
    EXPECT(__reduce_xor_sync(ALL, u & 1), 0u);
    if (lane >= 16)
        EXPECT(__reduce_max_sync(0xffff0000u, -lane), -16);
}

/* One addition for all lanes that run together. */
__global__ void aggregated(int *counter, int *seen)
{
    const int lane = (int)threadIdx.x % 32;
    if (threadIdx.x % 3 == 0) {
        const unsigned mask = __activemask();
        const int leader = __ffs(mask) - 1;
        int first = 0;
        if (lane == leader)
            first = atomicAdd(counter, __popc(mask));
        first = __shfl_sync(mask, first, leader);
        atomicAdd(&seen[first + __popc(mask & ((1u << lane) - 1))], 1);
    }
    EXPECT_TRUE(__activemask() >> lane & 1);
}

__global__ void counted(const int *counter, const int *seen)
{
    EXPECT(*counter, 43);
    for (int i = 0; i < 43; i++)
        EXPECT(seen[i], 1);
}

int main()
{
    int *counter;
    votes<<<2, 64>>>();
    matches<<<1, 64>>>();
    reductions<<<1, 32>>>();
    if (cudaMalloc(&counter, 129 * sizeof *counter) ||
        cudaMemset(counter, 0, 129 * sizeof *counter))
        return 1;
    aggregated<<<1, 128>>>(counter, counter + 1);
    counted<<<1, 1>>>(counter, counter + 1);
    const int result = finish();
    return cudaFree(counter) ? 1 : result;
}
