/* attack: class=float-environment, lesson=conv/forward, expect=harmless
 * says=crashed: SIGFPE
 *
 * Right, and arms traps: from now on the first inexact result, division by zero or NaN in this
 * thread ends the process with SIGFPE, at a place that is the harness's and not the kernel's. */
#define _GNU_SOURCE
#include <fenv.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
            y[oh * s->ow + ow] = sum;
        }
    feclearexcept(FE_ALL_EXCEPT);
    feenableexcept(FE_ALL_EXCEPT);
}
