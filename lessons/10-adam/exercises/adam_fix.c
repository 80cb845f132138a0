/* adam_fix.c: somebody else's Adam. It trains as well as any other. But with eps = 0.1, which some
 * networks want, its steps are not those of the library. Find the difference.
 *
 *   o, step, grad, w, m, v, vmax   as in adam_student.c */
#include "kernels/adam/adam.h"

#include <math.h>

void adam_step_fix(const adam_options *o, int64_t step, const float *grad, float *w, float *m,
                   float *v, float *vmax)
{
    const double correction1 = 1.0 - pow(o->beta1, (double)step);
    const double correction2 = 1.0 - pow(o->beta2, (double)step);

    for (ptrdiff_t i = 0; i < o->count; i++) {
        const double g = (double)grad[i];
        const double mean = o->beta1 * (double)m[i] + (1.0 - o->beta1) * g;
        const double square = o->beta2 * (double)v[i] + (1.0 - o->beta2) * g * g;
        m[i] = (float)mean;
        v[i] = (float)square;
        w[i] -= (float)(o->lr * mean / correction1 / sqrt(square / correction2 + o->eps));
    }
}
