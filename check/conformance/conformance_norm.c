/* conformance_norm.c: cases of batch normalisation.
 *
 * ONNX's momentum is the weight of the old statistics, ours (and PyTorch's) that of the new batch.
 * ONNX's running variance is updated with the biased variance of the batch, ours with the unbiased
 * one, which is larger by r = count / (count - 1). Since
 *     (1 - m) * old + m * biased  =  ((1 - m) * (old * r) + m * (biased * r)) / r
 * the kernel is given old * r, and what it returns is divided by r. */
#include "check/conformance/conformance_case.h"

#include <math.h>
#include <string.h>

#include "kernels/batchnorm2d/batchnorm2d.h"
#include "reference/batchnorm2d_reference.h"

static const char concept[] = "batchnorm2d";
static const double unit = 0x1p-24;

typedef struct {
    batchnorm2d_shape shape;
    bool training;
    double eps_error, momentum_error;       /* of these as floats */
    double variance_ratio;                  /* r above; 1 for PyTorch */
    const float *x, *gamma, *beta, *mean, *dy;
    float *var;                             /* running variance times r */
    case_output *y, *new_mean, *new_var;    /* the latter two NULL where nothing is updated */
    case_output *dx, *dgamma, *dbeta;       /* all NULL, or none */
    exact *saved_mean, *saved_invstd;       /* [c]; in evaluation the running ones */
    float *mean_memory, *invstd_memory;     /* [c] */
} normalisation;

static ptrdiff_t count_of(const normalisation *b)
{
    return (ptrdiff_t)b->shape.n * b->shape.h * b->shape.w;
}

/* Offset of value i of channel k. */
static ptrdiff_t at(const normalisation *b, int k, ptrdiff_t i)
{
    const ptrdiff_t plane = (ptrdiff_t)b->shape.h * b->shape.w;
    return (i / plane * b->shape.c + k) * plane + i % plane;
}

/* ---- Rounding that neither the reference nor the file knows of ---- */

/* Relative change of invstd, in units of u, for eps became a float. */
static double invstd_shift(const normalisation *b, int k)
{
    return b->eps_error * pow(b->saved_invstd[k].value, 2.0) / 2.0 / unit;
}

static void carry_forward(const normalisation *b)
{
    for (int k = 0; k < b->shape.c; k++)
        for (ptrdiff_t n = 0; n < count_of(b); n++) {
            const ptrdiff_t i = at(b, k, n);
            const double scaled = fabs(b->y->truth[i].value - (double)b->beta[k]);
            b->y->carried[i] = b->y->truth_carried[i] = scaled * invstd_shift(b, k);
        }
}

/* Statistics move by what the momentum lost, and, for ONNX, by three roundings of the detour. */
static void carry_statistics(const normalisation *b, case_output *o, const float *old)
{
    const double momentum = (double)b->shape.momentum;
    const bool detour = o == b->new_var && b->variance_ratio > 1.0;

    for (int k = 0; k < b->shape.c; k++) {
        const double moved = fabs(o->truth[k].value - (double)old[k]);
        double error = momentum > 0.0 ? b->momentum_error / unit * moved / momentum : 0.0;
        if (detour) {
            o->truth[k].value /= b->variance_ratio;
            o->truth[k].magnitude /= b->variance_ratio;
            error += 3.0 * fabs(o->truth[k].value);
        }
        o->carried[k] = o->truth_carried[k] = error;
    }
}

/* First order in the errors (units of u) of mean and invstd, with t = (x - mean) * invstd:
 *   E(t)      = invstd * E(mean) + |t| * r                      r = E(invstd) / invstd
 *   E(dgamma) = |sum dy| * invstd * E(mean) + |dgamma| * r
 *   E(dx)     = |dx| * r, and in training  + |gamma| * invstd / count * (E(t) |dgamma|
 *                                                                        + |t| E(dgamma)) */
static void carry_channel(const normalisation *b, int k, double mean_error, double r, double *dx,
                          double *dgamma)
{
    const double mean = b->saved_mean[k].value, invstd = b->saved_invstd[k].value;
    const double slope = fabs(b->dgamma->truth[k].value), count = (double)count_of(b);

    dgamma[k] = fabs(b->dbeta->truth[k].value) * invstd * mean_error + slope * r;
    for (ptrdiff_t n = 0; n < count_of(b); n++) {
        const ptrdiff_t i = at(b, k, n);
        const double t = fabs((double)b->x[i] - mean) * invstd;
        const double t_error = invstd * mean_error + t * r;
        dx[i] = fabs(b->dx->truth[i].value) * r;
        if (b->training)
            dx[i] += fabs((double)b->gamma[k]) * invstd / count * (t_error * slope +
                                                                    t * dgamma[k]);
    }
}

