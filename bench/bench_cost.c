/* bench_cost.c: what one call costs, in FLOP and in bytes.
 *
 * FLOP of gemm and of the layers made of it are their headers' formulas. Where a header says
 * "about" or leaves a pass out (backward of pooling, batch norm, activation, softmax, mse; init's
 * two per draw), the count here is that of the plainest row's expressions, factors that are the
 * same for a whole channel or tensor taken out. Every operation counts 1, an exponential and a
 * square root too, so that a share of the peak is never flattered. Integer work (indices, random
 * bits) counts none.
 *
 * Bytes are a lower bound: each tensor goes once each way, whatever a row does in between. */
#include "bench/bench_case.h"

#include <math.h>
#include <string.h>

#include "kernels/activation/activation.h"
#include "kernels/conv1x1/conv1x1.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/gemm/gemm.h"
#include "kernels/linear/linear.h"
#include "kernels/pool2d/pool2d.h"
#include "kernels/softmax_ce/softmax_ce.h"

static double count_of(const check_problem *p, const char *tensor)
{
    const check_tensor *const t = check_find(p, tensor);
    return t ? (double)t->count : 0.0;
}

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool known(const char *pass, const char *const *names, int count)
{
    for (int i = 0; i < count; i++)
        if (is(pass, names[i]))
            return true;
    return false;
}

/* ---- products: 2 FLOP per multiply-add, the same for all three passes ---- */

static double gemm_flop(const check_problem *p, const char *pass)
{
    static const char *const passes[] = { "forward", "backward_a", "backward_b" };
    const gemm_shape *const s = (const gemm_shape *)p->shape;
    return known(pass, passes, 3) ? 2.0 * s->M * s->N * s->K : (double)NAN;
}

static const char *const layer_passes[] = { "forward", "backward_data", "backward_weights" };

/* Along one axis: how many taps of all windows lie in the image. */
static double taps_inside(int outputs, int extent, int kernel, int stride, int pad, int dilation)
{
    double taps = 0.0;

    for (int o = 0; o < outputs; o++)
        for (int k = 0; k < kernel; k++) {
            const ptrdiff_t i = (ptrdiff_t)o * stride - pad + (ptrdiff_t)k * dilation;
            taps += i >= 0 && i < extent;
        }
    return taps;
}

/* Of the header's formula only what must be done: a tap in the padding multiplies by zero, and not
 * every peer does that. With a 5x5 window on 14x14 it is a sixth. */
static double conv2d_flop(const check_problem *p, const char *pass)
{
    const conv2d_shape *const s = (const conv2d_shape *)p->shape;
    const double rows = taps_inside(s->oh, s->h, s->kernel_h, s->stride_h, s->pad_top,
                                    s->dilation_h);
    const double columns = taps_inside(s->ow, s->w, s->kernel_w, s->stride_w, s->pad_left,
                                       s->dilation_w);
    return known(pass, layer_passes, 3)
           ? 2.0 * s->n * s->oc * (double)(s->c / s->groups) * rows * columns : (double)NAN;
}

static double conv1x1_flop(const check_problem *p, const char *pass)
{
    const conv1x1_shape *const s = (const conv1x1_shape *)p->shape;
    return known(pass, layer_passes, 3) ? 2.0 * s->n * s->oc * s->c * s->h * s->w : (double)NAN;
}

static double linear_flop(const check_problem *p, const char *pass)
{
    const linear_shape *const s = (const linear_shape *)p->shape;
    return known(pass, layer_passes, 3) ? 2.0 * s->n * s->in_features * s->out_features
                                        : (double)NAN;
}

/* ---- the others ---- */

static double no_flop(const check_problem *p, const char *pass)
{
    (void)p;
    return is(pass, "forward") || is(pass, "backward") ? 0.0 : (double)NAN;
}

/* Backward max adds each dy once; backward average spreads it over its window. */
static double pool2d_flop(const check_problem *p, const char *pass)
{
    const pool2d_shape *const s = (const pool2d_shape *)p->shape;
    const double outputs = count_of(p, "y"), window = (double)s->kernel_h * s->kernel_w;

    if (is(pass, "max_backward"))
        return outputs;
    return is(pass, "max_forward") || is(pass, "average_forward") || is(pass, "average_backward")
           ? outputs * window : (double)NAN;
}

/* Forward: mean 1, variance 3, normalising 4. Backward: sums of dy 1 and of dy * (x - mean) 3, and
 * dx = k * (dy - a - b * (x - mean)) 5; in evaluation the statistics are given and dx = k * dy. */
static double batchnorm2d_flop(const check_problem *p, const char *pass)
{
    const double per_element = is(pass, "train_forward")    ? 8.0
                               : is(pass, "train_backward") ? 9.0
                               : is(pass, "eval_forward")   ? 4.0
                               : is(pass, "eval_backward")  ? 5.0 : (double)NAN;
    return per_element * count_of(p, "x");
}

/* relu compares; leaky relu multiplies too; sigmoid is -, exp, +, /; tanh by exponentials is *,
 * exp, -, +, /. Derivatives as in activation.h. */
static double activation_flop(const check_problem *p, const char *pass)
{
    static const double forward[] = { 1.0, 2.0, 4.0, 5.0 }, backward[] = { 1.0, 2.0, 3.0, 3.0 };
    const activation_shape *const s = (const activation_shape *)p->shape;
    const double count = (double)s->count;

    return is(pass, "forward")    ? count * forward[s->kind]
           : is(pass, "backward") ? count * backward[s->kind] : (double)NAN;
}

