/* conv2d_student.c: your convolution, forward, with all the processor has: at least twice as fast
 * as the suite's seven loops, with two threads.
 *
 *     y[n][oc][oh][ow] = b[oc] + sum over c, kh, kw of  x[n][c][ih][iw] * w[oc][c][kh][kw]
 *     ih = oh - pad_top + kh,  iw = ow - pad_left + kw,  x is 0 outside the image
 *
 * Stride 1, no dilation, no groups.
 *
 *   x    [n][c][h][w]        w    [oc][c][kernel_h][kernel_w]
 *   b    [oc], or NULL: no bias
 *   y    [n][oc][oh][ow], overwritten
 *   workspace   not needed
 *
 * These are the seven loops. They are right, and use one core and one number at a time. */
#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    /* Your code here. */
    for (int n = 0; n < s->n; n++)
        for (int oc = 0; oc < s->oc; oc++)
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++) {
                    float sum = b ? b[oc] : 0.0f;
                    for (int c = 0; c < s->c; c++)
                        for (int kh = 0; kh < s->kernel_h; kh++)
                            for (int kw = 0; kw < s->kernel_w; kw++) {
                                const int ih = oh - s->pad_top + kh, iw = ow - s->pad_left + kw;
                                if (ih >= 0 && ih < s->h && iw >= 0 && iw < s->w)
                                    sum += x[((n * s->c + c) * s->h + ih) * s->w + iw] *
                                           w[((oc * s->c + c) * s->kernel_h + kh) * s->kernel_w +
                                             kw];
                            }
                    y[((n * s->oc + oc) * s->oh + oh) * s->ow + ow] = sum;
                }
}
