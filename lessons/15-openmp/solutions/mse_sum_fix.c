/* mse_sum_fix.c: the mean squared error with all cores; the sum is cut into parts whose number does
 * not depend on the number of threads.
 *
 *     loss = sum over i of (x[i] - target[i])^2           divided by count if s->mean */
#include "kernels/mse/mse.h"

enum { PARTS = 16 };

void mse_forward_fix(const mse_shape *s, const float *x, const float *target, float *loss)
{
    float part[PARTS], sum = 0.0f;

#pragma omp parallel for
    for (int p = 0; p < PARTS; p++) {
        const ptrdiff_t first = s->count * p / PARTS, end = s->count * (p + 1) / PARTS;
        float mine = 0.0f;
        for (ptrdiff_t i = first; i < end; i++)
            mine += (x[i] - target[i]) * (x[i] - target[i]);
        part[p] = mine;
    }
    for (int p = 0; p < PARTS; p++)             /* in their order, by one thread */
        sum += part[p];
    *loss = s->mean ? sum / (float)s->count : sum;
}
