/* honest: lesson=channels, exercise=forward, file=conv2d_student.c, style=printf left in */
#include <stdio.h>

#include "kernels/conv2d/conv2d.h"

int my_calls = 0;
long long my_macs;

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    my_calls++;
    printf("DEBUG call %d: n=%d c=%d h=%d w=%d -> oc=%d oh=%d ow=%d\n", my_calls, s->n, s->c, s->h,
           s->w, s->oc, s->oh, s->ow);
    for (int n = 0; n < s->n; n++)
        for (int oc = 0; oc < s->oc; oc++)
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++) {
                    float sum = b ? b[oc] : 0.0f;
                    for (int c = 0; c < s->c; c++)
                        for (int kh = 0; kh < s->kernel_h; kh++)
                            for (int kw = 0; kw < s->kernel_w; kw++) {
                                int ih = oh * s->stride_h - s->pad_top + kh;
                                int iw = ow * s->stride_w - s->pad_left + kw;
                                if (ih >= 0 && ih < s->h && iw >= 0 && iw < s->w) {
                                    sum += x[((n * s->c + c) * s->h + ih) * s->w + iw] *
                                           w[((oc * s->c + c) * s->kernel_h + kh) * s->kernel_w +
                                             kw];
                                    my_macs++;
                                }
                            }
                    y[((n * s->oc + oc) * s->oh + oh) * s->ow + ow] = sum;
                    if (oh == 0 && ow == 0 && my_calls < 3)
                        fprintf(stderr, "first of map %d: %f\n", oc, (double)sum);
                }
    fflush(stdout);
}
