/* attack: class=stale-output, lesson=conv/forward, expect=zero, set=often
 * says=never written
 *
 * Computes in its first call only and leaves the output as it is from then on. Where the buffer is
 * reused and not overwritten between tests, the last right answer is still in it. */
#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static int calls;

    if (calls++ > 0)
        return;
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
            y[oh * s->ow + ow] = sum;
        }
}
