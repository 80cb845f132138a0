/* softmax_ce_reference.c: softmax and cross-entropy from the formulas in softmax_ce.h, in double.
 *
 * None of these is one plain sum, so each says how its error arises, in units of u = 2^-24, and
 * hands it out as terms * magnitude. C classes, d[k] = |x[k] - max|, libm errs by at most 2 u.
 *   exp(x[k] - max): the difference rounds, which the exponential turns into d[k]; its own 2.
 *   their sum:       relative error D = sum of p[k] * d[k], plus 2, plus 4 C: an addition for every
 *                    class, and three more should a running maximum rescale the sum so far.
 *   softmax:         relative d[c] + 2 + (D + 2 + 4 C) + 2 for the division.
 *   log-softmax:     x - max - L in any order: 2 (|x| + |max| + |L|); and the error of the
 *                    logarithm L: its own 2 |L|, plus D + 2 + 4 C.
 *   the rest:        sums of products, for which the roundings on the longest path are counted. An
 *                    exponential among them that underflows errs by up to 2^-148 in absolute terms,
 *                    times whatever it is multiplied with. */
#include "reference/softmax_ce_reference.h"

static const double underflow = 0x1p-148 / 0x1p-24;     /* in units of u */

typedef struct {
    double max, sum, log_sum;
    double error;               /* relative error of sum, hence absolute error of log_sum */
} normalizer;

/* x points at the first class of a place; its classes lie `inner` apart. */
static normalizer normalizer_of(const softmax_ce_shape *s, const float *x)
{
    normalizer z = { .max = (double)x[0] };
    double weighted = 0.0;

    for (int c = 1; c < s->classes; c++)
        z.max = fmax(z.max, (double)x[(ptrdiff_t)c * s->inner]);
    for (int c = 0; c < s->classes; c++) {
        const double distance = (double)x[(ptrdiff_t)c * s->inner] - z.max, e = exp(distance);
        z.sum += e;
        if (e > 0.0)                            /* not 0 * infinity */
            weighted += e * fabs(distance);
    }
    z.log_sum = log(z.sum);
    z.error = weighted / z.sum + 2.0 + 4.0 * s->classes;
    return z;
}

/* Element number i of a tensor [n][classes][inner]: its place, and the first class of that. */
static ptrdiff_t first_of(const softmax_ce_shape *s, ptrdiff_t i)
{
    return i / s->inner / s->classes * s->classes * s->inner + i % s->inner;
}

static ptrdiff_t place_of(const softmax_ce_shape *s, ptrdiff_t i)
{
    return i / s->inner / s->classes * s->inner + i % s->inner;
}

static int class_of(const softmax_ce_shape *s, ptrdiff_t i)
{
    return (int)(i / s->inner % s->classes);
}

static ptrdiff_t elements(const softmax_ce_shape *s)
{
    return (ptrdiff_t)s->n * s->classes * s->inner;
}

void softmax_reference_forward(const softmax_ce_shape *s, const float *x, exact *y)
{
    const double terms = 8.0 + 4.0 * s->classes;

    for (ptrdiff_t i = 0; i < elements(s); i++) {
        const normalizer z = normalizer_of(s, x + first_of(s, i));
        const double distance = (double)x[i] - z.max, value = exp(distance) / z.sum;
        const double error = value > 0.0 ? value * (fabs(distance) + 4.0 + z.error) : 0.0;
        y[i] = (exact){ value, error / terms, terms };
    }
}

void softmax_reference_backward(const softmax_ce_shape *s, const float *y, const float *dy,
                                exact *dx)
{
    for (ptrdiff_t i = 0; i < elements(s); i++) {
        exact inside = { .terms = s->classes + 3.0 };
        exact_add(&inside, (double)dy[i]);
        for (int c = 0; c < s->classes; c++) {
            const ptrdiff_t k = first_of(s, i) + (ptrdiff_t)c * s->inner;
            exact_add(&inside, -(double)dy[k] * (double)y[k]);
        }
        dx[i] = (exact){ (double)y[i] * inside.value, fabs((double)y[i]) * inside.magnitude,
                         inside.terms };
    }
}

void log_softmax_reference_forward(const softmax_ce_shape *s, const float *x, exact *y)
{
    const double terms = 8.0 + 4.0 * s->classes;

    for (ptrdiff_t i = 0; i < elements(s); i++) {
        const normalizer z = normalizer_of(s, x + first_of(s, i));
        const double error = 2.0 * (fabs((double)x[i]) + fabs(z.max) + fabs(z.log_sum)) +
                             2.0 * fabs(z.log_sum) + z.error;
        y[i] = (exact){ (double)x[i] - z.max - z.log_sum, error / terms, terms };
    }
}

void log_softmax_reference_backward(const softmax_ce_shape *s, const float *y, const float *dy,
                                    exact *dx)
{
    for (ptrdiff_t i = 0; i < elements(s); i++) {
        dx[i] = (exact){ .terms = s->classes + 4.0 };
        exact_add(&dx[i], (double)dy[i]);
        for (int c = 0; c < s->classes; c++) {
            const double each = (double)dy[first_of(s, i) + (ptrdiff_t)c * s->inner];
            exact_add(&dx[i], -exp((double)y[i]) * each);
            dx[i].magnitude += underflow * fabs(each);
        }
    }
}

static double weight_of(const float *class_weights, int c)
{
    return class_weights ? (double)class_weights[c] : 1.0;
}

/* What the mean divides by, and how many roundings that costs: counting is exact, adding weights
 * is not; dividing is one more. */
