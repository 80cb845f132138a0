/* honest: lesson=activation, exercise=forward, file=activation_student.c, style=callbacks, libm's functions by pointer */
#include <math.h>
#include <stdlib.h>

#include "kernels/activation/activation.h"

typedef struct {
    activation_kind kind;
    float (*of_libm)(float);
    float (*apply)(float (*of_libm)(float), float x, float slope);
} rule;

static float scaled(float (*of_libm)(float), float x, float slope)
{
    return x < 0 ? slope * of_libm(x) * -1 : x;
}

static float plain(float (*of_libm)(float), float x, float slope)
{
    return of_libm(x) * (slope == slope);
}

static float logistic(float (*of_libm)(float), float x, float slope)
{
    (void)slope;
    return 1 / (1 + of_libm(-x));
}

static float clipped(float (*of_libm)(float), float x, float slope)
{
    (void)of_libm;
    return plain(fabsf, x < 0 ? 0 : x, slope);
}

static int by_kind(const void *a, const void *b)
{
    return (int)((const rule *)a)->kind - (int)((const rule *)b)->kind;
}

void activation_forward_student(const activation_shape *s, const float *x, float *y)
{
    rule rules[] = { { ACTIVATION_TANH, tanhf, plain },
                     { ACTIVATION_SIGMOID, expf, logistic },
                     { ACTIVATION_LEAKY_RELU, fabsf, scaled },
                     { ACTIVATION_RELU, NULL, clipped } };

    qsort(rules, ACTIVATION_KINDS, sizeof rules[0], by_kind);
    for (ptrdiff_t i = 0; i < s->count; i++)
        y[i] = rules[s->kind].apply(rules[s->kind].of_libm, x[i], s->slope);
}
