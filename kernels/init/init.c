/* init.c: bounds, checks and the table of variants. */
#include "kernels/init/init.h"

#include <math.h>
#include <stdint.h>

#include "kernels/core/launch_status.h"
#include "kernels/init/init_variants.h"

const init_variant init_variants[] = {
    { .info = { "naive", SPACE_HOST, PRECISION_FP32, "draw, convert, store, one by one" },
      .fill = init_fill_naive },
    { .info = { "openmp", SPACE_HOST, PRECISION_FP32, "raw draws in order, converted in parallel" },
      .fill = init_fill_openmp },
#ifdef CONVLAB_CUDA
    { .info = { "cuda_naive", SPACE_CUDA, PRECISION_FP32, "drawn and converted by one block" },
      .fill = init_fill_cuda_naive },
#endif
};

const size_t init_variant_count = sizeof init_variants / sizeof init_variants[0];

status init_shape_check(const init_shape *s)
{
    if (s->count < 0 || s->count > PTRDIFF_MAX / (ptrdiff_t)sizeof(float))
        return STATUS_SHAPE;
    switch (s->kind) {
    case INIT_KAIMING_UNIFORM:
        if (s->fan_in < 1)
            return STATUS_SHAPE;
        return isfinite(s->slope) ? STATUS_OK : STATUS_VALUE;
    case INIT_XAVIER_UNIFORM: return s->fan_in < 1 || s->fan_out < 1 ? STATUS_SHAPE : STATUS_OK;
    case INIT_BIAS_UNIFORM: return s->fan_in < 1 ? STATUS_SHAPE : STATUS_OK;
    case INIT_NORMAL: return STATUS_OK;
    }
    return STATUS_VALUE;
}

/* Operation by operation as torch.nn.init does it: another order can differ in the last bit. */
double init_bound(const init_shape *s)
{
    switch (s->kind) {
    case INIT_KAIMING_UNIFORM: {
        const double gain = sqrt(2.0 / (1.0 + s->slope * s->slope));
        return sqrt(3.0) * (gain / sqrt((double)s->fan_in));
    }
    case INIT_XAVIER_UNIFORM:
        return sqrt(3.0) * sqrt(2.0 / ((double)s->fan_in + (double)s->fan_out));
    case INIT_BIAS_UNIFORM: return 1.0 / sqrt((double)s->fan_in);
    case INIT_NORMAL: break;
    }
    return 0.0;
}

status init_fill(const init_variant *v, const init_shape *s, rng *r, float *w)
{
    const status legal = init_shape_check(s);
    if (legal != STATUS_OK)
        return legal;
    if (!v->fill || (v->supports && !v->supports(s)))
        return STATUS_UNSUPPORTED;
    v->fill(s, r, w);
    return launch_status();
}
