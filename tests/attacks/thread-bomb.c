/* attack: class=thread-bomb, lesson=conv/forward, expect=zero, set=everywhere
 * says=did not come back within
 *
 * Starts threads until none is left to start, each of which starts more and then spins. */
#include <pthread.h>

#include "kernels/conv2d/conv2d.h"

static void *more(void *unused)
{
    pthread_t thread;

    for (int i = 0; i < 1000; i++)
        pthread_create(&thread, NULL, more, NULL);
    for (volatile int going = 1; going;)
        ;
    return unused;
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    more(NULL);
}
