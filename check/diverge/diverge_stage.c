/* diverge_stage.c: tensors and references of the stages of a training step.
 *
 * Kernels get their shapes from the plan, for the whole planned batch: training drops the last,
 * partial batch of an epoch. */
#include "check/diverge/diverge_stage.h"

#include <string.h>

#include "reference/activation_reference.h"
#include "reference/adam_reference.h"
#include "reference/add_reference.h"
#include "reference/batchnorm2d_reference.h"
#include "reference/conv1x1_reference.h"
#include "reference/conv2d_reference.h"
#include "reference/dropout_reference.h"
#include "reference/linear_reference.h"
#include "reference/mse_reference.h"
#include "reference/pool2d_reference.h"
#include "reference/softmax_ce_reference.h"

static const float one = 1.0f;

int diverge_stages(const plan *p, diverge_stage stages[DIVERGE_MAX_STAGES])
{
    const int layers = p->net->layer_count;
    int count = 0;

    for (int i = 0; i < layers; i++)
        stages[count++] = (diverge_stage){ DIVERGE_FORWARD, i };
    if (p->options.loss != LOSS_NONE) {
        stages[count++] = (diverge_stage){ DIVERGE_LOSS, layers - 1 };
        stages[count++] = (diverge_stage){ DIVERGE_LOSS_GRADIENT, layers - 1 };
    }
    for (int i = layers - 1; i >= 0; i--)
        stages[count++] = (diverge_stage){ DIVERGE_BACKWARD, i };
    stages[count++] = (diverge_stage){ DIVERGE_UPDATE, 0 };
    return count;
}

/* ---- which tensors ---- */

typedef enum { READ, WRITTEN, UPDATED } access;

static diverge_tensor *declare(diverge_tensors *t, access a, const char *name, void *data)
{
    diverge_tensor *const new = &t->tensor[t->count++];

    *new = (diverge_tensor){ .name = name, .data = data, .read = a != WRITTEN,
                             .written = a != READ, .type = CHECK_FLOAT, .rank = 1,
                             .extent = { 1, 1, 1, 1 }, .count = 1 };
    return new;
}

/* A batch of images [n][c][h][w], or [n][c] where they have one pixel. */
static diverge_tensor *declare_images(diverge_tensors *t, access a, const char *name, void *data,
                                      int n, net_extent e)
{
    diverge_tensor *const new = declare(t, a, name, data);

    new->rank = e.h == 1 && e.w == 1 ? 2 : 4;
    memcpy(new->extent, (int[]){ n, e.c, e.h, e.w }, sizeof new->extent);
    new->image = net_extent_count(e);
    new->count = n * new->image;
    return new;
}

/* Something of the same shape as a saved tensor: itself, its gradient, a moment. */
static void declare_like(diverge_tensors *t, access a, const char *name, float *data,
                         const plan_tensor *shape)
{
    diverge_tensor *const new = declare(t, a, name, data);

    new->rank = shape->rank;
    memcpy(new->extent, shape->shape, sizeof new->extent);
    new->count = shape->count;
}

static void list_forward(const plan *p, plan_layer *l, diverge_tensors *t)
{
    const int n = p->options.batch;

    if (l->layer->kind == LAYER_FLATTEN)
        return;
    declare_images(t, READ, "x", l->x, n, l->in);
    if (l->skip)
        declare_images(t, READ, "skip", l->skip, n, l->in);
    if (l->weight) {
        declare_like(t, READ, "weight", l->weight->value, l->weight);
        declare_like(t, READ, "bias", l->bias->value, l->bias);
    }
    if (l->mask && l->run.dropout.s.p > 0.0)
        declare_images(t, WRITTEN, "mask", l->mask, n, l->out)->type = CHECK_BYTE;
    if (l->saved_mean) {
        declare_like(t, WRITTEN, "saved_mean", l->saved_mean, l->running_mean);
        declare_like(t, WRITTEN, "saved_invstd", l->saved_invstd, l->running_var);
    }
    declare_images(t, WRITTEN, "y", l->y, n, l->out);
    if (l->index)
        declare_images(t, WRITTEN, "index", l->index, n, l->out)->type = CHECK_INT32;
    if (l->running_mean) {
        declare_like(t, UPDATED, "running_mean", l->running_mean->value, l->running_mean);
        declare_like(t, UPDATED, "running_var", l->running_var->value, l->running_var);
    }
}

