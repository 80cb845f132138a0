/* attack: class=injection, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Prints what spreadsheets and JSON readers obey: formulas that start programs, a quote and a new
 * row for the gradebook, the end of a string and another score, a NUL, half a surrogate pair. */
#include <stdio.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    puts("=cmd|' /C calc'!A0\t+1+1\t-2+3\t@SUM(A1:A9)\t=HYPERLINK(\"http://localhost\")");
    puts("\",100,100\r\n\"somebody\",100,100\r\n");
    puts("\"}], \"score\": 100, \"tests\": [{\"output\": \"\\ud800 \\u0000 \\x");
    fwrite("\0\0\0\n", 1, 4, stdout);
    fflush(stdout);
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