static void carry_backward(const normalisation *b)
{
    for (int k = 0; k < b->shape.c; k++) {
        const exact *const mean = &b->saved_mean[k], *const invstd = &b->saved_invstd[k];
        const double shift = invstd_shift(b, k), saved = b->training ? 1.0 : 0.0;
        carry_channel(b, k, saved * (mean->terms * mean->magnitude + fabs(mean->value)),
                      saved * (invstd->terms * invstd->magnitude / invstd->value + 1.0) + shift,
                      b->dx->carried, b->dgamma->carried);
        carry_channel(b, k, saved * fabs(mean->value), saved + shift, b->dx->truth_carried,
                      b->dgamma->truth_carried);
    }
}

/* ---- Reference and kernels ---- */

static void train_reference(conformance_case *c, normalisation *b)
{
    const batchnorm2d_shape *const s = &b->shape;

    batchnorm2d_reference_train_forward(s, b->x, b->gamma, b->beta, b->mean, b->var, b->y->truth,
                                        b->saved_mean, b->saved_invstd, b->new_mean->truth,
                                        b->new_var->truth);
    carry_statistics(b, b->new_mean, b->mean);
    carry_statistics(b, b->new_var, b->var);
    const float *const mean = case_rounded(c, b->saved_mean, s->c);
    const float *const invstd = case_rounded(c, b->saved_invstd, s->c);
    if (b->dx && mean && invstd)
        batchnorm2d_reference_train_backward(s, b->x, b->gamma, mean, invstd, b->dy, b->dx->truth,
                                             b->dgamma->truth, b->dbeta->truth);
}

static void eval_reference(normalisation *b)
{
    const batchnorm2d_shape *const s = &b->shape;

    batchnorm2d_reference_eval_forward(s, b->x, b->gamma, b->beta, b->mean, b->var, b->y->truth);
    for (int k = 0; k < s->c; k++) {
        b->saved_mean[k].value = (double)b->mean[k];
        b->saved_invstd[k].value = 1.0 / sqrt((double)b->var[k] + (double)s->eps);
        b->new_mean->truth[k].value = (double)b->mean[k];
        b->new_var->truth[k].value = (double)b->var[k];
    }
    if (b->dx)
        batchnorm2d_reference_eval_backward(s, b->x, b->gamma, b->mean, b->var, b->dy,
                                            b->dx->truth, b->dgamma->truth, b->dbeta->truth);
}

/* new_mean and new_var hold the running statistics while the kernel runs. */
static status run_row(const batchnorm2d_variant *row, const normalisation *b)
{
    const batchnorm2d_shape *const s = &b->shape;
    float *const mean = b->new_mean->got, *const var = b->new_var->got;
    status r;

    memcpy(mean, b->mean, (size_t)s->c * sizeof *mean);
    memcpy(var, b->var, (size_t)s->c * sizeof *var);
    if (!b->training) {
        r = batchnorm2d_eval_forward(row, s, b->x, b->gamma, b->beta, mean, var, b->y->got);
        if (r == STATUS_OK && b->dx)
            r = batchnorm2d_eval_backward(row, s, b->x, b->gamma, mean, var, b->dy, b->dx->got,
                                          b->dgamma->got, b->dbeta->got);
        return r;
    }
    r = batchnorm2d_train_forward(row, s, b->x, b->gamma, b->beta, mean, var, b->y->got,
                                  b->mean_memory, b->invstd_memory);
    if (r == STATUS_OK && b->dx)
        r = batchnorm2d_train_backward(row, s, b->x, b->gamma, b->mean_memory, b->invstd_memory,
                                       b->dy, b->dx->got, b->dgamma->got, b->dbeta->got);
    for (int k = 0; k < s->c; k++)
        var[k] = (float)((double)var[k] / b->variance_ratio);
    return r;
}

/* ---- Reading ---- */

/* Input i, [c], or all `otherwise` where it is left out. */
static float *per_channel(conformance_case *c, int i, int channels, bool required,
                          float otherwise)
{
    const safetensors_tensor *const t = case_input(c, i, required);
    float *const values = case_memory(c, channels, sizeof *values);

    case_expect_shape(c, t, extents_of(1, channels, 0, 0, 0));
    const float *const given = case_floats(c, t);
    for (int k = 0; values && case_ok(c) && k < channels; k++)
        values[k] = given ? given[k] : otherwise;
    return values;
}

static void read_gradients(conformance_case *c, normalisation *b, extents x, extents channels)
{
    b->dy = case_upstream(c, x);
    b->dx = case_gradient(c, 0);
    b->dgamma = case_gradient(c, 1);
    b->dbeta = case_gradient(c, 2);
    if (!b->dx && !b->dgamma && !b->dbeta)
        return;
    if (!b->dx)
        b->dx = case_expect(c, "unjudged", 0, x, false);
    if (!b->dgamma)
        b->dgamma = case_expect(c, "unjudged", 1, channels, false);
    if (!b->dbeta)
        b->dbeta = case_expect(c, "unjudged", 2, channels, false);
}

