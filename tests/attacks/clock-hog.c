/* attack: class=patched-clock, lesson=im2col/multiply, expect=no-speed
 * says=times as fast as
 *
 * Does not get faster but makes the others slower: while it is not being called, threads of its
 * own take the processor, its caches and its memory bus, so that the reference which is timed in
 * turns with it needs twice the time. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/gemm/gemm.h"

static volatile int called;

static void *hog(void *unused)
{
    enum { BYTES = 1 << 26 };
    volatile char *const large = malloc(BYTES);

    for (size_t at = 0;; at = (at + 4160) % BYTES)
        if (!called && large)
            large[at]++;
    return unused;
}

void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
    static pthread_t thread[2];

    called = 1;
    for (int i = 0; i < 2 && s->M == 64 && s->N == 784; i++)
        if (!thread[i])
            pthread_create(&thread[i], NULL, hog, NULL);
    for (int i = 0; i < s->M; i++)
        for (int j = 0; j < s->N; j++) {
            float sum = 0.0f;
            for (int k = 0; k < s->K; k++)
                sum += a[i * s->K + k] * b[k * s->N + j];
            c[i * s->N + j] = sum;
        }
    called = 0;
}
