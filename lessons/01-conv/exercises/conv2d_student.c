/* conv2d_student.c: your convolution, forward, in its smallest form.
 *
 * One image, one channel, one filter, nothing around the image:
 *
 *     y[oh][ow] = sum over kh, kw of  x[oh + kh][ow + kw] * w[kh][kw]
 *
 *   s    the extents: the image has s->h rows and s->w columns, the window s->kernel_h and
 *        s->kernel_w, the output s->oh and s->ow (computed for you). Not always squares!
 *   x    the image, s->h * s->w numbers, row after row: row i, column j is x[i * s->w + j]
 *   w    the window, s->kernel_h * s->kernel_w numbers
 *   b    NULL here: no bias yet
 *   y    the output, s->oh * s->ow numbers, to be written, every one of them
 *   workspace   not needed
 *
 * make lesson-conv checks it. */
#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            /* Your code here: the sum over the window. */
            y[oh * s->ow + ow] = 0.0f;
        }
}
