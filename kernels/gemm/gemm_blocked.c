/* gemm_blocked.c: matrix multiplication with register, cache and thread blocking.
 *
 * Idea:   cut the product into blocks that fit the caches, copy ("pack") each block of A and B
 *         into panels that the innermost kernel reads strictly forward, and let that kernel hold a
 *         tile of C in vector registers. Every thread computes its own part of C.
 * Layout: an A block becomes panels [depth][tile rows], a B block panels [depth][tile columns].
 * Cost:   2 * M * N * K FLOP; one panel of B stays in the L1 cache, the block of A in L2.
 * Order:  an element of C is summed over k in blocks whose depth depends on K alone, so it comes
 *         out the same, bit for bit, however C is divided among tiles and threads.
 * Limit:  threads pack the same blocks of A or B each for itself, and a matrix with few rows pays
 *         as much for packing as for arithmetic.
 * Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS 34,
 *         2008; Van Zee and van de Geijn, "BLIS", ACM TOMS 41, 2015. */
#include "kernels/gemm/gemm_blocked.h"

#include <assert.h>
#include <omp.h>
#include <string.h>

#include "kernels/gemm/gemm_kernel.h"
#include "kernels/gemm/gemm_variants.h"

enum {
    BLOCK_ROWS = 192,           /* of A; a multiple of every tile's rows */
    BLOCK_COLUMNS = 768,        /* of B; a multiple of every tile's columns */
    BLOCK_DEPTH = 256,
    PARALLEL_PRODUCTS = 1 << 18 /* below this many multiply-adds a team of threads does not pay */
};

static ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b)
{
    return a < b ? a : b;
}

static size_t aligned_bytes(ptrdiff_t floats)
{
    return ((size_t)floats * sizeof(float) + 63) / 64 * 64;
}

/* Room for the packed block of A; the packed block of B lies behind it. */
static size_t block_a_bytes(const gemm_shape *s)
{
    const ptrdiff_t rows = smaller((ptrdiff_t)s->M + GEMM_KERNEL_MAX_ROWS - 1, BLOCK_ROWS);

    return aligned_bytes(rows * smaller(s->K, BLOCK_DEPTH));
}

size_t gemm_blocked_thread_bytes(const gemm_shape *s)
{
    const ptrdiff_t columns = smaller((ptrdiff_t)s->N + GEMM_KERNEL_MAX_COLUMNS - 1,
                                      BLOCK_COLUMNS);

    return block_a_bytes(s) + aligned_bytes(columns * smaller(s->K, BLOCK_DEPTH));
}

size_t gemm_workspace_bytes_blocked(const gemm_shape *s)
{
    return (size_t)omp_get_max_threads() * gemm_blocked_thread_bytes(s);
}

/* Copies `count` (<= width) rows of A, or columns of B, into one panel [depth][width]. Element
 * number i of step k lies at source[i * step + k * k_step]; one of the two steps is 1. What the
 * rest of a ragged panel holds does not matter: those sums are thrown away. */
static void pack_panel(const float *source, ptrdiff_t step, ptrdiff_t k_step, int count, int depth,
                       int width, float *panel)
{
    enum { STREAMS = 8 };                       /* rows of the source read side by side */

    if (step == 1) {
        for (int k = 0; k < depth; k++)
            memcpy(panel + (ptrdiff_t)k * width, source + k * k_step,
                   (size_t)count * sizeof *panel);
        return;
    }
    int i = 0;
    for (; i + STREAMS <= count; i += STREAMS)
        for (int k = 0; k < depth; k++)
            for (int lane = 0; lane < STREAMS; lane++)
                panel[(ptrdiff_t)k * width + i + lane] = source[(i + lane) * step + k * k_step];
    for (; i < count; i++)
        for (int k = 0; k < depth; k++)
            panel[(ptrdiff_t)k * width + i] = source[i * step + k * k_step];
}

/* Packs a block panel after panel, the last one only `narrow` wide if the rest fits into that. */
static void pack(const float *source, ptrdiff_t step, ptrdiff_t k_step, int count, int depth,
                 int width, int narrow, float *packed)
{
    for (int i = 0; i < count; i += width) {
        const int rest = count - i, panel_width = rest <= narrow ? narrow : width;
        pack_panel(source + i * step, step, k_step, rest < width ? rest : width, depth,
                   panel_width, packed + (ptrdiff_t)i * depth);
    }
}

/* A tile that sticks out over the edge of C: computed whole in a scratch tile, so that its
 * elements go through the same operations as any other. */
static void multiply_ragged(gemm_kernel_function *multiply, int rows, int columns,
                            int tile_columns, int depth, const float *a, const float *b,
                            float alpha, float beta, float *c, ptrdiff_t ldc)
{
    _Alignas(64) float tile[GEMM_KERNEL_MAX_ROWS * GEMM_KERNEL_MAX_COLUMNS] = { 0 };
    const size_t row_bytes = (size_t)columns * sizeof(float);

    for (int i = 0; beta != 0.0f && i < rows; i++)
        memcpy(tile + i * tile_columns, c + i * ldc, row_bytes);
    multiply(depth, a, b, alpha, beta, tile, tile_columns);
    for (int i = 0; i < rows; i++)
        memcpy(c + i * ldc, tile + i * tile_columns, row_bytes);
}

