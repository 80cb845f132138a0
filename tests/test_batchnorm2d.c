/* test_batchnorm2d.c: batch normalisation on numbers small enough to follow. The worked example was
 * computed by PyTorch 1.13: torch.nn.functional.batch_norm and its gradients. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "kernels/batchnorm2d/batchnorm2d.h"

static void expect(const char *row, const char *what, const float *got, const float *want,
                   int count, float relative)
{
    for (int i = 0; i < count; i++)
        if (!(got[i] == want[i] || fabsf(got[i] - want[i]) <= relative * fabsf(want[i])))
            fail_msg("%s: %s[%d] is %.9g, not %.9g", row, what, i, (double)got[i],
                     (double)want[i]);
}

/* n = 2, c = 2, h = 1, w = 2 */
static const batchnorm2d_shape small = { .n = 2, .c = 2, .h = 1, .w = 2, .eps = 1e-5f,
                                         .momentum = 0.1f };
static const float small_x[] = { 1, 2, 10, 20, 3, 4, 30, 60 };
static const float small_gamma[] = { 2, -1 }, small_beta[] = { 0.5f, 1 };
static const float small_dy[] = { 1, -2, 3, 0.5f, 0, 1, -1, 2 };

static void test_shape_check(void **state)
{
    (void)state;
    batchnorm2d_shape s = small;

    assert_int_equal(batchnorm2d_shape_check(&s), STATUS_OK);
    s.n = 0;
    s.eps = 0.0f;
    s.momentum = 1.0f;
    assert_int_equal(batchnorm2d_shape_check(&s), STATUS_OK);
    s.momentum = 0.0f;
    assert_int_equal(batchnorm2d_shape_check(&s), STATUS_OK);

    const batchnorm2d_shape bad[] = {
        { .n = -1, .c = 1, .h = 1, .w = 1 },
        { .n = 1, .c = 0, .h = 1, .w = 1 },
        { .n = 1, .c = 1, .h = 0, .w = 1 },
        { .n = 1, .c = 1, .h = 1, .w = -1 },
        { .n = INT_MAX, .c = INT_MAX, .h = INT_MAX, .w = 1 },
    };
    for (int i = 0; i < 5; i++)
        if (batchnorm2d_shape_check(&bad[i]) != STATUS_SHAPE)
            fail_msg("bad shape %d was accepted", i);

    static const float bad_eps[] = { -1e-9f, NAN, INFINITY };
    static const float bad_momentum[] = { -0.1f, 1.001f, NAN, INFINITY };
    for (int i = 0; i < 3; i++) {
        s = small;
        s.eps = bad_eps[i];
        if (batchnorm2d_shape_check(&s) != STATUS_VALUE)
            fail_msg("bad eps %d was accepted", i);
    }
    for (int i = 0; i < 4; i++) {
        s = small;
        s.momentum = bad_momentum[i];
        if (batchnorm2d_shape_check(&s) != STATUS_VALUE)
            fail_msg("bad momentum %d was accepted", i);
    }
}

/* Room for what any entry writes, where only its status matters. */
static void expect_status(const batchnorm2d_variant *v, const batchnorm2d_shape *s, status train,
                          status eval)
{
    float x[8] = { 0 }, out[8], one[2] = { 1, 1 }, a[2], b[2], mean[2] = { 0 }, var[2] = { 1, 1 };

    assert_int_equal(batchnorm2d_train_forward(v, s, x, one, one, mean, var, out, a, b), train);
    assert_int_equal(batchnorm2d_train_backward(v, s, x, one, mean, var, x, out, a, b), train);
    assert_int_equal(batchnorm2d_eval_forward(v, s, x, one, one, mean, var, out), eval);
    assert_int_equal(batchnorm2d_eval_backward(v, s, x, one, mean, var, x, out, a, b), eval);
}

static bool never(const batchnorm2d_shape *s)
{
    (void)s;
    return false;
}

static void test_entries_refuse(void **state)
{
    (void)state;
    batchnorm2d_variant v = batchnorm2d_variants[0];
    batchnorm2d_shape s = small;

    expect_status(&v, &s, STATUS_OK, STATUS_OK);
    expect_status(&(batchnorm2d_variant){ .info = v.info }, &s, STATUS_UNSUPPORTED,
                  STATUS_UNSUPPORTED);
    v.supports = never;
    expect_status(&v, &s, STATUS_UNSUPPORTED, STATUS_UNSUPPORTED);
    s.eps = -1.0f;
    expect_status(&v, &s, STATUS_VALUE, STATUS_VALUE);
    s.w = 0;
    expect_status(&v, &s, STATUS_SHAPE, STATUS_SHAPE);
}

static void test_single_value_has_no_variance(void **state)
{
    (void)state;
    const batchnorm2d_shape s = { .n = 1, .c = 2, .h = 1, .w = 1, .eps = 1e-5f };

    for (size_t i = 0; i < batchnorm2d_variant_count; i++)
        expect_status(&batchnorm2d_variants[i], &s, STATUS_SHAPE, STATUS_OK);
}

