/* batchnorm2d_eval_student.c: batch normalisation with given statistics. */
#include "kernels/batchnorm2d/batchnorm2d.h"

#include <math.h>

void batchnorm2d_eval_student(const batchnorm2d_shape *s, const float *x, const float *gamma,
                              const float *beta, const float *running_mean,
                              const float *running_var, float *y)
{
    for (int n = 0; n < s->n; n++)
        for (int c = 0; c < s->c; c++)
            for (int i = 0; i < s->h * s->w; i++) {
                const int at = (n * s->c + c) * s->h * s->w + i;
                y[at] = (x[at] - running_mean[c]) / sqrtf(running_var[c] + s->eps) * gamma[c] +
                        beta[c];
            }
}
