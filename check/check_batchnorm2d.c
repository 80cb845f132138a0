/* check_batchnorm2d.c: batch normalisation as the checking engine sees it.
 *
 * A single value per channel is legal in evaluation but not in training; it is left to the tests of
 * the concept. x has a mean of its own (mean_shift), as activations do: a variance that squares
 * before it subtracts is told by it. */
#include "check/check_adapters.h"
#include "kernels/batchnorm2d/batchnorm2d.h"
#include "reference/batchnorm2d_reference.h"

enum { TRAIN_FORWARD, TRAIN_BACKWARD, EVAL_FORWARD, EVAL_BACKWARD };

enum { N, C, H, W, EPS_EXPONENT, MOMENTUM_PERMILLE, MEAN_SHIFT, PARAMS };

static const batchnorm2d_shape *shape_of(const check_problem *p)
{
    return (const batchnorm2d_shape *)p->shape;
}

static void draw(check_random *r, int *param)
{
    static const int extents[] = { 1, 1, 2, 3, 5, 7, 8, 13, 16, 17 };
    static const int momenta[] = { 100, 100, 0, 1000, 300, 999 };
    static const int shifts[] = { 0, 0, 1, -3, 40 };

    param[N] = check_random_chance(r, 20) ? 0 : check_random_int(r, 1, 5);
    param[C] = check_random_int(r, 1, 7);
    param[H] = check_random_pick(r, 10, extents);
    param[W] = check_random_pick(r, 10, extents);
    if (check_random_chance(r, 10)) {           /* convnet-bn's first layer, cut */
        param[N] = 7;
        param[C] = 3;
        param[H] = param[W] = 28;
    }
    param[EPS_EXPONENT] = check_random_chance(r, 3) ? check_random_int(r, -8, 0) : -5;
    param[MOMENTUM_PERMILLE] = check_random_pick(r, 6, momenta);
    param[MEAN_SHIFT] = check_random_pick(r, 5, shifts);
}

static status describe(check_problem *p)
{
    const int *const v = p->param;
    batchnorm2d_shape *const s = (batchnorm2d_shape *)p->shape;

    *s = (batchnorm2d_shape){ .n = v[N], .c = v[C], .h = v[H], .w = v[W],
                              .eps = (float)pow(10.0, v[EPS_EXPONENT]),
                              .momentum = (float)v[MOMENTUM_PERMILLE] / 1000.0f };
    const status verdict = batchnorm2d_shape_check(s);
    if (verdict != STATUS_OK)
        return verdict;
    if (s->n == 1 && s->h == 1 && s->w == 1)
        return STATUS_SHAPE;
    check_declare_float(p, "x", s->n, s->c, s->h, s->w)->fill = CHECK_FILL_OWN;
    check_declare_float(p, "y", s->n, s->c, s->h, s->w);
    check_declare_float(p, "dy", s->n, s->c, s->h, s->w);
    check_declare_float(p, "dx", s->n, s->c, s->h, s->w);
    static const char *const per_channel[] = { "gamma", "beta", "dgamma", "dbeta", "running_mean",
                                               "running_var", "saved_mean", "saved_invstd" };
    for (int i = 0; i < 8; i++)
        check_declare(p, per_channel[i], CHECK_FLOAT,
                      i == 5 ? CHECK_FILL_POSITIVE : CHECK_FILL_NORMAL, 1, &s->c);
    return STATUS_OK;
}

