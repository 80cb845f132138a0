/* batchnorm2d_mutants.c: batch normalisation, wrong in the usual ways. */
#include "check/mutants/batchnorm2d_mutants.h"

#include <math.h>

/* Offset of the i-th value of channel c, and how many there are. */
static ptrdiff_t at(const batchnorm2d_shape *s, int c, ptrdiff_t i)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;
    return (i / plane * s->c + c) * plane + i % plane;
}

static ptrdiff_t count_of(const batchnorm2d_shape *s)
{
    return (ptrdiff_t)s->n * s->h * s->w;
}

typedef enum {
    UNBIASED_INSIDE, BIASED_RUNNING, MOMENTUM_REVERSED, EPS_OUTSIDE, EPS_FORGOTTEN, BETA_FORGOTTEN,
    ONE_PASS, FIRST_IMAGE
} forward_mistake;

static void statistics(const batchnorm2d_shape *s, const float *x, int c, forward_mistake m,
                       double *mean, double *var)
{
    const ptrdiff_t count = m == FIRST_IMAGE ? (ptrdiff_t)s->h * s->w : count_of(s);
    double sum = 0.0, squares = 0.0;

    for (ptrdiff_t i = 0; i < count; i++)
        sum += (double)x[at(s, c, i)];
    *mean = sum / (double)count;
    for (ptrdiff_t i = 0; i < count; i++)
        squares += pow((double)x[at(s, c, i)] - *mean, 2.0);
    *var = squares / (double)count;
    if (m == ONE_PASS) {
        float one_pass = 0.0f;
        for (ptrdiff_t i = 0; i < count; i++)
            one_pass += x[at(s, c, i)] * x[at(s, c, i)];
        *var = (double)(one_pass / (float)count - (float)*mean * (float)*mean);
    }
}

static void wrong_forward(const batchnorm2d_shape *s, const float *x, const float *gamma,
                          const float *beta, float *running_mean, float *running_var, float *y,
                          float *saved_mean, float *saved_invstd, forward_mistake m)
{
    const double count = (double)count_of(s), eps = m == EPS_FORGOTTEN ? 0.0 : (double)s->eps;
    const double momentum = (double)s->momentum;
    const double weight = m == MOMENTUM_REVERSED ? 1.0 - momentum : momentum;

    for (int c = 0; c < s->c; c++) {
        saved_mean[c] = saved_invstd[c] = 0.0f;
        if (s->n == 0)
            continue;
        double mean, var;
        statistics(s, x, c, m, &mean, &var);
        const double unbiased = var * count / (count - 1.0);
        const double used = m == UNBIASED_INSIDE ? unbiased : var;
        const double kept = m == BIASED_RUNNING ? var : unbiased;
        const double invstd =
            m == EPS_OUTSIDE ? 1.0 / (sqrt(used) + eps) : 1.0 / sqrt(used + eps);
        saved_mean[c] = (float)mean;
        saved_invstd[c] = (float)invstd;
        running_mean[c] = (float)((1.0 - weight) * (double)running_mean[c] + weight * mean);
        running_var[c] = (float)((1.0 - weight) * (double)running_var[c] + weight * kept);
        for (ptrdiff_t i = 0; i < count_of(s); i++)
            y[at(s, c, i)] = (float)(((double)x[at(s, c, i)] - mean) * invstd * (double)gamma[c] +
                                     (m == BETA_FORGOTTEN ? 0.0 : (double)beta[c]));
    }
}

#define FORWARD(name, mistake)                                                                   \
    static void name(const batchnorm2d_shape *s, const float *x, const float *gamma,             \
                     const float *beta, float *running_mean, float *running_var, float *y,       \
                     float *saved_mean, float *saved_invstd)                                     \
    {                                                                                            \
        wrong_forward(s, x, gamma, beta, running_mean, running_var, y, saved_mean, saved_invstd, \
                      mistake);                                                                  \
    }

FORWARD(unbiased_inside, UNBIASED_INSIDE)
FORWARD(biased_running, BIASED_RUNNING)
FORWARD(momentum_reversed, MOMENTUM_REVERSED)
FORWARD(eps_outside, EPS_OUTSIDE)
FORWARD(eps_forgotten, EPS_FORGOTTEN)
FORWARD(beta_forgotten, BETA_FORGOTTEN)
FORWARD(one_pass, ONE_PASS)
FORWARD(first_image, FIRST_IMAGE)

/* ---- Gradients ---- */

typedef enum { CONSTANT_STATISTICS, VARIANCE_CONSTANT, DGAMMA_OF_X, STALE_DBETA } backward_mistake;

