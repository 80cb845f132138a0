/* honest: lesson=skip, exercise=add, file=add_student.c, style=memcpy */
#include <string.h>

#include "kernels/add/add.h"

void add_backward_student(const add_shape *s, const float *dy, float *da, float *db)
{
    const size_t bytes = (size_t)s->count * sizeof *dy;

    if (bytes == 0)
        return;
    memcpy(da, dy, bytes);
    memcpy(db, da, bytes);
}
