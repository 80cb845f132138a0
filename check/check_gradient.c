/* check_gradient.c: two checks of a backward pass that owe nothing to its reference.
 *
 * Adjoint: where y is affine in T, dT is the transposed map: <dy, f(T) - f(0)> = <dT, T>. Both
 *          sides come from the row's own kernels; what each element may err adds up to the bound.
 * Central differences: for a few elements of each T, the change of L = <dy, f(T)> with one element
 *          of T a little up and down, in double, by the reference's forward pass. A step h and h/2
 *          are tried, to each side; where they disagree there is a kink (relu, max), a curve too
 *          tight for h, or nothing but rounding, and the element is passed over. The steps are
 *          powers of two that change the float exactly.
 * Source:  Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., section 25.6 (the
 *          choice of h against rounding). */
#include "check/check_engine.h"

#include <stdlib.h>
#include <string.h>

/* Reference runs that one gradient may cost, counted in the terms that they add up. */
static const double most_work = 0x1p18;
enum { MOST_ELEMENTS = 3, EVALUATIONS = 4, LARGE_ONE_IN = 16, STEP_BITS = 14 };

static int forward_of(const check_stage *s)
{
    return check_pass_find(s->p.concept, check_stage_pass(s, s->pass)->gradient_of);
}

/* The upstream gradient, given to the pass, of tensor i if the forward pass writes that; else
 * NULL. */
static const float *upstream(const check_stage *s, int i)
{
    const char *const name = s->p.tensor[i].name;
    const int gradient = check_gradient_find(&s->p, name);

    if (gradient < 0 || !check_names(check_stage_pass(s, forward_of(s))->writes, name) ||
        !check_names(check_stage_pass(s, s->pass)->reads, s->p.tensor[gradient].name))
        return NULL;
    return (const float *)(const void *)s->input[gradient];
}

/* ---- Adjoint ---- */

/* A sum of products, what it may err, and the sum of their absolute values. */
typedef struct {
    double value, error, magnitude, terms;
} pairing;

static void pair(pairing *sum, double a, double b, double error)
{
    sum->value += a * b;
    sum->error += error;
    sum->magnitude += fabs(a * b);
    sum->terms += 1.0;
}

static double pairing_error(const pairing *sum)
{
    return sum->error + (sum->terms + 1.0) * 0x1p-52 * sum->magnitude;
}

/* <dy, f> over every output that has an upstream gradient. f is the row's own where it has that
 * pass. Returns false without memory (*found says so) or if f is wrong, which is for its own check
 * to report. */
static bool pair_forward(check_stage *s, pairing *sum, check_case *found)
{
    const variant_precision precision = check_variant_info(s->row)->precision;
    const int forward = forward_of(s);
    check_case ran = { .outcome = CHECK_PASSED };
    const bool own = check_stage_run(s, forward, 0, &ran);

    if (!own && ran.outcome != CHECK_SKIPPED) {
        if (ran.outcome == CHECK_MEMORY)
            found->outcome = CHECK_MEMORY;
        return false;
    }
    if ((own && !check_stage_keep(s, forward)) || !check_stage_reference(s, forward)) {
        found->outcome = CHECK_MEMORY;
        return false;
    }
    *sum = (pairing){ 0 };
    for (int i = 0; i < s->p.tensor_count; i++) {
        const float *const dy = upstream(s, i), *const y = (const void *)s->output[i];
        for (ptrdiff_t at = 0; dy && at < s->p.tensor[i].count; at++) {
            const exact e = s->expected[i][at];
            double fraction;
            if (own && !check_within(y[at], e, precision, &fraction))
                return false;
            const double error = own ? check_allowed(e, precision) : 0.0;
            pair(sum, (double)dy[at], own ? (double)y[at] : e.value,
                 fabs((double)dy[at]) * error);
        }
    }
    return true;
}

/* The identity for tensor number `i` and its gradient; at_x is <dy, f> where nothing is zeroed. */
static bool adjoint_holds(check_stage *s, int i, int gradient, const pairing *at_x,
                          check_case *found)
{
    const check_tensor *const t = &s->p.tensor[i];
    const size_t bytes = (size_t)t->count * sizeof(float);
    const variant_precision precision = check_variant_info(s->row)->precision;
    const float *const x = (const void *)s->input[i];
    const float *const dx = (const void *)s->output[gradient];
    pairing at_zero, right = { 0 };

    /* expected[gradient] still is what values_right() asked the reference for. */
    for (ptrdiff_t at = 0; at < t->count; at++)
        pair(&right, (double)dx[at], (double)x[at],
             fabs((double)x[at]) * check_allowed(s->expected[gradient][at], precision));
    unsigned char *const kept = malloc(bytes + 1);
    if (!kept) {
        found->outcome = CHECK_MEMORY;
        return false;
    }
    memcpy(kept, s->input[i], bytes);
    memset(s->input[i], 0, bytes);
    const bool known = pair_forward(s, &at_zero, found);
    memcpy(s->input[i], kept, bytes);
    free(kept);
    if (!known)
        return found->outcome != CHECK_MEMORY;
    const double left = at_x->value - at_zero.value;
    const double bound = pairing_error(at_x) + pairing_error(&at_zero) + pairing_error(&right);
    if (!isfinite(bound) || fabs(left - right.value) <= bound)
        return true;
    check_locate(found, CHECK_ADJOINT, &s->p.tensor[gradient], 0);
    found->rank = 0;
    found->got = right.value;
    found->want = left;
    found->bound = bound;
    return false;
}

