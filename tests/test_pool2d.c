/* test_pool2d.c: pooling, on images small enough to see. Source of the larger examples: PyTorch
 * 1.13, max_pool2d and avg_pool2d on the numbers 1, 2, 3, ... in row order. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <math.h>

#include "kernels/pool2d/pool2d.h"

enum { MOST = 32 };

static void expect(const char *row, const char *what, const float *got, const float *want,
                   int count, float tolerance)
{
    for (int i = 0; i < count; i++)
        if (!(got[i] == want[i] || (isnan(got[i]) && isnan(want[i])) ||
              fabsf(got[i] - want[i]) <= tolerance))
            fail_msg("%s: %s[%d] is %.9g, not %.9g", row, what, i, (double)got[i],
                     (double)want[i]);
}

static bool can(const pool2d_variant *v, const pool2d_shape *s)
{
    return !v->supports || v->supports(s);
}

/* One plane, square windows. */
static pool2d_shape shape(int h, int w, int kernel, int stride, int pad)
{
    return (pool2d_shape){ .n = 1, .c = 1, .h = h, .w = w, .kernel_h = kernel, .kernel_w = kernel,
                           .stride_h = stride, .stride_w = stride, .pad_top = pad,
                           .pad_bottom = pad, .pad_left = pad, .pad_right = pad,
                           .dilation_h = 1, .dilation_w = 1 };
}

static void expect_max(pool2d_shape s, const float *x, const float *want, const int32_t *index)
{
    assert_int_equal(pool2d_shape_init(&s), STATUS_OK);
    for (size_t v = 0; v < pool2d_variant_count; v++) {
        const char *const row = pool2d_variants[v].info.name;
        if (!can(&pool2d_variants[v], &s))
            continue;
        float y[MOST];
        int32_t at[MOST];
        assert_int_equal(pool2d_max_forward(&pool2d_variants[v], &s, x, y, at), STATUS_OK);
        expect(row, "y", y, want, s.oh * s.ow, 0.0f);
        for (int i = 0; i < s.oh * s.ow; i++)
            if (at[i] != index[i])
                fail_msg("%s: index[%d] is %d, not %d", row, i, at[i], index[i]);
    }
}

static void expect_average(pool2d_shape s, const float *x, const float *want)
{
    assert_int_equal(pool2d_shape_init(&s), STATUS_OK);
    for (size_t v = 0; v < pool2d_variant_count; v++) {
        if (!can(&pool2d_variants[v], &s))
            continue;
        float y[MOST];
        assert_int_equal(pool2d_average_forward(&pool2d_variants[v], &s, x, y), STATUS_OK);
        expect(pool2d_variants[v].info.name, "y", y, want, s.oh * s.ow, 2e-6f);
    }
}

static const float *one_two_three(void)
{
    static float x[36];

    for (int i = 0; i < 36; i++)
        x[i] = (float)(i + 1);
    return x;
}

/* ---- Shapes ---- */

static void expect_extents(pool2d_shape s, int oh, int ow)
{
    assert_int_equal(pool2d_shape_init(&s), STATUS_OK);
    assert_int_equal(s.oh, oh);
    assert_int_equal(s.ow, ow);
}

static void test_extents(void **state)
{
    (void)state;
    expect_extents(shape(28, 28, 2, 2, 0), 14, 14);
    expect_extents(shape(7, 7, 2, 2, 1), 4, 4);         /* cnn-deep's last pooling */
    expect_extents(shape(5, 6, 2, 2, 0), 2, 3);
    expect_extents(shape(3, 3, 1, 5, 0), 1, 1);         /* stride larger than window */
    pool2d_shape s = shape(5, 6, 2, 2, 0);
    s.ceil_mode = true;
    expect_extents(s, 3, 3);
    s = shape(4, 4, 3, 2, 1);
    expect_extents(s, 2, 2);
    s.ceil_mode = true;
    expect_extents(s, 3, 3);
    s = shape(4, 4, 1, 3, 0);
    s.ceil_mode = true;
    expect_extents(s, 2, 2);
    s = shape(2, 2, 3, 2, 0);                   /* hangs over at the end, as PyTorch allows */
    s.ceil_mode = true;
    expect_extents(s, 1, 1);
    s = shape(1, 1, 2, 5, 1);                   /* a second window would see padding only */
    s.ceil_mode = true;
    expect_extents(s, 1, 1);
    s = shape(7, 9, 3, 1, 0);
    s.dilation_h = 3;
    s.dilation_w = 2;
    expect_extents(s, 1, 5);
    s.n = 0;
    expect_extents(s, 1, 5);
}

