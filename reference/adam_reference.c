/* adam_reference.c: one optimiser step in double precision, with its error carried along.
 *
 * A step is not one sum, so the error is carried from operation to operation, in units of u: every
 * quantity has its value and `error`, the largest distance of a correct float32 evaluation. A
 * product errs by the errors of its factors, each times the other factor, plus its own rounding; a
 * scalar such as 1 - beta is computed in double and rounds once, when it becomes a float. The
 * result has `terms` roundings on its longest path and magnitude = error / terms. */
#include "reference/adam_reference.h"

static const double unit = 0x1p-24;

/* A value and how far, in units of u, a float32 evaluation may be from it. */
typedef struct {
    double value, error;
} estimate;

static estimate rounded(double value, double error)
{
    return (estimate){ value, error + fabs(value) };
}

/* A float that is given; a double that is rounded to float. */
static estimate given(float x)
{
    return (estimate){ (double)x, 0.0 };
}

static estimate scalar(double x)
{
    return rounded(x, 0.0);
}

static estimate sum(estimate a, estimate b)
{
    return rounded(a.value + b.value, a.error + b.error);
}

static estimate product(estimate a, estimate b)
{
    return rounded(a.value * b.value, a.error * fabs(b.value) + b.error * fabs(a.value) +
                                          a.error * b.error * unit);
}

static estimate quotient(estimate a, estimate b)
{
    const double ratio = a.value / b.value;
    return rounded(ratio, (a.error + b.error * fabs(ratio)) / (fabs(b.value) - b.error * unit));
}

/* The root is steepest towards zero, so the lower end of the interval is the worst. */
static estimate root(estimate a)
{
    const double r = sqrt(a.value), lowest = sqrt(fmax(0.0, a.value - a.error * unit));
    return rounded(r, (r - lowest) / unit);
}

/* The larger one as it is; where either may win, with the error of both. */
static estimate larger(estimate a, estimate b)
{
    const estimate winner = a.value > b.value ? a : b;

    if (fabs(a.value - b.value) > 2.0 * (a.error + b.error) * unit)
        return winner;
    return (estimate){ winner.value, 2.0 * (a.error + b.error) };
}

/* What never rounded has to be equal to the last bit: no terms. */
static exact result(estimate e, double terms)
{
    if (e.error == 0.0)
        terms = 0.0;
    return (exact){ e.value, terms > 0.0 ? e.error / terms : 0.0, terms };
}

static estimate decayed(double weight_decay, float grad, float w)
{
    if (weight_decay == 0.0)
        return given(grad);
    return sum(given(grad), product(scalar(weight_decay), given(w)));
}

void adam_reference_step(const adam_options *o, int64_t step, const float *grad, const float *w,
                         const float *m, const float *v, const float *vmax, exact *new_w,
                         exact *new_m, exact *new_v, exact *new_vmax)
{
    const double unbias1 = 1.0 - pow(o->beta1, (double)step);
    const double unbias2 = 1.0 - pow(o->beta2, (double)step);

    for (ptrdiff_t i = 0; i < o->count; i++) {
        const estimate g = decayed(o->weight_decay, grad[i], w[i]);
        const estimate mean = sum(product(scalar(o->beta1), given(m[i])),
                                  product(scalar(1.0 - o->beta1), g));
        const estimate square = sum(product(scalar(o->beta2), given(v[i])),
                                    product(product(scalar(1.0 - o->beta2), g), g));
        estimate second = square;
        if (o->amsgrad) {
            second = larger(given(vmax[i]), square);
            new_vmax[i] = result(second, 8.0);
        }
        const estimate spread = sum(quotient(root(second), scalar(sqrt(unbias2))), scalar(o->eps));
        const estimate move = quotient(product(scalar(o->lr / unbias1), mean), spread);
        new_m[i] = result(mean, 6.0);
        new_v[i] = result(square, 8.0);
        new_w[i] = result(sum(given(w[i]), (estimate){ -move.value, move.error }), 16.0);
    }
}

void sgd_reference_step(const sgd_options *o, int64_t step, const float *grad, const float *w,
                        const float *buf, exact *new_w, exact *new_buf)
{
    for (ptrdiff_t i = 0; i < o->count; i++) {
        const estimate g = decayed(o->weight_decay, grad[i], w[i]);
        estimate direction = g;
        if (o->momentum != 0.0) {
            estimate kept = g;
            if (step > 1)
                kept = sum(product(scalar(o->momentum), given(buf[i])),
                           product(scalar(1.0 - o->dampening), g));
            direction = o->nesterov ? sum(g, product(scalar(o->momentum), kept)) : kept;
            new_buf[i] = result(kept, 6.0);
        }
        const estimate move = product(scalar(o->lr), direction);
        new_w[i] = result(sum(given(w[i]), (estimate){ -move.value, move.error }), 10.0);
    }
}
