/* softmax_ce_naive.c: softmax and cross-entropy, one place after the other.
 *
 * Idea:  the classes of one place lie `inner` elements apart; walk them for the maximum, for the
 *        sum, for the result. Subtracting the maximum changes nothing mathematically, but without
 *        it exp(89) is already infinite in float. Losses are summed in double.
 * Layout: x, y, logp and gradients [n][classes][inner], labels [n][inner], class weights [classes].
 * Cost:  one exponential and about 5 FLOP per element.
 * Limit: with inner > 1 every step of a walk touches another cache line, and one thread does it
 *        all. softmax_ce_openmp.c walks neighbouring places together, on all threads.
 * Source: softmax_ce.h. */
#include "kernels/softmax_ce/softmax_ce_variants.h"

#include <math.h>

/* Where the first class of place p = n*inner + i lies. */
static ptrdiff_t first_class(const softmax_ce_shape *s, ptrdiff_t p)
{
    return p / s->inner * s->classes * s->inner + p % s->inner;
}

/* The largest x of one place, and the sum of exp(x - largest). */
static float largest(const softmax_ce_shape *s, const float *x)
{
    float max = x[0];

    for (int c = 1; c < s->classes; c++)
        if (x[(ptrdiff_t)c * s->inner] > max)
            max = x[(ptrdiff_t)c * s->inner];
    return max;                                 /* a NaN may hide here; the sum below shows it */
}

static float sum_of_exp(const softmax_ce_shape *s, const float *x, float max)
{
    float sum = 0.0f;

    for (int c = 0; c < s->classes; c++)
        sum += expf(x[(ptrdiff_t)c * s->inner] - max);
    return sum;
}

void softmax_forward_naive(const softmax_ce_shape *s, const float *x, float *y)
{
    for (ptrdiff_t p = 0; p < (ptrdiff_t)s->n * s->inner; p++) {
        const ptrdiff_t first = first_class(s, p);
        const float max = largest(s, x + first), sum = sum_of_exp(s, x + first, max);
        for (int c = 0; c < s->classes; c++) {
            const ptrdiff_t i = first + (ptrdiff_t)c * s->inner;
            y[i] = expf(x[i] - max) / sum;
        }
    }
}

void softmax_backward_naive(const softmax_ce_shape *s, const float *y, const float *dy, float *dx)
{
    for (ptrdiff_t p = 0; p < (ptrdiff_t)s->n * s->inner; p++) {
        const ptrdiff_t first = first_class(s, p);
        float dot = 0.0f;
        for (int c = 0; c < s->classes; c++) {
            const ptrdiff_t i = first + (ptrdiff_t)c * s->inner;
            dot += dy[i] * y[i];
        }
        for (int c = 0; c < s->classes; c++) {
            const ptrdiff_t i = first + (ptrdiff_t)c * s->inner;
            dx[i] = y[i] * (dy[i] - dot);
        }
    }
}

void log_softmax_forward_naive(const softmax_ce_shape *s, const float *x, float *y)
{
    for (ptrdiff_t p = 0; p < (ptrdiff_t)s->n * s->inner; p++) {
        const ptrdiff_t first = first_class(s, p);
        const float max = largest(s, x + first);
        const float log_sum = logf(sum_of_exp(s, x + first, max));
        for (int c = 0; c < s->classes; c++) {
            const ptrdiff_t i = first + (ptrdiff_t)c * s->inner;
            y[i] = x[i] - max - log_sum;
        }
    }
}

void log_softmax_backward_naive(const softmax_ce_shape *s, const float *y, const float *dy,
                                float *dx)
{
    for (ptrdiff_t p = 0; p < (ptrdiff_t)s->n * s->inner; p++) {
        const ptrdiff_t first = first_class(s, p);
        float sum = 0.0f;
        for (int c = 0; c < s->classes; c++)
            sum += dy[first + (ptrdiff_t)c * s->inner];
        for (int c = 0; c < s->classes; c++) {
            const ptrdiff_t i = first + (ptrdiff_t)c * s->inner;
            dx[i] = dy[i] - expf(y[i]) * sum;
        }
    }
}

static float weight_of(const float *class_weights, int c)
{
    return class_weights ? class_weights[c] : 1.0f;
}

