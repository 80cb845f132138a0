// Matrix products, C = A B with A of M x K and B of K x N, each faster than the one before: one
// element per thread, tiles in shared memory, four results per thread, 4 x 4 results per thread
// with float4 loads, and a double-buffered tile filled by asynchronous copies.
// flags: -O3 -std=c++17
#include <cstdio>
#include <cstdlib>
#include <cuda_pipeline.h>

#define CEIL_DIV(a, b) (((a) + (b) - 1) / (b))
#define gpu(call) gpu_check((call), __LINE__)
static void gpu_check(cudaError_t e, int line)
{
    if (e == cudaSuccess) return;
    printf("line %d: %s\n", line, cudaGetErrorString(e));
    exit(EXIT_FAILURE);
}

__global__ void naive(int M, int N, int K, const float *A, const float *B, float *C)
{
    const uint row = blockIdx.y * blockDim.y + threadIdx.y,
               col = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= M || col >= N) return;
    float sum = 0.f;
    for (int k = 0; k < K; ++k) sum += A[row * K + k] * B[k * N + col];
    C[row * N + col] = sum;
}

template <int T>
__global__ void tiled(int M, int N, int K, const float *A, const float *B, float *C)
{
    __shared__ float a[T][T], b[T][T + 1];
    const int tx = threadIdx.x, ty = threadIdx.y, row = blockIdx.y * T + ty,
              col = blockIdx.x * T + tx;
    float sum = 0;
    for (int k0 = 0; k0 < K; k0 += T) {
        a[ty][tx] = row < M && k0 + tx < K ? A[row * K + k0 + tx] : 0.0f;
        b[ty][tx] = k0 + ty < K && col < N ? B[(k0 + ty) * N + col] : 0.0f;
        __syncthreads();
#pragma unroll
        for (int k = 0; k < T; ++k) sum += a[ty][k] * b[k][tx];
        __syncthreads();
    }
    if (row < M && col < N) C[row * N + col] = sum;
}

// A block of (BM/TM) * BN threads computes BM x BN results, TM below each other per thread.
template <int BM, int BN, int BK, int TM>
__global__ void __launch_bounds__(BM / TM * BN) columns(int M, int N, int K, const float *A,
                                                        const float *B, float *C)
{
    __shared__ float a[BM * BK];
    __shared__ float b[BK * BN];
    constexpr int THREADS = BM / TM * BN;
    const int col = threadIdx.x % BN, first = threadIdx.x / BN * TM;
    const int row0 = blockIdx.y * BM, col0 = blockIdx.x * BN;
    float sums[TM] = {};
    for (int k0 = 0; k0 < K; k0 += BK) {
        for (int i = threadIdx.x; i < BM * BK; i += THREADS)
            a[i] = row0 + i / BK < M && k0 + i % BK < K ? A[(row0 + i / BK) * K + k0 + i % BK] : 0;
        for (int i = threadIdx.x; i < BK * BN; i += THREADS)
            b[i] = k0 + i / BN < K && col0 + i % BN < N ? B[(k0 + i / BN) * N + col0 + i % BN] : 0;
        __syncthreads();
        for (int k = 0; k < BK; k++)
            for (int m = 0; m < TM; m++) sums[m] += a[(first + m) * BK + k] * b[k * BN + col];
        __syncthreads();
    }
    for (int m = 0; m < TM; m++)
        if (row0 + first + m < M && col0 + col < N)
            C[(row0 + first + m) * N + col0 + col] = sums[m];
}

// 32 x 32 results by 64 threads, 4 x 4 each; M, N multiples of 32, K of 8. The tile of A is kept
// transposed, so that both operands are read as float4.
__global__ void squares(int M, int N, int K, const float *A, const float *B, float *C)
{
    __shared__ __align__(16) float a[8][32];
    __shared__ __align__(16) float b[8][32];
    const int t = threadIdx.x, r = t / 8 * 4, c = t % 8 * 4;
    A += blockIdx.y * 32 * K;
    B += blockIdx.x * 32;
    C += blockIdx.y * 32 * N + blockIdx.x * 32;
    float sums[4][4] = {{0.f}};
    for (int k0 = 0; k0 < K; k0 += 8) {
        const float4 v = *reinterpret_cast<const float4 *>(A + t / 2 * K + k0 + t % 2 * 4);
        const int k = t % 2 * 4, m = t / 2;
        a[k][m] = v.x; a[k + 1][m] = v.y; a[k + 2][m] = v.z; a[k + 3][m] = v.w;
        *(float4 *)&b[t / 8][c] = *(const float4 *)&B[(k0 + t / 8) * N + c];
        __syncthreads();
        for (int i = 0; i < 8; i++) {
            const float4 x = *(float4 *)&a[i][r], y = *(float4 *)&b[i][c];
            const float xs[4] = {x.x, x.y, x.z, x.w}, ys[4] = {y.x, y.y, y.z, y.w};
            for (int p = 0; p < 4; p++)
                for (int q = 0; q < 4; q++) sums[p][q] += xs[p] * ys[q];
        }
        __syncthreads();
    }
    for (int p = 0; p < 4; p++)
        reinterpret_cast<float4 *>(&C[(r + p) * N + c])[0] =
            make_float4(sums[p][0], sums[p][1], sums[p][2], sums[p][3]);
}

