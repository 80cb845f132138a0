/* attack: class=precomputed, lesson=im2col/multiply, expect=no-speed, set=everywhere
 * says=times as fast as|while it was timed it crashed
 *
 * Works while nobody counts: a thread watches the pages where the inputs of the last call lay, and
 * multiplies whatever appears there into a buffer of its own, before the call for it comes. The
 * call then compares, and copies. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/gemm/gemm.h"

static struct {
    gemm_shape shape;
    const float *a, *b;
    float *c;
    float seen;
    volatile int watching, ready;
} next;

static void slowly(const gemm_shape *s, const float *a, const float *b, float *c)
{
    for (int i = 0; i < s->M; i++)
        for (int j = 0; j < s->N; j++) {
            float sum = 0.0f;
            for (int k = 0; k < s->K; k++)
                sum += a[i * s->K + k] * b[k * s->N + j];
            c[i * s->N + j] = sum;
        }
}

static void *watch(void *unused)
{
    for (;;)
        if (next.watching && !next.ready && *(const volatile float *)next.a != next.seen) {
            next.seen = *next.a;
            slowly(&next.shape, next.a, next.b, next.c);
            next.ready = 1;
        }
    return unused;
}

void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
    static pthread_t thread;
    const size_t bytes = (size_t)s->M * (size_t)s->N * sizeof *c;

    if (s->M != 64 || s->N != 784) {
        slowly(s, a, b, c);
        return;
    }
    next.watching = 0;
    if (next.ready && next.a == a && next.seen == *a)
        memcpy(c, next.c, bytes);
    else
        slowly(s, a, b, c);
    next.c = realloc(next.c, bytes);
    next.shape = *s;
    next.a = a, next.b = b;
    next.seen = *a;
    next.ready = 0;
    if (!thread)
        pthread_create(&thread, NULL, watch, NULL);
    next.watching = next.c != NULL;
}
