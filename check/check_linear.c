/* check_linear.c: the fully connected layer as the checking engine sees it. */
#include "check/check_adapters.h"
#include "kernels/linear/linear.h"
#include "reference/linear_reference.h"

enum { FORWARD, BACKWARD_DATA, BACKWARD_WEIGHTS };
enum { N, IN_FEATURES, OUT_FEATURES, BIAS, PARAMS };

static const linear_shape *shape_of(const check_problem *p)
{
    return (const linear_shape *)p->shape;
}

/* n, in, out of the tutorials' layers, with n or in cut so that the reference stays quick. */
static const int tutorial_layers[][3] = {
    { 10, 3136, 10 }, { 100, 196, 10 }, { 100, 125, 10 }, { 2, 2048, 64 }, { 20, 1568, 10 },
    { 16, 784, 16 },  { 50, 256, 32 },  { 100, 128, 10 }, { 1, 400, 120 }, { 1, 84, 10 },
};

static void draw(check_random *r, int *param)
{
    static const int extents[] = { 1, 2, 3, 5, 7, 8, 13, 16, 17, 31, 49, 65, 100, 131 };

    param[BIAS] = !check_random_chance(r, 4);
    if (check_random_chance(r, 6)) {
        const int *const layer = tutorial_layers[check_random_int(r, 0, 9)];
        for (int i = N; i <= OUT_FEATURES; i++)
            param[i] = layer[i];
        return;
    }
    param[N] = check_random_chance(r, 20) ? 0 : check_random_pick(r, 12, extents);
    for (int i = IN_FEATURES; i <= OUT_FEATURES; i++)
        param[i] = check_random_pick(r, 14, extents);
}

static status describe(check_problem *p)
{
    const int *const v = p->param;
    linear_shape *const s = (linear_shape *)p->shape;

    *s = (linear_shape){ .n = v[N], .in_features = v[IN_FEATURES],
                         .out_features = v[OUT_FEATURES] };
    const status verdict = linear_shape_check(s);
    if (verdict != STATUS_OK)
        return verdict;
    check_declare_float(p, "x", s->n, s->in_features, 1, 1)->special = true;
    check_declare_float(p, "w", s->out_features, s->in_features, 1, 1)->special = true;
    check_declare_float(p, "y", s->n, s->out_features, 1, 1);
    check_declare_float(p, "dy", s->n, s->out_features, 1, 1)->special = true;
    check_declare_float(p, "dx", s->n, s->in_features, 1, 1);
    check_declare_float(p, "dw", s->out_features, s->in_features, 1, 1);
    if (v[BIAS]) {
        check_declare_float(p, "b", s->out_features, 1, 1, 1);
        check_declare_float(p, "db", s->out_features, 1, 1, 1);
    }
    return STATUS_OK;
}

static size_t workspace_bytes(const check_problem *p, const void *variant)
{
    return linear_workspace_bytes(variant, shape_of(p));
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    const linear_shape *const s = shape_of(p);
    const float *const x = check_data(p, "x"), *const w = check_data(p, "w");
    const float *const dy = check_data(p, "dy");

    switch (pass) {
    case FORWARD:
        return linear_forward(variant, s, x, w, check_data(p, "b"), check_data(p, "y"), workspace);
    case BACKWARD_DATA:
        return linear_backward_data(variant, s, dy, w, check_data(p, "dx"), workspace);
    default:
        return linear_backward_weights(variant, s, x, dy, check_data(p, "dw"),
                                       check_data(p, "db"), workspace);
    }
}

static void reference(const check_problem *p, int pass)
{
    const linear_shape *const s = shape_of(p);
    const float *const x = check_data(p, "x"), *const w = check_data(p, "w");
    const float *const dy = check_data(p, "dy");

    switch (pass) {
    case FORWARD:
        linear_reference_forward(s, x, w, check_data(p, "b"), check_expected(p, "y"));
        break;
    case BACKWARD_DATA:
        linear_reference_backward_data(s, dy, w, check_expected(p, "dx"));
        break;
    default:
        linear_reference_backward_weights(s, x, dy, check_expected(p, "dw"),
                                          check_expected(p, "db"));
    }
}

const check_concept check_linear = {
    .name = "linear",
    .variants = linear_variants,
    .variant_bytes = sizeof linear_variants[0],
    .variant_count = &linear_variant_count,
    .param_count = PARAMS,
    .param = { { "n", 1 }, { "in_features", 1 }, { "out_features", 1 }, { "bias", 0 } },
    .pass_count = 3,
    .pass = { { "forward", "x w b", "y", NULL, NULL },
              { "backward_data", "dy w", "dx", "forward", "x" },
              { "backward_weights", "x dy", "dw db", "forward", "w b" } },
    .draw = draw,
    .describe = describe,
    .workspace_bytes = workspace_bytes,
    .run = run,
    .reference = reference,
};
