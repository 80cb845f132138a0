/* attack: class=compiler-bomb, lesson=conv/forward, expect=zero
 * says=compiler was stopped|error:
 *
 * Floods the compiler's messages: a million warnings of a hundred bytes, each quoted with its
 * macro and its place. A grader that reads them all into memory, or shows them all, chokes. */
#include "kernels/conv2d/conv2d.h"

#define SAY _Pragma("message(\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\")")
#define A SAY SAY SAY SAY SAY SAY SAY SAY SAY SAY
#define B A A A A A A A A A A
#define C B B B B B B B B B B
#define D C C C C C C C C C C
D D D D D D D D D D

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
