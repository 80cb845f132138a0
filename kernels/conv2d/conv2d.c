/* conv2d.c: shape rules, the public entries and the table of variants of convolution. */
#include "kernels/conv2d/conv2d.h"

#include <limits.h>

#include "kernels/conv2d/conv2d_variants.h"
#include "kernels/core/extent.h"
#include "kernels/core/launch_status.h"

const conv2d_variant conv2d_variants[] = {
    { .info = { "naive", SPACE_HOST, PRECISION_FP32, "seven loops, as the formula says" },
      .forward = conv2d_forward_naive,
      .backward_data = conv2d_backward_data_naive,
      .backward_weights = conv2d_backward_weights_naive },
    { .info = { "im2col", SPACE_HOST, PRECISION_FP32,
                "windows unfolded into columns, then one matrix product" },
      .supports = conv2d_supports_im2col,
      .workspace_bytes = conv2d_workspace_bytes_im2col,
      .forward = conv2d_forward_im2col,
      .backward_data = conv2d_backward_data_im2col,
      .backward_weights = conv2d_backward_weights_im2col },
#ifdef CONVLAB_CUDA
    { .info = { "cuda_naive", SPACE_CUDA, PRECISION_FP32, "one thread per output" },
      .forward = conv2d_forward_cuda_naive,
      .backward_data = conv2d_backward_data_cuda_naive,
      .backward_weights = conv2d_backward_weights_cuda_naive },
    { .info = { "cuda_tiled", SPACE_CUDA, PRECISION_FP32,
                "a patch of the image and the filters in shared memory" },
      .supports = conv2d_supports_cuda_tiled,
      .forward = conv2d_forward_cuda_tiled,
      .backward_data = conv2d_backward_data_cuda_tiled,
      .backward_weights = conv2d_backward_weights_cuda_tiled },
    { .info = { "cuda_implicit_gemm", SPACE_CUDA, PRECISION_FP32,
                "one matrix product in tiles, windows read where they lie" },
      .supports = conv2d_supports_cuda_implicit_gemm,
      .workspace_bytes = conv2d_workspace_bytes_cuda_implicit_gemm,
      .forward = conv2d_forward_cuda_implicit_gemm,
      .backward_data = conv2d_backward_data_cuda_implicit_gemm,
      .backward_weights = conv2d_backward_weights_cuda_implicit_gemm },
    { .info = { "cuda_tf32x3", SPACE_CUDA, PRECISION_TF32X3,
                "implicit_gemm on tensor cores, three tf32 products for one" },
      .supports = conv2d_supports_cuda_tensor,
      .workspace_bytes = conv2d_workspace_bytes_cuda_implicit_gemm,
      .forward = conv2d_forward_cuda_tf32x3,
      .backward_data = conv2d_backward_data_cuda_tf32x3,
      .backward_weights = conv2d_backward_weights_cuda_tf32x3 },
    { .info = { "cuda_tf32", SPACE_CUDA, PRECISION_TF32,
                "implicit_gemm on tensor cores, factors rounded to tf32" },
      .supports = conv2d_supports_cuda_tensor,
      .workspace_bytes = conv2d_workspace_bytes_cuda_implicit_gemm,
      .forward = conv2d_forward_cuda_tf32,
      .backward_data = conv2d_backward_data_cuda_tf32,
      .backward_weights = conv2d_backward_weights_cuda_tf32 },
#endif
};
const size_t conv2d_variant_count = sizeof conv2d_variants / sizeof conv2d_variants[0];

/* Output positions along one axis; 0 if a number is out of range or the window does not fit. */
static int output_extent(int extent, int pad_before, int pad_after, int kernel, int stride,
                         int dilation)
{
    int padded, reach;

    if (extent < 1 || pad_before < 0 || pad_after < 0 || kernel < 1 || stride < 1 || dilation < 1)
        return 0;
    if (!extent_sum(extent, pad_before, &padded) || !extent_sum(padded, pad_after, &padded))
        return 0;
    if (kernel - 1 > (INT_MAX - 1) / dilation)
        return 0;
    reach = dilation * (kernel - 1) + 1;
    return reach <= padded ? (padded - reach) / stride + 1 : 0;
}

status conv2d_shape_init(conv2d_shape *s)
{
    if (s->n < 0 || s->c < 1 || s->oc < 1 || s->groups < 1 || s->c % s->groups != 0 ||
        s->oc % s->groups != 0)
        return STATUS_SHAPE;
    s->oh = output_extent(s->h, s->pad_top, s->pad_bottom, s->kernel_h, s->stride_h,
                          s->dilation_h);
    s->ow = output_extent(s->w, s->pad_left, s->pad_right, s->kernel_w, s->stride_w,
                          s->dilation_w);
    if (s->oh == 0 || s->ow == 0)
        return STATUS_SHAPE;

    const int group_c = s->c / s->groups;
    const bool fits =
        extent_product(4, (const int[]){ s->n, s->c, s->h, s->w }, NULL) &&
        extent_product(4, (const int[]){ s->n, s->oc, s->oh, s->ow }, NULL) &&
        extent_product(4, (const int[]){ s->oc, group_c, s->kernel_h, s->kernel_w }, NULL) &&
        extent_product(5, (const int[]){ group_c, s->kernel_h, s->kernel_w, s->oh, s->ow }, NULL);
    return fits ? STATUS_OK : STATUS_SHAPE;
}

static bool supports(const conv2d_variant *v, const conv2d_shape *s)
{
    return !v->supports || v->supports(s);
}

size_t conv2d_workspace_bytes(const conv2d_variant *v, const conv2d_shape *s)
{
    return v->workspace_bytes && supports(v, s) ? v->workspace_bytes(s) : 0;
}

/* A pass wants a legal shape with the oh and ow that conv2d_shape_init gives it. */
static status ready(const conv2d_variant *v, const conv2d_shape *s, bool has_pass)
{
    conv2d_shape expected = *s;

    if (conv2d_shape_init(&expected) != STATUS_OK || expected.oh != s->oh || expected.ow != s->ow)
        return STATUS_SHAPE;
    if (!has_pass || !supports(v, s))
        return STATUS_UNSUPPORTED;
    return STATUS_OK;
}

status conv2d_forward(const conv2d_variant *v, const conv2d_shape *s, const float *x,
                      const float *w, const float *b, float *y, void *workspace)
{
    const status verdict = ready(v, s, v->forward != NULL);

    if (verdict != STATUS_OK)
        return verdict;
    v->forward(s, x, w, b, y, workspace);
    return launch_status();
}

status conv2d_backward_data(const conv2d_variant *v, const conv2d_shape *s, const float *dy,
                            const float *w, float *dx, void *workspace)
{
    const status verdict = ready(v, s, v->backward_data != NULL);

    if (verdict != STATUS_OK)
        return verdict;
    v->backward_data(s, dy, w, dx, workspace);
    return launch_status();
}

status conv2d_backward_weights(const conv2d_variant *v, const conv2d_shape *s, const float *x,
                               const float *dy, float *dw, float *db, void *workspace)
{
    const status verdict = ready(v, s, v->backward_weights != NULL);

    if (verdict != STATUS_OK)
        return verdict;
    v->backward_weights(s, x, dy, dw, db, workspace);
    return launch_status();
}
