/* check_concat.c: concatenation as the checking engine sees it, of up to eight tensors. */
#include "check/check_adapters.h"
#include "kernels/concat/concat.h"
#include "reference/concat_reference.h"

enum { FORWARD, BACKWARD };

enum { MAX_INPUTS = 8 };

enum { INPUTS, OUTER, INNER, EXTENT, PARAMS = EXTENT + MAX_INPUTS };

static const char *const x_names[] = { "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7" };
static const char *const dx_names[] = { "dx0", "dx1", "dx2", "dx3", "dx4", "dx5", "dx6", "dx7" };

static const concat_shape *shape_of(const check_problem *p)
{
    return (const concat_shape *)p->shape;
}

static void draw(check_random *r, int *param)
{
    static const int extents[] = { 1, 1, 2, 3, 5, 7, 8, 13, 16 };

    param[INPUTS] = check_random_int(r, 1, check_random_chance(r, 4) ? MAX_INPUTS : 3);
    param[OUTER] = check_random_chance(r, 20) ? 0 : check_random_pick(r, 7, extents);
    param[INNER] = check_random_chance(r, 20) ? 0 : check_random_pick(r, 9, extents);
    if (check_random_chance(r, 20))             /* large enough for several threads */
        param[OUTER] = 31, param[INNER] = 1021;
    for (int k = 0; k < MAX_INPUTS; k++) {
        param[EXTENT + k] = 1;
        if (k < param[INPUTS])
            param[EXTENT + k] =
                check_random_chance(r, 10) ? 0 : check_random_pick(r, param[INNER] > 16 ? 3 : 9,
                                                                   extents);
    }
}

static status describe(check_problem *p)
{
    const int *const v = p->param;
    concat_shape *const s = (concat_shape *)p->shape;

    if (v[INPUTS] > MAX_INPUTS)
        return STATUS_SHAPE;                    /* legal, but there is no parameter for it */
    *s = (concat_shape){ .inputs = v[INPUTS], .outer = v[OUTER], .inner = v[INNER] };
    for (int k = 0; k < s->inputs; k++)
        s->extent[k] = v[EXTENT + k];
    const status verdict = concat_shape_init(s);
    if (verdict != STATUS_OK)
        return verdict;
    for (int k = 0; k < s->inputs; k++) {
        check_declare_float(p, x_names[k], s->outer, s->extent[k], s->inner, 1)->special = true;
        check_declare_float(p, dx_names[k], s->outer, s->extent[k], s->inner, 1);
    }
    check_declare_float(p, "y", s->outer, s->total, s->inner, 1);
    check_declare_float(p, "dy", s->outer, s->total, s->inner, 1);
    return STATUS_OK;
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    const concat_shape *const s = shape_of(p);
    const float *x[MAX_INPUTS];
    float *dx[MAX_INPUTS];

    (void)workspace;
    for (int k = 0; k < s->inputs; k++) {
        x[k] = check_data(p, x_names[k]);
        dx[k] = check_data(p, dx_names[k]);
    }
    if (pass == FORWARD)
        return concat_forward(variant, s, x, check_data(p, "y"));
    return concat_backward(variant, s, check_data(p, "dy"), dx);
}

static void reference(const check_problem *p, int pass)
{
    const concat_shape *const s = shape_of(p);
    const float *x[MAX_INPUTS];
    exact *dx[MAX_INPUTS];

    for (int k = 0; k < s->inputs; k++) {
        x[k] = check_data(p, x_names[k]);
        dx[k] = check_expected(p, dx_names[k]);
    }
    if (pass == FORWARD)
        concat_reference_forward(s, x, check_expected(p, "y"));
    else
        concat_reference_backward(s, check_data(p, "dy"), dx);
}

#define ALL_X  "x0 x1 x2 x3 x4 x5 x6 x7"
#define ALL_DX "dx0 dx1 dx2 dx3 dx4 dx5 dx6 dx7"

const check_concept check_concat = {
    .name = "concat",
    .variants = concat_variants,
    .variant_bytes = sizeof concat_variants[0],
    .variant_count = &concat_variant_count,
    .param_count = PARAMS,
    .param = { { "inputs", 1 }, { "outer", 1 }, { "inner", 1 }, { "e0", 1 }, { "e1", 1 },
               { "e2", 1 }, { "e3", 1 }, { "e4", 1 }, { "e5", 1 }, { "e6", 1 }, { "e7", 1 } },
    .pass_count = 2,
    .pass = { { "forward", ALL_X, "y", NULL, NULL },
              { "backward", "dy", ALL_DX, "forward", ALL_X } },
    .draw = draw,
    .describe = describe,
    .run = run,
    .reference = reference,
};