static bool adjoints_hold(check_stage *s, check_case *found)
{
    const check_pass *const pass = check_stage_pass(s, s->pass);
    pairing at_x;

    if (!pass->linear_in)
        return true;
    if (!pair_forward(s, &at_x, found))
        return found->outcome != CHECK_MEMORY;
    for (int i = 0; i < s->p.tensor_count; i++) {
        const int gradient = check_gradient_find(&s->p, s->p.tensor[i].name);
        if (gradient >= 0 && check_names(pass->linear_in, s->p.tensor[i].name) &&
            check_names(pass->writes, s->p.tensor[gradient].name) &&
            !adjoint_holds(s, i, gradient, &at_x, found))
            return false;
    }
    return true;
}

/* ---- Central differences ---- */

/* One element of one T that is moved up and down. */
typedef struct {
    int tensor, gradient;
    ptrdiff_t at;
    double got, allowed;        /* the row's derivative, and what the reference allows it to err */
    double slope, doubt;        /* the measured one, and how far it may be off */
    double slack;               /* effect on `got` of forward outputs that came in rounded */
} probe;

enum { MOST_PROBES = CHECK_MAX_TENSORS * MOST_ELEMENTS };

/* dy * f, element by element, output after output, here and at EVALUATIONS moved points. */
typedef struct {
    ptrdiff_t count;
    double *here, *moved[EVALUATIONS];
    double noise;               /* what the sum of all may err, being computed in double */
} landscape;

/* Evaluates the reference's forward pass. */
static bool evaluate(check_stage *s, double *values)
{
    if (!check_stage_reference(s, forward_of(s)))
        return false;
    for (int i = 0; i < s->p.tensor_count; i++) {
        const float *const dy = upstream(s, i);
        for (ptrdiff_t at = 0; dy && at < s->p.tensor[i].count; at++)
            *values++ = (double)dy[at] * s->expected[i][at].value;
    }
    return true;
}

/* Also allocates; free(l->here) in any case. */
static bool landscape_open(check_stage *s, landscape *l)
{
    *l = (landscape){ 0 };
    for (int i = 0; i < s->p.tensor_count; i++)
        if (upstream(s, i))
            l->count += s->p.tensor[i].count;
    l->here = malloc((size_t)l->count * (EVALUATIONS + 1) * sizeof *l->here + 1);
    if (!l->here || !evaluate(s, l->here))
        return false;
    for (int i = 0; i < EVALUATIONS; i++)
        l->moved[i] = l->here + (i + 1) * l->count;
    for (int i = 0; i < s->p.tensor_count; i++) {
        const float *const dy = upstream(s, i);
        for (ptrdiff_t at = 0; dy && at < s->p.tensor[i].count; at++) {
            const exact e = s->expected[i][at];
            l->noise += fabs((double)dy[at]) * (e.terms + 1.0) * 0x1p-53 * e.magnitude;
        }
    }
    return true;
}

/* Sum of a - b. */
static double change(const landscape *l, const double *a, const double *b)
{
    double sum = 0.0;

    for (ptrdiff_t i = 0; i < l->count; i++)
        sum += a[i] - b[i];
    return sum;
}

/* A power of two, small beside the tensor's numbers and beside x. */
static double step_for(const check_tensor *t, const float *x, ptrdiff_t at)
{
    double mean = 0.0;
    int exponent;

    for (ptrdiff_t i = 0; i < t->count; i++)
        mean += fabs((double)x[i]) / (double)t->count;
    frexp(fmax(mean, fabs((double)x[at])), &exponent);
    return ldexp(1.0, exponent - STEP_BITS);
}

/* Measures the slope at one element. False: no memory. What cannot be judged gets doubt NAN; a flat
 * place can, within the noise that may hide a slope. */
static bool measure(check_stage *s, landscape *l, probe *p)
{
    float *const x = (void *)s->input[p->tensor];
    const float kept = x[p->at];
    const double h = step_for(&s->p.tensor[p->tensor], x, p->at);
    const double steps[EVALUATIONS] = { h, -h, h / 2.0, -h / 2.0 };
    bool exactly = true;

    for (int i = 0; i < EVALUATIONS; i++) {
        x[p->at] = (float)((double)kept + steps[i]);
        exactly = exactly && (double)x[p->at] == (double)kept + steps[i];
        const bool good = evaluate(s, l->moved[i]);
        x[p->at] = kept;
        if (!good)
            return false;
    }
    const double wide = change(l, l->moved[0], l->moved[1]) / (2.0 * h);
    const double right = change(l, l->moved[2], l->here) / (h / 2.0);
    const double left = change(l, l->here, l->moved[3]) / (h / 2.0);
    p->slope = (right + left) / 2.0;
    p->doubt = fabs(right - left) + fabs(wide - p->slope) + 4.0 * l->noise / h;
    const bool flat = right == 0.0 && left == 0.0 && wide == 0.0;
    if (!exactly || !(p->doubt <= fabs(p->slope) / 32.0 || flat))
        p->doubt = NAN;
    return true;
}

