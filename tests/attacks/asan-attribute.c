/* attack: class=sanitizer-hooks, lesson=conv/forward, expect=no-memory, set=often
 * says=it uses 'no_sanitize'
 *
 * Right, but reads beyond a local array, in a function that asks the compiler by an attribute not
 * to check it. */
#include "kernels/conv2d/conv2d.h"

static __attribute__((no_sanitize("address", "undefined"), noinline)) float
beyond(volatile float *few, int at)
{
    return few[at];
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    volatile float few[4] = { 0.0f };
    const float nothing = beyond(few, 4 + s->oh % 2) > 0.0f ? 0.0f : -0.0f;

    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
            y[oh * s->ow + ow] = sum;
        }
    y[0] += nothing;
}
