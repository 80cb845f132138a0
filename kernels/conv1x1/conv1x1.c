/* conv1x1.c: shape rules, public entries and the table of variants of pointwise convolution. */
#include "kernels/conv1x1/conv1x1.h"

#include <limits.h>

#include "kernels/conv1x1/conv1x1_variants.h"
#include "kernels/core/extent.h"
#include "kernels/core/launch_status.h"

const conv1x1_variant conv1x1_variants[] = {
    { .info = { "naive", SPACE_HOST, PRECISION_FP32, "four loops, as the formula says" },
      .forward = conv1x1_forward_naive,
      .backward_data = conv1x1_backward_data_naive,
      .backward_weights = conv1x1_backward_weights_naive },
    { .info = { "openmp", SPACE_HOST, PRECISION_FP32,
                "one blocked matrix product per image, nothing unfolded" },
      .workspace_bytes = conv1x1_workspace_bytes_openmp,
      .forward = conv1x1_forward_openmp,
      .backward_data = conv1x1_backward_data_openmp,
      .backward_weights = conv1x1_backward_weights_openmp },
#ifdef CONVLAB_CUDA
    { .info = { "cuda_naive", SPACE_CUDA, PRECISION_FP32, "one thread per output" },
      .forward = conv1x1_forward_cuda_naive,
      .backward_data = conv1x1_backward_data_cuda_naive,
      .backward_weights = conv1x1_backward_weights_cuda_naive },
    { .info = { "cuda_gemm", SPACE_CUDA, PRECISION_FP32,
                "one matrix product in tiles over all images" },
      .supports = conv1x1_supports_cuda_gemm,
      .workspace_bytes = conv1x1_workspace_bytes_cuda_gemm,
      .forward = conv1x1_forward_cuda_gemm,
      .backward_data = conv1x1_backward_data_cuda_gemm,
      .backward_weights = conv1x1_backward_weights_cuda_gemm },
#endif
};
const size_t conv1x1_variant_count = sizeof conv1x1_variants / sizeof conv1x1_variants[0];

status conv1x1_shape_check(const conv1x1_shape *s)
{
    ptrdiff_t pixels;
    const bool fits = s->c >= 1 && s->h >= 1 && s->w >= 1 && s->oc >= 1 &&
                      extent_product(2, (const int[]){ s->h, s->w }, &pixels) &&
                      pixels <= INT_MAX &&
                      extent_product(4, (const int[]){ s->n, s->c, s->h, s->w }, NULL) &&
                      extent_product(4, (const int[]){ s->n, s->oc, s->h, s->w }, NULL) &&
                      extent_product(2, (const int[]){ s->oc, s->c }, NULL);

    return fits ? STATUS_OK : STATUS_SHAPE;
}

static bool supports(const conv1x1_variant *v, const conv1x1_shape *s)
{
    return !v->supports || v->supports(s);
}

size_t conv1x1_workspace_bytes(const conv1x1_variant *v, const conv1x1_shape *s)
{
    return v->workspace_bytes && supports(v, s) ? v->workspace_bytes(s) : 0;
}

static status ready(const conv1x1_variant *v, const conv1x1_shape *s, bool has_pass)
{
    if (conv1x1_shape_check(s) != STATUS_OK)
        return STATUS_SHAPE;
    if (!has_pass || !supports(v, s))
        return STATUS_UNSUPPORTED;
    return STATUS_OK;
}

status conv1x1_forward(const conv1x1_variant *v, const conv1x1_shape *s, const float *x,
                       const float *w, const float *b, float *y, void *workspace)
{
    const status verdict = ready(v, s, v->forward != NULL);

    if (verdict != STATUS_OK)
        return verdict;
    v->forward(s, x, w, b, y, workspace);
    return launch_status();
}

status conv1x1_backward_data(const conv1x1_variant *v, const conv1x1_shape *s, const float *dy,
                             const float *w, float *dx, void *workspace)
{
    const status verdict = ready(v, s, v->backward_data != NULL);

    if (verdict != STATUS_OK)
        return verdict;
    v->backward_data(s, dy, w, dx, workspace);
    return launch_status();
}

status conv1x1_backward_weights(const conv1x1_variant *v, const conv1x1_shape *s, const float *x,
                                const float *dy, float *dw, float *db, void *workspace)
{
    const status verdict = ready(v, s, v->backward_weights != NULL);

    if (verdict != STATUS_OK)
        return verdict;
    v->backward_weights(s, x, dy, dw, db, workspace);
    return launch_status();
}
