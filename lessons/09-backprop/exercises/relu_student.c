/* relu_student.c: your first backward pass: that of ReLU.
 *
 *     forward, done for you:   y[i] = x[i] < 0 ? 0 : x[i]
 *     backward, yours:         dx[i] = dy[i] where x[i] > 0, and 0 elsewhere (at 0 too)
 *
 *   s    s->count numbers in each array (perhaps none); s->kind is ACTIVATION_RELU
 *   x, y what the forward pass read and wrote
 *   dy   the gradient of the loss with respect to y: comes from the layer behind
 *   dx   the gradient of the loss with respect to x, to be written, every one of them
 *
 * make lesson-backprop checks it. */
#include "kernels/activation/activation.h"

void activation_backward_student(const activation_shape *s, const float *x, const float *y,
                                 const float *dy, float *dx)
{
    /* Your code here. */
    for (ptrdiff_t i = 0; i < s->count; i++)
        dx[i] = 0.0f;
}
