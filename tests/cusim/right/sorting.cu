// Sorting networks and others: bitonic with a launch per step and in one block's shared memory,
// odd-even until nobody swaps, radix by ballots in a warp, and counting ranks.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <vector>

#define CHECK(call)                                                     \
    {                                                                   \
        const cudaError_t error = call;                                 \
        if (error != cudaSuccess)                                       \
        {                                                               \
            printf("Error: %s:%d, ", __FILE__, __LINE__);               \
            printf("%s\n", cudaGetErrorString(error));                  \
            return 1;                                                   \
        }                                                               \
    }

constexpr int N = 256;

template <typename T>
__host__ __device__ inline void order(T &a, T &b, bool up)
{
    if ((a > b) == up) {
        T t = a;
        a = b;
        b = t;
    }
}

__global__ void bitonic_step(int *x, int reach, int run)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x, partner = i ^ reach;
    if (partner > i) order(x[i], x[partner], (i & run) == 0);
}

__global__ void bitonic_block(int *x)
{
    __shared__ int s[N];
    for (int i = threadIdx.x; i < N; i += blockDim.x) s[i] = x[i];
    for (int run = 2; run <= N; run *= 2)
        for (int reach = run / 2; reach > 0; reach /= 2) {
            __syncthreads();
            int low = 2 * reach * (threadIdx.x / reach) + threadIdx.x % reach;
            order(s[low], s[low + reach], (low & run) == 0);
        }
    __syncthreads();
    for (int i = threadIdx.x; i < N; i += blockDim.x) x[i] = s[i];
}

__global__ void odd_even(int *x)
{
    bool again = true;
    while (again) {
        int swaps = 0;
        for (int phase = 0; phase < 2; phase++) {
            int i = 2 * threadIdx.x + phase;
            bool swap = i + 1 < N && x[i] > x[i + 1];
            if (swap) order(x[i], x[i + 1], true);
            swaps += __syncthreads_count(swap);
        }
        again = swaps > 0;
    }
}

__global__ void radix_warp(int *x)
{
    __shared__ int key[32];
    const int lane = threadIdx.x;
    int mine = x[lane];
    for (int bit = 0; bit < 12; bit++) {
        const unsigned ones = __ballot_sync(~0u, mine >> bit & 1), before = (1u << lane) - 1;
        const int to = mine >> bit & 1 ? 32 - __popc(ones) + __popc(ones & before)
                                       : __popc(~ones & before);
        key[to] = mine;
        __syncwarp();
        mine = key[lane];
        __syncwarp();
    }
    x[lane] = mine;
}

__global__ void by_rank(const int *x, int *sorted)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x, rank = 0;
    for (int j = 0; j < N; j++) rank += x[j] < x[i] || (x[j] == x[i] && j < i);
    sorted[rank] = x[i];
}

int main()
{
    std::vector<int> start(N), got(N);
    for (int i = 0; i < N; i++) start[i] = (i * 7919 + 13) % 4093;
    int *x, *y;
    CHECK(cudaMalloc(&x, N * sizeof(int)));
    CHECK(cudaMalloc(&y, N * sizeof(int)));
    const std::function<int *()> ways[] = {
        [=] {
            for (int run = 2; run <= N; run <<= 1)
                for (int reach = run >> 1; reach > 0; reach >>= 1)
                    bitonic_step<<<N / 64, 64>>>(x, reach, run);
            return x;
        },
        [=] { bitonic_block<<<1, N / 2>>>(x); return x; },
        [=] { odd_even<<<1, N / 2>>>(x); return x; },
        [=] { radix_warp<<<1, 32>>>(x); return x; },
        [&] { by_rank<<<2, N / 2>>>(x, y); return y; },
    };
    for (int way = 0; way < 5; way++) {
        const int n = way == 3 ? 32 : N;
        CHECK(cudaMemcpy(x, start.data(), N * sizeof(int), cudaMemcpyHostToDevice));
        int *result = ways[way]();
        CHECK(cudaGetLastError());
        CHECK(cudaMemcpy(got.data(), result, n * sizeof(int), cudaMemcpyDeviceToHost));
        std::vector<int> want(start.begin(), start.begin() + n);
        std::sort(want.begin(), want.end());
        if (!std::equal(want.begin(), want.end(), got.begin())) {
            printf("way %d does not sort\n", way);
            return 1;
        }
    }
    CHECK(cudaFree(x));
    CHECK(cudaFree(y));
    puts("sorted");
}
