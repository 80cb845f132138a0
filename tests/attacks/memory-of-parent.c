/* attack: class=proc-mem, lesson=conv/forward, expect=zero, set=everywhere
 * says=outside the allowed error
 *
 * Opens the memory of the parent, of process 1 and of every process in between for writing. Who
 * runs under the same user id as its grader may change the score there. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static __attribute__((constructor)) void others(void)
{
    char path[64];

    for (int process = 1; process < 70000; process++) {
        if (process == (int)getpid())
            continue;
        snprintf(path, sizeof path, "/proc/%d/mem", process);
        const int file = open(path, O_RDWR);
        if (file < 0)
            continue;
        printf("STOLEN: the memory of process %d\n", process);
        close(file);
    }
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
