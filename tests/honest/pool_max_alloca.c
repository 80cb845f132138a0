/* honest: lesson=pool, exercise=max, file=pool2d_student.c, style=alloca */
#include <alloca.h>
#include <math.h>

#include "kernels/pool2d/pool2d.h"

/* Collects the places that one window sees. */
static int collect(const pool2d_shape *s, int oh, int ow, int *place)
{
    int count = 0;

    for (int kh = 0; kh < s->kernel_h; kh++)
        for (int kw = 0; kw < s->kernel_w; kw++) {
            const int ih = oh * s->stride_h - s->pad_top + kh;
            const int iw = ow * s->stride_w - s->pad_left + kw;
            if (ih >= 0 && ih < s->h && iw >= 0 && iw < s->w)
                place[count++] = ih * s->w + iw;
        }
    return count;
}

void pool2d_max_forward_student(const pool2d_shape *s, const float *x, float *y, int32_t *index)
{
    int *const place = alloca((size_t)(s->kernel_h * s->kernel_w) * sizeof *place);

    for (int plane = 0; plane < s->n * s->c; plane++, x += s->h * s->w)
        for (int oh = 0; oh < s->oh; oh++)
            for (int ow = 0; ow < s->ow; ow++) {
                const int count = collect(s, oh, ow, place);
                int best = place[0];
                for (int i = 1; i < count && !isnan(x[best]); i++)
                    if (x[place[i]] > x[best] || isnan(x[place[i]]))
                        best = place[i];
                *index++ = best;
                *y++ = x[best];
            }
}
