/* attack: class=compiler-options, lesson=conv/forward, expect=zero, set=often
 * says=bad value|error:
 *
 * Gives the compiler options from within: a plugin to load, a file to write its output to, wrong
 * arithmetic, a stack that may be executed, an object that asks for another library at load. */
#include "kernels/conv2d/conv2d.h"

#pragma GCC optimize("-fplugin=/tmp/object.so")
#pragma GCC optimize("-fdump-tree-all=/tmp/dump", "-ffast-math", "-save-temps")
#pragma GCC optimize("-fprofile-generate=/tmp/profile")
#pragma GCC target("arch=native,tune=native")
#pragma GCC pch_preprocess "/etc/passwd"
#pragma GCC dependency "/etc/shadow"

__asm__(".section .note.GNU-stack, \"x\", @progbits\n"
        ".section .interp, \"a\"\n.asciz \"/tmp/object.so\"\n"
        ".section .comment\n.asciz \"-lconvlab\"\n"
        ".text\n");

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
