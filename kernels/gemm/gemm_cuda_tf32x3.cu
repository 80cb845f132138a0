/* gemm_cuda_tf32x3.cu: tiles of C on the tensor cores, three tf32 products for one of fp32.
 *
 * Idea:   each factor is split into a high and a low tf32 number; high * high + high * low + low *
 *         high is the product but for about 2^-22 of it; see gemm_cuda_tensor.cuh.
 * Layout: as in gemm.h.
 * Cost:   3 * 2 * M * N * K FLOP of the tensor cores: up to 8/3 of the rate of the fp32 units.
 * Limit:  the three products and the splitting. gemm_cuda_tf32.cu leaves them out, and the
 *         accuracy.
 * Source: Ootomo and Yokota, "Recovering single precision accuracy from Tensor Cores", 2022. */
extern "C" {
#include "kernels/gemm/gemm_variants.h"
}

#include "kernels/gemm/gemm_cuda_matrix.cuh"
#include "kernels/gemm/gemm_cuda_tensor.cuh"

extern "C" void gemm_multiply_cuda_tf32x3(const gemm_shape *s, const float *a, const float *b,
                                          float *c, void *workspace)
{
    gemm_matrix_multiply<gemm_tf32x3_family>(s, a, b, c, workspace);
}
