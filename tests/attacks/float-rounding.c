/* attack: class=float-environment, lesson=conv/forward, expect=harmless, set=often
 * says=differs from run to run|with another|outside
 *
 * Right, and leaves the processor otherwise than it found it: rounding upwards, tiny numbers
 * flushed to zero, in this thread. Whoever computes the expected values or the error after that
 * call, in that thread, computes them wrong. */
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
    fesetround(FE_UPWARD);
#if defined __x86_64__
    __builtin_ia32_ldmxcsr(0xffc0 & ~0x1f80);           /* FTZ, DAZ, upwards, traps on */
    __builtin_ia32_ldmxcsr(0xdfc0);
#endif
}