/* eps and momentum as the file says them; momentum is the weight of the new batch. Only affine
 * parameters, for ONNX also statistics, are required. */
static void batch_norm(conformance_case *c, bool training, double eps, double momentum)
{
    const safetensors_tensor *const t = case_input(c, 0, true);
    const extents x = case_extents(c, t);
    const extents channels = extents_of(1, x.rank > 1 ? x.extent[1] : 0, 0, 0, 0);
    const bool plane = x.rank == 4, statistics = !c->torch || !training;
    normalisation b = { .training = training, .variance_ratio = 1.0 };

    if (case_ok(c) && x.rank < 2)
        case_malformed(c, "input_0: expected channels along axis 1");
    b.shape = (batchnorm2d_shape){ .n = x.extent[0], .c = channels.extent[0],
                                   .h = plane ? x.extent[2] : 1,
                                   .w = plane ? x.extent[3] : case_product(c, x, 2, x.rank),
                                   .eps = (float)eps, .momentum = (float)momentum };
    b.eps_error = case_float_error(eps);
    b.momentum_error = case_float_error(momentum);
    if (!case_ok(c) || !case_shape_ok(c, concept, batchnorm2d_shape_check(&b.shape)))
        return;
    if (training && count_of(&b) < 2)
        case_skip(c, "statistics of fewer than two values per channel");
    if (training && !c->torch)
        b.variance_ratio = (double)count_of(&b) / ((double)count_of(&b) - 1.0);
    b.x = case_floats(c, t);
    b.gamma = per_channel(c, 1, b.shape.c, !c->torch, 1.0f);
    b.beta = per_channel(c, 2, b.shape.c, !c->torch, 0.0f);
    b.mean = per_channel(c, 3, b.shape.c, statistics, 0.0f);
    b.var = per_channel(c, 4, b.shape.c, statistics, 1.0f);
    b.y = case_expect(c, "output", 0, x, false);
    b.new_mean = case_expect(c, "output", 1, channels, false);
    b.new_var = case_expect(c, "output", 2, channels, false);
    read_gradients(c, &b, x, channels);
    b.saved_mean = case_memory(c, b.shape.c, sizeof *b.saved_mean);
    b.saved_invstd = case_memory(c, b.shape.c, sizeof *b.saved_invstd);
    b.mean_memory = case_memory(c, b.shape.c, sizeof *b.mean_memory);
    b.invstd_memory = case_memory(c, b.shape.c, sizeof *b.invstd_memory);
    if (!case_ready(c))
        return;
    for (int k = 0; k < b.shape.c; k++)
        b.var[k] = (float)((double)b.var[k] * b.variance_ratio);
    if (training)
        train_reference(c, &b);
    else
        eval_reference(&b);
    carry_forward(&b);
    if (b.dx)
        carry_backward(&b);
    case_judge_reference(c, concept);
    for (size_t i = 0; i < batchnorm2d_variant_count; i++) {
        const batchnorm2d_variant *const row = &batchnorm2d_variants[i];
        if (case_wants(c, &row->info))
            case_judge(c, concept, &row->info, run_row(row, &b));
    }
}

/* Training: opset 1 and 6 unless is_test, from 14 on where training_mode says so; in between where
 * more than Y is asked for, with statistics that were never pinned down. */
void case_onnx_batch_norm(conformance_case *c)
{
    enum { NO_IS_TEST = 7, NO_SPATIAL = 9, TRAINING_MODE = 14 };
    bool training = false;

    if (c->opset < 6)
        case_list_length(c, "consumed_inputs");
    if (c->opset < NO_SPATIAL && !case_bool(c, "spatial", true))
        case_skip(c, "spatial = 0: statistics for each element");
    if (c->opset < NO_IS_TEST)
        training = !case_bool(c, "is_test", false);
    if (c->opset >= TRAINING_MODE)
        training = case_bool(c, "training_mode", false);
    if (c->opset < TRAINING_MODE && json_array_size(c->outputs) > 1)
        case_skip(c, "training outputs before opset 14");
    const double eps = case_real(c, "epsilon", (double)1e-5f);
    const double momentum = case_real(c, "momentum", (double)0.9f);
    batch_norm(c, training, eps, 1.0 - momentum);
}

void case_torch_batch_norm(conformance_case *c)
{
    const bool training = case_bool(c, "training", false);
    const double momentum = case_real(c, "momentum", 0.1), eps = case_real(c, "eps", 1e-5);

    batch_norm(c, training, eps, momentum);
}
