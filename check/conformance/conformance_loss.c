/* conformance_loss.c: cases of softmax, log-softmax, negative log-likelihood and cross-entropy. */
#include "check/conformance/conformance_case.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "kernels/softmax_ce/softmax_ce.h"
#include "reference/softmax_ce_reference.h"

static const char concept[] = "softmax_ce";

/* Element (n, class, place) of a tensor [n][classes][inner]. */
static ptrdiff_t at(const softmax_ce_shape *s, int n, int k, int place)
{
    return ((ptrdiff_t)n * s->classes + k) * s->inner + place;
}

/* ---- Softmax and log-softmax ---- */

/* Backward reads the saved y. If that is off by error[] (in units of u), dx is by carried[]:
 *   softmax      |e[c]| * |dy[c] - sum dy y|  +  y[c] * sum of |dy[k] e[k]|
 *   log-softmax  |e[c]| * exp(y[c]) * |sum dy| */
static void carry_softmax(const softmax_ce_shape *s, bool logarithm, const float *y,
                          const float *dy, const double *error, double *carried)
{
    for (int n = 0; n < s->n; n++)
        for (int place = 0; place < s->inner; place++) {
            double sum = 0.0, dot = 0.0, spread = 0.0;
            for (int k = 0; k < s->classes; k++) {
                const ptrdiff_t i = at(s, n, k, place);
                sum += (double)dy[i];
                dot += (double)dy[i] * (double)y[i];
                spread += fabs((double)dy[i]) * error[i];
            }
            for (int k = 0; k < s->classes; k++) {
                const ptrdiff_t i = at(s, n, k, place);
                carried[i] = logarithm ? error[i] * exp((double)y[i]) * fabs(sum)
                                       : error[i] * fabs((double)dy[i] - dot) +
                                             fabs((double)y[i]) * spread;
            }
        }
}

static void softmax_reference(conformance_case *c, const softmax_ce_shape *s, bool logarithm,
                              const float *x, const float *dy, case_output *y, case_output *dx)
{
    if (logarithm)
        log_softmax_reference_forward(s, x, y->truth);
    else
        softmax_reference_forward(s, x, y->truth);
    const float *const saved = case_rounded(c, y->truth, y->count);
    const double *const errors = case_errors(c, y->truth, y->count);
    const double *const roundings = case_one_rounding(c, y->truth, y->count);
    if (!dx || !saved || !errors || !roundings)
        return;
    if (logarithm)
        log_softmax_reference_backward(s, saved, dy, dx->truth);
    else
        softmax_reference_backward(s, saved, dy, dx->truth);
    carry_softmax(s, logarithm, saved, dy, errors, dx->carried);
    carry_softmax(s, logarithm, saved, dy, roundings, dx->truth_carried);
}

static status run_softmax(const softmax_ce_variant *row, const softmax_ce_shape *s, bool logarithm,
                          const float *x, const float *dy, case_output *y, case_output *dx)
{
    status r = logarithm ? log_softmax_forward(row, s, x, y->got)
                         : softmax_forward(row, s, x, y->got);
    if (r == STATUS_OK && dx)
        r = logarithm ? log_softmax_backward(row, s, y->got, dy, dx->got)
                      : softmax_backward(row, s, y->got, dy, dx->got);
    return r;
}

/* Over the axes [from, to) of x, taken as one. */
static void softmax(conformance_case *c, bool logarithm, int from, int to)
{
    const safetensors_tensor *const t = case_input(c, 0, true);
    const extents shape = case_extents(c, t);
    softmax_ce_shape s = softmax_ce_shape_plain(case_product(c, shape, 0, from),
                                                case_product(c, shape, from, to));
    const float *const x = case_floats(c, t), *const dy = case_upstream(c, shape);
    case_output *const y = case_expect(c, "output", 0, shape, false);
    case_output *const dx = case_gradient(c, 0);

    s.inner = case_product(c, shape, to, shape.rank);
    if (!case_ready(c) || !case_shape_ok(c, concept, softmax_ce_shape_check(&s)))
        return;
    softmax_reference(c, &s, logarithm, x, dy, y, dx);
    case_judge_reference(c, concept);
    for (size_t i = 0; i < softmax_ce_variant_count; i++) {
        const softmax_ce_variant *const row = &softmax_ce_variants[i];
        if (case_wants(c, &row->info))
            case_judge(c, concept, &row->info, run_softmax(row, &s, logarithm, x, dy, y, dx));
    }
}

