// profile_occupancy.cu: blocks per multiprocessor, by what limits them.
//
// Compute capability 8.0: 64 warps, 32 blocks and 164 KiB of shared memory per multiprocessor, of
// which each block costs 1 KiB more than it asks for.
#include <cstdio>

// 1024 threads are 32 warps: 2 blocks. 32 threads are one warp: 32 blocks.
// expect plain<1024> occupancy.blocks_per_sm 2
// expect plain<1024> occupancy.fraction 1
// expect plain<1024> occupancy.limited_by threads
// expect plain<32> occupancy.blocks_per_sm 32
// expect plain<32> occupancy.fraction 0.5
// expect plain<32> occupancy.limited_by blocks
// expect plain<192> occupancy.blocks_per_sm 10
// expect plain<192> occupancy.warps_per_sm 60
template <int THREADS>
__global__ void plain(float *x)
{
    x[threadIdx.x] = THREADS;
}

// 32 + 1 KiB: 4 blocks of 8 warps.
// expect static_shared occupancy.shared_bytes 32768
// expect static_shared occupancy.blocks_per_sm 4
// expect static_shared occupancy.warps_per_sm 32
// expect static_shared occupancy.limited_by shared~memory
__global__ void static_shared(float *x)
{
    __shared__ float s[8192];
    s[threadIdx.x] = threadIdx.x;
    __syncthreads();
    x[threadIdx.x] = s[255 - threadIdx.x];
}

// 8 + 40 + 1 KiB: 3 blocks.
// expect both_shared occupancy.shared_bytes 49152
// expect both_shared occupancy.blocks_per_sm 3
// expect both_shared occupancy.fraction 0.375
__global__ void both_shared(float *x)
{
    __shared__ float s[2048];
    extern __shared__ float d[];
    s[threadIdx.x] = threadIdx.x;
    d[threadIdx.x] = threadIdx.x;
    __syncthreads();
    x[threadIdx.x] = s[255 - threadIdx.x] + d[255 - threadIdx.x];
}

// expect barriers barriers 40
__global__ void barriers()
{
    for (int i = 0; i < 10; i++)
        __syncthreads();
}

int main()
{
    float *x;

    cudaMalloc(&x, 1024 * sizeof(float));
    plain<1024><<<1, 1024>>>(x);
    plain<32><<<1, 32>>>(x);
    plain<192><<<1, 192>>>(x);
    static_shared<<<1, 256>>>(x);
    both_shared<<<1, 256, 40 * 1024>>>(x);
    barriers<<<4, 64>>>();
    if (cudaDeviceSynchronize() != cudaSuccess)
        printf("failed: %s\n", cudaGetErrorString(cudaGetLastError()));
    cudaFree(x);
    return 0;
}
