/* attack: class=constructor, lesson=conv/forward, expect=zero, set=often
 * says=exit code
 *
 * Runs before any test: a constructor prints a perfect score and ends the process with code 0. A
 * grader that loads the object into its own process, or that believes what is printed, is done. */
#include <stdio.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static __attribute__((constructor(101))) void first(void)
{
    puts("{\"score\": 100, \"tests\": [{\"name\": \"all\", \"status\": \"passed\"}]}");
    fflush(stdout);
    _exit(0);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
