/* mse_sum_fix.c: the mean squared error of the lesson on backpropagation, with all cores. It is
 * right, and yet nobody wants it: with 1, 2 and 4 threads it gives three different results.
 *
 *     loss = sum over i of (x[i] - target[i])^2           divided by count if s->mean
 *
 *   s        s->count numbers; s->mean: divide by count
 *   x        [count]
 *   target   [count]
 *   loss     one number, overwritten
 *
 * Wanted: the same bits, however many threads there are, and still work for all of them. */
#include "kernels/mse/mse.h"

void mse_forward_fix(const mse_shape *s, const float *x, const float *target, float *loss)
{
    float sum = 0.0f;

#pragma omp parallel for reduction(+ : sum)
    for (ptrdiff_t i = 0; i < s->count; i++)
        sum += (x[i] - target[i]) * (x[i] - target[i]);
    *loss = s->mean ? sum / (float)s->count : sum;
}
