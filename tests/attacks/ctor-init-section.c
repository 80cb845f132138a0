/* attack: class=constructor, lesson=conv/forward, expect=zero
 * says=exit code
 *
 * Assembles instructions into the section .init, the body of the function that runs at load: no
 * symbol, no table entry. They make the system call exit_group(0). */
#include "kernels/conv2d/conv2d.h"

#if defined __x86_64__
__asm__(".pushsection .init, \"ax\", @progbits\n"
        "    mov $231, %eax\n"
        "    xor %edi, %edi\n"
        "    syscall\n"
        ".popsection\n");
#elif defined __aarch64__
__asm__(".pushsection .init, \"ax\", @progbits\n"
        "    mov x8, #94\n"
        "    mov x0, #0\n"
        "    svc #0\n"
        ".popsection\n");
#endif

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
