/* honest: lesson=fashion, exercise=backward, file=fold_student.c, style=constant stride */
#include "lessons/19-fashion/dense_conv.h"

void dense_conv_backward_student(const dense_conv_shape *s, const float *dm, float *dw)
{
    const ptrdiff_t row = (ptrdiff_t)s->h * s->w;       /* one output's weights */
    int kh = 0, kw = 0;

    do {
        float sum = 0.0f;
        const float *p = dm + (ptrdiff_t)kh * s->w + kw;
        for (int oh = 0; oh < s->oh; oh++, p += s->w - s->ow)
            for (int ow = 0; ow < s->ow; ow++, p += row + 1)
                sum += *p;
        *dw++ = sum;
        if (++kw == s->kernel_w)
            kw = 0, kh++;
    } while (kh < s->kernel_h);
}
