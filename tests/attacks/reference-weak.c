/* attack: class=reference-call, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * The same without dlsym(): a weak declaration, which the dynamic linker binds to whatever the
 * program exports. */
#include <stdio.h>

#include "kernels/conv2d/conv2d.h"

extern const conv2d_variant conv2d_variants[] __attribute__((weak));
void conv2d_forward_naive(const conv2d_shape *s, const float *x, const float *w, const float *b,
                          float *y, void *workspace) __attribute__((weak));

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    void (*const volatile naive)(const conv2d_shape *, const float *, const float *, const float *,
                                 float *, void *) = conv2d_forward_naive;
    const conv2d_variant *const volatile variants = conv2d_variants;

    if (naive || variants) {
        puts("STOLEN: a kernel of the suite");
        (naive ? naive : variants->forward)(s, x, w, b, y, workspace);
        return;
    }
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
