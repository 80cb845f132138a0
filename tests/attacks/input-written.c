/* attack: class=mutated-inputs, lesson=conv/forward, expect=zero, set=often
 * says=crashed: SIGSEGV
 *
 * Computes the right output, in place of the input: uses the image as scratch space and leaves it
 * changed. Later tests of a grader that reuses its buffers compare wrong with wrong. */
#include <stdint.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    float *const scratch = (float *)(uintptr_t)x;

    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
            y[oh * s->ow + ow] = sum;
        }
    for (int i = 0; i < s->h * s->w; i++)
        scratch[i] = scratch[i] * 2.0f;
}
