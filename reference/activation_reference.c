/* activation_reference.c: the four activations in double precision.
 *
 * Roundings, in units of u relative to the result unless said otherwise:
 *   relu       a selection: 0; leaky relu one product.
 *   sigmoid    exp within 2 ulp (4 u), an addition, a division: 6. For x < -88.7, exp(-x) overflows
 *              in float32 and y becomes 0 instead of something below 2^-126: so much is allowed.
 *   tanh       2 ulp: 4.
 *   sigmoid'   dy * y * (1 - y): a difference and two products: 3.
 *   tanh'      dy * (1 - y*y): 3, but of |dy| * (1 + y*y), for y*y is rounded before it cancels. */
#include "reference/activation_reference.h"

static exact forward(const activation_shape *s, double x)
{
    const double sigmoid = 1.0 / (1.0 + exp(-x));

    switch (s->kind) {
    case ACTIVATION_RELU:
        return x < 0.0 ? (exact){ 0.0, 0.0, 0.0 } : (exact){ x, fabs(x), 0.0 };
    case ACTIVATION_LEAKY_RELU:
        if (x < 0.0)
            return (exact){ (double)s->slope * x, fabs((double)s->slope * x), 1.0 };
        return (exact){ x, fabs(x), 0.0 };
    case ACTIVATION_SIGMOID:
        return (exact){ sigmoid, sigmoid + 0x1p-126 / (6.0 * 0x1p-24), 6.0 };
    case ACTIVATION_TANH:
        break;
    }
    return (exact){ tanh(x), fabs(tanh(x)), 4.0 };
}

static exact backward(const activation_shape *s, double x, double y, double dy)
{
    const double below = s->kind == ACTIVATION_LEAKY_RELU ? (double)s->slope * dy : 0.0;

    switch (s->kind) {
    case ACTIVATION_RELU:
    case ACTIVATION_LEAKY_RELU:
        return x > 0.0 ? (exact){ dy, fabs(dy), 0.0 } : (exact){ below, fabs(below), 1.0 };
    case ACTIVATION_SIGMOID:
        return (exact){ dy * y * (1.0 - y), fabs(dy * y * (1.0 - y)), 3.0 };
    case ACTIVATION_TANH:
        break;
    }
    return (exact){ dy * (1.0 - y * y), fabs(dy) * (1.0 + y * y), 3.0 };
}

void activation_reference_forward(const activation_shape *s, const float *x, exact *y)
{
    for (ptrdiff_t i = 0; i < s->count; i++)
        y[i] = forward(s, (double)x[i]);
}

void activation_reference_backward(const activation_shape *s, const float *x, const float *y,
                                   const float *dy, exact *dx)
{
    for (ptrdiff_t i = 0; i < s->count; i++)
        dx[i] = backward(s, (double)x[i], (double)y[i], (double)dy[i]);
}
