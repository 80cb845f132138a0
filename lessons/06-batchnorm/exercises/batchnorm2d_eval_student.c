/* batchnorm2d_eval_student.c: your batch normalisation for evaluation, forward.
 *
 * Nothing has to be averaged here: mean and variance of each channel are given.
 *
 *     y[n][c][h][w] = (x[n][c][h][w] - running_mean[c]) / sqrt(running_var[c] + eps)
 *                     * gamma[c] + beta[c]
 *
 *   s    the extents s->n, s->c, s->h, s->w, and s->eps. s->n may be 0: no images, nothing to do
 *   x    the input, row major: x[n][c][h][w] is x[((n * s->c + c) * s->h + h) * s->w + w]
 *   gamma, beta, running_mean, running_var      s->c numbers each: one per channel. Read only
 *   y    the output, as large as x, to be written, every number of it
 *
 * make lesson-batchnorm checks it. */
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
                /* Your code here. */
                y[at] = x[at];
            }
}
