/* conv2d_student.c: your convolution, forward, with padding and stride.
 *
 * One image, one channel, one filter:
 *
 *     y[oh][ow] = sum over kh, kw of  x[ih][iw] * w[kh][kw]
 *
 *     ih = oh * stride_h - pad_top  + kh         x is 0 outside the image
 *     iw = ow * stride_w - pad_left + kw
 *
 *   s    the extents: s->h, s->w, s->kernel_h, s->kernel_w as before; s->stride_h, s->stride_w;
 *        s->pad_top, s->pad_left. s->oh, s->ow are computed for you, and pad_bottom and pad_right
 *        are already in them
 *   x    the image, s->h * s->w numbers; the zeros around it are not in memory: do not read them
 *   w    the window, s->kernel_h * s->kernel_w numbers
 *   b    NULL here: no bias
 *   y    the output, s->oh * s->ow numbers, to be written, every one of them
 *   workspace   not needed
 *
 * make lesson-padding checks it. */
#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            /* Your code here: the sum over the part of the window that lies on the image. */
            y[oh * s->ow + ow] = 0.0f;
        }
}
