/* test_mse.c: the squared error by worked examples; its contract. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "kernels/mse/mse.h"

static void expect_close(const mse_variant *v, float got, double want)
{
    if (!(fabs((double)got - want) <= 1e-6 * fabs(want)))
        fail_msg("%s: got %.9g, want %.9g", v->info.name, (double)got, want);
}

/* differences 1, -2, 0.5, 0: squares 1, 4, 0.25, 0 */
static const float x[] = { 3.0f, -1.0f, 0.75f, 7.0f }, target[] = { 2.0f, 1.0f, 0.25f, 7.0f };

static void mean_and_sum(void **state)
{
    (void)state;
    for (size_t i = 0; i < mse_variant_count; i++) {
        float loss = -1.0f;
        assert_int_equal(mse_forward(&mse_variants[i], &(mse_shape){ 4, true }, x, target, &loss),
                         STATUS_OK);
        expect_close(&mse_variants[i], loss, 5.25 / 4.0);
        assert_int_equal(mse_forward(&mse_variants[i], &(mse_shape){ 4, false }, x, target, &loss),
                         STATUS_OK);
        expect_close(&mse_variants[i], loss, 5.25);
    }
}

static void gradient(void **state)
{
    (void)state;
    const double difference[] = { 1.0, -2.0, 0.5, 0.0 };
    const float dloss = 3.0f;

    for (size_t i = 0; i < mse_variant_count; i++)
        for (int mean = 0; mean < 2; mean++) {
            const mse_shape s = { 4, mean != 0 };
            float dx[4];
            assert_int_equal(mse_backward(&mse_variants[i], &s, x, target, &dloss, dx), STATUS_OK);
            for (int k = 0; k < 4; k++)
                expect_close(&mse_variants[i], dx[k], 6.0 * difference[k] / (mean ? 4.0 : 1.0));
        }
}

/* A float sum of 2^20 terms near 1/3 would be off in the fourth digit. */
static void long_sums_keep_their_digits(void **state)
{
    (void)state;
    enum { COUNT = 1 << 20 };
    float *const ones = calloc(COUNT, sizeof *ones), *const zeros = calloc(COUNT, sizeof *zeros);

    assert_non_null(ones);
    assert_non_null(zeros);
    for (int k = 0; k < COUNT; k++)
        ones[k] = 0.577f;
    for (size_t i = 0; i < mse_variant_count; i++) {
        float loss;
        mse_forward(&mse_variants[i], &(mse_shape){ COUNT, true }, ones, zeros, &loss);
        expect_close(&mse_variants[i], loss, (double)0.577f * (double)0.577f);
    }
    free(ones);
    free(zeros);
}

static void nothing_has_no_mean(void **state)
{
    (void)state;
    for (size_t i = 0; i < mse_variant_count; i++) {
        float loss = 1.0f;
        assert_int_equal(mse_forward(&mse_variants[i], &(mse_shape){ 0, false }, NULL, NULL, &loss),
                         STATUS_OK);
        expect_close(&mse_variants[i], loss, 0.0);
        assert_int_equal(mse_forward(&mse_variants[i], &(mse_shape){ 0, true }, NULL, NULL, &loss),
                         STATUS_OK);
        if (!isnan(loss))
            fail_msg("%s: the mean of nothing is %g", mse_variants[i].info.name, (double)loss);
        assert_int_equal(mse_backward(&mse_variants[i], &(mse_shape){ 0, true }, NULL, NULL, &loss,
                                      NULL), STATUS_OK);
    }
}

static bool means_only(const mse_shape *s)
{
    return s->mean;
}

static void statuses(void **state)
{
    (void)state;
    const ptrdiff_t most = PTRDIFF_MAX / (ptrdiff_t)sizeof(float);
    const mse_variant empty = { .info.name = "empty" };
    const mse_shape bad = { -1, false }, sum = { 4, false };
    mse_variant narrow = mse_variants[0];
    float out[4];

    narrow.supports = means_only;
    assert_int_equal(mse_shape_check(&(mse_shape){ most, false }), STATUS_OK);
    assert_int_equal(mse_shape_check(&(mse_shape){ most + 1, false }), STATUS_SHAPE);
    assert_int_equal(mse_forward(mse_variants, &bad, x, target, out), STATUS_SHAPE);
    assert_int_equal(mse_backward(mse_variants, &bad, x, target, x, out), STATUS_SHAPE);
    assert_int_equal(mse_forward(&empty, &sum, x, target, out), STATUS_UNSUPPORTED);
    assert_int_equal(mse_backward(&empty, &sum, x, target, x, out), STATUS_UNSUPPORTED);
    assert_int_equal(mse_forward(&narrow, &sum, x, target, out), STATUS_UNSUPPORTED);
    assert_int_equal(mse_backward(&narrow, &sum, x, target, x, out), STATUS_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_and_sum),
        cmocka_unit_test(gradient),
        cmocka_unit_test(long_sums_keep_their_digits),
        cmocka_unit_test(nothing_has_no_mean),
        cmocka_unit_test(statuses),
    };
    return cmocka_run_group_tests_name("mse", tests, NULL, NULL);
}
