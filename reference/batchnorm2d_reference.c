/* batchnorm2d_reference.c: batch normalisation in double precision, with its error carried along.
 *
 * The results are no plain sums, so each error is propagated to first order through the formula and
 * given in units of u = 2^-24 as magnitude, with terms 1. E(v) is the error of v in these units:
 *
 *   mean    n*h*w - 1 additions and a division:             E = (count + 1) * average of |x|
 *   var     around the computed mean. A wrong mean counts only squared; each square goes through a
 *           difference (twice), a product, count additions: E = (count + 4) * var + u * E(mean)^2
 *   invstd  half the relative error of var + eps, and an addition, a root and a division:
 *                                                       E = invstd * (E(var) / 2(var + eps) + 3)
 *   y       |gamma| * invstd * (E(mean) + r * |x - mean| + 5 * (|x| + |mean|)) + 2 * |beta|, where
 *           r = E(invstd) / invstd. That admits x * scale + shift with scale and shift folded.
 *   dx      |gamma| * invstd * (6 |dy| + (count + 6) average |dy|
 *                               + (count + 8) |normalised x| average |dy * normalised x|)
 *
 * One pass for the variance, as the average of squares less the square of the average, loses what
 * this bound grants as soon as the mean is large: it is rejected, rightly.
 * Source: Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., sections 1.9, 3.1. */
#include "reference/batchnorm2d_reference.h"

static const double u = 0x1p-24;

static exact bounded(double value, double error_in_u)
{
    return (exact){ value, error_in_u, 1.0 };
}

/* Number of values per channel, and the offset of the i-th of them. */
static ptrdiff_t count_of(const batchnorm2d_shape *s)
{
    return (ptrdiff_t)s->n * s->h * s->w;
}

static ptrdiff_t at(const batchnorm2d_shape *s, int c, ptrdiff_t i)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;
    return (i / plane * s->c + c) * plane + i % plane;
}

/* A statistic with its error in units of u. */
typedef struct {
    double value, error;
} estimate;

static estimate mean_of(const batchnorm2d_shape *s, const float *x, int c)
{
    const double count = (double)count_of(s);
    double sum = 0.0, magnitude = 0.0;

    for (ptrdiff_t i = 0; i < count_of(s); i++) {
        sum += (double)x[at(s, c, i)];
        magnitude += fabs((double)x[at(s, c, i)]);
    }
    return (estimate){ sum / count, (count + 1.0) * magnitude / count };
}

static estimate variance_of(const batchnorm2d_shape *s, const float *x, int c, estimate mean)
{
    const double count = (double)count_of(s);
    double sum = 0.0;

    for (ptrdiff_t i = 0; i < count_of(s); i++)
        sum += pow((double)x[at(s, c, i)] - mean.value, 2.0);
    return (estimate){ sum / count, (count + 4.0) * sum / count + u * pow(mean.error, 2.0) };
}

static estimate invstd_of(const batchnorm2d_shape *s, estimate var)
{
    const double shifted = var.value + (double)s->eps, value = pow(shifted, -0.5);
    return (estimate){ value, value * (var.error / (2.0 * shifted) + 3.0) };
}

static void normalise(const batchnorm2d_shape *s, const float *x, int c, estimate mean,
                      estimate invstd, double gamma, double beta, exact *y)
{
    for (ptrdiff_t i = 0; i < count_of(s); i++) {
        const double value = (double)x[at(s, c, i)], deviation = value - mean.value;
        const double error = mean.error + fabs(deviation) * invstd.error / invstd.value +
                             5.0 * (fabs(value) + fabs(mean.value));
        y[at(s, c, i)] = bounded(deviation * invstd.value * gamma + beta,
                                 fabs(gamma) * invstd.value * error + 2.0 * fabs(beta));
    }
}

/* old + momentum * (fresh - old); four roundings of either side. */
static exact moved(double old, estimate fresh, double momentum)
{
    return bounded((1.0 - momentum) * old + momentum * fresh.value,
                   momentum * fresh.error + 4.0 * (fabs(old) + momentum * fabs(fresh.value)));
}

