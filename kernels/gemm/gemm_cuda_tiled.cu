/* gemm_cuda_tiled.cu: one block computes a 32 x 32 tile of C through shared memory.
 *
 * Idea:   the 1024 threads of a block load a 32 x 32 tile of op(A) and one of op(B) together, each
 *         thread one element of either, then each adds up 32 products for its element of C from
 *         what all have loaded. Every float that is fetched from global memory is used 32 times.
 *         However a matrix is stored, neighbouring threads load neighbouring addresses; where that
 *         turns the tile around, the odd row length keeps them in different banks.
 * Layout: as in gemm.h. Tiles: a_tile[row][k], b_tile[k][column].
 * Cost:   2 * M * N * K FLOP; 1/8 byte from global memory per FLOP, 4 bytes from shared memory.
 * Limit:  each multiply-add still loads its two factors, now from shared memory, which delivers 32
 *         of them per cycle and SM to units that could multiply four times as many.
 *         gemm_cuda_register.cu keeps them in registers.
 * Source: NVIDIA, "CUDA C++ Programming Guide", section 6.2.4, second example. */
#include <cuda_runtime.h>

#include <stddef.h>

extern "C" {
#include "kernels/gemm/gemm_variants.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { TILE = 32 };
static_assert(TILE == 32, "a row of the tile is a warp, so that its loads coalesce");
static_assert(TILE * TILE <= 1024, "one thread per element of the tile");

static __global__ void gemm_multiply_kernel(gemm_shape s, const float *a, const float *b, float *c,
                                            ptrdiff_t column_tiles)
{
    __shared__ float a_tile[TILE][TILE + 1], b_tile[TILE][TILE + 1];
    const int tx = (int)threadIdx.x, ty = (int)threadIdx.y;
    const ptrdiff_t first_row = blockIdx.x / column_tiles * TILE;
    const ptrdiff_t first_column = blockIdx.x % column_tiles * TILE;
    const ptrdiff_t i = first_row + ty, j = first_column + tx;

    /* What this thread loads: the index that runs along the rows in memory goes with tx. */
    const int a_row = s.transpose_a ? tx : ty, a_k = s.transpose_a ? ty : tx;
    const int b_column = s.transpose_b ? ty : tx, b_k = s.transpose_b ? tx : ty;
    const ptrdiff_t a_at = first_row + a_row, b_at = first_column + b_column;
    const ptrdiff_t a_row_step = s.transpose_a ? 1 : s.lda, a_k_step = s.transpose_a ? s.lda : 1;
    const ptrdiff_t b_k_step = s.transpose_b ? 1 : s.ldb, b_column_step = s.transpose_b ? s.ldb : 1;

    float sum = 0.0f;
    for (ptrdiff_t first_k = 0; first_k < s.K; first_k += TILE) {
        const ptrdiff_t ak = first_k + a_k, bk = first_k + b_k;
        a_tile[a_row][a_k] = a_at < s.M && ak < s.K ? a[a_at * a_row_step + ak * a_k_step] : 0.0f;
        b_tile[b_k][b_column] =
            b_at < s.N && bk < s.K ? b[bk * b_k_step + b_at * b_column_step] : 0.0f;
        __syncthreads();                        /* the tiles are complete */
        for (int k = 0; k < TILE; k++)
            sum += a_tile[ty][k] * b_tile[k][tx];
        __syncthreads();                        /* all have read them; they may be overwritten */
    }
    if (i >= s.M || j >= s.N)
        return;                                 /* only now: the barriers want every thread */
    float *const out = c + i * s.ldc + j;
    *out = s.beta == 0.0f ? s.alpha * sum : s.alpha * sum + s.beta * *out;
}

extern "C" void gemm_multiply_cuda_tiled(const gemm_shape *s, const float *a, const float *b,
                                         float *c, void *workspace)
{
    const ptrdiff_t row_tiles = ((ptrdiff_t)s->M + TILE - 1) / TILE;
    const ptrdiff_t column_tiles = ((ptrdiff_t)s->N + TILE - 1) / TILE;
    const dim3 threads(TILE, TILE);

    (void)workspace;
    if (row_tiles * column_tiles == 0)
        return;                                 /* a grid of no blocks is a launch error */
    gemm_multiply_kernel<<<(unsigned)(row_tiles * column_tiles), threads>>>(*s, a, b, c,
                                                                            column_tiles);
    cuda_launched("gemm_multiply_kernel");
}
