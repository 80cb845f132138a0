/* check_mse.c: the squared error as the checking engine sees it. */
#include "check/check_adapters.h"
#include "kernels/mse/mse.h"
#include "reference/mse_reference.h"

enum { FORWARD, BACKWARD };

enum { COUNT, MEAN, PARAMS };

static const mse_shape *shape_of(const check_problem *p)
{
    return (const mse_shape *)p->shape;
}

static void draw(check_random *r, int *param)
{
    /* 10: the outputs of lenet; 40009: a prime, enough for several threads */
    static const int counts[] = { 1, 2, 3, 7, 10, 10, 63, 64, 65, 257, 1000, 1021 };

    param[COUNT] = check_random_pick(r, 12, counts);
    if (check_random_chance(r, 20))
        param[COUNT] = check_random_chance(r, 2) ? 0 : 40009;
    param[MEAN] = !check_random_chance(r, 3);
}

static status describe(check_problem *p)
{
    const int count = p->param[COUNT];
    mse_shape *const s = (mse_shape *)p->shape;

    *s = (mse_shape){ .count = count, .mean = p->param[MEAN] != 0 };
    const status verdict = mse_shape_check(s);
    if (verdict != STATUS_OK)
        return verdict;
    check_declare_float(p, "x", count, 1, 1, 1)->special = true;
    check_declare_float(p, "target", count, 1, 1, 1);
    check_declare_float(p, "loss", 1, 1, 1, 1);
    check_declare_float(p, "dloss", 1, 1, 1, 1);
    check_declare_float(p, "dx", count, 1, 1, 1);
    return STATUS_OK;
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    const float *const x = check_data(p, "x"), *const target = check_data(p, "target");

    (void)workspace;
    if (pass == FORWARD)
        return mse_forward(variant, shape_of(p), x, target, check_data(p, "loss"));
    return mse_backward(variant, shape_of(p), x, target, check_data(p, "dloss"),
                        check_data(p, "dx"));
}

static void reference(const check_problem *p, int pass)
{
    const float *const x = check_data(p, "x"), *const target = check_data(p, "target");

    if (pass == FORWARD)
        mse_reference_forward(shape_of(p), x, target, check_expected(p, "loss"));
    else
        mse_reference_backward(shape_of(p), x, target, check_data(p, "dloss"),
                               check_expected(p, "dx"));
}

const check_concept check_mse = {
    .name = "mse",
    .variants = mse_variants,
    .variant_bytes = sizeof mse_variants[0],
    .variant_count = &mse_variant_count,
    .param_count = PARAMS,
    .param = { { "count", 1 }, { "mean", 0 } },
    .pass_count = 2,
    .pass = { { "forward", "x target", "loss", NULL, NULL },
              { "backward", "x target dloss", "dx", "forward", NULL } },
    .draw = draw,
    .describe = describe,
    .run = run,
    .reference = reference,
};