/* Before opset 13 all axes from `axis` (1) on are one, later it is the one axis (the last). */
static void onnx_softmax(conformance_case *c, bool logarithm)
{
    enum { ONE_AXIS = 13 };
    const extents x = case_extents(c, case_input(c, 0, true));
    const bool one = c->opset >= ONE_AXIS;
    const int axis = case_axis(c, case_int(c, "axis", one ? -1 : 1), x.rank, !one);

    softmax(c, logarithm, axis, one ? axis + 1 : x.rank);
}

/* A scalar has one axis of one element. Without dim PyTorch takes axis 0 of 0, 1 or 3, else 1. */
static void torch_softmax(conformance_case *c, bool logarithm)
{
    const extents x = case_extents(c, case_input(c, 0, true));
    const int implied = x.rank == 0 || x.rank == 1 || x.rank == 3 ? 0 : 1;
    const int axis = case_axis(c, case_int(c, "dim", implied), x.rank ? x.rank : 1, false);

    softmax(c, logarithm, axis, x.rank ? axis + 1 : 0);
}

void case_onnx_softmax(conformance_case *c)
{
    onnx_softmax(c, false);
}

void case_onnx_log_softmax(conformance_case *c)
{
    onnx_softmax(c, true);
}

void case_torch_softmax(conformance_case *c)
{
    torch_softmax(c, false);
}

void case_torch_log_softmax(conformance_case *c)
{
    torch_softmax(c, true);
}

/* ---- Losses ---- */

typedef struct {
    softmax_ce_shape shape;
    bool from_logits;                   /* cross-entropy; else x holds log-probabilities */
    double smoothing_error;             /* of label_smoothing as a float, in units of u */
    const float *x, *weights, *dloss;   /* weights NULL: all 1 */
    const int32_t *labels;
    case_output *loss, *logp, *dx;      /* logp only from_logits; dx NULL where nobody asks */
    extents x_shape, loss_shape;
} loss_case;

static loss_reduction read_reduction(conformance_case *c)
{
    const char *const name = case_text(c, "reduction", "mean");

    if (strcmp(name, "none") == 0)
        return REDUCTION_NONE;
    if (strcmp(name, "sum") == 0)
        return REDUCTION_SUM;
    if (strcmp(name, "mean") != 0)
        case_malformed(c, "attribute 'reduction': expected none, mean or sum, found '%s'", name);
    return REDUCTION_MEAN;
}

/* Inputs x [n, classes, ...] (PyTorch also [classes]), labels [n, ...], class weights. */
static void read_loss_inputs(conformance_case *c, loss_case *l)
{
    const safetensors_tensor *const x = case_input(c, 0, true), *const t = case_input(c, 1, true);
    const safetensors_tensor *const w = case_input(c, 2, false);
    const extents e = case_extents(c, x);
    const bool batched = e.rank > 1;
    extents labels = { 0 };

    if (case_ok(c) && (e.rank == 0 || (!batched && !c->torch)))
        case_malformed(c, "input_0: expected classes along axis 1");
    if (!case_ok(c))
        return;
    for (int i = 0; i < e.rank; i++)
        if (i != batched)
            labels.extent[labels.rank++] = e.extent[i];
    if (t->type == SAFETENSORS_F32 || t->type == SAFETENSORS_F64)
        case_skip(c, "a target of probabilities");
    case_expect_shape(c, t, labels);
    case_expect_shape(c, w, extents_of(1, e.extent[batched], 0, 0, 0));
    l->x_shape = e;
    l->loss_shape = l->shape.reduction == REDUCTION_NONE ? labels : extents_of(0, 0, 0, 0, 0);
    l->shape.n = batched ? e.extent[0] : 1;
    l->shape.classes = e.extent[batched];
    l->shape.inner = case_product(c, e, batched + 1, e.rank);
    l->x = case_floats(c, x);
    l->labels = case_whole(c, t);
    l->weights = case_floats(c, w);
}

