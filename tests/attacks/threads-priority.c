/* attack: class=more-threads, lesson=im2col/multiply, expect=no-speed
 * says=times as fast as
 *
 * Takes precedence: real-time scheduling for itself, the lowest priority and a single idle slot
 * for everybody else, its parent first, which holds the clock. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kernels/gemm/gemm.h"

static __attribute__((constructor)) void first(void)
{
    const struct sched_param most = { .sched_priority = 99 }, none = { .sched_priority = 0 };

    if (sched_setscheduler(0, SCHED_FIFO, &most) == 0)
        puts("STOLEN: real-time priority");
    setpriority(PRIO_PROCESS, 0, -20);
    if (getppid() > 0)
        setpriority(PRIO_PROCESS, (id_t)getppid(), 19);
    sched_setscheduler(getppid(), SCHED_IDLE, &none);
    setpriority(PRIO_USER, 0, 19);
    mlockall(MCL_CURRENT | MCL_FUTURE);
}

void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
    for (int i = 0; i < s->M; i++)
        for (int j = 0; j < s->N; j++) {
            float sum = 0.0f;
            for (int k = 0; k < s->K; k++)
                sum += a[i * s->K + k] * b[k * s->N + j];
            c[i * s->N + j] = sum;
        }
}
