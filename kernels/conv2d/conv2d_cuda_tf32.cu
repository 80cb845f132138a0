/* conv2d_cuda_tf32.cu: implicit GEMM on the tensor cores, factors rounded to tf32.
 *
 * Idea:   the products of conv2d_cuda_implicit_gemm.cu with the arithmetic of gemm_cuda_tf32.cu.
 * Layout: as in conv2d.h.
 * Cost:   the FLOP of conv2d_cuda_implicit_gemm.cu, at up to eight times its rate.
 * Limit:  11 bits per factor, and the time to find the columns: an address and a comparison with
 *         the edges for each element, which the tensor cores now outrun.
 * Source: NVIDIA, "NVIDIA A100 Tensor Core GPU Architecture", 2020. */
extern "C" {
#include "kernels/conv2d/conv2d_variants.h"
#include "kernels/core/device.h"
}

#include "kernels/conv2d/conv2d_cuda_windows.cuh"
#include "kernels/gemm/gemm_cuda_tensor.cuh"

extern "C" bool conv2d_supports_cuda_tensor(const conv2d_shape *s)
{
    return conv2d_windows_fit(s) && device_capability() >= 80;
}

extern "C" void conv2d_forward_cuda_tf32(const conv2d_shape *s, const float *x, const float *w,
                                         const float *b, float *y, void *workspace)
{
    conv2d_windows_forward<gemm_tf32_family>(s, x, w, b, y, workspace);
}

extern "C" void conv2d_backward_data_cuda_tf32(const conv2d_shape *s, const float *dy,
                                               const float *w, float *dx, void *workspace)
{
    conv2d_windows_backward_data<gemm_tf32_family>(s, dy, w, dx, workspace);
}

extern "C" void conv2d_backward_weights_cuda_tf32(const conv2d_shape *s, const float *x,
                                                  const float *dy, float *dw, float *db,
                                                  void *workspace)
{
    conv2d_windows_backward_weights<gemm_tf32_family>(s, x, dy, dw, db, workspace);
}
