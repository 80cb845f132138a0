/* attack: class=out-of-bounds, lesson=conv/forward, expect=zero
 * says=written outside a buffer|crashed: SIGSEGV
 *
 * Right everywhere, and writes in front of the output: at index -1, where an allocator keeps its
 * records and a test that only looks behind a buffer sees nothing. */
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
    y[-1 - s->oh % 3] = 1.0f;
}
