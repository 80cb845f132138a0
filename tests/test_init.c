/* test_init.c: initial weights, against those of PyTorch; the contract. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <math.h>
#include <string.h>

#include "kernels/init/init.h"

/* torch.manual_seed(777), then Conv2d(1, 32, 3): 288 weights, then 32 biases, of fan_in 9.
 * Source: PyTorch 1.13 on the CPU. */
static const float conv_weight[] = {
    -0.2787231206893921f, -0.005908370018005371f, -0.06447112560272217f, -0.07605338096618652f,
    0.254214882850647f,   0.2540658712387085f,    0.14949826896190643f,  0.0021831593476235867f,
};
static const float conv_bias[] = {
    0.14229142665863037f, -0.0371217355132103f, -0.01637844368815422f, 0.2943793535232544f,
    -0.3294944763183594f, 0.19658951461315155f, 0.25040683150291443f,  0.28717100620269775f,
};
static const double conv_weight_sum = 3.315732848830521, conv_bias_sum = 1.2637308361008763;

static init_shape conv_weight_shape(void)
{
    return (init_shape){ .kind = INIT_KAIMING_UNIFORM, .count = 288, .fan_in = 9,
                         .slope = sqrt(5.0) };
}

static void expect_equal(const init_variant *v, const float *got, const float *want, int count)
{
    for (int i = 0; i < count; i++)
        if (memcmp(&got[i], &want[i], sizeof *got) != 0)
            fail_msg("%s: element %d is %.9g instead of %.9g", v->info.name, i, (double)got[i],
                     (double)want[i]);
}

static void expect_sum(const init_variant *v, const float *w, int count, double want)
{
    double sum = 0.0;

    for (int i = 0; i < count; i++)
        sum += (double)w[i];
    if (!(fabs(sum - want) <= 1e-12))
        fail_msg("%s: the sum is %.17g instead of %.17g", v->info.name, sum, want);
}

static void first_layer_of_cnn_basic(void **state)
{
    (void)state;
    const init_shape weight = conv_weight_shape();
    const init_shape bias = { .kind = INIT_BIAS_UNIFORM, .count = 32, .fan_in = 9 };

    for (size_t i = 0; i < init_variant_count; i++) {
        const init_variant *const v = &init_variants[i];
        float w[288], b[32];
        rng r;
        rng_seed(&r, 777);
        assert_int_equal(init_fill(v, &weight, &r, w), STATUS_OK);
        expect_equal(v, w, conv_weight, 8);
        expect_sum(v, w, 288, conv_weight_sum);
        assert_int_equal(init_fill(v, &bias, &r, b), STATUS_OK);
        expect_equal(v, b, conv_bias, 8);
        expect_sum(v, b, 32, conv_bias_sum);
    }
}

/* torch.manual_seed(0); torch.randn(8). Source: PyTorch 1.13 on the CPU. */
static void normal_numbers(void **state)
{
    (void)state;
    static const double first[] = { 1.5409960746765137, -0.293428897857666, -2.1787893772125244,
                                    0.5684312582015991 };
    const init_shape s = { .kind = INIT_NORMAL, .count = 8 };

    for (size_t i = 0; i < init_variant_count; i++) {
        float w[8];
        rng r;
        rng_seed(&r, 0);
        assert_int_equal(init_fill(&init_variants[i], &s, &r, w), STATUS_OK);
        for (int k = 0; k < 4; k++)
            if (!(fabs((double)w[k] - first[k]) <= 1e-6))
                fail_msg("%s: element %d is %.9g", init_variants[i].info.name, k, (double)w[k]);
    }
}

static void bounds(void **state)
{
    (void)state;
    const init_shape kaiming = conv_weight_shape();
    const init_shape relu = { .kind = INIT_KAIMING_UNIFORM, .fan_in = 6, .slope = 0.0 };
    const init_shape xavier = { .kind = INIT_XAVIER_UNIFORM, .fan_in = 3136, .fan_out = 10 };
    const init_shape bias = { .kind = INIT_BIAS_UNIFORM, .fan_in = 16 };
    const init_shape normal = { .kind = INIT_NORMAL };

    assert_true(fabs(init_bound(&kaiming) - 1.0 / 3.0) <= 1e-15);   /* slope sqrt(5): 1/sqrt(fan) */
    assert_true(fabs(init_bound(&relu) - 1.0) <= 1e-15);            /* sqrt(6 / 6) */
    assert_true(fabs(init_bound(&xavier) - sqrt(6.0 / 3146.0)) <= 1e-15);
    assert_true(init_bound(&bias) == 0.25);
    assert_true(init_bound(&normal) == 0.0);
}

