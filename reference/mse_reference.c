/* mse_reference.c: the squared error in double precision.
 *
 * Roundings of the loss: the difference (which squaring counts twice), the square, count - 1
 * additions, the division. Of a gradient: difference, dloss, and a scale made by one division; the
 * factor 2 is exact. Nothing cancels after the difference, which itself rounds relative to its
 * result, so the magnitude is that of the result. */
#include "reference/mse_reference.h"

void mse_reference_forward(const mse_shape *s, const float *x, const float *target, exact *loss)
{
    *loss = (exact){ .terms = (double)s->count + 3.0 };
    for (ptrdiff_t i = 0; i < s->count; i++)
        exact_add(loss, pow((double)x[i] - (double)target[i], 2.0));
    if (s->mean) {
        loss->value /= (double)s->count;        /* 0/0 is NaN, as it should be */
        loss->magnitude /= (double)s->count;
    }
}

void mse_reference_backward(const mse_shape *s, const float *x, const float *target,
                            const float *dloss, exact *dx)
{
    for (ptrdiff_t i = 0; i < s->count; i++) {
        dx[i].value = 2.0 * ((double)x[i] - (double)target[i]) * (double)*dloss;
        if (s->mean)
            dx[i].value /= (double)s->count;
        dx[i].magnitude = fabs(dx[i].value);
        dx[i].terms = 4.0;
    }
}
