/* softmax_ce.c: shape rules, checks and the table of variants. */
#include "kernels/softmax_ce/softmax_ce.h"

#include "kernels/core/extent.h"
#include "kernels/core/launch_status.h"
#include "kernels/softmax_ce/softmax_ce_variants.h"

const softmax_ce_variant softmax_ce_variants[] = {
    { .info = { "naive", SPACE_HOST, PRECISION_FP32, "one place after the other" },
      .softmax_forward = softmax_forward_naive,
      .softmax_backward = softmax_backward_naive,
      .log_softmax_forward = log_softmax_forward_naive,
      .log_softmax_backward = log_softmax_backward_naive,
      .nll_forward = nll_forward_naive,
      .nll_backward = nll_backward_naive,
      .ce_backward = ce_backward_naive },
    { .info = { "openmp", SPACE_HOST, PRECISION_FP32, "blocks of neighbouring places in parallel" },
      .softmax_forward = softmax_forward_openmp,
      .softmax_backward = softmax_backward_openmp,
      .log_softmax_forward = log_softmax_forward_openmp,
      .log_softmax_backward = log_softmax_backward_openmp,
      .nll_forward = nll_forward_openmp,
      .nll_backward = nll_backward_openmp,
      .ce_backward = ce_backward_openmp },
#ifdef CONVLAB_CUDA
    { .info = { "cuda_naive", SPACE_CUDA, PRECISION_FP32, "one thread per place" },
      .softmax_forward = softmax_forward_cuda_naive,
      .softmax_backward = softmax_backward_cuda_naive,
      .log_softmax_forward = log_softmax_forward_cuda_naive,
      .log_softmax_backward = log_softmax_backward_cuda_naive,
      .nll_forward = nll_forward_cuda_naive,
      .nll_backward = nll_backward_cuda_naive,
      .ce_backward = ce_backward_cuda_naive },
    { .info = { "cuda_warp", SPACE_CUDA, PRECISION_FP32, "one warp per row, sums by shuffles" },
      .supports = softmax_ce_supports_cuda_warp,
      .softmax_forward = softmax_forward_cuda_warp,
      .softmax_backward = softmax_backward_cuda_warp,
      .log_softmax_forward = log_softmax_forward_cuda_warp,
      .log_softmax_backward = log_softmax_backward_cuda_warp,
      .nll_forward = nll_forward_cuda_warp,
      .nll_backward = nll_backward_cuda_warp,
      .ce_backward = ce_backward_cuda_warp },
#endif
};

const size_t softmax_ce_variant_count = sizeof softmax_ce_variants / sizeof softmax_ce_variants[0];

softmax_ce_shape softmax_ce_shape_plain(int n, int classes)
{
    return (softmax_ce_shape){ .n = n, .classes = classes, .inner = 1,
                               .reduction = REDUCTION_MEAN, .ignore_index = -100 };
}

status softmax_ce_shape_check(const softmax_ce_shape *s)
{
    const int extents[] = { s->n, s->classes, s->inner };

    if (s->classes < 1 || !extent_product(3, extents, NULL))
        return STATUS_SHAPE;
    if (s->reduction != REDUCTION_NONE && s->reduction != REDUCTION_MEAN &&
        s->reduction != REDUCTION_SUM)
        return STATUS_VALUE;
    if (!(s->label_smoothing >= 0.0f && s->label_smoothing <= 1.0f))
        return STATUS_VALUE;
    return STATUS_OK;
}

ptrdiff_t softmax_ce_loss_count(const softmax_ce_shape *s)
{
    return s->reduction == REDUCTION_NONE ? (ptrdiff_t)s->n * s->inner : 1;
}

static status admit(const softmax_ce_variant *v, const softmax_ce_shape *s)
{
    const status shape = softmax_ce_shape_check(s);
    if (shape != STATUS_OK)
        return shape;
    return v->supports && !v->supports(s) ? STATUS_UNSUPPORTED : STATUS_OK;
}