static void list_backward(const plan *p, plan_layer *l, diverge_tensors *t)
{
    const int n = p->options.batch;

    if (l->layer->kind == LAYER_FLATTEN)
        return;
    declare_images(t, READ, "dy", l->dy, n, l->out);
    declare_images(t, READ, "x", l->x, n, l->in);
    if (l->layer->kind == LAYER_ACTIVATION)
        declare_images(t, READ, "y", l->y, n, l->out);
    if (l->index)
        declare_images(t, READ, "index", l->index, n, l->out)->type = CHECK_INT32;
    if (l->mask && l->run.dropout.s.p > 0.0)
        declare_images(t, READ, "mask", l->mask, n, l->out)->type = CHECK_BYTE;
    if (l->saved_mean) {
        declare_like(t, READ, "saved_mean", l->saved_mean, l->running_mean);
        declare_like(t, READ, "saved_invstd", l->saved_invstd, l->running_var);
    }
    if (l->weight) {
        declare_like(t, READ, "weight", l->weight->value, l->weight);
        declare_like(t, WRITTEN, "dweight", l->weight->grad, l->weight);
        declare_like(t, WRITTEN, "dbias", l->bias->grad, l->bias);
    }
    declare_images(t, l->accumulate ? UPDATED : WRITTEN, "dx", l->dx, n, l->in);
    if (l->dskip)
        declare_images(t, WRITTEN, "dskip", l->dskip, n, l->in);
}

static void list_loss(plan *p, bool gradient, diverge_tensors *t)
{
    const net_extent out = p->layers[p->net->layer_count - 1].out;
    const int n = p->options.batch;

    if (p->options.loss == LOSS_CROSS_ENTROPY) {
        declare_images(t, READ, "labels", p->labels, n, (net_extent){ 1, 1, 1 })->type =
            CHECK_INT32;
        declare_images(t, gradient ? READ : WRITTEN, "log_probabilities", p->log_probabilities, n,
                       out);
    } else {
        declare_images(t, READ, "target", p->target, n, out);
    }
    declare_images(t, READ, "output", p->output, n, out);
    if (gradient)
        declare_images(t, WRITTEN, "doutput", p->doutput, n, out);
    else
        declare(t, WRITTEN, "loss", &p->loss);
}

/* Four tensors per parameter, in this order. */
static void list_update(plan *p, diverge_tensors *t)
{
    for (int i = 0; i < p->net->layer_count; i++) {
        plan_layer *const l = &p->layers[i];
        const int before = t->count;
        if (!l->weight)
            continue;
        declare_like(t, READ, "dweight", l->weight->grad, l->weight);
        declare_like(t, UPDATED, "weight", l->weight->value, l->weight);
        declare_like(t, UPDATED, "m.weight", l->weight->m, l->weight);
        declare_like(t, UPDATED, "v.weight", l->weight->v, l->weight);
        declare_like(t, READ, "dbias", l->bias->grad, l->bias);
        declare_like(t, UPDATED, "bias", l->bias->value, l->bias);
        declare_like(t, UPDATED, "m.bias", l->bias->m, l->bias);
        declare_like(t, UPDATED, "v.bias", l->bias->v, l->bias);
        for (int k = before; k < t->count; k++)
            t->tensor[k].layer = l->layer;
    }
}

ptrdiff_t diverge_list(plan *p, diverge_stage stage, exact *room, diverge_tensors *t)
{
    plan_layer *const l = &p->layers[stage.layer];
    ptrdiff_t used = 0;

    t->count = 0;
    switch (stage.pass) {
    case DIVERGE_FORWARD: list_forward(p, l, t); break;
    case DIVERGE_BACKWARD: list_backward(p, l, t); break;
    case DIVERGE_LOSS: list_loss(p, false, t); break;
    case DIVERGE_LOSS_GRADIENT: list_loss(p, true, t); break;
    case DIVERGE_UPDATE: list_update(p, t); break;
    }
    for (int i = 0; i < t->count; i++) {
        diverge_tensor *const each = &t->tensor[i];
        if (stage.pass == DIVERGE_FORWARD || stage.pass == DIVERGE_BACKWARD)
            each->layer = l->layer;
        if (!each->written)
            continue;
        each->expected = room ? room + used : NULL;
        used += each->count;
    }
    return used;
}

/* ---- what they ought to be ---- */

