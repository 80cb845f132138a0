/* conv2d_student.c: your convolution, forward: batches, channels, filters, bias, padding, stride.
 *
 *     y[n][oc][oh][ow] = b[oc] + sum over c, kh, kw of  x[n][c][ih][iw] * w[oc][c][kh][kw]
 *
 *     ih = oh * stride_h - pad_top  + kh         x is 0 outside the image
 *     iw = ow * stride_w - pad_left + kw
 *
 *   s    the extents: s->n images (may be 0: then there is nothing to do) of s->c channels; s->oc
 *        filters; s->h, s->w, s->kernel_h, s->kernel_w, s->stride_h, s->stride_w, s->pad_top,
 *        s->pad_left, s->oh, s->ow as before
 *   x    the images, [n][c][h][w]: s->n * s->c * s->h * s->w numbers, the last index runs fastest
 *   w    the filters, [oc][c][kernel_h][kernel_w]
 *   b    one number per filter, [oc], or NULL: then there is nothing to add
 *   y    the output, [n][oc][oh][ow], to be written, every number of it; what it holds before is
 *        of no meaning
 *   workspace   not needed
 *
 * make lesson-channels checks it. */
#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int n = 0; n < s->n; n++)
        for (int oc = 0; oc < s->oc; oc++)
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++) {
                    /* Your code here: the sum over all channels and the window. */
                    y[((n * s->oc + oc) * s->oh + oh) * s->ow + ow] = 0.0f;
                }
}
