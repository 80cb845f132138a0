/* attack: class=daemon, lesson=conv/forward, expect=harmless, set=everywhere
 * says=.
 *
 * A right kernel that leaves somebody behind: a grandchild in a session and process group of its
 * own, with all descriptors closed and signals ignored, that goes on after the grading, at the
 * cost of whoever is graded next. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static __attribute__((constructor)) void detach(void)
{
    if (fork() != 0)
        return;
    setsid();
    if (fork() != 0)
        _exit(0);
    prctl(PR_SET_NAME, "attack-daemon");
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_IGN);
    for (int descriptor = 0; descriptor < 256; descriptor++)
        close(descriptor);
    umask(0);
    for (;;)
        sleep(1000);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
            y[oh * s->ow + ow] = sum;
        }
}