static void test_bad_shapes(void **state)
{
    (void)state;
    enum { COUNT = 20 };
    pool2d_shape bad[COUNT];

    for (int i = 0; i < COUNT; i++)
        bad[i] = shape(4, 5, 3, 2, 1);
    bad[0].n = -1;
    bad[1].c = 0;
    bad[2].h = 0;
    bad[3].w = 0;
    bad[4].kernel_h = 0;
    bad[5].kernel_w = -2;
    bad[6].stride_h = 0;
    bad[7].stride_w = -1;
    bad[8].dilation_h = 0;
    bad[9].dilation_w = 0;
    bad[10].pad_top = -1;
    bad[11].pad_right = -1;
    bad[12].pad_top = 3;                        /* as large as the window */
    bad[13].pad_right = 3;
    bad[14].kernel_h = 7;                       /* larger than 4 + 1 + 1 */
    bad[15].dilation_w = 4;                     /* 9 larger than 5 + 1 + 1 */
    bad[16].kernel_h = 8, bad[16].ceil_mode = true;
    bad[17].h = INT_MAX;                        /* h + pad overflows */
    bad[18].kernel_h = bad[18].dilation_h = INT_MAX;
    bad[19] = shape(1 << 16, 1 << 16, 1, 1, 0); /* h * w exceeds INT_MAX */
    for (int i = 0; i < COUNT; i++)
        if (pool2d_shape_init(&bad[i]) != STATUS_SHAPE)
            fail_msg("bad shape %d was accepted", i);
    pool2d_shape s = shape(1 << 15, 1 << 15, 1, 1, 0);
    s.n = s.c = INT_MAX;                        /* bytes overflow */
    assert_int_equal(pool2d_shape_init(&s), STATUS_SHAPE);
}

static void test_huge_geometry_of_a_small_image(void **state)
{
    (void)state;
    const float x = 3.0f;
    pool2d_shape s = shape(1, 1, 2, INT_MAX, 1000000000);
    float y;
    int32_t index;

    s.dilation_h = s.dilation_w = 2000000000;
    assert_int_equal(pool2d_shape_init(&s), STATUS_OK);
    for (size_t v = 0; v < pool2d_variant_count; v++) {
        if (!can(&pool2d_variants[v], &s))
            continue;
        assert_int_equal(pool2d_max_forward(&pool2d_variants[v], &s, &x, &y, &index), STATUS_OK);
        assert_true(y == -INFINITY);
        assert_int_equal(index, -1);
    }
}

static bool never(const pool2d_shape *s)
{
    (void)s;
    return false;
}

static void expect_all(const pool2d_variant *v, const pool2d_shape *s, status want)
{
    float x[16] = { 0 }, y[16];
    int32_t index[16] = { 0 };

    assert_int_equal(pool2d_max_forward(v, s, x, y, index), want);
    assert_int_equal(pool2d_max_backward(v, s, y, index, x), want);
    assert_int_equal(pool2d_average_forward(v, s, x, y), want);
    assert_int_equal(pool2d_average_backward(v, s, y, x), want);
}

static void test_entries_refuse(void **state)
{
    (void)state;
    float x[16] = { 0 }, y[16];
    pool2d_shape s = shape(4, 4, 2, 2, 0);
    pool2d_variant v = pool2d_variants[0];

    expect_all(&v, &s, STATUS_SHAPE);           /* not initialised */
    assert_int_equal(pool2d_shape_init(&s), STATUS_OK);
    expect_all(&(pool2d_variant){ .info = v.info }, &s, STATUS_UNSUPPORTED);
    v.supports = never;
    expect_all(&v, &s, STATUS_UNSUPPORTED);
    s = shape(4, 4, 2, 2, 0);
    s.dilation_w = 2;
    assert_int_equal(pool2d_shape_init(&s), STATUS_OK);
    v = pool2d_variants[0];
    assert_int_equal(pool2d_average_forward(&v, &s, x, y), STATUS_SHAPE);
    assert_int_equal(pool2d_average_backward(&v, &s, y, x), STATUS_SHAPE);
}

/* ---- Max ---- */

