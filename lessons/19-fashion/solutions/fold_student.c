/* fold_student.c: what the dense layer's gradient means for the window: copies add up. */
#include "lessons/19-fashion/dense_conv.h"

void dense_conv_backward_student(const dense_conv_shape *s, const float *dm, float *dw)
{
    for (int kh = 0; kh < s->kernel_h; kh++)
        for (int kw = 0; kw < s->kernel_w; kw++) {
            float sum = 0.0f;
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++) {
                    const float *row = dm + (oh * s->ow + ow) * s->h * s->w;
                    sum += row[(oh + kh) * s->w + ow + kw];
                }
            dw[kh * s->kernel_w + kw] = sum;
        }
}
