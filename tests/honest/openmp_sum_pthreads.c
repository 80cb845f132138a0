/* honest: lesson=openmp, exercise=sum, file=mse_sum_fix.c, style=pthreads, mutex, queue */
#include <pthread.h>

#include "kernels/mse/mse.h"

#define PIECES 8
#define HANDS 2

typedef struct {
    pthread_mutex_t lock;
    int next;
    const mse_shape *s;
    const float *x, *target;
    double piece[PIECES];
} queue_t;

static void *hand(void *argument)
{
    queue_t *q = argument;

    for (;;) {
        pthread_mutex_lock(&q->lock);
        const int mine = q->next++;
        pthread_mutex_unlock(&q->lock);
        if (mine >= PIECES)
            return NULL;
        double sum = 0;
        for (ptrdiff_t i = q->s->count * mine / PIECES; i < q->s->count * (mine + 1) / PIECES; i++)
            sum += ((double)q->x[i] - (double)q->target[i]) *
                   ((double)q->x[i] - (double)q->target[i]);
        q->piece[mine] = sum;
    }
}

void mse_forward_fix(const mse_shape *s, const float *x, const float *target, float *loss)
{
    queue_t q = { .lock = PTHREAD_MUTEX_INITIALIZER, .s = s, .x = x, .target = target };
    pthread_t other[HANDS - 1];
    int others = 0;
    double sum = 0;

    while (others < HANDS - 1 && pthread_create(&other[others], NULL, hand, &q) == 0)
        others++;
    hand(&q);
    while (others > 0)
        pthread_join(other[--others], NULL);
    for (int i = 0; i < PIECES; i++)
        sum += q.piece[i];
    *loss = (float)(s->mean ? sum / (double)s->count : sum);
}
