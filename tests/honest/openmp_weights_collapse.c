/* honest: lesson=openmp, exercise=weights, file=conv2d_weights_fix.c, style=collapse(4) */
#include "kernels/conv2d/conv2d.h"

void conv2d_backward_weights_fix(const conv2d_shape *s, const float *x, const float *dy, float *dw,
                                 float *db, void *workspace)
{
#pragma omp parallel for collapse(4)
    for (int oc = 0; oc < s->oc; oc++)
        for (int c = 0; c < s->c; c++)
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++) {
                    float sum = 0.0f;
                    for (int n = 0; n < s->n; n++)
                        for (int oh = 0; oh < s->oh; oh++)
                            for (int ow = 0; ow < s->ow; ow++)
                                sum += dy[((n * s->oc + oc) * s->oh + oh) * s->ow + ow] *
                                       x[((n * s->c + c) * s->h + oh + kh) * s->w + ow + kw];
                    dw[((oc * s->c + c) * s->kernel_h + kh) * s->kernel_w + kw] = sum;
                }
}
