/* adam_mutants.c: known-wrong optimiser steps.
 *
 * Idea: one step with a switch for every mistake; each row makes one. info.idea tells the
 *       misconception behind it. */
#include "check/mutants/adam_mutants.h"

#include <math.h>

typedef enum {
    NO_BIAS_CORRECTION, STEP_FROM_ZERO, EPS_INSIDE_ROOT, BETAS_REVERSED, DECOUPLED_DECAY,
    MAX_NOT_USED, MAX_NOT_KEPT, FLOAT_BETAS, SQUARE_OF_MEAN, ROOT_FORGOTTEN, INPUT_DECAYED
} adam_mistake;

static void wrong_adam(adam_mistake wrong, const adam_options *o, int64_t step, const float *grad,
                       float *w, float *m, float *v, float *vmax)
{
    const double t = (double)(wrong == STEP_FROM_ZERO ? step - 1 : step);
    const double unbias1 = wrong == NO_BIAS_CORRECTION ? 1.0 : 1.0 - pow(o->beta1, t);
    const double unbias2 = wrong == NO_BIAS_CORRECTION ? 1.0 : 1.0 - pow(o->beta2, t);
    double old1 = o->beta1, new1 = 1.0 - o->beta1, old2 = o->beta2, new2 = 1.0 - o->beta2;

    if (wrong == BETAS_REVERSED)
        old1 = new1, new1 = o->beta1, old2 = new2, new2 = o->beta2;
    if (wrong == FLOAT_BETAS)
        new1 = (double)(1.0f - (float)o->beta1), new2 = (double)(1.0f - (float)o->beta2);
    for (ptrdiff_t i = 0; i < o->count; i++) {
        double g = (double)grad[i];
        if (wrong != DECOUPLED_DECAY)
            g += o->weight_decay * (double)w[i];
        if (wrong == INPUT_DECAYED)
            ((float *)grad)[i] = (float)g;
        const double mean = old1 * (double)m[i] + new1 * g;
        const double square =
            old2 * (double)v[i] + new2 * (wrong == SQUARE_OF_MEAN ? mean * mean : g * g);
        double second = square;
        if (o->amsgrad) {
            const double most = fmax((double)vmax[i], square);
            vmax[i] = (float)(wrong == MAX_NOT_KEPT ? square : most);
            second = wrong == MAX_NOT_USED ? square : most;
        }
        double denominator = sqrt(second) / sqrt(unbias2) + o->eps;
        if (wrong == EPS_INSIDE_ROOT)
            denominator = sqrt(second / unbias2 + o->eps);
        if (wrong == ROOT_FORGOTTEN)
            denominator = second / unbias2 + o->eps;
        double after = (double)w[i] - o->lr / unbias1 * mean / denominator;
        if (wrong == DECOUPLED_DECAY)
            after -= o->lr * o->weight_decay * (double)w[i];
        w[i] = (float)after;
        m[i] = (float)mean;
        v[i] = (float)square;
    }
}

#define ADAM(name, mistake)                                                                      \
    static void name(const adam_options *o, int64_t step, const float *grad, float *w, float *m, \
                     float *v, float *vmax)                                                      \
    {                                                                                            \
        wrong_adam(mistake, o, step, grad, w, m, v, vmax);                                       \
    }

ADAM(no_bias_correction, NO_BIAS_CORRECTION)
ADAM(step_from_zero, STEP_FROM_ZERO)
ADAM(eps_inside_root, EPS_INSIDE_ROOT)
ADAM(betas_reversed, BETAS_REVERSED)
ADAM(decoupled_decay, DECOUPLED_DECAY)
ADAM(max_not_used, MAX_NOT_USED)
ADAM(max_not_kept, MAX_NOT_KEPT)
ADAM(float_betas, FLOAT_BETAS)
ADAM(square_of_mean, SQUARE_OF_MEAN)
ADAM(root_forgotten, ROOT_FORGOTTEN)
ADAM(input_decayed, INPUT_DECAYED)

typedef enum {
    UPHILL, DECAY_FORGOTTEN, FIRST_STEP_DAMPED, NESTEROV_IGNORED, RATE_IN_BUFFER
} sgd_mistake;

