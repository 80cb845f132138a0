/* batchnorm2d_openmp.c: batch normalisation with one thread per channel.
 *
 * Idea:  channels are independent, so one thread takes a channel through all its passes: what the
 *        first pass brings into the cache, the others find there. A plane is summed in LANES float
 *        lanes, which vectorise, and the lanes of all planes in double: two short levels instead of
 *        one long chain, so rounding errors stay small and the order never changes.
 * Limit: no more threads than channels; memory bandwidth where a channel of the batch exceeds the
 *        cache. Fusing the normalisation into the layer before it saves whole passes. */
#include "kernels/batchnorm2d/batchnorm2d_variants.h"

#include <math.h>

enum {
    LANES = 16,
    PARALLEL_FROM = 1 << 14     /* elements; below, starting threads costs more */
};

static double lane_total(const float *lane)
{
    double total = 0.0;

    for (int l = 0; l < LANES; l++)
        total += (double)lane[l];
    return total;
}

/* Sum of a[i] over one plane. */
static double plane_sum(const float *a, ptrdiff_t plane)
{
    float lane[LANES] = { 0.0f };
    ptrdiff_t i = 0;

    for (; i + LANES <= plane; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += a[i + l];
    for (int l = 0; i + l < plane; l++)
        lane[l] += a[i + l];
    return lane_total(lane);
}

/* Sum of (a[i] - a_mean) * (b[i] - b_mean) over one plane. */
static double plane_products(const float *a, float a_mean, const float *b, float b_mean,
                             ptrdiff_t plane)
{
    float lane[LANES] = { 0.0f };
    ptrdiff_t i = 0;

    for (; i + LANES <= plane; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += (a[i + l] - a_mean) * (b[i + l] - b_mean);
    for (int l = 0; i + l < plane; l++)
        lane[l] += (a[i + l] - a_mean) * (b[i + l] - b_mean);
    return lane_total(lane);
}

/* Offset of element (n, c, 0, 0). */
static ptrdiff_t plane_at(const batchnorm2d_shape *s, int n, int c)
{
    return ((ptrdiff_t)n * s->c + c) * s->h * s->w;
}

/* The same two sums over channel c of the whole batch. */
static double channel_sum(const batchnorm2d_shape *s, int c, const float *a)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;
    double sum = 0.0;

    for (int n = 0; n < s->n; n++)
        sum += plane_sum(a + plane_at(s, n, c), plane);
    return sum;
}

static double channel_products(const batchnorm2d_shape *s, int c, const float *a, float a_mean,
                               const float *b, float b_mean)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;
    double sum = 0.0;

    for (int n = 0; n < s->n; n++) {
        const ptrdiff_t first = plane_at(s, n, c);
        sum += plane_products(a + first, a_mean, b + first, b_mean, plane);
    }
    return sum;
}

static void normalise_channel(const batchnorm2d_shape *s, int c, const float *x, float mean,
                              float scale, float beta, float *y)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;

    for (int n = 0; n < s->n; n++) {
        const float *const in = x + plane_at(s, n, c);
        float *const out = y + plane_at(s, n, c);
#pragma omp simd
        for (ptrdiff_t i = 0; i < plane; i++)
            out[i] = (in[i] - mean) * scale + beta;
    }
}

/* dx = scale * (dy - dy_mean - (x - mean) * slope) */
static void spread_channel(const batchnorm2d_shape *s, int c, const float *x, float mean,
                           const float *dy, float dy_mean, float slope, float scale, float *dx)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;

    for (int n = 0; n < s->n; n++) {
        const float *const in = x + plane_at(s, n, c), *const upstream = dy + plane_at(s, n, c);
        float *const out = dx + plane_at(s, n, c);
#pragma omp simd
        for (ptrdiff_t i = 0; i < plane; i++)
            out[i] = scale * (upstream[i] - dy_mean - (in[i] - mean) * slope);
    }
}