static void wrong_backward(const batchnorm2d_shape *s, const float *x, const float *gamma,
                           const float *saved_mean, const float *saved_invstd, const float *dy,
                           float *dx, float *dgamma, float *dbeta, backward_mistake m)
{
    const double count = (double)count_of(s);

    for (int c = 0; c < s->c; c++) {
        const double mean = (double)saved_mean[c], invstd = (double)saved_invstd[c];
        double sum = 0.0, product_sum = 0.0, raw_sum = 0.0;
        for (ptrdiff_t i = 0; i < count_of(s); i++) {
            const double upstream = (double)dy[at(s, c, i)], value = (double)x[at(s, c, i)];
            sum += upstream;
            product_sum += upstream * (value - mean) * invstd;
            raw_sum += upstream * value;
        }
        dgamma[c] = (float)(m == DGAMMA_OF_X ? raw_sum : product_sum);
        dbeta[c] = (float)(m == STALE_DBETA ? (double)dbeta[c] + sum : sum);
        for (ptrdiff_t i = 0; i < count_of(s); i++) {
            const double normalised = ((double)x[at(s, c, i)] - mean) * invstd;
            double inner = (double)dy[at(s, c, i)];
            if (m != CONSTANT_STATISTICS)
                inner -= sum / count;
            if (m != CONSTANT_STATISTICS && m != VARIANCE_CONSTANT)
                inner -= normalised * product_sum / count;
            dx[at(s, c, i)] = (float)((double)gamma[c] * invstd * inner);
        }
    }
}

#define BACKWARD(name, mistake)                                                                  \
    static void name(const batchnorm2d_shape *s, const float *x, const float *gamma,             \
                     const float *saved_mean, const float *saved_invstd, const float *dy,        \
                     float *dx, float *dgamma, float *dbeta)                                     \
    {                                                                                            \
        wrong_backward(s, x, gamma, saved_mean, saved_invstd, dy, dx, dgamma, dbeta, mistake);   \
    }

BACKWARD(constant_statistics, CONSTANT_STATISTICS)
BACKWARD(variance_constant, VARIANCE_CONSTANT)
BACKWARD(dgamma_of_x, DGAMMA_OF_X)
BACKWARD(stale_dbeta, STALE_DBETA)

static void eval_by_batch(const batchnorm2d_shape *s, const float *x, const float *gamma,
                          const float *beta, const float *running_mean, const float *running_var,
                          float *y)
{
    (void)running_mean, (void)running_var;
    for (int c = 0; c < s->c && s->n > 0; c++) {
        double mean, var;
        statistics(s, x, c, BETA_FORGOTTEN, &mean, &var);
        for (ptrdiff_t i = 0; i < count_of(s); i++)
            y[at(s, c, i)] = (float)(((double)x[at(s, c, i)] - mean) /
                                         sqrt(var + (double)s->eps) * (double)gamma[c] +
                                     (double)beta[c]);
    }
}

#define MUTANT(name, idea) .info = { name, SPACE_HOST, PRECISION_FP32, idea }

const batchnorm2d_variant batchnorm2d_mutants[] = {
    { MUTANT("unbiased-inside", "the batch is normalised by the variance over count - 1"),
      .train_forward = unbiased_inside },
    { MUTANT("biased-running", "the running variance is the one over count, not over count - 1"),
      .train_forward = biased_running },
    { MUTANT("momentum-reversed", "momentum weighs the old statistics instead of the new batch"),
      .train_forward = momentum_reversed },
    { MUTANT("eps-outside", "eps is added to the standard deviation, not to the variance"),
      .train_forward = eps_outside },
    { MUTANT("eps-forgotten", "eps is left out: channels of equal values divide by zero"),
      .train_forward = eps_forgotten },
    { MUTANT("beta-forgotten", "y is scaled by gamma but not shifted by beta"),
      .train_forward = beta_forgotten },
    { MUTANT("one-pass", "mean of squares less squared mean cancels where the mean is large"),
      .train_forward = one_pass },
    { MUTANT("first-image", "mean and variance are those of the first image, not of the batch"),
      .train_forward = first_image },
    { MUTANT("constant-statistics", "dx takes mean and variance for constants, but x moves both"),
      .train_backward = constant_statistics },
    { MUTANT("variance-constant", "dx lacks the path through the variance"),
      .train_backward = variance_constant },
    { MUTANT("dgamma-of-x", "dgamma sums dy * x instead of dy * normalised x"),
      .train_backward = dgamma_of_x },
    { MUTANT("stale-dbeta", "dbeta is added to what it held before instead of being overwritten"),
      .train_backward = stale_dbeta },
    { MUTANT("eval-by-batch", "evaluation normalises by the batch's own statistics"),
      .eval_forward = eval_by_batch },
};
const size_t batchnorm2d_mutant_count = sizeof batchnorm2d_mutants / sizeof batchnorm2d_mutants[0];
