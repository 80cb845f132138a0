/* dropout_reference.c: inverted dropout in double precision.
 *
 * The mask is exact. A kept element goes through three roundings: of 1 - p, of its reciprocal, of
 * the product; a dropped one through none. */
#include "reference/dropout_reference.h"

/* Uniform in [0, 1): the lower 53 of 64 bits, of which the first 32 drawn are the upper half. */
static double uniform(mt19937_reference *g)
{
    const double upper = (double)(mt19937_reference_bits32(g) % (UINT32_C(1) << 21));
    const double lower = (double)mt19937_reference_bits32(g);

    return (upper * 4294967296.0 + lower) / 9007199254740992.0;
}

void dropout_reference_draw(const dropout_shape *s, mt19937_reference *g, exact *mask)
{
    for (ptrdiff_t i = 0; i < s->count; i++)
        mask[i] = (exact){ uniform(g) < 1.0 - s->p ? 1.0 : 0.0, 1.0, 0.0 };
}

static void apply(const dropout_shape *s, const float *in, const uint8_t *mask, exact *out)
{
    for (ptrdiff_t i = 0; i < s->count; i++) {
        const bool kept = mask[i] == 1 && s->p < 1.0;
        const double value = (double)in[i] * (kept ? 1.0 / (1.0 - s->p) : 0.0);
        out[i] = (exact){ value, fabs(value), kept ? 3.0 : 0.0 };
    }
}

void dropout_reference_forward(const dropout_shape *s, const float *x, const uint8_t *mask,
                               exact *y)
{
    apply(s, x, mask, y);
}

void dropout_reference_backward(const dropout_shape *s, const float *dy, const uint8_t *mask,
                                exact *dx)
{
    apply(s, dy, mask, dx);
}
