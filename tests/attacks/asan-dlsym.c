/* attack: class=sanitizer-hooks, lesson=conv/forward, expect=no-memory
 * says=it uses 'dlsym'
 *
 * Right, but reads beyond memory of its own, after it has asked the sanitizer to forget that the
 * bytes behind are forbidden: by a function that it looks up by name when it runs, so that the
 * object itself wants nothing of the sanitizer's. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static volatile float *few;
    void (*allow)(const volatile void *, size_t);
    float nothing = 0.0f;

    if (!few)
        few = calloc(4, sizeof *few);
    *(void **)&allow = dlsym(RTLD_DEFAULT, "__as" "an_unpoison_memory_region");
    if (allow)
        allow(few - 8, 24 * sizeof *few);
    nothing = few[-2] + few[5] > 0.0f ? 0.0f : -0.0f;
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
