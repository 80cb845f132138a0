/* gemm_cuda_naive.cu: one thread computes one element of C.
 *
 * Idea:   the elements of C are independent, so each gets a thread, which walks along a row of
 *         op(A) and down a column of op(B). Neighbouring threads hold neighbouring columns: where B
 *         is not transposed their loads of it coalesce, and they all read the same element of A.
 * Layout: as in gemm.h; row_step and k_step hide whether a matrix is stored transposed.
 * Cost:   2 * M * N * K FLOP; each multiply-add loads two floats, 4 bytes per FLOP.
 * Limit:  A is fetched N times and B M times, each time by a thread that keeps nothing for its
 *         neighbours. gemm_cuda_tiled.cu lets a block fetch them once and share them.
 * Source: NVIDIA, "CUDA C++ Programming Guide", section 6.2.4, first example. */
#include <cuda_runtime.h>

#include <stddef.h>

extern "C" {
#include "kernels/gemm/gemm_variants.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };
static_assert(THREADS % 32 == 0, "a block is whole warps");

static __global__ void gemm_multiply_kernel(gemm_shape s, const float *a, const float *b, float *c)
{
    const ptrdiff_t at = (ptrdiff_t)blockIdx.x * THREADS + threadIdx.x;
    if (at >= (ptrdiff_t)s.M * s.N)
        return;                                 /* no barrier below, so leaving early is safe */

    const ptrdiff_t i = at / s.N, j = at % s.N;
    const ptrdiff_t a_row_step = s.transpose_a ? 1 : s.lda, a_k_step = s.transpose_a ? s.lda : 1;
    const ptrdiff_t b_k_step = s.transpose_b ? 1 : s.ldb, b_column_step = s.transpose_b ? s.ldb : 1;
    float *const out = c + i * s.ldc + j;

    float sum = 0.0f;
    for (int k = 0; k < s.K; k++)
        sum += a[i * a_row_step + k * a_k_step] * b[k * b_k_step + j * b_column_step];
    *out = s.beta == 0.0f ? s.alpha * sum : s.alpha * sum + s.beta * *out;
}

extern "C" void gemm_multiply_cuda_naive(const gemm_shape *s, const float *a, const float *b,
                                         float *c, void *workspace)
{
    const ptrdiff_t outputs = (ptrdiff_t)s->M * s->N;

    (void)workspace;
    if (outputs == 0)
        return;                                 /* a grid of no blocks is a launch error */
    const unsigned blocks = (unsigned)((outputs + THREADS - 1) / THREADS);
    gemm_multiply_kernel<<<blocks, THREADS>>>(*s, a, b, c);
    cuda_launched("gemm_multiply_kernel");
}
