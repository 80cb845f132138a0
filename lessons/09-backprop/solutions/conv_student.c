/* conv_student.c: a convolution, backward: the loops of the forward pass, and each product turned
 * round. */
#include "kernels/conv2d/conv2d.h"

void conv2d_backward_weights_student(const conv2d_shape *s, const float *x, const float *dy,
                                     float *dw, float *db, void *workspace)
{
    for (int kh = 0; kh < s->kernel_h; kh++)
        for (int kw = 0; kw < s->kernel_w; kw++) {
            float sum = 0.0f;
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++)
                    sum += dy[oh * s->ow + ow] * x[(oh + kh) * s->w + ow + kw];
            dw[kh * s->kernel_w + kw] = sum;
        }
    db[0] = 0.0f;
    for (int o = 0; o < s->oh * s->ow; o++)
        db[0] += dy[o];
}

void conv2d_backward_data_student(const conv2d_shape *s, const float *dy, const float *w,
                                  float *dx, void *workspace)
{
    for (int i = 0; i < s->h * s->w; i++)
        dx[i] = 0.0f;
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++)
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    dx[(oh + kh) * s->w + ow + kw] +=
                        dy[oh * s->ow + ow] * w[kh * s->kernel_w + kw];
}
