/* attack: class=more-threads, lesson=im2col/multiply, expect=no-speed
 * says=times as fast as
 *
 * The same by hand: asks for all processors back before it starts its threads, each of which pins
 * itself to one of them. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "kernels/gemm/gemm.h"

enum { THREADS = 4 };

typedef struct {
    const gemm_shape *s;
    const float *a, *b;
    float *c;
    int number;
} part;

static void *multiply_part(void *of)
{
    const part *const p = of;
    const gemm_shape *const s = p->s;
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET(p->number % (int)sysconf(_SC_NPROCESSORS_CONF), &one);
    sched_setaffinity(0, sizeof one, &one);
    for (int i = p->number; i < s->M; i += THREADS)
        for (int j = 0; j < s->N; j++) {
            float sum = 0.0f;
            for (int k = 0; k < s->K; k++)
                sum += p->a[i * s->K + k] * p->b[k * s->N + j];
            p->c[i * s->N + j] = sum;
        }
    return NULL;
}

void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
    pthread_t thread[THREADS];
    part parts[THREADS];
    cpu_set_t all;

    CPU_ZERO(&all);
    for (int i = 0; i < 256; i++)
        CPU_SET(i, &all);
    sched_setaffinity(getppid(), sizeof all, &all);
    sched_setaffinity(0, sizeof all, &all);
    for (int i = 0; i < THREADS; i++) {
        parts[i] = (part){ s, a, b, c, i };
        if (pthread_create(&thread[i], NULL, multiply_part, &parts[i]) != 0) {
            multiply_part(&parts[i]);
            thread[i] = 0;
        }
    }
    for (int i = 0; i < THREADS; i++)
        if (thread[i])
            pthread_join(thread[i], NULL);
}
