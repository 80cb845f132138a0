/* honest: lesson=batchnorm, exercise=eval, file=batchnorm2d_eval_student.c, style=restrict */
#include <math.h>

#include "kernels/batchnorm2d/batchnorm2d.h"

void batchnorm2d_eval_student(const batchnorm2d_shape *const s, const float *restrict const x,
                              const float *restrict const gamma, const float *restrict const beta,
                              const float *restrict const running_mean,
                              const float *restrict const running_var, float *restrict const y)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;

    for (int c = 0; c < s->c; c++) {
        const double invstd = 1.0 / sqrt((double)running_var[c] + (double)s->eps);
        const double mean = (double)running_mean[c];
        for (int n = 0; n < s->n; n++) {
            const float *restrict const in = x + ((ptrdiff_t)n * s->c + c) * plane;
            float *restrict const out = y + ((ptrdiff_t)n * s->c + c) * plane;
            for (ptrdiff_t i = 0; i < plane; i++)
                out[i] = (float)(((double)in[i] - mean) * invstd * (double)gamma[c] +
                                 (double)beta[c]);
        }
    }
}
