/* pool_fix.c: max pooling, backward: a place that was the maximum of several windows gets several
 * shares. */
#include "kernels/pool2d/pool2d.h"

void pool2d_max_backward_fix(const pool2d_shape *s, const float *dy, const int32_t *index,
                             float *dx)
{
    const int outputs = s->oh * s->ow, pixels = s->h * s->w;

    for (int i = 0; i < s->n * s->c * pixels; i++)
        dx[i] = 0.0f;
    for (int plane = 0; plane < s->n * s->c; plane++)
        for (int o = 0; o < outputs; o++)
            dx[plane * pixels + index[plane * outputs + o]] += dy[plane * outputs + o];
}
