/* test_linear.c: the fully connected layer. The random checks against the reference are elsewhere;
 * here are numbers from PyTorch 1.13 and the contract's corners. */
#include "kernels/linear/linear.h"

#include <limits.h>
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
static outputs run_all(const linear_variant *v, const linear_shape *s, const float *input,
                       const float *weight, const float *bias, const float *gradient)
{
    void *const workspace = floats_workspace(linear_workspace_bytes(v, s));
    outputs t = { .x_count = (ptrdiff_t)s->n * s->in_features,
                  .w_count = (ptrdiff_t)s->out_features * s->in_features,
                  .y_count = (ptrdiff_t)s->n * s->out_features, .b_count = s->out_features };

    t.y = floats_new(t.y_count);
    t.dx = floats_new(t.x_count);
    t.dw = floats_new(t.w_count);
    t.db = floats_new(t.b_count);
    assert_int_equal(linear_forward(v, s, input, weight, bias, t.y, workspace), STATUS_OK);
    assert_int_equal(linear_backward_data(v, s, gradient, weight, t.dx, workspace), STATUS_OK);
    assert_int_equal(linear_backward_weights(v, s, input, gradient, t.dw,
                                 bias ? t.db : NULL, workspace), STATUS_OK);
    free(workspace);
    return t;
}

static void as_pytorch_computes(void **state)
{
    (void)state;
    for (size_t i = 0; i < linear_variant_count; i++) {
        const char *const name = linear_variants[i].info.name;
        outputs t = run_all(&linear_variants[i], &example, x, w, b, dy);
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
    for (size_t i = 0; i < linear_variant_count; i++) {
        const char *const name = linear_variants[i].info.name;
        outputs t = run_all(&linear_variants[i], &example, x, w, NULL, dy);
        for (ptrdiff_t k = 0; k < t.y_count; k++)
            t.y[k] += b[k % t.b_count];
        floats_expect(name, "y", t.y, y_want, t.y_count);
        floats_expect(name, "dw", t.dw, dw_want, t.w_count);
        outputs_free(&t);
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
        outputs t = run_all(&linear_variants[i], &s, NULL, w, b, NULL);
        floats_expect(linear_variants[i].info.name, "dw", t.dw, zeros, t.w_count);
        floats_expect(linear_variants[i].info.name, "db", t.db, zeros, t.b_count);
        outputs_free(&t);
    }
}

/* Every variant and thread count against the first variant with one thread. */
static void expect_exact(const linear_shape *s)
{
    const int threads = omp_get_max_threads();
    const ptrdiff_t inputs = (ptrdiff_t)s->n * s->in_features;
    const ptrdiff_t results = (ptrdiff_t)s->n * s->out_features;
    const ptrdiff_t weights = (ptrdiff_t)s->out_features * s->in_features;
    float *const input = floats_new(inputs), *const weight = floats_new(weights);
    float *const gradient = floats_new(results), *const bias = floats_new(s->out_features);

    floats_pattern(input, inputs, 7, 11, 5);
    floats_pattern(weight, weights, 5, 7, 3);
    floats_pattern(gradient, results, 3, 5, 2);
    floats_pattern(bias, s->out_features, 2, 5, 1);
    omp_set_num_threads(1);
    outputs want = run_all(&linear_variants[0], s, input, weight, bias, gradient);
    for (size_t i = 1; i < linear_variant_count; i++)
        for (int count = 1; count <= 4; count++) {
            const char *const name = linear_variants[i].info.name;
            omp_set_num_threads(count);
            outputs got = run_all(&linear_variants[i], s, input, weight, bias, gradient);
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

/* So large that products and bias gradients are divided among threads. */
static void large_shapes_are_divided_exactly(void **state)
{
    static const linear_shape shapes[] = { { 260, 30, 131 }, { 3, 700, 140 } };

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

    return cmocka_run_group_tests_name("linear", tests, NULL, NULL);
}