static void test_max_2x2(void **state)
{
    (void)state;
    static const float x[] = { 1, -2, 0, 4, 3, 2, 1, -1, -5, -6, 7, 7, -8, -7, 7, 7 };
    expect_max(shape(4, 4, 2, 2, 0), x, (const float[]){ 3, 4, -5, 7 },
               (const int32_t[]){ 4, 3, 8, 10 });
}

static void test_max_2x2_leaves_odd_rest(void **state)
{
    (void)state;
    expect_max(shape(5, 5, 2, 2, 0), one_two_three(), (const float[]){ 7, 9, 17, 19 },
               (const int32_t[]){ 6, 8, 16, 18 });
}

static void test_max_overlapping_padded_ceil(void **state)
{
    (void)state;
    pool2d_shape s = shape(4, 4, 3, 2, 1);

    s.ceil_mode = true;
    expect_max(s, one_two_three(), (const float[]){ 6, 8, 8, 14, 16, 16, 14, 16, 16 },
               (const int32_t[]){ 5, 7, 7, 13, 15, 15, 13, 15, 15 });
}

static void test_max_dilated(void **state)
{
    (void)state;
    pool2d_shape s = shape(5, 5, 2, 1, 0);

    s.dilation_h = s.dilation_w = 2;
    expect_max(s, one_two_three(), (const float[]){ 13, 14, 15, 18, 19, 20, 23, 24, 25 },
               (const int32_t[]){ 12, 13, 14, 17, 18, 19, 22, 23, 24 });
}

/* Two apart and 2x2, but not side by side: dilated, or shifted by a padding. */
static void test_max_2x2_of_other_kinds(void **state)
{
    (void)state;
    pool2d_shape s = shape(4, 4, 2, 2, 0);

    s.dilation_h = s.dilation_w = 2;
    expect_max(s, one_two_three(), (const float[]){ 11 }, (const int32_t[]){ 10 });
    s = shape(4, 4, 2, 2, 0);
    s.pad_top = 1;
    expect_max(s, one_two_three(), (const float[]){ 2, 4, 10, 12 },
               (const int32_t[]){ 1, 3, 9, 11 });
    s = shape(4, 4, 2, 2, 0);
    s.pad_left = 1;
    expect_max(s, one_two_three(), (const float[]){ 5, 7, 13, 15 },
               (const int32_t[]){ 4, 6, 12, 14 });
}

static void test_max_negative_beside_padding(void **state)
{
    (void)state;
    static const float x[] = { -3, -2, -4, -1 };
    expect_max(shape(2, 2, 2, 1, 1), x, (const float[]){ -3, -2, -2, -3, -1, -1, -4, -1, -1 },
               (const int32_t[]){ 0, 1, 1, 0, 3, 3, 2, 3, 3 });
}

static void test_max_nan_wins_and_first_one_counts(void **state)
{
    (void)state;
    static const float x[] = { 1, NAN, 9, 2, INFINITY, 3, NAN, 4, 5, 6, NAN, 0, 7, 8, NAN, -1 };
    expect_max(shape(4, 4, 2, 2, 0), x, (const float[]){ NAN, NAN, 8, NAN },
               (const int32_t[]){ 1, 6, 13, 10 });
    expect_max(shape(4, 4, 4, 1, 0), x, (const float[]){ NAN }, (const int32_t[]){ 1 });
}

static void test_max_of_minus_infinity_has_an_index(void **state)
{
    (void)state;
    static const float x[] = { -INFINITY, -INFINITY, -INFINITY, -INFINITY };
    expect_max(shape(2, 2, 2, 2, 0), x, (const float[]){ -INFINITY }, (const int32_t[]){ 0 });
    expect_max(shape(2, 2, 2, 2, 1), x,
               (const float[]){ -INFINITY, -INFINITY, -INFINITY, -INFINITY },
               (const int32_t[]){ 0, 1, 2, 3 });
}

static void test_max_window_of_padding_only(void **state)
{
    (void)state;
    static const float x[] = { 5 }, dy[] = { 2 };
    pool2d_shape s = shape(1, 1, 2, 1, 1);
    float dx;

    s.dilation_h = s.dilation_w = 2;            /* taps at -1 and 1, the image is at 0 */
    expect_max(s, x, (const float[]){ -INFINITY }, (const int32_t[]){ -1 });
    assert_int_equal(pool2d_shape_init(&s), STATUS_OK);
    for (size_t v = 0; v < pool2d_variant_count; v++) {
        const int32_t index = -1;
        if (!can(&pool2d_variants[v], &s))
            continue;
        assert_int_equal(pool2d_max_backward(&pool2d_variants[v], &s, dy, &index, &dx),
                         STATUS_OK);
        expect(pool2d_variants[v].info.name, "dx", &dx, (const float[]){ 0 }, 1, 0.0f);
    }
}

