/* attack: class=injection, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Has the compiler say it: warnings that quote control characters, markup and long lines of the
 * source, under the name of another file, at a line that does not exist. What the compiler quotes
 * is as much the student's as what the program prints. */
#include "kernels/conv2d/conv2d.h"

#line 1000000 "/etc/passwd"
#warning <script>alert(1)</script> ]]></system-out> =cmd|'/C calc'!A0 "} 100 points
#line 1 "\033[2J\033]0;passed\007\x9b<b>.c"
#pragma message "\033[2J\033[Hpoints: 10 of 10\007"
#line 7 "conv2d_student.c"
#pragma message "100 passed, 0 failed, 0 skipped"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    int \u202e_unused;
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