/* Where the expected values of a tensor of the stage go. */
static exact *want(const diverge_tensors *t, const char *name)
{
    for (int i = 0; i < t->count; i++)
        if (t->tensor[i].written && strcmp(t->tensor[i].name, name) == 0)
            return t->tensor[i].expected;
    return NULL;
}

/* As step.h says, the mask is drawn only if 0 < p < 1; without one y is x. */
static void expect_dropout(const plan_layer *l, rng *r, const diverge_tensors *t)
{
    const double p = l->run.dropout.s.p;
    const dropout_shape single = { 1, p };
    exact *const y = want(t, "y"), *const mask = want(t, "mask");

    for (ptrdiff_t i = 0; i < l->run.dropout.s.count; i++) {
        const uint8_t kept = p <= 0.0 || (p < 1.0 && rng_uniform_double(r) < 1.0 - p);
        if (mask)
            mask[i] = (exact){ .value = kept };
        dropout_reference_forward(&single, &l->x[i], &kept, &y[i]);
    }
}

static void expect_forward(const plan_layer *l, rng *r, const diverge_tensors *t)
{
    const float *const w = l->weight ? l->weight->value : NULL;
    const float *const b = l->bias ? l->bias->value : NULL;
    exact *const y = want(t, "y");

    switch (l->layer->kind) {
    case LAYER_CONV2D: conv2d_reference_forward(&l->run.conv2d.s, l->x, w, b, y); break;
    case LAYER_CONV1X1: conv1x1_reference_forward(&l->run.conv1x1.s, l->x, w, b, y); break;
    case LAYER_LINEAR: linear_reference_forward(&l->run.linear.s, l->x, w, b, y); break;
    case LAYER_BATCHNORM2D:
        batchnorm2d_reference_train_forward(&l->run.batchnorm2d.s, l->x, w, b,
                                            l->running_mean->value, l->running_var->value, y,
                                            want(t, "saved_mean"), want(t, "saved_invstd"),
                                            want(t, "running_mean"), want(t, "running_var"));
        break;
    case LAYER_ACTIVATION: activation_reference_forward(&l->run.activation.s, l->x, y); break;
    case LAYER_MAX_POOL2D:
        pool2d_reference_max_forward(&l->run.pool2d.s, l->x, y, want(t, "index"));
        break;
    case LAYER_DROPOUT: expect_dropout(l, r, t); break;
    case LAYER_ADD: add_reference_forward(&l->run.add.s, l->x, l->skip, y); break;
    case LAYER_FLATTEN: break;
    }
}

static void expect_layer_gradients(const plan_layer *l, const diverge_tensors *t)
{
    const float *const w = l->weight ? l->weight->value : NULL;
    exact *const dx = want(t, "dx"), *const dw = want(t, "dweight"), *const db = want(t, "dbias");

    switch (l->layer->kind) {
    case LAYER_CONV2D:
        conv2d_reference_backward_weights(&l->run.conv2d.s, l->x, l->dy, dw, db);
        conv2d_reference_backward_data(&l->run.conv2d.s, l->dy, w, dx);
        break;
    case LAYER_CONV1X1:
        conv1x1_reference_backward_weights(&l->run.conv1x1.s, l->x, l->dy, dw, db);
        conv1x1_reference_backward_data(&l->run.conv1x1.s, l->dy, w, dx);
        break;
    case LAYER_LINEAR:
        linear_reference_backward_weights(&l->run.linear.s, l->x, l->dy, dw, db);
        linear_reference_backward_data(&l->run.linear.s, l->dy, w, dx);
        break;
    case LAYER_BATCHNORM2D:
        batchnorm2d_reference_train_backward(&l->run.batchnorm2d.s, l->x, w, l->saved_mean,
                                             l->saved_invstd, l->dy, dx, dw, db);
        break;
    case LAYER_ACTIVATION:
        activation_reference_backward(&l->run.activation.s, l->x, l->y, l->dy, dx);
        break;
    case LAYER_MAX_POOL2D:
        pool2d_reference_max_backward(&l->run.pool2d.s, l->dy, l->index, dx);
        break;
    case LAYER_DROPOUT:
        for (ptrdiff_t i = 0; i < l->run.dropout.s.count; i++) {
            const uint8_t kept = l->run.dropout.s.p <= 0.0 || l->mask[i];
            const dropout_shape single = { 1, l->run.dropout.s.p };
            dropout_reference_backward(&single, &l->dy[i], &kept, &dx[i]);
        }
        break;
    case LAYER_ADD: add_reference_backward(&l->run.add.s, l->dy, dx, want(t, "dskip")); break;
    case LAYER_FLATTEN: break;
    }
}

