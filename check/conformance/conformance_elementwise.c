/* conformance_elementwise.c: cases of activations, addition, concatenation, dropout, flattening
 * and squared errors. */
#include "check/conformance/conformance_case.h"

#include <math.h>
#include <string.h>

#include "kernels/activation/activation.h"
#include "kernels/add/add.h"
#include "kernels/concat/concat.h"
#include "kernels/dropout/dropout.h"
#include "kernels/mse/mse.h"
#include "reference/activation_reference.h"
#include "reference/add_reference.h"
#include "reference/concat_reference.h"
#include "reference/dropout_reference.h"
#include "reference/mse_reference.h"

/* ---- Activations ---- */

/* The derivative by y of what backward computes from a saved y. */
static double by_saved_y(activation_kind kind, double y, double dy)
{
    switch (kind) {
    case ACTIVATION_SIGMOID: return dy * (1.0 - 2.0 * y);
    case ACTIVATION_TANH: return -2.0 * dy * y;
    default: return 0.0;
    }
}

/* slope: of leaky relu, as the file has it; it rounds when it becomes a float. */
static void activation(conformance_case *c, activation_kind kind, double slope)
{
    const safetensors_tensor *const t = case_input(c, 0, true);
    const extents shape = case_extents(c, t);
    const float *const x = case_floats(c, t), *const dy = case_upstream(c, shape);
    case_output *const y = case_expect(c, "output", 0, shape, false);
    case_output *const dx = case_gradient(c, 0);
    const activation_shape s = { kind, y->count, (float)slope };
    const double slope_error = case_float_error(slope) / 0x1p-24;

    case_bool(c, "inplace", false);             /* where it is written makes no difference */
    if (!case_ready(c) || !case_shape_ok(c, "activation", activation_shape_check(&s)))
        return;
    activation_reference_forward(&s, x, y->truth);
    const float *const saved = case_rounded(c, y->truth, y->count);
    const double *const errors = case_errors(c, y->truth, y->count);
    const double *const roundings = case_one_rounding(c, y->truth, y->count);
    if (!saved || !errors || !roundings)
        return;
    if (dx)
        activation_reference_backward(&s, x, saved, dy, dx->truth);
    for (ptrdiff_t i = 0; i < y->count; i++) {
        const bool sloped = slope_error > 0.0 && !(x[i] > 0.0f);
        y->carried[i] = y->truth_carried[i] = sloped ? fabs((double)x[i]) * slope_error : 0.0;
        if (!dx)
            continue;
        const double slant = fabs(by_saved_y(kind, y->truth[i].value, (double)dy[i]));
        const double unsloped = sloped ? fabs((double)dy[i]) * slope_error : 0.0;
        dx->carried[i] = slant * errors[i] + unsloped;
        dx->truth_carried[i] = slant * roundings[i] + unsloped;
    }
    case_judge_reference(c, "activation");
    for (size_t i = 0; i < activation_variant_count; i++) {
        const activation_variant *const row = &activation_variants[i];
        if (!case_wants(c, &row->info))
            continue;
        status r = activation_forward(row, &s, x, y->got);
        if (r == STATUS_OK && dx)
            r = activation_backward(row, &s, x, y->got, dy, dx->got);
        case_judge(c, "activation", &row->info, r);
    }
}

/* consumed_inputs: where ONNX's first opset allowed computing in place. */
static void ignore_consumed_inputs(conformance_case *c)
{
    if (!c->torch && c->opset < 6)
        case_list_length(c, "consumed_inputs");
}

void case_relu(conformance_case *c)
{
    ignore_consumed_inputs(c);
    activation(c, ACTIVATION_RELU, 0.0);
}

void case_sigmoid(conformance_case *c)
{
    ignore_consumed_inputs(c);
    activation(c, ACTIVATION_SIGMOID, 0.0);
}

void case_tanh(conformance_case *c)
{
    ignore_consumed_inputs(c);
    activation(c, ACTIVATION_TANH, 0.0);
}

void case_onnx_leaky_relu(conformance_case *c)
{
    ignore_consumed_inputs(c);
    activation(c, ACTIVATION_LEAKY_RELU, case_real(c, "alpha", 0.01));
}

void case_torch_leaky_relu(conformance_case *c)
{
    activation(c, ACTIVATION_LEAKY_RELU, case_real(c, "negative_slope", 0.01));
}

/* ---- Addition ---- */

/* x[i] of shape[i], which broadcast to y. Returns how many. */
static int read_terms(conformance_case *c, const float **x, extents *shape, extents *y)
{
    const int count = case_input_count(c);

    if (count < 1 || count > CASE_MAX_INPUTS) {
        case_malformed(c, "expected 1 to %d inputs, found %d", CASE_MAX_INPUTS, count);
        return 0;
    }
    for (int i = 0; i < count; i++) {
        const safetensors_tensor *const t = case_input(c, i, true);
        shape[i] = case_extents(c, t);
        x[i] = case_floats(c, t);
        *y = i == 0 ? shape[0] : case_broadcast(c, *y, shape[i]);
    }
    return count;
}

