/* conv2d_cuda_implicit_gemm.cu: convolution as matrix products in tiles, with nothing unfolded.
 *
 * Idea:   the matrix of columns that im2col would store exists only tile by tile in shared memory;
 *         see conv2d_cuda_windows.cuh. All images are one product, so that small images leave no
 *         tile half empty. Sums are kept in registers (gemm_cuda_register.cuh). A weight gradient
 *         has few tiles and a sum over all positions, which is split among blocks.
 * Layout: as in conv2d.h.
 * Cost:   the FLOP of conv2d.h, rounded up to whole tiles (a group with a single channel uses one
 *         row of 16), times stride_h * stride_w for dx, most of whose factors are then 0; plus the
 *         parts of dw written and read once.
 * Limit:  the arithmetic of the fp32 units. conv2d_cuda_tf32x3.cu moves to the tensor cores.
 * Source: Chetlur et al., "cuDNN: Efficient Primitives for Deep Learning", 2014, section 3. */
extern "C" {
#include "kernels/conv2d/conv2d_variants.h"
}

#include "kernels/conv2d/conv2d_cuda_windows.cuh"
#include "kernels/gemm/gemm_cuda_register.cuh"

/* Also for the rows on tensor cores. */
extern "C" size_t conv2d_workspace_bytes_cuda_implicit_gemm(const conv2d_shape *s)
{
    return conv2d_windows_workspace_bytes(s);
}

extern "C" bool conv2d_supports_cuda_implicit_gemm(const conv2d_shape *s)
{
    return conv2d_windows_fit(s);
}

extern "C" void conv2d_forward_cuda_implicit_gemm(const conv2d_shape *s, const float *x,
                                                  const float *w, const float *b, float *y,
                                                  void *workspace)
{
    conv2d_windows_forward<gemm_register_family>(s, x, w, b, y, workspace);
}

extern "C" void conv2d_backward_data_cuda_implicit_gemm(const conv2d_shape *s, const float *dy,
                                                        const float *w, float *dx, void *workspace)
{
    conv2d_windows_backward_data<gemm_register_family>(s, dy, w, dx, workspace);
}

extern "C" void conv2d_backward_weights_cuda_implicit_gemm(const conv2d_shape *s, const float *x,
                                                           const float *dy, float *dw, float *db,
                                                           void *workspace)
{
    conv2d_windows_backward_weights<gemm_register_family>(s, x, dy, dw, db, workspace);
}
