/* dropout.c: validation, the scale and the table of variants. */
#include "kernels/dropout/dropout.h"

#include "kernels/core/launch_status.h"
#include "kernels/dropout/dropout_variants.h"

const dropout_variant dropout_variants[] = {
    { .info = { "naive", SPACE_HOST, PRECISION_FP32, "one element after the other" },
      .draw = dropout_draw_naive,
      .forward = dropout_forward_naive,
      .backward = dropout_backward_naive },
    { .info = { "openmp", SPACE_HOST, PRECISION_FP32,
                "a product without branches, in vectors and threads" },
      .draw = dropout_draw_naive,               /* one generator gives one draw after the other */
      .forward = dropout_forward_openmp,
      .backward = dropout_backward_openmp },
#ifdef CONVLAB_CUDA
    { .info = { "cuda_naive", SPACE_CUDA, PRECISION_FP32,
                "drawn by one block, applied by one thread per element" },
      .draw = dropout_draw_cuda_naive,
      .forward = dropout_forward_cuda_naive,
      .backward = dropout_backward_cuda_naive },
#endif
};
const size_t dropout_variant_count = sizeof dropout_variants / sizeof dropout_variants[0];

status dropout_shape_check(const dropout_shape *s)
{
    if (s->count < 0 || s->count > PTRDIFF_MAX / (ptrdiff_t)sizeof(float))
        return STATUS_SHAPE;
    return s->p >= 0.0 && s->p <= 1.0 ? STATUS_OK : STATUS_VALUE;
}

float dropout_scale(const dropout_shape *s)
{
    return s->p < 1.0 ? 1.0f / (float)(1.0 - s->p) : 0.0f;
}

static status validate(const dropout_variant *v, const dropout_shape *s)
{
    const status verdict = dropout_shape_check(s);

    if (verdict != STATUS_OK)
        return verdict;
    return v->supports && !v->supports(s) ? STATUS_UNSUPPORTED : STATUS_OK;
}

status dropout_draw(const dropout_variant *v, const dropout_shape *s, rng *r, uint8_t *mask)
{
    const status verdict = validate(v, s);

    if (verdict != STATUS_OK)
        return verdict;
    if (!v->draw)
        return STATUS_UNSUPPORTED;
    v->draw(s, r, mask);
    return launch_status();
}

status dropout_forward(const dropout_variant *v, const dropout_shape *s, const float *x,
                       const uint8_t *mask, float *y)
{
    const status verdict = validate(v, s);

    if (verdict != STATUS_OK)
        return verdict;
    if (!v->forward)
        return STATUS_UNSUPPORTED;
    v->forward(s, x, mask, y);
    return launch_status();
}

status dropout_backward(const dropout_variant *v, const dropout_shape *s, const float *dy,
                        const uint8_t *mask, float *dx)
{
    const status verdict = validate(v, s);

    if (verdict != STATUS_OK)
        return verdict;
    if (!v->backward)
        return STATUS_UNSUPPORTED;
    v->backward(s, dy, mask, dx);
    return launch_status();
}
