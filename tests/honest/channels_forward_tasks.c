/* honest: lesson=channels, exercise=forward, file=conv2d_student.c, style=OpenMP tasks */
#include "kernels/conv2d/conv2d.h"

static void one_map(const conv2d_shape *s, const float *image, const float *filter, float bias,
                    float *map)
{
    for (int at = 0; at < s->oh * s->ow; at++) {
        const int top = at / s->ow * s->stride_h - s->pad_top;
        const int left = at % s->ow * s->stride_w - s->pad_left;
        float sum = bias;
        for (int c = 0; c < s->c; c++)
            for (int kh = top < 0 ? -top : 0; kh < s->kernel_h && top + kh < s->h; kh++)
                for (int kw = left < 0 ? -left : 0; kw < s->kernel_w && left + kw < s->w; kw++)
                    sum += image[(c * s->h + top + kh) * s->w + left + kw] *
                           filter[(c * s->kernel_h + kh) * s->kernel_w + kw];
        map[at] = sum;
    }
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
#pragma omp parallel
#pragma omp single
    for (int n = 0; n < s->n; n++)
        for (int oc = 0; oc < s->oc; oc++)
#pragma omp task firstprivate(n, oc)
            one_map(s, x + n * s->c * s->h * s->w, w + oc * s->c * s->kernel_h * s->kernel_w,
                    b ? b[oc] : 0.0f, y + (n * s->oc + oc) * s->oh * s->ow);
}