static exact divisor(const softmax_ce_shape *s, const int32_t *labels, const float *class_weights)
{
    const ptrdiff_t places = (ptrdiff_t)s->n * s->inner;
    exact sum = { .terms = class_weights ? (double)places + 1.0 : 1.0 };

    if (s->reduction != REDUCTION_MEAN)
        return (exact){ 1.0, 1.0, 0.0 };
    for (ptrdiff_t p = 0; p < places; p++)
        if (labels[p] != s->ignore_index)
            exact_add(&sum, weight_of(class_weights, labels[p]));
    return sum;
}

/* Log-probabilities that are either given as floats or computed, with an error; one is NULL. */
typedef struct {
    const float *given;
    const exact *computed;
} log_probabilities;

static exact log_probability(log_probabilities from, ptrdiff_t i)
{
    return from.computed ? from.computed[i] : (exact){ .value = (double)from.given[i] };
}

/* The loss of the place whose first class is at `first`; the error of logp comes along. */
static exact place_loss(const softmax_ce_shape *s, log_probabilities logp, ptrdiff_t first,
                        int label, const float *class_weights)
{
    const double smoothing = (double)s->label_smoothing;
    const exact hit = log_probability(logp, first + (ptrdiff_t)label * s->inner);
    const double hit_weight = (1.0 - smoothing) * weight_of(class_weights, label);
    exact l = { .terms = smoothing > 0.0 ? s->classes + 4.0 : class_weights ? 1.0 : 0.0 };
    double carried = hit_weight * hit.terms * hit.magnitude;

    exact_add(&l, -hit_weight * hit.value);
    for (int c = 0; smoothing > 0.0 && c < s->classes; c++) {
        const exact each = log_probability(logp, first + (ptrdiff_t)c * s->inner);
        const double weight = smoothing / s->classes * weight_of(class_weights, c);
        exact_add(&l, -weight * each.value);
        carried += weight * each.terms * each.magnitude;
    }
    if (carried > 0.0) {                        /* as one more path of roundings */
        const double error = l.terms * l.magnitude + carried;
        l.terms += hit.terms;
        l.magnitude = error / l.terms;
    }
    return l;
}

static void reduce(const softmax_ce_shape *s, log_probabilities logp, const int32_t *labels,
                   const float *class_weights, exact *loss)
{
    const ptrdiff_t places = (ptrdiff_t)s->n * s->inner;
    const exact divide_by = divisor(s, labels, class_weights);
    exact sum = { 0.0, 0.0, 0.0 };

    for (ptrdiff_t p = 0; p < places; p++) {
        const ptrdiff_t first = p / s->inner * s->classes * s->inner + p % s->inner;
        exact l = { 0.0, 0.0, 0.0 };
        if (labels[p] != s->ignore_index)
            l = place_loss(s, logp, first, labels[p], class_weights);
        if (s->reduction == REDUCTION_NONE)
            loss[p] = l;
        sum.value += l.value;
        sum.magnitude += l.magnitude;
        sum.terms = fmax(sum.terms, l.terms);
    }
    if (s->reduction != REDUCTION_NONE)
        *loss = (exact){ sum.value / divide_by.value, sum.magnitude / divide_by.value,
                         sum.terms + (double)places + divide_by.terms };
}

void nll_reference_forward(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                           const float *class_weights, exact *loss)
{
    reduce(s, (log_probabilities){ .given = logp }, labels, class_weights, loss);
}

void ce_reference_forward(const softmax_ce_shape *s, const float *x, const int32_t *labels,
                          const float *class_weights, exact *logp, exact *loss)
{
    log_softmax_reference_forward(s, x, logp);
    reduce(s, (log_probabilities){ .computed = logp }, labels, class_weights, loss);
}

/* The part of the target that class c of place p holds: the derivative of -l by logp[c]. */
static double target_of(const softmax_ce_shape *s, int c, int label, const float *class_weights)
{
    const double smoothing = (double)s->label_smoothing;

    return weight_of(class_weights, c) *
           (smoothing / s->classes + (c == label ? 1.0 - smoothing : 0.0));
}

void nll_reference_backward(const softmax_ce_shape *s, const int32_t *labels,
                            const float *class_weights, const float *dloss, exact *dlogp)
{
    const exact divide_by = divisor(s, labels, class_weights);

    for (ptrdiff_t i = 0; i < elements(s); i++) {
        const ptrdiff_t p = place_of(s, i);
        dlogp[i] = (exact){ 0.0, 0.0, 0.0 };
        if (labels[p] == s->ignore_index)
            continue;
        const double g = (double)dloss[s->reduction == REDUCTION_NONE ? p : 0] / divide_by.value;
        exact_add(&dlogp[i], -g * target_of(s, class_of(s, i), labels[p], class_weights));
        dlogp[i].terms = 6.0 + divide_by.terms;
    }
}

void ce_reference_backward(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                           const float *class_weights, const float *dloss, exact *dx)
{
    const exact divide_by = divisor(s, labels, class_weights);

    for (ptrdiff_t i = 0; i < elements(s); i++) {
        const ptrdiff_t p = place_of(s, i);
        dx[i] = (exact){ 0.0, 0.0, 0.0 };
        if (labels[p] == s->ignore_index)
            continue;
        const double g = (double)dloss[s->reduction == REDUCTION_NONE ? p : 0] / divide_by.value;
        double whole = 0.0;
        for (int c = 0; c < s->classes; c++)
            whole += target_of(s, c, labels[p], class_weights);
        exact_add(&dx[i], g * exp((double)logp[i]) * whole);
        dx[i].magnitude += underflow * fabs(g * whole);
        exact_add(&dx[i], -g * target_of(s, class_of(s, i), labels[p], class_weights));
        dx[i].terms = s->classes + 9.0 + divide_by.terms;
    }
}
