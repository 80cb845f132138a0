/* gemm_cuda_tensor.cuh: a block's product on the tensor cores, in tf32 or, with three tf32 products
 * for one, in nearly fp32.
 *
 * Idea:   mma.sync multiplies a 16 x 8 by an 8 x 8 matrix and adds the result to 16 x 8 sums, a
 *         warp at a time; each lane holds a few elements of each ("fragments"). Factors are tf32:
 *         the exponent of a float and 11 bits of its significand; sums are fp32.
 * Split:  a float x is tf32(x) = high plus low = tf32(x - high) but for 2^-22 of x. Of the four
 *         products of two such pairs, low * low is as small as what is lost anyway and is left out.
 *         The small products are added first.
 * Layout: lane l holds, with g = l / 4 and t = l % 4, of A rows g and g + 8, columns t and t + 4;
 *         of B rows t and t + 4, column g; of the sums rows g and g + 8, columns 2t and 2t + 1.
 *         The shared slices keep the order of global memory, padded so that the 32 lanes of a
 *         fragment read 32 different banks.
 * Edges:  an infinite factor times a low half of 0 is NaN, and a number just below infinity rounds
 *         up to it. A sum that is not finite is therefore computed again, plainly, in fp32: slow,
 *         but right, and rare.
 * Needs:  compute capability 8.0; on older devices the kernels are empty and the rows unsupported.
 * Source: NVIDIA, "PTX ISA", section 9.7.14 (mma.m16n8k8); Ootomo and Yokota, "Recovering
 *         single precision accuracy from Tensor Cores", IJHPCA 36(4), 2022. */
#ifndef GEMM_CUDA_TENSOR_CUH
#define GEMM_CUDA_TENSOR_CUH

#include <math.h>

#include "kernels/gemm/gemm_cuda_tile.cuh"

#if defined __CUDA_ARCH__ && __CUDA_ARCH__ >= 800

/* The nearest tf32 number; ties go away from zero. The lower 13 bits of its float are 0. */
static __device__ inline unsigned gemm_tf32(float x)
{
    unsigned bits;

    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
    return bits;
}