/* As admit(); refuses labels outside their range as well. */
static status admit_labels(const softmax_ce_variant *v, const softmax_ce_shape *s,
                           const int32_t *labels)
{
    const status verdict = admit(v, s);
    if (verdict != STATUS_OK || v->info.space != SPACE_HOST)
        return verdict;
    const ptrdiff_t places = (ptrdiff_t)s->n * s->inner;
    for (ptrdiff_t p = 0; p < places; p++)
        if (labels[p] != s->ignore_index && (labels[p] < 0 || labels[p] >= s->classes))
            return STATUS_VALUE;
    return STATUS_OK;
}

status softmax_forward(const softmax_ce_variant *v, const softmax_ce_shape *s, const float *x,
                       float *y)
{
    const status verdict = admit(v, s);
    if (verdict != STATUS_OK)
        return verdict;
    if (!v->softmax_forward)
        return STATUS_UNSUPPORTED;
    v->softmax_forward(s, x, y);
    return launch_status();
}

status softmax_backward(const softmax_ce_variant *v, const softmax_ce_shape *s, const float *y,
                        const float *dy, float *dx)
{
    const status verdict = admit(v, s);
    if (verdict != STATUS_OK)
        return verdict;
    if (!v->softmax_backward)
        return STATUS_UNSUPPORTED;
    v->softmax_backward(s, y, dy, dx);
    return launch_status();
}

status log_softmax_forward(const softmax_ce_variant *v, const softmax_ce_shape *s, const float *x,
                           float *y)
{
    const status verdict = admit(v, s);
    if (verdict != STATUS_OK)
        return verdict;
    if (!v->log_softmax_forward)
        return STATUS_UNSUPPORTED;
    v->log_softmax_forward(s, x, y);
    return launch_status();
}

status log_softmax_backward(const softmax_ce_variant *v, const softmax_ce_shape *s, const float *y,
                            const float *dy, float *dx)
{
    const status verdict = admit(v, s);
    if (verdict != STATUS_OK)
        return verdict;
    if (!v->log_softmax_backward)
        return STATUS_UNSUPPORTED;
    v->log_softmax_backward(s, y, dy, dx);
    return launch_status();
}

status nll_forward(const softmax_ce_variant *v, const softmax_ce_shape *s, const float *logp,
                   const int32_t *labels, const float *class_weights, float *loss)
{
    const status verdict = admit_labels(v, s, labels);
    if (verdict != STATUS_OK)
        return verdict;
    if (!v->nll_forward)
        return STATUS_UNSUPPORTED;
    v->nll_forward(s, logp, labels, class_weights, loss);
    return launch_status();
}

status nll_backward(const softmax_ce_variant *v, const softmax_ce_shape *s, const int32_t *labels,
                    const float *class_weights, const float *dloss, float *dlogp)
{
    const status verdict = admit_labels(v, s, labels);
    if (verdict != STATUS_OK)
        return verdict;
    if (!v->nll_backward)
        return STATUS_UNSUPPORTED;
    v->nll_backward(s, labels, class_weights, dloss, dlogp);
    return launch_status();
}

status ce_forward(const softmax_ce_variant *v, const softmax_ce_shape *s, const float *x,
                  const int32_t *labels, const float *class_weights, float *logp, float *loss)
{
    const status verdict = admit_labels(v, s, labels);
    if (verdict != STATUS_OK)
        return verdict;
    if (!v->log_softmax_forward || !v->nll_forward)
        return STATUS_UNSUPPORTED;
    v->log_softmax_forward(s, x, logp);
    v->nll_forward(s, logp, labels, class_weights, loss);
    return launch_status();
}

status ce_backward(const softmax_ce_variant *v, const softmax_ce_shape *s, const float *logp,
                   const int32_t *labels, const float *class_weights, const float *dloss,
                   float *dx)
{
    const status verdict = admit_labels(v, s, labels);
    if (verdict != STATUS_OK)
        return verdict;
    if (!v->ce_backward)
        return STATUS_UNSUPPORTED;
    v->ce_backward(s, logp, labels, class_weights, dloss, dx);
    return launch_status();
}
