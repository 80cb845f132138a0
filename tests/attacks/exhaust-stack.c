/* attack: class=stack-exhaustion, lesson=conv/forward, expect=zero, set=often
 * says=crashed: SIGSEGV
 *
 * Calls itself without end, after raising the limit on the stack as far as it may be raised. */
#include <sys/resource.h>

#include "kernels/conv2d/conv2d.h"

static int deeper(volatile int *above)
{
    volatile int here[256];

    here[above[0] & 255] = 1;
    return deeper(here) + here[0];
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    const struct rlimit most = { RLIM_INFINITY, RLIM_INFINITY };
    volatile int here[256] = { 0 };

    setrlimit(RLIMIT_STACK, &most);
    setrlimit(RLIMIT_AS, &most);
    setrlimit(RLIMIT_DATA, &most);
    y[0] = (float)deeper(here);
}