static void test_max_backward_adds_where_windows_share(void **state)
{
    (void)state;
    static const float dy[] = { 1, 2, 4, 8 };
    static const int32_t index[] = { 4, 4, 4, 8 };
    static const float want[] = { 0, 0, 0, 0, 7, 0, 0, 0, 8 };
    pool2d_shape s = shape(3, 3, 2, 1, 0);

    assert_int_equal(pool2d_shape_init(&s), STATUS_OK);
    for (size_t v = 0; v < pool2d_variant_count; v++) {
        float dx[9] = { NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN };
        if (!can(&pool2d_variants[v], &s))
            continue;
        assert_int_equal(pool2d_max_backward(&pool2d_variants[v], &s, dy, index, dx), STATUS_OK);
        expect(pool2d_variants[v].info.name, "dx", dx, want, 9, 0.0f);
    }
}

/* Windows that several threads may share: the winner must be the one that a single walk finds. */
static void test_max_large_window(void **state)
{
    (void)state;
    const pool2d_shape whole = shape(6, 6, 6, 1, 0);
    float x[36];

    for (int i = 0; i < 36; i++)
        x[i] = -INFINITY;
    expect_max(whole, x, (const float[]){ -INFINITY }, (const int32_t[]){ 0 });
    x[34] = x[33] = x[9] = -2.0f;
    expect_max(whole, x, (const float[]){ -2 }, (const int32_t[]){ 9 });
    x[33] = INFINITY;
    expect_max(whole, x, (const float[]){ INFINITY }, (const int32_t[]){ 33 });
    x[35] = x[3] = NAN;
    expect_max(whole, x, (const float[]){ NAN }, (const int32_t[]){ 3 });
    expect_max(shape(6, 6, 6, 6, 3), one_two_three(), (const float[]){ 15, 18, 33, 36 },
               (const int32_t[]){ 14, 17, 32, 35 });
}

/* Taps at -7, -5, ... 3 for the first window: every other row and column of windows sees the image,
 * which is one element at 0. */
static void test_max_large_window_of_padding_only(void **state)
{
    (void)state;
    static const float x[] = { 5 };
    pool2d_shape s = shape(1, 1, 6, 1, 7);
    float y[25];
    int32_t index[25];

    s.dilation_h = s.dilation_w = 2;
    for (int oh = 0; oh < 5; oh++)
        for (int ow = 0; ow < 5; ow++) {
            const bool sees = oh % 2 == 1 && ow % 2 == 1;
            y[oh * 5 + ow] = sees ? 5.0f : -INFINITY;
            index[oh * 5 + ow] = sees ? 0 : -1;
        }
    expect_max(s, x, y, index);
}

/* ---- Average ---- */

static void test_average_divisors(void **state)
{
    (void)state;
    pool2d_shape s = shape(4, 4, 3, 2, 1);

    s.ceil_mode = true;
    expect_average(s, one_two_three(),
                   (const float[]){ 3.5f, 5, 6, 9.5f, 11, 12, 13.5f, 15, 16 });
    s.count_include_pad = true;                 /* what ceil_mode adds never counts */
    expect_average(s, one_two_three(),
                   (const float[]){ 14.0f / 9, 10.0f / 3, 2, 19.0f / 3, 11, 6, 4.5f, 7.5f, 4 });
    s = shape(5, 5, 2, 2, 0);
    s.ceil_mode = s.count_include_pad = true;
    expect_average(s, one_two_three(),
                   (const float[]){ 4, 6, 7.5f, 14, 16, 17.5f, 21.5f, 23.5f, 25 });
}

static void test_average_asymmetric_padding(void **state)
{
    (void)state;
    pool2d_shape s = shape(1, 3, 1, 1, 0);

    s.kernel_w = 2;
    s.pad_left = 1;
    expect_average(s, one_two_three(), (const float[]){ 1, 1.5f, 2.5f });
    s.count_include_pad = true;
    expect_average(s, one_two_three(), (const float[]){ 0.5f, 1.5f, 2.5f });
}