/* dx = scale * dy */
static void scale_channel(const batchnorm2d_shape *s, int c, const float *dy, float scale,
                          float *dx)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;

    for (int n = 0; n < s->n; n++) {
        const float *const upstream = dy + plane_at(s, n, c);
        float *const out = dx + plane_at(s, n, c);
#pragma omp simd
        for (ptrdiff_t i = 0; i < plane; i++)
            out[i] = scale * upstream[i];
    }
}

static bool worth_a_team(const batchnorm2d_shape *s)
{
    return (ptrdiff_t)s->n * s->c * s->h * s->w >= PARALLEL_FROM;
}

void batchnorm2d_train_forward_openmp(const batchnorm2d_shape *s, const float *x,
                                      const float *gamma, const float *beta, float *running_mean,
                                      float *running_var, float *y, float *saved_mean,
                                      float *saved_invstd)
{
    const double count = (double)s->n * s->h * s->w, momentum = (double)s->momentum;

#pragma omp parallel for if (worth_a_team(s))
    for (int c = 0; c < s->c; c++) {
        if (s->n == 0) {
            saved_mean[c] = saved_invstd[c] = 0.0f;
            continue;
        }
        const float mean = (float)(channel_sum(s, c, x) / count);
        const double var = channel_products(s, c, x, mean, x, mean) / count;
        const double unbiased = var * count / (count - 1.0);
        const float invstd = (float)(1.0 / sqrt(var + (double)s->eps));

        saved_mean[c] = mean;
        saved_invstd[c] = invstd;
        running_mean[c] =
            (float)((1.0 - momentum) * (double)running_mean[c] + momentum * (double)mean);
        running_var[c] = (float)((1.0 - momentum) * (double)running_var[c] + momentum * unbiased);
        normalise_channel(s, c, x, mean, invstd * gamma[c], beta[c], y);
    }
}

void batchnorm2d_train_backward_openmp(const batchnorm2d_shape *s, const float *x,
                                       const float *gamma, const float *saved_mean,
                                       const float *saved_invstd, const float *dy, float *dx,
                                       float *dgamma, float *dbeta)
{
    const double count = (double)s->n * s->h * s->w;

#pragma omp parallel for if (worth_a_team(s))
    for (int c = 0; c < s->c; c++) {
        const double invstd = (double)saved_invstd[c], sum = channel_sum(s, c, dy);
        const double product_sum = channel_products(s, c, dy, 0.0f, x, saved_mean[c]);

        dbeta[c] = (float)sum;
        dgamma[c] = (float)(product_sum * invstd);
        spread_channel(s, c, x, saved_mean[c], dy, (float)(sum / count),
                       (float)(product_sum * invstd * invstd / count),
                       gamma[c] * saved_invstd[c], dx);
    }
}

static float running_invstd(const batchnorm2d_shape *s, float running_var)
{
    return (float)(1.0 / sqrt((double)running_var + (double)s->eps));
}

void batchnorm2d_eval_forward_openmp(const batchnorm2d_shape *s, const float *x,
                                     const float *gamma, const float *beta,
                                     const float *running_mean, const float *running_var, float *y)
{
#pragma omp parallel for if (worth_a_team(s))
    for (int c = 0; c < s->c; c++)
        normalise_channel(s, c, x, running_mean[c], running_invstd(s, running_var[c]) * gamma[c],
                          beta[c], y);
}

void batchnorm2d_eval_backward_openmp(const batchnorm2d_shape *s, const float *x,
                                      const float *gamma, const float *running_mean,
                                      const float *running_var, const float *dy, float *dx,
                                      float *dgamma, float *dbeta)
{
#pragma omp parallel for if (worth_a_team(s))
    for (int c = 0; c < s->c; c++) {
        const float invstd = running_invstd(s, running_var[c]);

        dbeta[c] = (float)channel_sum(s, c, dy);
        dgamma[c] = (float)(channel_products(s, c, dy, 0.0f, x, running_mean[c]) *
                            (double)invstd);
        scale_channel(s, c, dy, gamma[c] * invstd, dx);
    }
}
