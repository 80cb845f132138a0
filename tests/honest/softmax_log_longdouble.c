/* honest: lesson=softmax-ce, exercise=fix, file=log_softmax_fix.c, style=long double */
#include <math.h>

#include "kernels/softmax_ce/softmax_ce.h"

static long double log_sum_exp(const float *x, int count)
{
    long double max = -INFINITY, sum = 0.0L;

    for (int i = 0; i < count; i++)
        if (x[i] > max)
            max = x[i];
    for (int i = 0; i < count; i++)
        sum += expl((long double)x[i] - max);
    return max + logl(sum);
}

void log_softmax_forward_fix(const softmax_ce_shape *s, const float *x, float *y)
{
    for (int n = 0; n < s->n; n++, x += s->classes, y += s->classes) {
        const long double all = log_sum_exp(x, s->classes);
        for (int c = 0; c < s->classes; c++)
            y[c] = (float)((long double)x[c] - all);
    }
}
