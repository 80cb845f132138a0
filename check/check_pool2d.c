/* check_pool2d.c: pooling as the checking engine sees it. */
#include "check/check_adapters.h"
#include "kernels/pool2d/pool2d.h"
#include "reference/pool2d_reference.h"

enum { MAX_FORWARD, MAX_BACKWARD, AVERAGE_FORWARD, AVERAGE_BACKWARD };

enum {
    N, C, H, W, KERNEL_H, KERNEL_W, STRIDE_H, STRIDE_W, PAD_TOP, PAD_BOTTOM, PAD_LEFT, PAD_RIGHT,
    DILATION_H, DILATION_W, CEIL_MODE, COUNT_INCLUDE_PAD, PARAMS
};

static const pool2d_shape *shape_of(const check_problem *p)
{
    return (const pool2d_shape *)p->shape;
}

/* n, c, h, w, kernel, stride, pad of the tutorials' layers, with n and c cut. */
static const int tutorial_layers[][7] = {
    { 3, 8, 28, 28, 2, 2, 0 }, { 3, 5, 14, 14, 2, 2, 0 }, { 2, 8, 7, 7, 2, 2, 1 },
    { 2, 7, 12, 12, 2, 2, 0 }, { 2, 6, 10, 10, 2, 2, 0 }, { 2, 9, 7, 7, 7, 1, 0 },
};

static void draw(check_random *r, int *param)
{
    static const int extents[] = { 1, 2, 3, 5, 7, 8, 11, 13, 16, 17 };
    static const int windows[] = { 1, 2, 2, 2, 3, 3, 4, 5 };
    static const int steps[] = { 1, 2, 2, 2, 3, 5 };

    param[CEIL_MODE] = check_random_chance(r, 3);
    param[COUNT_INCLUDE_PAD] = check_random_chance(r, 2);
    param[DILATION_H] = param[DILATION_W] = 1;
    if (check_random_chance(r, 4)) {
        const int *const t = tutorial_layers[check_random_int(r, 0, 5)];
        for (int i = N; i <= W; i++)
            param[i] = t[i];
        param[KERNEL_H] = param[KERNEL_W] = t[4];
        param[STRIDE_H] = param[STRIDE_W] = t[5];
        for (int i = PAD_TOP; i <= PAD_RIGHT; i++)
            param[i] = t[6];
        return;
    }
    param[N] = check_random_chance(r, 20) ? 0 : check_random_int(r, 1, 4);
    param[C] = check_random_int(r, 1, 5);
    if (check_random_chance(r, 4))
        for (int i = DILATION_H; i <= DILATION_W; i++)
            param[i] = check_random_int(r, 1, 3);
    for (int i = 0; i < 2; i++) {
        param[H + i] = check_random_pick(r, 10, extents);
        param[KERNEL_H + i] = check_random_pick(r, 8, windows);
        param[STRIDE_H + i] = check_random_pick(r, 6, steps);
        const int window = param[DILATION_H + i] * (param[KERNEL_H + i] - 1) + 1;
        for (int side = 0; side < 2; side++)
            param[PAD_TOP + 2 * i + side] =
                check_random_chance(r, 2) ? check_random_int(r, 0, window - 1) : 0;
    }
    if (check_random_chance(r, 6))              /* global pooling */
        for (int i = 0; i < 2; i++)
            param[KERNEL_H + i] = param[H + i], param[DILATION_H + i] = 1;
}

static status describe(check_problem *p)
{
    const int *const v = p->param;
    pool2d_shape *const s = (pool2d_shape *)p->shape;

    *s = (pool2d_shape){ .n = v[N], .c = v[C], .h = v[H], .w = v[W],
                         .kernel_h = v[KERNEL_H], .kernel_w = v[KERNEL_W],
                         .stride_h = v[STRIDE_H], .stride_w = v[STRIDE_W],
                         .pad_top = v[PAD_TOP], .pad_bottom = v[PAD_BOTTOM],
                         .pad_left = v[PAD_LEFT], .pad_right = v[PAD_RIGHT],
                         .dilation_h = v[DILATION_H], .dilation_w = v[DILATION_W],
                         .ceil_mode = v[CEIL_MODE] != 0,
                         .count_include_pad = v[COUNT_INCLUDE_PAD] != 0 };
    const status verdict = pool2d_shape_init(s);
    if (verdict != STATUS_OK)
        return verdict;
    check_declare_float(p, "x", s->n, s->c, s->h, s->w)->special = true;
    check_declare_float(p, "y", s->n, s->c, s->oh, s->ow);
    check_declare(p, "index", CHECK_INT32, CHECK_FILL_OWN, 4,
                  (const int[]){ s->n, s->c, s->oh, s->ow });
    check_declare_float(p, "dy", s->n, s->c, s->oh, s->ow)->special = true;
    check_declare_float(p, "dx", s->n, s->c, s->h, s->w);
    return STATUS_OK;
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    const pool2d_shape *const s = shape_of(p);
    float *const x = check_data(p, "x"), *const y = check_data(p, "y");
    float *const dy = check_data(p, "dy"), *const dx = check_data(p, "dx");

    (void)workspace;
    if (pass == MAX_FORWARD)
        return pool2d_max_forward(variant, s, x, y, check_data(p, "index"));
    if (pass == MAX_BACKWARD)
        return pool2d_max_backward(variant, s, dy, check_data(p, "index"), dx);
    if (s->dilation_h != 1 || s->dilation_w != 1)
        return STATUS_UNSUPPORTED;              /* no variant averages with dilation: skip */
    if (pass == AVERAGE_FORWARD)
        return pool2d_average_forward(variant, s, x, y);
    return pool2d_average_backward(variant, s, dy, dx);
}

static void reference(const check_problem *p, int pass)
{
    const pool2d_shape *const s = shape_of(p);
    const float *const x = check_data(p, "x"), *const dy = check_data(p, "dy");

    switch (pass) {
    case MAX_FORWARD:
        pool2d_reference_max_forward(s, x, check_expected(p, "y"), check_expected(p, "index"));
        break;
    case MAX_BACKWARD:
        pool2d_reference_max_backward(s, dy, check_data(p, "index"), check_expected(p, "dx"));
        break;
    case AVERAGE_FORWARD:
        pool2d_reference_average_forward(s, x, check_expected(p, "y"));
        break;
    default:
        pool2d_reference_average_backward(s, dy, check_expected(p, "dx"));
    }
}

const check_concept check_pool2d = {
    .name = "pool2d",
    .variants = pool2d_variants,
    .variant_bytes = sizeof pool2d_variants[0],
    .variant_count = &pool2d_variant_count,
    .param_count = PARAMS,
    .param = { { "n", 1 }, { "c", 1 }, { "h", 1 }, { "w", 1 }, { "kernel_h", 1 },
               { "kernel_w", 1 }, { "stride_h", 1 }, { "stride_w", 1 }, { "pad_top", 0 },
               { "pad_bottom", 0 }, { "pad_left", 0 }, { "pad_right", 0 }, { "dilation_h", 1 },
               { "dilation_w", 1 }, { "ceil_mode", 0 }, { "count_include_pad", 0 } },
    .pass_count = 4,
    .pass = { { "max_forward", "x", "y index", NULL, NULL },
              { "max_backward", "dy index", "dx", "max_forward", NULL },
              { "average_forward", "x", "y", NULL, NULL },
              { "average_backward", "dy", "dx", "average_forward", "x" } },
    .draw = draw,
    .describe = describe,
    .run = run,
    .reference = reference,
};
