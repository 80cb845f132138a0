/* test_conv1x1.c: pointwise convolution. The random checks against the reference are elsewhere;
 * here are numbers from PyTorch 1.13 and the contract's corners. */
#include "kernels/conv1x1/conv1x1.h"

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

/* torch.nn.functional.conv2d with a 1x1 window in double precision, the gradients by autograd. */
static const conv1x1_shape example = { .n = 2, .c = 3, .h = 2, .w = 2, .oc = 2 };
static const float x[] = { -5, 2, -2, 5, 1, -3, 4, 0, -4, 3, -1, -5,
                           2, -2, 5, 1, -3, 4, 0, -4, 3, -1, -5, 2 };
static const float w[] = { -3, 2, 0, -2, 3, 1 };
static const float b[] = { -1, 1 };
static const float dy[] = { -2, 1, -1, 2, 0, -2, 1, -1, 2, 0, -2, 1, -1, 2, 0, -2 };
static const float y_want[] = { 16, -13, 13, -16, 10, -9, 16, -14,
                                -13, 13, -16, -12, -9, 16, -14, -11 };
static const float dx_want[] = { 6, 1, 1, -4, -4, -4, 1, 1, 0, -2, 1, -1,
                                 -4, -4, 6, 1, 1, 6, -4, -4, -1, 2, 0, -2 };
static const float dw_want[] = { 19, -19, 20, -19, 29, -11 };
static const float db_want[] = { 1, -3 };

static void as_pytorch_computes(void **state)
{
    (void)state;
    for (size_t i = 0; i < conv1x1_variant_count; i++) {
        const conv1x1_variant *const v = &conv1x1_variants[i];
        void *const workspace = floats_workspace(conv1x1_workspace_bytes(v, &example));
        float y[16], dx[24], dw[6], db[2];
        assert_int_equal(conv1x1_forward(v, &example, x, w, b, y, workspace), STATUS_OK);
        floats_expect(v->info.name, "y", y, y_want, 16);
        assert_int_equal(conv1x1_backward_data(v, &example, dy, w, dx, workspace), STATUS_OK);
        floats_expect(v->info.name, "dx", dx, dx_want, 24);
        assert_int_equal(conv1x1_backward_weights(v, &example, x, dy, dw, db, workspace),
                         STATUS_OK);
        floats_expect(v->info.name, "dw", dw, dw_want, 6);
        floats_expect(v->info.name, "db", db, db_want, 2);
        free(workspace);
    }
}

static void bias_may_be_missing(void **state)
{
    (void)state;
    for (size_t i = 0; i < conv1x1_variant_count; i++) {
        const conv1x1_variant *const v = &conv1x1_variants[i];
        void *const workspace = floats_workspace(conv1x1_workspace_bytes(v, &example));
        float y[16], dw[6];
        assert_int_equal(conv1x1_forward(v, &example, x, w, NULL, y, workspace), STATUS_OK);
        for (int k = 0; k < 16; k++)
            assert_true(y[k] == y_want[k] - b[k / 4 % 2]);
        assert_int_equal(conv1x1_backward_weights(v, &example, x, dy, dw, NULL, workspace),
                         STATUS_OK);
        floats_expect(v->info.name, "dw", dw, dw_want, 6);
        free(workspace);
    }
}

static void impossible_shapes_are_refused(void **state)
{
    static const conv1x1_shape bad[] = {
        { -1, 3, 2, 2, 2 }, { 1, 0, 2, 2, 2 },  { 1, 3, 0, 2, 2 }, { 1, 3, 2, 0, 2 },
        { 1, 3, 2, 2, 0 },  { 1, -3, 2, 2, 2 }, { 1, 3, 2, 2, -2 },
        { 1, 1, 1 << 16, 1 << 16, 1 },          /* h*w exceeds INT_MAX */
        { INT_MAX, INT_MAX, 2, 2, 1 },
        { INT_MAX, 1, 2, 2, INT_MAX },
        { 0, INT_MAX, 1, 1, INT_MAX },
    };
    float out[24] = { 5 };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const conv1x1_variant *const v = &conv1x1_variants[i % conv1x1_variant_count];
        assert_int_equal(conv1x1_shape_check(&bad[i]), STATUS_SHAPE);
        assert_int_equal(conv1x1_forward(v, &bad[i], x, w, b, out, NULL), STATUS_SHAPE);
        assert_int_equal(conv1x1_backward_data(v, &bad[i], dy, w, out, NULL), STATUS_SHAPE);
        assert_int_equal(conv1x1_backward_weights(v, &bad[i], x, dy, out, NULL, NULL),
                         STATUS_SHAPE);
    }
    assert_true(out[0] == 5.0f);
}

