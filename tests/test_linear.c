/* test_linear.c: the fully connected layer. The random checks against the reference are elsewhere;
 * here are numbers from PyTorch 1.13 and the contract's corners. */
#include "kernels/linear/linear.h"

#include <limits.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/floats.h"

/* torch.nn.functional.linear in double precision, the gradients by autograd. */
static const linear_shape example = { .n = 2, .in_features = 3, .out_features = 4 };
static const float x[] = { -5, 2, -2, 5, 1, -3 };
static const float w[] = { -3, 2, 0, -2, 3, 1, -1, -3, 2, 0, -2, 3 };
static const float b[] = { -1, 1, 3, 0 };
static const float dy[] = { -2, 1, -1, 2, 0, -2, 1, -1 };
static const float y_want[] = { 18, 15, -2, -10, -14, -9, -11, -11 };
static const float dx_want[] = { 5, -2, 5, 3, -7, -3 };
static const float dw_want[] = { 10, -4, 4, -15, 0, 4, 10, -1, -1, -15, 3, -1 };
static const float db_want[] = { -2, -1, 0, 1 };

static void as_pytorch_computes(void **state)
{
    (void)state;
    for (size_t i = 0; i < linear_variant_count; i++) {
        const linear_variant *const v = &linear_variants[i];
        void *const workspace = floats_workspace(linear_workspace_bytes(v, &example));
        float y[8], dx[6], dw[12], db[4];
        assert_int_equal(linear_forward(v, &example, x, w, b, y, workspace), STATUS_OK);
        floats_expect(v->info.name, "y", y, y_want, 8);
        assert_int_equal(linear_backward_data(v, &example, dy, w, dx, workspace), STATUS_OK);
        floats_expect(v->info.name, "dx", dx, dx_want, 6);
        assert_int_equal(linear_backward_weights(v, &example, x, dy, dw, db, workspace),
                         STATUS_OK);
        floats_expect(v->info.name, "dw", dw, dw_want, 12);
        floats_expect(v->info.name, "db", db, db_want, 4);
        free(workspace);
    }
}

static void bias_may_be_missing(void **state)
{
    (void)state;
    for (size_t i = 0; i < linear_variant_count; i++) {
        const linear_variant *const v = &linear_variants[i];
        void *const workspace = floats_workspace(linear_workspace_bytes(v, &example));
        float y[8], dw[12];
        assert_int_equal(linear_forward(v, &example, x, w, NULL, y, workspace), STATUS_OK);
        for (int k = 0; k < 8; k++)
            assert_true(y[k] == y_want[k] - b[k % 4]);
        assert_int_equal(linear_backward_weights(v, &example, x, dy, dw, NULL, workspace),
                         STATUS_OK);
        floats_expect(v->info.name, "dw", dw, dw_want, 12);
        free(workspace);
    }
}

static void impossible_shapes_are_refused(void **state)
{
    static const linear_shape bad[] = { { -1, 3, 4 },      { 2, 0, 4 },
                                        { 2, 3, 0 },       { 2, -3, 4 },
                                        { 2, 3, -4 },      { INT_MAX, INT_MAX, 1 },
                                        { INT_MAX, 1, INT_MAX }, { 0, INT_MAX, INT_MAX } };
    float out[12] = { 5 };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const linear_variant *const v = &linear_variants[i % linear_variant_count];
        assert_int_equal(linear_shape_check(&bad[i]), STATUS_SHAPE);
        assert_int_equal(linear_forward(v, &bad[i], x, w, b, out, NULL), STATUS_SHAPE);
        assert_int_equal(linear_backward_data(v, &bad[i], dy, w, out, NULL), STATUS_SHAPE);
        assert_int_equal(linear_backward_weights(v, &bad[i], x, dy, out, NULL, NULL),
                         STATUS_SHAPE);
    }
    assert_true(out[0] == 5.0f);
}

static bool supports_nothing(const linear_shape *s)
{
    (void)s;
    return false;
}

