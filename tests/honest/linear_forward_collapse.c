/* honest: lesson=linear, exercise=forward, file=linear_student.c, style=OpenMP collapse */
#include <omp.h>

#include "kernels/linear/linear.h"

void linear_forward_student(const linear_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    int n, o, i;

#pragma omp parallel for collapse(2) private(i) schedule(static) num_threads(omp_get_max_threads())
    for (n = 0; n < s->n; n++)
        for (o = 0; o < s->out_features; o++) {
            float sum = 0.0f;
            for (i = 0; i < s->in_features; i++)
                sum += x[n * s->in_features + i] * w[o * s->in_features + i];
            if (b)
                sum += b[o];
            y[n * s->out_features + o] = sum;
        }
}
