/* residual_student.c: the gradients of a whole residual block, as small as it gets.
 *
 *     forward:   y[i] = x[i] + relu(w[i] * x[i])
 *
 *   s    s->count numbers in each array; every number is a block of its own
 *   x, w, dy   the input, the weight, and the gradient of y
 *   dx   the gradient of x, to be written, every element
 *   dw   the gradient of w, likewise
 *
 * The derivative of relu(a) is 1 where a > 0, else 0.
 *
 * make lesson-skip checks it. */
#include "lessons/13-skip/residual.h"

void residual_backward_student(const residual_shape *s, const float *x, const float *w,
                               const float *dy, float *dx, float *dw)
{
    for (int i = 0; i < s->count; i++) {
        /* Your code here: x[i] has two ways to y[i], w[i] has one. */
        dx[i] = 0.0f;
        dw[i] = 0.0f;
    }
}
