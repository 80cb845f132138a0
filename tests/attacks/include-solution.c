/* attack: class=include-hidden, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Hands in somebody else's solution by its name: if the compiler can see the lesson's solution,
 * the starter of another student or the copy of an earlier compilation, that is what is
 * compiled. */
#if __has_include("lessons/01-conv/solutions/conv2d_student.c")
#include "lessons/01-conv/solutions/conv2d_student.c"
#elif __has_include("../../lessons/01-conv/solutions/conv2d_student.c")
#include "../../lessons/01-conv/solutions/conv2d_student.c"
#elif __has_include("../lessons/01-conv/solutions/conv2d_student.c")
#include "../lessons/01-conv/solutions/conv2d_student.c"
#elif __has_include("student/01-conv/conv2d_student.c")
#include "student/01-conv/conv2d_student.c"
#else
#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
#endif
