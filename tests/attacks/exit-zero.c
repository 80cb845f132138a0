/* attack: class=early-exit, lesson=conv/forward, expect=zero, set=everywhere
 * says=exit code
 *
 * Calls exit(0) in its first call. A grader that takes the exit code of the tested program for its
 * verdict, or that counts failures which are then never printed, gives full marks. Here the code
 * says nothing: there was no answer, so the part failed. */
#include <stdlib.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    exit(0);
}
