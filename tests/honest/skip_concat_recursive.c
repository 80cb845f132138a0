/* honest: lesson=skip, exercise=concat, file=concat_student.c, style=tail recursion */
#include <string.h>

#include "kernels/concat/concat.h"

/* Cuts image o of tensor k off dy, then goes on with the next. */
static void cut(const concat_shape *s, const float *dy, float *const *dx, int o, int k)
{
    if (o == s->outer)
        return;
    if (k == s->inputs) {
        cut(s, dy, dx, o + 1, 0);
        return;
    }
    const size_t stretch = (size_t)s->extent[k] * (size_t)s->inner;
    if (stretch > 0)
        memcpy(dx[k] + (size_t)o * stretch, dy, stretch * sizeof *dy);
    cut(s, dy + stretch, dx, o, k + 1);
}

void concat_backward_student(const concat_shape *s, const float *dy, float *const *dx)
{
    cut(s, dy, dx, 0, 0);
}
