/* mse.c: checks and the table of variants. */
#include "kernels/mse/mse.h"

#include <stdint.h>

#include "kernels/core/launch_status.h"
#include "kernels/mse/mse_variants.h"

const mse_variant mse_variants[] = {
    { .info = { "naive", SPACE_HOST, PRECISION_FP32, "one loop, summed in double" },
      .forward = mse_forward_naive, .backward = mse_backward_naive },
    { .info = { "openmp", SPACE_HOST, PRECISION_FP32, "64 partial sums, added in a fixed order" },
      .forward = mse_forward_openmp, .backward = mse_backward_openmp },
#ifdef CONVLAB_CUDA
    { .info = { "cuda_naive", SPACE_CUDA, PRECISION_FP32, "the loss added up by one thread" },
      .forward = mse_forward_cuda_naive, .backward = mse_backward_cuda_naive },
    { .info = { "cuda_warp", SPACE_CUDA, PRECISION_FP32, "the loss added up by a block in a tree" },
      .forward = mse_forward_cuda_warp,
      .backward = mse_backward_cuda_naive },    /* adds nothing up */
#endif
};

const size_t mse_variant_count = sizeof mse_variants / sizeof mse_variants[0];

status mse_shape_check(const mse_shape *s)
{
    const ptrdiff_t largest = PTRDIFF_MAX / (ptrdiff_t)sizeof(float);

    return s->count < 0 || s->count > largest ? STATUS_SHAPE : STATUS_OK;
}

static status admit(const mse_variant *v, const mse_shape *s)
{
    const status shape = mse_shape_check(s);
    if (shape != STATUS_OK)
        return shape;
    return v->supports && !v->supports(s) ? STATUS_UNSUPPORTED : STATUS_OK;
}

status mse_forward(const mse_variant *v, const mse_shape *s, const float *x, const float *target,
                   float *loss)
{
    const status verdict = admit(v, s);
    if (verdict != STATUS_OK)
        return verdict;
    if (!v->forward)
        return STATUS_UNSUPPORTED;
    v->forward(s, x, target, loss);
    return launch_status();
}

status mse_backward(const mse_variant *v, const mse_shape *s, const float *x, const float *target,
                    const float *dloss, float *dx)
{
    const status verdict = admit(v, s);
    if (verdict != STATUS_OK)
        return verdict;
    if (!v->backward)
        return STATUS_UNSUPPORTED;
    v->backward(s, x, target, dloss, dx);
    return launch_status();
}
