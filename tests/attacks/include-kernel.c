/* attack: class=include-hidden, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Includes the suite's own kernel or the reference as source text: whoever puts the whole checkout
 * on the include path for the sake of one header gives all of it away. */
#include "kernels/conv2d/conv2d.h"

#if __has_include("kernels/conv2d/conv2d_naive.c")
#include "kernels/conv2d/conv2d_naive.c"
#define NAIVE
#endif
#if __has_include("reference/ref_conv2d.c") || __has_include("check/check_conv2d.c") || \
    __has_include("lessons/01-conv/lesson.json") || __has_include("grade/policy.h") || \
    __has_include("lessons/01-conv/grading.json")
static const char found[] __attribute__((used)) = "STOLEN: sources of the suite";
#define FOUND
#include <stdio.h>
#endif

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
#ifdef FOUND
    puts(found);
#endif
#ifdef NAIVE
    conv2d_forward_naive(s, x, w, b, y, workspace);
#else
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
#endif
}
