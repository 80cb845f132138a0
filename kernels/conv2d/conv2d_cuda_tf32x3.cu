/* conv2d_cuda_tf32x3.cu: implicit GEMM on the tensor cores, three tf32 products for one of fp32.
 *
 * Idea:   the products of conv2d_cuda_implicit_gemm.cu with the arithmetic of
 *         gemm_cuda_tf32x3.cu: each factor is split into a high and a low tf32 number.
 * Layout: as in conv2d.h.
 * Cost:   three times the FLOP of conv2d_cuda_implicit_gemm.cu, at up to eight times its rate.
 * Limit:  the three products and the splitting. conv2d_cuda_tf32.cu leaves them out, and the
 *         accuracy.
 * Source: Ootomo and Yokota, "Recovering single precision accuracy from Tensor Cores", 2022. */
extern "C" {
#include "kernels/conv2d/conv2d_variants.h"
}

#include "kernels/conv2d/conv2d_cuda_windows.cuh"
#include "kernels/gemm/gemm_cuda_tensor.cuh"

extern "C" void conv2d_forward_cuda_tf32x3(const conv2d_shape *s, const float *x, const float *w,
                                           const float *b, float *y, void *workspace)
{
    conv2d_windows_forward<gemm_tf32x3_family>(s, x, w, b, y, workspace);
}

extern "C" void conv2d_backward_data_cuda_tf32x3(const conv2d_shape *s, const float *dy,
                                                 const float *w, float *dx, void *workspace)
{
    conv2d_windows_backward_data<gemm_tf32x3_family>(s, dy, w, dx, workspace);
}

extern "C" void conv2d_backward_weights_cuda_tf32x3(const conv2d_shape *s, const float *x,
                                                    const float *dy, float *dw, float *db,
                                                    void *workspace)
{
    conv2d_windows_backward_weights<gemm_tf32x3_family>(s, x, dy, dw, db, workspace);
}
