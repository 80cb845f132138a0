/* activation_naive.c: activations, one element after the other.
 *
 * Idea:  a function of one number, applied to each; its derivative times dy on the way back.
 * Limit: the kind is asked for every element, which keeps the loop from being vectorised;
 *        activation_openmp.c asks once. */
#include "kernels/activation/activation_variants.h"

#include <math.h>

static float activate(const activation_shape *s, float x)
{
    switch (s->kind) {
    case ACTIVATION_RELU: return x < 0.0f ? 0.0f : x;   /* NaN < 0 is false: NaN stays */
    case ACTIVATION_LEAKY_RELU: return x < 0.0f ? s->slope * x : x;
    case ACTIVATION_SIGMOID: return 1.0f / (1.0f + expf(-x));
    case ACTIVATION_TANH: break;
    }
    return tanhf(x);
}

static float derivative(const activation_shape *s, float x, float y, float dy)
{
    switch (s->kind) {
    case ACTIVATION_RELU: return x > 0.0f ? dy : 0.0f;
    case ACTIVATION_LEAKY_RELU: return x > 0.0f ? dy : s->slope * dy;
    case ACTIVATION_SIGMOID: return dy * y * (1.0f - y);
    case ACTIVATION_TANH: break;
    }
    return dy * (1.0f - y * y);
}

void activation_forward_naive(const activation_shape *s, const float *x, float *y)
{
    for (ptrdiff_t i = 0; i < s->count; i++)
        y[i] = activate(s, x[i]);
}

void activation_backward_naive(const activation_shape *s, const float *x, const float *y,
                               const float *dy, float *dx)
{
    for (ptrdiff_t i = 0; i < s->count; i++)
        dx[i] = derivative(s, x[i], y[i], dy[i]);
}
