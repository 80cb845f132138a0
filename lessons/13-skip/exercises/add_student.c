/* add_student.c: the gradient of a sum.
 *
 *     forward:   y[i] = a[i] + b[i]
 *
 *   s    s->count numbers in each array
 *   dy   the gradient of y
 *   da   the gradient of a, to be written, every element
 *   db   the gradient of b, likewise
 *
 * make lesson-skip checks it. */
#include "kernels/add/add.h"

void add_backward_student(const add_shape *s, const float *dy, float *da, float *db)
{
    for (int i = 0; i < s->count; i++) {
        /* Your code here: how much does y[i] change when a[i] does? And b[i]? */
        da[i] = 0.0f;
        db[i] = 0.0f;
    }
}
