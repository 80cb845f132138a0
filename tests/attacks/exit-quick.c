/* attack: class=early-exit, lesson=conv/forward, expect=zero
 * says=exit code
 *
 * Ends the process past all handlers: quick_exit(0), _exit(0), the bare system call, one after
 * another in case the first two are caught. A harness that registers its own atexit() handler to
 * notice early ends misses these. Here nobody in the worker has to notice anything. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    if (s->oh % 3 == 0)
        quick_exit(0);
    if (s->oh % 3 == 1)
        _exit(0);
    syscall(SYS_exit_group, 0);
}
