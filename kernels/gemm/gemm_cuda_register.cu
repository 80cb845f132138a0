/* gemm_cuda_register.cu: each thread computes a tile of C in its registers.
 *
 * Idea:   one thread computes 8 x 8 or 4 x 4 elements of C, a block 128 x 128 down to 16 x 64, so
 *         that a float from shared memory is used 8 (4) times and one from global memory 128 (64)
 *         times; see gemm_cuda_register.cuh. Products with few tiles and a long K are split along
 *         K; see gemm_cuda_tile.cuh.
 * Layout: as in gemm.h.
 * Cost:   2 * M * N * K FLOP; 1/32 byte from global memory and 1/2 byte from shared memory per FLOP
 *         for the largest tiles.
 * Limit:  the arithmetic of the fp32 units. gemm_cuda_tf32x3.cu moves to the tensor cores.
 * Source: Volkov and Demmel, "Benchmarking GPUs to Tune Dense Linear Algebra", 2008. */
extern "C" {
#include "kernels/gemm/gemm_variants.h"
}

#include "kernels/gemm/gemm_cuda_matrix.cuh"
#include "kernels/gemm/gemm_cuda_register.cuh"

extern "C" size_t gemm_workspace_bytes_cuda_tiles(const gemm_shape *s)
{
    return gemm_matrix_workspace_bytes(s);
}

extern "C" void gemm_multiply_cuda_register(const gemm_shape *s, const float *a, const float *b,
                                            float *c, void *workspace)
{
    gemm_matrix_multiply<gemm_register_family>(s, a, b, c, workspace);
}
