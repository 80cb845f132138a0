/* attack: class=deferred-work, lesson=im2col/multiply, expect=no-speed
 * says=timed call was wrong
 *
 * Returns at once and computes later: a thread of its own fills the output while the clock has
 * already stopped. Works where somebody looks at the output only when all timing is over. */
#include <pthread.h>
#include <string.h>

#include "kernels/gemm/gemm.h"

static struct {
    gemm_shape shape;
    const float *a, *b;
    float *c;
    int jobs, done;
    pthread_mutex_t lock;
    pthread_cond_t changed;
} queue = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

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

static void *work(void *unused)
{
    pthread_mutex_lock(&queue.lock);
    for (;;) {
        while (queue.done == queue.jobs)
            pthread_cond_wait(&queue.changed, &queue.lock);
        slowly(&queue.shape, queue.a, queue.b, queue.c);
        queue.done = queue.jobs;
    }
    return unused;
}

void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
    static pthread_t thread;

    if (s->M != 64 || s->N != 784) {
        slowly(s, a, b, c);
        return;
    }
    if (!thread)
        pthread_create(&thread, NULL, work, NULL);
    pthread_mutex_lock(&queue.lock);
    queue.shape = *s;
    queue.a = a, queue.b = b, queue.c = c;
    queue.jobs++;
    pthread_cond_signal(&queue.changed);
    pthread_mutex_unlock(&queue.lock);
}
