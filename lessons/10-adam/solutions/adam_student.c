/* adam_student.c: Adam, one step. */
#include "kernels/adam/adam.h"

#include <math.h>

void adam_step_student(const adam_options *o, int64_t step, const float *grad, float *w, float *m,
                       float *v, float *vmax)
{
    const float fresh1 = (float)(1.0 - o->beta1), fresh2 = (float)(1.0 - o->beta2);
    const double correction1 = 1.0 - pow(o->beta1, (double)step);
    const double correction2 = 1.0 - pow(o->beta2, (double)step);

    for (ptrdiff_t i = 0; i < o->count; i++) {
        m[i] = (float)o->beta1 * m[i] + fresh1 * grad[i];
        v[i] = (float)o->beta2 * v[i] + fresh2 * grad[i] * grad[i];
        const double mean = (double)m[i] / correction1, square = (double)v[i] / correction2;
        w[i] -= (float)(o->lr * mean / (sqrt(square) + o->eps));
    }
}
