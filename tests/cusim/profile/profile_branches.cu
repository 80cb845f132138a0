// profile_branches.cu: warps whose lanes part, and where they meet again.
//
// Lanes that take different sides of a branch run one side after the other, each access with only
// the lanes of that side, and go on together behind it. Eight warps run each kernel.
#include <cstdio>
#include <cuda_fp16.h>

const int BLOCK = 128, THREADS = 256, WARPS = 8;

// Each side is 16 lanes * 4 bytes: 2 sectors.
// expect halves divergent_branches 8
// expect halves global.load.lanes 256
// expect halves global.load.requests 8
// expect halves average_active_lanes 20..28
__global__ void halves(const float *x, float *a, float *b)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    float v = x[i];
    if (threadIdx.x % 32 < 16)  // expect here halves divergence.divergent 8
        a[i] = v;               // expect here halves global.store.sectors_per_request 2
    else
        b[i] = v + 1;           // expect here halves global.store.requests 8
}

// A branch that whole warps take is not divergent.
// expect whole_warps divergent_branches 0
// expect whole_warps average_active_lanes 32
// expect whole_warps global.store.requests 8
__global__ void whole_warps(float *a, float *b)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (threadIdx.x / 32 % 2)
        a[i] = 1;
    else
        b[i] = 2;
}

// Lane l goes round l + 1 times: the warp goes round 32 times, with 32, 31, ..., 1 lanes; a lane
// leaves after each but the last.
// expect triangle global.load.requests 256
// expect triangle global.load.lanes 4224
// expect triangle divergent_branches 248
// expect triangle global.store.requests 8
// expect triangle global.store.lanes 256
__global__ void triangle(const float *x, float *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    float sum = 0;
    for (int k = 0; k <= threadIdx.x % 32; k++)
        sum += x[k * THREADS + i];
    y[i] = sum;
}

// In each round of the outer loop the inner one takes 0 to 3 rounds, 3 for the warp; then the lanes
// meet again.
// expect nested global.load.requests 96
// expect nested global.load.lanes 1536
// expect nested global.store.requests 32
// expect nested global.store.lanes 1024
__global__ void nested(const float *x, float *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    for (int outer = 0; outer < 4; outer++) {
        float sum = 0;
        for (int inner = 0; inner < (outer + threadIdx.x) % 4; inner++)
            sum += x[inner * THREADS + i];
        y[outer * THREADS + i] = sum;
    }
}

__device__ __noinline__ float fetch(const float *p)
{
    if (*p > 0)
        return 2;
    return p[THREADS];
}

// Both sides call one function: two calls for the warp, with 16 lanes each, two loads in each.
// expect calls global.load.requests 32
// expect calls global.load.lanes 512
// expect calls global.store.requests 8
// expect calls divergent_branches 8
__global__ void calls(const float *x, float *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    float v;
    if (threadIdx.x % 2)
        v = fetch(x + i) + 1;
    else
        v = fetch(x + THREADS + i) * 3;
    y[i] = v;
}

// expect cases global.store.requests 32
// expect cases global.store.lanes 256
// expect cases global.store.sectors_per_request 4
__global__ void cases(float *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    switch (threadIdx.x % 4) {
    case 0: y[i] = 1; break;
    case 1: y[THREADS + i] = 2; break;
    case 2: y[2 * THREADS + i] = 3; break;
    default: y[3 * THREADS + i] = 4; break;
    }
}

// Every second lane skips the store, in turn; all come round together.
// expect skips global.load.requests 128
// expect skips global.load.lanes 4096
// expect skips global.store.requests 136
// expect skips global.store.lanes 2304
__global__ void skips(const float *x, float *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    float sum = 0;
    for (int k = 0; k < 16; k++) {
        float v = x[k * THREADS + i];
        sum += v;               // also keeps the compiler from moving the load down
        if ((k + threadIdx.x) % 2)
            continue;
        y[k * THREADS + i] = v;
    }
    y[16 * THREADS + i] = sum;
}

// The last warp of each block has 4 of 32 lanes; of 100 threads, 13 leave at once.
// expect tail global.store.requests 8
// expect tail global.store.lanes 174
// expect tail warps 8
__global__ void tail(float *y)
{
    if (threadIdx.x % 8 == 0)
        return;
    y[blockIdx.x * blockDim.x + threadIdx.x] = 1;
}

// Longer than any lane's notes are kept: what is counted must not depend on that. Half of the lanes
// stop half way.
// expect long_loop global.load.requests 24000
// expect long_loop global.load.lanes 576000
// expect long_loop global.load.sectors_per_request 3
// expect long_loop divergent_branches 8
__global__ void long_loop(const float *x, float *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    int rounds = 3000 - 1500 * (threadIdx.x % 32 / 16);
    float sum = 0;
    for (int k = 0; k < rounds; k++)
        sum += x[(k % 32) * THREADS + i];
    y[i] = sum;
}

// Lanes that wait for others in a shuffle do not hold up the count. The only branch where lanes
// part is that before the store; what a shuffle is made of here does not count.
// expect reduce divergent_branches 8
// expect reduce global.load.requests 8000
// expect reduce global.load.sectors_per_request 4
// expect reduce global.store.lanes 8
__global__ void reduce(const float *x, float *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    float sum = 0;
    for (int k = 0; k < 1000; k++)
        sum += x[(k % 32) * THREADS + i];
    for (int d = 16; d > 0; d /= 2)
        sum += __shfl_down_sync(0xffffffff, sum, d);
    if (threadIdx.x % 32 == 0)
        y[i] = sum;
}

// No lane takes a way of its own.
// expect shuffles divergent_branches 0
// expect shuffles average_active_lanes 32
__global__ void shuffles(float *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    float v = i;
    for (int d = 1; d < 32; d *= 2)
        v += __shfl_up_sync(0xffffffff, v, d);
    y[i] = v;
}

// A conversion is one instruction, whatever it takes here: zeros go another way than ones.
// expect converts divergent_branches 0
// expect converts average_active_lanes 32
__global__ void converts(half *x, float *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    x[i] = __float2half((float)(i % 2));
    y[i] = __half2float(x[i]);
}

int main()
{
    float *x, *y;

    cudaMalloc(&x, 64 * THREADS * sizeof(float));
    cudaMalloc(&y, 64 * THREADS * sizeof(float));
    cudaMemset(x, 0, 64 * THREADS * sizeof(float));
    cudaMemset(y, 0, 64 * THREADS * sizeof(float));
    halves<<<THREADS / BLOCK, BLOCK>>>(x, y, y + THREADS);
    whole_warps<<<THREADS / BLOCK, BLOCK>>>(y, y + THREADS);
    triangle<<<THREADS / BLOCK, BLOCK>>>(x, y);
    nested<<<THREADS / BLOCK, BLOCK>>>(x, y);
    calls<<<THREADS / BLOCK, BLOCK>>>(x, y);
    cases<<<THREADS / BLOCK, BLOCK>>>(y);
    skips<<<THREADS / BLOCK, BLOCK>>>(x, y);
    tail<<<2, 100>>>(y);
    long_loop<<<THREADS / BLOCK, BLOCK>>>(x, y);
    reduce<<<THREADS / BLOCK, BLOCK>>>(x, y);
    shuffles<<<THREADS / BLOCK, BLOCK>>>(y);
    converts<<<THREADS / BLOCK, BLOCK>>>((half *)x, y);
    if (cudaDeviceSynchronize() != cudaSuccess)
        printf("failed: %s\n", cudaGetErrorString(cudaGetLastError()));
    cudaFree(x);
    cudaFree(y);
    return 0;
}
