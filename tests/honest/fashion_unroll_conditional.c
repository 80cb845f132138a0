/* honest: lesson=fashion, exercise=forward, file=unroll_student.c, style=ask of every weight */
#include "lessons/19-fashion/dense_conv.h"

void dense_conv_forward_student(const dense_conv_shape *s, const float *w, float *m)
{
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++)
            for (int ih = 0; ih < s->h; ih++)
                for (int iw = 0; iw < s->w; iw++) {
                    int kh = ih - oh, kw = iw - ow;
                    *m++ = kh < 0 || kw < 0 || kh >= s->kernel_h || kw >= s->kernel_w
                               ? 0.0f : w[kh * s->kernel_w + kw];
                }
}
