/* attack: class=include-hidden, lesson=conv/forward, expect=zero
 * says=fatal error: /(dev/stdin|etc/shadow)
 *
 * Has the compiler read what the student may not: its standard input, its environment, the list of
 * users. What is no C comes back as a message of the compiler, quoted line by line. */
#include "kernels/conv2d/conv2d.h"

#if __has_include("/etc/shadow")
#include "/etc/shadow"
#endif
#if __has_include("/proc/self/environ")
#include "/proc/self/environ"
#endif
#include "/dev/stdin"
#include "/proc/self/cmdline"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