/* A label is a class or ignored; anything else is no case. */
static void check_labels(conformance_case *c, const loss_case *l)
{
    const ptrdiff_t places = (ptrdiff_t)l->shape.n * l->shape.inner;

    for (ptrdiff_t i = 0; case_ok(c) && i < places; i++)
        if (l->labels[i] != l->shape.ignore_index &&
            (l->labels[i] < 0 || l->labels[i] >= l->shape.classes))
            case_malformed(c, "input_1: label %d of %d classes", l->labels[i], l->shape.classes);
}

/* The rounding of label_smoothing e moves the loss, and a gradient, by what both of its parts,
 * (1 - e) * .. and e/C * .., weigh: at most W * (1 + 1) * |logp| or |dloss|. */
static void carry_smoothing(const loss_case *l)
{
    const softmax_ce_shape *const s = &l->shape;
    double total = 0.0, divisor = 0.0;

    if (!(l->smoothing_error > 0.0))
        return;
    for (int n = 0; n < s->n; n++)
        for (int place = 0; place < s->inner; place++) {
            const ptrdiff_t p = (ptrdiff_t)n * s->inner + place;
            const int label = l->labels[p];
            if (label == s->ignore_index)
                continue;
            double change = 0.0;
            for (int k = 0; k < s->classes; k++) {
                const ptrdiff_t i = at(s, n, k, place);
                const double logp = l->logp ? l->logp->truth[i].value : (double)l->x[i];
                const double weight = l->weights ? (double)l->weights[k] : 1.0;
                change += fabs(weight * logp) * ((k == label) + 1.0 / s->classes);
            }
            divisor += l->weights ? (double)l->weights[label] : 1.0;
            total += change;
            if (s->reduction == REDUCTION_NONE)
                l->loss->carried[p] = l->loss->truth_carried[p] = change * l->smoothing_error;
        }
    if (s->reduction != REDUCTION_NONE)
        l->loss->carried[0] = l->loss->truth_carried[0] =
            l->smoothing_error * total / (s->reduction == REDUCTION_MEAN ? divisor : 1.0);
}

/* Backward of cross-entropy reads the saved logp. By logp, dx[c] has the derivative
 *   g * exp(logp[c]) * S = dx[c] + g * (the target's part of class c),
 * and by the smoothing at most g times twice the weights. */
static void carry_cross_entropy(const loss_case *l, const double *saved_error, double *carried)
{
    const softmax_ce_shape *const s = &l->shape;
    double divisor = s->reduction == REDUCTION_MEAN ? 0.0 : 1.0, most = 1.0;

    for (ptrdiff_t p = 0; s->reduction == REDUCTION_MEAN && p < (ptrdiff_t)s->n * s->inner; p++)
        if (l->labels[p] != s->ignore_index)
            divisor += l->weights ? (double)l->weights[l->labels[p]] : 1.0;
    for (int k = 0; l->weights && k < s->classes; k++)
        most = k ? fmax(most, (double)l->weights[k]) : (double)l->weights[k];
    for (int n = 0; n < s->n; n++)
        for (int place = 0; place < s->inner; place++) {
            const ptrdiff_t p = (ptrdiff_t)n * s->inner + place;
            const int label = l->labels[p];
            if (label == s->ignore_index)
                continue;
            const double weight = l->weights ? (double)l->weights[label] : 1.0;
            const double smoothing = (double)s->label_smoothing;
            const double g =
                fabs((double)l->dloss[s->reduction == REDUCTION_NONE ? p : 0]) / divisor;
            double all = 0.0;
            for (int k = 0; k < s->classes; k++)
                all += l->weights ? (double)l->weights[k] : 1.0;
            const double target = (1.0 - smoothing) * weight + smoothing / s->classes * all;
            for (int k = 0; k < s->classes; k++) {
                const ptrdiff_t i = at(s, n, k, place);
                carried[i] = g * exp(l->logp->truth[i].value) * target * saved_error[i] +
                             g * 2.0 * most * l->smoothing_error;
            }
        }
}

