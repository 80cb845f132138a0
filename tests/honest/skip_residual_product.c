/* honest: lesson=skip, exercise=residual, file=residual_student.c, style=0 or 1 as a factor */
#include "lessons/13-skip/residual.h"

void residual_backward_student(const residual_shape *s, const float *x, const float *w,
                               const float *dy, float *dx, float *dw)
{
    for (int i = 0; i != s->count; ++i) {
        const int open = w[i] * x[i] > 0.0f;            // is the gate open?
        dx[i] = dy[i] * (1.0f + (float)open * w[i]);
        dw[i] = dy[i] * (float)open * x[i];
    }
}
