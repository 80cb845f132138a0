/* check_activation.c: the activations as the checking engine sees them. */
#include "check/check_adapters.h"
#include "kernels/activation/activation.h"
#include "reference/activation_reference.h"

enum { FORWARD, BACKWARD };

enum { KIND, COUNT, SLOPE_PERMILLE, PARAMS };

static const activation_shape *shape_of(const check_problem *p)
{
    return (const activation_shape *)p->shape;
}

static void draw(check_random *r, int *param)
{
    static const int counts[] = { 0, 1, 2, 3, 7, 31, 64, 65, 257, 1000, 17001 };
    static const int kinds[] = { ACTIVATION_RELU, ACTIVATION_RELU, ACTIVATION_RELU,
                                 ACTIVATION_LEAKY_RELU, ACTIVATION_SIGMOID, ACTIVATION_TANH };
    static const int slopes[] = { 10, 10, 200, 0, 1000, -500 };

    param[KIND] = check_random_pick(r, 6, kinds);
    param[COUNT] = check_random_pick(r, 11, counts);
    param[SLOPE_PERMILLE] = check_random_pick(r, 6, slopes);
}

static status describe(check_problem *p)
{
    const int *const v = p->param;
    activation_shape *const s = (activation_shape *)p->shape;

    *s = (activation_shape){ .kind = (activation_kind)v[KIND], .count = v[COUNT],
                             .slope = (float)v[SLOPE_PERMILLE] / 1000.0f };
    const status verdict = activation_shape_check(s);
    if (verdict != STATUS_OK)
        return verdict;
    static const char *const names[] = { "x", "y", "dy", "dx" };
    for (int i = 0; i < 4; i++)
        check_declare(p, names[i], CHECK_FLOAT, CHECK_FILL_NORMAL, 1, &v[COUNT])->special = true;
    return STATUS_OK;
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    float *const x = check_data(p, "x"), *const y = check_data(p, "y");

    (void)workspace;
    if (pass == FORWARD)
        return activation_forward(variant, shape_of(p), x, y);
    return activation_backward(variant, shape_of(p), x, y, check_data(p, "dy"),
                               check_data(p, "dx"));
}

static void reference(const check_problem *p, int pass)
{
    const float *const x = check_data(p, "x");

    if (pass == FORWARD)
        activation_reference_forward(shape_of(p), x, check_expected(p, "y"));
    else
        activation_reference_backward(shape_of(p), x, check_data(p, "y"), check_data(p, "dy"),
                                      check_expected(p, "dx"));
}

const check_concept check_activation = {
    .name = "activation",
    .variants = activation_variants,
    .variant_bytes = sizeof activation_variants[0],
    .variant_count = &activation_variant_count,
    .param_count = PARAMS,
    .param = { { "kind", 0 }, { "count", 1 }, { "slope_permille", 10 } },
    .pass_count = 2,
    .pass = { { "forward", "x", "y", NULL, NULL },
              { "backward", "x y dy", "dx", "forward", NULL } },
    .draw = draw,
    .describe = describe,
    .run = run,
    .reference = reference,
};
