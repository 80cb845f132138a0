/* training_head.c: the lesson's concept as the checking engine sees it, with one right row and the
 * truth in double precision.
 *
 * How far a float32 step may be off is worked out along the way: a logit errs by its terms, as any
 * sum; the probabilities inherit that; the gradients theirs; and what is left is small beside the
 * old weight. terms is 1 throughout, and magnitude holds error / u. */
#include "lessons/18-mnist/training_head_check.h"

#include <math.h>

enum { LOGITS, TRAIN_STEP };
enum { N, FEATURES, CLASSES, TRAINING, DROP_PERCENT, LR_PERCENT, PARAMS };

static const head_shape *shape_of(const check_problem *p)
{
    return (const head_shape *)p->shape;
}

static void draw(check_random *r, int *param)
{
    static const int batches[] = { 1, 2, 3, 5, 16 }, features[] = { 1, 2, 3, 7, 28, 64 };
    static const int classes[] = { 2, 3, 10, 10, 17 };

    param[N] = check_random_pick(r, 5, batches);
    param[FEATURES] = check_random_pick(r, 6, features);
    param[CLASSES] = check_random_pick(r, 5, classes);
    param[TRAINING] = check_random_chance(r, 2);
    param[DROP_PERCENT] = check_random_pick(r, 3, (const int[]){ 0, 25, 50 });
    param[LR_PERCENT] = check_random_pick(r, 3, (const int[]){ 1, 10, 100 });
}

static status describe(check_problem *p)
{
    const int *const v = p->param;
    head_shape *const s = (head_shape *)p->shape;

    if (v[N] < 1 || v[FEATURES] < 1 || v[CLASSES] < 1 || v[CLASSES] > HEAD_MOST_CLASSES ||
        v[N] > 4096 || v[FEATURES] > 4096)
        return STATUS_SHAPE;
    if (v[DROP_PERCENT] < 0 || v[DROP_PERCENT] >= 100)
        return STATUS_VALUE;
    *s = (head_shape){ .n = v[N], .features = v[FEATURES], .classes = v[CLASSES],
                       .training = v[TRAINING] != 0, .p = (float)v[DROP_PERCENT] / 100.0f,
                       .lr = (float)v[LR_PERCENT] / 100.0f };
    check_declare(p, "pixels", CHECK_BYTE, CHECK_FILL_OWN, 2, (const int[]){ s->n, s->features });
    check_declare(p, "mask", CHECK_BYTE, CHECK_FILL_OWN, 2, (const int[]){ s->n, s->features });
    check_declare_float(p, "x", s->n, s->features, 1, 1);
    check_declare(p, "labels", CHECK_INT32, CHECK_FILL_OWN, 1, (const int[]){ s->n });
    check_declare_float(p, "w", s->classes, s->features, 1, 1);
    check_declare_float(p, "b", s->classes, 1, 1, 1);
    check_declare_float(p, "logits", s->n, s->classes, 1, 1);
    check_declare_float(p, "loss", 1, 1, 1, 1);
    return STATUS_OK;
}

static void prepare(check_problem *p, check_random *r)
{
    const check_tensor *const pixels = check_find(p, "pixels"), *const mask = check_find(p, "mask");
    const check_tensor *const labels = check_find(p, "labels");

    for (ptrdiff_t i = 0; i < pixels->count; i++) {
        ((uint8_t *)pixels->data)[i] = (uint8_t)check_random_int(r, 0, 255);
        ((uint8_t *)mask->data)[i] = check_random_chance(r, 2) ? 1 : 0;
    }
    for (ptrdiff_t i = 0; i < labels->count; i++)
        ((int32_t *)labels->data)[i] = check_random_int(r, 0, p->param[CLASSES] - 1);
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    const head_shape *const s = shape_of(p);
    const head_variant *const v = variant;
    float *const w = check_data(p, "w"), *const b = check_data(p, "b");

    (void)workspace;
    if (pass == LOGITS && v->logits)
        v->logits(s, check_data(p, "pixels"), check_data(p, "mask"), w, b,
                  check_data(p, "logits"));
    else if (pass == TRAIN_STEP && v->train_step)
        v->train_step(s, check_data(p, "x"), check_data(p, "labels"), w, b,
                      check_data(p, "loss"));
    else
        return STATUS_UNSUPPORTED;
    return STATUS_OK;
}

