// Products on tensor cores: the wmma API in half precision with float sums, and mma.sync written in
// PTX with tf32 and with half operands loaded by ldmatrix.
#include <cuda_fp16.h>
#include <mma.h>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

using namespace nvcuda;

#define N 64

#define cudaErrCheck(stat) { cudaErrCheck_((stat), __FILE__, __LINE__); }
static void cudaErrCheck_(cudaError_t stat, const char *file, int line)
{
    if (stat != cudaSuccess) {
        fprintf(stderr, "CUDA Error: %s %s %d\n", cudaGetErrorString(stat), file, line);
        exit(1);
    }
}

// One warp per 16 x 16 results.
__global__ void wmma_product(const half *a, const half *b, float *c)
{
    wmma::fragment<wmma::matrix_a, 16, 16, 16, half, wmma::row_major> fa;
    wmma::fragment<wmma::matrix_b, 16, 16, 16, half, wmma::row_major> fb;
    wmma::fragment<wmma::accumulator, 16, 16, 16, float> fc;
    const int row = blockIdx.y * 16, col = blockIdx.x * 16;
    wmma::fill_fragment(fc, 0.0f);
    for (int k = 0; k < N; k += 16) {
        wmma::load_matrix_sync(fa, a + row * N + k, N);
        wmma::load_matrix_sync(fb, b + k * N + col, N);
        wmma::mma_sync(fc, fa, fb, fc);
    }
    for (int i = 0; i < fc.num_elements; i++) fc.x[i] *= 0.5f;
    wmma::store_matrix_sync(c + row * N + col, fc, N, wmma::mem_row_major);
}

__device__ uint32_t tf32(float x)
{
    uint32_t r;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(r) : "f"(x));
    return r;
}

// One warp per 16 x 8 results; the lane's place in the operands is written out (PTX manual,
// m16n8k8).
__global__ void tf32_product(const float *a, const float *b, float *c)
{
    const int lane = threadIdx.x, g = lane / 4, t = lane % 4, row = blockIdx.y * 16,
              col = blockIdx.x * 8;
    float d[4] = {0, 0, 0, 0};
    for (int k = 0; k < N; k += 8) {
        uint32_t ra[4], rb[2];
        ra[0] = tf32(a[(row + g) * N + k + t]);
        ra[1] = tf32(a[(row + g + 8) * N + k + t]);
        ra[2] = tf32(a[(row + g) * N + k + t + 4]);
        ra[3] = tf32(a[(row + g + 8) * N + k + t + 4]);
        rb[0] = tf32(b[(k + t) * N + col + g]);
        rb[1] = tf32(b[(k + t + 4) * N + col + g]);
        asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
                     "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};\n"
                     : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                     : "r"(ra[0]), "r"(ra[1]), "r"(ra[2]), "r"(ra[3]), "r"(rb[0]), "r"(rb[1]));
    }
    c[(row + g) * N + col + 2 * t] = 0.5f * d[0];
    c[(row + g) * N + col + 2 * t + 1] = 0.5f * d[1];
    c[(row + g + 8) * N + col + 2 * t] = 0.5f * d[2];
    c[(row + g + 8) * N + col + 2 * t + 1] = 0.5f * d[3];
}

__global__ void half_product(const half *a, const half *b, float *c)
{
    __shared__ __align__(16) half sa[16][16], sb[16][8];
    const int lane = threadIdx.x, g = lane / 4, t = lane % 4, row = blockIdx.y * 16,
              col = blockIdx.x * 8;
    float d[4] = {};
    for (int k = 0; k < N; k += 16) {
        for (int i = lane; i < 256; i += 32)
            sa[i / 16][i % 16] = a[(row + i / 16) * N + k + i % 16];
        for (int i = lane; i < 128; i += 32) sb[i / 8][i % 8] = b[(k + i / 8) * N + col + i % 8];
        __syncwarp();
        uint32_t ra[4], rb[2];
        uint32_t from_a = (uint32_t)__cvta_generic_to_shared(&sa[lane % 16][lane / 16 * 8]);
        uint32_t from_b = (uint32_t)__cvta_generic_to_shared(&sb[lane % 16][0]);
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(ra[0]), "=r"(ra[1]), "=r"(ra[2]), "=r"(ra[3]) : "r"(from_a));
        asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];"
                     : "=r"(rb[0]), "=r"(rb[1]) : "r"(from_b));
        asm volatile(
            "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, "
            "{%8,%9}, {%10,%11,%12,%13};"
            : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
            : "r"(ra[0]), "r"(ra[1]), "r"(ra[2]), "r"(ra[3]), "r"(rb[0]), "r"(rb[1]), "f"(d[0]),
              "f"(d[1]), "f"(d[2]), "f"(d[3]));
        __syncwarp();
    }
    for (int i = 0; i < 4; i++) c[(row + g + i / 2 * 8) * N + col + 2 * t + i % 2] = 0.5f * d[i];
}

__global__ void to_half(half2 *out, const float2 *in, int pairs)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < pairs) out[i] = __float22half2_rn(in[i]);
}

int main()
{
    static float a[N * N], b[N * N], c[N * N];
    float *da, *db, *dc;
    half *ha, *hb;
    for (int i = 0; i < N * N; i++) {
        a[i] = (float)(i % 17 - 8) / 4;         // exact in half and in tf32
        b[i] = (float)(i % 13 - 6) / 2;
    }
    cudaErrCheck(cudaMalloc(&da, sizeof a));
    cudaErrCheck(cudaMalloc(&db, sizeof b));
    cudaErrCheck(cudaMalloc(&dc, sizeof c));
    cudaErrCheck(cudaMalloc(&ha, N * N * sizeof(half)));
    cudaErrCheck(cudaMalloc(&hb, N * N * sizeof(half)));
    cudaErrCheck(cudaMemcpy(da, a, sizeof a, cudaMemcpyHostToDevice));
    cudaErrCheck(cudaMemcpy(db, b, sizeof b, cudaMemcpyHostToDevice));
    to_half<<<N * N / 2 / 128, 128>>>((half2 *)ha, (const float2 *)da, N * N / 2);
    to_half<<<N * N / 2 / 128, 128>>>((half2 *)hb, (const float2 *)db, N * N / 2);
    int wrong = 0;
    for (int way = 0; way < 3; way++) {
        cudaErrCheck(cudaMemset(dc, 0, sizeof c));
        if (way == 0) wmma_product<<<dim3(N / 16, N / 16), 32>>>(ha, hb, dc);
        if (way == 1) tf32_product<<<dim3(N / 8, N / 16), 32>>>(da, db, dc);
        if (way == 2) half_product<<<dim3(N / 8, N / 16), 32>>>(ha, hb, dc);
        cudaErrCheck(cudaGetLastError());
        cudaErrCheck(cudaMemcpy(c, dc, sizeof c, cudaMemcpyDeviceToHost));
        for (int i = 0; i < N * N; i++) {
            double sum = 0;
            for (int k = 0; k < N; k++) sum += (double)a[i / N * N + k] * b[k * N + i % N];
            wrong += !(std::fabs(c[i] - 0.5 * sum) < 1e-3);
        }
        printf("way %d: %d wrong so far\n", way, wrong);
    }
    cudaErrCheck(cudaFree(da));
    cudaErrCheck(cudaFree(db));
    cudaErrCheck(cudaFree(dc));
    cudaErrCheck(cudaFree(ha));
    cudaErrCheck(cudaFree(hb));
    return wrong != 0;
}
