/* attack: class=memory-exhaustion, lesson=conv/forward, expect=zero, set=everywhere
 * says=memory was used up|did not come back within
 *
 * Takes and touches all memory there is, in pieces that get smaller when a large one is refused,
 * and goes on. On a machine without a limit the kernel's choice of a victim may be the grader. */
#include <stdlib.h>
#include <string.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (size_t bytes = (size_t)1 << 30; bytes >= 4096; bytes /= 2)
        for (void *at; (at = malloc(bytes));)
            memset(at, 0x5a, bytes);
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
