/* honest: lesson=adam, exercise=fix, file=adam_fix.c, style=object with methods */
#include <math.h>

#include "kernels/adam/adam.h"

typedef struct moment moment;
struct moment {
    double beta, correction;
    double (*update)(const moment *self, float *kept, double fresh);
};

/* Keeps the average and returns it free of its bias. */
static double moment_update(const moment *self, float *kept, double fresh)
{
    const double average = self->beta * (double)*kept + (1.0 - self->beta) * fresh;

    *kept = (float)average;
    return average / self->correction;
}

static moment moment_new(double beta, int64_t step)
{
    return (moment){ .beta = beta, .correction = 1.0 - pow(beta, (double)step),
                     .update = moment_update };
}

void adam_step_fix(const adam_options *o, int64_t step, const float *grad, float *w, float *m,
                   float *v, float *vmax)
{
    const moment first = moment_new(o->beta1, step), second = moment_new(o->beta2, step);

    for (ptrdiff_t i = 0; i < o->count; i++) {
        const double g = (double)grad[i];
        const double mean = first.update(&first, &m[i], g);
        const double square = second.update(&second, &v[i], g * g);
        w[i] -= (float)(o->lr * mean / (sqrt(square) + o->eps));
    }
}
