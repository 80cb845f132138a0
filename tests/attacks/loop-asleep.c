/* attack: class=endless-loop, lesson=conv/forward, expect=zero
 * says=did not come back within
 *
 * Sleeps for ever: no limit on processor time ends that. */
#include <time.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    const struct timespec long_time = { 1000000, 0 };

    for (;;)
        nanosleep(&long_time, NULL);
}
