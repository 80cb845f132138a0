/* softmax_ce_openmp.c: softmax and cross-entropy, blocks of neighbouring places in parallel.
 *
 * Idea:  64 neighbouring places (inner) are walked together, class by class, so that every cache
 *        line is used whole and the arithmetic is vectors; blocks are shared among threads. The
 *        loss is summed in 64 pieces whatever the number of threads, and those are added in order.
 * Layout: x, y, logp and gradients [n][classes][inner], labels [n][inner], class weights [classes].
 * Cost:  one exponential and about 5 FLOP per element.
 * Limit: the exponentials are libm's, one at a time; and x is read again for every sweep, where an
 *        online softmax keeps a running maximum and sum.
 * Source: softmax_ce.h. */
#include "kernels/softmax_ce/softmax_ce_variants.h"

#include <math.h>

enum {
    BLOCK = 64,                                 /* places walked together */
    PIECES = 64,                                /* partial sums of a loss */
    PARALLEL_FROM = 4096                        /* below, a team costs more than it saves */
};

/* `places` neighbours of one sample: their first class lies at `first`, their labels at `label`. */
typedef struct {
    ptrdiff_t first, label;
    int places;
} block;

static ptrdiff_t block_count(const softmax_ce_shape *s)
{
    return ((ptrdiff_t)s->inner + BLOCK - 1) / BLOCK * s->n;
}

static block block_at(const softmax_ce_shape *s, ptrdiff_t index)
{
    const ptrdiff_t per_sample = ((ptrdiff_t)s->inner + BLOCK - 1) / BLOCK;
    const ptrdiff_t n = index / per_sample, inner = index % per_sample * BLOCK;
    const ptrdiff_t rest = s->inner - inner;

    return (block){ .first = n * s->classes * s->inner + inner, .label = n * s->inner + inner,
                    .places = rest < BLOCK ? (int)rest : BLOCK };
}

static bool worth_a_team(const softmax_ce_shape *s)
{
    return (ptrdiff_t)s->n * s->classes * s->inner >= PARALLEL_FROM;
}

/* max[i] of each place of a block; x points at its first class. */
static void block_max(const softmax_ce_shape *s, int places, const float *x, float *max)
{
    for (int i = 0; i < places; i++)
        max[i] = x[i];
    for (int c = 1; c < s->classes; c++) {
        x += s->inner;
#pragma omp simd
        for (int i = 0; i < places; i++)
            max[i] = x[i] > max[i] ? x[i] : max[i];     /* the sum shows a NaN that hides here */
    }
}

void softmax_forward_openmp(const softmax_ce_shape *s, const float *x, float *y)
{
    const ptrdiff_t blocks = block_count(s), inner = s->inner;

#pragma omp parallel for schedule(static) if (worth_a_team(s))
    for (ptrdiff_t k = 0; k < blocks; k++) {
        const block b = block_at(s, k);
        float max[BLOCK], sum[BLOCK] = { 0.0f };
        block_max(s, b.places, x + b.first, max);
        for (int c = 0; c < s->classes; c++) {
            const ptrdiff_t row = b.first + c * inner;
            for (int i = 0; i < b.places; i++) {
                const float e = expf(x[row + i] - max[i]);
                y[row + i] = e;                 /* y may be x: this element is not read again */
                sum[i] += e;
            }
        }
        for (int c = 0; c < s->classes; c++) {
            float *const row = y + b.first + c * inner;
#pragma omp simd
            for (int i = 0; i < b.places; i++)
                row[i] /= sum[i];
        }
    }
}

