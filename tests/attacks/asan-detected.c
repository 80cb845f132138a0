/* attack: class=sanitizer-hooks, lesson=conv/forward, expect=no-memory
 * says=crashed: SIGSEGV
 *
 * Behaves only while it is watched: where the sanitizer is compiled in or its runtime is loaded,
 * the kernel keeps within x; elsewhere it reads in front of and behind it. The pages around a
 * tensor are there in both runs. */
#include "kernels/conv2d/conv2d.h"

void __asan_init(void) __attribute__((weak));

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    volatile float nothing = 0.0f;
    void (*const volatile watched)(void) = __asan_init;

#if !defined __SANITIZE_ADDRESS__
    if (!watched)
        nothing = ((const volatile float *)x)[s->h * s->w] + ((const volatile float *)x)[-1];
#endif
    (void)nothing;
    (void)watched;
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
            y[oh * s->ow + ow] = sum;
        }
}
