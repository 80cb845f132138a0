/* gemm_cuda_tile.cuh: matrix products in tiles, for any two operands that can say what element
 * (line, k) is. gemm, linear, conv1x1 and conv2d differ only in their operands and outputs.
 *
 * Idea:   C = A * B is cut into tiles, one block of threads each. Along K the block walks in steps:
 *         it fetches a slice of its lines of A and of B into registers, puts them into shared
 *         memory, and multiplies them while the next slice is on its way. What multiplies two
 *         slices is a parameter: gemm_cuda_register.cuh or gemm_cuda_tensor.cuh.
 * Split:  where there are fewer tiles than a GPU needs blocks, K is divided, too; the parts are
 *         summed by a second kernel in a fixed order, so that results do not vary.
 *
 * An operand is a row of A or a column of B (a "line") for each index, `depth` (K) elements long:
 *     static constexpr bool DEPTH_INNER    neighbours in k are neighbours in memory (else: lines
 *                                          are), so neighbouring threads take neighbouring k
 *     static constexpr int WIDTH           1, or 4 if quad() reads four neighbours at a time
 *     struct line                          what a thread remembers of one line
 *     line open(batch, i)                  i may lie beyond the last line
 *     float at(line, k)                    0 beyond the last line or k
 *     void quad(line, k, float (&)[4])     from k on, or from this line on; WIDTH == 4 only
 * An output takes sums, and leaves out what lies beyond its edge:
 *     template <int WIDTH> void store(batch, row, column, const float (&sum)[WIDTH])
 * Source: Harris et al., "CUTLASS: Fast Linear Algebra in CUDA C++", NVIDIA, 2017. */
#ifndef GEMM_CUDA_TILE_CUH
#define GEMM_CUDA_TILE_CUH

#include <cuda_runtime.h>

#include <stddef.h>

#include "kernels/core/cuda_launch.cuh"

enum {
    GEMM_BLOCKS_WANTED = 256,           /* two for each SM of today's largest GPUs */
    GEMM_SPLIT_DEPTH = 128,             /* a part of K is at least this long */
    GEMM_DEPTH_STEP = 16,               /* and a multiple of this */
    GEMM_SUM_THREADS = 256
};

/* ---- What a launch does, decided on the host ---- */

typedef enum {
    GEMM_LARGE,                         /* tiles of 128 x 128, where there are enough */
    GEMM_SQUARE,                        /* 64 x 64 */
    GEMM_FLAT,                          /* 16 x 64, for few rows */
    GEMM_TALL                           /* 64 x 16, for few columns */
} gemm_tile_kind;

typedef struct {
    gemm_tile_kind kind;
    ptrdiff_t M, N, batches;
    ptrdiff_t row_tiles, column_tiles;
    ptrdiff_t splits, split_depth;      /* parts of K and their length; the last may be shorter */
    float *sums;                        /* [splits][batches][M][N]; NULL: K is not split */
} gemm_tile_plan;

static inline ptrdiff_t gemm_tiles(ptrdiff_t extent, ptrdiff_t tile)
{
    return (extent + tile - 1) / tile;
}

static inline gemm_tile_plan gemm_tile_plan_for(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K,
                                                ptrdiff_t batches)
{
    static const int rows[] = { 128, 64, 16, 64 }, columns[] = { 128, 64, 64, 16 };
    const bool large = M > 64 && N > 64 &&
                       gemm_tiles(M, 128) * gemm_tiles(N, 128) >= GEMM_BLOCKS_WANTED;
    const gemm_tile_kind kind = M <= 16 ? GEMM_FLAT : N <= 16 ? GEMM_TALL
                                : large ? GEMM_LARGE : GEMM_SQUARE;
    gemm_tile_plan plan = { kind, M, N, batches, gemm_tiles(M, rows[kind]),
                            gemm_tiles(N, columns[kind]), 1, K, NULL };

    const ptrdiff_t blocks = plan.row_tiles * plan.column_tiles * batches;
    const ptrdiff_t most = K / GEMM_SPLIT_DEPTH;
    const ptrdiff_t wanted = blocks > 0 ? GEMM_BLOCKS_WANTED / blocks : 1;
    const ptrdiff_t splits = wanted < most ? wanted : most;
    if (splits > 1) {
        plan.split_depth = gemm_tiles(gemm_tiles(K, splits), GEMM_DEPTH_STEP) * GEMM_DEPTH_STEP;
        plan.splits = gemm_tiles(K, plan.split_depth);
    }
    return plan;
}

static inline size_t gemm_tile_workspace_bytes(const gemm_tile_plan *plan)
{
    return plan->splits == 1 ? 0
                             : (size_t)(plan->splits * plan->batches * plan->M * plan->N) *
                                   sizeof(float);
}

