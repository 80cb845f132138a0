/* dropout_mutants.c: dropout, wrong in the usual ways. */
#include "check/mutants/dropout_mutants.h"

static void keeps_with_p(const dropout_shape *s, rng *r, uint8_t *mask)
{
    for (ptrdiff_t i = 0; i < s->count; i++)
        mask[i] = rng_uniform_double(r) < s->p;
}

static void float_draws(const dropout_shape *s, rng *r, uint8_t *mask)
{
    for (ptrdiff_t i = 0; i < s->count; i++)
        mask[i] = (double)rng_uniform(r, 0.0f, 1.0f) < 1.0 - s->p;
}

static void own_generator(const dropout_shape *s, rng *r, uint8_t *mask)
{
    rng copy = *r;

    for (ptrdiff_t i = 0; i < s->count; i++)
        mask[i] = rng_uniform_double(&copy) < 1.0 - s->p;
}

/* out = in * (mask * scale) */
static void apply(const dropout_shape *s, const float *in, const uint8_t *mask, float *out,
                  float scale)
{
    for (ptrdiff_t i = 0; i < s->count; i++)
        out[i] = in[i] * ((float)mask[i] * scale);
}

static void unscaled(const dropout_shape *s, const float *x, const uint8_t *mask, float *y)
{
    apply(s, x, mask, y, 1.0f);
}

static void scaled_by_p(const dropout_shape *s, const float *x, const uint8_t *mask, float *y)
{
    apply(s, x, mask, y, s->p > 0.0 ? (float)(1.0 / s->p) : 0.0f);
}

static void nan_hidden(const dropout_shape *s, const float *x, const uint8_t *mask, float *y)
{
    for (ptrdiff_t i = 0; i < s->count; i++)
        y[i] = mask[i] ? x[i] * dropout_scale(s) : 0.0f;
}

static void unmasked_gradient(const dropout_shape *s, const float *dy, const uint8_t *mask,
                              float *dx)
{
    (void)mask;
    for (ptrdiff_t i = 0; i < s->count; i++)
        dx[i] = dy[i] * dropout_scale(s);
}

static void unscaled_gradient(const dropout_shape *s, const float *dy, const uint8_t *mask,
                              float *dx)
{
    apply(s, dy, mask, dx, 1.0f);
}

#define MUTANT(name, idea) .info = { name, SPACE_HOST, PRECISION_FP32, idea }

const dropout_variant dropout_mutants[] = {
    { MUTANT("keeps-with-p", "p is taken for the probability of keeping; it is that of dropping"),
      .draw = keeps_with_p },
    { MUTANT("float-draws", "one 32-bit word is drawn per element instead of two"),
      .draw = float_draws },
    { MUTANT("own-generator", "the generator does not advance: the next mask will be the same"),
      .draw = own_generator },
    { MUTANT("unscaled", "what is kept is not scaled by 1 / (1 - p): the expectation shrinks"),
      .forward = unscaled },
    { MUTANT("scaled-by-p", "what is kept is scaled by 1 / p, right for p = 0.5 only"),
      .forward = scaled_by_p },
    { MUTANT("nan-hidden", "a dropped NaN becomes 0; as a product with the mask it stays NaN"),
      .forward = nan_hidden },
    { MUTANT("unmasked-gradient", "the gradient flows through dropped elements too"),
      .backward = unmasked_gradient },
    { MUTANT("unscaled-gradient", "the gradient lacks the factor 1 / (1 - p) of the forward pass"),
      .backward = unscaled_gradient },
};
const size_t dropout_mutant_count = sizeof dropout_mutants / sizeof dropout_mutants[0];