static void test_average_global(void **state)
{
    (void)state;
    expect_average(pool2d_shape_global(1, 1, 5, 5), one_two_three(), (const float[]){ 13 });
    expect_average(pool2d_shape_global(1, 1, 1, 1), one_two_three(), (const float[]){ 1 });
    expect_average(pool2d_shape_global(1, 1, 6, 6), one_two_three(), (const float[]){ 18.5f });
}

static void test_average_large_window(void **state)
{
    (void)state;
    pool2d_shape s = shape(6, 6, 6, 6, 3);

    expect_average(s, one_two_three(), (const float[]){ 8, 11, 26, 29 });
    s.count_include_pad = true;
    expect_average(s, one_two_three(), (const float[]){ 2, 2.75f, 6.5f, 7.25f });
    s = shape(6, 6, 6, 6, 1);
    s.ceil_mode = s.count_include_pad = true;   /* second window: one row of image, one of pad */
    expect_average(s, one_two_three(),
                   (const float[]){ 375.0f / 36, 90.0f / 12, 165.0f / 12, 36.0f / 4 });
}

static void test_average_backward(void **state)
{
    (void)state;
    static const float dy[] = { 1, 2, 4 };
    static const float excluding[] = { 1 + 1, 1 + 2, 2 }, including[] = { 1.5f, 3, 2 };
    pool2d_shape s = shape(1, 3, 1, 1, 0);

    s.kernel_w = 2;
    s.pad_left = 1;
    assert_int_equal(pool2d_shape_init(&s), STATUS_OK);
    for (size_t v = 0; v < pool2d_variant_count; v++)
        for (int include = 0; include < 2; include++) {
            float dx[3] = { NAN, NAN, NAN };
            if (!can(&pool2d_variants[v], &s))
                continue;
            s.count_include_pad = include == 1;
            assert_int_equal(pool2d_average_backward(&pool2d_variants[v], &s, dy, dx), STATUS_OK);
            expect(pool2d_variants[v].info.name, "dx", dx, include ? including : excluding, 3,
                   0.0f);
        }
}

static void expect_empty_batch(pool2d_shape s)
{
    s.n = 0;
    assert_int_equal(pool2d_shape_init(&s), STATUS_OK);
    for (size_t i = 0; i < pool2d_variant_count; i++) {
        const pool2d_variant *const v = &pool2d_variants[i];
        if (!can(v, &s))
            continue;
        assert_int_equal(pool2d_max_forward(v, &s, NULL, NULL, NULL), STATUS_OK);
        assert_int_equal(pool2d_max_backward(v, &s, NULL, NULL, NULL), STATUS_OK);
        assert_int_equal(pool2d_average_forward(v, &s, NULL, NULL), STATUS_OK);
        assert_int_equal(pool2d_average_backward(v, &s, NULL, NULL), STATUS_OK);
    }
}

static void test_empty_batch(void **state)
{
    (void)state;
    expect_empty_batch(shape(4, 4, 2, 2, 0));
    expect_empty_batch(shape(7, 7, 7, 1, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_extents),
        cmocka_unit_test(test_bad_shapes),
        cmocka_unit_test(test_huge_geometry_of_a_small_image),
        cmocka_unit_test(test_entries_refuse),
        cmocka_unit_test(test_max_2x2),
        cmocka_unit_test(test_max_2x2_leaves_odd_rest),
        cmocka_unit_test(test_max_overlapping_padded_ceil),
        cmocka_unit_test(test_max_dilated),
        cmocka_unit_test(test_max_2x2_of_other_kinds),
        cmocka_unit_test(test_max_negative_beside_padding),
        cmocka_unit_test(test_max_nan_wins_and_first_one_counts),
        cmocka_unit_test(test_max_of_minus_infinity_has_an_index),
        cmocka_unit_test(test_max_window_of_padding_only),
        cmocka_unit_test(test_max_large_window),
        cmocka_unit_test(test_max_large_window_of_padding_only),
        cmocka_unit_test(test_max_backward_adds_where_windows_share),
        cmocka_unit_test(test_average_divisors),
        cmocka_unit_test(test_average_asymmetric_padding),
        cmocka_unit_test(test_average_global),
        cmocka_unit_test(test_average_large_window),
        cmocka_unit_test(test_average_backward),
        cmocka_unit_test(test_empty_batch),
    };
    return cmocka_run_group_tests_name("pool2d", tests, NULL, NULL);
}
