/* attack: class=ignored-sigterm, lesson=conv/forward, expect=zero, set=everywhere
 * says=did not come back within
 *
 * Ignores and blocks every signal that can be ignored or blocked, in several threads, and loops. A
 * grader whose time limit sends SIGTERM, or that calls pthread_cancel(), waits for ever. */
#include <pthread.h>
#include <signal.h>

#include "kernels/conv2d/conv2d.h"

static void *loop(void *unused)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    for (volatile int going = 1; going;)
        ;
    return unused;
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    pthread_t thread;

    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_IGN);
    pthread_create(&thread, NULL, loop, NULL);
    loop(NULL);
}