/* ---- From global to shared memory ---- */

/* A slice of one operand. Both paddings in use keep rows 16-byte aligned; 4 where DEPTH_INNER
 * and 8 where not spread the lanes of a tensor core's fragment over all banks. */
template <int LINES, int DEPTH, bool DEPTH_INNER, int PADDING>
struct alignas(16) gemm_shared_tile {
    static constexpr bool INNER = DEPTH_INNER;
    float cell[DEPTH_INNER ? LINES : DEPTH][(DEPTH_INNER ? DEPTH : LINES) + PADDING];

    __device__ float &at(int line, int depth)
    {
        return DEPTH_INNER ? cell[line][depth] : cell[depth][line];
    }
};

/* The share of one thread in fetching slices of LINES x DEPTH elements. */
template <class OPERAND, int LINES, int DEPTH, int THREADS>
struct gemm_fetch {
    static constexpr int WIDTH = OPERAND::WIDTH, COUNT = LINES * DEPTH / (THREADS * WIDTH);
    static_assert(COUNT * THREADS * WIDTH == LINES * DEPTH, "every thread has the same share");

    typename OPERAND::line line[COUNT];
    float value[COUNT][WIDTH];

    static __device__ int line_of(int e)
    {
        const int i = (int)threadIdx.x + e * THREADS;
        return OPERAND::DEPTH_INNER ? i / (DEPTH / WIDTH) : i % (LINES / WIDTH) * WIDTH;
    }

    static __device__ int depth_of(int e)
    {
        const int i = (int)threadIdx.x + e * THREADS;
        return OPERAND::DEPTH_INNER ? i % (DEPTH / WIDTH) * WIDTH : i / (LINES / WIDTH);
    }

    __device__ void open(const OPERAND &from, ptrdiff_t batch, ptrdiff_t first_line)
    {
#pragma unroll
        for (int e = 0; e < COUNT; e++)
            line[e] = from.open(batch, first_line + line_of(e));
    }

    __device__ void fetch(const OPERAND &from, ptrdiff_t first_k)
    {
#pragma unroll
        for (int e = 0; e < COUNT; e++)
            if constexpr (WIDTH == 1)
                value[e][0] = from.at(line[e], first_k + depth_of(e));
            else
                from.quad(line[e], first_k + depth_of(e), value[e]);
    }

    template <class TILE>
    __device__ void put(TILE &tile) const
    {
#pragma unroll
        for (int e = 0; e < COUNT; e++) {
            const int at_line = line_of(e), at_depth = depth_of(e);
            if constexpr (WIDTH == 4 && TILE::INNER == OPERAND::DEPTH_INNER) {
                *reinterpret_cast<float4 *>(&tile.at(at_line, at_depth)) =
                    make_float4(value[e][0], value[e][1], value[e][2], value[e][3]);
            } else {
#pragma unroll
                for (int v = 0; v < WIDTH; v++)
                    tile.at(OPERAND::DEPTH_INNER ? at_line : at_line + v,
                            OPERAND::DEPTH_INNER ? at_depth + v : at_depth) = value[e][v];
            }
        }
    }
};

/* ---- From registers to global memory ---- */

/* Writes WIDTH neighbours, at once where the place is aligned for that, or the first `left`. */
template <int WIDTH>
static __device__ void gemm_store_run(float *to, const float (&value)[WIDTH], bool aligned,
                                      ptrdiff_t left)
{
    static_assert(WIDTH == 1 || WIDTH == 2 || WIDTH == 4, "what the hardware stores at once");
    if constexpr (WIDTH == 4) {
        if (aligned && left >= 4) {
            *reinterpret_cast<float4 *>(to) = make_float4(value[0], value[1], value[2], value[3]);
            return;
        }
    }
    if constexpr (WIDTH == 2) {
        if (aligned && left >= 2) {
            *reinterpret_cast<float2 *>(to) = make_float2(value[0], value[1]);
            return;
        }
    }
#pragma unroll
    for (int v = 0; v < WIDTH; v++)
        if (v < left)
            to[v] = value[v];
}

/* Where the sums of one block go: to the output or, where K is split, to the block's part. */
template <class OUT>
struct gemm_sink {
    OUT out;
    ptrdiff_t batch, M, N;
    float *sums;                        /* [M][N], or NULL */

    template <int WIDTH>
    __device__ void store(ptrdiff_t row, ptrdiff_t column, const float (&sum)[WIDTH]) const
    {
        if (!sums)
            out.store(batch, row, column, sum);
        else if (row < M)
            gemm_store_run(sums + row * N + column, sum, N % WIDTH == 0, N - column);
    }
};

