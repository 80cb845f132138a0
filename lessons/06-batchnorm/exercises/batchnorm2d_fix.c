/* batchnorm2d_fix.c: somebody wanted to read x once less. "The variance is the mean of the squares
 * less the square of the mean, so one loop can gather both." On paper it is. They tested it with
 * numbers around 0 and saw nothing. Then came a channel whose numbers lie around 40. Find out what
 * happens, and repair it.
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
            for (int i = 0; i < plane; i++) {
                const float value = x[(n * s->c + c) * plane + i];
                sum += value;
                squares += value * value;
            }
        const float mean = sum / count;
        const float var = squares / count - mean * mean;

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
