/* activation_mutants.c: activations, wrong in the usual ways. */
#include "check/mutants/activation_mutants.h"

#include <math.h>

typedef enum { RIGHT, NAN_SWALLOWED, SLOPE_IGNORED, SIGN_LOST, HALF_PRECISION } forward_mistake;

/* Rounds to the 11 bits of a half-precision significand. */
static float to_half(float x)
{
    int exponent;
    const float fraction = frexpf(x, &exponent);
    return ldexpf(rintf(fraction * 2048.0f), exponent - 11);
}

static float wrong_activate(const activation_shape *s, float x, forward_mistake m)
{
    if (m == HALF_PRECISION && isfinite(x))
        x = to_half(x);
    switch (s->kind) {
    case ACTIVATION_RELU:
        return m == NAN_SWALLOWED ? (x > 0.0f ? x : 0.0f) : (x < 0.0f ? 0.0f : x);
    case ACTIVATION_LEAKY_RELU:
        return x < 0.0f ? (m == SLOPE_IGNORED ? 0.01f : s->slope) * x : x;
    case ACTIVATION_SIGMOID:
        return 1.0f / (1.0f + expf(m == SIGN_LOST ? x : -x));
    case ACTIVATION_TANH:
        break;
    }
    return tanhf(x);
}

#define FORWARD(name, mistake)                                                                   \
    static void name(const activation_shape *s, const float *x, float *y)                        \
    {                                                                                            \
        for (ptrdiff_t i = 0; i < s->count; i++)                                                 \
            y[i] = wrong_activate(s, x[i], mistake);                                             \
    }

FORWARD(nan_swallowed, NAN_SWALLOWED)
FORWARD(slope_ignored, SLOPE_IGNORED)
FORWARD(sign_lost, SIGN_LOST)
FORWARD(half_precision, HALF_PRECISION)

static void last_forgotten(const activation_shape *s, const float *x, float *y)
{
    for (ptrdiff_t i = 0; i + 1 < s->count; i++)
        y[i] = wrong_activate(s, x[i], RIGHT);
}

/* ---- Gradients ---- */

typedef enum { GRADIENT_AT_ZERO, SIGMOID_OF_X, TANH_NOT_SQUARED, DY_FORGOTTEN } backward_mistake;

static float wrong_derivative(const activation_shape *s, float x, float y, float dy,
                              backward_mistake m)
{
    const bool positive = m == GRADIENT_AT_ZERO ? x >= 0.0f : x > 0.0f;
    const float upstream = m == DY_FORGOTTEN ? 1.0f : dy;

    switch (s->kind) {
    case ACTIVATION_RELU:
        return positive ? upstream : 0.0f;
    case ACTIVATION_LEAKY_RELU:
        return positive ? upstream : s->slope * upstream;
    case ACTIVATION_SIGMOID:
        return m == SIGMOID_OF_X ? upstream * x * (1.0f - x) : upstream * y * (1.0f - y);
    case ACTIVATION_TANH:
        break;
    }
    return upstream * (1.0f - (m == TANH_NOT_SQUARED ? y : y * y));
}

#define BACKWARD(name, mistake)                                                                  \
    static void name(const activation_shape *s, const float *x, const float *y, const float *dy, \
                     float *dx)                                                                  \
    {                                                                                            \
        for (ptrdiff_t i = 0; i < s->count; i++)                                                 \
            dx[i] = wrong_derivative(s, x[i], y[i], dy[i], mistake);                             \
    }

BACKWARD(gradient_at_zero, GRADIENT_AT_ZERO)
BACKWARD(sigmoid_of_x, SIGMOID_OF_X)
BACKWARD(tanh_not_squared, TANH_NOT_SQUARED)
BACKWARD(dy_forgotten, DY_FORGOTTEN)

#define MUTANT(name, idea) .info = { name, SPACE_HOST, PRECISION_FP32, idea }

const activation_variant activation_mutants[] = {
    { MUTANT("nan-swallowed", "relu as x > 0 ? x : 0 turns NaN into 0 and hides it"),
      .forward = nan_swallowed },
    { MUTANT("slope-ignored", "leaky relu uses a slope of 0.01 whatever slope was asked for"),
      .forward = slope_ignored },
    { MUTANT("sign-lost", "sigmoid takes exp(x) instead of exp(-x): it falls instead of rising"),
      .forward = sign_lost },
    { MUTANT("half-precision", "x is rounded to the 11 bits of half precision"),
      .forward = half_precision },
    { MUTANT("last-forgotten", "the loop ends one element early"), .forward = last_forgotten },
    { MUTANT("gradient-at-zero", "at x = 0 relu lets the gradient pass; it belongs to the left"),
      .backward = gradient_at_zero },
    { MUTANT("sigmoid-of-x", "the derivative y * (1 - y) is taken of x instead of y"),
      .backward = sigmoid_of_x },
    { MUTANT("tanh-not-squared", "the derivative is taken for 1 - y instead of 1 - y * y"),
      .backward = tanh_not_squared },
    { MUTANT("dy-forgotten", "dx is the derivative alone: the chain rule's factor dy is missing"),
      .backward = dy_forgotten },
};
const size_t activation_mutant_count = sizeof activation_mutants / sizeof activation_mutants[0];
