// Grids of cells: the game of life with wrap-around, in global memory and with a tile; the
// Mandelbrot set; Collatz records with 64-bit atomics; primes by a sieve of flags that many threads
// clear alike.
#include <cstdio>
#include <cstdlib>
#include <cstring>
typedef unsigned char byte;
typedef unsigned long long ull;

#define W 48
#define H 32
#define Check(x) if ((x) != cudaSuccess) { std::printf("line %d\n", __LINE__); std::exit(1); }

__global__ void life(const byte *from, byte *to)
{
    const int x = blockIdx.x * blockDim.x + threadIdx.x;
    const int y = blockIdx.y * blockDim.y + threadIdx.y;
    int alive = 0;
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++)
            if (dx || dy) alive += from[(y + dy + H) % H * W + (x + dx + W) % W];
    to[y * W + x] = alive == 3 || (alive == 2 && from[y * W + x]);
}

__global__ void life_tile(const byte *from, byte *to)
{
    __shared__ byte cell[8 + 2][16 + 2];
    const int x0 = blockIdx.x * 16, y0 = blockIdx.y * 8;
    for (int i = threadIdx.y * 16 + threadIdx.x; i < 10 * 18; i += 128)
        cell[i / 18][i % 18] = from[(y0 + i / 18 - 1 + H) % H * W + (x0 + i % 18 - 1 + W) % W];
    __syncthreads();
    const int x = threadIdx.x + 1, y = threadIdx.y + 1;
    int alive = -cell[y][x];
    for (int k = 0; k < 9; k++) alive += cell[y - 1 + k / 3][x - 1 + k % 3];
    to[(y0 + y - 1) * W + x0 + x - 1] = alive == 3 || (alive == 2 && cell[y][x]);
}

__host__ __device__ inline int escape_time(float cx, float cy)
{
    float x = 0.f, y = 0.f;
    int k = 0;
    while (k < 64 && x * x + y * y < 4.f) {
        float t = x * x - y * y + cx;
        y = 2.f * x * y + cy;
        x = t;
        ++k;
    }
    return k;
}

__global__ void mandelbrot(int *out, float x0, float y0, float step)
{
    dim3 p(blockIdx.x * blockDim.x + threadIdx.x, blockIdx.y * blockDim.y + threadIdx.y);
    out[p.y * W + p.x] = escape_time(x0 + step * p.x, y0 + step * p.y);
}

__global__ void collatz(ull limit, ull *record)     // steps in the high half, start in the low
{
    const ull start = blockIdx.x * blockDim.x + threadIdx.x + 1ULL;
    if (start > limit) return;
    ull steps = 0;
    for (ull v = start; v != 1; v = v & 1 ? 3 * v + 1 : v / 2) steps++;
    atomicMax(record, steps << 32 | (0xffffffffULL - start));
}

__global__ void sieve(bool *composite, int n)
{
    int p = threadIdx.x + 2;
    if (p * p > n) return;
    for (int k = p * p; k <= n; k += p) composite[k] = true;
}

int main()
{
    byte h[W * H], r[2][W * H], *a, *b;
    int wrong = 0, *times, host_times[W * H];
    for (int i = 0; i < W * H; i++) h[i] = i * i % 7 % 3 == 1;
    Check(cudaMalloc(&a, sizeof h));
    Check(cudaMalloc(&b, sizeof h));
    Check(cudaMalloc(&times, sizeof host_times));
    for (int way = 0; way < 2; way++) {
        Check(cudaMemcpy(a, h, sizeof h, cudaMemcpyHostToDevice));
        for (int turn = 0; turn < 4; turn++) {
            dim3 grid(W / 16, H / 8), block(16, 8);
            way ? life_tile<<<grid, block>>>(a, b) : life<<<grid, block>>>(a, b);
            byte *t = a; a = b; b = t;
        }
        Check(cudaMemcpy(r[way], a, sizeof h, cudaMemcpyDeviceToHost));
    }
    wrong += std::memcmp(r[0], r[1], sizeof h) != 0 || std::memcmp(r[0], h, sizeof h) == 0;

    mandelbrot<<<dim3(W / 8, H / 8), dim3(8, 8)>>>(times, -2.0f, -1.0f, 0.0625f);
    Check(cudaMemcpy(host_times, times, sizeof host_times, cudaMemcpyDeviceToHost));
    for (int i = 0; i < W * H; i++)
        wrong += std::abs(host_times[i] -
                          escape_time(-2.0f + 0.0625f * (i % W), -1.0f + 0.0625f * (i / W))) > 2;

    ull *record, best;
    Check(cudaMalloc(&record, sizeof best));
    Check(cudaMemset(record, 0, sizeof best));
    collatz<<<4, 256>>>(1000, record);
    Check(cudaMemcpy(&best, record, sizeof best, cudaMemcpyDeviceToHost));
    wrong += best >> 32 != 178 || 0xffffffffULL - (best & 0xffffffffULL) != 871;

    bool flags[1001], *composite;
    Check(cudaMalloc(&composite, sizeof flags));
    Check(cudaMemset(composite, 0, sizeof flags));
    sieve<<<1, 32>>>(composite, 1000);
    Check(cudaGetLastError());
    Check(cudaMemcpy(flags, composite, sizeof flags, cudaMemcpyDeviceToHost));
    int primes = 0;
    for (int i = 2; i <= 1000; i++) primes += !flags[i];
    wrong += primes != 168;
    std::printf("%d primes, Collatz %llu, %d wrong\n", primes, best >> 32, wrong);
    Check(cudaFree(a));
    Check(cudaFree(b));
    Check(cudaFree(times));
    Check(cudaFree(record));
    Check(cudaFree(composite));
    return wrong;
}
