/* mse_naive.c: the mean squared error as its formula says it.
 *
 * Idea:  one loop. The sum runs in double, so that a long tensor loses no digits.
 * Layout: x, target, dx [count], loss, dloss [1].
 * Cost:  3 FLOP and 8 bytes per element; backward 2 FLOP and 12 bytes.
 * Limit: each addition waits for the one before it, on one thread. mse_openmp.c keeps many partial
 *        sums.
 * Source: mse.h. */
#include "kernels/mse/mse_variants.h"

void mse_forward_naive(const mse_shape *s, const float *x, const float *target, float *loss)
{
    double sum = 0.0;

    for (ptrdiff_t i = 0; i < s->count; i++) {
        const double difference = (double)x[i] - (double)target[i];
        sum += difference * difference;
    }
    *loss = (float)(s->mean ? sum / (double)s->count : sum);    /* the mean of nothing is NaN */
}

void mse_backward_naive(const mse_shape *s, const float *x, const float *target,
                        const float *dloss, float *dx)
{
    const float scale = s->mean ? 2.0f * *dloss / (float)s->count : 2.0f * *dloss;

    for (ptrdiff_t i = 0; i < s->count; i++)
        dx[i] = scale * (x[i] - target[i]);
}
