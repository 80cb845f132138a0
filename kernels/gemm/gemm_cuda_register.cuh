/* gemm_cuda_register.cuh: a block's product with a tile of sums in each thread's registers.
 *
 * Idea:   a thread owns THREAD_ROWS x THREAD_COLUMNS elements of C. For each k it loads one short
 *         column of the slice of A and one short row of the slice of B from shared memory, and
 *         multiplies all with all: 8 x 8 sums take 64 multiply-adds for 16 loaded floats, where one
 *         sum per thread would take 1 for 2. The floats are loaded four at a time; a thread's rows
 *         and columns come in runs of four for that reason, and the runs of neighbouring threads
 *         lie side by side.
 * Layout: shared slices a_tile[k][row], b_tile[k][column].
 * Source: Volkov and Demmel, "Benchmarking GPUs to Tune Dense Linear Algebra", 2008. */
#ifndef GEMM_CUDA_REGISTER_CUH
#define GEMM_CUDA_REGISTER_CUH

#include "kernels/gemm/gemm_cuda_tile.cuh"

template <int ROWS_, int COLUMNS_, int DEPTH_, int THREAD_ROWS, int THREAD_COLUMNS>
struct gemm_register_block {
    static constexpr int ROWS = ROWS_, COLUMNS = COLUMNS_, DEPTH = DEPTH_, RUN = 4, PADDING = 4;
    static constexpr int DOWN = ROWS / THREAD_ROWS, ACROSS = COLUMNS / THREAD_COLUMNS;
    static constexpr int THREADS = DOWN * ACROSS;
    static_assert(THREAD_ROWS % RUN == 0 && THREAD_COLUMNS % RUN == 0, "loads take four floats");
    static_assert(THREADS % 32 == 0 && THREADS <= 1024, "a block is whole warps");
    static_assert(GEMM_DEPTH_STEP % DEPTH == 0, "a part of K is whole slices");

    /* Loads COUNT floats in runs of four; the runs of one thread are `apart` floats apart. */
    template <int COUNT>
    static __device__ void load_runs(const float *from, int apart, float (&to)[COUNT])
    {
#pragma unroll
        for (int i = 0; i < COUNT; i += RUN) {
            const float4 run = *reinterpret_cast<const float4 *>(from + i / RUN * apart);
            to[i] = run.x, to[i + 1] = run.y, to[i + 2] = run.z, to[i + 3] = run.w;
        }
    }

    template <class A, class B, class OUT>
    static __device__ void multiply(const A &a, const B &b, const gemm_sink<OUT> &sink,
                                    ptrdiff_t first_row, ptrdiff_t first_column, ptrdiff_t first_k,
                                    ptrdiff_t end_k)
    {
        __shared__ gemm_shared_tile<ROWS, DEPTH, false, PADDING> a_tile;
        __shared__ gemm_shared_tile<COLUMNS, DEPTH, false, PADDING> b_tile;
        const int my_row = (int)threadIdx.x / ACROSS * RUN;
        const int my_column = (int)threadIdx.x % ACROSS * RUN;
        gemm_fetch<A, ROWS, DEPTH, THREADS> from_a;
        gemm_fetch<B, COLUMNS, DEPTH, THREADS> from_b;

        from_a.open(a, sink.batch, first_row);
        from_b.open(b, sink.batch, first_column);
        from_a.fetch(a, first_k);
        from_b.fetch(b, first_k);
        float sum[THREAD_ROWS][THREAD_COLUMNS] = {};
        for (ptrdiff_t k = first_k; k < end_k; k += DEPTH) {
            from_a.put(a_tile);
            from_b.put(b_tile);
            __syncthreads();                    /* the slices are complete */
            if (k + DEPTH < end_k) {            /* the next are on their way meanwhile */
                from_a.fetch(a, k + DEPTH);
                from_b.fetch(b, k + DEPTH);
            }
#pragma unroll
            for (int depth = 0; depth < DEPTH; depth++) {
                float left[THREAD_ROWS], right[THREAD_COLUMNS];
                load_runs(&a_tile.at(my_row, depth), DOWN * RUN, left);
                load_runs(&b_tile.at(my_column, depth), ACROSS * RUN, right);
#pragma unroll
                for (int r = 0; r < THREAD_ROWS; r++)
#pragma unroll
                    for (int c = 0; c < THREAD_COLUMNS; c++)
                        sum[r][c] += left[r] * right[c];
            }
            __syncthreads();                    /* all have read them; they may be overwritten */
        }
#pragma unroll
        for (int r = 0; r < THREAD_ROWS; r++)
#pragma unroll
            for (int c = 0; c < THREAD_COLUMNS; c += RUN) {
                const float run[RUN] = { sum[r][c], sum[r][c + 1], sum[r][c + 2], sum[r][c + 3] };
                sink.store(first_row + r / RUN * (DOWN * RUN) + my_row + r % RUN,
                           first_column + c / RUN * (ACROSS * RUN) + my_column, run);
            }
    }
};

struct gemm_register_family {
    typedef gemm_register_block<128, 128, 8, 8, 8> large;
    typedef gemm_register_block<64, 64, 16, 4, 4> square;
    typedef gemm_register_block<16, 64, 16, 4, 4> flat;
    typedef gemm_register_block<64, 16, 16, 4, 4> tall;
};

#endif