/* C block [rows][columns] = alpha * packed A * packed B + beta * C, tile after tile. */
static void multiply_block(const gemm_kernel *kernel, int rows, int columns, int depth,
                           const float *a, const float *b, float alpha, float beta, float *c,
                           ptrdiff_t ldc)
{
    for (int j = 0; j < columns; j += kernel->columns) {
        const int columns_left = columns - j;
        const bool narrow = columns_left <= kernel->narrow_columns;
        const int tile_columns = narrow ? kernel->narrow_columns : kernel->columns;
        gemm_kernel_function *const multiply =
            narrow ? kernel->multiply_narrow : kernel->multiply;
        const float *const b_panel = b + (ptrdiff_t)j * depth;

        for (int i = 0; i < rows; i += kernel->rows) {
            const int rows_left = rows - i;
            const float *const a_panel = a + (ptrdiff_t)i * depth;
            float *const tile = c + i * ldc + j;

            if (rows_left >= kernel->rows && columns_left >= tile_columns)
                multiply(depth, a_panel, b_panel, alpha, beta, tile, ldc);
            else
                multiply_ragged(multiply, (int)smaller(rows_left, kernel->rows),
                                (int)smaller(columns_left, tile_columns), tile_columns, depth,
                                a_panel, b_panel, alpha, beta, tile, ldc);
        }
    }
}

/* The whole product by one thread, packing into its own buffer. */
static void multiply_serial(const gemm_shape *s, const float *a, const float *b, float *c,
                            void *buffer)
{
    const gemm_kernel *const kernel = gemm_kernel_get();
    const ptrdiff_t a_row_step = s->transpose_a ? 1 : s->lda;
    const ptrdiff_t a_k_step = s->transpose_a ? s->lda : 1;
    const ptrdiff_t b_k_step = s->transpose_b ? 1 : s->ldb;
    const ptrdiff_t b_column_step = s->transpose_b ? s->ldb : 1;
    const int k_blocks = (int)(((ptrdiff_t)s->K + BLOCK_DEPTH - 1) / BLOCK_DEPTH);
    const int k_step = (int)(((ptrdiff_t)s->K + k_blocks - 1) / k_blocks);
    float *const packed_a = buffer;
    float *const packed_b = (float *)((char *)buffer + block_a_bytes(s));

    for (ptrdiff_t j = 0; j < s->N; j += BLOCK_COLUMNS)
        for (ptrdiff_t k = 0; k < s->K; k += k_step) {
            const int columns = (int)smaller(s->N - j, BLOCK_COLUMNS);
            const int depth = (int)smaller(s->K - k, k_step);
            pack(b + k * b_k_step + j * b_column_step, b_column_step, b_k_step, columns, depth,
                 kernel->columns, kernel->narrow_columns, packed_b);
            for (ptrdiff_t i = 0; i < s->M; i += BLOCK_ROWS) {
                const int rows = (int)smaller(s->M - i, BLOCK_ROWS);
                pack(a + i * a_row_step + k * a_k_step, a_row_step, a_k_step, rows, depth,
                     kernel->rows, 0, packed_a);
                multiply_block(kernel, rows, columns, depth, packed_a, packed_b, s->alpha,
                               k == 0 ? s->beta : 1.0f, c + i * s->ldc + j, s->ldc);
            }
        }
}

/* Into how many row parts to divide C among `threads`: that with the least to do for the busiest
 * thread, where a part of m x n costs m*n multiply-adds and (m + n) packed elements per k. */
static int best_row_parts(const gemm_shape *s, int threads)
{
    const double element_cost = 16.0;           /* of packing, in multiply-adds */
    double least = 0.0;
    int best = 0;

    for (int parts = 1; parts <= threads; parts++) {
        const double m = element_cost + (double)s->M / parts;
        const double n = element_cost + (double)s->N / (threads / parts);
        if (best == 0 || m * n < least) {
            least = m * n;
            best = parts;
        }
    }
    return best;
}

/* First row or column of part number `part`: whole tiles, as evenly as it goes. */
static int part_start(int extent, int tile, int part, int parts)
{
    const ptrdiff_t tiles = ((ptrdiff_t)extent + tile - 1) / tile;

    return (int)smaller(tiles * part / parts * tile, extent);
}

/* C = beta * C: all that is left where op(A) and op(B) have no elements. */
static void scale(const gemm_shape *s, float *c)
{
    for (int i = 0; i < s->M; i++)
        for (int j = 0; j < s->N; j++) {
            float *const out = c + (ptrdiff_t)i * s->ldc + j;
            *out = s->beta == 0.0f ? 0.0f : s->beta * *out;
        }
}

void gemm_multiply_blocked(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
    const gemm_kernel *const kernel = gemm_kernel_get();
    const size_t thread_bytes = gemm_blocked_thread_bytes(s);
    const double products = (double)s->M * (double)s->N * (double)s->K;

    if (products == 0.0) {
        scale(s, c);
        return;
    }
    assert(workspace);
    if (products < PARALLEL_PRODUCTS || omp_in_parallel()) {
        multiply_serial(s, a, b, c, workspace);
        return;
    }
    const int threads = omp_get_max_threads();
    const int row_parts = best_row_parts(s, threads), column_parts = threads / row_parts;

#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int part = 0; part < row_parts * column_parts; part++) {
        const int row = part / column_parts, column = part % column_parts;
        const int i = part_start(s->M, kernel->rows, row, row_parts);
        const int j = part_start(s->N, kernel->columns, column, column_parts);
        gemm_shape piece = *s;

        piece.M = part_start(s->M, kernel->rows, row + 1, row_parts) - i;
        piece.N = part_start(s->N, kernel->columns, column + 1, column_parts) - j;
        multiply_serial(&piece, a + (s->transpose_a ? i : (ptrdiff_t)i * s->lda),
                        b + (s->transpose_b ? (ptrdiff_t)j * s->ldb : j),
                        c + (ptrdiff_t)i * s->ldc + j,
                        (char *)workspace + (size_t)omp_get_thread_num() * thread_bytes);
    }
}
