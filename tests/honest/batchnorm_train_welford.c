/* honest: lesson=batchnorm, exercise=train, file=batchnorm2d_train_student.c, style=Welford */
#include <math.h>

#include "kernels/batchnorm2d/batchnorm2d.h"

typedef struct running {
    double count, mean, squares;
} running;

static void take(running *r, double value)
{
    const double before = value - r->mean;

    r->count += 1.0;
    r->mean += before / r->count;
    r->squares += before * (value - r->mean);
}

void batchnorm2d_train_student(const batchnorm2d_shape *s, const float *x, const float *gamma,
                               const float *beta, float *running_mean, float *running_var,
                               float *y, float *saved_mean, float *saved_invstd)
{
    const int plane = s->h * s->w;
    const double m = (double)s->momentum;

    for (int c = 0; c < s->c; c++) {
        running r = { 0 };
        for (int n = 0; n < s->n; n++)
            for (int i = 0; i < plane; i++)
                take(&r, (double)x[(n * s->c + c) * plane + i]);
        const double var = r.squares / r.count, invstd = 1.0 / sqrt(var + (double)s->eps);
        for (int n = 0; n < s->n; n++)
            for (int i = 0; i < plane; i++) {
                const int at = (n * s->c + c) * plane + i;
                y[at] = (float)(((double)x[at] - r.mean) * invstd * (double)gamma[c] +
                                (double)beta[c]);
            }
        saved_mean[c] = (float)r.mean;
        saved_invstd[c] = (float)invstd;
        running_mean[c] = (float)((1.0 - m) * (double)running_mean[c] + m * r.mean);
        running_var[c] = (float)((1.0 - m) * (double)running_var[c] +
                                 m * r.squares / (r.count - 1.0));
    }
}