/* ---- Kernels ---- */

/* BLOCK computes a tile of ROWS x COLUMNS with THREADS threads. Of tiles that follow each other,
 * first those of one column of tiles are done: they share the slices of B in the L2 cache. a and b
 * are __grid_constant__: no thread needs a copy of its own where a function takes a reference. */
template <class BLOCK, class A, class B, class OUT>
static __global__ void __launch_bounds__(BLOCK::THREADS)
gemm_tile_kernel(const __grid_constant__ A a, const __grid_constant__ B b, OUT out,
                 gemm_tile_plan plan, ptrdiff_t depth)
{
    const ptrdiff_t tiles = plan.row_tiles * plan.column_tiles;
    const ptrdiff_t tile = blockIdx.x % tiles, part = blockIdx.x / tiles;
    const ptrdiff_t batch = part % plan.batches, split = part / plan.batches;
    const ptrdiff_t first_k = split * plan.split_depth;
    const ptrdiff_t end_k =
        first_k + plan.split_depth < depth ? first_k + plan.split_depth : depth;
    const gemm_sink<OUT> sink = { out, batch, plan.M, plan.N,
                                  plan.sums ? plan.sums + part * plan.M * plan.N : NULL };

    BLOCK::multiply(a, b, sink, tile % plan.row_tiles * BLOCK::ROWS,
                    tile / plan.row_tiles * BLOCK::COLUMNS, first_k, end_k);
}

/* One thread adds up the parts of one element. */
template <class OUT>
static __global__ void gemm_sum_splits_kernel(OUT out, gemm_tile_plan plan)
{
    const ptrdiff_t at = (ptrdiff_t)blockIdx.x * GEMM_SUM_THREADS + threadIdx.x;
    const ptrdiff_t product = plan.M * plan.N, all = plan.batches * product;
    if (at >= all)
        return;                                 /* no barrier below, so leaving early is safe */

    float sum[1] = { 0.0f };
    for (ptrdiff_t split = 0; split < plan.splits; split++)
        sum[0] += plan.sums[split * all + at];
    out.store(at / product, at % product / plan.N, at % plan.N, sum);
}

template <class BLOCK, class A, class B, class OUT>
static void gemm_tile_start(const A &a, const B &b, const OUT &out, const gemm_tile_plan &plan,
                            ptrdiff_t depth)
{
    const ptrdiff_t blocks = plan.row_tiles * plan.column_tiles * plan.splits * plan.batches;

    gemm_tile_kernel<BLOCK><<<(unsigned)blocks, BLOCK::THREADS>>>(a, b, out, plan, depth);
    cuda_launched("gemm_tile_kernel");
}

/* batches products of M x N x K. FAMILY names the BLOCK for each kind of tile. workspace holds what
 * gemm_tile_workspace_bytes() says. */
template <class FAMILY, class A, class B, class OUT>
static void gemm_tile_multiply(const A &a, const B &b, const OUT &out, ptrdiff_t M, ptrdiff_t N,
                               ptrdiff_t K, ptrdiff_t batches, void *workspace)
{
    gemm_tile_plan plan = gemm_tile_plan_for(M, N, K, batches);
    const ptrdiff_t outputs = M * N * batches;
    static_assert(FAMILY::large::ROWS == 128 && FAMILY::large::COLUMNS == 128 &&
                  FAMILY::square::ROWS == 64 && FAMILY::square::COLUMNS == 64 &&
                  FAMILY::flat::ROWS == 16 && FAMILY::flat::COLUMNS == 64 &&
                  FAMILY::tall::ROWS == 64 && FAMILY::tall::COLUMNS == 16, "as the plan has it");

    if (outputs == 0)
        return;                                 /* a grid of no blocks is a launch error */
    if (plan.splits > 1)
        plan.sums = (float *)workspace;
    switch (plan.kind) {
    case GEMM_LARGE: gemm_tile_start<typename FAMILY::large>(a, b, out, plan, K); break;
    case GEMM_SQUARE: gemm_tile_start<typename FAMILY::square>(a, b, out, plan, K); break;
    case GEMM_FLAT: gemm_tile_start<typename FAMILY::flat>(a, b, out, plan, K); break;
    case GEMM_TALL: gemm_tile_start<typename FAMILY::tall>(a, b, out, plan, K); break;
    }
    if (plan.splits > 1) {
        const unsigned blocks = (unsigned)gemm_tiles(outputs, GEMM_SUM_THREADS);
        gemm_sum_splits_kernel<<<blocks, GEMM_SUM_THREADS>>>(out, plan);
        cuda_launched("gemm_sum_splits_kernel");
    }
}

#endif
