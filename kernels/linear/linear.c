/* linear.c: shape rules, the public entries and the table of variants of the linear layer. */
#include "kernels/linear/linear.h"

#include "kernels/core/extent.h"
#include "kernels/core/launch_status.h"
#include "kernels/linear/linear_variants.h"

const linear_variant linear_variants[] = {
    { .info = { "naive", SPACE_HOST, PRECISION_FP32, "three loops, as the formula says" },
      .forward = linear_forward_naive,
      .backward_data = linear_backward_data_naive,
      .backward_weights = linear_backward_weights_naive },
    { .info = { "openmp", SPACE_HOST, PRECISION_FP32, "one blocked matrix product per pass" },
      .workspace_bytes = linear_workspace_bytes_openmp,
      .forward = linear_forward_openmp,
      .backward_data = linear_backward_data_openmp,
      .backward_weights = linear_backward_weights_openmp },
#ifdef CONVLAB_CUDA
    { .info = { "cuda_naive", SPACE_CUDA, PRECISION_FP32, "one thread per output" },
      .forward = linear_forward_cuda_naive,
      .backward_data = linear_backward_data_cuda_naive,
      .backward_weights = linear_backward_weights_cuda_naive },
    { .info = { "cuda_gemm", SPACE_CUDA, PRECISION_FP32, "one matrix product in tiles per pass" },
      .workspace_bytes = linear_workspace_bytes_cuda_gemm,
      .forward = linear_forward_cuda_gemm,
      .backward_data = linear_backward_data_cuda_gemm,
      .backward_weights = linear_backward_weights_cuda_gemm },
#endif
};
const size_t linear_variant_count = sizeof linear_variants / sizeof linear_variants[0];

status linear_shape_check(const linear_shape *s)
{
    const bool fits = s->in_features >= 1 && s->out_features >= 1 &&
                      extent_product(2, (const int[]){ s->n, s->in_features }, NULL) &&
                      extent_product(2, (const int[]){ s->n, s->out_features }, NULL) &&
                      extent_product(2, (const int[]){ s->out_features, s->in_features }, NULL);

    return fits ? STATUS_OK : STATUS_SHAPE;
}

static bool supports(const linear_variant *v, const linear_shape *s)
{
    return !v->supports || v->supports(s);
}

size_t linear_workspace_bytes(const linear_variant *v, const linear_shape *s)
{
    return v->workspace_bytes && supports(v, s) ? v->workspace_bytes(s) : 0;
}

static status ready(const linear_variant *v, const linear_shape *s, bool has_pass)
{
    if (linear_shape_check(s) != STATUS_OK)
        return STATUS_SHAPE;
    if (!has_pass || !supports(v, s))
        return STATUS_UNSUPPORTED;
    return STATUS_OK;
}

status linear_forward(const linear_variant *v, const linear_shape *s, const float *x,
                      const float *w, const float *b, float *y, void *workspace)
{
    const status verdict = ready(v, s, v->forward != NULL);

    if (verdict != STATUS_OK)
        return verdict;
    v->forward(s, x, w, b, y, workspace);
    return launch_status();
}

status linear_backward_data(const linear_variant *v, const linear_shape *s, const float *dy,
                            const float *w, float *dx, void *workspace)
{
    const status verdict = ready(v, s, v->backward_data != NULL);

    if (verdict != STATUS_OK)
        return verdict;
    v->backward_data(s, dy, w, dx, workspace);
    return launch_status();
}

status linear_backward_weights(const linear_variant *v, const linear_shape *s, const float *x,
                               const float *dy, float *dw, float *db, void *workspace)
{
    const status verdict = ready(v, s, v->backward_weights != NULL);

    if (verdict != STATUS_OK)
        return verdict;
    v->backward_weights(s, x, dy, dw, db, workspace);
    return launch_status();
}
