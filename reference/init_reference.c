/* init_reference.c: initial weights from the formulas in init.h.
 *
 * Uniform weights have to be PyTorch's bit for bit: the conversion is done in double and rounded
 * once, so no error is allowed. Normal ones: below 16 elements double precision, rounded once. From
 * there on float: the radius sqrt(-2 log u) errs by 2 u (half of the logarithm's 2, then the root),
 * the angle 2 pi v by 2 u (pi, product), which the cosine turns into an absolute error of
 * 2 * angle * u, adding 2 u of its own; the product rounds once more. */
#include "reference/init_reference.h"

static const double pi = 3.14159265358979323846;

void init_reference_seed(init_reference_rng *r, uint64_t seed)
{
    mt19937_reference_seed(&r->bits, seed);
    r->has_normal = false;
    r->normal = 0.0;
}

/* A multiple of 2^-24 from the low bits of one draw; of 2^-53 from the low bits of two. */
static double unit24(init_reference_rng *r)
{
    return ldexp((double)(mt19937_reference_bits32(&r->bits) % (1u << 24)), -24);
}

static double unit53(init_reference_rng *r)
{
    const uint64_t high = mt19937_reference_bits32(&r->bits) % (1u << 21);
    const uint64_t low = mt19937_reference_bits32(&r->bits);
    return ldexp((double)(high << 32 | low), -53);
}

static double bound(const init_shape *s)
{
    switch (s->kind) {
    case INIT_KAIMING_UNIFORM:
        return sqrt(3.0) * sqrt(2.0 / (1.0 + s->slope * s->slope)) / sqrt((double)s->fan_in);
    case INIT_XAVIER_UNIFORM: return sqrt(3.0) * sqrt(2.0 / ((double)s->fan_in + s->fan_out));
    default: return 1.0 / sqrt((double)s->fan_in);
    }
}

/* Few elements: pairs of a cosine and a sine, whichever fill they fall into. */
static exact scalar_normal(init_reference_rng *r)
{
    double value = r->normal;

    if (!r->has_normal) {
        const double angle = 2.0 * pi * unit53(r);
        const double radius = sqrt(-2.0 * log1p(-unit53(r)));
        value = radius * cos(angle);
        r->normal = radius * sin(angle);
    }
    r->has_normal = !r->has_normal;
    /* a millionth more for libm's errors in double, where cosine or sine nearly vanish */
    return (exact){ .value = value, .magnitude = fabs(value) + 1e-6, .terms = 1.0 };
}

static exact block_normal(double u, double v, int use_sine)
{
    const double radius = sqrt(-2.0 * log(1.0 - u)), angle = 2.0 * pi * v;
    const double value = radius * (use_sine ? sin(angle) : cos(angle));
    const double error = 5.0 * fabs(value) + 2.0 * angle * radius;

    return (exact){ .value = value, .magnitude = error / 5.0, .terms = 5.0 };
}

/* 16 elements from 16 uniform numbers: 8 cosines, then their 8 sines. */
static void block(const double *uniform, exact *w)
{
    for (int i = 0; i < 16; i++)
        w[i] = block_normal(uniform[i % 8], uniform[i % 8 + 8], i >= 8);
}

static void fill_normal(ptrdiff_t count, init_reference_rng *r, exact *w)
{
    double uniform[16];

    if (count < 16) {
        for (ptrdiff_t i = 0; i < count; i++)
            w[i] = scalar_normal(r);
        return;
    }
    for (ptrdiff_t i = 0; i < count; i++) {     /* all uniform numbers are drawn first */
        uniform[i % 16] = unit24(r);
        if (i % 16 == 15)
            block(uniform, &w[i - 15]);
    }
    if (count % 16 == 0)
        return;
    for (int i = 0; i < 16; i++)                /* the last 16 once more, from new draws */
        uniform[i] = unit24(r);
    block(uniform, &w[count - 16]);
}

void init_reference_fill(const init_shape *s, init_reference_rng *r, exact *w)
{
    if (s->kind == INIT_NORMAL) {
        fill_normal(s->count, r, w);
        return;
    }
    const double a = (double)(float)bound(s);
    for (ptrdiff_t i = 0; i < s->count; i++)
        w[i] = (exact){ .value = (double)(float)(2.0 * a * unit24(r) - a) };
}
