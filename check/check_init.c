/* check_init.c: the initialisers as the checking engine sees them.
 *
 * A problem fills two tensors from one generator: the second shows whether the first left the
 * generator where it should. */
#include "check/check_adapters.h"
#include "kernels/init/init.h"
#include "reference/init_reference.h"

enum { KIND, COUNT, FAN_IN, FAN_OUT, SLOPE_SQUARED, RNG_SEED, PARAMS };

/* Words drawn beforehand: a generator in use stands anywhere among its 624. */
static int words_before(const check_problem *p)
{
    return p->param[RNG_SEED] % 625;
}

static const init_shape *shape_of(const check_problem *p)
{
    return (const init_shape *)p->shape;
}

static void draw(check_random *r, int *param)
{
    static const int counts[] = { 1, 2, 7, 10, 15, 16, 17, 31, 32, 288, 320, 625, 1021 };
    static const int fans[] = { 1, 9, 9, 25, 288, 400, 784, 3136 };

    param[KIND] = check_random_int(r, 0, INIT_KINDS - 1);
    param[COUNT] = check_random_pick(r, 13, counts);
    if (check_random_chance(r, 20))             /* 40009: a prime, enough for several threads */
        param[COUNT] = check_random_chance(r, 2) ? 0 : 40009;
    param[FAN_IN] = check_random_pick(r, 8, fans);
    param[FAN_OUT] = check_random_pick(r, 8, fans);
    param[SLOPE_SQUARED] = check_random_pick(r, 3, (const int[]){ 5, 5, 0 });
    param[RNG_SEED] = check_random_int(r, 0, 2147483646);
}

static status describe(check_problem *p)
{
    const int *const v = p->param;
    init_shape *const s = (init_shape *)p->shape;

    if (v[KIND] < 0 || v[KIND] >= INIT_KINDS)
        return STATUS_VALUE;
    *s = (init_shape){ .kind = (init_kind)v[KIND], .count = v[COUNT], .fan_in = v[FAN_IN],
                       .fan_out = v[FAN_OUT], .slope = sqrt((double)v[SLOPE_SQUARED]) };
    const status verdict = init_shape_check(s);
    if (verdict != STATUS_OK)
        return verdict;
    check_declare_float(p, "w", v[COUNT], 1, 1, 1);
    check_declare_float(p, "next_w", v[COUNT], 1, 1, 1);
    return STATUS_OK;
}

static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    rng generator;

    (void)pass, (void)workspace;
    rng_seed(&generator, (uint64_t)p->param[RNG_SEED]);
    rng_skip(&generator, words_before(p));
    const status first = init_fill(variant, shape_of(p), &generator, check_data(p, "w"));
    if (first != STATUS_OK)
        return first;
    return init_fill(variant, shape_of(p), &generator, check_data(p, "next_w"));
}

static void reference(const check_problem *p, int pass)
{
    init_reference_rng generator;

    (void)pass;
    init_reference_seed(&generator, (uint64_t)p->param[RNG_SEED]);
    for (int i = 0; i < words_before(p); i++)
        mt19937_reference_bits32(&generator.bits);
    init_reference_fill(shape_of(p), &generator, check_expected(p, "w"));
    init_reference_fill(shape_of(p), &generator, check_expected(p, "next_w"));
}

const check_concept check_init = {
    .name = "init",
    .variants = init_variants,
    .variant_bytes = sizeof init_variants[0],
    .variant_count = &init_variant_count,
    .param_count = PARAMS,
    .param = { { "kind", 0 }, { "count", 1 }, { "fan_in", 1 }, { "fan_out", 1 },
               { "slope_squared", 5 }, { "rng_seed", 0 } },
    .pass_count = 1,
    .pass = { { "fill", "", "w next_w", NULL, NULL } },
    .draw = draw,
    .describe = describe,
    .run = run,
    .reference = reference,
};
