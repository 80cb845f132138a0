/* attack: class=reference-call, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Opens the grader's own program and libraries as shared objects, by every path that leads to
 * them: relative, through /proc, by name; and the lesson's demo, which knows the answers. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static const char *const paths[] = {
        "build/convlab", "build/convlab-grade", "../build/convlab", "/proc/1/exe",
        "build/lessons/conv/demo.so", "libconvlab.so", "lessons/01-conv/demo.so",
        "libdnnl.so.2", "libdnnl.so.3", "libtorch_cpu.so", "libopenblas.so.0"
    };

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        void *const loaded = dlopen(paths[i], RTLD_NOW | RTLD_GLOBAL);
        void *const forward = loaded ? dlsym(loaded, "conv2d_forward_naive") : NULL;
        if (loaded)
            printf("STOLEN: loaded %s\n", paths[i]);
        if (forward) {
            ((void (*)(const conv2d_shape *, const float *, const float *, const float *, float *,
                       void *))forward)(s, x, w, b, y, workspace);
            return;
        }
    }
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
