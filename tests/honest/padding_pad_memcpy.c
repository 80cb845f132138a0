/* honest: lesson=padding, exercise=pad, file=pad2d_student.c, style=memset and memcpy */
#include <string.h>

#include "kernels/pad2d/pad2d.h"

void pad2d_forward_student(const pad2d_shape *s, const float *x, float *y)
{
    memset(y, 0, sizeof(float) * (size_t)s->oh * (size_t)s->ow);
    for (int row = 0; row < s->h; row++)
        memcpy(&y[(row + s->pad_top) * s->ow + s->pad_left], &x[row * s->w],
               sizeof(float) * (size_t)s->w);
}
