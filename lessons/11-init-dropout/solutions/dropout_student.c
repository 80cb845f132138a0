/* dropout_student.c: dropout, forward and backward. Both do the same to their numbers. */
#include "kernels/dropout/dropout.h"

static void apply(const dropout_shape *s, const float *in, const uint8_t *mask, float *out)
{
    const float scale = (float)(1.0 / (1.0 - s->p));    /* infinite for p = 1, and never used */

    for (int i = 0; i < s->count; i++)
        out[i] = in[i] * (mask[i] ? scale : 0.0f);
}

void dropout_forward_student(const dropout_shape *s, const float *x, const uint8_t *mask,
                             float *y)
{
    apply(s, x, mask, y);
}

void dropout_backward_student(const dropout_shape *s, const float *dy, const uint8_t *mask,
                              float *dx)
{
    apply(s, dy, mask, dx);
}
