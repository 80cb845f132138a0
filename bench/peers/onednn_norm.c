/* onednn_norm.c: batch normalisation by oneDNN, in training and evaluation, forward and backward.
 *
 * Idea: the library saves mean and biased variance; we save mean and 1 / sqrt(variance + eps), and
 *       keep running statistics, which it does not. These few numbers per channel are computed in
 *       run(): whoever trains with the library must do so. Backward of training, it is given
 *       the variance 1 / invstd^2 and an eps of 0.
 * Layout: nchw, which the library takes as it is; for `onednn` channels are blocked. */
#ifdef PEER_ONEDNN

#include "bench/peers/onednn_state.h"

#include <string.h>

#include "kernels/batchnorm2d/batchnorm2d.h"

typedef struct {
    dnnl_memory_desc_t x, channels, their_x;
    unsigned flags;
    float eps;
} norm;

static const batchnorm2d_shape *shape_of(const check_problem *p)
{
    return (const batchnorm2d_shape *)p->shape;
}

/* ---- What the library leaves to its user ---- */

static void update_running(onednn_state *state, const check_problem *p)
{
    const batchnorm2d_shape *const s = shape_of(p);
    const float *const mean = onednn_data(state, DNNL_ARG_MEAN);
    const float *const var = onednn_data(state, DNNL_ARG_VARIANCE);
    float *const invstd = check_data(p, "saved_invstd");
    float *const running_mean = check_data(p, "running_mean");
    float *const running_var = check_data(p, "running_var");
    const double count = (double)s->n * s->h * s->w;
    const float unbiased = (float)(count / (count - 1.0)), m = s->momentum;

    for (int c = 0; c < s->c; c++) {
        invstd[c] = 1.0f / sqrtf(var[c] + s->eps);
        running_mean[c] = (1.0f - m) * running_mean[c] + m * mean[c];
        running_var[c] = (1.0f - m) * running_var[c] + m * (var[c] * unbiased);
    }
}

static void restore_variance(onednn_state *state, const check_problem *p)
{
    const float *const invstd = check_data(p, "saved_invstd");
    float *const var = onednn_data(state, DNNL_ARG_VARIANCE);

    for (int c = 0; c < shape_of(p)->c; c++)
        var[c] = (float)(1.0 / ((double)invstd[c] * (double)invstd[c]));
}

/* ---- Opening ---- */

static bool init_forward(const norm *v, dnnl_batch_normalization_desc_t *d)
{
    return dnnl_batch_normalization_forward_desc_init(d, dnnl_forward_training, &v->their_x,
                                                      v->eps, v->flags) == dnnl_success;
}

static void *open_forward(const check_problem *p, const norm *v, bool train)
{
    dnnl_batch_normalization_desc_t d;

    if (!init_forward(v, &d))
        return NULL;
    onednn_state *const s = onednn_open(&d, NULL, NULL);
    onednn_bind(s, p, DNNL_ARG_SRC, ONEDNN_READ, "x", &v->x);
    onednn_bind(s, p, DNNL_ARG_SCALE, ONEDNN_READ, "gamma", &v->channels);
    onednn_bind(s, p, DNNL_ARG_SHIFT, ONEDNN_READ, "beta", &v->channels);
    onednn_bind(s, p, DNNL_ARG_DST, ONEDNN_WRITE, "y", &v->x);
    if (train) {
        onednn_bind(s, p, DNNL_ARG_MEAN, ONEDNN_WRITE, "saved_mean", &v->channels);
        if (onednn_bind_own(s, DNNL_ARG_VARIANCE, ONEDNN_WRITE, &v->channels))
            s->after_run = update_running;
    } else {
        onednn_bind(s, p, DNNL_ARG_MEAN, ONEDNN_READ, "running_mean", &v->channels);
        onednn_bind(s, p, DNNL_ARG_VARIANCE, ONEDNN_READ, "running_var", &v->channels);
    }
    return onednn_ready(s);
}

static void *open_backward(const check_problem *p, const norm *v, bool train)
{
    dnnl_batch_normalization_desc_t forward, d;

    if (!init_forward(v, &forward) ||
        dnnl_batch_normalization_backward_desc_init(&d, dnnl_backward, &v->their_x, &v->their_x,
                                                    v->eps, v->flags) != dnnl_success)
        return NULL;
    onednn_state *const s = onednn_open(&d, NULL, onednn_describe(&forward, NULL, NULL));
    onednn_bind(s, p, DNNL_ARG_SRC, ONEDNN_READ, "x", &v->x);
    onednn_bind(s, p, DNNL_ARG_DIFF_DST, ONEDNN_READ, "dy", &v->x);
    onednn_bind(s, p, DNNL_ARG_SCALE, ONEDNN_READ, "gamma", &v->channels);
    /* No gradient depends on it, but version 2.6 refuses to run without. */
    onednn_bind(s, p, DNNL_ARG_SHIFT, ONEDNN_READ, "beta", &v->channels);
    onednn_bind(s, p, DNNL_ARG_DIFF_SRC, ONEDNN_WRITE, "dx", &v->x);
    onednn_bind(s, p, DNNL_ARG_DIFF_SCALE, ONEDNN_WRITE, "dgamma", &v->channels);
    onednn_bind(s, p, DNNL_ARG_DIFF_SHIFT, ONEDNN_WRITE, "dbeta", &v->channels);
    if (train) {
        onednn_bind(s, p, DNNL_ARG_MEAN, ONEDNN_READ, "saved_mean", &v->channels);
        if (onednn_bind_own(s, DNNL_ARG_VARIANCE, ONEDNN_READ, &v->channels))
            s->before_run = restore_variance;
    } else {
        onednn_bind(s, p, DNNL_ARG_MEAN, ONEDNN_READ, "running_mean", &v->channels);
        onednn_bind(s, p, DNNL_ARG_VARIANCE, ONEDNN_READ, "running_var", &v->channels);
    }
    return onednn_ready(s);
}

static void *open_norm(const check_problem *p, int pass, bool blocked)
{
    const batchnorm2d_shape *const s = shape_of(p);
    const bool train = peer_pass_is(p, pass, "train_forward") ||
                       peer_pass_is(p, pass, "train_backward");
    const bool forward = peer_pass_is(p, pass, "train_forward") ||
                         peer_pass_is(p, pass, "eval_forward");

    if (s->n == 0)                              /* nothing to time */
        return NULL;
    norm v = { .x = onednn_dense(4, (const dnnl_dims_t){ s->n, s->c, s->h, s->w }),
               .channels = onednn_dense(1, (const dnnl_dims_t){ s->c }),
               .flags = dnnl_use_scale | dnnl_use_shift | (train ? 0u : dnnl_use_global_stats),
               .eps = train && !forward ? 0.0f : s->eps };
    v.their_x = blocked ? onednn_blocked(&v.x) : v.x;
    return forward ? open_forward(p, &v, train) : open_backward(p, &v, train);
}

void *onednn_open_batchnorm2d_blocked(const check_problem *p, int pass)
{
    return open_norm(p, pass, true);
}

void *onednn_open_batchnorm2d_nchw(const check_problem *p, int pass)
{
    return open_norm(p, pass, false);
}

#endif
