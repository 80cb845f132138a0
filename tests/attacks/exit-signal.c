/* attack: class=early-exit, lesson=conv/forward, expect=zero
 * says=crashed: SIG(KILL|TERM|TRAP|ABRT)
 *
 * Ends by a signal of its own choice, another one in each call: abort(), SIGKILL, SIGTERM,
 * SIGTRAP. A grader that repeats a test after "an infrastructure problem", or that forgives
 * SIGKILL as its own time limit's doing, can be led around. Here a dead worker is a failed
 * case. */
#include <signal.h>
#include <stdlib.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static const int ways[] = { SIGABRT, SIGKILL, SIGTERM, SIGTRAP };

    raise(ways[(s->oh + s->ow) % 4]);
    abort();
}
