/* honest: lesson=openmp, exercise=sum, file=mse_sum_fix.c, style=pairwise, in tasks */
#include "kernels/mse/mse.h"

enum { SMALL = 512 };

/* A tree whose shape depends on the count alone, whoever climbs it. */
static double pairwise(const float *x, const float *t, ptrdiff_t count)
{
    double left = 0.0, right;
    const ptrdiff_t half = count / 2;

    if (count <= SMALL) {
        for (ptrdiff_t i = 0; i < count; i++) {
            const double d = (double)x[i] - (double)t[i];
            left += d * d;
        }
        return left;
    }
#pragma omp task shared(left)
    left = pairwise(x, t, half);
    right = pairwise(x + half, t + half, count - half);
#pragma omp taskwait
    return left + right;
}

void mse_forward_fix(const mse_shape *s, const float *x, const float *target, float *loss)
{
    double sum = 0.0;

#pragma omp parallel
#pragma omp single
    sum = pairwise(x, target, s->count);
    *loss = (float)(s->mean ? sum / (double)s->count : sum);
}
