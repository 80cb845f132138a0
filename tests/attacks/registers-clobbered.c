/* attack: class=float-environment, lesson=conv/forward, expect=harmless
 * says=crashed: SIG|outside
 *
 * Right, and breaks the calling convention: string instructions run backwards, the registers that
 * belong to the caller hold nonsense, the flags trap on unaligned access. What the caller does
 * next is anybody's guess; the worker may die of it, the grader may not. */
#include "kernels/conv2d/conv2d.h"

static __attribute__((noinline)) void compute(const conv2d_shape *s, const float *x, const float *w,
                                              float *y)
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

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    compute(s, x, w, y);
#if defined __x86_64__
    __asm__ volatile("mov $-1, %r12\n mov $-1, %r13\n mov $-1, %r14\n mov $-1, %r15\n"
                     "mov $-1, %rbx\n std\n fninit\n fld1\n fld1\n fld1\n fld1\n"
                     "pushfq\n orq $0x40000, (%rsp)\n popfq\n");
#endif
}
