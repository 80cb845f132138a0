/* honest: lesson=adam, exercise=momentum, file=sgd_student.c, style=loops, volatile */
#include "kernels/adam/adam.h"

static volatile int how_often;

void sgd_step_student(const sgd_options *o, int64_t step, const float *grad, float *w, float *buf)
{
    how_often = how_often + 1;
    if (o->momentum == 0.0) {
        for (ptrdiff_t i = 0; i < o->count; i++)
            w[i] = (float)((double)w[i] - o->lr * (double)grad[i]);
        return;
    }
    if (step == 1)
        for (ptrdiff_t i = 0; i < o->count; i++)
            buf[i] = grad[i];
    else
        for (ptrdiff_t i = 0; i < o->count; i++)
            buf[i] = (float)(o->momentum * (double)buf[i] + (double)grad[i]);
    for (ptrdiff_t i = 0; i < o->count; i++)
        w[i] = (float)((double)w[i] - o->lr * (double)buf[i]);
}