static void missing_pass_is_unsupported(void **state)
{
    const linear_variant none = { .info = { .name = "none" } };
    linear_variant picky = linear_variants[0];
    float out[12];

    (void)state;
    picky.supports = supports_nothing;
    assert_int_equal(linear_workspace_bytes(&none, &example), 0);
    assert_int_equal(linear_forward(&none, &example, x, w, b, out, NULL), STATUS_UNSUPPORTED);
    assert_int_equal(linear_backward_data(&none, &example, dy, w, out, NULL), STATUS_UNSUPPORTED);
    assert_int_equal(linear_backward_weights(&none, &example, x, dy, out, NULL, NULL),
                     STATUS_UNSUPPORTED);
    assert_int_equal(linear_forward(&picky, &example, x, w, b, out, NULL), STATUS_UNSUPPORTED);
}

static void empty_batch_has_zero_weight_gradients(void **state)
{
    static const float zeros[12] = { 0 };
    const linear_shape s = { .n = 0, .in_features = 3, .out_features = 4 };

    (void)state;
    for (size_t i = 0; i < linear_variant_count; i++) {
        const linear_variant *const v = &linear_variants[i];
        void *const workspace = floats_workspace(linear_workspace_bytes(v, &s));
        float dw[12] = { NAN }, db[4] = { NAN };
        assert_int_equal(linear_forward(v, &s, NULL, w, b, NULL, workspace), STATUS_OK);
        assert_int_equal(linear_backward_data(v, &s, NULL, w, NULL, workspace), STATUS_OK);
        assert_int_equal(linear_backward_weights(v, &s, NULL, NULL, dw, db, workspace),
                         STATUS_OK);
        floats_expect(v->info.name, "dw", dw, zeros, 12);
        floats_expect(v->info.name, "db", db, zeros, 4);
        free(workspace);
    }
}

/* So large that products and bias gradients are divided among threads. */
static void large_shapes_are_divided_exactly(void **state)
{
    const linear_shape s = { .n = 260, .in_features = 30, .out_features = 131 };
    const int threads = omp_get_max_threads();
    const ptrdiff_t ins = s.n * s.in_features, outs = s.n * s.out_features;
    const ptrdiff_t weights = s.in_features * s.out_features;
    float *const input = floats_new(ins), *const weight = floats_new(weights);
    float *const gradient = floats_new(outs), *const bias = floats_new(s.out_features);
    float *const y[] = { floats_new(outs), floats_new(outs) };
    float *const dx[] = { floats_new(ins), floats_new(ins) };
    float *const dw[] = { floats_new(weights), floats_new(weights) };
    float *const db[] = { floats_new(s.out_features), floats_new(s.out_features) };

    (void)state;
    floats_pattern(input, ins, 7, 11, 5);
    floats_pattern(weight, weights, 5, 7, 3);
    floats_pattern(gradient, outs, 3, 5, 2);
    floats_pattern(bias, s.out_features, 2, 5, 1);
    for (size_t i = 0; i < linear_variant_count; i++)
        for (int count = 1; count <= 4; count++) {
            const linear_variant *const v = &linear_variants[i];
            const int to = i > 0 || count > 1;
            omp_set_num_threads(count);
            void *const workspace = floats_workspace(linear_workspace_bytes(v, &s));
            assert_int_equal(linear_forward(v, &s, input, weight, bias, y[to], workspace),
                             STATUS_OK);
            assert_int_equal(linear_backward_data(v, &s, gradient, weight, dx[to], workspace),
                             STATUS_OK);
            assert_int_equal(linear_backward_weights(v, &s, input, gradient, dw[to], db[to],
                                                     workspace), STATUS_OK);
            floats_expect(v->info.name, "y", y[to], y[0], outs);
            floats_expect(v->info.name, "dx", dx[to], dx[0], ins);
            floats_expect(v->info.name, "dw", dw[to], dw[0], weights);
            floats_expect(v->info.name, "db", db[to], db[0], s.out_features);
            free(workspace);
        }
    omp_set_num_threads(threads);
    for (int i = 0; i < 2; i++) {
        free(y[i]);
        free(dx[i]);
        free(dw[i]);
        free(db[i]);
    }
    free(input);
    free(weight);
    free(gradient);
    free(bias);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_pytorch_computes),
        cmocka_unit_test(bias_may_be_missing),
        cmocka_unit_test(impossible_shapes_are_refused),
        cmocka_unit_test(missing_pass_is_unsupported),
        cmocka_unit_test(empty_batch_has_zero_weight_gradients),
        cmocka_unit_test(large_shapes_are_divided_exactly),
    };

    return cmocka_run_group_tests_name("linear", tests, NULL, NULL);
}
