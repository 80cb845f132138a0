/* test_activation.c: the four activations at points whose values are known. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "kernels/activation/activation.h"

enum { POINTS = 6 };

static const float x_points[POINTS] = { -2, -0.5f, 0, 1, NAN, -INFINITY };
static const float dy_points[POINTS] = { 3, -1, 5, 2, 7, 1 };

/* Values at x_points and gradients for dy_points. sigmoid(1) = 0.7310586, sigmoid(-2) = 0.1192029,
 * tanh(1) = 0.7615942, tanh(-2) = -0.9640276; s' = s(1 - s), t' = 1 - t*t. */
static const struct {
    const char *name;
    float y[POINTS], dx[POINTS];
} facts[ACTIVATION_KINDS] = {
    [ACTIVATION_RELU] = { "relu", { 0, 0, 0, 1, NAN, 0 }, { 0, 0, 0, 2, 0, 0 } },
    [ACTIVATION_LEAKY_RELU] = { "leaky relu", { -0.5f, -0.125f, 0, 1, NAN, -INFINITY },
                                { 0.75f, -0.25f, 1.25f, 2, 1.75f, 0.25f } },
    [ACTIVATION_SIGMOID] = { "sigmoid",
                             { 0.119202922f, 0.377540669f, 0.5f, 0.731058579f, NAN, 0 },
                             { 0.314980756f, -0.235003712f, 1.25f, 0.393223866f, NAN, 0 } },
    [ACTIVATION_TANH] = { "tanh",
                          { -0.964027580f, -0.462117157f, 0, 0.761594156f, NAN, -1 },
                          { 0.211952474f, -0.786447733f, 5, 0.839948683f, NAN, 0 } },
};

static void expect(const char *row, const char *kind, const char *what, const float *got,
                   const float *want, int count)
{
    for (int i = 0; i < count; i++)
        if (!(got[i] == want[i] || (isnan(got[i]) && isnan(want[i])) ||
              fabsf(got[i] - want[i]) <= 1e-6f * fabsf(want[i])))
            fail_msg("%s: %s of %s: [%d] is %.9g, not %.9g", row, what, kind, i, (double)got[i],
                     (double)want[i]);
}

static activation_shape shape(int kind, ptrdiff_t count)
{
    return (activation_shape){ .kind = (activation_kind)kind, .count = count, .slope = 0.25f };
}

static void test_known_points(void **state)
{
    (void)state;
    for (size_t v = 0; v < activation_variant_count; v++)
        for (int kind = 0; kind < ACTIVATION_KINDS; kind++) {
            const activation_variant *const row = &activation_variants[v];
            const activation_shape s = shape(kind, POINTS);
            float y[POINTS], dx[POINTS];
            assert_int_equal(activation_forward(row, &s, x_points, y), STATUS_OK);
            expect(row->info.name, facts[kind].name, "y", y, facts[kind].y, POINTS);
            assert_int_equal(activation_backward(row, &s, x_points, y, dy_points, dx), STATUS_OK);
            expect(row->info.name, facts[kind].name, "dx", dx, facts[kind].dx, POINTS);
        }
}

static void test_in_place(void **state)
{
    (void)state;
    for (size_t v = 0; v < activation_variant_count; v++)
        for (int kind = 0; kind < ACTIVATION_KINDS; kind++) {
            const activation_variant *const row = &activation_variants[v];
            const activation_shape s = shape(kind, POINTS);
            float x[POINTS], dy[POINTS];
            memcpy(x, x_points, sizeof x);
            memcpy(dy, dy_points, sizeof dy);
            assert_int_equal(activation_forward(row, &s, x, x), STATUS_OK);
            expect(row->info.name, facts[kind].name, "y in place", x, facts[kind].y, POINTS);
            /* What is now in x is y; relu and leaky relu may read it for x. */
            assert_int_equal(activation_backward(row, &s, x, x, dy, dy), STATUS_OK);
            expect(row->info.name, facts[kind].name, "dx in place", dy, facts[kind].dx, POINTS);
        }
}

