/* honest: lesson=backprop, exercise=pool, file=pool_fix.c, style=OpenMP over planes */
#include <string.h>

#include "kernels/pool2d/pool2d.h"

static void scatter(int outputs, const float *dy, const int32_t *index, float *dx)
{
    while (outputs-- > 0)
        dx[*index++] += *dy++;
}

void pool2d_max_backward_fix(const pool2d_shape *s, const float *dy, const int32_t *index,
                             float *dx)
{
    const int outputs = s->oh * s->ow, pixels = s->h * s->w, planes = s->n * s->c;

#pragma omp parallel for schedule(dynamic, 1)
    for (int plane = 0; plane < planes; plane++) {
        memset(dx + plane * pixels, 0, (size_t)pixels * sizeof(float));
        scatter(outputs, dy + plane * outputs, index + plane * outputs, dx + plane * pixels);
    }
}
