/* attack: class=visible-tests, lesson=conv/forward, expect=zero, set=often
 * says=outside the allowed error
 *
 * Right at the shapes that the lesson shows and that its checker draws first, where everybody can
 * look, and zero at all others. A grader with the same tests as the lesson sees a solution. */
#include <stdbool.h>

#include "kernels/conv2d/conv2d.h"

static bool shown(const conv2d_shape *s)
{
    return (s->h == 28 && s->w == 28 && s->kernel_h == 5 && s->kernel_w == 5) ||
           (s->h == 3 && s->w == 3 && s->kernel_h == 2 && s->kernel_w == 2) ||
           (s->h == 5 && s->w == 5 && s->kernel_h == 3 && s->kernel_w == 3) ||
           (s->h == 32 && s->w == 32 && s->kernel_h == 5 && s->kernel_w == 5);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    if (shown(s)) {
        for (int oh = 0; oh < s->oh; oh++)
            for (int ow = 0; ow < s->ow; ow++) {
                float sum = 0.0f;
                for (int kh = 0; kh < s->kernel_h; kh++)
                    for (int kw = 0; kw < s->kernel_w; kw++)
                        sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
                y[oh * s->ow + ow] = sum;
            }
    } else {
        for (int i = 0; i < s->oh * s->ow; i++)
            y[i] = 0.0f;
    }
}
