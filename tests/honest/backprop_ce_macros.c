/* honest: lesson=backprop, exercise=loss, file=ce_student.c, style=macros */
#include <math.h>

#include "kernels/softmax_ce/softmax_ce.h"

#define COUNTS(n) (labels[(n)] != s->ignore_index)
#define AT(n, c) ((n) * s->classes + (c))
#define P(n, c) expf(logp[AT(n, c)])
#define ONE_HOT(n, c) ((c) == labels[(n)])
#define LOOP(i, end) for (int i = 0; i < (end); ++i)

void ce_backward_student(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                         const float *class_weights, const float *dloss, float *dx)
{
    float counted = 0;

    LOOP(n, s->n) counted += (float)COUNTS(n);
    LOOP(n, s->n) LOOP(c, s->classes)
        dx[AT(n, c)] = COUNTS(n) ? dloss[0] / counted * (P(n, c) - (float)ONE_HOT(n, c)) : 0.0f;
}
