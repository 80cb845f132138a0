/* relu_student.c: the backward pass of ReLU. */
#include "kernels/activation/activation.h"

void activation_backward_student(const activation_shape *s, const float *x, const float *y,
                                 const float *dy, float *dx)
{
    for (ptrdiff_t i = 0; i < s->count; i++)
        dx[i] = x[i] > 0.0f ? dy[i] : 0.0f;
}
