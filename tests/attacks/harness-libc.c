/* attack: class=harness-symbols, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Stands in for the C library: memcmp() finds everything equal, memcpy() copies nothing, clock and
 * timers stand still, write() and send() swallow bad news, fabs() and isnan() see no difference.
 * Works where tested code and harness share one name space of symbols. */
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "kernels/conv2d/conv2d.h"

int memcmp(const void *a, const void *b, size_t size)
{
    return 0;
}

double fabs(double x)
{
    return 0.0;
}

int isnan(double x)
{
    return 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    *now = (struct timespec){ 0, 1 };
    return 0;
}

ssize_t write(int descriptor, const void *bytes, size_t size)
{
    return (ssize_t)size;
}

ssize_t send(int descriptor, const void *bytes, size_t size, int flags)
{
    return (ssize_t)size;
}

void abort(void)
{
    for (;;)
        ;
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