static bool supports_nothing(const conv1x1_shape *s)
{
    (void)s;
    return false;
}

static void missing_pass_is_unsupported(void **state)
{
    const conv1x1_variant none = { .info = { .name = "none" } };
    conv1x1_variant picky = conv1x1_variants[0];
    float out[24];

    (void)state;
    picky.supports = supports_nothing;
    assert_int_equal(conv1x1_workspace_bytes(&none, &example), 0);
    assert_int_equal(conv1x1_forward(&none, &example, x, w, b, out, NULL), STATUS_UNSUPPORTED);
    assert_int_equal(conv1x1_backward_data(&none, &example, dy, w, out, NULL), STATUS_UNSUPPORTED);
    assert_int_equal(conv1x1_backward_weights(&none, &example, x, dy, out, NULL, NULL),
                     STATUS_UNSUPPORTED);
    assert_int_equal(conv1x1_forward(&picky, &example, x, w, b, out, NULL), STATUS_UNSUPPORTED);
}

static void empty_batch_has_zero_weight_gradients(void **state)
{
    static const float zeros[6] = { 0 };
    const conv1x1_shape s = { .n = 0, .c = 3, .h = 2, .w = 2, .oc = 2 };

    (void)state;
    for (size_t i = 0; i < conv1x1_variant_count; i++) {
        const conv1x1_variant *const v = &conv1x1_variants[i];
        void *const workspace = floats_workspace(conv1x1_workspace_bytes(v, &s));
        float dw[6] = { NAN }, db[2] = { NAN };
        assert_int_equal(conv1x1_forward(v, &s, NULL, w, b, NULL, workspace), STATUS_OK);
        assert_int_equal(conv1x1_backward_data(v, &s, NULL, w, NULL, workspace), STATUS_OK);
        assert_int_equal(conv1x1_backward_weights(v, &s, NULL, NULL, dw, db, workspace),
                         STATUS_OK);
        floats_expect(v->info.name, "dw", dw, zeros, 6);
        floats_expect(v->info.name, "db", db, zeros, 2);
        free(workspace);
    }
}

/* Fewer images than threads, more images than chunks, and planes large enough to be divided. */
static void expect_exact(const conv1x1_shape *s)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w, weights = (ptrdiff_t)s->oc * s->c;
    const ptrdiff_t ins = s->n * s->c * plane, outs = s->n * s->oc * plane;
    float *const input = floats_new(ins), *const weight = floats_new(weights);
    float *const gradient = floats_new(outs), *const bias = floats_new(s->oc);
    float *const y[] = { floats_new(outs), floats_new(outs) };
    float *const dx[] = { floats_new(ins), floats_new(ins) };
    float *const dw[] = { floats_new(weights), floats_new(weights) };
    float *const db[] = { floats_new(s->oc), floats_new(s->oc) };

    floats_pattern(input, ins, 7, 11, 5);
    floats_pattern(weight, weights, 5, 7, 3);
    floats_pattern(gradient, outs, 3, 5, 2);
    floats_pattern(bias, s->oc, 2, 5, 1);
    for (size_t i = 0; i < conv1x1_variant_count; i++)
        for (int count = 1; count <= 4; count++) {
            const conv1x1_variant *const v = &conv1x1_variants[i];
            const int to = i > 0 || count > 1;
            omp_set_num_threads(count);
            void *const workspace = floats_workspace(conv1x1_workspace_bytes(v, s));
            assert_int_equal(conv1x1_forward(v, s, input, weight, bias, y[to], workspace),
                             STATUS_OK);
            assert_int_equal(conv1x1_backward_data(v, s, gradient, weight, dx[to], workspace),
                             STATUS_OK);
            assert_int_equal(conv1x1_backward_weights(v, s, input, gradient, dw[to], db[to],
                                                      workspace), STATUS_OK);
            floats_expect(v->info.name, "y", y[to], y[0], outs);
            floats_expect(v->info.name, "dx", dx[to], dx[0], ins);
            floats_expect(v->info.name, "dw", dw[to], dw[0], weights);
            floats_expect(v->info.name, "db", db[to], db[0], s->oc);
            free(workspace);
        }
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

static void large_shapes_are_divided_exactly(void **state)
{
    static const conv1x1_shape shapes[] = { { 1, 19, 31, 29, 23 }, { 3, 8, 17, 16, 33 },
                                            { 19, 5, 20, 20, 3 } };
    const int threads = omp_get_max_threads();

    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        expect_exact(&shapes[i]);
    omp_set_num_threads(threads);
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

    return cmocka_run_group_tests_name("conv1x1", tests, NULL, NULL);
}
