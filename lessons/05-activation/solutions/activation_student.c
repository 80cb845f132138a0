/* activation_student.c: all four activation functions, forward. */
#include "kernels/activation/activation.h"

#include <math.h>

static float activate(const activation_shape *s, float x)
{
    switch (s->kind) {
    case ACTIVATION_RELU:
        return x < 0.0f ? 0.0f : x;
    case ACTIVATION_LEAKY_RELU:
        return x < 0.0f ? s->slope * x : x;
    case ACTIVATION_SIGMOID:
        return 1.0f / (1.0f + expf(-x));
    default:
        return tanhf(x);
    }
}

void activation_forward_student(const activation_shape *s, const float *x, float *y)
{
    for (ptrdiff_t i = 0; i < s->count; i++)
        y[i] = activate(s, x[i]);
}
