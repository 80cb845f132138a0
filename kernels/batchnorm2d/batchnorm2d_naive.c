/* batchnorm2d_naive.c: batch normalisation as the paper's algorithms 1 and 2 say it.
 *
 * Idea:  for every channel: mean, then variance around that mean (two passes, so that a large mean
 *        cancels nothing), then normalise. Sums are in double: a channel has many elements.
 * Limit: each addition waits for the one before it, and one core does all channels;
 *        batchnorm2d_openmp.c keeps several sums going at once. */
#include "kernels/batchnorm2d/batchnorm2d_variants.h"

#include <math.h>

/* Offset of element (n, c, 0, 0). */
static ptrdiff_t plane_at(const batchnorm2d_shape *s, int n, int c)
{
    return ((ptrdiff_t)n * s->c + c) * s->h * s->w;
}

static double channel_mean(const batchnorm2d_shape *s, const float *x, int c)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;
    double sum = 0.0;

    for (int n = 0; n < s->n; n++)
        for (ptrdiff_t i = 0; i < plane; i++)
            sum += (double)x[plane_at(s, n, c) + i];
    return sum / ((double)s->n * (double)plane);
}

static double channel_variance(const batchnorm2d_shape *s, const float *x, int c, double mean)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;
    double sum = 0.0;

    for (int n = 0; n < s->n; n++)
        for (ptrdiff_t i = 0; i < plane; i++) {
            const double deviation = (double)x[plane_at(s, n, c) + i] - mean;
            sum += deviation * deviation;
        }
    return sum / ((double)s->n * (double)plane);
}

static void normalise_channel(const batchnorm2d_shape *s, const float *x, int c, float mean,
                              float invstd, float gamma, float beta, float *y)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;

    for (int n = 0; n < s->n; n++)
        for (ptrdiff_t i = plane_at(s, n, c); i < plane_at(s, n, c) + plane; i++)
            y[i] = (x[i] - mean) * invstd * gamma + beta;
}

void batchnorm2d_train_forward_naive(const batchnorm2d_shape *s, const float *x,
                                     const float *gamma, const float *beta, float *running_mean,
                                     float *running_var, float *y, float *saved_mean,
                                     float *saved_invstd)
{
    const double count = (double)s->n * s->h * s->w, momentum = (double)s->momentum;

    for (int c = 0; c < s->c; c++) {
        if (s->n == 0) {
            saved_mean[c] = saved_invstd[c] = 0.0f;
            continue;
        }
        const double mean = channel_mean(s, x, c), var = channel_variance(s, x, c, mean);
        const double unbiased = var * count / (count - 1.0);
        saved_mean[c] = (float)mean;
        saved_invstd[c] = (float)(1.0 / sqrt(var + (double)s->eps));
        running_mean[c] = (float)((1.0 - momentum) * (double)running_mean[c] + momentum * mean);
        running_var[c] = (float)((1.0 - momentum) * (double)running_var[c] + momentum * unbiased);
        normalise_channel(s, x, c, saved_mean[c], saved_invstd[c], gamma[c], beta[c], y);
    }
}

/* dgamma and dbeta of one channel, whose mean and invstd may be the batch's or the running ones. */
static void sum_gradients(const batchnorm2d_shape *s, const float *x, int c, float mean,
                          float invstd, const float *dy, float *dgamma, float *dbeta)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;
    double sum = 0.0, product_sum = 0.0;

    for (int n = 0; n < s->n; n++)
        for (ptrdiff_t i = plane_at(s, n, c); i < plane_at(s, n, c) + plane; i++) {
            sum += (double)dy[i];
            product_sum += (double)dy[i] * ((double)x[i] - (double)mean);
        }
    *dbeta = (float)sum;
    *dgamma = (float)(product_sum * (double)invstd);
}

void batchnorm2d_train_backward_naive(const batchnorm2d_shape *s, const float *x,
                                      const float *gamma, const float *saved_mean,
                                      const float *saved_invstd, const float *dy, float *dx,
                                      float *dgamma, float *dbeta)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;
    const float count = (float)((double)s->n * (double)plane);

    for (int c = 0; c < s->c; c++) {
        const float mean = saved_mean[c], invstd = saved_invstd[c];
        sum_gradients(s, x, c, mean, invstd, dy, &dgamma[c], &dbeta[c]);
        for (int n = 0; n < s->n; n++)
            for (ptrdiff_t i = plane_at(s, n, c); i < plane_at(s, n, c) + plane; i++) {
                const float normalised = (x[i] - mean) * invstd;
                dx[i] = gamma[c] * invstd *
                        (dy[i] - dbeta[c] / count - normalised * dgamma[c] / count);
            }
    }
}

static float running_invstd(const batchnorm2d_shape *s, float running_var)
{
    return (float)(1.0 / sqrt((double)running_var + (double)s->eps));
}

void batchnorm2d_eval_forward_naive(const batchnorm2d_shape *s, const float *x, const float *gamma,
                                    const float *beta, const float *running_mean,
                                    const float *running_var, float *y)
{
    for (int c = 0; c < s->c; c++)
        normalise_channel(s, x, c, running_mean[c], running_invstd(s, running_var[c]), gamma[c],
                          beta[c], y);
}

void batchnorm2d_eval_backward_naive(const batchnorm2d_shape *s, const float *x,
                                     const float *gamma, const float *running_mean,
                                     const float *running_var, const float *dy, float *dx,
                                     float *dgamma, float *dbeta)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;

    for (int c = 0; c < s->c; c++) {
        const float invstd = running_invstd(s, running_var[c]);
        sum_gradients(s, x, c, running_mean[c], invstd, dy, &dgamma[c], &dbeta[c]);
        for (int n = 0; n < s->n; n++)
            for (ptrdiff_t i = plane_at(s, n, c); i < plane_at(s, n, c) + plane; i++)
                dx[i] = gamma[c] * invstd * dy[i];
    }
}
