/* attack: class=corrupt-later, lesson=conv/forward, expect=no-memory
 * says=outside the allowed error|want
 *
 * Wrong in its first call and right for ever after. A grader that runs once to warm up, or that
 * tries a failed test again "because tests are flaky", gives the points. Here the group of that
 * call is lost, and so is the run that watches the memory, whose worker begins anew. */
#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static int calls;

    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
            y[oh * s->ow + ow] = sum;
        }
    if (calls++ < 1)
        y[0] += 1.0f;
}