/* Drawing makes a double of random bits and compares it. */
static double dropout_flop(const check_problem *p, const char *pass)
{
    const double per_element = is(pass, "draw") ? 2.0
                               : is(pass, "forward") || is(pass, "backward") ? 1.0 : (double)NAN;
    return per_element * count_of(p, "x");
}

static double add_flop(const check_problem *p, const char *pass)
{
    return is(pass, "forward") ? count_of(p, "y") : is(pass, "backward") ? 0.0 : (double)NAN;
}

/* Losses of labels: 2 per label, and with smoothing 1 more per element. */
static double nll_flop(const check_problem *p)
{
    const softmax_ce_shape *const s = (const softmax_ce_shape *)p->shape;
    return 2.0 * count_of(p, "labels") + (s->label_smoothing > 0.0f ? count_of(p, "x") : 0.0);
}

/* Maximum, difference, exponential, sum, and a division or difference: 5 per element. */
static double softmax_ce_flop(const check_problem *p, const char *pass)
{
    const double elements = count_of(p, "x");

    if (is(pass, "softmax_forward") || is(pass, "log_softmax_forward"))
        return 5.0 * elements;
    if (is(pass, "softmax_backward") || is(pass, "log_softmax_backward"))
        return 4.0 * elements;
    if (is(pass, "nll_forward") || is(pass, "nll_backward"))
        return nll_flop(p);
    if (is(pass, "ce_forward"))
        return 5.0 * elements + nll_flop(p);
    return is(pass, "ce_backward") ? 3.0 * elements : (double)NAN;
}

static double mse_flop(const check_problem *p, const char *pass)
{
    const double per_element = is(pass, "forward") ? 3.0 : is(pass, "backward") ? 2.0
                                                                                : (double)NAN;
    return per_element * count_of(p, "x");
}

static int param_of(const check_problem *p, const char *name)
{
    for (int i = 0; i < p->concept->param_count; i++)
        if (is(p->concept->param[i].name, name))
            return p->param[i];
    return 0;
}

/* Adam: m 3, v 4, root, two divisions, + eps, * rate, - . SGD: w -= lr * g; momentum 3 more. */
static double adam_flop(const check_problem *p, const char *pass)
{
    const double decay = param_of(p, "decay_permille") ? 2.0 : 0.0;
    double per_element = NAN;

    if (is(pass, "adam"))
        per_element = 13.0 + decay + (check_find(p, "vmax") ? 1.0 : 0.0);
    else if (is(pass, "sgd"))
        per_element = 2.0 + decay + (check_find(p, "buf") ? 3.0 : 0.0) +
                      (param_of(p, "nesterov") ? 2.0 : 0.0);
    return per_element * count_of(p, "w");
}

static double init_flop(const check_problem *p, const char *pass)
{
    return is(pass, "fill") ? 2.0 * (count_of(p, "w") + count_of(p, "next_w")) : (double)NAN;
}

double bench_flop(const check_problem *p, int pass)
{
    static const struct {
        const char *concept;
        double (*flop)(const check_problem *p, const char *pass);
    } formulas[] = {
        { "gemm", gemm_flop },             { "conv2d", conv2d_flop },
        { "pad2d", no_flop },              { "conv1x1", conv1x1_flop },
        { "pool2d", pool2d_flop },         { "batchnorm2d", batchnorm2d_flop },
        { "linear", linear_flop },         { "activation", activation_flop },
        { "dropout", dropout_flop },       { "add", add_flop },
        { "concat", no_flop },             { "softmax_ce", softmax_ce_flop },
        { "mse", mse_flop },               { "adam", adam_flop },
        { "init", init_flop },
    };

    for (size_t i = 0; i < sizeof formulas / sizeof formulas[0]; i++)
        if (is(formulas[i].concept, p->concept->name))
            return formulas[i].flop(p, p->concept->pass[pass].name);
    return NAN;
}

/* ---- bytes ---- */

/* Elements of a tensor that a pass declares to read and that must come from memory. Passes declare
 * what some shape of them reads; these are the exceptions. */
static double elements_read(const check_problem *p, const char *pass, const check_tensor *t)
{
    const char *const concept = p->concept->name;

    if (is(concept, "gemm") && !is(t->name, "a") && !is(t->name, "b") && !is(t->name, "dc"))
        return is(t->name, "c") && ((const gemm_shape *)p->shape)->beta != 0.0f
               ? (double)t->count : 0.0;
    if (is(concept, "activation") && is(pass, "backward") && is(t->name, "y"))
        return 0.0;                             /* x or y is read, by its kind: never both */
    if (is(pass, "nll_forward") && is(t->name, "logp") &&
        ((const softmax_ce_shape *)p->shape)->label_smoothing <= 0.0f)
        return count_of(p, "labels");
    return (double)t->count;
}

double bench_bytes(const check_problem *p, int pass)
{
    const check_pass *const which = &p->concept->pass[pass];
    double bytes = 0.0;

    for (int i = 0; i < p->tensor_count; i++) {
        const check_tensor *const t = &p->tensor[i];
        const double size = t->type == CHECK_BYTE ? 1.0 : 4.0;
        if (check_names(which->reads, t->name))
            bytes += size * elements_read(p, which->name, t);
        if (check_names(which->writes, t->name))
            bytes += size * (double)t->count;
    }
    return bytes;
}