/* Where the pass reads what the forward pass wrote, it got that rounded to float. Moves all of it
 * one ulp hither and one thither and sees what that does to each probe. Spoils the inputs. */
static bool add_slack(check_stage *s, probe *probes, int count)
{
    const char *const written = check_stage_pass(s, forward_of(s))->writes;
    const char *const read = check_stage_pass(s, s->pass)->reads;
    bool any = false;

    for (int turn = 0; turn < 2; turn++) {
        check_random r = check_stream(s->p.seed, "slack");
        for (int i = 0; i < s->p.tensor_count; i++) {
            const check_tensor *const t = &s->p.tensor[i];
            if (t->type != CHECK_FLOAT || !check_names(written, t->name) ||
                !check_names(read, t->name))
                continue;
            float *const y = (void *)s->input[i];
            any = true;
            for (ptrdiff_t at = 0; at < t->count; at++) {
                const float towards = check_random_chance(&r, 2) == turn ? INFINITY : -INFINITY;
                for (int ulp = 0; ulp <= turn; ulp++)
                    y[at] = nextafterf(y[at], towards);
            }
        }
        if (any && !check_stage_reference(s, s->pass))
            return false;
        for (int i = 0; any && i < count; i++) {
            const exact e = s->expected[probes[i].gradient][probes[i].at];
            probes[i].slack = fmax(probes[i].slack, 4.0 * fabs(e.value - probes[i].got));
        }
    }
    return true;
}

/* How many elements of each T to probe: fewer where the reference is slow. The forward pass adds up
 * about as many terms as this one. */
static int affordable_elements(const check_stage *s, check_random *r)
{
    double work = 1.0;

    for (int i = 0; i < s->p.tensor_count; i++)
        if (check_names(check_stage_pass(s, s->pass)->writes, s->p.tensor[i].name))
            for (ptrdiff_t at = 0; at < s->p.tensor[i].count; at++)
                work += s->expected[i][at].terms + 1.0;
    const double affordable = most_work / (EVALUATIONS * work);
    if (affordable >= 1.0)
        return affordable < MOST_ELEMENTS ? (int)affordable : MOST_ELEMENTS;
    return check_random_chance(r, LARGE_ONE_IN) ? 1 : 0;
}

static int choose(const check_stage *s, probe *probes)
{
    const variant_precision precision = check_variant_info(s->row)->precision;
    const check_pass *const pass = check_stage_pass(s, s->pass);
    check_random r = check_stream(s->p.seed, "differences");
    const int elements = affordable_elements(s, &r);
    int count = 0;

    for (int i = 0; i < s->p.tensor_count; i++) {
        const check_tensor *const t = &s->p.tensor[i];
        const int gradient = check_gradient_find(&s->p, t->name);
        if (t->type != CHECK_FLOAT || t->count == 0 || gradient < 0 ||
            !check_names(pass->writes, s->p.tensor[gradient].name) ||
            !check_names(check_stage_pass(s, forward_of(s))->reads, t->name))
            continue;
        for (int k = 0; k < elements; k++) {
            const ptrdiff_t at = (ptrdiff_t)(check_random_bits(&r) % (uint64_t)t->count);
            const float *const dx = (const void *)s->output[gradient];
            probes[count++] = (probe){
                .tensor = i, .gradient = gradient, .at = at, .got = (double)dx[at],
                .allowed = check_allowed(s->expected[gradient][at], precision) };
        }
    }
    return count;
}

static void differences_agree(check_stage *s, check_case *found)
{
    probe probes[MOST_PROBES];
    const int count = choose(s, probes);
    landscape l;

    if (count == 0)
        return;
    bool good = landscape_open(s, &l);
    for (int i = 0; good && i < count; i++)
        good = measure(s, &l, &probes[i]);
    free(l.here);
    if (!good || !add_slack(s, probes, count)) {
        found->outcome = CHECK_MEMORY;
        return;
    }
    for (int i = 0; i < count; i++) {
        const probe *const p = &probes[i];
        found->differences++;
        if (isnan(p->doubt))
            continue;
        found->verified++;
        const double bound = p->doubt + p->allowed + p->slack;
        if (fabs(p->got - p->slope) <= bound)
            continue;
        check_locate(found, CHECK_DIFFERENCES, &s->p.tensor[p->gradient], p->at);
        found->got = p->got;
        found->want = p->slope;
        found->bound = bound;
        return;
    }
}

void check_gradients(check_stage *s, check_case *found)
{
    if (adjoints_hold(s, found))
        differences_agree(s, found);
}
