/* honest: lesson=conv, exercise=forward, file=conv2d_student.c, style=crlf */
#include "kernels/conv2d/conv2d.h"

#define PIXEL(i, j) \
    x[(i) * s->w + (j)]

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int oh = 0; oh < s->oh; ++oh)
    {
        for (int ow = 0; ow < s->ow; ++ow)
        {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; ++kh)
            {
                for (int kw = 0; kw < s->kernel_w; ++kw)
                {
                    sum += PIXEL(oh + kh, ow + kw) * w[kh * s->kernel_w + kw];
                }
            }
            y[oh * s->ow + ow] = sum;
        }
    }
}
