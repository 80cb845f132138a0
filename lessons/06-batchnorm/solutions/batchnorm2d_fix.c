/* batchnorm2d_fix.c: the variance as the mean of squared deviations, in a loop of its own. Two
 * large numbers that are nearly equal are never subtracted, so no digits are lost.
 *
 * The same contract as batchnorm2d_train_student.c: for each channel mean and var over all images,
 *
 *     y = (x - mean) * invstd * gamma[c] + beta[c],   invstd = 1 / sqrt(var + eps)
 *
 * and the running statistics; saved_mean and saved_invstd are written. */
#include "kernels/batchnorm2d/batchnorm2d.h"

#include <math.h>

void batchnorm2d_train_fix(const batchnorm2d_shape *s, const float *x, const float *gamma,
                           const float *beta, float *running_mean, float *running_var, float *y,
                           float *saved_mean, float *saved_invstd)
{
    const int plane = s->h * s->w;
    const float count = (float)s->n * (float)plane;

    for (int c = 0; c < s->c; c++) {
        float sum = 0.0f, squares = 0.0f;
        for (int n = 0; n < s->n; n++)
            for (int i = 0; i < plane; i++)
                sum += x[(n * s->c + c) * plane + i];
        const float mean = sum / count;
        for (int n = 0; n < s->n; n++)
            for (int i = 0; i < plane; i++) {
                const float deviation = x[(n * s->c + c) * plane + i] - mean;
                squares += deviation * deviation;
            }
        const float var = squares / count;

        const float invstd = 1.0f / sqrtf(var + s->eps);
        for (int n = 0; n < s->n; n++)
            for (int i = 0; i < plane; i++) {
                const int at = (n * s->c + c) * plane + i;
                y[at] = (x[at] - mean) * invstd * gamma[c] + beta[c];
            }

        saved_mean[c] = mean;
        saved_invstd[c] = invstd;
        running_mean[c] = (1.0f - s->momentum) * running_mean[c] + s->momentum * mean;
        running_var[c] = (1.0f - s->momentum) * running_var[c] +
                         s->momentum * var * count / (count - 1.0f);
    }
}
