/* honest: lesson=adam, exercise=adam, file=adam_student.c, style=OpenMP parallel for simd */
#include <math.h>

#include "kernels/adam/adam.h"

void adam_step_student(const adam_options *o, int64_t step, const float *grad, float *w, float *m,
                       float *v, float *vmax)
{
    const double b1 = o->beta1, b2 = o->beta2;
    const double c1 = 1 / (1 - pow(b1, (double)step)), c2 = 1 / (1 - pow(b2, (double)step));
    const double lr = o->lr, eps = o->eps;

#pragma omp parallel for simd schedule(static)
    for (ptrdiff_t i = 0; i < o->count; i++) {
        const double g = (double)grad[i];
        const double mi = b1 * (double)m[i] + (1 - b1) * g;
        const double vi = b2 * (double)v[i] + (1 - b2) * g * g;
        w[i] = (float)((double)w[i] - lr * (mi * c1) / (sqrt(vi * c2) + eps));
        m[i] = (float)mi;
        v[i] = (float)vi;
    }
}
