/* test_concat.c: joining tensors by worked examples; the contract. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <string.h>

#include "kernels/concat/concat.h"

static void expect_equal(const concat_variant *v, const float *got, const float *want,
                         size_t count)
{
    if (memcmp(got, want, count * sizeof *got) != 0)
        fail_msg("%s: not equal bit by bit", v->info.name);
}

/* x0 [2][1][2] and x1 [2][2][2], joined along the middle axis; an empty input between them. */
static const float x0[] = { 1, 2, 3, 4 };
static const float x1[] = { 10, 20, 30, 40, 50, 60, 70, 80 };
static const float joined[] = { 1, 2, 10, 20, 30, 40, 3, 4, 50, 60, 70, 80 };

static concat_shape example(void)
{
    concat_shape s = { .inputs = 3, .outer = 2, .inner = 2, .extent = { 1, 0, 2 } };

    assert_int_equal(concat_shape_init(&s), STATUS_OK);
    assert_int_equal(s.total, 3);
    return s;
}

static void joins_along_the_middle_axis(void **state)
{
    (void)state;
    const concat_shape s = example();

    for (size_t i = 0; i < concat_variant_count; i++) {
        float y[12];
        const float *const x[] = { x0, NULL, x1 };
        assert_int_equal(concat_forward(&concat_variants[i], &s, x, y), STATUS_OK);
        expect_equal(&concat_variants[i], y, joined, 12);
    }
}

static void cuts_the_gradient_up_again(void **state)
{
    (void)state;
    const concat_shape s = example();

    for (size_t i = 0; i < concat_variant_count; i++) {
        float dx0[4], dx1[8];
        float *const dx[] = { dx0, NULL, dx1 };
        assert_int_equal(concat_backward(&concat_variants[i], &s, joined, dx), STATUS_OK);
        expect_equal(&concat_variants[i], dx0, x0, 4);
        expect_equal(&concat_variants[i], dx1, x1, 8);
    }
}

static void accepts_nothing(void **state)
{
    (void)state;
    const float *const x[] = { NULL };
    float *const dx[] = { NULL };
    concat_shape empty[] = {
        { .inputs = 1, .outer = 0, .inner = 3, .extent = { 2 } },
        { .inputs = 1, .outer = 3, .inner = 0, .extent = { 2 } },
        { .inputs = 1, .outer = 3, .inner = 3, .extent = { 0 } },
    };

    for (size_t i = 0; i < concat_variant_count; i++)
        for (size_t k = 0; k < sizeof empty / sizeof empty[0]; k++) {
            assert_int_equal(concat_shape_init(&empty[k]), STATUS_OK);
            assert_int_equal(concat_forward(&concat_variants[i], &empty[k], x, NULL), STATUS_OK);
            assert_int_equal(concat_backward(&concat_variants[i], &empty[k], NULL, dx), STATUS_OK);
        }
}

static void refuses_bad_shapes(void **state)
{
    (void)state;
    concat_shape bad[] = {
        { .inputs = 0, .outer = 1, .inner = 1 },
        { .inputs = CONCAT_MAX_INPUTS + 1, .outer = 1, .inner = 1 },
        { .inputs = 1, .outer = -1, .inner = 1, .extent = { 1 } },
        { .inputs = 1, .outer = 1, .inner = -1, .extent = { 1 } },
        { .inputs = 2, .outer = 1, .inner = 1, .extent = { 1, -1 } },
        { .inputs = 2, .outer = 1, .inner = 1, .extent = { INT_MAX, 1 } },
        { .inputs = 1, .outer = INT_MAX, .inner = INT_MAX, .extent = { INT_MAX } },
        { .inputs = 1, .outer = INT_MAX, .inner = INT_MAX, .extent = { 0 } },
    };

    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
        if (concat_shape_init(&bad[k]) != STATUS_SHAPE)
            fail_msg("shape %zu was accepted", k);
    assert_int_equal(concat_forward(concat_variants, &bad[2], NULL, NULL), STATUS_SHAPE);
    assert_int_equal(concat_backward(concat_variants, &bad[2], NULL, NULL), STATUS_SHAPE);
}

static void refuses_a_shape_without_total(void **state)
{
    (void)state;
    const concat_shape s = { .inputs = 1, .outer = 1, .inner = 1, .extent = { 2 } };

    assert_int_equal(concat_forward(concat_variants, &s, NULL, NULL), STATUS_SHAPE);
    assert_int_equal(concat_backward(concat_variants, &s, NULL, NULL), STATUS_SHAPE);
}

static void takes_the_most_inputs(void **state)
{
    (void)state;
    concat_shape s = { .inputs = CONCAT_MAX_INPUTS, .outer = 1, .inner = 1 };
    const float one = 1.0f, *x[CONCAT_MAX_INPUTS];

    for (int k = 0; k < CONCAT_MAX_INPUTS; k++) {
        s.extent[k] = 1;
        x[k] = &one;
    }
    assert_int_equal(concat_shape_init(&s), STATUS_OK);
    for (size_t i = 0; i < concat_variant_count; i++) {
        float y[CONCAT_MAX_INPUTS] = { 0 };
        assert_int_equal(concat_forward(&concat_variants[i], &s, x, y), STATUS_OK);
        for (int k = 0; k < CONCAT_MAX_INPUTS; k++)
            expect_equal(&concat_variants[i], &y[k], &one, 1);
    }
}

static bool two_inputs_only(const concat_shape *s)
{
    return s->inputs == 2;
}

static void says_what_a_variant_cannot_do(void **state)
{
    (void)state;
    const concat_shape s = example();
    const concat_variant empty = { .info.name = "empty" };
    concat_variant narrow = concat_variants[0];

    narrow.supports = two_inputs_only;
    assert_int_equal(concat_forward(&empty, &s, NULL, NULL), STATUS_UNSUPPORTED);
    assert_int_equal(concat_backward(&empty, &s, NULL, NULL), STATUS_UNSUPPORTED);
    assert_int_equal(concat_forward(&narrow, &s, NULL, NULL), STATUS_UNSUPPORTED);
    assert_int_equal(concat_backward(&narrow, &s, NULL, NULL), STATUS_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_along_the_middle_axis),
        cmocka_unit_test(cuts_the_gradient_up_again),
        cmocka_unit_test(accepts_nothing),
        cmocka_unit_test(refuses_bad_shapes),
        cmocka_unit_test(refuses_a_shape_without_total),
        cmocka_unit_test(takes_the_most_inputs),
        cmocka_unit_test(says_what_a_variant_cannot_do),
    };
    return cmocka_run_group_tests_name("concat", tests, NULL, NULL);
}