void softmax_backward_openmp(const softmax_ce_shape *s, const float *y, const float *dy,
                             float *dx)
{
    const ptrdiff_t blocks = block_count(s), inner = s->inner;

#pragma omp parallel for schedule(static) if (worth_a_team(s))
    for (ptrdiff_t k = 0; k < blocks; k++) {
        const block b = block_at(s, k);
        float dot[BLOCK] = { 0.0f };
        for (int c = 0; c < s->classes; c++) {
            const ptrdiff_t row = b.first + c * inner;
#pragma omp simd
            for (int i = 0; i < b.places; i++)
                dot[i] += dy[row + i] * y[row + i];
        }
        for (int c = 0; c < s->classes; c++) {
            const ptrdiff_t row = b.first + c * inner;
#pragma omp simd
            for (int i = 0; i < b.places; i++)
                dx[row + i] = y[row + i] * (dy[row + i] - dot[i]);
        }
    }
}

void log_softmax_forward_openmp(const softmax_ce_shape *s, const float *x, float *y)
{
    const ptrdiff_t blocks = block_count(s), inner = s->inner;

#pragma omp parallel for schedule(static) if (worth_a_team(s))
    for (ptrdiff_t k = 0; k < blocks; k++) {
        const block b = block_at(s, k);
        float max[BLOCK], sum[BLOCK] = { 0.0f };
        block_max(s, b.places, x + b.first, max);
        for (int c = 0; c < s->classes; c++) {
            const float *const row = x + b.first + c * inner;
            for (int i = 0; i < b.places; i++)
                sum[i] += expf(row[i] - max[i]);
        }
        for (int i = 0; i < b.places; i++)
            sum[i] = logf(sum[i]);
        for (int c = 0; c < s->classes; c++) {
            const ptrdiff_t row = b.first + c * inner;
#pragma omp simd
            for (int i = 0; i < b.places; i++)
                y[row + i] = x[row + i] - max[i] - sum[i];
        }
    }
}

void log_softmax_backward_openmp(const softmax_ce_shape *s, const float *y, const float *dy,
                                 float *dx)
{
    const ptrdiff_t blocks = block_count(s), inner = s->inner;

#pragma omp parallel for schedule(static) if (worth_a_team(s))
    for (ptrdiff_t k = 0; k < blocks; k++) {
        const block b = block_at(s, k);
        float sum[BLOCK] = { 0.0f };
        for (int c = 0; c < s->classes; c++) {
            const float *const row = dy + b.first + c * inner;
#pragma omp simd
            for (int i = 0; i < b.places; i++)
                sum[i] += row[i];
        }
        for (int c = 0; c < s->classes; c++) {
            const ptrdiff_t row = b.first + c * inner;
            for (int i = 0; i < b.places; i++)
                dx[row + i] = dy[row + i] - expf(y[row + i]) * sum[i];
        }
    }
}

static float weight_of(const float *class_weights, int c)
{
    return class_weights ? class_weights[c] : 1.0f;
}

/* The loss of one place; logp points at its first class. */
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

/* The sum of the losses of places from..to-1; each is stored as well unless loss is NULL. */
static double piece_loss(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                         const float *class_weights, ptrdiff_t from, ptrdiff_t to, float *loss)
{
    double sum = 0.0;

    for (ptrdiff_t p = from; p < to; p++) {
        const ptrdiff_t first = p / s->inner * s->classes * s->inner + p % s->inner;
        float l = 0.0f;
        if (labels[p] != s->ignore_index)
            l = place_loss(s, logp + first, labels[p], class_weights);
        if (loss)
            loss[p] = l;
        sum += (double)l;
    }
    return sum;
}

/* What the mean divides by: the weights of the labels that count. 1 for the other reductions.
 * Serial: a fixed order, and the labels are a small part of the data. */
static double divisor(const softmax_ce_shape *s, const int32_t *labels, const float *class_weights)
{
    const ptrdiff_t places = (ptrdiff_t)s->n * s->inner;
    double sum = 0.0;

    if (s->reduction != REDUCTION_MEAN)
        return 1.0;
    for (ptrdiff_t p = 0; p < places; p++)
        if (labels[p] != s->ignore_index)
            sum += (double)weight_of(class_weights, labels[p]);
    return sum;
}

