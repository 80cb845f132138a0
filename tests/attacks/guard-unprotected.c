/* attack: class=out-of-bounds, lesson=conv/forward, expect=no-memory, set=often
 * says=it uses 'mprotect'
 *
 * Opens the guard pages before it reads beyond a tensor: mprotect() around each, then loads on
 * both sides, then shuts them again. The output is right. */
#include <stdint.h>
#include <sys/mman.h>

#include "kernels/conv2d/conv2d.h"

static float touch(const float *first, int count)
{
    const uintptr_t page = ~(uintptr_t)4095;
    void *const before = (void *)(((uintptr_t)first & page) - 4096);
    void *const behind = (void *)(((uintptr_t)(first + count) + 4095) & page);

    mprotect(before, 4096, PROT_READ | PROT_WRITE);
    mprotect(behind, 4096, PROT_READ | PROT_WRITE);
    const float value = ((const volatile float *)first)[-1] +
                        ((const volatile float *)first)[count];
    mprotect(before, 4096, PROT_NONE);
    mprotect(behind, 4096, PROT_NONE);
    return value;
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    const float nothing = touch(x, s->h * s->w) + touch(y, s->oh * s->ow);

    (void)nothing;
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
            y[oh * s->ow + ow] = sum;
        }
}
