/* batchnorm2d.c: validation and the table of variants. */
#include "kernels/batchnorm2d/batchnorm2d.h"

#include <math.h>

#include "kernels/batchnorm2d/batchnorm2d_variants.h"
#include "kernels/core/extent.h"
#include "kernels/core/launch_status.h"

const batchnorm2d_variant batchnorm2d_variants[] = {
    { .info = { "naive", SPACE_HOST, PRECISION_FP32, "channel after channel, sums in double" },
      .train_forward = batchnorm2d_train_forward_naive,
      .train_backward = batchnorm2d_train_backward_naive,
      .eval_forward = batchnorm2d_eval_forward_naive,
      .eval_backward = batchnorm2d_eval_backward_naive },
    { .info = { "openmp", SPACE_HOST, PRECISION_FP32,
                "channels in parallel, sums in lanes that vectorise" },
      .train_forward = batchnorm2d_train_forward_openmp,
      .train_backward = batchnorm2d_train_backward_openmp,
      .eval_forward = batchnorm2d_eval_forward_openmp,
      .eval_backward = batchnorm2d_eval_backward_openmp },
#ifdef CONVLAB_CUDA
    { .info = { "cuda_naive", SPACE_CUDA, PRECISION_FP32,
                "one thread per channel, then one per element" },
      .train_forward = batchnorm2d_train_forward_cuda_naive,
      .train_backward = batchnorm2d_train_backward_cuda_naive,
      .eval_forward = batchnorm2d_eval_forward_cuda_naive,
      .eval_backward = batchnorm2d_eval_backward_cuda_naive },
    { .info = { "cuda_warp", SPACE_CUDA, PRECISION_FP32,
                "one block per channel, statistics in one pass" },
      .train_forward = batchnorm2d_train_forward_cuda_warp,
      .train_backward = batchnorm2d_train_backward_cuda_warp,
      .eval_forward = batchnorm2d_eval_forward_cuda_warp,
      .eval_backward = batchnorm2d_eval_backward_cuda_warp },
#endif
};
const size_t batchnorm2d_variant_count =
    sizeof batchnorm2d_variants / sizeof batchnorm2d_variants[0];

status batchnorm2d_shape_check(const batchnorm2d_shape *s)
{
    const int x[] = { s->n, s->c, s->h, s->w };

    if (s->n < 0 || s->c < 1 || s->h < 1 || s->w < 1 || !extent_product(4, x, NULL))
        return STATUS_SHAPE;
    if (!isfinite(s->eps) || s->eps < 0.0f || !(s->momentum >= 0.0f && s->momentum <= 1.0f))
        return STATUS_VALUE;
    return STATUS_OK;
}

static status validate(const batchnorm2d_variant *v, const batchnorm2d_shape *s)
{
    const status verdict = batchnorm2d_shape_check(s);

    if (verdict != STATUS_OK)
        return verdict;
    return v->supports && !v->supports(s) ? STATUS_UNSUPPORTED : STATUS_OK;
}

/* One value per channel has no variance, and its unbiased estimate would divide by zero. */
static status validate_train(const batchnorm2d_variant *v, const batchnorm2d_shape *s)
{
    const bool single = s->n == 1 && s->h == 1 && s->w == 1;
    return single ? STATUS_SHAPE : validate(v, s);
}

status batchnorm2d_train_forward(const batchnorm2d_variant *v, const batchnorm2d_shape *s,
                                 const float *x, const float *gamma, const float *beta,
                                 float *running_mean, float *running_var, float *y,
                                 float *saved_mean, float *saved_invstd)
{
    const status verdict = validate_train(v, s);

    if (verdict != STATUS_OK)
        return verdict;
    if (!v->train_forward)
        return STATUS_UNSUPPORTED;
    v->train_forward(s, x, gamma, beta, running_mean, running_var, y, saved_mean, saved_invstd);
    return launch_status();
}

status batchnorm2d_train_backward(const batchnorm2d_variant *v, const batchnorm2d_shape *s,
                                  const float *x, const float *gamma, const float *saved_mean,
                                  const float *saved_invstd, const float *dy, float *dx,
                                  float *dgamma, float *dbeta)
{
    const status verdict = validate_train(v, s);

    if (verdict != STATUS_OK)
        return verdict;
    if (!v->train_backward)
        return STATUS_UNSUPPORTED;
    v->train_backward(s, x, gamma, saved_mean, saved_invstd, dy, dx, dgamma, dbeta);
    return launch_status();
}

status batchnorm2d_eval_forward(const batchnorm2d_variant *v, const batchnorm2d_shape *s,
                                const float *x, const float *gamma, const float *beta,
                                const float *running_mean, const float *running_var, float *y)
{
    const status verdict = validate(v, s);

    if (verdict != STATUS_OK)
        return verdict;
    if (!v->eval_forward)
        return STATUS_UNSUPPORTED;
    v->eval_forward(s, x, gamma, beta, running_mean, running_var, y);
    return launch_status();
}

status batchnorm2d_eval_backward(const batchnorm2d_variant *v, const batchnorm2d_shape *s,
                                 const float *x, const float *gamma, const float *running_mean,
                                 const float *running_var, const float *dy, float *dx,
                                 float *dgamma, float *dbeta)
{
    const status verdict = validate(v, s);

    if (verdict != STATUS_OK)
        return verdict;
    if (!v->eval_backward)
        return STATUS_UNSUPPORTED;
    v->eval_backward(s, x, gamma, running_mean, running_var, dy, dx, dgamma, dbeta);
    return launch_status();
}
