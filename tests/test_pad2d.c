/* test_pad2d.c: padding, on images small enough to see. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <math.h>

#include "kernels/pad2d/pad2d.h"

static void expect(const char *row, const char *what, const float *got, const float *want,
                   int count)
{
    for (int i = 0; i < count; i++)
        if (!(got[i] == want[i] || (isnan(got[i]) && isnan(want[i]))))
            fail_msg("%s: %s[%d] is %.9g, not %.9g", row, what, i, (double)got[i],
                     (double)want[i]);
}

static pad2d_shape shape(int h, int w, int top, int bottom, int left, int right)
{
    return (pad2d_shape){ .n = 1, .c = 1, .h = h, .w = w, .pad_top = top, .pad_bottom = bottom,
                          .pad_left = left, .pad_right = right };
}

static void test_shape(void **state)
{
    (void)state;
    pad2d_shape s = shape(2, 3, 1, 2, 3, 4);
    assert_int_equal(pad2d_shape_init(&s), STATUS_OK);
    assert_int_equal(s.oh, 5);
    assert_int_equal(s.ow, 10);
    s.n = 0;
    assert_int_equal(pad2d_shape_init(&s), STATUS_OK);
}

static void test_bad_shapes(void **state)
{
    (void)state;
    pad2d_shape bad[11];

    for (int i = 0; i < 11; i++)
        bad[i] = shape(2, 3, 1, 1, 1, 1);
    bad[0].n = -1;
    bad[1].c = 0;
    bad[2].h = 0;
    bad[3].w = 0;
    bad[4].pad_top = -1;
    bad[5].pad_bottom = -1;
    bad[6].pad_left = -1;
    bad[7].pad_right = -1;
    bad[8].pad_top = INT_MAX;                   /* oh overflows int */
    bad[9].pad_right = INT_MAX - 3;             /* 3 + 1 + INT_MAX - 3 */
    bad[10].n = bad[10].c = bad[10].pad_top = INT_MAX / 4;      /* bytes overflow */
    for (int i = 0; i < 11; i++)
        if (pad2d_shape_init(&bad[i]) != STATUS_SHAPE)
            fail_msg("bad shape %d was accepted", i);
}

static void test_entries_refuse(void **state)
{
    (void)state;
    float x[6] = { 0 }, y[20];
    pad2d_shape s = shape(2, 3, 1, 1, 1, 1);
    const pad2d_variant *const v = &pad2d_variants[0];

    assert_int_equal(pad2d_forward(v, &s, x, y), STATUS_SHAPE);     /* not initialised */
    assert_int_equal(pad2d_backward(v, &s, y, x), STATUS_SHAPE);
    assert_int_equal(pad2d_shape_init(&s), STATUS_OK);
    const pad2d_variant empty = { .info = v->info };
    assert_int_equal(pad2d_forward(&empty, &s, x, y), STATUS_UNSUPPORTED);
    assert_int_equal(pad2d_backward(&empty, &s, y, x), STATUS_UNSUPPORTED);
}

static bool never(const pad2d_shape *s)
{
    (void)s;
    return false;
}

static void test_supports_is_asked(void **state)
{
    (void)state;
    float x[1] = { 0 }, y[1];
    pad2d_shape s = shape(1, 1, 0, 0, 0, 0);
    pad2d_variant v = pad2d_variants[0];

    v.supports = never;
    assert_int_equal(pad2d_shape_init(&s), STATUS_OK);
    assert_int_equal(pad2d_forward(&v, &s, x, y), STATUS_UNSUPPORTED);
}

/* One row above, none below, one column to the left, two to the right. */
static void test_worked_example(void **state)
{
    (void)state;
    static const float x[] = { 1, 2, 3, 4 };
    static const float want_y[] = { 9, 9, 9, 9, 9, 9, 1, 2, 9, 9, 9, 3, 4, 9, 9 };
    static const float dy[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 };
    static const float want_dx[] = { 6, 7, 11, 12 };
    pad2d_shape s = shape(2, 2, 1, 0, 1, 2);

    s.value = 9.0f;
    assert_int_equal(pad2d_shape_init(&s), STATUS_OK);
    for (size_t i = 0; i < pad2d_variant_count; i++) {
        float y[15], dx[4];
        assert_int_equal(pad2d_forward(&pad2d_variants[i], &s, x, y), STATUS_OK);
        assert_int_equal(pad2d_backward(&pad2d_variants[i], &s, dy, dx), STATUS_OK);
        expect(pad2d_variants[i].info.name, "y", y, want_y, 15);
        expect(pad2d_variants[i].info.name, "dx", dx, want_dx, 4);
    }
}

static void test_border_of_any_value(void **state)
{
    (void)state;
    static const float borders[] = { NAN, -INFINITY, INFINITY };
    static const float x[] = { -INFINITY, 5 };

    for (size_t i = 0; i < pad2d_variant_count; i++)
        for (int b = 0; b < 3; b++) {
            const float want[] = { -INFINITY, 5, borders[b] };
            float y[3];
            pad2d_shape s = shape(1, 2, 0, 0, 0, 1);
            s.value = borders[b];
            assert_int_equal(pad2d_shape_init(&s), STATUS_OK);
            assert_int_equal(pad2d_forward(&pad2d_variants[i], &s, x, y), STATUS_OK);
            expect(pad2d_variants[i].info.name, "y", y, want, 3);
        }
}

static void test_empty_batch(void **state)
{
    (void)state;
    pad2d_shape s = shape(2, 2, 1, 1, 1, 1);

    s.n = 0;
    assert_int_equal(pad2d_shape_init(&s), STATUS_OK);
    for (size_t i = 0; i < pad2d_variant_count; i++) {
        assert_int_equal(pad2d_forward(&pad2d_variants[i], &s, NULL, NULL), STATUS_OK);
        assert_int_equal(pad2d_backward(&pad2d_variants[i], &s, NULL, NULL), STATUS_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_bad_shapes),
        cmocka_unit_test(test_entries_refuse),
        cmocka_unit_test(test_supports_is_asked),
        cmocka_unit_test(test_worked_example),
        cmocka_unit_test(test_border_of_any_value),
        cmocka_unit_test(test_empty_batch),
    };
    return cmocka_run_group_tests_name("pad2d", tests, NULL, NULL);
}
