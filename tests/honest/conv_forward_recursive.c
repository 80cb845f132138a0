/* honest: lesson=conv, exercise=forward, file=conv2d_student.c, style=recursive */
#include "kernels/conv2d/conv2d.h"

static float row_sum(const float *x, const float *w, int count)
{
    return count == 0 ? 0.0f : x[0] * w[0] + row_sum(x + 1, w + 1, count - 1);
}

static float window_sum(const conv2d_shape *s, const float *x, const float *w, int rows)
{
    if (rows == 0)
        return 0.0f;
    return row_sum(x, w, s->kernel_w) + window_sum(s, x + s->w, w + s->kernel_w, rows - 1);
}

static void fill(const conv2d_shape *s, const float *x, const float *w, float *y, int at)
{
    if (at == s->oh * s->ow)
        return;
    y[at] = window_sum(s, x + at / s->ow * s->w + at % s->ow, w, s->kernel_h);
    fill(s, x, w, y, at + 1);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    fill(s, x, w, y, 0);
}
