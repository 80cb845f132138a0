/* gemm_cuda_tf32.cu: tiles of C on the tensor cores, factors rounded to tf32.
 *
 * Idea:   the tiles of gemm_cuda_register.cu, but the products of a warp are tensor core
 *         instructions; see gemm_cuda_tensor.cuh.
 * Layout: as in gemm.h.
 * Cost:   2 * M * N * K FLOP at up to eight times the rate of the fp32 units.
 * Limit:  11 bits per factor: declared as tf32, for those whom that suffices.
 *         gemm_cuda_tf32x3.cu gives the bits back at a third of the rate.
 * Source: NVIDIA, "NVIDIA A100 Tensor Core GPU Architecture", 2020. */
extern "C" {
#include "kernels/core/device.h"
#include "kernels/gemm/gemm_variants.h"
}

#include "kernels/gemm/gemm_cuda_matrix.cuh"
#include "kernels/gemm/gemm_cuda_tensor.cuh"

extern "C" bool gemm_supports_cuda_tensor(const gemm_shape *s)
{
    (void)s;
    return device_capability() >= 80;
}

extern "C" void gemm_multiply_cuda_tf32(const gemm_shape *s, const float *a, const float *b,
                                        float *c, void *workspace)
{
    gemm_matrix_multiply<gemm_tf32_family>(s, a, b, c, workspace);
}
