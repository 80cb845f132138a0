/* attack: class=forged-answer, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Fills the socket to the grader with garbage, as much as it takes and in messages of all sizes,
 * from a thread that never stops. A parent that allocates what a message announces, or that reads
 * until there is nothing left, is brought down. */
#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#include "kernels/conv2d/conv2d.h"

static void *flood(void *unused)
{
    static char garbage[1 << 16];

    memset(garbage, 0xff, sizeof garbage);
    for (size_t size = 1;; size = size * 3 % sizeof garbage + 1)
        for (int descriptor = 0; descriptor < 64; descriptor++)
            send(descriptor, garbage, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    return unused;
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static pthread_t thread;

    if (!thread)
        pthread_create(&thread, NULL, flood, NULL);
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
