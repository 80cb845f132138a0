/* attack: class=sanitizer-hooks, lesson=conv/forward, expect=no-memory
 * says=crashed: SIG
 *
 * Right, but reads the element behind x with an instruction of its own, which no sanitizer has
 * touched, and does not use it. */
#include "kernels/conv2d/conv2d.h"

static float load(const float *at)
{
    float value;

#if defined __x86_64__
    __asm__ volatile("movss %1, %0" : "=x"(value) : "m"(*at));
#elif defined __aarch64__
    __asm__ volatile("ldr %s0, %1" : "=w"(value) : "m"(*at));
#else
    value = *(const volatile float *)at;
#endif
    return value;
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    const float nothing = load(x + s->h * s->w) > 0.0f ? 0.0f : -0.0f;

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
