/* attack: class=ptrace, lesson=conv/forward, expect=zero, set=everywhere
 * says=outside the allowed error
 *
 * Attaches a debugger to its parent and to every other process it can name: then it could set the
 * score in the grader's registers and memory. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static void try(int process)
{
    if (process > 0 && process != (int)getpid() &&
        (ptrace(PTRACE_SEIZE, process, NULL, NULL) == 0 ||
         ptrace(PTRACE_ATTACH, process, NULL, NULL) == 0)) {
        printf("STOLEN: attached to process %d\n", process);
        ptrace(PTRACE_DETACH, process, NULL, NULL);
    }
}

static __attribute__((constructor)) void attach(void)
{
    try((int)getppid());
    for (int process = 1; process < 2000; process++)
        try(process);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