/* ---- The truth ---- */

static const double unit = 0x1p-24;

static exact within(double value, double error)
{
    return (exact){ .value = value, .magnitude = error / unit, .terms = 1.0 };
}

static void reference_logits(const check_problem *p)
{
    const head_shape *const s = shape_of(p);
    const uint8_t *const pixels = check_data(p, "pixels"), *const mask = check_data(p, "mask");
    const float *const w = check_data(p, "w"), *const b = check_data(p, "b");
    exact *logit = check_expected(p, "logits");

    for (int n = 0; n < s->n; n++)
        for (int c = 0; c < s->classes; c++, logit++) {
            *logit = (exact){ .terms = s->features + 6.0 };     /* scaling rounds, too */
            exact_add(logit, (double)b[c]);
            for (int i = 0; i < s->features; i++) {
                double x = pixels[n * s->features + i] / 255.0;
                if (s->training)
                    x = mask[n * s->features + i] ? x / (1.0 - (double)s->p) : 0.0;
                exact_add(logit, (double)w[c * s->features + i] * x);
            }
        }
}

/* g[classes] of one image, and in error[classes] how far off it may be. Returns its loss. */
static exact image_gradient(const head_shape *s, const float *x, const float *w, const float *b,
                            int label, double *g, double *error)
{
    double max = -INFINITY, off = 0.0, sum = 0.0;

    for (int c = 0; c < s->classes; c++) {
        exact z = { .terms = s->features + 2.0 };
        exact_add(&z, (double)b[c]);
        for (int i = 0; i < s->features; i++)
            exact_add(&z, (double)w[c * s->features + i] * (double)x[i]);
        g[c] = z.value;
        max = fmax(max, z.value);
        off = fmax(off, z.terms * unit * z.magnitude);
    }
    for (int c = 0; c < s->classes; c++)
        sum += exp(g[c] - max);
    const double loss = log(sum) - (g[label] - max), roundings = (s->classes + 8.0) * unit;
    const double range = fabs(max) + fabs(g[label]) + log(sum);
    for (int c = 0; c < s->classes; c++) {
        const double far = fabs(g[c] - max) * unit;     /* what the subtraction rounds off */
        const double q = exp(g[c] - max) / sum;
        g[c] = q - (c == label ? 1.0 : 0.0);
        error[c] = q * (2.0 * off + 2.0 * far + roundings) + 2.0 * unit * fabs(g[c]) + 0x1p-126;
    }
    return within(loss, 2.0 * off + roundings * (1.0 + range));
}

static void reference_train_step(const check_problem *p)
{
    const head_shape *const s = shape_of(p);
    const float *const x = check_data(p, "x"), *const w = check_data(p, "w");
    const float *const b = check_data(p, "b");
    const int32_t *const labels = check_data(p, "labels");
    exact *const new_w = check_expected(p, "w"), *const new_b = check_expected(p, "b");
    exact loss = within(0.0, 0.0);
    const double lr = (double)s->lr, share = lr / s->n, roundings = s->n + 5.0;
    double g[HEAD_MOST_CLASSES], error[HEAD_MOST_CLASSES];

    for (int c = 0; c < s->classes; c++) {
        new_b[c] = within((double)b[c], roundings * unit * fabs((double)b[c]));
        for (int i = 0; i < s->features; i++) {
            const double old = (double)w[c * s->features + i];
            new_w[c * s->features + i] = within(old, roundings * unit * fabs(old));
        }
    }
    for (int n = 0; n < s->n; n++) {
        const float *const image = x + n * s->features;
        const exact one = image_gradient(s, image, w, b, labels[n], g, error);
        loss.value += one.value / s->n;
        loss.magnitude += (one.magnitude + roundings * fabs(one.value)) / s->n;
        for (int c = 0; c < s->classes; c++) {
            const double off = (error[c] + roundings * unit * fabs(g[c])) / unit;
            new_b[c].value -= share * g[c];
            new_b[c].magnitude += share * off;
            for (int i = 0; i < s->features; i++) {
                new_w[c * s->features + i].value -= share * g[c] * (double)image[i];
                new_w[c * s->features + i].magnitude += share * off * fabs((double)image[i]);
            }
        }
    }
    *check_expected(p, "loss") = loss;
}

