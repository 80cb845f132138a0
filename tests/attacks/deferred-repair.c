/* attack: class=deferred-work, lesson=conv/forward, expect=zero, set=often
 * says=outside the allowed error|crashed
 *
 * Leaves something wrong behind and has a thread repair it a millisecond later, or the other way
 * round: right when it returns, changed when it is compared. Whoever reads the output twice, once
 * for checking and once for keeping, reads two outputs. Where the output is gone by then, the
 * thread crashes. */
#include <pthread.h>
#include <time.h>

#include "kernels/conv2d/conv2d.h"

static struct {
    volatile float *at;
    volatile float right;
} repair;

static void *later(void *unused)
{
    const struct timespec moment = { 0, 200000 };

    for (;;) {
        nanosleep(&moment, NULL);
        if (repair.at)
            *repair.at = repair.right;
    }
    return unused;
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static pthread_t thread;

    repair.at = NULL;
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
            y[oh * s->ow + ow] = sum;
        }
    if (!thread)
        pthread_create(&thread, NULL, later, NULL);
    repair.right = y[0];
    y[0] = y[0] * 1.5f + 1.0f;
    repair.at = y;
}
