/* add.c: checks and the table of variants. */
#include "kernels/add/add.h"

#include <stdint.h>

#include "kernels/add/add_variants.h"
#include "kernels/core/launch_status.h"

const add_variant add_variants[] = {
    { .info = { "naive", SPACE_HOST, PRECISION_FP32, "one loop" },
      .forward = add_forward_naive, .backward = add_backward_naive },
    { .info = { "openmp", SPACE_HOST, PRECISION_FP32, "the loop shared among threads, vectorised" },
      .forward = add_forward_openmp, .backward = add_backward_openmp },
#ifdef CONVLAB_CUDA
    { .info = { "cuda_naive", SPACE_CUDA, PRECISION_FP32, "one thread per element" },
      .forward = add_forward_cuda_naive, .backward = add_backward_cuda_naive },
    { .info = { "cuda_vector", SPACE_CUDA, PRECISION_FP32, "four elements per thread, as float4" },
      .forward = add_forward_cuda_vector, .backward = add_backward_cuda_vector },
#endif
};

const size_t add_variant_count = sizeof add_variants / sizeof add_variants[0];

status add_shape_check(const add_shape *s)
{
    const ptrdiff_t largest = PTRDIFF_MAX / (ptrdiff_t)sizeof(float);

    return s->count < 0 || s->count > largest ? STATUS_SHAPE : STATUS_OK;
}

static status admit(const add_variant *v, const add_shape *s)
{
    const status shape = add_shape_check(s);
    if (shape != STATUS_OK)
        return shape;
    return v->supports && !v->supports(s) ? STATUS_UNSUPPORTED : STATUS_OK;
}

status add_forward(const add_variant *v, const add_shape *s, const float *a, const float *b,
                   float *y)
{
    const status verdict = admit(v, s);
    if (verdict != STATUS_OK)
        return verdict;
    if (!v->forward)
        return STATUS_UNSUPPORTED;
    v->forward(s, a, b, y);
    return launch_status();
}

status add_backward(const add_variant *v, const add_shape *s, const float *dy, float *da,
                    float *db)
{
    const status verdict = admit(v, s);
    if (verdict != STATUS_OK)
        return verdict;
    if (!v->backward)
        return STATUS_UNSUPPORTED;
    v->backward(s, dy, da, db);
    return launch_status();
}
