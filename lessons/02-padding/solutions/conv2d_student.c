/* conv2d_student.c: convolution, forward, with padding and stride. */
#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++) {
                    const int ih = oh * s->stride_h - s->pad_top + kh;
                    const int iw = ow * s->stride_w - s->pad_left + kw;
                    if (ih >= 0 && ih < s->h && iw >= 0 && iw < s->w)
                        sum += x[ih * s->w + iw] * w[kh * s->kernel_w + kw];
                }
            y[oh * s->ow + ow] = sum;
        }
}
