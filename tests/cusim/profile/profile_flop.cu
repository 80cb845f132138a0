// profile_flop.cu: kernels whose floating-point operations are known beforehand.
//
// Add, subtract, multiply, divide and square root count 1, fused multiply-add counts 2, an mma 2
// for each of its products; exp, sin and the like are counted apart. Kernels on vectors have 4096
// threads.
#include <cstdio>
#include <cuda_fp16.h>
#include <mma.h>

using namespace nvcuda;

const int N = 4096, BLOCK = 256, M = 64, T = 16;

// A product and a sum per element; 12 bytes move for them.
// expect saxpy flop 8192
// expect saxpy bytes_moved 49152
// expect saxpy flop_per_byte 0.166667
// expect saxpy special_functions 0
__global__ void saxpy(float a, const float *x, float *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < N)
        y[i] = a * x[i] + y[i];
}

// 2 * M * M * M. The lanes of a warp read one value of a and 32 neighbours of b.
// expect matmul_naive flop 524288
// expect matmul_naive branches 1..20000
__global__ void matmul_naive(const float *a, const float *b, float *c)
{
    int column = blockIdx.x * blockDim.x + threadIdx.x, row = blockIdx.y * blockDim.y + threadIdx.y;
    float sum = 0;
    for (int k = 0; k < M; k++)
        sum += a[row * M + k] * b[k * M + column];
    c[row * M + column] = sum;
}

// The same operations; each element of a and b is loaded M / T times: 2 * M * M * (M / T) floats,
// and M * M are stored: 147456 bytes.
// expect matmul_tiled flop 524288
// expect matmul_tiled bytes_moved 147456
// expect matmul_tiled flop_per_byte 3.55556
// expect matmul_tiled barriers 128
// expect matmul_tiled shared.load.conflicts 0
// expect matmul_tiled shared.store.conflicts 0
__global__ void matmul_tiled(const float *a, const float *b, float *c)
{
    __shared__ float a_tile[T][T], b_tile[T][T];
    int column = blockIdx.x * T + threadIdx.x, row = blockIdx.y * T + threadIdx.y;
    float sum = 0;
    for (int tile = 0; tile < M; tile += T) {
        a_tile[threadIdx.y][threadIdx.x] = a[row * M + tile + threadIdx.x];
        b_tile[threadIdx.y][threadIdx.x] = b[(tile + threadIdx.y) * M + column];
        __syncthreads();
        for (int k = 0; k < T; k++)
            sum += a_tile[threadIdx.y][k] * b_tile[k][threadIdx.x];
        __syncthreads();
    }
    c[row * M + column] = sum;
}

// expect in_double flop 16384
__global__ void in_double(double *x)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    x[i] = (x[i] + 3) * (x[i] - 1) / 7.25;
}

// expect roots flop 8192
// expect roots special_functions 0
__global__ void roots(float *x)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    x[i] = sqrtf(x[i] + 2);
}

// Three of them for every lane.
// expect special special_functions 12288
// expect special flop 8192
__global__ void special(float *x)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    x[i] = expf(x[i]) + sinf(x[i]) * logf(x[i]);
}

// expect fused flop 8192
__global__ void fused(float *x)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    x[i] = fmaf(x[i], 3, 1);
}

// Only half of the lanes multiply.
// expect half_of_them flop 2048
__global__ void half_of_them(float *x, float *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i % 2)
        x[i] *= 3;
    else
        y[i] = 1;
}

// What no lane does is not counted, though it stands behind what all do.
// expect never flop 4096
__global__ void never(float *x)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    float v = x[i] + 1;
    if (v > 1e30f) {
        v = v * v / 3 + expf(v);
        x[i + 1] = v * 7;
    }
    x[i] = v;
}

// In half precision: a sum, a product and a multiply-add, the last twice as a pair.
// expect halves flop 32768
// expect halves special_functions 0
// expect halves divergent_branches 0
__global__ void halves(half *x, half2 *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    x[i] = __hfma(x[i] + x[i], x[i] * x[i], x[i]);
    y[i] = __hfma2(y[i], y[i], y[i]);
}

// expect integers flop 0
__global__ void integers(int *x)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    x[i] = x[i] * 3 + i / 7;
}

// 2 * 16 * 16 * 16 in each of 4 warps.
// expect tensor flop 32768
// expect tensor tensor_flop 32768
// expect tensor global.load.efficiency 1
__global__ void tensor(const half *a, const half *b, float *c)
{
    wmma::fragment<wmma::matrix_a, 16, 16, 16, half, wmma::row_major> a_part;
    wmma::fragment<wmma::matrix_b, 16, 16, 16, half, wmma::col_major> b_part;
    wmma::fragment<wmma::accumulator, 16, 16, 16, float> sum;
    wmma::fill_fragment(sum, 0.0f);
    wmma::load_matrix_sync(a_part, a, 16);
    wmma::load_matrix_sync(b_part, b, 16);
    wmma::mma_sync(sum, a_part, b_part, sum);
    wmma::store_matrix_sync(c + threadIdx.x / 32 * 256, sum, 16, wmma::mem_row_major);
}

int main()
{
    float *x, *y, *z;

    cudaMalloc(&x, 2 * N * sizeof(float));
    cudaMalloc(&y, 2 * N * sizeof(float));
    cudaMalloc(&z, 2 * N * sizeof(float));
    cudaMemset(x, 0, 2 * N * sizeof(float));
    cudaMemset(y, 0, 2 * N * sizeof(float));
    dim3 grid(M / T, M / T), block(T, T);
    saxpy<<<N / BLOCK, BLOCK>>>(3, x, y);
    matmul_naive<<<grid, block>>>(x, y, z);
    matmul_tiled<<<grid, block>>>(x, y, z);
    in_double<<<N / BLOCK, BLOCK>>>((double *)x);
    roots<<<N / BLOCK, BLOCK>>>(x);
    special<<<N / BLOCK, BLOCK>>>(x);
    fused<<<N / BLOCK, BLOCK>>>(x);
    half_of_them<<<N / BLOCK, BLOCK>>>(x, y);
    never<<<N / BLOCK, BLOCK>>>(x);
    halves<<<N / BLOCK, BLOCK>>>((half *)x, (half2 *)y);
    integers<<<N / BLOCK, BLOCK>>>((int *)x);
    tensor<<<1, 128>>>((half *)x, (half *)y, z);
    if (cudaDeviceSynchronize() != cudaSuccess)
        printf("failed: %s\n", cudaGetErrorString(cudaGetLastError()));
    cudaFree(x);
    cudaFree(y);
    cudaFree(z);
    return 0;
}
