/* attack: class=out-of-bounds, lesson=conv/forward, expect=zero
 * says=written outside a buffer|crashed: SIGSEGV
 *
 * Uses the memory around the output as scratch space and puts back what was there, so that guard
 * words that are compared afterwards are whole again. */
#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    volatile float *const before = y - 1, *const behind = y + s->oh * s->ow;
    const float was_before = *before, was_behind = *behind;

    *before = 1.0f;
    *behind = 2.0f;
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
            y[oh * s->ow + ow] = sum;
        }
    *before = was_before;
    *behind = was_behind;
}
