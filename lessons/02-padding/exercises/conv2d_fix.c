/* conv2d_fix.c: somebody wanted to save tests: "x has h*w numbers, so one test is enough: is the
 * index below 0 or beyond the end?" It never crashes. It is wrong all the same. Find out where.
 *
 * The same as conv2d_student.c, and a bias:
 *
 *     y[oh][ow] = b[0] + sum over kh, kw of  x[ih][iw] * w[kh][kw]
 *
 *   b    one number, or NULL: then there is nothing to add */
#include "kernels/conv2d/conv2d.h"

void conv2d_forward_fix(const conv2d_shape *s, const float *x, const float *w, const float *b,
                        float *y, void *workspace)
{
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = b ? b[0] : 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++) {
                    const int ih = oh * s->stride_h - s->pad_top + kh;
                    const int iw = ow * s->stride_w - s->pad_left + kw;
                    const int index = ih * s->w + iw;
                    if (index >= 0 && index < s->h * s->w)
                        sum += x[index] * w[kh * s->kernel_w + kw];
                }
            y[oh * s->ow + ow] = sum;
        }
}
