/* honest: lesson=padding, exercise=pad, file=pad2d_student.c, style=state machine */
#include "kernels/pad2d/pad2d.h"

enum { ABOVE, INSIDE, BELOW };

static int where(int at, int before, int extent)
{
    return at < before ? ABOVE : at < before + extent ? INSIDE : BELOW;
}

void pad2d_forward_student(const pad2d_shape *s, const float *x, float *y)
{
    float *out = y;

    for (int row = 0; row < s->oh; row++)
        for (int column = 0; column < s->ow; column++)
            switch (3 * where(row, s->pad_top, s->h) + where(column, s->pad_left, s->w)) {
            case 3 * INSIDE + INSIDE:
                *out++ = *x++;
                break;
            default:
                *out++ = 0.0f;
            }
}