static void wrong_sgd(sgd_mistake wrong, const sgd_options *o, int64_t step, const float *grad,
                      float *w, float *buf)
{
    for (ptrdiff_t i = 0; i < o->count; i++) {
        const double decay = wrong == DECAY_FORGOTTEN ? 0.0 : o->weight_decay;
        const double g = (double)grad[i] + decay * (double)w[i];
        double direction = g;
        if (o->momentum != 0.0) {
            const double scale = wrong == RATE_IN_BUFFER ? o->lr : 1.0;
            double kept = scale * g;
            if (step > 1)
                kept = o->momentum * (double)buf[i] + (1.0 - o->dampening) * scale * g;
            else if (wrong == FIRST_STEP_DAMPED)
                kept = (1.0 - o->dampening) * g;
            buf[i] = (float)kept;
            direction = kept / scale;
            if (o->nesterov && wrong != NESTEROV_IGNORED)
                direction = g + o->momentum * kept / scale;
        }
        w[i] = (float)((double)w[i] + (wrong == UPHILL ? o->lr : -o->lr) * direction);
    }
}

#define SGD(name, mistake)                                                                       \
    static void name(const sgd_options *o, int64_t step, const float *grad, float *w, float *buf) \
    {                                                                                            \
        wrong_sgd(mistake, o, step, grad, w, buf);                                               \
    }

SGD(uphill, UPHILL)
SGD(decay_forgotten, DECAY_FORGOTTEN)
SGD(first_step_damped, FIRST_STEP_DAMPED)
SGD(nesterov_ignored, NESTEROV_IGNORED)
SGD(rate_in_buffer, RATE_IN_BUFFER)

const adam_variant adam_mutants[] = {
    { .info = { "no-bias-correction", SPACE_HOST, PRECISION_FP32,
                "the moments start at zero and are used as they are: early steps go wrong" },
      .adam = no_bias_correction },
    { .info = { "step-from-zero", SPACE_HOST, PRECISION_FP32,
                "steps are counted from 0: 1 - beta^0 is 0, and the first step divides by it" },
      .adam = step_from_zero },
    { .info = { "eps-inside-root", SPACE_HOST, PRECISION_FP32,
                "sqrt(v + eps) instead of sqrt(v) + eps" },
      .adam = eps_inside_root },
    { .info = { "betas-reversed", SPACE_HOST, PRECISION_FP32,
                "beta weighs the new gradient and 1 - beta the past: it is the other way round" },
      .adam = betas_reversed },
    { .info = { "decoupled-decay", SPACE_HOST, PRECISION_FP32,
                "weight decay acts on the weights directly: that is AdamW, not Adam" },
      .adam = decoupled_decay },
    { .info = { "max-not-used", SPACE_HOST, PRECISION_FP32,
                "amsgrad keeps the largest second moment, but the step divides by the latest" },
      .adam = max_not_used },
    { .info = { "max-not-kept", SPACE_HOST, PRECISION_FP32,
                "amsgrad's maximum is overwritten by the latest second moment" },
      .adam = max_not_kept },
    { .info = { "float-betas", SPACE_HOST, PRECISION_FP32,
                "1 - beta in float: of 0.999 only 3 digits are left over; compute it in double" },
      .adam = float_betas },
    { .info = { "square-of-mean", SPACE_HOST, PRECISION_FP32,
                "the second moment averages the squared mean instead of the squared gradient" },
      .adam = square_of_mean },
    { .info = { "root-forgotten", SPACE_HOST, PRECISION_FP32,
                "the step divides by the second moment instead of its square root" },
      .adam = root_forgotten },
    { .info = { "gradient-changed", SPACE_HOST, PRECISION_FP32,
                "weight decay is added into the caller's gradient" },
      .adam = input_decayed },
    { .info = { "uphill", SPACE_HOST, PRECISION_FP32,
                "the step follows the gradient: that climbs; descent goes against it" },
      .sgd = uphill },
    { .info = { "decay-forgotten", SPACE_HOST, PRECISION_FP32, "weight_decay is ignored" },
      .sgd = decay_forgotten },
    { .info = { "first-step-damped", SPACE_HOST, PRECISION_FP32,
                "dampening is applied at step 1 too, where the buffer is the gradient itself" },
      .sgd = first_step_damped },
    { .info = { "nesterov-ignored", SPACE_HOST, PRECISION_FP32,
                "plain momentum where Nesterov's look-ahead was asked for" },
      .sgd = nesterov_ignored },
    { .info = { "rate-in-buffer", SPACE_HOST, PRECISION_FP32,
                "the learning rate is folded into the momentum buffer, which keeps an old one" },
      .sgd = rate_in_buffer },
};

const size_t adam_mutant_count = sizeof adam_mutants / sizeof adam_mutants[0];
