/* honest: lesson=conv, exercise=forward, file=conv2d_student.c, style=goto */
#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    int oh = 0, ow, kh, kw;
    float sum;

next_row:
    if (oh == s->oh)
        return;
    ow = 0;
next_output:
    if (ow == s->ow) {
        oh++;
        goto next_row;
    }
    sum = 0.0f;
    kh = kw = 0;
next_tap:
    sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
    if (++kw < s->kernel_w)
        goto next_tap;
    kw = 0;
    if (++kh < s->kernel_h)
        goto next_tap;
    y[oh * s->ow + ow++] = sum;
    goto next_output;
}