static void variants_leave_the_same_generator(void **state)
{
    (void)state;
    init_shape s = { .fan_in = 9, .fan_out = 5, .slope = 0.5 };

    for (int kind = 0; kind < INIT_KINDS; kind++)
        for (s.count = 0; s.count < 40; s.count++) {
            rng before, after;
            float first[40], w[40];
            s.kind = (init_kind)kind;
            rng_seed(&before, 5);
            after = before;
            init_fill(&init_variants[0], &s, &after, first);
            for (size_t i = 1; i < init_variant_count; i++) {
                rng r = before;
                init_fill(&init_variants[i], &s, &r, w);
                expect_equal(&init_variants[i], w, first, (int)s.count);
                assert_memory_equal(&r, &after, sizeof r);
            }
        }
}

static void statuses(void **state)
{
    (void)state;
    const struct {
        init_shape shape;
        status expected;
    } cases[] = {
        { { INIT_KAIMING_UNIFORM, 1, 1, 0, 0.0 }, STATUS_OK },
        { { INIT_KAIMING_UNIFORM, 1, 0, 0, 0.0 }, STATUS_SHAPE },
        { { INIT_KAIMING_UNIFORM, 1, 1, 0, (double)NAN }, STATUS_VALUE },
        { { INIT_KAIMING_UNIFORM, 1, 1, 0, (double)INFINITY }, STATUS_VALUE },
        { { INIT_XAVIER_UNIFORM, 1, 1, 1, 0.0 }, STATUS_OK },
        { { INIT_XAVIER_UNIFORM, 1, INT_MAX, INT_MAX, 0.0 }, STATUS_OK },
        { { INIT_XAVIER_UNIFORM, 1, 0, 1, 0.0 }, STATUS_SHAPE },
        { { INIT_XAVIER_UNIFORM, 1, 1, 0, 0.0 }, STATUS_SHAPE },
        { { INIT_BIAS_UNIFORM, 1, 1, 0, 0.0 }, STATUS_OK },
        { { INIT_BIAS_UNIFORM, 1, 0, 0, 0.0 }, STATUS_SHAPE },
        { { INIT_NORMAL, 1, 0, 0, 0.0 }, STATUS_OK },
        { { INIT_NORMAL, -1, 0, 0, 0.0 }, STATUS_SHAPE },
        { { INIT_NORMAL, PTRDIFF_MAX / 2, 0, 0, 0.0 }, STATUS_SHAPE },
        { { (init_kind)INIT_KINDS, 1, 1, 1, 0.0 }, STATUS_VALUE },
    };
    rng r;

    rng_seed(&r, 1);
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        float w = 0.0f;
        if (init_shape_check(&cases[k].shape) != cases[k].expected)
            fail_msg("case %zu: %s", k, status_string(init_shape_check(&cases[k].shape)));
        for (size_t i = 0; i < init_variant_count; i++)
            assert_int_equal(init_fill(&init_variants[i], &cases[k].shape, &r, &w),
                             cases[k].expected);
    }
}

static bool never(const init_shape *s)
{
    (void)s;
    return false;
}

static void says_what_a_variant_cannot_do(void **state)
{
    (void)state;
    const init_shape s = { .kind = INIT_NORMAL, .count = 1 };
    const init_variant empty = { .info.name = "empty" };
    init_variant narrow = init_variants[0];
    rng r;
    float w;

    rng_seed(&r, 1);
    narrow.supports = never;
    assert_int_equal(init_fill(&empty, &s, &r, &w), STATUS_UNSUPPORTED);
    assert_int_equal(init_fill(&narrow, &s, &r, &w), STATUS_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_layer_of_cnn_basic),
        cmocka_unit_test(normal_numbers),
        cmocka_unit_test(bounds),
        cmocka_unit_test(variants_leave_the_same_generator),
        cmocka_unit_test(statuses),
        cmocka_unit_test(says_what_a_variant_cannot_do),
    };
    return cmocka_run_group_tests_name("init", tests, NULL, NULL);
}
