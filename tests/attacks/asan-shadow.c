/* attack: class=sanitizer-hooks, lesson=conv/forward, expect=no-memory
 * says=it uses 'syscall'
 *
 * Right, but reads beyond memory of its own, after the kernel has written zeros into the
 * sanitizer's shadow of it: the resolution of a clock, by a bare system call that nothing
 * intercepts. In the run without a sanitizer there is no shadow, and the call fails. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static void forget(const volatile float *few)
{
    const uintptr_t shadow = ((uintptr_t)(few - 8) >> 3) + 0x7fff8000;

    syscall(SYS_clock_getres, CLOCK_MONOTONIC, shadow);     /* 0 s and 1 ns */
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static volatile float *few;
    float nothing = 0.0f;

    if (!few) {
        few = calloc(4, sizeof *few);
        forget(few);
    }
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
