/* attack: class=signal-handler, lesson=conv/forward, expect=zero
 * says=outside the allowed error|written outside
 *
 * Catches its own crash: a handler of SIGSEGV and SIGBUS jumps back into the function, which
 * returns as if nothing had happened. The kernel runs far beyond all tensors. A grader that waits
 * for a crash sees none. */
#include <setjmp.h>
#include <signal.h>

#include "kernels/conv2d/conv2d.h"

static sigjmp_buf back;

static void caught(int number)
{
    siglongjmp(back, number);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    struct sigaction action = { .sa_handler = caught, .sa_flags = SA_NODEFER };

    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    if (sigsetjmp(back, 1) == 0)
        for (long i = 0;; i++)
            y[i] = x[i];
}