static void reference(const check_problem *p, int pass)
{
    if (pass == LOGITS)
        reference_logits(p);
    else
        reference_train_step(p);
}

/* ---- The table: one row, which the lesson's text trains with ---- */

static void logits_plain(const head_shape *s, const uint8_t *pixels, const uint8_t *mask,
                         const float *w, const float *b, float *logits)
{
    const float grow = 1.0f / (1.0f - s->p);

    for (int n = 0; n < s->n; n++, pixels += s->features, mask += s->features)
        for (int c = 0; c < s->classes; c++) {
            float sum = 0.0f;
            for (int i = 0; i < s->features; i++) {
                const float drop = !s->training ? 1.0f : mask[i] ? grow : 0.0f;
                sum += w[c * s->features + i] * ((float)pixels[i] / 255.0f) * drop;
            }
            logits[n * s->classes + c] = b[c] + sum;
        }
}

/* Image after image the logits, their softmax, the gradient; the weights change at the very end. */
static void train_step_plain(const head_shape *s, const float *x, const int32_t *labels, float *w,
                             float *b, float *loss)
{
    float g[s->n * s->classes], sum_of_losses = 0.0f;

    for (int n = 0; n < s->n; n++) {
        float *const z = g + n * s->classes, max = -INFINITY, sum = 0.0f;
        for (int c = 0; c < s->classes; c++) {
            z[c] = b[c];
            for (int i = 0; i < s->features; i++)
                z[c] += w[c * s->features + i] * x[n * s->features + i];
            max = fmaxf(max, z[c]);
        }
        for (int c = 0; c < s->classes; c++)
            sum += expf(z[c] - max);
        sum_of_losses += logf(sum) + max - z[labels[n]];
        for (int c = 0; c < s->classes; c++)
            z[c] = (expf(z[c] - max) / sum - (float)(c == labels[n])) / (float)s->n;
    }
    *loss = sum_of_losses / (float)s->n;
    for (int c = 0; c < s->classes; c++)
        for (int n = 0; n < s->n; n++) {
            const float change = s->lr * g[n * s->classes + c];
            b[c] -= change;
            for (int i = 0; i < s->features; i++)
                w[c * s->features + i] -= change * x[n * s->features + i];
        }
}

static const head_variant variants[] = {
    { { "plain", SPACE_HOST, PRECISION_FP32, "plain loops" }, logits_plain, train_step_plain },
};
static const size_t variant_count = sizeof variants / sizeof variants[0];

const check_concept check_training_head = {
    .name = "training_head",
    .variants = variants,
    .variant_bytes = sizeof variants[0],
    .variant_count = &variant_count,
    .param_count = PARAMS,
    .param = { { "n", 1 }, { "features", 1 }, { "classes", 2 }, { "training", 1 },
               { "drop_percent", 50 }, { "lr_percent", 100 } },
    .pass_count = 2,
    .pass = { { "logits", "pixels mask w b", "logits", NULL, NULL },
              { "train_step", "x labels w b", "loss w b", NULL, NULL } },
    .draw = draw,
    .describe = describe,
    .prepare = prepare,
    .run = run,
    .reference = reference,
};