void nll_forward_openmp(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                        const float *class_weights, float *loss)
{
    const ptrdiff_t places = (ptrdiff_t)s->n * s->inner;
    const ptrdiff_t length = places / PIECES, longer = places % PIECES;
    float *const each = s->reduction == REDUCTION_NONE ? loss : NULL;
    double partial[PIECES], sum = 0.0;

#pragma omp parallel for schedule(static) if (worth_a_team(s))
    for (int k = 0; k < PIECES; k++) {          /* the first `longer` pieces get one more */
        const ptrdiff_t from = k * length + (k < longer ? k : longer);
        partial[k] = piece_loss(s, logp, labels, class_weights, from, from + length + (k < longer),
                                each);
    }
    if (each)
        return;
    for (int k = 0; k < PIECES; k++)
        sum += partial[k];
    *loss = (float)(sum / divisor(s, labels, class_weights));
}

/* g[i] of each place of a block: dloss as it reaches the place, 0 where the label is ignored. */
static void block_upstream(const softmax_ce_shape *s, const block *b, const int32_t *labels,
                           const float *dloss, double divide_by, float *g)
{
    for (int i = 0; i < b->places; i++) {
        const double arriving = (double)dloss[s->reduction == REDUCTION_NONE ? b->label + i : 0];
        g[i] = labels[b->label + i] == s->ignore_index ? 0.0f : (float)(arriving / divide_by);
    }
}

void nll_backward_openmp(const softmax_ce_shape *s, const int32_t *labels,
                         const float *class_weights, const float *dloss, float *dlogp)
{
    const float hit = 1.0f - s->label_smoothing, spread = s->label_smoothing / (float)s->classes;
    const double divide_by = divisor(s, labels, class_weights);
    const ptrdiff_t blocks = block_count(s), inner = s->inner;

#pragma omp parallel for schedule(static) if (worth_a_team(s))
    for (ptrdiff_t k = 0; k < blocks; k++) {
        const block b = block_at(s, k);
        const int32_t *const label = labels + b.label;
        float g[BLOCK];
        block_upstream(s, &b, labels, dloss, divide_by, g);
        for (int c = 0; c < s->classes; c++) {
            float *const row = dlogp + b.first + c * inner;
            const float weight = weight_of(class_weights, c);
#pragma omp simd
            for (int i = 0; i < b.places; i++)
                row[i] = -g[i] * weight * (label[i] == c ? spread + hit : spread);
        }
    }
}

void ce_backward_openmp(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                        const float *class_weights, const float *dloss, float *dx)
{
    const float hit = 1.0f - s->label_smoothing, spread = s->label_smoothing / (float)s->classes;
    const double divide_by = divisor(s, labels, class_weights);
    const ptrdiff_t blocks = block_count(s), inner = s->inner;
    float weight_sum = 0.0f;

    for (int c = 0; c < s->classes; c++)
        weight_sum += weight_of(class_weights, c);
#pragma omp parallel for schedule(static) if (worth_a_team(s))
    for (ptrdiff_t k = 0; k < blocks; k++) {
        const block b = block_at(s, k);
        const int32_t *const label = labels + b.label;
        float g[BLOCK], whole[BLOCK];
        block_upstream(s, &b, labels, dloss, divide_by, g);
        for (int i = 0; i < b.places; i++)
            whole[i] = label[i] == s->ignore_index
                           ? 0.0f
                           : hit * weight_of(class_weights, label[i]) + spread * weight_sum;
        for (int c = 0; c < s->classes; c++) {
            const ptrdiff_t row = b.first + c * inner;
            const float weight = weight_of(class_weights, c);
            for (int i = 0; i < b.places; i++) {
                const float target = weight * (label[i] == c ? spread + hit : spread);
                dx[row + i] = label[i] == s->ignore_index
                                  ? 0.0f
                                  : g[i] * (expf(logp[row + i]) * whole[i] - target);
            }
        }
    }
}
