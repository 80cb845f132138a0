/* conv_student.c: your convolution, backward. One image, one channel, one filter, no padding.
 *
 *     forward, as you know it:
 *     y[oh][ow] = b[0] + sum over kh, kw of  x[oh + kh][ow + kw] * w[kh][kw]
 *
 *   s    the extents: the image has s->h rows and s->w columns, the window s->kernel_h and
 *        s->kernel_w, the output s->oh and s->ow
 *   x    the image, w the window, dy the gradient of y
 *   dx, dw, db   the gradients of x, w, b: laid out like these, to be written, every one of them
 *        (db is one number). They hold garbage when you get them.
 *   workspace    not needed
 *
 * make lesson-backprop checks it. */
#include "kernels/conv2d/conv2d.h"

/* dw[kh][kw] and db[0] */
void conv2d_backward_weights_student(const conv2d_shape *s, const float *x, const float *dy,
                                     float *dw, float *db, void *workspace)
{
    /* Your code here. */
    for (int i = 0; i < s->kernel_h * s->kernel_w; i++)
        dw[i] = 0.0f;
    db[0] = 0.0f;
}

/* dx[ih][iw] */
void conv2d_backward_data_student(const conv2d_shape *s, const float *dy, const float *w,
                                  float *dx, void *workspace)
{
    /* Your code here. */
    for (int i = 0; i < s->h * s->w; i++)
        dx[i] = 0.0f;
}