static void loss_reference(conformance_case *c, const loss_case *l)
{
    const softmax_ce_shape *const s = &l->shape;

    if (!l->from_logits) {
        nll_reference_forward(s, l->x, l->labels, l->weights, l->loss->truth);
        if (l->dx)
            nll_reference_backward(s, l->labels, l->weights, l->dloss, l->dx->truth);
        return;
    }
    ce_reference_forward(s, l->x, l->labels, l->weights, l->logp->truth, l->loss->truth);
    carry_smoothing(l);
    const float *const saved = case_rounded(c, l->logp->truth, l->logp->count);
    const double *const errors = case_errors(c, l->logp->truth, l->logp->count);
    const double *const roundings = case_one_rounding(c, l->logp->truth, l->logp->count);
    if (!l->dx || !saved || !errors || !roundings)
        return;
    ce_reference_backward(s, saved, l->labels, l->weights, l->dloss, l->dx->truth);
    carry_cross_entropy(l, errors, l->dx->carried);
    carry_cross_entropy(l, roundings, l->dx->truth_carried);
}

static status run_loss(const softmax_ce_variant *row, const loss_case *l)
{
    const softmax_ce_shape *const s = &l->shape;
    status r;

    if (!l->from_logits) {
        r = nll_forward(row, s, l->x, l->labels, l->weights, l->loss->got);
        if (r == STATUS_OK && l->dx)
            r = nll_backward(row, s, l->labels, l->weights, l->dloss, l->dx->got);
        return r;
    }
    r = ce_forward(row, s, l->x, l->labels, l->weights, l->logp->got, l->loss->got);
    if (r == STATUS_OK && l->dx)
        r = ce_backward(row, s, l->logp->got, l->labels, l->weights, l->dloss, l->dx->got);
    return r;
}

/* no_index: what ignore_index is where the file does not say. */
static void loss(conformance_case *c, bool from_logits, int no_index)
{
    loss_case l = { .from_logits = from_logits };

    l.shape = softmax_ce_shape_plain(0, 1);
    l.shape.reduction = read_reduction(c);
    l.shape.ignore_index = case_int(c, "ignore_index", no_index);
    if (c->torch && from_logits) {
        const double smoothing = case_real(c, "label_smoothing", 0.0);
        l.shape.label_smoothing = (float)smoothing;
        l.smoothing_error = case_float_error(smoothing) / 0x1p-24;
    }
    read_loss_inputs(c, &l);
    l.loss = case_expect(c, "output", 0, l.loss_shape, false);
    if (from_logits)
        l.logp = case_expect(c, "output", 1, l.x_shape, false);
    l.dloss = case_upstream(c, l.loss_shape);
    l.dx = case_gradient(c, 0);
    check_labels(c, &l);
    if (!case_ready(c) || !case_shape_ok(c, concept, softmax_ce_shape_check(&l.shape)))
        return;
    loss_reference(c, &l);
    case_judge_reference(c, concept);
    for (size_t i = 0; i < softmax_ce_variant_count; i++) {
        const softmax_ce_variant *const row = &softmax_ce_variants[i];
        if (case_wants(c, &row->info))
            case_judge(c, concept, &row->info, run_loss(row, &l));
    }
}

void case_onnx_nll(conformance_case *c)
{
    loss(c, false, INT_MIN);
}

void case_onnx_cross_entropy(conformance_case *c)
{
    loss(c, true, INT_MIN);
}

void case_torch_nll(conformance_case *c)
{
    loss(c, false, -100);
}

void case_torch_cross_entropy(conformance_case *c)
{
    loss(c, true, -100);
}
