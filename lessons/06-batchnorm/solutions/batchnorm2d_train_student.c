/* batchnorm2d_train_student.c: batch normalisation in training, forward. */
#include "kernels/batchnorm2d/batchnorm2d.h"

#include <math.h>

/* Where channel c of image n begins. */
static ptrdiff_t plane_of(const batchnorm2d_shape *s, int n, int c)
{
    return ((ptrdiff_t)n * s->c + c) * s->h * s->w;
}

void batchnorm2d_train_student(const batchnorm2d_shape *s, const float *x, const float *gamma,
                               const float *beta, float *running_mean, float *running_var,
                               float *y, float *saved_mean, float *saved_invstd)
{
    const int plane = s->h * s->w;
    const double count = (double)s->n * plane, momentum = s->momentum;

    for (int c = 0; c < s->c; c++) {
        double mean = 0.0, var = 0.0;
        for (int n = 0; n < s->n; n++)
            for (int i = 0; i < plane; i++)
                mean += x[plane_of(s, n, c) + i];
        mean /= count;
        for (int n = 0; n < s->n; n++)
            for (int i = 0; i < plane; i++) {
                const double deviation = x[plane_of(s, n, c) + i] - mean;
                var += deviation * deviation;
            }
        var /= count;

        const double invstd = 1.0 / sqrt(var + s->eps);
        for (int n = 0; n < s->n; n++)
            for (int i = 0; i < plane; i++) {
                const double normalised = (x[plane_of(s, n, c) + i] - mean) * invstd;
                y[plane_of(s, n, c) + i] = (float)(normalised * gamma[c] + beta[c]);
            }

        saved_mean[c] = (float)mean;
        saved_invstd[c] = (float)invstd;
        running_mean[c] = (float)((1.0 - momentum) * running_mean[c] + momentum * mean);
        running_var[c] = (float)((1.0 - momentum) * running_var[c] +
                                 momentum * var * count / (count - 1.0));
    }
}
