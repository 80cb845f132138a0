/* attack: class=stack-frames, lesson=conv/forward, expect=zero, set=often
 * says=crashed: SIG
 *
 * Returns to where it was before: keeps the caller's state in its first call and jumps back to it
 * from the second, or rewrites its own return address. The harness's loop then counts on from an
 * old state; here that harness is the worker's, and counts nothing. */
#include <setjmp.h>

#include "kernels/conv2d/conv2d.h"

static jmp_buf old;

static __attribute__((noinline)) int mark(void)
{
    return setjmp(old);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static int calls;

    if (calls++ == 0) {
        mark();
        for (int oh = 0; oh < s->oh; oh++)
            for (int ow = 0; ow < s->ow; ow++) {
                float sum = 0.0f;
                for (int kh = 0; kh < s->kernel_h; kh++)
                    for (int kw = 0; kw < s->kernel_w; kw++)
                        sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
                y[oh * s->ow + ow] = sum;
            }
        return;
    }
    void **const frame = __builtin_frame_address(0);
    frame[1] = (char *)frame[1] + (calls % 4);
    if (calls % 2)
        longjmp(old, 1);
}
