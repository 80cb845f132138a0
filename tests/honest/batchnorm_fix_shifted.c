/* honest: lesson=batchnorm, exercise=fix, file=batchnorm2d_fix.c, style=shifted sums, iterator */
#include <math.h>

#include "kernels/batchnorm2d/batchnorm2d.h"

/* Walks over all the numbers of one channel. */
#define EACH(at, s, c)                                                                          \
    for (int n_ = 0; n_ < (s)->n; n_++)                                                         \
        for (int at = (n_ * (s)->c + (c)) * (s)->h * (s)->w, end_ = at + (s)->h * (s)->w;       \
             at < end_; at++)

void batchnorm2d_train_fix(const batchnorm2d_shape *s, const float *x, const float *gamma,
                           const float *beta, float *running_mean, float *running_var, float *y,
                           float *saved_mean, float *saved_invstd)
{
    const double count = (double)s->n * s->h * s->w, momentum = (double)s->momentum;

    for (int c = 0; c < s->c; c++) {
        const double shift = (double)x[c * s->h * s->w];
        double sum = 0, squares = 0;
        EACH(at, s, c) {
            const double d = (double)x[at] - shift;
            sum += d;
            squares += d * d;
        }
        const double mean = shift + sum / count;
        double var = (squares - sum * sum / count) / count;
        if (var < 0)
            var = 0;
        const double invstd = 1 / sqrt(var + (double)s->eps);
        EACH(at, s, c)
            y[at] = (float)(((double)x[at] - mean) * invstd * (double)gamma[c] + (double)beta[c]);
        saved_mean[c] = (float)mean;
        saved_invstd[c] = (float)invstd;
        running_mean[c] = (float)((1 - momentum) * (double)running_mean[c] + momentum * mean);
        running_var[c] = (float)((1 - momentum) * (double)running_var[c] +
                                 momentum * var * count / (count - 1));
    }
}
