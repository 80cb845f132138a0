/* mse_mutants.c: known-wrong squared errors.
 *
 * Idea: each row has one mistake in one pass; info.idea tells the misconception behind it. */
#include "check/mutants/mse_mutants.h"

#include <math.h>
#include <omp.h>

static void never_divided(const mse_shape *s, const float *x, const float *target, float *loss)
{
    double sum = 0.0;

    for (ptrdiff_t i = 0; i < s->count; i++)
        sum += pow((double)x[i] - (double)target[i], 2.0);
    *loss = (float)sum;
}

static void absolute(const mse_shape *s, const float *x, const float *target, float *loss)
{
    double sum = 0.0;

    for (ptrdiff_t i = 0; i < s->count; i++)
        sum += fabs((double)x[i] - (double)target[i]);
    *loss = (float)(s->mean ? sum / (double)s->count : sum);
}

static void halved(const mse_shape *s, const float *x, const float *target, float *loss)
{
    never_divided(s, x, target, loss);
    *loss /= s->mean ? 2.0f * (float)s->count : 2.0f;
}

/* One partial sum per thread: how many there are decides how the sum is rounded. */
static void sum_per_thread(const mse_shape *s, const float *x, const float *target, float *loss)
{
    const int threads = omp_get_max_threads();
    float sum = 0.0f;

    for (int t = 0; t < threads; t++) {
        float partial = 0.0f;
        for (ptrdiff_t i = t; i < s->count; i += threads)
            partial += (x[i] - target[i]) * (x[i] - target[i]);
        sum += partial;
    }
    *loss = s->mean ? sum / (float)s->count : sum;
}

typedef enum { FACTOR_FORGOTTEN, SIGN_SWAPPED, MEAN_FORGOTTEN, UPSTREAM_IGNORED } mistake;

static void wrong_backward(mistake wrong, const mse_shape *s, const float *x, const float *target,
                           const float *dloss, float *dx)
{
    const float divide_by = s->mean && wrong != MEAN_FORGOTTEN ? (float)s->count : 1.0f;
    const float factor = wrong == FACTOR_FORGOTTEN ? 1.0f : wrong == SIGN_SWAPPED ? -2.0f : 2.0f;
    const float upstream = wrong == UPSTREAM_IGNORED ? 1.0f : *dloss;

    for (ptrdiff_t i = 0; i < s->count; i++)
        dx[i] = factor * (x[i] - target[i]) * upstream / divide_by;
}

#define BACKWARD(name, mistake)                                                                   \
    static void name(const mse_shape *s, const float *x, const float *target, const float *dloss, \
                     float *dx)                                                                   \
    {                                                                                             \
        wrong_backward(mistake, s, x, target, dloss, dx);                                         \
    }

BACKWARD(factor_forgotten, FACTOR_FORGOTTEN)
BACKWARD(sign_swapped, SIGN_SWAPPED)
BACKWARD(mean_forgotten, MEAN_FORGOTTEN)
BACKWARD(upstream_ignored, UPSTREAM_IGNORED)

const mse_variant mse_mutants[] = {
    { .info = { "sum-for-mean", SPACE_HOST, PRECISION_FP32,
                "the sum is returned where the mean was asked for" },
      .forward = never_divided },
    { .info = { "absolute", SPACE_HOST, PRECISION_FP32,
                "differences are taken absolute instead of squared: that is the L1 loss" },
      .forward = absolute },
    { .info = { "halved", SPACE_HOST, PRECISION_FP32,
                "half the squared error, as textbooks have it so that the 2 cancels" },
      .forward = halved },
    { .info = { "sum-per-thread", SPACE_HOST, PRECISION_FP32,
                "one partial sum per thread: another number of threads rounds differently" },
      .forward = sum_per_thread },
    { .info = { "factor-forgotten", SPACE_HOST, PRECISION_FP32,
                "the 2 of the square's derivative is missing" },
      .backward = factor_forgotten },
    { .info = { "sign-swapped", SPACE_HOST, PRECISION_FP32,
                "target - x instead of x - target: gradient descent would climb" },
      .backward = sign_swapped },
    { .info = { "gradient-mean-forgotten", SPACE_HOST, PRECISION_FP32,
                "the loss is a mean, but its gradient is not divided by the count" },
      .backward = mean_forgotten },
    { .info = { "upstream-ignored", SPACE_HOST, PRECISION_FP32,
                "dloss is taken to be 1: wrong as soon as the loss is scaled or weighted" },
      .backward = upstream_ignored },
};

const size_t mse_mutant_count = sizeof mse_mutants / sizeof mse_mutants[0];
