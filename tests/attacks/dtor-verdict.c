/* attack: class=constructor, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Waits for the end: atexit(), a destructor and a function of .fini_array print a passing
 * verdict after the last test and end with code 0. The last line wins where a grader reads the
 * last line. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static __attribute__((destructor(101))) void last(void)
{
    printf("\n\036convlab-verdict passed\n");
    fflush(stdout);
    _exit(0);
}

__attribute__((section(".fini_array"), used)) static void (*const entry)(void) = last;

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static int registered;

    if (!registered++)
        atexit(last);
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