/* What the mean divides by: the weights of the labels that count. 1 for the other reductions. */
static double divisor(const softmax_ce_shape *s, const int32_t *labels, const float *class_weights)
{
    double sum = 0.0;

    if (s->reduction != REDUCTION_MEAN)
        return 1.0;
    for (ptrdiff_t p = 0; p < (ptrdiff_t)s->n * s->inner; p++)
        if (labels[p] != s->ignore_index)
            sum += (double)weight_of(class_weights, labels[p]);
    return sum;
}

/* The loss of one place: the label's share, and the smoothed share spread over all classes. */
static float place_loss(const softmax_ce_shape *s, const float *logp, int label,
                        const float *class_weights)
{
    const float hit = -weight_of(class_weights, label) * logp[(ptrdiff_t)label * s->inner];
    if (s->label_smoothing == 0.0f)
        return hit;                             /* an infinite logp elsewhere must not matter */
    float spread = 0.0f;
    for (int c = 0; c < s->classes; c++)
        spread -= weight_of(class_weights, c) * logp[(ptrdiff_t)c * s->inner];
    return (1.0f - s->label_smoothing) * hit + s->label_smoothing / (float)s->classes * spread;
}

void nll_forward_naive(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                       const float *class_weights, float *loss)
{
    double sum = 0.0;

    for (ptrdiff_t p = 0; p < (ptrdiff_t)s->n * s->inner; p++) {
        float l = 0.0f;
        if (labels[p] != s->ignore_index)
            l = place_loss(s, logp + first_class(s, p), labels[p], class_weights);
        if (s->reduction == REDUCTION_NONE)
            loss[p] = l;
        sum += (double)l;
    }
    if (s->reduction != REDUCTION_NONE)
        *loss = (float)(sum / divisor(s, labels, class_weights));
}

/* dloss as it reaches place p. */
static float upstream(const softmax_ce_shape *s, const float *dloss, ptrdiff_t p, double divide_by)
{
    return (float)((double)dloss[s->reduction == REDUCTION_NONE ? p : 0] / divide_by);
}

void nll_backward_naive(const softmax_ce_shape *s, const int32_t *labels,
                        const float *class_weights, const float *dloss, float *dlogp)
{
    const float hit = 1.0f - s->label_smoothing, spread = s->label_smoothing / (float)s->classes;
    const double divide_by = divisor(s, labels, class_weights);

    for (ptrdiff_t p = 0; p < (ptrdiff_t)s->n * s->inner; p++) {
        const ptrdiff_t first = first_class(s, p);
        for (int c = 0; c < s->classes; c++) {
            const float share = spread + (c == labels[p] ? hit : 0.0f);
            const ptrdiff_t i = first + (ptrdiff_t)c * s->inner;
            dlogp[i] = 0.0f;
            if (labels[p] != s->ignore_index)
                dlogp[i] = -upstream(s, dloss, p, divide_by) * weight_of(class_weights, c) * share;
        }
    }
}

void ce_backward_naive(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                       const float *class_weights, const float *dloss, float *dx)
{
    const float hit = 1.0f - s->label_smoothing, spread = s->label_smoothing / (float)s->classes;
    const double divide_by = divisor(s, labels, class_weights);
    float weight_sum = 0.0f;

    for (int c = 0; c < s->classes; c++)
        weight_sum += weight_of(class_weights, c);
    for (ptrdiff_t p = 0; p < (ptrdiff_t)s->n * s->inner; p++) {
        const ptrdiff_t first = first_class(s, p);
        const bool counts = labels[p] != s->ignore_index;
        const float g = counts ? upstream(s, dloss, p, divide_by) : 0.0f;
        const float whole =
            counts ? hit * weight_of(class_weights, labels[p]) + spread * weight_sum : 0.0f;
        for (int c = 0; c < s->classes; c++) {
            const float target =
                weight_of(class_weights, c) * (spread + (c == labels[p] ? hit : 0.0f));
            const ptrdiff_t i = first + (ptrdiff_t)c * s->inner;
            dx[i] = counts ? g * (expf(logp[i]) * whole - target) : 0.0f;
        }
    }
}
