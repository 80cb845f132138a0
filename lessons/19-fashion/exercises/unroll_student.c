/* unroll_student.c: write the dense layer that does what a convolution does.
 *
 * One channel, one filter, no padding. The dense layer has one row of weights for each output
 * (oh, ow), and in it one weight for each pixel (ih, iw) of the image:
 *
 *     m[oh][ow][ih][iw] = w[kh][kw]   where ih = oh + kh and iw = ow + kw for some (kh, kw)
 *                         0           everywhere else
 *
 *   s    the extents: image s->h x s->w, window s->kernel_h x s->kernel_w, output s->oh x s->ow.
 *        The window fits into the image. Not always squares!
 *   w    the window: row kh, column kw is w[kh * s->kernel_w + kw]
 *   m    the dense layer's weights, to be written, every one of them. The row of output (oh, ow)
 *        begins at m + (oh * s->ow + ow) * s->h * s->w; in it pixels lie as in an image
 *
 * make lesson-fashion checks it. */
#include "lessons/19-fashion/dense_conv.h"

void dense_conv_forward_student(const dense_conv_shape *s, const float *w, float *m)
{
    for (int i = 0; i < s->oh * s->ow * s->h * s->w; i++)
        m[i] = 0.0f;
    /* Your code here: the weights that are not 0. */
}
