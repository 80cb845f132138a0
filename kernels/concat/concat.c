/* concat.c: shape rules, checks and the table of variants. */
#include "kernels/concat/concat.h"

#include "kernels/concat/concat_variants.h"
#include "kernels/core/extent.h"
#include "kernels/core/launch_status.h"

const concat_variant concat_variants[] = {
    { .info = { "naive", SPACE_HOST, PRECISION_FP32, "element by element" },
      .forward = concat_forward_naive, .backward = concat_backward_naive },
    { .info = { "openmp", SPACE_HOST, PRECISION_FP32, "whole slabs copied by many threads" },
      .forward = concat_forward_openmp, .backward = concat_backward_openmp },
#ifdef CONVLAB_CUDA
    { .info = { "cuda_naive", SPACE_CUDA, PRECISION_FP32, "one thread per element" },
      .forward = concat_forward_cuda_naive, .backward = concat_backward_cuda_naive },
#endif
};

const size_t concat_variant_count = sizeof concat_variants / sizeof concat_variants[0];

status concat_shape_init(concat_shape *s)
{
    if (s->inputs < 1 || s->inputs > CONCAT_MAX_INPUTS)
        return STATUS_SHAPE;
    s->total = 0;
    for (int k = 0; k < s->inputs; k++)
        if (s->extent[k] < 0 || !extent_sum(s->total, s->extent[k], &s->total))
            return STATUS_SHAPE;
    const int extents[] = { s->outer, s->total, s->inner };
    return extent_product(3, extents, NULL) ? STATUS_OK : STATUS_SHAPE;
}

static status admit(const concat_variant *v, const concat_shape *s)
{
    concat_shape checked = *s;
    const status shape = concat_shape_init(&checked);
    if (shape != STATUS_OK)
        return shape;
    if (checked.total != s->total)
        return STATUS_SHAPE;                    /* total was not set by concat_shape_init */
    return v->supports && !v->supports(s) ? STATUS_UNSUPPORTED : STATUS_OK;
}

status concat_forward(const concat_variant *v, const concat_shape *s, const float *const *x,
                      float *y)
{
    const status verdict = admit(v, s);
    if (verdict != STATUS_OK)
        return verdict;
    if (!v->forward)
        return STATUS_UNSUPPORTED;
    v->forward(s, x, y);
    return launch_status();
}

status concat_backward(const concat_variant *v, const concat_shape *s, const float *dy,
                       float *const *dx)
{
    const status verdict = admit(v, s);
    if (verdict != STATUS_OK)
        return verdict;
    if (!v->backward)
        return STATUS_UNSUPPORTED;
    v->backward(s, dy, dx);
    return launch_status();
}
