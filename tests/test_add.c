/* test_add.c: the skip connection by worked examples; its contract. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "kernels/add/add.h"

static void expect_equal(const add_variant *v, const float *got, const float *want, size_t count)
{
    if (memcmp(got, want, count * sizeof *got) != 0)
        fail_msg("%s: not equal bit by bit", v->info.name);
}

static void sums_elements(void **state)
{
    (void)state;
    const float a[] = { 1.0f, -2.0f, 0.5f, 1e30f, INFINITY };
    const float b[] = { 2.0f, 2.0f, 0.25f, 1e-30f, 1.0f };
    const float sum[] = { 3.0f, 0.0f, 0.75f, 1e30f, INFINITY };

    for (size_t i = 0; i < add_variant_count; i++) {
        float y[5];
        assert_int_equal(add_forward(&add_variants[i], &(add_shape){ 5 }, a, b, y), STATUS_OK);
        expect_equal(&add_variants[i], y, sum, 5);
    }
}

static void propagates_nan(void **state)
{
    (void)state;
    const float a[] = { NAN, INFINITY }, b[] = { 1.0f, -INFINITY };

    for (size_t i = 0; i < add_variant_count; i++) {
        float y[2];
        add_forward(&add_variants[i], &(add_shape){ 2 }, a, b, y);
        if (!isnan(y[0]) || !isnan(y[1]))
            fail_msg("%s: NaN was swallowed", add_variants[i].info.name);
    }
}

static void gives_both_the_whole_gradient(void **state)
{
    (void)state;
    const float dy[] = { 1.0f, -2.0f, 0.5f };

    for (size_t i = 0; i < add_variant_count; i++) {
        float da[3], db[3];
        assert_int_equal(add_backward(&add_variants[i], &(add_shape){ 3 }, dy, da, db), STATUS_OK);
        expect_equal(&add_variants[i], da, dy, 3);
        expect_equal(&add_variants[i], db, dy, 3);
    }
}

static void works_in_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < add_variant_count; i++) {
        const add_variant *const v = &add_variants[i];
        const add_shape s = { 3 };
        float a[] = { 1.0f, 2.0f, 3.0f }, b[] = { 10.0f, 20.0f, 30.0f }, other[3];
        add_forward(v, &s, a, b, a);
        expect_equal(v, a, (const float[]){ 11.0f, 22.0f, 33.0f }, 3);
        add_forward(v, &s, a, b, b);
        expect_equal(v, b, (const float[]){ 21.0f, 42.0f, 63.0f }, 3);
        add_backward(v, &s, a, a, other);
        expect_equal(v, a, (const float[]){ 11.0f, 22.0f, 33.0f }, 3);
        expect_equal(v, other, a, 3);
        add_backward(v, &s, b, other, b);
        expect_equal(v, b, (const float[]){ 21.0f, 42.0f, 63.0f }, 3);
        expect_equal(v, other, b, 3);
    }
}

static void accepts_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < add_variant_count; i++) {
        assert_int_equal(add_forward(&add_variants[i], &(add_shape){ 0 }, NULL, NULL, NULL),
                         STATUS_OK);
        assert_int_equal(add_backward(&add_variants[i], &(add_shape){ 0 }, NULL, NULL, NULL),
                         STATUS_OK);
    }
}

static void refuses_bad_counts(void **state)
{
    (void)state;
    const ptrdiff_t most = PTRDIFF_MAX / (ptrdiff_t)sizeof(float);

    assert_int_equal(add_shape_check(&(add_shape){ most }), STATUS_OK);
    assert_int_equal(add_shape_check(&(add_shape){ most + 1 }), STATUS_SHAPE);
    assert_int_equal(add_shape_check(&(add_shape){ -1 }), STATUS_SHAPE);
    assert_int_equal(add_forward(add_variants, &(add_shape){ -1 }, NULL, NULL, NULL), STATUS_SHAPE);
    assert_int_equal(add_backward(add_variants, &(add_shape){ -1 }, NULL, NULL, NULL),
                     STATUS_SHAPE);
}

static bool odd_counts_only(const add_shape *s)
{
    return s->count % 2 == 1;
}

static void says_what_a_variant_cannot_do(void **state)
{
    (void)state;
    const add_variant empty = { .info.name = "empty" };
    add_variant odd = add_variants[0];
    const float one = 1.0f;
    float y = 0.0f, other;

    odd.supports = odd_counts_only;
    assert_int_equal(add_forward(&empty, &(add_shape){ 1 }, &one, &one, &y), STATUS_UNSUPPORTED);
    assert_int_equal(add_backward(&empty, &(add_shape){ 1 }, &one, &y, &other), STATUS_UNSUPPORTED);
    assert_int_equal(add_forward(&odd, &(add_shape){ 0 }, &one, &one, &y), STATUS_UNSUPPORTED);
    assert_int_equal(add_forward(&odd, &(add_shape){ 1 }, &one, &one, &y), STATUS_OK);
    expect_equal(&odd, &y, (const float[]){ 2.0f }, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_elements),
        cmocka_unit_test(propagates_nan),
        cmocka_unit_test(gives_both_the_whole_gradient),
        cmocka_unit_test(works_in_place),
        cmocka_unit_test(accepts_nothing),
        cmocka_unit_test(refuses_bad_counts),
        cmocka_unit_test(says_what_a_variant_cannot_do),
    };
    return cmocka_run_group_tests_name("add", tests, NULL, NULL);
}
