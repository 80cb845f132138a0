/* check_add.c: the elementwise sum as the checking engine sees it. */
#include "check/check_adapters.h"
#include "kernels/add/add.h"
#include "reference/add_reference.h"

enum { FORWARD, BACKWARD };

enum { COUNT, PARAMS };

static const add_shape *shape_of(const check_problem *p)
{
    return (const add_shape *)p->shape;
}

static void draw(check_random *r, int *param)
{
    /* 256*28*28 of the bottleneck would be slow; 40009 is prime and enough for several threads */
    static const int counts[] = { 1, 2, 3, 7, 16, 31, 64, 257, 1000, 1021 };

    param[COUNT] = check_random_pick(r, 10, counts);
    if (check_random_chance(r, 20))
        param[COUNT] = check_random_chance(r, 2) ? 0 : 40009;
}

static status describe(check_problem *p)
{
    add_shape *const s = (add_shape *)p->shape;

    *s = (add_shape){ .count = p->param[COUNT] };
    const status verdict = add_shape_check(s);
    if (verdict != STATUS_OK)
        return verdict;
    const int count = p->param[COUNT];
    check_declare_float(p, "a", count, 1, 1, 1)->special = true;
    check_declare_float(p, "b", count, 1, 1, 1)->special = true;
    check_declare_float(p, "y", count, 1, 1, 1);
    check_declare_float(p, "dy", count, 1, 1, 1);
    check_declare_float(p, "da", count, 1, 1, 1);
    check_declare_float(p, "db", count, 1, 1, 1);
    return STATUS_OK;
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    (void)workspace;
    if (pass == FORWARD)
        return add_forward(variant, shape_of(p), check_data(p, "a"), check_data(p, "b"),
                           check_data(p, "y"));
    return add_backward(variant, shape_of(p), check_data(p, "dy"), check_data(p, "da"),
                        check_data(p, "db"));
}

static void reference(const check_problem *p, int pass)
{
    if (pass == FORWARD)
        add_reference_forward(shape_of(p), check_data(p, "a"), check_data(p, "b"),
                              check_expected(p, "y"));
    else
        add_reference_backward(shape_of(p), check_data(p, "dy"), check_expected(p, "da"),
                               check_expected(p, "db"));
}

const check_concept check_add = {
    .name = "add",
    .variants = add_variants,
    .variant_bytes = sizeof add_variants[0],
    .variant_count = &add_variant_count,
    .param_count = PARAMS,
    .param = { { "count", 1 } },
    .pass_count = 2,
    .pass = { { "forward", "a b", "y", NULL, NULL },
              { "backward", "dy", "da db", "forward", "a b" } },
    .draw = draw,
    .describe = describe,
    .run = run,
    .reference = reference,
};
