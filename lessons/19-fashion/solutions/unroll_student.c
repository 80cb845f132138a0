/* unroll_student.c: the dense layer that does what a convolution does. */
#include "lessons/19-fashion/dense_conv.h"

#include <string.h>

void dense_conv_forward_student(const dense_conv_shape *s, const float *w, float *m)
{
    const int pixels = s->h * s->w;

    memset(m, 0, (size_t)(s->oh * s->ow * pixels) * sizeof *m);
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float *row = m + (oh * s->ow + ow) * pixels;        /* of the output (oh, ow) */
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    row[(oh + kh) * s->w + ow + kw] = w[kh * s->kernel_w + kw];
        }
}