/* From three terms on the sum has as many roundings as additions. */
static void add_reference(const add_shape *s, const float *const *x, int terms, exact *y)
{
    add_reference_forward(s, x[0], x[1], y);
    for (int k = 2; k < terms; k++)
        for (ptrdiff_t i = 0; i < s->count; i++) {
            exact_add(&y[i], (double)x[k][i]);
            y[i].terms = k;
        }
}

static void add(conformance_case *c)
{
    const float *x[CASE_MAX_INPUTS] = { 0 };
    extents each[CASE_MAX_INPUTS], shape = { 0 };
    int terms = read_terms(c, x, each, &shape);
    case_output *const y = case_expect(c, "output", 0, shape, false);
    const float *const dy = case_upstream(c, shape);
    case_output *const da = case_gradient(c, 0), *const db = case_gradient(c, 1);
    const add_shape s = { y->count };

    for (int i = 0; i < terms; i++)
        x[i] = case_repeat(c, x[i], each[i], shape);
    if (terms == 1)                             /* x + 0 */
        x[terms++] = case_memory(c, y->count, sizeof(float));
    if ((da && da->count != y->count) || (db && db->count != y->count))
        case_skip(c, "the gradient of an operand that is broadcast");
    float *const spare = case_memory(c, y->count, sizeof *spare);
    exact *const spare_truth = case_memory(c, y->count, sizeof *spare_truth);
    if (!case_ready(c) || !case_shape_ok(c, "add", add_shape_check(&s)))
        return;
    add_reference(&s, x, terms, y->truth);
    if (da || db)
        add_reference_backward(&s, dy, da ? da->truth : spare_truth, db ? db->truth : spare_truth);
    case_judge_reference(c, "add");
    for (size_t i = 0; i < add_variant_count; i++) {
        const add_variant *const row = &add_variants[i];
        if (!case_wants(c, &row->info))
            continue;
        status r = add_forward(row, &s, x[0], x[1], y->got);
        for (int k = 2; k < terms && r == STATUS_OK; k++)
            r = add_forward(row, &s, y->got, x[k], y->got);
        if (r == STATUS_OK && (da || db))
            r = add_backward(row, &s, dy, da ? da->got : spare, db ? db->got : spare);
        case_judge(c, "add", &row->info, r);
    }
}

/* Before opset 7 broadcasting was asked for, and could begin at any axis. */
void case_onnx_add(conformance_case *c)
{
    if (case_input_count(c) != 2)
        case_malformed(c, "expected 2 inputs, found %d", case_input_count(c));
    if (c->opset < 7) {
        ignore_consumed_inputs(c);
        case_bool(c, "broadcast", false);
    }
    add(c);
}

void case_onnx_sum(conformance_case *c)
{
    ignore_consumed_inputs(c);
    add(c);
}

void case_torch_add(conformance_case *c)
{
    if (case_input_count(c) != 2)
        case_malformed(c, "expected 2 inputs, found %d", case_input_count(c));
    if (case_real(c, "alpha", 1.0) != 1.0)
        case_skip(c, "alpha: addition here has no factor");
    add(c);
}

/* ---- Concatenation ---- */

typedef struct {
    concat_shape shape;
    const float *x[CONCAT_MAX_INPUTS], *dy;
    case_output *y, *dx[CONCAT_MAX_INPUTS];
} joining;

static void run_concat(conformance_case *c, const joining *j)
{
    bool gradients = false;
    exact *truth[CONCAT_MAX_INPUTS];
    float *got[CONCAT_MAX_INPUTS];

    for (int i = 0; i < j->shape.inputs; i++) {
        const ptrdiff_t count = (ptrdiff_t)j->shape.outer * j->shape.extent[i] * j->shape.inner;
        gradients = gradients || j->dx[i];
        truth[i] = j->dx[i] ? j->dx[i]->truth : case_memory(c, count, sizeof(exact));
        got[i] = j->dx[i] ? j->dx[i]->got : case_memory(c, count, sizeof(float));
    }
    if (!case_ready(c))
        return;
    concat_reference_forward(&j->shape, j->x, j->y->truth);
    if (gradients)
        concat_reference_backward(&j->shape, j->dy, truth);
    case_judge_reference(c, "concat");
    for (size_t i = 0; i < concat_variant_count; i++) {
        const concat_variant *const row = &concat_variants[i];
        if (!case_wants(c, &row->info))
            continue;
        status r = concat_forward(row, &j->shape, j->x, j->y->got);
        if (r == STATUS_OK && gradients)
            r = concat_backward(row, &j->shape, j->dy, got);
        case_judge(c, "concat", &row->info, r);
    }
}

