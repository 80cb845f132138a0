/* add_student.c: the gradient of a sum: all of it goes to each summand. */
#include "kernels/add/add.h"

void add_backward_student(const add_shape *s, const float *dy, float *da, float *db)
{
    for (int i = 0; i < s->count; i++) {
        da[i] = dy[i];
        db[i] = dy[i];
    }
}
