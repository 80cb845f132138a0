/* log_softmax_fix.c: somebody else's log-softmax. It does what the name says: softmax, then its
 * logarithm. Weeks later a training run stopped with a loss of "inf". Find out why.
 *
 * For each sample n, over its classes c:
 *
 *     y[n][c] = log(p[n][c]),   p = softmax of x
 *
 *   s, x, y    as in softmax_student.c */
#include "kernels/softmax_ce/softmax_ce.h"

#include <math.h>

void log_softmax_forward_fix(const softmax_ce_shape *s, const float *x, float *y)
{
    for (int n = 0; n < s->n; n++) {
        const float *const logit = x + n * s->classes;
        float *const out = y + n * s->classes;

        float max = logit[0];
        for (int c = 1; c < s->classes; c++)
            if (logit[c] > max)
                max = logit[c];

        float sum = 0.0f;
        for (int c = 0; c < s->classes; c++)
            sum += expf(logit[c] - max);
        for (int c = 0; c < s->classes; c++)
            out[c] = logf(expf(logit[c] - max) / sum);
    }
}
