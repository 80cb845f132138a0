/* test_conv1x1.c: pointwise convolution. The random checks against the reference are elsewhere;
 * here are numbers from PyTorch 1.13 and the contract's corners. */
#include "kernels/conv1x1/conv1x1.h"

#include <limits.h>
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

/* The outputs of all three passes. */
typedef struct {
    ptrdiff_t x_count, w_count, y_count, b_count;
    float *y, *dx, *dw, *db;
} outputs;

static void outputs_free(outputs *t)
{
    free(t->y);
    free(t->dx);
    free(t->dw);
    free(t->db);
}

/* All three passes; with bias == NULL there is no db either, and it stays NaN. */
static outputs run_all(const conv1x1_variant *v, const conv1x1_shape *s, const float *input,
                       const float *weight, const float *bias, const float *gradient)
{
    void *const workspace = floats_workspace(conv1x1_workspace_bytes(v, s));
    outputs t = { .x_count = (ptrdiff_t)s->n * s->c * s->h * s->w,
                  .w_count = (ptrdiff_t)s->oc * s->c,
                  .y_count = (ptrdiff_t)s->n * s->oc * s->h * s->w, .b_count = s->oc };

    t.y = floats_new(t.y_count);
    t.dx = floats_new(t.x_count);
    t.dw = floats_new(t.w_count);
    t.db = floats_new(t.b_count);
    assert_int_equal(conv1x1_forward(v, s, input, weight, bias, t.y, workspace), STATUS_OK);
    assert_int_equal(conv1x1_backward_data(v, s, gradient, weight, t.dx, workspace), STATUS_OK);
    assert_int_equal(conv1x1_backward_weights(v, s, input, gradient, t.dw,
                                  bias ? t.db : NULL, workspace), STATUS_OK);
    free(workspace);
    return t;
}

static void as_pytorch_computes(void **state)
{
    (void)state;
    for (size_t i = 0; i < conv1x1_variant_count; i++) {
        const char *const name = conv1x1_variants[i].info.name;
        outputs t = run_all(&conv1x1_variants[i], &example, x, w, b, dy);
        floats_expect(name, "y", t.y, y_want, t.y_count);
        floats_expect(name, "dx", t.dx, dx_want, t.x_count);
        floats_expect(name, "dw", t.dw, dw_want, t.w_count);
        floats_expect(name, "db", t.db, db_want, t.b_count);
        outputs_free(&t);
    }
}

static void bias_may_be_missing(void **state)
{
    (void)state;
    for (size_t i = 0; i < conv1x1_variant_count; i++) {
        const char *const name = conv1x1_variants[i].info.name;
        outputs t = run_all(&conv1x1_variants[i], &example, x, w, NULL, dy);
        for (ptrdiff_t k = 0; k < t.y_count; k++)
            t.y[k] += b[k / 4 % t.b_count];
        floats_expect(name, "y", t.y, y_want, t.y_count);
        floats_expect(name, "dw", t.dw, dw_want, t.w_count);
        outputs_free(&t);
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
        outputs t = run_all(&conv1x1_variants[i], &s, NULL, w, b, NULL);
        floats_expect(conv1x1_variants[i].info.name, "dw", t.dw, zeros, t.w_count);
        floats_expect(conv1x1_variants[i].info.name, "db", t.db, zeros, t.b_count);
        outputs_free(&t);
    }
}

/* Every variant and thread count against the first variant with one thread. */
static void expect_exact(const conv1x1_shape *s)
{
    const int threads = omp_get_max_threads();
    const ptrdiff_t inputs = (ptrdiff_t)s->n * s->c * s->h * s->w;
    const ptrdiff_t results = (ptrdiff_t)s->n * s->oc * s->h * s->w;
    const ptrdiff_t weights = (ptrdiff_t)s->oc * s->c;
    float *const input = floats_new(inputs), *const weight = floats_new(weights);
    float *const gradient = floats_new(results), *const bias = floats_new(s->oc);

    floats_pattern(input, inputs, 7, 11, 5);
    floats_pattern(weight, weights, 5, 7, 3);
    floats_pattern(gradient, results, 3, 5, 2);
    floats_pattern(bias, s->oc, 2, 5, 1);
    omp_set_num_threads(1);
    outputs want = run_all(&conv1x1_variants[0], s, input, weight, bias, gradient);
    for (size_t i = 1; i < conv1x1_variant_count; i++)
        for (int count = 1; count <= 4; count++) {
            const char *const name = conv1x1_variants[i].info.name;
            omp_set_num_threads(count);
            outputs got = run_all(&conv1x1_variants[i], s, input, weight, bias, gradient);
            floats_expect(name, "y", got.y, want.y, want.y_count);
            floats_expect(name, "dx", got.dx, want.dx, want.x_count);
            floats_expect(name, "dw", got.dw, want.dw, want.w_count);
            floats_expect(name, "db", got.db, want.db, want.b_count);
            outputs_free(&got);
        }
    omp_set_num_threads(threads);
    outputs_free(&want);
    free(input);
    free(weight);
    free(gradient);
    free(bias);
}

/* Fewer images than threads, more images than chunks, and planes large enough to be divided. */
static void large_shapes_are_divided_exactly(void **state)
{
    static const conv1x1_shape shapes[] = { { 1, 19, 31, 29, 23 }, { 3, 8, 17, 16, 33 },
                                            { 19, 5, 20, 20, 3 } };

    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        expect_exact(&shapes[i]);
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
