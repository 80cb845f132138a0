/* honest: lesson=conv, exercise=fix, file=conv2d_fix.c, style=no newline at the end */
#include "kernels/conv2d/conv2d.h"

void conv2d_forward_fix(const conv2d_shape *s, const float *x, const float *w, const float *b,
                        float *y, void *workspace)
{
    float bias = 0;
    if (b != NULL) bias = *b;
    for (int oh = s->oh - 1; oh >= 0; oh--)
        for (int ow = s->ow - 1; ow >= 0; ow--) {
            float sum = bias;
            for (int kh = s->kernel_h; kh-- > 0;)
                for (int kw = s->kernel_w; kw-- > 0;)
                    sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
            y[oh * s->ow + ow] = sum;
        }
}