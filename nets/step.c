/* step.c: carries out what nets/plan.c has decided. */
#include "nets/step.h"

#include <omp.h>
#include <string.h>

#include "kernels/core/device.h"
#include "nets/resident.h"

static status check_batch(const plan *p, int n)
{
    if (n < 0 || n > p->options.batch)
        return STATUS_SHAPE;
    return omp_get_max_threads() > p->threads ? STATUS_UNSUPPORTED : STATUS_OK;
}

/* ---- memory of the plan, wherever it is ---- */

static status copy(const plan *p, float *to, const float *from, ptrdiff_t count)
{
    const size_t bytes = (size_t)count * sizeof *to;

    if (p->space == SPACE_CUDA)
        return device_copy(to, from, bytes);
    memcpy(to, from, bytes);
    return STATUS_OK;
}

static status clear(const plan *p, uint8_t *to, ptrdiff_t count)
{
    if (p->space == SPACE_CUDA)
        return device_fill(to, 0, (size_t)count);
    memset(to, 0, (size_t)count);
    return STATUS_OK;
}

/* Runs `call`, in which the plan is named twin, on the device and returns from the function, if
 * that is where the plan lives. */
#define ON_DEVICE(p, call)                                                                        \
    if ((p)->device) {                                                                            \
        plan *const twin = resident_twin(p);                                                      \
        status there = resident_up(p);                                                            \
        if (there == STATUS_OK)                                                                   \
            there = (call);                                                                       \
        const status back = resident_down(p);                                                     \
        return there != STATUS_OK ? there : back;                                                 \
    }

/* ---- forward ---- */

static status forward_batchnorm(plan_layer *l, int n, step_mode mode)
{
    batchnorm2d_shape *const s = &l->run.batchnorm2d.s;
    const batchnorm2d_variant *const v = l->run.batchnorm2d.v;

    s->n = n;
    if (mode == STEP_EVAL)
        return batchnorm2d_eval_forward(v, s, l->x, l->weight->value, l->bias->value,
                                        l->running_mean->value, l->running_var->value, l->y);
    l->batches_tracked++;
    return batchnorm2d_train_forward(v, s, l->x, l->weight->value, l->bias->value,
                                     l->running_mean->value, l->running_var->value, l->y,
                                     l->saved_mean, l->saved_invstd);
}

/* Dropout with p == 0 and in evaluation draws nothing, as in PyTorch; neither does p == 1. */
static status forward_dropout(const plan *p, plan_layer *l, ptrdiff_t count, step_mode mode,
                              rng *r)
{
    dropout_shape *const s = &l->run.dropout.s;
    status result = STATUS_OK;

    s->count = count;
    if (mode == STEP_EVAL || s->p <= 0.0)
        return copy(p, l->y, l->x, count);
    if (s->p >= 1.0)
        result = clear(p, l->mask, count);
    else if (r)
        result = dropout_draw(l->run.dropout.v, s, r, l->mask);
    return result != STATUS_OK ? result
                               : dropout_forward(l->run.dropout.v, s, l->x, l->mask, l->y);
}

status step_forward_layer(plan *p, int layer, int n, step_mode mode, rng *r)
{
    ON_DEVICE(p, step_forward_layer(twin, layer, n, mode, r));
    plan_layer *const l = &p->layers[layer];
    const ptrdiff_t count = n * net_extent_count(l->out);
    const status fits = check_batch(p, n);

    if (fits != STATUS_OK)
        return fits;
    switch (l->layer->kind) {
    case LAYER_CONV2D:
        l->run.conv2d.s.n = n;
        return conv2d_forward(l->run.conv2d.v, &l->run.conv2d.s, l->x, l->weight->value,
                              l->bias->value, l->y, p->workspace);
    case LAYER_CONV1X1:
        l->run.conv1x1.s.n = n;
        return conv1x1_forward(l->run.conv1x1.v, &l->run.conv1x1.s, l->x, l->weight->value,
                               l->bias->value, l->y, p->workspace);
    case LAYER_LINEAR:
        l->run.linear.s.n = n;
        return linear_forward(l->run.linear.v, &l->run.linear.s, l->x, l->weight->value,
                              l->bias->value, l->y, p->workspace);
    case LAYER_BATCHNORM2D:
        return forward_batchnorm(l, n, mode);
    case LAYER_ACTIVATION:
        l->run.activation.s.count = count;
        return activation_forward(l->run.activation.v, &l->run.activation.s, l->x, l->y);
    case LAYER_MAX_POOL2D:
        l->run.pool2d.s.n = n;
        return pool2d_max_forward(l->run.pool2d.v, &l->run.pool2d.s, l->x, l->y, l->index);
    case LAYER_DROPOUT:
        return forward_dropout(p, l, count, mode, r);
    case LAYER_ADD:
        l->run.add.s.count = count;
        return add_forward(l->run.add.v, &l->run.add.s, l->x, l->skip, l->y);
    case LAYER_FLATTEN:
        break;
    }
    return STATUS_OK;
}