/* sum += a * b. */
static __device__ inline void gemm_mma(float (&sum)[4], const unsigned (&a)[4],
                                       const unsigned (&b)[2])
{
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

/* The COUNT elements of a fragment that one lane holds, and their low halves. */
template <int COUNT>
struct gemm_fragment {
    unsigned high[COUNT], low[COUNT];

    template <bool SPLIT>
    __device__ void set(int i, float x)
    {
        high[i] = gemm_tf32(x);
        if (SPLIT)
            low[i] = gemm_tf32(x - __uint_as_float(high[i]));
    }
};

#endif

/* A block of warps, each with a tile of WARP_ROWS x WARP_COLUMNS sums in its registers. */
template <int ROWS_, int COLUMNS_, int WARP_ROWS, int WARP_COLUMNS, bool SPLIT>
struct gemm_tensor_block {
    static constexpr int ROWS = ROWS_, COLUMNS = COLUMNS_, DEPTH = 16;
    static constexpr int DOWN = ROWS / WARP_ROWS, ACROSS = COLUMNS / WARP_COLUMNS;
    static constexpr int THREADS = 32 * DOWN * ACROSS;
    static constexpr int MMA_ROWS = 16, MMA_COLUMNS = 8, MMA_DEPTH = 8;
    static constexpr int R = WARP_ROWS / MMA_ROWS, C = WARP_COLUMNS / MMA_COLUMNS;
    static_assert(R * MMA_ROWS * DOWN == ROWS && C * MMA_COLUMNS * ACROSS == COLUMNS,
                  "warps and their fragments fill the tile");
    static_assert(DEPTH % MMA_DEPTH == 0 && GEMM_DEPTH_STEP % DEPTH == 0,
                  "a part of K is whole slices, a slice whole fragments");

#if defined __CUDA_ARCH__ && __CUDA_ARCH__ >= 800
    /* Adds one MMA_DEPTH of the slices, from `depth` on, to the sums of this warp. */
    template <class A_TILE, class B_TILE>
    static __device__ void multiply_fragments(A_TILE &a_tile, B_TILE &b_tile, int depth,
                                              float (&sum)[R][C][4])
    {
        const int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
        const int g = lane / 4, t = depth + lane % 4;
        const int row = warp / ACROSS * WARP_ROWS + g, column = warp % ACROSS * WARP_COLUMNS + g;
        gemm_fragment<4> a[R];
        gemm_fragment<2> b[C];

#pragma unroll
        for (int r = 0; r < R; r++)
#pragma unroll
            for (int i = 0; i < 4; i++)
                a[r].template set<SPLIT>(i, a_tile.at(row + r * MMA_ROWS + i % 2 * 8,
                                                      t + i / 2 * 4));
#pragma unroll
        for (int c = 0; c < C; c++)
#pragma unroll
            for (int i = 0; i < 2; i++)
                b[c].template set<SPLIT>(i, b_tile.at(column + c * MMA_COLUMNS, t + i * 4));
#pragma unroll
        for (int r = 0; r < R; r++)
#pragma unroll
            for (int c = 0; c < C; c++) {
                if (SPLIT) {
                    gemm_mma(sum[r][c], a[r].low, b[c].high);
                    gemm_mma(sum[r][c], a[r].high, b[c].low);
                }
                gemm_mma(sum[r][c], a[r].high, b[c].high);
            }
    }

    /* The sum at (row, column) again, in fp32. */
    template <class A, class B>
    static __device__ __noinline__ float plain_sum(const A &a, const B &b, ptrdiff_t batch,
                                                   ptrdiff_t row, ptrdiff_t column,
                                                   ptrdiff_t first_k, ptrdiff_t end_k)
    {
        const typename A::line left = a.open(batch, row);
        const typename B::line right = b.open(batch, column);
        float sum = 0.0f;

        for (ptrdiff_t k = first_k; k < end_k; k++)
            sum += a.at(left, k) * b.at(right, k);
        return sum;
    }
#endif

    template <class A, class B, class OUT>
    static __device__ void multiply(const A &a, const B &b, const gemm_sink<OUT> &sink,
                                    ptrdiff_t first_row, ptrdiff_t first_column, ptrdiff_t first_k,
                                    ptrdiff_t end_k)
    {
#if defined __CUDA_ARCH__ && __CUDA_ARCH__ >= 800
        constexpr int A_PADDING = A::DEPTH_INNER ? 4 : 8, B_PADDING = B::DEPTH_INNER ? 4 : 8;
        __shared__ gemm_shared_tile<ROWS, DEPTH, A::DEPTH_INNER, A_PADDING> a_tile;
        __shared__ gemm_shared_tile<COLUMNS, DEPTH, B::DEPTH_INNER, B_PADDING> b_tile;
        gemm_fetch<A, ROWS, DEPTH, THREADS> from_a;
        gemm_fetch<B, COLUMNS, DEPTH, THREADS> from_b;

        from_a.open(a, sink.batch, first_row);
        from_b.open(b, sink.batch, first_column);
        from_a.fetch(a, first_k);
        from_b.fetch(b, first_k);
        float sum[R][C][4] = {};
        for (ptrdiff_t k = first_k; k < end_k; k += DEPTH) {
            from_a.put(a_tile);
            from_b.put(b_tile);
            __syncthreads();                    /* the slices are complete */
            if (k + DEPTH < end_k) {            /* the next are on their way meanwhile */
                from_a.fetch(a, k + DEPTH);
                from_b.fetch(b, k + DEPTH);
            }
#pragma unroll
            for (int depth = 0; depth < DEPTH; depth += MMA_DEPTH)
                multiply_fragments(a_tile, b_tile, depth, sum);
            __syncthreads();                    /* all have read them; they may be overwritten */
        }

        const int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
        first_row += warp / ACROSS * WARP_ROWS + lane / 4;
        first_column += warp % ACROSS * WARP_COLUMNS + lane % 4 * 2;
#pragma unroll
        for (int r = 0; r < R; r++)
#pragma unroll
            for (int c = 0; c < C; c++)
#pragma unroll
                for (int half = 0; half < 2; half++) {
                    const ptrdiff_t row = first_row + r * MMA_ROWS + half * 8;
                    const ptrdiff_t column = first_column + c * MMA_COLUMNS;
                    float pair[2] = { sum[r][c][2 * half], sum[r][c][2 * half + 1] };
                    for (int i = 0; i < 2; i++)
                        if (!isfinite(pair[i]))
                            pair[i] = plain_sum(a, b, sink.batch, row, column + i, first_k, end_k);
                    sink.store(row, column, pair);
                }
#else
        (void)a, (void)b, (void)sink, (void)first_row, (void)first_column, (void)first_k;
        (void)end_k;
#endif
    }
};

template <bool SPLIT>
struct gemm_tensor_family {
    typedef gemm_tensor_block<128, 128, 64, 32, SPLIT> large;
    typedef gemm_tensor_block<64, 64, 32, 32, SPLIT> square;
    typedef gemm_tensor_block<16, 64, 16, 32, SPLIT> flat;
    typedef gemm_tensor_block<64, 16, 32, 16, SPLIT> tall;
};
typedef gemm_tensor_family<false> gemm_tf32_family;
typedef gemm_tensor_family<true> gemm_tf32x3_family;

#endif
