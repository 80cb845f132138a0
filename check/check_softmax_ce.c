/* check_softmax_ce.c: softmax and cross-entropy as the checking engine sees them. */
#include "check/check_adapters.h"
#include "kernels/softmax_ce/softmax_ce.h"
#include "reference/softmax_ce_reference.h"

enum {
    SOFTMAX_FORWARD, SOFTMAX_BACKWARD, LOG_SOFTMAX_FORWARD, LOG_SOFTMAX_BACKWARD, NLL_FORWARD,
    NLL_BACKWARD, CE_FORWARD, CE_BACKWARD
};

enum { N, CLASSES, INNER, REDUCTION, IGNORE_INDEX, SMOOTHING_PERCENT, WEIGHTS, PARAMS };

static const softmax_ce_shape *shape_of(const check_problem *p)
{
    return (const softmax_ce_shape *)p->shape;
}

static void draw(check_random *r, int *param)
{
    static const int batches[] = { 1, 2, 3, 5, 16, 17, 100 };
    static const int class_counts[] = { 1, 2, 3, 7, 10, 10, 10, 33, 100 };
    static const int inners[] = { 1, 1, 1, 1, 2, 5, 63, 64, 65 };

    param[N] = check_random_chance(r, 20) ? 0 : check_random_pick(r, 7, batches);
    param[CLASSES] = check_random_pick(r, 9, class_counts);
    param[INNER] = check_random_chance(r, 30) ? 0 : check_random_pick(r, 9, inners);
    while (param[N] * param[CLASSES] * param[INNER] > 10000)
        param[N] /= 2;
    param[REDUCTION] = check_random_int(r, REDUCTION_NONE, REDUCTION_SUM);
    param[IGNORE_INDEX] = check_random_pick(r, 4, (const int[]){ -100, -100, 0, 2 });
    param[SMOOTHING_PERCENT] = check_random_pick(r, 5, (const int[]){ 0, 0, 10, 35, 100 });
    param[WEIGHTS] = check_random_chance(r, 2);
}

static status describe(check_problem *p)
{
    const int *const v = p->param;
    softmax_ce_shape *const s = (softmax_ce_shape *)p->shape;

    *s = (softmax_ce_shape){ .n = v[N], .classes = v[CLASSES], .inner = v[INNER],
                             .reduction = (loss_reduction)v[REDUCTION],
                             .ignore_index = v[IGNORE_INDEX],
                             .label_smoothing = (float)v[SMOOTHING_PERCENT] / 100.0f };
    const status verdict = softmax_ce_shape_check(s);
    if (verdict != STATUS_OK)
        return verdict;
    check_declare_float(p, "x", s->n, s->classes, s->inner, 1)->special = true;
    check_declare_float(p, "y", s->n, s->classes, s->inner, 1);
    check_declare_float(p, "dy", s->n, s->classes, s->inner, 1);
    check_declare_float(p, "dx", s->n, s->classes, s->inner, 1);
    check_declare_float(p, "logp", s->n, s->classes, s->inner, 1);
    check_declare_float(p, "dlogp", s->n, s->classes, s->inner, 1);
    check_declare(p, "labels", CHECK_INT32, CHECK_FILL_OWN, 2, (const int[]){ s->n, s->inner });
    const bool each = s->reduction == REDUCTION_NONE;
    check_declare_float(p, "loss", each ? s->n : 1, each ? s->inner : 1, 1, 1);
    check_declare_float(p, "dloss", each ? s->n : 1, each ? s->inner : 1, 1, 1);
    if (v[WEIGHTS])
        check_declare_float(p, "class_weights", s->classes, 1, 1, 1)->fill = CHECK_FILL_POSITIVE;
    return STATUS_OK;
}

/* Any class, and in some problems now and then a label to be ignored; rarely all of them. Now and
 * then logits so far apart that an exponential over- or underflows. */
