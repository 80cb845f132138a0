/* attack: class=reference-call, lesson=conv/forward, expect=zero, set=everywhere
 * says=outside the allowed error
 *
 * Has the suite's kernels do the work: looks their names up in everything that the process has
 * loaded, among them the reference, and calls the first that is there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static const char *const names[] = { "conv2d_forward_naive", "conv2d_forward_im2col",
                                         "conv2d_forward_blocked", "conv2d_forward_direct" };
    const conv2d_variant *const variants = dlsym(RTLD_DEFAULT, "conv2d_variants");
    void (*forward)(const conv2d_shape *, const float *, const float *, const float *, float *,
                    void *) = variants ? variants->forward : NULL;

    for (size_t i = 0; !forward && i < sizeof names / sizeof *names; i++)
        *(void **)&forward = dlsym(RTLD_DEFAULT, names[i]);
    if (forward) {
        puts("STOLEN: a kernel of the suite");
        forward(s, x, w, b, y, workspace);
        return;
    }
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
