/* conv1x1_student.c: your 1x1 convolution, forward and backward with respect to its input.
 *
 *     y[n][oc][p]  = b[oc] + sum over c   of  w[oc][c] * x[n][c][p]
 *     dx[n][c][p]  =         sum over oc  of  w[oc][c] * dy[n][oc][p]
 *
 *   s    the extents: s->n images, s->c channels in, s->oc channels out; a channel is a plane of
 *        s->h rows and s->w columns. p counts its pixels, 0 .. s->h * s->w - 1, row after row
 *   x    [n][c][p]: element (n, c, p) is x[(n * s->c + c) * s->h * s->w + p]; dx likewise
 *   w    [oc][c]: weight (oc, c) is w[oc * s->c + c]
 *   b    s->oc numbers, or NULL: then there is nothing to add
 *   y    [n][oc][p], to be written, every element; dy likewise is read
 *   dx   to be written, every element; it may hold anything before
 *   workspace   not needed
 *
 * make lesson-conv1x1 checks the two functions, one after the other. */
#include "kernels/conv1x1/conv1x1.h"

void conv1x1_forward_student(const conv1x1_shape *s, const float *x, const float *w,
                             const float *b, float *y, void *workspace)
{
    /* Your code here: one sum over the input channels for every element of y. */
    y[0] = 0.0f;
}

void conv1x1_backward_data_student(const conv1x1_shape *s, const float *dy, const float *w,
                                   float *dx, void *workspace)
{
    /* Your code here: one sum over the output channels for every element of dx. */
    dx[0] = 0.0f;
}
