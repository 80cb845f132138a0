/* conformance_optimiser.c: cases of Adam, and of gradient descent with momentum.
 *
 * Over several steps errors travel: each step's rounding reaches the parameter through all later
 * ones. They are carried along to first order beside the reference, whose state is rounded to
 * float after each step, so that the next one starts from what a kernel could hold. */
#include "check/conformance/conformance_case.h"

#include <math.h>
#include <string.h>

#include "kernels/adam/adam.h"
#include "reference/adam_reference.h"

enum { W, M, V, VMAX, STATES };         /* gradient descent keeps its momentum buffer in M */
enum { MAX_PARAMETERS = 20 };

typedef struct {
    ptrdiff_t count;
    const float *grad;                  /* [steps][count] */
    const float *start[STATES];         /* [count] */
    case_output *out[STATES];
} parameter;

typedef struct {
    bool descent;                       /* else Adam */
    adam_options adam;
    sgd_options sgd;
    int64_t first_step;
    int steps;
    int parameters;
    parameter parameter[MAX_PARAMETERS];
} optimisation;

/* ---- How errors of the state before a step move the state after it ---- */

/* error[], carried[]: of one element's W, M, V and VMAX, in units of u; after[]: their values. */
static void carry_adam(const adam_options *o, int64_t step, double grad, double w,
                       const double *after, const double *error, double *carried)
{
    const double unbias1 = 1.0 - pow(o->beta1, (double)step);
    const double unbias2 = 1.0 - pow(o->beta2, (double)step);
    const double g = grad + o->weight_decay * w, g_error = o->weight_decay * error[W];
    const double second = after[o->amsgrad ? VMAX : V];

    carried[M] = o->beta1 * error[M] + (1.0 - o->beta1) * g_error;
    carried[V] = o->beta2 * error[V] + (1.0 - o->beta2) * 2.0 * fabs(g) * g_error;
    carried[VMAX] = fmax(error[VMAX], carried[V]);
    const double spread = sqrt(second / unbias2) + o->eps;
    const double root_error =
        second > 0.0 ? carried[o->amsgrad ? VMAX : V] / (2.0 * sqrt(second * unbias2)) : 0.0;
    const double move_error = carried[M] + fabs(after[M]) * root_error / spread;
    carried[W] = error[W];
    if (move_error > 0.0)
        carried[W] += o->lr / unbias1 * move_error / spread;
}

static void carry_sgd(const sgd_options *o, int64_t step, const double *error, double *carried)
{
    const double g_error = o->weight_decay * error[W];

    carried[M] = step == 1 ? g_error : o->momentum * error[M] + fabs(1.0 - o->dampening) * g_error;
    const double direction = o->nesterov ? g_error + o->momentum * carried[M]
                                         : o->momentum > 0.0 ? carried[M] : g_error;
    carried[W] = error[W] + o->lr * direction;
    carried[V] = carried[VMAX] = 0.0;
}

/* ---- The reference's steps ---- */

typedef struct {
    float *value[STATES];               /* rounded */
    exact *truth[STATES];
    double *kernel_error[STATES], *own_error[STATES];
} trajectory;

static void reference_step(const optimisation *o, const float *grad, int64_t step, trajectory *t)
{
    if (o->descent)
        sgd_reference_step(&o->sgd, step, grad, t->value[W], o->sgd.momentum > 0.0 ? t->value[M]
                                                                                  : NULL,
                           t->truth[W], t->truth[M]);
    else
        adam_reference_step(&o->adam, step, grad, t->value[W], t->value[M], t->value[V],
                            t->value[VMAX], t->truth[W], t->truth[M], t->truth[V],
                            t->truth[VMAX]);
}

/* Carries element i over a step; in the end the errors are those of the state after it. */
static void carry(const optimisation *o, const float *grad, int64_t step, trajectory *t,
                  ptrdiff_t i, const parameter *p)
{
    double after[STATES], error[2][STATES], carried[2][STATES];

    for (int k = 0; k < STATES; k++) {
        after[k] = t->truth[k][i].value;
        error[0][k] = t->kernel_error[k][i];
        error[1][k] = t->own_error[k][i];
    }
    for (int kind = 0; kind < 2; kind++)
        if (o->descent)
            carry_sgd(&o->sgd, step, error[kind], carried[kind]);
        else
            carry_adam(&o->adam, step, (double)grad[i], (double)t->value[W][i], after, error[kind],
                       carried[kind]);
    for (int k = 0; k < STATES; k++) {
        const exact *const e = &t->truth[k][i];
        p->out[k]->truth[i] = *e;
        p->out[k]->carried[i] = carried[0][k];
        p->out[k]->truth_carried[i] = carried[1][k];
        t->kernel_error[k][i] = carried[0][k] + e->terms * e->magnitude + fabs(e->value);
        t->own_error[k][i] = carried[1][k] + fabs(e->value);
    }
}