static void test_train(void **state)
{
    (void)state;
    static const float want_y[] = { -2.18327069f, -0.394423485f, 2.06904483f, 1.53452241f,
                                    1.39442372f, 3.18327093f, 1.0f, -0.603567362f };
    static const float want_mean[] = { 2.5f, 30 };
    static const float want_invstd[] = { 0.894423613f, 0.053452248f };
    static const float want_running_mean[] = { 1.15f, 4.8f };
    static const float want_running_var[] = { 1.06666660f, 50.2666664f };
    static const float want_dx[] = { 2.32549691f, -3.3988111f, -0.0964049473f, 0.035316661f,
                                     -0.178883284f, 1.25219738f, 0.113586023f, -0.0524977408f };
    static const float want_dgamma[] = { 0.894423604f, -0.267261237f }, want_dbeta[] = { 0, 4.5f };

    for (size_t i = 0; i < batchnorm2d_variant_count; i++) {
        const batchnorm2d_variant *const v = &batchnorm2d_variants[i];
        float running_mean[] = { 1, 2 }, running_var[] = { 1, 4 };
        float y[8], mean[2], invstd[2], dx[8], dgamma[2] = { NAN, NAN }, dbeta[2] = { NAN, NAN };
        assert_int_equal(batchnorm2d_train_forward(v, &small, small_x, small_gamma, small_beta,
                                                   running_mean, running_var, y, mean, invstd),
                         STATUS_OK);
        expect(v->info.name, "y", y, want_y, 8, 1e-6f);
        expect(v->info.name, "saved_mean", mean, want_mean, 2, 0.0f);
        expect(v->info.name, "saved_invstd", invstd, want_invstd, 2, 2e-7f);
        expect(v->info.name, "running_mean", running_mean, want_running_mean, 2, 2e-7f);
        expect(v->info.name, "running_var", running_var, want_running_var, 2, 2e-7f);
        assert_int_equal(batchnorm2d_train_backward(v, &small, small_x, small_gamma, mean, invstd,
                                                    small_dy, dx, dgamma, dbeta), STATUS_OK);
        expect(v->info.name, "dx", dx, want_dx, 8, 4e-5f);     /* dx[4] cancels to a tenth */
        expect(v->info.name, "dgamma", dgamma, want_dgamma, 2, 1e-6f);
        expect(v->info.name, "dbeta", dbeta, want_dbeta, 2, 0.0f);
    }
}

static void test_eval(void **state)
{
    (void)state;
    static const float running_mean[] = { 1, 2 }, running_var[] = { 1, 4 };
    static const float want_y[] = { 0.5f, 2.49998999f, -2.99999523f, -7.99998951f, 4.49997997f,
                                    6.49996996f, -12.9999828f, -27.9999657f };
    static const float want_dx[] = { 1.99998999f, -3.99997997f, -1.49999815f, -0.249999687f, 0,
                                     1.99998999f, 0.499999374f, -0.999998748f };
    static const float want_dgamma[] = { 0.999994993f, 60.4999237f }, want_dbeta[] = { 0, 4.5f };

    for (size_t i = 0; i < batchnorm2d_variant_count; i++) {
        const batchnorm2d_variant *const v = &batchnorm2d_variants[i];
        float y[8], dx[8], dgamma[2], dbeta[2];
        assert_int_equal(batchnorm2d_eval_forward(v, &small, small_x, small_gamma, small_beta,
                                                  running_mean, running_var, y), STATUS_OK);
        expect(v->info.name, "y", y, want_y, 8, 3e-7f);
        assert_int_equal(batchnorm2d_eval_backward(v, &small, small_x, small_gamma, running_mean,
                                                   running_var, small_dy, dx, dgamma, dbeta),
                         STATUS_OK);
        expect(v->info.name, "dx", dx, want_dx, 8, 3e-7f);
        expect(v->info.name, "dgamma", dgamma, want_dgamma, 2, 3e-7f);
        expect(v->info.name, "dbeta", dbeta, want_dbeta, 2, 0.0f);
    }
}

/* In evaluation dx does not depend on x, not even where x is infinite. */
static void test_eval_gradient_ignores_x(void **state)
{
    (void)state;
    const batchnorm2d_shape s = { .n = 1, .c = 1, .h = 1, .w = 2, .eps = 0.0f };
    static const float x[] = { INFINITY, 1 }, one[] = { 1 }, mean[] = { 0 }, var[] = { 4 };
    static const float dy[] = { 2, -4 }, want[] = { 1, -2 };

    for (size_t i = 0; i < batchnorm2d_variant_count; i++) {
        float dx[2], dgamma, dbeta;
        assert_int_equal(batchnorm2d_eval_backward(&batchnorm2d_variants[i], &s, x, one, mean, var,
                                                   dy, dx, &dgamma, &dbeta), STATUS_OK);
        expect(batchnorm2d_variants[i].info.name, "dx", dx, want, 2, 0.0f);
    }
}

