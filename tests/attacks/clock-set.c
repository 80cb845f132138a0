/* attack: class=patched-clock, lesson=im2col/multiply, expect=no-speed
 * says=times as fast as
 *
 * Sets the machine's clock back at the end of every call, slows its tick, and enters a time name
 * space of its own. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "kernels/gemm/gemm.h"

void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
    struct timespec begin;
    struct timex slow = { .modes = ADJ_TICK, .tick = 9000 };

    clock_gettime(CLOCK_REALTIME, &begin);
    for (int i = 0; i < s->M; i++)
        for (int j = 0; j < s->N; j++) {
            float sum = 0.0f;
            for (int k = 0; k < s->K; k++)
                sum += a[i * s->K + k] * b[k * s->N + j];
            c[i * s->N + j] = sum;
        }
    if (clock_settime(CLOCK_REALTIME, &begin) == 0)
        puts("STOLEN: the clock was set");
    if (adjtimex(&slow) == 0)
        puts("STOLEN: the tick was changed");
    unshare(CLONE_NEWTIME);
}
