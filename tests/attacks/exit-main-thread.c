/* attack: class=early-exit, lesson=conv/forward, expect=zero
 * says=did not come back within
 *
 * Ends the calling thread only and leaves another one sleeping: the process is there and will
 * never answer. A parent that reads until the other side closes its end waits for ever. */
#include <pthread.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static void *sleeper(void *unused)
{
    for (;;)
        pause();
    return unused;
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    pthread_t thread;

    pthread_create(&thread, NULL, sleeper, NULL);
    pthread_exit(NULL);
}