static void prepare(check_problem *p, check_random *r)
{
    const check_tensor *const x = check_find(p, "x");
    const double scale = check_random_chance(r, 4) ? ldexp(1.0, check_random_int(r, -8, 8)) : 1.0;
    const double shift = p->param[MEAN_SHIFT];

    for (ptrdiff_t i = 0; i < x->count; i++)
        ((float *)x->data)[i] = (float)((check_random_normal(r) + shift) * scale);
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    const batchnorm2d_shape *const s = shape_of(p);
    float *const x = check_data(p, "x"), *const y = check_data(p, "y");
    float *const dy = check_data(p, "dy"), *const dx = check_data(p, "dx");
    float *const gamma = check_data(p, "gamma"), *const beta = check_data(p, "beta");
    float *const dgamma = check_data(p, "dgamma"), *const dbeta = check_data(p, "dbeta");
    float *const mean = check_data(p, "running_mean"), *const var = check_data(p, "running_var");
    float *const saved_mean = check_data(p, "saved_mean");
    float *const saved_invstd = check_data(p, "saved_invstd");

    (void)workspace;
    switch (pass) {
    case TRAIN_FORWARD:
        return batchnorm2d_train_forward(variant, s, x, gamma, beta, mean, var, y, saved_mean,
                                         saved_invstd);
    case TRAIN_BACKWARD:
        return batchnorm2d_train_backward(variant, s, x, gamma, saved_mean, saved_invstd, dy, dx,
                                          dgamma, dbeta);
    case EVAL_FORWARD:
        return batchnorm2d_eval_forward(variant, s, x, gamma, beta, mean, var, y);
    default:
        return batchnorm2d_eval_backward(variant, s, x, gamma, mean, var, dy, dx, dgamma, dbeta);
    }
}

static void reference(const check_problem *p, int pass)
{
    const batchnorm2d_shape *const s = shape_of(p);
    const float *const x = check_data(p, "x"), *const dy = check_data(p, "dy");
    const float *const gamma = check_data(p, "gamma"), *const beta = check_data(p, "beta");
    const float *const mean = check_data(p, "running_mean");
    const float *const var = check_data(p, "running_var");
    exact *const y = check_expected(p, "y"), *const dx = check_expected(p, "dx");
    exact *const dgamma = check_expected(p, "dgamma"), *const dbeta = check_expected(p, "dbeta");

    switch (pass) {
    case TRAIN_FORWARD:
        batchnorm2d_reference_train_forward(
            s, x, gamma, beta, mean, var, y, check_expected(p, "saved_mean"),
            check_expected(p, "saved_invstd"), check_expected(p, "running_mean"),
            check_expected(p, "running_var"));
        break;
    case TRAIN_BACKWARD:
        batchnorm2d_reference_train_backward(s, x, gamma, check_data(p, "saved_mean"),
                                             check_data(p, "saved_invstd"), dy, dx, dgamma, dbeta);
        break;
    case EVAL_FORWARD:
        batchnorm2d_reference_eval_forward(s, x, gamma, beta, mean, var, y);
        break;
    default:
        batchnorm2d_reference_eval_backward(s, x, gamma, mean, var, dy, dx, dgamma, dbeta);
    }
}

const check_concept check_batchnorm2d = {
    .name = "batchnorm2d",
    .variants = batchnorm2d_variants,
    .variant_bytes = sizeof batchnorm2d_variants[0],
    .variant_count = &batchnorm2d_variant_count,
    .param_count = PARAMS,
    .param = { { "n", 2 }, { "c", 1 }, { "h", 1 }, { "w", 1 }, { "eps_exponent", -5 },
               { "momentum_permille", 100 }, { "mean_shift", 0 } },
    .pass_count = 4,
    .pass = { { "train_forward", "x gamma beta running_mean running_var",
                "y saved_mean saved_invstd running_mean running_var", NULL, NULL },
              { "train_backward", "x gamma saved_mean saved_invstd dy", "dx dgamma dbeta",
                "train_forward", "gamma beta" },
              { "eval_forward", "x gamma beta running_mean running_var", "y", NULL, NULL },
              { "eval_backward", "x gamma running_mean running_var dy", "dx dgamma dbeta",
                "eval_forward", "x gamma beta" } },
    .draw = draw,
    .describe = describe,
    .prepare = prepare,
    .run = run,
    .reference = reference,
};
