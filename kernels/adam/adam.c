/* adam.c: options, checks and the table of variants. */
#include "kernels/adam/adam.h"

#include <math.h>

#include "kernels/adam/adam_variants.h"
#include "kernels/core/launch_status.h"

const adam_variant adam_variants[] = {
    { .info = { "naive", SPACE_HOST, PRECISION_FP32, "one loop, parameter by parameter" },
      .adam = adam_step_naive, .sgd = sgd_step_naive },
    { .info = { "openmp", SPACE_HOST, PRECISION_FP32, "blocks in parallel, vectors within" },
      .adam = adam_step_openmp, .sgd = sgd_step_openmp },
#ifdef CONVLAB_CUDA
    { .info = { "cuda_naive", SPACE_CUDA, PRECISION_FP32, "one thread per parameter" },
      .adam = adam_step_cuda_naive, .sgd = sgd_step_cuda_naive,
      .adam_counted = adam_step_cuda_counted },
    { .info = { "cuda_fused", SPACE_CUDA, PRECISION_FP32, "four parameters per thread, as float4" },
      .adam = adam_step_cuda_fused, .sgd = sgd_step_cuda_fused,
      .adam_counted = adam_step_cuda_counted },
#endif
};

const size_t adam_variant_count = sizeof adam_variants / sizeof adam_variants[0];

adam_options adam_options_default(ptrdiff_t count)
{
    return (adam_options){ .count = count, .lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8 };
}

static bool count_fits(ptrdiff_t count)
{
    return count >= 0 && count <= PTRDIFF_MAX / (ptrdiff_t)sizeof(float);
}

/* False for NaN as well. */
static bool rate(double x)
{
    return x >= 0.0 && isfinite(x);
}

static bool beta(double x)
{
    return x >= 0.0 && x < 1.0;
}

status adam_options_check(const adam_options *o)
{
    if (!count_fits(o->count))
        return STATUS_SHAPE;
    const bool legal = rate(o->lr) && rate(o->eps) && rate(o->weight_decay) && beta(o->beta1) &&
                       beta(o->beta2);
    return legal ? STATUS_OK : STATUS_VALUE;
}

status sgd_options_check(const sgd_options *o)
{
    if (!count_fits(o->count))
        return STATUS_SHAPE;
    if (!rate(o->lr) || !rate(o->momentum) || !rate(o->weight_decay) || !isfinite(o->dampening))
        return STATUS_VALUE;
    if (o->nesterov && !(o->momentum > 0.0 && o->dampening == 0.0))
        return STATUS_VALUE;
    return STATUS_OK;
}

status adam_step(const adam_variant *variant, const adam_options *o, int64_t step,
                 const float *grad, float *w, float *m, float *v, float *vmax)
{
    const status legal = adam_options_check(o);
    if (legal != STATUS_OK)
        return legal;
    if (step < 1)
        return STATUS_VALUE;
    if (!variant->adam)
        return STATUS_UNSUPPORTED;
    variant->adam(o, step, grad, w, m, v, vmax);
    return launch_status();
}

status adam_step_counted(const adam_variant *variant, const adam_options *o, int64_t *step,
                         const float *grad, float *w, float *m, float *v, float *vmax)
{
    const status legal = adam_options_check(o);
    if (legal != STATUS_OK)
        return legal;
    if (!variant->adam_counted)
        return STATUS_UNSUPPORTED;
    variant->adam_counted(o, step, grad, w, m, v, vmax);
    return launch_status();
}

status sgd_step(const adam_variant *variant, const sgd_options *o, int64_t step, const float *grad,
                float *w, float *buf)
{
    const status legal = sgd_options_check(o);
    if (legal != STATUS_OK)
        return legal;
    if (step < 1)
        return STATUS_VALUE;
    if (!variant->sgd)
        return STATUS_UNSUPPORTED;
    variant->sgd(o, step, grad, w, buf);
    return launch_status();
}
