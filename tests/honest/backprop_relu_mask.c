/* honest: lesson=backprop, exercise=relu, file=relu_student.c, style=vector mask by hand */
#include "kernels/activation/activation.h"

void activation_backward_student(const activation_shape *s, const float *x, const float *y,
                                 const float *dy, float *dx)
{
    /* dx = dy * [x > 0] would make NaN of 0 * inf, so select */
    ptrdiff_t i;
    for (i = 0; i < s->count; i += 1)
    {
        if (x[i] > 0)
        {
            dx[i] = dy[i];
            continue;
        }
        dx[i] = 0;
    }
}