status step_forward(plan *p, int n, step_mode mode, rng *r)
{
    ON_DEVICE(p, step_forward(twin, n, mode, r));
    status s = STATUS_OK;

    for (int i = 0; i < p->net->layer_count && s == STATUS_OK; i++)
        s = step_forward_layer(p, i, n, mode, r);
    return s;
}

/* ---- loss ---- */

static softmax_ce_shape loss_shape(const plan *p, int n)
{
    return softmax_ce_shape_plain(n, p->layers[p->net->layer_count - 1].out.c);
}

static mse_shape error_shape(const plan *p, int n)
{
    return (mse_shape){ n * net_extent_count(p->layers[p->net->layer_count - 1].out), true };
}

status step_loss(plan *p, int n)
{
    ON_DEVICE(p, step_loss(twin, n));
    const softmax_ce_shape ce = loss_shape(p, n);
    const mse_shape mse = error_shape(p, n);
    status s = check_batch(p, n);

    if (s != STATUS_OK)
        return s;
    if (p->options.loss == LOSS_CROSS_ENTROPY)
        s = ce_forward(p->ce, &ce, p->output, p->labels, NULL, p->log_probabilities, p->loss_out);
    else if (p->options.loss == LOSS_MSE)
        s = mse_forward(p->mse, &mse, p->output, p->target, p->loss_out);
    if (p->space == SPACE_HOST)
        p->loss = *p->loss_out;
    return s;
}

status step_loss_gradient(plan *p, int n)
{
    ON_DEVICE(p, step_loss_gradient(twin, n));
    const softmax_ce_shape ce = loss_shape(p, n);
    const mse_shape mse = error_shape(p, n);
    const status fits = check_batch(p, n);

    if (fits != STATUS_OK)
        return fits;
    switch (p->options.loss) {
    case LOSS_CROSS_ENTROPY:
        return ce_backward(p->ce, &ce, p->log_probabilities, p->labels, NULL, p->one, p->doutput);
    case LOSS_MSE:
        return mse_backward(p->mse, &mse, p->output, p->target, p->one, p->doutput);
    case LOSS_NONE:
        break;
    }
    return STATUS_OK;
}

/* ---- backward ---- */

/* The gradient of each layer's input goes to dx (NULL: nobody wants it), those of its parameters to
 * their tensors. */

static status backward_conv2d(plan *p, plan_layer *l, float *dx)
{
    const conv2d_variant *const v = l->run.conv2d.v;
    const conv2d_shape *const s = &l->run.conv2d.s;
    const status result = conv2d_backward_weights(v, s, l->x, l->dy, l->weight->grad,
                                                  l->bias->grad, p->workspace);
    return result != STATUS_OK || !dx
               ? result
               : conv2d_backward_data(v, s, l->dy, l->weight->value, dx, p->workspace);
}

static status backward_conv1x1(plan *p, plan_layer *l, float *dx)
{
    const conv1x1_variant *const v = l->run.conv1x1.v;
    const conv1x1_shape *const s = &l->run.conv1x1.s;
    const status result = conv1x1_backward_weights(v, s, l->x, l->dy, l->weight->grad,
                                                   l->bias->grad, p->workspace);
    return result != STATUS_OK || !dx
               ? result
               : conv1x1_backward_data(v, s, l->dy, l->weight->value, dx, p->workspace);
}

