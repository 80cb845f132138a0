/* conv2d_student.c: convolution, forward: batches, channels, filters, bias, padding, stride. */
#include "kernels/conv2d/conv2d.h"

/* One output: one filter at one place of one image. */
static float one_output(const conv2d_shape *s, const float *image, const float *filter, int oh,
                        int ow)
{
    float sum = 0.0f;

    for (int c = 0; c < s->c; c++)
        for (int kh = 0; kh < s->kernel_h; kh++)
            for (int kw = 0; kw < s->kernel_w; kw++) {
                const int ih = oh * s->stride_h - s->pad_top + kh;
                const int iw = ow * s->stride_w - s->pad_left + kw;
                if (ih >= 0 && ih < s->h && iw >= 0 && iw < s->w)
                    sum += image[(c * s->h + ih) * s->w + iw] *
                           filter[(c * s->kernel_h + kh) * s->kernel_w + kw];
            }
    return sum;
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int n = 0; n < s->n; n++)
        for (int oc = 0; oc < s->oc; oc++)
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++) {
                    const float *image = x + n * s->c * s->h * s->w;
                    const float *filter = w + oc * s->c * s->kernel_h * s->kernel_w;
                    y[((n * s->oc + oc) * s->oh + oh) * s->ow + ow] =
                        (b ? b[oc] : 0.0f) + one_output(s, image, filter, oh, ow);
                }
}
