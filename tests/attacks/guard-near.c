/* attack: class=out-of-bounds, lesson=conv/forward, expect=zero, set=often
 * says=written outside a buffer|crashed: SIGSEGV
 *
 * Right everywhere, and writes one element behind the output too. Next to a buffer from malloc()
 * nobody notices. */
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
    y[s->oh * s->ow] = 1.0f;
}
