/* pool_fix.c: somebody else's max pooling, backward. It trained well with windows of 2 x 2 and
 * stride 2. With windows of 3 x 3 and stride 2 the gradient check fails. Find the mistake.
 *
 *     dx[n][c][i] = sum of dy[n][c][oh][ow] over the windows whose maximum was at place i
 *
 *   s      extents: images of s->h * s->w, outputs of s->oh * s->ow, s->n samples, s->c channels
 *   dy     the gradient of y, [n][c][oh][ow]
 *   index  like dy: for each window the place ih * s->w + iw of its maximum in its image
 *   dx     the gradient of x, [n][c][h][w], to be written, every one of them */
#include "kernels/pool2d/pool2d.h"

void pool2d_max_backward_fix(const pool2d_shape *s, const float *dy, const int32_t *index,
                             float *dx)
{
    const int outputs = s->oh * s->ow, pixels = s->h * s->w;

    for (int i = 0; i < s->n * s->c * pixels; i++)
        dx[i] = 0.0f;
    for (int plane = 0; plane < s->n * s->c; plane++)
        for (int o = 0; o < outputs; o++)
            dx[plane * pixels + index[plane * outputs + o]] = dy[plane * outputs + o];
}
