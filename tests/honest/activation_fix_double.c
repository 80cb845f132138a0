/* honest: lesson=activation, exercise=fix, file=sigmoid_fix.c, style=by sign, in double */
#include <math.h>

#include "kernels/activation/activation.h"

static double positive_side(double x) { return 1.0 / (1.0 + exp(-x)); }
static double negative_side(double x) { const double e = exp(x); return e / (1.0 + e); }

void activation_sigmoid_fix(const activation_shape *s, const float *x, float *y)
{
#pragma omp parallel for if (s->count > 10000)
    for (ptrdiff_t i = 0; i < s->count; ++i)
        y[i] = (float)(x[i] >= 0.0f ? positive_side((double)x[i]) : negative_side((double)x[i]));
}
