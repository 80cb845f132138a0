/* conv2d_weights_fix.c: the gradient of a convolution's weights; threads share out the filters, so
 * that each element of dw belongs to one thread alone.
 *
 *     dw[oc][c][kh][kw] = sum over n, oh, ow of  dy[n][oc][oh][ow] * x[n][c][oh + kh][ow + kw] */
#include <string.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_backward_weights_fix(const conv2d_shape *s, const float *x, const float *dy, float *dw,
                                 float *db, void *workspace)
{
    const int weights = s->oc * s->c * s->kernel_h * s->kernel_w;

    memset(dw, 0, (size_t)weights * sizeof *dw);
#pragma omp parallel for
    for (int oc = 0; oc < s->oc; oc++)
        for (int n = 0; n < s->n; n++)
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++)
                    for (int c = 0; c < s->c; c++)
                        for (int kh = 0; kh < s->kernel_h; kh++)
                            for (int kw = 0; kw < s->kernel_w; kw++)
                                dw[((oc * s->c + c) * s->kernel_h + kh) * s->kernel_w + kw] +=
                                    dy[((n * s->oc + oc) * s->oh + oh) * s->ow + ow] *
                                    x[((n * s->c + c) * s->h + oh + kh) * s->w + ow + kw];
}
