/* check_conv1x1.c: pointwise convolution as the checking engine sees it. */
#include "check/check_adapters.h"
#include "kernels/conv1x1/conv1x1.h"
#include "reference/conv1x1_reference.h"

enum { FORWARD, BACKWARD_DATA, BACKWARD_WEIGHTS };
enum { N, C, H, W, OC, BIAS, PARAMS };

static const conv1x1_shape *shape_of(const check_problem *p)
{
    return (const conv1x1_shape *)p->shape;
}

/* n, c, h, w, oc: the bottleneck's layers with c and oc cut so that the reference stays quick, and
 * products large enough to be divided among threads. */
static const int layers[][5] = {
    { 1, 64, 28, 28, 16 }, { 1, 16, 28, 28, 64 }, { 3, 20, 13, 11, 50 }, { 1, 300, 5, 7, 40 },
    { 9, 16, 7, 7, 8 },
};

static void draw(check_random *r, int *param)
{
    static const int channels[] = { 1, 2, 3, 5, 7, 8, 13, 17, 32, 49 };
    static const int sides[] = { 1, 1, 2, 3, 4, 5, 7, 8, 13 };

    param[BIAS] = !check_random_chance(r, 4);
    if (check_random_chance(r, 6)) {
        const int *const layer = layers[check_random_int(r, 0, 4)];
        for (int i = N; i <= OC; i++)
            param[i] = layer[i];
        return;
    }
    param[N] = check_random_chance(r, 20) ? 0 : check_random_int(r, 1, 9);
    param[C] = check_random_pick(r, 10, channels);
    param[OC] = check_random_pick(r, 10, channels);
    for (int i = H; i <= W; i++)
        param[i] = check_random_pick(r, 9, sides);
}

static status describe(check_problem *p)
{
    const int *const v = p->param;
    conv1x1_shape *const s = (conv1x1_shape *)p->shape;

    *s = (conv1x1_shape){ .n = v[N], .c = v[C], .h = v[H], .w = v[W], .oc = v[OC] };
    const status verdict = conv1x1_shape_check(s);
    if (verdict != STATUS_OK)
        return verdict;
    check_declare_float(p, "x", s->n, s->c, s->h, s->w)->special = true;
    check_declare_float(p, "w", s->oc, s->c, 1, 1)->special = true;
    check_declare_float(p, "y", s->n, s->oc, s->h, s->w);
    check_declare_float(p, "dy", s->n, s->oc, s->h, s->w)->special = true;
    check_declare_float(p, "dx", s->n, s->c, s->h, s->w);
    check_declare_float(p, "dw", s->oc, s->c, 1, 1);
    if (v[BIAS]) {
        check_declare_float(p, "b", s->oc, 1, 1, 1);
        check_declare_float(p, "db", s->oc, 1, 1, 1);
    }
    return STATUS_OK;
}

static size_t workspace_bytes(const check_problem *p, const void *variant)
{
    return conv1x1_workspace_bytes(variant, shape_of(p));
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    const conv1x1_shape *const s = shape_of(p);
    const float *const x = check_data(p, "x"), *const w = check_data(p, "w");
    const float *const dy = check_data(p, "dy");

    switch (pass) {
    case FORWARD:
        return conv1x1_forward(variant, s, x, w, check_data(p, "b"), check_data(p, "y"),
                               workspace);
    case BACKWARD_DATA:
        return conv1x1_backward_data(variant, s, dy, w, check_data(p, "dx"), workspace);
    default:
        return conv1x1_backward_weights(variant, s, x, dy, check_data(p, "dw"),
                                        check_data(p, "db"), workspace);
    }
}

static void reference(const check_problem *p, int pass)
{
    const conv1x1_shape *const s = shape_of(p);
    const float *const x = check_data(p, "x"), *const w = check_data(p, "w");
    const float *const dy = check_data(p, "dy");

    switch (pass) {
    case FORWARD:
        conv1x1_reference_forward(s, x, w, check_data(p, "b"), check_expected(p, "y"));
        break;
    case BACKWARD_DATA:
        conv1x1_reference_backward_data(s, dy, w, check_expected(p, "dx"));
        break;
    default:
        conv1x1_reference_backward_weights(s, x, dy, check_expected(p, "dw"),
                                           check_expected(p, "db"));
    }
}

const check_concept check_conv1x1 = {
    .name = "conv1x1",
    .variants = conv1x1_variants,
    .variant_bytes = sizeof conv1x1_variants[0],
    .variant_count = &conv1x1_variant_count,
    .param_count = PARAMS,
    .param = { { "n", 1 }, { "c", 1 }, { "h", 1 }, { "w", 1 }, { "oc", 1 }, { "bias", 0 } },
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
