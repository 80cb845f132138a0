/* honest: lesson=backprop, exercise=conv_dx, file=conv_student.c, style=gather, helper functions */
#include "kernels/conv2d/conv2d.h"

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

static float sum_of(const float *values, int count)
{
    return count == 1 ? values[0]
                      : sum_of(values, count / 2) + sum_of(values + count / 2, count - count / 2);
}

void conv2d_backward_weights_student(const conv2d_shape *s, const float *x, const float *dy,
                                     float *dw, float *db, void *workspace)
{
    for (int tap = 0; tap < s->kernel_h * s->kernel_w; tap++) {
        const int kh = tap / s->kernel_w, kw = tap % s->kernel_w;
        double sum = 0;
        for (int o = 0; o < s->oh * s->ow; o++)
            sum += (double)dy[o] * (double)x[(o / s->ow + kh) * s->w + o % s->ow + kw];
        dw[tap] = (float)sum;
    }
    *db = sum_of(dy, s->oh * s->ow);
}

void conv2d_backward_data_student(const conv2d_shape *s, const float *dy, const float *w,
                                  float *dx, void *workspace)
{
    for (int ih = 0; ih < s->h; ih++)
        for (int iw = 0; iw < s->w; iw++) {
            float sum = 0.0f;
            const int first_h = clamp(ih - s->kernel_h + 1, 0, s->oh);
            const int first_w = clamp(iw - s->kernel_w + 1, 0, s->ow);
            const int end_h = clamp(ih + 1, 0, s->oh), end_w = clamp(iw + 1, 0, s->ow);
            for (int oh = first_h; oh < end_h; oh++)
                for (int ow = first_w; ow < end_w; ow++)
                    sum += dy[oh * s->ow + ow] * w[(ih - oh) * s->kernel_w + iw - ow];
            dx[ih * s->w + iw] = sum;
        }
}
