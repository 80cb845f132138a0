/* pool2d_student.c: max pooling, forward. */
#include "kernels/pool2d/pool2d.h"

#include <math.h>

/* Where in a plane the largest number of one window is. */
static int winner(const pool2d_shape *s, const float *plane, int oh, int ow)
{
    int where = -1;

    for (int kh = 0; kh < s->kernel_h; kh++)
        for (int kw = 0; kw < s->kernel_w; kw++) {
            const int ih = oh * s->stride_h - s->pad_top + kh;
            const int iw = ow * s->stride_w - s->pad_left + kw;
            if (ih < 0 || ih >= s->h || iw < 0 || iw >= s->w)
                continue;
            const float value = plane[ih * s->w + iw];
            if (where < 0 || value > plane[where] || (isnan(value) && !isnan(plane[where])))
                where = ih * s->w + iw;
        }
    return where;
}

void pool2d_max_forward_student(const pool2d_shape *s, const float *x, float *y, int32_t *index)
{
    for (int n = 0; n < s->n; n++)
        for (int c = 0; c < s->c; c++)
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++) {
                    const int out = ((n * s->c + c) * s->oh + oh) * s->ow + ow;
                    const float *plane = x + (n * s->c + c) * s->h * s->w;
                    index[out] = winner(s, plane, oh, ow);
                    y[out] = plane[index[out]];
                }
}
