/* check_conv2d.c: convolution as the checking engine sees it. */
#include "check/check_adapters.h"
#include "kernels/conv2d/conv2d.h"
#include "reference/conv2d_reference.h"

enum { FORWARD, BACKWARD_DATA, BACKWARD_WEIGHTS };

enum {
    N, C, H, W, OC, KERNEL_H, KERNEL_W, STRIDE_H, STRIDE_W, PAD_TOP, PAD_BOTTOM, PAD_LEFT,
    PAD_RIGHT, DILATION_H, DILATION_W, GROUPS, BIAS, PARAMS
};

static const conv2d_shape *shape_of(const check_problem *p)
{
    return (const conv2d_shape *)p->shape;
}

/* n, c, h, w, oc, kernel, pad, stride of the tutorials' layers, with n and some extents cut so that
 * the reference stays quick; the geometry of the windows is theirs. */
static const int tutorial_layers[][8] = {
    { 2, 1, 28, 28, 8, 3, 1, 1 },  { 2, 8, 14, 14, 16, 3, 1, 1 }, { 2, 16, 7, 7, 8, 3, 1, 1 },
    { 1, 1, 28, 28, 16, 5, 2, 1 }, { 1, 16, 14, 14, 8, 5, 2, 1 }, { 2, 8, 14, 14, 4, 3, 0, 1 },
    { 1, 1, 32, 32, 6, 5, 0, 1 },  { 1, 6, 14, 14, 16, 5, 0, 1 }, { 1, 16, 9, 9, 8, 3, 1, 1 },
};

static void draw(check_random *r, int *param)
{
    static const int extents[] = { 1, 2, 3, 5, 7, 8, 11, 13, 16, 17 };
    static const int windows[] = { 1, 1, 2, 3, 3, 3, 4, 5, 7 };
    static const int steps[] = { 1, 1, 1, 2, 3, 5 };
    static const int pads[] = { 0, 0, 1, 1, 2, 3 };
    static const int group_counts[] = { 1, 1, 1, 2, 3, 4 };
    static const int per_group[] = { 1, 2, 3, 5, 8 };

    if (check_random_chance(r, 5)) {
        const int *t = tutorial_layers[check_random_int(r, 0, 8)];
        const int tutorial[PARAMS] = { t[0], t[1], t[2], t[3], t[4], t[5], t[5], t[7], t[7],
                                       t[6], t[6], t[6], t[6], 1,    1,    1,    1 };
        for (int i = 0; i < PARAMS; i++)
            param[i] = tutorial[i];
        return;
    }
    const int groups = check_random_pick(r, 6, group_counts);
    param[GROUPS] = groups;
    param[C] = groups * check_random_pick(r, 5, per_group);
    param[OC] = groups * check_random_pick(r, 5, per_group);
    if (check_random_chance(r, 6))              /* depthwise */
        param[GROUPS] = param[C], param[OC] = param[C] * check_random_int(r, 1, 2);
    param[N] = check_random_chance(r, 20) ? 0 : check_random_int(r, 1, 5);
    for (int i = H; i <= W; i++)
        param[i] = check_random_pick(r, 10, extents);
    for (int i = KERNEL_H; i <= KERNEL_W; i++)
        param[i] = check_random_pick(r, 9, windows);
    for (int i = STRIDE_H; i <= STRIDE_W; i++)
        param[i] = check_random_pick(r, 6, steps);
    for (int i = PAD_TOP; i <= PAD_RIGHT; i++)
        param[i] = check_random_pick(r, 6, pads);
    for (int i = DILATION_H; i <= DILATION_W; i++)
        param[i] = check_random_chance(r, 3) ? check_random_int(r, 2, 3) : 1;
    param[BIAS] = !check_random_chance(r, 4);
}

static status describe(check_problem *p)
{
    const int *const v = p->param;
    conv2d_shape *const s = (conv2d_shape *)p->shape;

    *s = (conv2d_shape){ .n = v[N], .c = v[C], .h = v[H], .w = v[W], .oc = v[OC],
                         .kernel_h = v[KERNEL_H], .kernel_w = v[KERNEL_W],
                         .stride_h = v[STRIDE_H], .stride_w = v[STRIDE_W],
                         .pad_top = v[PAD_TOP], .pad_bottom = v[PAD_BOTTOM],
                         .pad_left = v[PAD_LEFT], .pad_right = v[PAD_RIGHT],
                         .dilation_h = v[DILATION_H], .dilation_w = v[DILATION_W],
                         .groups = v[GROUPS] };
    const status verdict = conv2d_shape_init(s);
    if (verdict != STATUS_OK)
        return verdict;
    const int group_c = s->c / s->groups;
    check_declare_float(p, "x", s->n, s->c, s->h, s->w)->special = true;
    check_declare_float(p, "w", s->oc, group_c, s->kernel_h, s->kernel_w);
    check_declare_float(p, "y", s->n, s->oc, s->oh, s->ow);
    check_declare_float(p, "dy", s->n, s->oc, s->oh, s->ow);
    check_declare_float(p, "dx", s->n, s->c, s->h, s->w);
    check_declare_float(p, "dw", s->oc, group_c, s->kernel_h, s->kernel_w);
    if (v[BIAS]) {
        check_declare_float(p, "b", s->oc, 1, 1, 1);
        check_declare_float(p, "db", s->oc, 1, 1, 1);
    }
    return STATUS_OK;
}

static size_t workspace_bytes(const check_problem *p, const void *variant)
{
    return conv2d_workspace_bytes(variant, shape_of(p));
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    const conv2d_shape *const s = shape_of(p);
    float *const x = check_data(p, "x"), *const w = check_data(p, "w");
    float *const dy = check_data(p, "dy");

    switch (pass) {
    case FORWARD:
        return conv2d_forward(variant, s, x, w, check_data(p, "b"), check_data(p, "y"), workspace);
    case BACKWARD_DATA:
        return conv2d_backward_data(variant, s, dy, w, check_data(p, "dx"), workspace);
    default:
        return conv2d_backward_weights(variant, s, x, dy, check_data(p, "dw"),
                                       check_data(p, "db"), workspace);
    }
}

static void reference(const check_problem *p, int pass)
{
    const conv2d_shape *const s = shape_of(p);
    const float *const x = check_data(p, "x"), *const w = check_data(p, "w");
    const float *const dy = check_data(p, "dy");

    switch (pass) {
    case FORWARD:
        conv2d_reference_forward(s, x, w, check_data(p, "b"), check_expected(p, "y"));
        break;
    case BACKWARD_DATA:
        conv2d_reference_backward_data(s, dy, w, check_expected(p, "dx"));
        break;
    default:
        conv2d_reference_backward_weights(s, x, dy, check_expected(p, "dw"),
                                          check_expected(p, "db"));
    }
}

const check_concept check_conv2d = {
    .name = "conv2d",
    .variants = conv2d_variants,
    .variant_bytes = sizeof conv2d_variants[0],
    .variant_count = &conv2d_variant_count,
    .param_count = PARAMS,
    .param = { { "n", 1 }, { "c", 1 }, { "h", 1 }, { "w", 1 }, { "oc", 1 }, { "kernel_h", 1 },
               { "kernel_w", 1 }, { "stride_h", 1 }, { "stride_w", 1 }, { "pad_top", 0 },
               { "pad_bottom", 0 }, { "pad_left", 0 }, { "pad_right", 0 }, { "dilation_h", 1 },
               { "dilation_w", 1 }, { "groups", 1 }, { "bias", 0 } },
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
