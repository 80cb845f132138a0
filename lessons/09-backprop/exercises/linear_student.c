/* linear_student.c: your linear layer, backward. Two functions, checked one after the other.
 *
 *     forward, as you know it:   y[n][o] = b[o] + sum over i of  x[n][i] * w[o][i]
 *
 *   s    s->n samples, s->in_features inputs i, s->out_features outputs o
 *   x    s->n * s->in_features numbers: x[n][i] is x[n * s->in_features + i]
 *   w    s->out_features * s->in_features numbers: w[o][i] is w[o * s->in_features + i]
 *   dy   the gradient of y, s->n * s->out_features numbers
 *   dx, dw, db   the gradients of x, w, b: laid out like these, to be written, every one of them.
 *        They hold garbage when you get them.
 *   workspace    not needed
 *
 * make lesson-backprop checks it. */
#include "kernels/linear/linear.h"

/* dx[n][i]: what of dy comes back to the input. */
void linear_backward_data_student(const linear_shape *s, const float *dy, const float *w,
                                  float *dx, void *workspace)
{
    /* Your code here. */
    for (int i = 0; i < s->n * s->in_features; i++)
        dx[i] = 0.0f;
}

/* dw[o][i] and db[o]: what of dy comes back to the weights, from all samples together. */
void linear_backward_weights_student(const linear_shape *s, const float *x, const float *dy,
                                     float *dw, float *db, void *workspace)
{
    /* Your code here. */
    for (int i = 0; i < s->out_features * s->in_features; i++)
        dw[i] = 0.0f;
    for (int o = 0; o < s->out_features; o++)
        db[o] = 0.0f;
}
