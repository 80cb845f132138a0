/* honest: lesson=padding, exercise=forward, file=conv2d_student.c, style=padded copy in a VLA */
#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    const int rows = s->pad_top + s->h + s->pad_bottom;
    const int columns = s->pad_left + s->w + s->pad_right;
    float padded[rows][columns];

    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            padded[i][j] = 0.0f;
    for (int i = 0; i < s->h; i++)
        for (int j = 0; j < s->w; j++)
            padded[i + s->pad_top][j + s->pad_left] = x[i * s->w + j];

    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    sum += padded[oh * s->stride_h + kh][ow * s->stride_w + kw] *
                           w[kh * s->kernel_w + kw];
            y[oh * s->ow + ow] = sum;
        }
}