static void prepare(check_problem *p, check_random *r)
{
    const check_tensor *const labels = check_find(p, "labels"), *const x = check_find(p, "x");
    const int classes = p->param[CLASSES];
    const int one_in = check_random_pick(r, 3, (const int[]){ 4, 1000000, 1000000 });
    const bool all_ignored = check_random_chance(r, 40);

    for (ptrdiff_t i = 0; i < labels->count; i++) {
        const bool ignored = all_ignored || check_random_chance(r, one_in);
        ((int32_t *)labels->data)[i] =
            ignored ? p->param[IGNORE_INDEX] : check_random_int(r, 0, classes - 1);
    }
    const float scale = check_random_chance(r, 6) ? 64.0f : 1.0f;
    for (ptrdiff_t i = 0; i < x->count; i++)
        ((float *)x->data)[i] *= scale;
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    const softmax_ce_shape *const s = shape_of(p);
    const int32_t *const labels = check_data(p, "labels");
    const float *const weights = check_data(p, "class_weights");
    const float *const dloss = check_data(p, "dloss"), *const dy = check_data(p, "dy");
    float *const x = check_data(p, "x"), *const dx = check_data(p, "dx");
    float *const y = check_data(p, "y"), *const logp = check_data(p, "logp");

    (void)workspace;
    switch (pass) {
    case SOFTMAX_FORWARD: return softmax_forward(variant, s, x, y);
    case SOFTMAX_BACKWARD: return softmax_backward(variant, s, y, dy, dx);
    case LOG_SOFTMAX_FORWARD: return log_softmax_forward(variant, s, x, y);
    case LOG_SOFTMAX_BACKWARD: return log_softmax_backward(variant, s, y, dy, dx);
    case NLL_FORWARD:
        return nll_forward(variant, s, logp, labels, weights, check_data(p, "loss"));
    case NLL_BACKWARD:
        return nll_backward(variant, s, labels, weights, dloss, check_data(p, "dlogp"));
    case CE_FORWARD:
        return ce_forward(variant, s, x, labels, weights, logp, check_data(p, "loss"));
    default: return ce_backward(variant, s, logp, labels, weights, dloss, dx);
    }
}

static void reference(const check_problem *p, int pass)
{
    const softmax_ce_shape *const s = shape_of(p);
    const int32_t *const labels = check_data(p, "labels");
    const float *const weights = check_data(p, "class_weights");
    const float *const dloss = check_data(p, "dloss"), *const dy = check_data(p, "dy");
    const float *const x = check_data(p, "x"), *const y = check_data(p, "y");
    const float *const logp = check_data(p, "logp");

    switch (pass) {
    case SOFTMAX_FORWARD: softmax_reference_forward(s, x, check_expected(p, "y")); break;
    case SOFTMAX_BACKWARD: softmax_reference_backward(s, y, dy, check_expected(p, "dx")); break;
    case LOG_SOFTMAX_FORWARD: log_softmax_reference_forward(s, x, check_expected(p, "y")); break;
    case LOG_SOFTMAX_BACKWARD:
        log_softmax_reference_backward(s, y, dy, check_expected(p, "dx"));
        break;
    case NLL_FORWARD:
        nll_reference_forward(s, logp, labels, weights, check_expected(p, "loss"));
        break;
    case NLL_BACKWARD:
        nll_reference_backward(s, labels, weights, dloss, check_expected(p, "dlogp"));
        break;
    case CE_FORWARD:
        ce_reference_forward(s, x, labels, weights, check_expected(p, "logp"),
                             check_expected(p, "loss"));
        break;
    default:
        ce_reference_backward(s, logp, labels, weights, dloss, check_expected(p, "dx"));
    }
}

const check_concept check_softmax_ce = {
    .name = "softmax_ce",
    .variants = softmax_ce_variants,
    .variant_bytes = sizeof softmax_ce_variants[0],
    .variant_count = &softmax_ce_variant_count,
    .param_count = PARAMS,
    .param = { { "n", 1 }, { "classes", 2 }, { "inner", 1 }, { "reduction", REDUCTION_SUM },
               { "ignore_index", -100 }, { "smoothing_percent", 0 }, { "weights", 0 } },
    .pass_count = 8,
    .pass = { { "softmax_forward", "x", "y", NULL, NULL },
              { "softmax_backward", "y dy", "dx", "softmax_forward", NULL },
              { "log_softmax_forward", "x", "y", NULL, NULL },
              { "log_softmax_backward", "y dy", "dx", "log_softmax_forward", NULL },
              { "nll_forward", "logp labels class_weights", "loss", NULL, NULL },
              { "nll_backward", "labels class_weights dloss", "dlogp", "nll_forward", "logp" },
              { "ce_forward", "x labels class_weights", "logp loss", NULL, NULL },
              { "ce_backward", "logp labels class_weights dloss", "dx", "ce_forward", NULL } },
    .draw = draw,
    .describe = describe,
    .prepare = prepare,
    .run = run,
    .reference = reference,
};
