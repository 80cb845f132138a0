/* honest: lesson=channels, exercise=forward, file=conv2d_student.c, style=double accumulation */
#include "kernels/conv2d/conv2d.h"

static size_t index4(int a, int b, int c, int d, int nb, int nc, int nd)
{
    return (((size_t)a * (size_t)nb + (size_t)b) * (size_t)nc + (size_t)c) * (size_t)nd +
           (size_t)d;
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    int n, oc, oh, ow, c, kh, kw;

    for (n = 0; n < s->n; ++n)
    for (oc = 0; oc < s->oc; ++oc)
    for (oh = 0; oh < s->oh; ++oh)
    for (ow = 0; ow < s->ow; ++ow) {
        double acc = b != NULL ? (double)b[oc] : 0.0;

        for (c = 0; c < s->c; ++c)
        for (kh = 0; kh < s->kernel_h; ++kh)
        for (kw = 0; kw < s->kernel_w; ++kw) {
            const int ih = oh * s->stride_h + kh - s->pad_top;
            const int iw = ow * s->stride_w + kw - s->pad_left;

            if (ih < 0 || iw < 0 || ih >= s->h || iw >= s->w) continue;
            acc += (double)x[index4(n, c, ih, iw, s->c, s->h, s->w)] *
                   (double)w[index4(oc, c, kh, kw, s->c, s->kernel_h, s->kernel_w)];
        }
        y[index4(n, oc, oh, ow, s->oc, s->oh, s->ow)] = (float)acc;
    }
}
