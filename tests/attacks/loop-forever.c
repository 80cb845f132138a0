/* attack: class=endless-loop, lesson=conv/forward, expect=zero, set=often
 * says=did not come back within
 *
 * Never returns. A grader without a time limit never does either; one with a limit per test and a
 * hundred tests takes a hundred limits. */
#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (volatile int going = 1; going;)
        ;
}
