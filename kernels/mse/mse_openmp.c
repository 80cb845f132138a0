/* mse_openmp.c: the mean squared error with many partial sums.
 *
 * Idea:  the tensor is cut into 64 pieces whatever the number of threads; each piece has a sum of
 *        its own, and the 64 sums are added in order at the end. So the result does not depend on
 *        which thread took which piece.
 * Layout: x, target, dx [count], loss, dloss [1].
 * Cost:  3 FLOP and 8 bytes per element; backward 2 FLOP and 12 bytes.
 * Limit: memory bandwidth, as for everything that touches an element once.
 * Source: mse.h. */
#include "kernels/mse/mse_variants.h"

enum {
    PIECES = 64,
    PARALLEL_FROM = 32768                       /* below, a team costs more than it saves */
};

static double piece_sum(const float *x, const float *target, ptrdiff_t from, ptrdiff_t to)
{
    double sum = 0.0;

    for (ptrdiff_t i = from; i < to; i++) {
        const double difference = (double)x[i] - (double)target[i];
        sum += difference * difference;
    }
    return sum;
}

void mse_forward_openmp(const mse_shape *s, const float *x, const float *target, float *loss)
{
    const ptrdiff_t count = s->count, length = count / PIECES, longer = count % PIECES;
    double partial[PIECES], sum = 0.0;

#pragma omp parallel for schedule(static) if (count >= PARALLEL_FROM)
    for (int p = 0; p < PIECES; p++) {          /* the first `longer` pieces get one more */
        const ptrdiff_t from = p * length + (p < longer ? p : longer);
        partial[p] = piece_sum(x, target, from, from + length + (p < longer));
    }
    for (int p = 0; p < PIECES; p++)
        sum += partial[p];
    *loss = (float)(s->mean ? sum / (double)count : sum);       /* the mean of nothing is NaN */
}

void mse_backward_openmp(const mse_shape *s, const float *x, const float *target,
                         const float *dloss, float *dx)
{
    const ptrdiff_t count = s->count;
    const float scale = s->mean ? 2.0f * *dloss / (float)count : 2.0f * *dloss;

#pragma omp parallel for simd schedule(static) if (parallel : count >= PARALLEL_FROM)
    for (ptrdiff_t i = 0; i < count; i++)
        dx[i] = scale * (x[i] - target[i]);
}
