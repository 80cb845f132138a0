/* check_pad2d.c: padding as the checking engine sees it. */
#include "check/check_adapters.h"
#include "kernels/pad2d/pad2d.h"
#include "reference/pad2d_reference.h"

enum { FORWARD, BACKWARD };

enum { N, C, H, W, PAD_TOP, PAD_BOTTOM, PAD_LEFT, PAD_RIGHT, VALUE_PERCENT, PARAMS };

static const pad2d_shape *shape_of(const check_problem *p)
{
    return (const pad2d_shape *)p->shape;
}

static void draw(check_random *r, int *param)
{
    static const int extents[] = { 1, 2, 3, 5, 7, 8, 13, 16, 17, 28 };
    static const int pads[] = { 0, 0, 1, 1, 2, 3, 9 };
    static const int values[] = { 0, 0, 100, -250 };

    param[N] = check_random_chance(r, 20) ? 0 : check_random_int(r, 1, 4);
    param[C] = check_random_int(r, 1, 6);
    for (int i = H; i <= W; i++)
        param[i] = check_random_pick(r, 10, extents);
    for (int i = PAD_TOP; i <= PAD_RIGHT; i++)
        param[i] = check_random_pick(r, 7, pads);
    param[VALUE_PERCENT] = check_random_pick(r, 4, values);
}

static status describe(check_problem *p)
{
    const int *const v = p->param;
    pad2d_shape *const s = (pad2d_shape *)p->shape;

    *s = (pad2d_shape){ .n = v[N], .c = v[C], .h = v[H], .w = v[W], .pad_top = v[PAD_TOP],
                        .pad_bottom = v[PAD_BOTTOM], .pad_left = v[PAD_LEFT],
                        .pad_right = v[PAD_RIGHT], .value = (float)v[VALUE_PERCENT] / 100.0f };
    const status verdict = pad2d_shape_init(s);
    if (verdict != STATUS_OK)
        return verdict;
    check_declare_float(p, "x", s->n, s->c, s->h, s->w)->special = true;
    check_declare_float(p, "y", s->n, s->c, s->oh, s->ow);
    check_declare_float(p, "dy", s->n, s->c, s->oh, s->ow)->special = true;
    check_declare_float(p, "dx", s->n, s->c, s->h, s->w);
    return STATUS_OK;
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    (void)workspace;
    if (pass == FORWARD)
        return pad2d_forward(variant, shape_of(p), check_data(p, "x"), check_data(p, "y"));
    return pad2d_backward(variant, shape_of(p), check_data(p, "dy"), check_data(p, "dx"));
}

static void reference(const check_problem *p, int pass)
{
    if (pass == FORWARD)
        pad2d_reference_forward(shape_of(p), check_data(p, "x"), check_expected(p, "y"));
    else
        pad2d_reference_backward(shape_of(p), check_data(p, "dy"), check_expected(p, "dx"));
}

const check_concept check_pad2d = {
    .name = "pad2d",
    .variants = pad2d_variants,
    .variant_bytes = sizeof pad2d_variants[0],
    .variant_count = &pad2d_variant_count,
    .param_count = PARAMS,
    .param = { { "n", 1 }, { "c", 1 }, { "h", 1 }, { "w", 1 }, { "pad_top", 0 },
               { "pad_bottom", 0 }, { "pad_left", 0 }, { "pad_right", 0 },
               { "value_percent", 0 } },
    .pass_count = 2,
    .pass = { { "forward", "x", "y", NULL, NULL }, { "backward", "dy", "dx", "forward", "x" } },
    .draw = draw,
    .describe = describe,
    .run = run,
    .reference = reference,
};