/* convnet-bn's first layer at batch 100: 78400 values per channel, with a mean far from 0. */
static void test_statistics_of_a_large_batch(void **state)
{
    (void)state;
    const batchnorm2d_shape s = { .n = 100, .c = 2, .h = 28, .w = 28, .eps = 1e-5f,
                                  .momentum = 1.0f };
    enum { COUNT = 100 * 2 * 28 * 28, PLANE = 28 * 28 };
    float *const x = malloc(COUNT * sizeof *x), *const y = malloc(COUNT * sizeof *y);
    double sum[2] = { 0 }, squares[2] = { 0 };

    assert_true(x && y);
    uint32_t state_of_lcg = 1;
    for (int i = 0; i < COUNT; i++) {
        state_of_lcg = state_of_lcg * 1664525u + 1013904223u;
        x[i] = 1000.0f + (float)(state_of_lcg >> 8) * 0x1p-24f;
        sum[i / PLANE % 2] += (double)x[i] / (COUNT / 2);
    }
    for (int i = 0; i < COUNT; i++)
        squares[i / PLANE % 2] += pow((double)x[i] - sum[i / PLANE % 2], 2.0);
    const float want_mean[] = { (float)sum[0], (float)sum[1] };
    const float want_var[] = { (float)(squares[0] / (COUNT / 2 - 1)),
                               (float)(squares[1] / (COUNT / 2 - 1)) };
    static const float ones[] = { 1, 1 }, zeros[] = { 0, 0 };
    for (size_t i = 0; i < batchnorm2d_variant_count; i++) {
        const batchnorm2d_variant *const v = &batchnorm2d_variants[i];
        float running_mean[2] = { 0 }, running_var[2] = { 0 }, mean[2], invstd[2];
        assert_int_equal(batchnorm2d_train_forward(v, &s, x, ones, zeros, running_mean,
                                                   running_var, y, mean, invstd), STATUS_OK);
        expect(v->info.name, "saved_mean", mean, want_mean, 2, 1.3e-7f);
        expect(v->info.name, "running_mean", running_mean, want_mean, 2, 1.3e-7f);
        expect(v->info.name, "running_var", running_var, want_var, 2, 1e-6f);
    }
    free(x);
    free(y);
}

static void test_empty_batch(void **state)
{
    (void)state;
    const batchnorm2d_shape s = { .n = 0, .c = 2, .h = 3, .w = 3, .eps = 1e-5f, .momentum = 0.1f };
    static const float old_mean[] = { 1, 2 }, old_var[] = { 3, 4 }, zeros[] = { 0, 0 };

    for (size_t i = 0; i < batchnorm2d_variant_count; i++) {
        const batchnorm2d_variant *const v = &batchnorm2d_variants[i];
        float running_mean[] = { 1, 2 }, running_var[] = { 3, 4 };
        float a[2] = { NAN, NAN }, b[2] = { NAN, NAN };
        assert_int_equal(batchnorm2d_train_forward(v, &s, NULL, small_gamma, small_beta,
                                                   running_mean, running_var, NULL, a, b),
                         STATUS_OK);
        expect(v->info.name, "running_mean", running_mean, old_mean, 2, 0.0f);
        expect(v->info.name, "running_var", running_var, old_var, 2, 0.0f);
        expect(v->info.name, "saved_mean", a, zeros, 2, 0.0f);
        expect(v->info.name, "saved_invstd", b, zeros, 2, 0.0f);
        a[0] = a[1] = b[0] = b[1] = NAN;
        assert_int_equal(batchnorm2d_train_backward(v, &s, NULL, small_gamma, zeros, zeros, NULL,
                                                    NULL, a, b), STATUS_OK);
        expect(v->info.name, "dgamma", a, zeros, 2, 0.0f);
        expect(v->info.name, "dbeta", b, zeros, 2, 0.0f);
        a[0] = a[1] = b[0] = b[1] = NAN;
        assert_int_equal(batchnorm2d_eval_forward(v, &s, NULL, small_gamma, small_beta, old_mean,
                                                  old_var, NULL), STATUS_OK);
        assert_int_equal(batchnorm2d_eval_backward(v, &s, NULL, small_gamma, old_mean, old_var,
                                                   NULL, NULL, a, b), STATUS_OK);
        expect(v->info.name, "dgamma", a, zeros, 2, 0.0f);
        expect(v->info.name, "dbeta", b, zeros, 2, 0.0f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shape_check),
        cmocka_unit_test(test_entries_refuse),
        cmocka_unit_test(test_single_value_has_no_variance),
        cmocka_unit_test(test_train),
        cmocka_unit_test(test_eval),
        cmocka_unit_test(test_eval_gradient_ignores_x),
        cmocka_unit_test(test_statistics_of_a_large_batch),
        cmocka_unit_test(test_empty_batch),
    };
    return cmocka_run_group_tests_name("batchnorm2d", tests, NULL, NULL);
}
