/* activation.c: validation and the table of variants. */
#include "kernels/activation/activation.h"

#include <stdint.h>

#include "kernels/activation/activation_variants.h"
#include "kernels/core/launch_status.h"

const activation_variant activation_variants[] = {
    { .info = { "naive", SPACE_HOST, PRECISION_FP32, "one element after the other" },
      .forward = activation_forward_naive,
      .backward = activation_backward_naive },
    { .info = { "openmp", SPACE_HOST, PRECISION_FP32, "one loop per kind, in vectors and threads" },
      .forward = activation_forward_openmp,
      .backward = activation_backward_openmp },
#ifdef CONVLAB_CUDA
    { .info = { "cuda_naive", SPACE_CUDA, PRECISION_FP32, "one thread per element" },
      .forward = activation_forward_cuda_naive,
      .backward = activation_backward_cuda_naive },
    { .info = { "cuda_vector", SPACE_CUDA, PRECISION_FP32, "four elements per thread, as float4" },
      .forward = activation_forward_cuda_vector,
      .backward = activation_backward_cuda_vector },
#endif
};
const size_t activation_variant_count = sizeof activation_variants / sizeof activation_variants[0];

status activation_shape_check(const activation_shape *s)
{
    if (s->count < 0 || s->count > PTRDIFF_MAX / (ptrdiff_t)sizeof(float))
        return STATUS_SHAPE;
    return (int)s->kind >= 0 && (int)s->kind < ACTIVATION_KINDS ? STATUS_OK : STATUS_VALUE;
}

static status validate(const activation_variant *v, const activation_shape *s)
{
    const status verdict = activation_shape_check(s);

    if (verdict != STATUS_OK)
        return verdict;
    return v->supports && !v->supports(s) ? STATUS_UNSUPPORTED : STATUS_OK;
}

status activation_forward(const activation_variant *v, const activation_shape *s, const float *x,
                          float *y)
{
    const status verdict = validate(v, s);

    if (verdict != STATUS_OK)
        return verdict;
    if (!v->forward)
        return STATUS_UNSUPPORTED;
    v->forward(s, x, y);
    return launch_status();
}

status activation_backward(const activation_variant *v, const activation_shape *s, const float *x,
                           const float *y, const float *dy, float *dx)
{
    const status verdict = validate(v, s);

    if (verdict != STATUS_OK)
        return verdict;
    if (!v->backward)
        return STATUS_UNSUPPORTED;
    v->backward(s, x, y, dy, dx);
    return launch_status();
}
