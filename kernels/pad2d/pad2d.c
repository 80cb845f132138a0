/* pad2d.c: shape rules, validation and the table of variants. */
#include "kernels/pad2d/pad2d.h"

#include "kernels/core/extent.h"
#include "kernels/core/launch_status.h"
#include "kernels/pad2d/pad2d_variants.h"

const pad2d_variant pad2d_variants[] = {
    { .info = { "naive", SPACE_HOST, PRECISION_FP32, "asks of every output: inside or border?" },
      .forward = pad2d_forward_naive,
      .backward = pad2d_backward_naive },
    { .info = { "openmp", SPACE_HOST, PRECISION_FP32, "copies whole rows, rows in parallel" },
      .forward = pad2d_forward_openmp,
      .backward = pad2d_backward_openmp },
#ifdef CONVLAB_CUDA
    { .info = { "cuda_naive", SPACE_CUDA, PRECISION_FP32, "one thread per output" },
      .forward = pad2d_forward_cuda_naive,
      .backward = pad2d_backward_cuda_naive },
#endif
};
const size_t pad2d_variant_count = sizeof pad2d_variants / sizeof pad2d_variants[0];

status pad2d_shape_init(pad2d_shape *s)
{
    if (s->n < 0 || s->c < 1 || s->h < 1 || s->w < 1)
        return STATUS_SHAPE;
    if (s->pad_top < 0 || s->pad_bottom < 0 || s->pad_left < 0 || s->pad_right < 0)
        return STATUS_SHAPE;
    if (!extent_sum(s->h, s->pad_top, &s->oh) || !extent_sum(s->oh, s->pad_bottom, &s->oh) ||
        !extent_sum(s->w, s->pad_left, &s->ow) || !extent_sum(s->ow, s->pad_right, &s->ow))
        return STATUS_SHAPE;
    const int y[] = { s->n, s->c, s->oh, s->ow };   /* not smaller than x */
    return extent_product(4, y, NULL) ? STATUS_OK : STATUS_SHAPE;
}

static status validate(const pad2d_variant *v, const pad2d_shape *s)
{
    pad2d_shape fresh = *s;

    if (pad2d_shape_init(&fresh) != STATUS_OK || fresh.oh != s->oh || fresh.ow != s->ow)
        return STATUS_SHAPE;
    return v->supports && !v->supports(s) ? STATUS_UNSUPPORTED : STATUS_OK;
}

status pad2d_forward(const pad2d_variant *v, const pad2d_shape *s, const float *x, float *y)
{
    const status verdict = validate(v, s);

    if (verdict != STATUS_OK)
        return verdict;
    if (!v->forward)
        return STATUS_UNSUPPORTED;
    v->forward(s, x, y);
    return launch_status();
}

status pad2d_backward(const pad2d_variant *v, const pad2d_shape *s, const float *dy, float *dx)
{
    const status verdict = validate(v, s);

    if (verdict != STATUS_OK)
        return verdict;
    if (!v->backward)
        return STATUS_UNSUPPORTED;
    v->backward(s, dy, dx);
    return launch_status();
}