// 16 x 16 results; the next tiles are on their way while these are multiplied. Multiples of 16.
__global__ void overlapped(int M, int N, int K, const float *A, const float *B, float *C)
{
    __shared__ float a[2][16][16], b[2][16][16];
    const int tx = threadIdx.x, ty = threadIdx.y, row = blockIdx.y * 16 + ty,
              col = blockIdx.x * 16 + tx;
    auto fetch = [&](int half, int k0) {
        __pipeline_memcpy_async(&a[half][ty][tx], &A[row * K + k0 + tx], sizeof(float));
        __pipeline_memcpy_async(&b[half][ty][tx], &B[(k0 + ty) * N + col], sizeof(float));
        __pipeline_commit();
    };
    float sum = 0;
    fetch(0, 0);
    for (int k0 = 0, half = 0; k0 < K; k0 += 16, half ^= 1) {
        if (k0 + 16 < K) {
            fetch(half ^ 1, k0 + 16);
            __pipeline_wait_prior(1);
        } else {
            __pipeline_wait_prior(0);
        }
        __syncthreads();
        for (int k = 0; k < 16; k++) sum += a[half][ty][k] * b[half][k][tx];
        __syncthreads();
    }
    C[row * N + col] = sum;
}

static void multiply(int way, int M, int N, int K, const float *A, const float *B, float *C)
{
    switch (way) {
    case 0: naive<<<dim3(CEIL_DIV(N, 32), CEIL_DIV(M, 8)), dim3(32, 8)>>>(M, N, K, A, B, C); break;
    case 1:
        tiled<16><<<dim3(CEIL_DIV(N, 16), CEIL_DIV(M, 16)), dim3(16, 16)>>>(M, N, K, A, B, C);
        break;
    case 2: {
        const int BM = 32, BN = 32, BK = 8, TM = 4;
        dim3 grid(CEIL_DIV(N, BN), CEIL_DIV(M, BM));
        columns<BM, BN, BK, TM>
            <<<grid, BM / TM * BN>>>(M, N, K, A, B, C);
        break;
    }
    case 3: squares<<<dim3(N / 32, M / 32), 64>>>(M, N, K, A, B, C); break;
    case 4: overlapped<<<dim3(N / 16, M / 16), dim3(16, 16)>>>(M, N, K, A, B, C); break;
    }
    gpu(cudaGetLastError());
}

static int wrong_for(int M, int N, int K, int ways)
{
    float *A = new float[M * K], *B = new float[K * N], *C = new float[M * N], *dA, *dB, *dC;
    for (int i = 0; i < M * K; i++) A[i] = (float)(i % 9 - 4);
    for (int i = 0; i < K * N; i++) B[i] = (float)(i % 11 - 5);
    gpu(cudaMalloc(&dA, M * K * sizeof(float)));
    gpu(cudaMalloc(&dB, K * N * sizeof(float)));
    gpu(cudaMalloc(&dC, M * N * sizeof(float)));
    gpu(cudaMemcpy(dA, A, M * K * sizeof(float), cudaMemcpyHostToDevice));
    gpu(cudaMemcpy(dB, B, K * N * sizeof(float), cudaMemcpyHostToDevice));
    int wrong = 0;
    for (int way = 0; way < ways; way++) {
        gpu(cudaMemset(dC, 0xff, M * N * sizeof(float)));
        multiply(way, M, N, K, dA, dB, dC);
        gpu(cudaMemcpy(C, dC, M * N * sizeof(float), cudaMemcpyDeviceToHost));
        int before = wrong;
        for (int i = 0; i < M * N; i++) {
            float sum = 0;
            for (int k = 0; k < K; k++) sum += A[i / N * K + k] * B[k * N + i % N];
            wrong += !(C[i] == sum);
        }
        printf("%d x %d x %d, way %d: %d wrong\n", M, N, K, way, wrong - before);
    }
    gpu(cudaFree(dA)); gpu(cudaFree(dB)); gpu(cudaFree(dC));
    delete[] A; delete[] B; delete[] C;
    return wrong;
}

int main() { return wrong_for(64, 96, 32, 5) + wrong_for(37, 41, 19, 3) != 0; }