static void run_reference(conformance_case *c, const optimisation *o, const parameter *p)
{
    trajectory t;

    for (int k = 0; k < STATES; k++) {
        t.value[k] = case_memory(c, p->count, sizeof *t.value[k]);
        t.truth[k] = case_memory(c, p->count, sizeof *t.truth[k]);
        t.kernel_error[k] = case_memory(c, p->count, sizeof *t.kernel_error[k]);
        t.own_error[k] = case_memory(c, p->count, sizeof *t.own_error[k]);
    }
    if (!case_ok(c))
        return;
    for (int k = 0; k < STATES; k++)
        memcpy(t.value[k], p->start[k], (size_t)p->count * sizeof *t.value[k]);
    for (int step = 0; step < o->steps; step++) {
        const float *const grad = p->grad + step * p->count;
        reference_step(o, grad, o->first_step + step, &t);
        for (ptrdiff_t i = 0; i < p->count; i++)
            carry(o, grad, o->first_step + step, &t, i, p);
        for (int k = 0; k < STATES; k++)
            for (ptrdiff_t i = 0; i < p->count; i++)
                t.value[k][i] = (float)t.truth[k][i].value;
    }
}

/* ---- The kernels' steps ---- */

static status run_row(const adam_variant *row, const optimisation *o, const parameter *p)
{
    float *state[STATES];
    status r = STATUS_OK;

    for (int k = 0; k < STATES; k++) {
        state[k] = p->out[k]->got;
        memcpy(state[k], p->start[k], (size_t)p->count * sizeof *state[k]);
    }
    for (int step = 0; step < o->steps && r == STATUS_OK; step++) {
        const float *const grad = p->grad + step * p->count;
        const int64_t number = o->first_step + step;
        if (o->descent)
            r = sgd_step(row, &o->sgd, number, grad, state[W],
                         o->sgd.momentum > 0.0 ? state[M] : NULL);
        else
            r = adam_step(row, &o->adam, number, grad, state[W], state[M], state[V],
                          o->adam.amsgrad ? state[VMAX] : NULL);
    }
    return r;
}

static void run(conformance_case *c, optimisation *o)
{
    if (!case_ready(c) ||
        !case_shape_ok(c, "adam", o->descent ? sgd_options_check(&o->sgd)
                                             : adam_options_check(&o->adam)))
        return;
    for (int i = 0; i < o->parameters; i++) {
        o->adam.count = o->sgd.count = o->parameter[i].count;
        run_reference(c, o, &o->parameter[i]);
    }
    case_judge_reference(c, "adam");
    for (size_t k = 0; k < adam_variant_count; k++) {
        const adam_variant *const row = &adam_variants[k];
        status r = STATUS_OK;
        if (!case_wants(c, &row->info))
            continue;
        for (int i = 0; i < o->parameters && r == STATUS_OK; i++) {
            o->adam.count = o->sgd.count = o->parameter[i].count;
            r = run_row(row, o, &o->parameter[i]);
        }
        case_judge(c, "adam", &row->info, r);
    }
}

/* ---- PyTorch: input_0 the parameter, input_1 one gradient for each step ---- */

static void torch_optimiser(conformance_case *c, optimisation *o)
{
    const safetensors_tensor *const w = case_input(c, 0, true), *const g = case_input(c, 1, true);
    const extents shape = case_extents(c, w), gradients = case_extents(c, g);
    parameter *const p = &o->parameter[o->parameters++];
    extents each = gradients;

    for (int i = 1; i < gradients.rank; i++)
        each.extent[i - 1] = gradients.extent[i];
    each.rank -= gradients.rank > 0;
    o->first_step = 1;
    o->steps = gradients.extent[0];
    if (case_ok(c) && (gradients.rank == 0 || !extents_equal(shape, each)))
        case_malformed(c, "input_1: expected one gradient of the shape of input_0 for each step");
    if (case_int(c, "steps", o->steps) != o->steps || o->steps < 1)
        case_malformed(c, "attribute 'steps': input_1 has %d", o->steps);
    if (case_bool(c, "maximize", false))
        case_skip(c, "maximize: optimisers here descend");
    p->count = case_product(c, shape, 0, shape.rank);
    p->grad = case_floats(c, g);
    p->start[W] = case_floats(c, w);
    p->out[W] = case_expect(c, "output", 0, shape, false);
    for (int k = M; k < STATES; k++) {
        p->start[k] = case_memory(c, p->count, sizeof(float));
        p->out[k] = case_expect(c, "unjudged", k, shape, false);
    }
    run(c, o);
}

void case_torch_adam(conformance_case *c)
{
    optimisation o = { .adam = adam_options_default(0) };
    double betas[2] = { o.adam.beta1, o.adam.beta2 };

    case_reals(c, "betas", 2, betas);
    o.adam.beta1 = betas[0];
    o.adam.beta2 = betas[1];
    o.adam.lr = case_real(c, "lr", o.adam.lr);
    o.adam.eps = case_real(c, "eps", o.adam.eps);
    o.adam.weight_decay = case_real(c, "weight_decay", o.adam.weight_decay);
    o.adam.amsgrad = case_bool(c, "amsgrad", o.adam.amsgrad);
    torch_optimiser(c, &o);
}