void batchnorm2d_reference_train_forward(const batchnorm2d_shape *s, const float *x,
                                         const float *gamma, const float *beta,
                                         const float *old_mean, const float *old_var, exact *y,
                                         exact *saved_mean, exact *saved_invstd, exact *new_mean,
                                         exact *new_var)
{
    const double count = (double)count_of(s), momentum = (double)s->momentum;

    for (int c = 0; c < s->c; c++) {
        if (s->n == 0) {
            saved_mean[c] = saved_invstd[c] = (exact){ 0.0, 0.0, 0.0 };
            new_mean[c] = (exact){ (double)old_mean[c], fabs((double)old_mean[c]), 0.0 };
            new_var[c] = (exact){ (double)old_var[c], fabs((double)old_var[c]), 0.0 };
            continue;
        }
        const estimate mean = mean_of(s, x, c), var = variance_of(s, x, c, mean);
        const estimate invstd = invstd_of(s, var);
        const double correction = count / (count - 1.0);
        const estimate unbiased = { var.value * correction, var.error * correction };

        saved_mean[c] = bounded(mean.value, mean.error);
        saved_invstd[c] = bounded(invstd.value, invstd.error);
        new_mean[c] = moved((double)old_mean[c], mean, momentum);
        new_var[c] = moved((double)old_var[c], unbiased, momentum);
        normalise(s, x, c, mean, invstd, (double)gamma[c], (double)beta[c], y);
    }
}

/* dbeta and dgamma of a channel: sums of products, of count and a few more roundings. */
static void sum_gradients(const batchnorm2d_shape *s, const float *x, int c, double mean,
                          double invstd, const float *dy, exact *dgamma, exact *dbeta)
{
    const double count = (double)count_of(s);

    *dbeta = (exact){ 0.0, 0.0, count };
    *dgamma = (exact){ 0.0, 0.0, count + 6.0 };
    for (ptrdiff_t i = 0; i < count_of(s); i++) {
        const double upstream = (double)dy[at(s, c, i)];
        exact_add(dbeta, upstream);
        exact_add(dgamma, upstream * ((double)x[at(s, c, i)] - mean) * invstd);
    }
}

void batchnorm2d_reference_train_backward(const batchnorm2d_shape *s, const float *x,
                                          const float *gamma, const float *saved_mean,
                                          const float *saved_invstd, const float *dy, exact *dx,
                                          exact *dgamma, exact *dbeta)
{
    const double count = (double)count_of(s);

    for (int c = 0; c < s->c; c++) {
        const double mean = (double)saved_mean[c], invstd = (double)saved_invstd[c];
        const double scale = (double)gamma[c] * invstd;
        sum_gradients(s, x, c, mean, invstd, dy, &dgamma[c], &dbeta[c]);
        for (ptrdiff_t i = 0; i < count_of(s); i++) {
            const double normalised = ((double)x[at(s, c, i)] - mean) * invstd;
            const double upstream = (double)dy[at(s, c, i)];
            dx[at(s, c, i)] = bounded(
                scale * (upstream - (dbeta[c].value + normalised * dgamma[c].value) / count),
                fabs(scale) * (6.0 * fabs(upstream) +
                               (count + 6.0) * dbeta[c].magnitude / count +
                               (count + 8.0) * fabs(normalised) * dgamma[c].magnitude / count));
        }
    }
}

void batchnorm2d_reference_eval_forward(const batchnorm2d_shape *s, const float *x,
                                        const float *gamma, const float *beta,
                                        const float *running_mean, const float *running_var,
                                        exact *y)
{
    for (int c = 0; c < s->c; c++) {
        const estimate mean = { (double)running_mean[c], 0.0 };
        const estimate var = { (double)running_var[c], 0.0 };
        normalise(s, x, c, mean, invstd_of(s, var), (double)gamma[c], (double)beta[c], y);
    }
}

void batchnorm2d_reference_eval_backward(const batchnorm2d_shape *s, const float *x,
                                         const float *gamma, const float *running_mean,
                                         const float *running_var, const float *dy, exact *dx,
                                         exact *dgamma, exact *dbeta)
{
    for (int c = 0; c < s->c; c++) {
        const double invstd = pow((double)running_var[c] + (double)s->eps, -0.5);
        sum_gradients(s, x, c, (double)running_mean[c], invstd, dy, &dgamma[c], &dbeta[c]);
        for (ptrdiff_t i = 0; i < count_of(s); i++) {
            const double value = (double)gamma[c] * invstd * (double)dy[at(s, c, i)];
            dx[at(s, c, i)] = (exact){ value, fabs(value), 5.0 };
        }
    }
}
