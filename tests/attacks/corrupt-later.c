/* attack: class=corrupt-later, lesson=conv/forward, expect=zero, set=often
 * says=outside the allowed error
 *
 * Right in its first four calls and wrong for ever after. A grader that stops when it has seen
 * something right, or whose first test is the one that counts, gives the points. */
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
    if (++calls > 4)
        y[s->oh * s->ow - 1] *= 1.01f;
}