/* Long enough for vectors with a rest, and for threads. */
static void test_long_in_place(void **state)
{
    (void)state;
    enum { COUNT = 40003 };
    static float x[COUNT];

    for (size_t v = 0; v < activation_variant_count; v++) {
        const activation_shape s = shape(ACTIVATION_RELU, COUNT);
        for (int i = 0; i < COUNT; i++)
            x[i] = (float)(i % 7 - 3);
        assert_int_equal(activation_forward(&activation_variants[v], &s, x, x), STATUS_OK);
        for (int i = 0; i < COUNT; i++)
            if (x[i] != (float)(i % 7 > 3 ? i % 7 - 3 : 0))
                fail_msg("%s: y[%d] is %g", activation_variants[v].info.name, i, (double)x[i]);
    }
}

static void test_extremes_of_sigmoid_and_tanh(void **state)
{
    (void)state;
    static const float x[] = { 1e30f, -1e30f, 100, -200, INFINITY };
    static const float sigmoid[] = { 1, 0, 1, 0, 1 }, tangent[] = { 1, -1, 1, -1, 1 };

    for (size_t v = 0; v < activation_variant_count; v++) {
        const activation_variant *const row = &activation_variants[v];
        activation_shape s = shape(ACTIVATION_SIGMOID, 5);
        float y[5];
        assert_int_equal(activation_forward(row, &s, x, y), STATUS_OK);
        expect(row->info.name, "sigmoid", "y", y, sigmoid, 5);
        s.kind = ACTIVATION_TANH;
        assert_int_equal(activation_forward(row, &s, x, y), STATUS_OK);
        expect(row->info.name, "tanh", "y", y, tangent, 5);
    }
}

static bool never(const activation_shape *s)
{
    (void)s;
    return false;
}

static void expect_both(const activation_variant *v, const activation_shape *s, status want)
{
    float x[1] = { 0 }, y[1], dx[1];

    assert_int_equal(activation_forward(v, s, x, y), want);
    y[0] = 0.0f;
    assert_int_equal(activation_backward(v, s, x, y, x, dx), want);
}

static void test_refusals(void **state)
{
    (void)state;
    activation_variant v = activation_variants[0];
    activation_shape s = shape(ACTIVATION_RELU, 1);

    expect_both(&v, &s, STATUS_OK);
    s.count = -1;
    expect_both(&v, &s, STATUS_SHAPE);
    s.count = PTRDIFF_MAX / 4 + 1;
    expect_both(&v, &s, STATUS_SHAPE);
    s = shape(ACTIVATION_KINDS, 1);
    expect_both(&v, &s, STATUS_VALUE);
    s = shape(-1, 1);
    expect_both(&v, &s, STATUS_VALUE);
    s = shape(ACTIVATION_RELU, 1);
    expect_both(&(activation_variant){ .info = v.info }, &s, STATUS_UNSUPPORTED);
    v.supports = never;
    expect_both(&v, &s, STATUS_UNSUPPORTED);
}

static void test_nothing_to_do(void **state)
{
    (void)state;
    for (size_t v = 0; v < activation_variant_count; v++)
        for (int kind = 0; kind < ACTIVATION_KINDS; kind++) {
            const activation_shape s = shape(kind, 0);
            assert_int_equal(activation_forward(&activation_variants[v], &s, NULL, NULL),
                             STATUS_OK);
            assert_int_equal(
                activation_backward(&activation_variants[v], &s, NULL, NULL, NULL, NULL),
                STATUS_OK);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_points),
        cmocka_unit_test(test_in_place),
        cmocka_unit_test(test_long_in_place),
        cmocka_unit_test(test_extremes_of_sigmoid_and_tanh),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_nothing_to_do),
    };
    return cmocka_run_group_tests_name("activation", tests, NULL, NULL);
}
