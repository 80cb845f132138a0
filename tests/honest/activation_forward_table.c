/* honest: lesson=activation, exercise=forward, file=activation_student.c, style=static table */
#include <math.h>

#include "kernels/activation/activation.h"

typedef float function(float x, float slope);

static float relu(float x, float slope) { (void)slope; return x < 0 ? 0 : x; }
static float leaky(float x, float slope) { return x < 0 ? slope * x : x; }
static float sigmoid(float x, float slope) { (void)slope; return 1 / (1 + expf(-x)); }
static float hyperbolic(float x, float slope) { (void)slope; return tanhf(x); }

static function *const table[] = {
    [ACTIVATION_RELU] = relu,
    [ACTIVATION_LEAKY_RELU] = leaky,
    [ACTIVATION_SIGMOID] = sigmoid,
    [ACTIVATION_TANH] = hyperbolic,
};

void activation_forward_student(const activation_shape *s, const float *x, float *y)
{
    function *const f = table[s->kind];
    ptrdiff_t i = s->count;

    while (i--)
        y[i] = f(x[i], s->slope);
}