void case_torch_sgd(conformance_case *c)
{
    optimisation o = { .descent = true };

    case_require(c, "lr");
    o.sgd.lr = case_real(c, "lr", 0.0);
    o.sgd.momentum = case_real(c, "momentum", 0.0);
    o.sgd.dampening = case_real(c, "dampening", 0.0);
    o.sgd.weight_decay = case_real(c, "weight_decay", 0.0);
    o.sgd.nesterov = case_bool(c, "nesterov", false);
    torch_optimiser(c, &o);
}

/* ---- ONNX: R (learning rate), T (steps so far), then all X, all G, and all of each state ---- */

/* `states`: what is kept for each parameter, itself included: W, M and perhaps V. */
static void onnx_optimiser(conformance_case *c, optimisation *o, int states)
{
    const int arguments = case_input_count(c) - 2, groups = states + 1;

    o->steps = 1;
    o->parameters = arguments / groups;
    if (arguments < groups || arguments % groups != 0 || o->parameters > MAX_PARAMETERS) {
        case_malformed(c, "expected R, T and 1 to %d times %d further inputs", MAX_PARAMETERS,
                       groups);
        return;
    }
    for (int i = 0; i < o->parameters; i++) {
        parameter *const p = &o->parameter[i];
        const extents shape = case_extents(c, case_input(c, 2 + i, true));
        p->count = case_product(c, shape, 0, shape.rank);
        for (int group = 0; group < groups; group++) {
            const int place = group * o->parameters + i;
            const safetensors_tensor *const t = case_input(c, 2 + place, true);
            case_expect_shape(c, t, shape);
            if (group == 1)
                p->grad = case_floats(c, t);
            else
                p->start[group == 0 ? W : group - 1] = case_floats(c, t);
        }
        for (int k = 0; k < STATES; k++) {
            if (k >= states)
                p->start[k] = case_memory(c, p->count, sizeof(float));
            p->out[k] = k < states ? case_expect(c, "output", k * o->parameters + i, shape, false)
                                   : case_expect(c, "unjudged", k, shape, false);
        }
    }
    run(c, o);
}

/* X - R' * V / (sqrt(H) + epsilon), R' = R * sqrt(1 - beta^T) / (1 - alpha^T), or R' = R
 * where T is 0. Ours, at step t: lr / (1 - alpha^t) * V / (sqrt(H) / sqrt(1 - beta^t) + eps).
 * ONNX documents 1e-6 as the default of epsilon, but its own test without one expects 0.01. */
void case_onnx_adam(conformance_case *c)
{
    const double rate = case_scalar(c, 0), done = case_scalar(c, 1);
    optimisation o = { .first_step = done >= 1.0 && done < 0x1p53 ? (int64_t)done : 1 };
    const double alpha = case_real(c, "alpha", (double)0.9f);
    const double beta = case_real(c, "beta", (double)0.999f);
    const double eps = case_real(c, "epsilon", 0.0);
    const double root = sqrt(1.0 - pow(beta, (double)o.first_step));

    o.adam = (adam_options){ .beta1 = alpha, .beta2 = beta, .eps = eps / root,
                             .lr = done > 0.0 ? rate : rate * (1.0 - alpha) / root,
                             .weight_decay = case_real(c, "norm_coefficient", 0.0) };
    if (!case_has(c, "epsilon"))
        case_skip(c, "epsilon is left out: ONNX's documentation then says 1e-6, its tests 0.01");
    if (case_real(c, "norm_coefficient_post", 0.0) != 0.0)
        case_skip(c, "norm_coefficient_post: Adam here has no decay after the step");
    onnx_optimiser(c, &o, 3);
}

/* V = alpha * V + (T > 0 ? beta : 1) * G; X - R * V, or with Nesterov X - R * (G + alpha * V). Any
 * step but the first reads the momentum buffer that is given. */
void case_onnx_momentum(conformance_case *c)
{
    const double rate = case_scalar(c, 0), done = case_scalar(c, 1);
    optimisation o = { .descent = true, .first_step = 2 };
    const char *const mode = case_text(c, "mode", "");

    case_require(c, "alpha");
    case_require(c, "beta");
    case_require(c, "mode");
    case_require(c, "norm_coefficient");
    const double beta = case_real(c, "beta", 1.0);
    o.sgd = (sgd_options){ .lr = rate, .momentum = case_real(c, "alpha", 0.0),
                           .dampening = done > 0.0 ? 1.0 - beta : 0.0,
                           .weight_decay = case_real(c, "norm_coefficient", 0.0),
                           .nesterov = strcmp(mode, "nesterov") == 0 };
    if (!o.sgd.nesterov && strcmp(mode, "standard") != 0)
        case_malformed(c, "attribute 'mode': expected standard or nesterov, found '%s'", mode);
    if (!(o.sgd.momentum > 0.0))
        case_skip(c, "alpha 0: without momentum none is kept here");
    onnx_optimiser(c, &o, 2);
}
