/* residual_student.c: the gradients of a residual block: x collects from its two ways. */
#include "lessons/13-skip/residual.h"

void residual_backward_student(const residual_shape *s, const float *x, const float *w,
                               const float *dy, float *dx, float *dw)
{
    for (int i = 0; i < s->count; i++) {
        const float dproduct = w[i] * x[i] > 0.0f ? dy[i] : 0.0f;
        dx[i] = dy[i] + dproduct * w[i];
        dw[i] = dproduct * x[i];
    }
}