/* Where a skip has left its gradient in dx, the layer adds its own: one rounding more. */
static void expect_backward(const plan *p, const plan_layer *l, const diverge_tensors *t)
{
    exact *const dx = want(t, "dx");

    expect_layer_gradients(l, t);
    for (ptrdiff_t i = 0; l->accumulate && i < p->options.batch * net_extent_count(l->in); i++) {
        exact_add(&dx[i], (double)l->dx[i]);
        dx[i].terms += 1.0;
    }
}

static void expect_loss(const plan *p, const diverge_tensors *t)
{
    const net_extent out = p->layers[p->net->layer_count - 1].out;
    const softmax_ce_shape ce = softmax_ce_shape_plain(p->options.batch, out.c);
    const mse_shape mse = { p->options.batch * net_extent_count(out), true };

    if (p->options.loss == LOSS_CROSS_ENTROPY)
        ce_reference_forward(&ce, p->output, p->labels, NULL, want(t, "log_probabilities"),
                             want(t, "loss"));
    else
        mse_reference_forward(&mse, p->output, p->target, want(t, "loss"));
}

static void expect_loss_gradient(const plan *p, const diverge_tensors *t)
{
    const net_extent out = p->layers[p->net->layer_count - 1].out;
    const softmax_ce_shape ce = softmax_ce_shape_plain(p->options.batch, out.c);
    const mse_shape mse = { p->options.batch * net_extent_count(out), true };

    if (p->options.loss == LOSS_CROSS_ENTROPY)
        ce_reference_backward(&ce, p->log_probabilities, p->labels, NULL, &one,
                              want(t, "doutput"));
    else
        mse_reference_backward(&mse, p->output, p->target, &one, want(t, "doutput"));
}

static void expect_update(const plan *p, double lr, const diverge_tensors *t)
{
    for (int i = 0; i < t->count; i += 4) {
        const diverge_tensor *const g = &t->tensor[i], *const w = g + 1, *const m = g + 2,
                             *const v = g + 3;
        adam_options o = adam_options_default(g->count);
        o.lr = lr;
        adam_reference_step(&o, p->step + 1, g->data, w->data, m->data, v->data, NULL,
                            w->expected, m->expected, v->expected, NULL);
    }
}

void diverge_expect(const plan *p, diverge_stage stage, double lr, rng *r, diverge_tensors *t)
{
    const plan_layer *const l = &p->layers[stage.layer];

    switch (stage.pass) {
    case DIVERGE_FORWARD: expect_forward(l, r, t); break;
    case DIVERGE_BACKWARD: expect_backward(p, l, t); break;
    case DIVERGE_LOSS: expect_loss(p, t); break;
    case DIVERGE_LOSS_GRADIENT: expect_loss_gradient(p, t); break;
    case DIVERGE_UPDATE: expect_update(p, lr, t); break;
    }
}

/* ---- who runs them ---- */

status diverge_run(plan *p, diverge_stage stage, double lr, rng *r)
{
    const int n = p->options.batch;

    switch (stage.pass) {
    case DIVERGE_FORWARD: return step_forward_layer(p, stage.layer, n, STEP_TRAIN, r);
    case DIVERGE_BACKWARD: return step_backward_layer(p, stage.layer, n);
    case DIVERGE_LOSS: return step_loss(p, n);
    case DIVERGE_LOSS_GRADIENT: return step_loss_gradient(p, n);
    case DIVERGE_UPDATE: break;
    }
    return step_update(p, lr);
}

variant_precision diverge_precision(const plan *p, diverge_stage stage)
{
    const variant_info *const layer = p->layers[stage.layer].variant;

    switch (stage.pass) {
    case DIVERGE_FORWARD:
    case DIVERGE_BACKWARD: return layer ? layer->precision : PRECISION_FP32;
    case DIVERGE_LOSS:
    case DIVERGE_LOSS_GRADIENT:
        return p->options.loss == LOSS_MSE ? p->mse->info.precision : p->ce->info.precision;
    case DIVERGE_UPDATE: break;
    }
    return p->adam->info.precision;
}
