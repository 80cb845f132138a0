/* gemm_cuda_matrix.cuh: stored matrices as operands and outputs of gemm_cuda_tile.cuh. */
#ifndef GEMM_CUDA_MATRIX_CUH
#define GEMM_CUDA_MATRIX_CUH

#include <stdint.h>

extern "C" {
#include "kernels/gemm/gemm.h"
}

#include "kernels/gemm/gemm_cuda_tile.cuh"

/* True if a float4 may be read wherever a row of such a matrix has an index divisible by four. */
static inline bool gemm_aligned(const float *p, ptrdiff_t ld)
{
    return (uintptr_t)p % 16 == 0 && ld % 4 == 0;
}

/* Element (line, k) is p[line * ld + k] if DEPTH_INNER_, else p[k * ld + line]. */
template <bool DEPTH_INNER_>
struct gemm_matrix_operand {
    static constexpr bool DEPTH_INNER = DEPTH_INNER_;
    static constexpr int WIDTH = 4;
    struct line {
        const float *p;
        int count;                      /* lines from this one to the last, at most 4 */
    };

    const float *p;
    ptrdiff_t lines, depth, ld, batch_step;
    bool aligned;

    __device__ line open(ptrdiff_t batch, ptrdiff_t i) const
    {
        const ptrdiff_t left = lines - i;
        if (left <= 0)
            return { p, 0 };
        return { p + batch * batch_step + (DEPTH_INNER ? i * ld : i), left < 4 ? (int)left : 4 };
    }

    __device__ float at(const line &l, ptrdiff_t k) const
    {
        return l.count > 0 && k < depth ? l.p[DEPTH_INNER ? k : k * ld] : 0.0f;
    }

    __device__ void quad(const line &l, ptrdiff_t k, float (&value)[4]) const
    {
        const float *const from = l.p + (DEPTH_INNER ? k : k * ld);
        const ptrdiff_t left = l.count == 0 || k >= depth ? 0 : DEPTH_INNER ? depth - k : l.count;

        if (aligned && left >= 4) {
            const float4 four = *reinterpret_cast<const float4 *>(from);
            value[0] = four.x, value[1] = four.y, value[2] = four.z, value[3] = four.w;
            return;
        }
#pragma unroll
        for (int v = 0; v < 4; v++)
            value[v] = v < left ? from[v] : 0.0f;
    }
};

template <bool DEPTH_INNER>
static inline gemm_matrix_operand<DEPTH_INNER> gemm_matrix_operand_of(
    const float *p, ptrdiff_t lines, ptrdiff_t depth, ptrdiff_t ld, ptrdiff_t batch_step = 0)
{
    return { p, lines, depth, ld, batch_step, gemm_aligned(p, ld) && batch_step % 4 == 0 };
}

/* C[M][ldc] = alpha * sum + beta * C + bias[column]. */
struct gemm_matrix_out {
    float *c;
    const float *bias;                  /* [N], or NULL */
    ptrdiff_t M, N, ldc, batch_step;
    float alpha, beta;
    bool aligned;

    template <int WIDTH>
    __device__ void store(ptrdiff_t batch, ptrdiff_t row, ptrdiff_t column,
                          const float (&sum)[WIDTH]) const
    {
        if (row >= M)
            return;
        float *const to = c + batch * batch_step + row * ldc + column;
        float value[WIDTH];
#pragma unroll
        for (int v = 0; v < WIDTH; v++) {
            value[v] = alpha * sum[v];
            if (column + v < N && beta != 0.0f)
                value[v] += beta * to[v];
            if (column + v < N && bias)
                value[v] += bias[column + v];
        }
        gemm_store_run(to, value, aligned, N - column);
    }
};

/* Densely packed matrices, one per batch, overwritten with the sums. */
static inline gemm_matrix_out gemm_matrix_out_of(float *c, ptrdiff_t M, ptrdiff_t N)
{
    return { c, NULL, M, N, N, M * N, 1.0f, 0.0f, gemm_aligned(c, N) };
}

/* ---- What the rows of gemm_variants[] on this code have in common ---- */

static inline size_t gemm_matrix_workspace_bytes(const gemm_shape *s)
{
    const gemm_tile_plan plan = gemm_tile_plan_for(s->M, s->N, s->K, 1);

    return gemm_tile_workspace_bytes(&plan);
}

template <class FAMILY, bool TRANSPOSE_A, bool TRANSPOSE_B>
static inline void gemm_matrix_multiply_as(const gemm_shape *s, const float *a, const float *b,
                                           const float *bias, float *c, void *workspace)
{
    const gemm_matrix_out out = { c, bias, s->M, s->N, s->ldc, 0, s->alpha, s->beta,
                                  gemm_aligned(c, s->ldc) };

    gemm_tile_multiply<FAMILY>(gemm_matrix_operand_of<!TRANSPOSE_A>(a, s->M, s->K, s->lda),
                               gemm_matrix_operand_of<TRANSPOSE_B>(b, s->N, s->K, s->ldb), out,
                               s->M, s->N, s->K, 1, workspace);
}

/* As gemm.h says. */
template <class FAMILY>
static inline void gemm_matrix_multiply(const gemm_shape *s, const float *a, const float *b,
                                        float *c, void *workspace)
{
    if (!s->transpose_a && !s->transpose_b)
        gemm_matrix_multiply_as<FAMILY, false, false>(s, a, b, NULL, c, workspace);
    else if (!s->transpose_a)
        gemm_matrix_multiply_as<FAMILY, false, true>(s, a, b, NULL, c, workspace);
    else if (!s->transpose_b)
        gemm_matrix_multiply_as<FAMILY, true, false>(s, a, b, NULL, c, workspace);
    else
        gemm_matrix_multiply_as<FAMILY, true, true>(s, a, b, NULL, c, workspace);
}

#endif
