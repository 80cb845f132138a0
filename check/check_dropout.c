/* check_dropout.c: dropout as the checking engine sees it.
 *
 * The pass `draw` also writes `after`, the next words of the generator: it must be left where the
 * reference's generator is. */
#include "check/check_adapters.h"
#include "kernels/dropout/dropout.h"
#include "reference/dropout_reference.h"

enum { DRAW, FORWARD, BACKWARD };

enum { COUNT, P_PERCENT, SEED, PARAMS };

enum { WORDS_AFTER = 2 };

/* Words drawn beforehand: a generator in use stands anywhere among its 624. */
static int words_before(const check_problem *p)
{
    return p->param[SEED] % 625;
}

static const dropout_shape *shape_of(const check_problem *p)
{
    return (const dropout_shape *)p->shape;
}

static void draw(check_random *r, int *param)
{
    static const int counts[] = { 0, 1, 2, 3, 7, 31, 64, 65, 257, 625, 1000, 17001 };
    static const int percents[] = { 50, 50, 25, 10, 33, 90, 0, 100 };

    param[COUNT] = check_random_pick(r, 12, counts);
    param[P_PERCENT] = check_random_pick(r, 8, percents);
    param[SEED] = check_random_int(r, 0, 1000000);
}

static status describe(check_problem *p)
{
    const int *const v = p->param;
    dropout_shape *const s = (dropout_shape *)p->shape;

    *s = (dropout_shape){ .count = v[COUNT], .p = (double)v[P_PERCENT] / 100.0 };
    const status verdict = dropout_shape_check(s);
    if (verdict != STATUS_OK)
        return verdict;
    static const char *const names[] = { "x", "y", "dy", "dx" };
    for (int i = 0; i < 4; i++)
        check_declare(p, names[i], CHECK_FLOAT, CHECK_FILL_NORMAL, 1, &v[COUNT])->special = true;
    check_declare(p, "mask", CHECK_BYTE, CHECK_FILL_OWN, 1, &v[COUNT]);
    check_declare(p, "after", CHECK_INT32, CHECK_FILL_OWN, 1, (const int[]){ WORDS_AFTER });
    return STATUS_OK;
}

static void prepare(check_problem *p, check_random *r)
{
    uint8_t *const mask = check_data(p, "mask");

    for (int i = 0; i < p->param[COUNT]; i++)
        mask[i] = check_random_uniform(r) * 100.0 >= p->param[P_PERCENT];
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    const dropout_shape *const s = shape_of(p);
    uint8_t *const mask = check_data(p, "mask");

    (void)workspace;
    if (pass == FORWARD)
        return dropout_forward(variant, s, check_data(p, "x"), mask, check_data(p, "y"));
    if (pass == BACKWARD)
        return dropout_backward(variant, s, check_data(p, "dy"), mask, check_data(p, "dx"));
    int32_t *const after = check_data(p, "after");
    rng r;
    rng_seed(&r, (uint64_t)p->param[SEED]);
    rng_skip(&r, words_before(p));
    const status verdict = dropout_draw(variant, s, &r, mask);
    for (int i = 0; i < WORDS_AFTER && verdict == STATUS_OK; i++)
        after[i] = (int32_t)rng_bits32(&r);
    return verdict;
}

static void reference(const check_problem *p, int pass)
{
    const dropout_shape *const s = shape_of(p);
    const uint8_t *const mask = check_data(p, "mask");

    if (pass == FORWARD) {
        dropout_reference_forward(s, check_data(p, "x"), mask, check_expected(p, "y"));
    } else if (pass == BACKWARD) {
        dropout_reference_backward(s, check_data(p, "dy"), mask, check_expected(p, "dx"));
    } else {
        mt19937_reference g;
        mt19937_reference_seed(&g, (uint64_t)p->param[SEED]);
        for (int i = 0; i < words_before(p); i++)
            mt19937_reference_bits32(&g);
        dropout_reference_draw(s, &g, check_expected(p, "mask"));
        for (int i = 0; i < WORDS_AFTER; i++)
            check_expected(p, "after")[i] =
                (exact){ (double)(int32_t)mt19937_reference_bits32(&g), 0.0, 0.0 };
    }
}

const check_concept check_dropout = {
    .name = "dropout",
    .variants = dropout_variants,
    .variant_bytes = sizeof dropout_variants[0],
    .variant_count = &dropout_variant_count,
    .param_count = PARAMS,
    .param = { { "count", 1 }, { "p_percent", 50 }, { "seed", 0 } },
    .pass_count = 3,
    .pass = { { "draw", "", "mask after", NULL, NULL },
              { "forward", "x mask", "y", NULL, NULL },
              { "backward", "dy mask", "dx", "forward", "x" } },
    .draw = draw,
    .describe = describe,
    .prepare = prepare,
    .run = run,
    .reference = reference,
};
