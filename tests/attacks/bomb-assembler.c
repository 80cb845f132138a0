/* attack: class=compiler-bomb, lesson=conv/forward, expect=zero
 * says=compiler was stopped
 *
 * Leaves the compiler in peace and has the assembler do it: nested repetitions that unfold to 2 to
 * the power of 48 bytes. */
#include "kernels/conv2d/conv2d.h"

__asm__(".pushsection .data\n"
        ".rept 65536\n.rept 65536\n.rept 65536\n"
        ".byte 1\n"
        ".endr\n.endr\n.endr\n"
        ".popsection\n");

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