/* The axis: ONNX calls it axis and made it compulsory in opset 4, PyTorch calls it dim. */
static int concat_axis(conformance_case *c, int rank)
{
    if (!c->torch && c->opset >= 4)
        case_require(c, "axis");
    return case_axis(c, c->torch ? case_int(c, "dim", 0) : case_int(c, "axis", 1), rank, false);
}

void case_concat(conformance_case *c)
{
    const int count = case_input_count(c);
    const extents first = case_extents(c, case_input(c, 0, true));
    const int axis = concat_axis(c, first.rank);
    extents y = first;
    joining j = { .shape = { .inputs = count, .outer = case_product(c, first, 0, axis),
                             .inner = case_product(c, first, axis + 1, first.rank) } };

    if (count > CONCAT_MAX_INPUTS)
        case_skip(c, "%d inputs; concat here takes %d at most", count, CONCAT_MAX_INPUTS);
    for (int i = 0; i < count && case_ok(c); i++) {
        const safetensors_tensor *const t = case_input(c, i, true);
        extents other = case_extents(c, t);
        j.shape.extent[i] = axis < other.rank ? other.extent[axis] : 0;
        j.x[i] = case_floats(c, t);
        j.dx[i] = case_gradient(c, i);
        other.extent[axis] = first.extent[axis];
        if (t && !extents_equal(other, first))
            case_malformed(c, "%s differs from input_0 in another axis than %d", t->name, axis);
    }
    if (!case_ok(c) || !case_shape_ok(c, "concat", concat_shape_init(&j.shape)))
        return;
    y.extent[axis] = j.shape.total;
    j.y = case_expect(c, "output", 0, y, false);
    j.dy = case_upstream(c, y);
    run_concat(c, &j);
}

/* ---- Flattening: the same elements in another shape, which is joining one tensor ---- */

void case_flatten(conformance_case *c)
{
    const safetensors_tensor *const t = case_input(c, 0, true);
    const extents x = case_extents(c, t);
    extents y = { 0 };
    joining j = { .shape = { .inputs = 1, .outer = 1, .inner = 1 } };

    if (c->torch) {                             /* joins the axes from start_dim to end_dim */
        const int rank = x.rank ? x.rank : 1;
        const int from = case_axis(c, case_int(c, "start_dim", 0), rank, false);
        const int to = case_axis(c, case_int(c, "end_dim", -1), rank, false);
        if (from > to)
            case_malformed(c, "start_dim comes after end_dim");
        for (int i = 0; i < from; i++)
            y.extent[y.rank++] = x.extent[i];
        y.extent[y.rank++] = case_product(c, x, from, x.rank ? to + 1 : 0);
        for (int i = to + 1; i < x.rank; i++)
            y.extent[y.rank++] = x.extent[i];
    } else {
        const int axis = case_axis(c, case_int(c, "axis", 1), x.rank, true);
        y = extents_of(2, case_product(c, x, 0, axis), case_product(c, x, axis, x.rank), 0, 0);
    }
    j.shape.extent[0] = case_product(c, x, 0, x.rank);
    j.x[0] = case_floats(c, t);
    j.y = case_expect(c, "output", 0, y, false);
    j.dy = case_upstream(c, y);
    j.dx[0] = case_gradient(c, 0);
    if (case_ok(c) && case_shape_ok(c, "concat", concat_shape_init(&j.shape)))
        run_concat(c, &j);
}

/* ---- Dropout that drops nothing: in inference, or with ratio 0 ---- */

static void dropout_of_nothing(conformance_case *c)
{
    const safetensors_tensor *const t = case_input(c, 0, true);
    const extents shape = case_extents(c, t);
    const float *const x = case_floats(c, t), *const dy = case_upstream(c, shape);
    case_output *const y = case_expect(c, "output", 0, shape, false);
    case_output *const kept = case_expect(c, "output", 1, shape, true);
    case_output *const dx = case_gradient(c, 0);
    const dropout_shape s = { .count = y->count, .p = 0.0 };
    uint8_t *const mask = case_memory(c, y->count, 1);

    if (!case_ready(c) || !case_shape_ok(c, "dropout", dropout_shape_check(&s)))
        return;
    memset(mask, 1, (size_t)y->count);
    for (ptrdiff_t i = 0; i < y->count; i++)
        kept->truth_whole[i] = 1;
    dropout_reference_forward(&s, x, mask, y->truth);
    if (dx)
        dropout_reference_backward(&s, dy, mask, dx->truth);
    case_judge_reference(c, "dropout");
    for (size_t i = 0; i < dropout_variant_count; i++) {
        const dropout_variant *const row = &dropout_variants[i];
        rng generator;
        if (!case_wants(c, &row->info))
            continue;
        rng_seed(&generator, 0);
        status r = dropout_draw(row, &s, &generator, mask);
        if (r == STATUS_OK)
            r = dropout_forward(row, &s, x, mask, y->got);
        if (r == STATUS_OK && dx)
            r = dropout_backward(row, &s, dy, mask, dx->got);
        for (ptrdiff_t k = 0; r == STATUS_OK && k < y->count; k++)
            kept->got_whole[k] = mask[k];
        case_judge(c, "dropout", &row->info, r);
    }
}

