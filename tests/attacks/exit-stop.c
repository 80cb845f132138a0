/* attack: class=early-exit, lesson=conv/forward, expect=zero
 * says=did not come back within
 *
 * Stops itself (SIGSTOP). It uses no processor time, so a limit on that never comes; and a parent
 * that calls waitpid() with WUNTRACED may take the stop for an end. Here the clock of the wall
 * counts, and a stopped worker is killed like any other. */
#include <signal.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (;;)
        raise(SIGSTOP);
}