static status backward_linear(plan *p, plan_layer *l, float *dx)
{
    const linear_variant *const v = l->run.linear.v;
    const linear_shape *const s = &l->run.linear.s;
    const status result = linear_backward_weights(v, s, l->x, l->dy, l->weight->grad,
                                                  l->bias->grad, p->workspace);
    return result != STATUS_OK || !dx
               ? result
               : linear_backward_data(v, s, l->dy, l->weight->value, dx, p->workspace);
}

/* The skip's gradient is stored first; the layer that reads the same tensor adds its own later. */
static status backward_add(plan *p, plan_layer *l, float *dx)
{
    return add_backward(l->run.add.v, &l->run.add.s, l->dy, dx ? dx : p->scratch,
                        l->dskip ? l->dskip : p->scratch);
}

static status backward_dropout(const plan *p, plan_layer *l, float *dx)
{
    const dropout_shape *const s = &l->run.dropout.s;

    if (s->p > 0.0)
        return dropout_backward(l->run.dropout.v, s, l->dy, l->mask, dx);
    return copy(p, dx, l->dy, s->count);
}

static status backward_into(plan *p, plan_layer *l, float *dx)
{
    switch (l->layer->kind) {
    case LAYER_CONV2D: return backward_conv2d(p, l, dx);
    case LAYER_CONV1X1: return backward_conv1x1(p, l, dx);
    case LAYER_LINEAR: return backward_linear(p, l, dx);
    case LAYER_ADD: return backward_add(p, l, dx);
    case LAYER_BATCHNORM2D:
        return batchnorm2d_train_backward(l->run.batchnorm2d.v, &l->run.batchnorm2d.s, l->x,
                                          l->weight->value, l->saved_mean, l->saved_invstd, l->dy,
                                          dx, l->weight->grad, l->bias->grad);
    case LAYER_ACTIVATION:
        return activation_backward(l->run.activation.v, &l->run.activation.s, l->x, l->y, l->dy,
                                   dx);
    case LAYER_MAX_POOL2D:
        return pool2d_max_backward(l->run.pool2d.v, &l->run.pool2d.s, l->dy, l->index, dx);
    case LAYER_DROPOUT: return backward_dropout(p, l, dx);
    case LAYER_FLATTEN: break;
    }
    return STATUS_OK;
}

status step_backward_layer(plan *p, int layer, int n)
{
    ON_DEVICE(p, step_backward_layer(twin, layer, n));
    plan_layer *const l = &p->layers[layer];
    const status fits = check_batch(p, n);

    if (fits != STATUS_OK)
        return fits;
    if (!l->accumulate || !l->dx)
        return backward_into(p, l, l->dx);

    const add_shape both = { n * net_extent_count(l->in) };
    const status s = backward_into(p, l, p->scratch);
    return s != STATUS_OK ? s : add_forward(p->accumulate, &both, l->dx, p->scratch, l->dx);
}

status step_backward(plan *p, int n)
{
    ON_DEVICE(p, step_backward(twin, n));
    status s = STATUS_OK;

    for (int i = p->net->layer_count - 1; i >= 0 && s == STATUS_OK; i--)
        s = step_backward_layer(p, i, n);
    return s;
}

/* ---- the whole step ---- */

status step_update(plan *p, double lr)
{
    ON_DEVICE(p, step_update(twin, lr));
    adam_options o = adam_options_default(p->parameter_count);

    o.lr = lr;
    p->step++;
    return adam_step(p->adam, &o, p->step, p->grads, p->values, p->m, p->v, NULL);
}

status step_update_counted(plan *p, double lr, int64_t *step)
{
    adam_options o = adam_options_default(p->parameter_count);

    o.lr = lr;
    return adam_step_counted(p->adam, &o, step, p->grads, p->values, p->m, p->v, NULL);
}

status step_train(plan *p, int n, double lr, rng *r)
{
    ON_DEVICE(p, step_train(twin, n, lr, r));
    status s = step_forward(p, n, STEP_TRAIN, r);

    if (s == STATUS_OK)
        s = step_loss(p, n);
    if (s == STATUS_OK)
        s = step_loss_gradient(p, n);
    if (s == STATUS_OK)
        s = step_backward(p, n);
    return s != STATUS_OK ? s : step_update(p, lr);
}