/* Opset 1 and 6: training unless is_test. 7 and 10: inference. From 12 on: as input 2 says. */
void case_onnx_dropout(conformance_case *c)
{
    enum { RATIO_IS_INPUT = 12, ALWAYS_INFERENCE = 7 };
    double ratio = 0.5;
    bool training = false;

    ignore_consumed_inputs(c);
    if (c->opset >= RATIO_IS_INPUT) {
        case_int(c, "seed", 0);
        if (case_input(c, 1, false))
            ratio = case_scalar(c, 1);
        training = case_input(c, 2, false) && case_scalar(c, 2) != 0.0;
    } else {
        ratio = case_real(c, "ratio", ratio);
        training = c->opset < ALWAYS_INFERENCE && !case_bool(c, "is_test", false);
    }
    if (training && ratio != 0.0)
        case_skip(c, "dropout in training draws at random");
    dropout_of_nothing(c);
}

void case_torch_dropout(conformance_case *c)
{
    const bool training = case_bool(c, "training", true);

    if (case_real(c, "p", 0.5) != 0.0 && training)
        case_skip(c, "dropout in training draws at random");
    case_bool(c, "inplace", false);
    dropout_of_nothing(c);
}

/* ---- Squared errors ---- */

typedef struct {
    mse_shape shape;
    int calls;                          /* reduction none: one call for each element */
    const float *x, *target, *dy;
    case_output *y, *dx, *dtarget;
} squares;

static void mse_reference(const squares *q)
{
    for (int i = 0; i < q->calls; i++) {
        mse_reference_forward(&q->shape, q->x + i, q->target + i, &q->y->truth[i]);
        if (q->dx)
            mse_reference_backward(&q->shape, q->x + i, q->target + i, q->dy + i,
                                   &q->dx->truth[i]);
        if (q->dtarget)                         /* the square does not care which is which */
            mse_reference_backward(&q->shape, q->target + i, q->x + i, q->dy + i,
                                   &q->dtarget->truth[i]);
    }
}

static status run_mse(const mse_variant *row, const squares *q)
{
    status r = STATUS_OK;

    for (int i = 0; i < q->calls && r == STATUS_OK; i++) {
        r = mse_forward(row, &q->shape, q->x + i, q->target + i, &q->y->got[i]);
        if (r == STATUS_OK && q->dx)
            r = mse_backward(row, &q->shape, q->x + i, q->target + i, q->dy + i, &q->dx->got[i]);
        if (r == STATUS_OK && q->dtarget)
            r = mse_backward(row, &q->shape, q->target + i, q->x + i, q->dy + i,
                             &q->dtarget->got[i]);
    }
    return r;
}

void case_torch_mse(conformance_case *c)
{
    const safetensors_tensor *const x = case_input(c, 0, true);
    const safetensors_tensor *const target = case_input(c, 1, true);
    const extents shape = case_extents(c, x);
    const char *const reduction = case_text(c, "reduction", "mean");
    const bool none = strcmp(reduction, "none") == 0, mean = strcmp(reduction, "mean") == 0;
    const extents y_shape = none ? shape : extents_of(0, 0, 0, 0, 0);
    const int count = case_product(c, shape, 0, shape.rank);
    squares q = { .shape = { none ? 1 : count, mean }, .calls = none ? count : 1,
                  .x = case_floats(c, x), .target = case_floats(c, target) };

    if (!none && !mean && strcmp(reduction, "sum") != 0)
        case_malformed(c, "attribute 'reduction': expected none, mean or sum, found '%s'",
                       reduction);
    if (!extents_equal(shape, case_extents(c, target)))
        case_skip(c, "an input and a target of different shapes");
    q.y = case_expect(c, "output", 0, y_shape, false);
    q.dy = case_upstream(c, y_shape);
    q.dx = case_gradient(c, 0);
    q.dtarget = case_gradient(c, 1);
    if (!case_ready(c) || !case_shape_ok(c, "mse", mse_shape_check(&q.shape)))
        return;
    mse_reference(&q);
    case_judge_reference(c, "mse");
    for (size_t i = 0; i < mse_variant_count; i++) {
        const mse_variant *const row = &mse_variants[i];
        if (case_wants(c, &row->info))
            case_judge(c, "mse", &row->info, run_mse(row, &q));
    }
}
