/* test_conv2d.c: convolution. The random checks against the reference are elsewhere; here are a
 * worked example, numbers from PyTorch 1.13, the contract's corners, and shapes so large that the
 * variants divide them. */
#include "kernels/conv2d/conv2d.h"

#include <limits.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/floats.h"

/* All tensors of one problem. */
typedef struct {
    ptrdiff_t x_count, w_count, y_count;
    float *x, *w, *b, *dy, *y, *dx, *dw, *db;
} tensors;

static tensors tensors_make(const conv2d_shape *s)
{
    tensors t = { .x_count = (ptrdiff_t)s->n * s->c * s->h * s->w,
                  .w_count = (ptrdiff_t)s->oc * (s->c / s->groups) * s->kernel_h * s->kernel_w,
                  .y_count = (ptrdiff_t)s->n * s->oc * s->oh * s->ow };

    t.x = floats_new(t.x_count);
    t.dx = floats_new(t.x_count);
    t.w = floats_new(t.w_count);
    t.dw = floats_new(t.w_count);
    t.b = floats_new(s->oc);
    t.db = floats_new(s->oc);
    t.y = floats_new(t.y_count);
    t.dy = floats_new(t.y_count);
    floats_pattern(t.x, t.x_count, 7, 11, 5);
    floats_pattern(t.w, t.w_count, 5, 7, 3);
    floats_pattern(t.b, s->oc, 2, 5, 1);
    floats_pattern(t.dy, t.y_count, 3, 5, 2);
    return t;
}

static void tensors_free(tensors *t)
{
    free(t->x);
    free(t->dx);
    free(t->w);
    free(t->dw);
    free(t->b);
    free(t->db);
    free(t->y);
    free(t->dy);
}

/* All three passes, into y, dx, dw and db. */
static void run_all(const conv2d_variant *v, const conv2d_shape *s, const tensors *t)
{
    void *const workspace = floats_workspace(conv2d_workspace_bytes(v, s));

    assert_int_equal(conv2d_forward(v, s, t->x, t->w, t->b, t->y, workspace), STATUS_OK);
    assert_int_equal(conv2d_backward_data(v, s, t->dy, t->w, t->dx, workspace), STATUS_OK);
    assert_int_equal(conv2d_backward_weights(v, s, t->x, t->dy, t->dw, t->db, workspace),
                     STATUS_OK);
    free(workspace);
}

static conv2d_shape square(int n, int c, int size, int oc, int kernel, int pad)
{
    conv2d_shape s = { .n = n, .c = c, .h = size, .w = size, .oc = oc,
                       .kernel_h = kernel, .kernel_w = kernel, .stride_h = 1, .stride_w = 1,
                       .pad_top = pad, .pad_bottom = pad, .pad_left = pad, .pad_right = pad,
                       .dilation_h = 1, .dilation_w = 1, .groups = 1 };

    assert_int_equal(conv2d_shape_init(&s), STATUS_OK);
    return s;
}

/* 3x3 image, 2x2 window: y[0] = 1*1 + 2*2 + 4*3 + 5*4 + 1, and so on. */
static void worked_example(void **state)
{
    static const float x[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, w[] = { 1, 2, 3, 4 }, b[] = { 1 };
    static const float dy[] = { 1, 0, 0, 2 };
    static const float y_want[] = { 38, 48, 68, 78 }, dw_want[] = { 11, 14, 20, 23 };
    static const float dx_want[] = { 1, 2, 0, 3, 6, 4, 0, 6, 8 }, db_want[] = { 3 };
    const conv2d_shape s = square(1, 1, 3, 1, 2, 0);

    (void)state;
    for (size_t i = 0; i < conv2d_variant_count; i++) {
        const conv2d_variant *const v = &conv2d_variants[i];
        tensors t = tensors_make(&s);
        memcpy(t.x, x, sizeof x);
        memcpy(t.w, w, sizeof w);
        memcpy(t.b, b, sizeof b);
        memcpy(t.dy, dy, sizeof dy);
        run_all(v, &s, &t);
        floats_expect(v->info.name, "y", t.y, y_want, 4);
        floats_expect(v->info.name, "dx", t.dx, dx_want, 9);
        floats_expect(v->info.name, "dw", t.dw, dw_want, 4);
        floats_expect(v->info.name, "db", t.db, db_want, 1);
        tensors_free(&t);
    }
}

static void bias_may_be_missing(void **state)
{
    const conv2d_shape s = square(2, 2, 4, 3, 3, 1);

    (void)state;
    for (size_t i = 0; i < conv2d_variant_count; i++) {
        const conv2d_variant *const v = &conv2d_variants[i];
        void *const workspace = floats_workspace(conv2d_workspace_bytes(v, &s));
        tensors with = tensors_make(&s), without = tensors_make(&s);
        run_all(v, &s, &with);
        assert_int_equal(conv2d_forward(v, &s, without.x, without.w, NULL, without.y, workspace),
                         STATUS_OK);
        assert_int_equal(conv2d_backward_weights(v, &s, without.x, without.dy, without.dw, NULL,
                                                 workspace), STATUS_OK);
        for (ptrdiff_t o = 0; o < with.y_count; o++)
            with.y[o] -= with.b[o / 16 % 3];
        floats_expect(v->info.name, "y", without.y, with.y, with.y_count);
        floats_expect(v->info.name, "dw", without.dw, with.dw, with.w_count);
        tensors_free(&with);
        tensors_free(&without);
        free(workspace);
    }
}

typedef struct {
    const char *name;
    conv2d_shape s;
    int oh, ow;
    float y[18], dx[36], dw[50], db[4];
} torch_case;

/* torch.nn.functional.pad and conv2d in double precision, the gradients by autograd. */
static const torch_case torch_cases[] = {
    { "rectangular window, asymmetric padding",
      { .n = 2, .c = 1, .h = 3, .w = 3, .oc = 1, .kernel_h = 2, .kernel_w = 3, .stride_h = 1,
        .stride_w = 1, .pad_bottom = 1, .pad_left = 2, .dilation_h = 1, .dilation_w = 1,
        .groups = 1 },
      3, 3,
      .y = { 4, 5, 8, 3, 21, -26, -1, 7, -13, 1, 9, -17, 0, 3, -18, -1, 1, -10 },
      .dx = { 5, -2, 0, 9, -6, -1, -2, -2, -2, -7, 2, 0, -4, 1, 1, 10, 0, 0 },
      .dw = { 5, -12, 8, -11, 0, 12 },
      .db = { -2 } },
    { "two groups, stride 2",
      { .n = 1, .c = 4, .h = 3, .w = 3, .oc = 2, .kernel_h = 3, .kernel_w = 3, .stride_h = 2,
        .stride_w = 2, .pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1,
        .dilation_h = 1, .dilation_w = 1, .groups = 2 },
      2, 2,
      .y = { -23, -3, 19, -39, 6, 39, 35, -21 },
      .dx = { -6, -4, 3, 4, -11, 1, -3, -5, 6, 2, 7, -1, 2, 3, -4, 1, 5, -2,
              0, 6, -4, 1, 0, -7, 2, 3, -2, 0, 0, 4, -3, 1, 5, -2, 3, 2 },
      .dw = { 2, -11, -1, 2, -4, -4, 1, -13, -2, -4, 8, 2, -7, -4, 5, -2, 1, 4,
              5, -3, -5, 3, -9, 5, 10, -4, 0, -3, -3, 3, -10, -3, 2, -6, 2, 0 },
      .db = { 0, -2 } },
    { "dilation, different strides",
      { .n = 1, .c = 1, .h = 5, .w = 4, .oc = 2, .kernel_h = 2, .kernel_w = 2, .stride_h = 1,
        .stride_w = 2, .pad_right = 1, .dilation_h = 3, .dilation_w = 2, .groups = 1 },
      2, 2,
      .y = { 0, 5, 4, -13, -33, -10, 11, 13 },
      .dx = { 6, 0, -13, 0, 6, 0, -10, 0, 0, 0, 0, 0, 0, 0, 6, 0, -1, 0, 0, 0 },
      .dw = { 15, 0, 4, -10, 1, 4, -13, 0 },
      .db = { 0, -2 } },
    { "depthwise, two filters per channel",
      { .n = 2, .c = 2, .h = 2, .w = 2, .oc = 4, .kernel_h = 2, .kernel_w = 2, .stride_h = 1,
        .stride_w = 1, .pad_bottom = 1, .dilation_h = 1, .dilation_w = 1, .groups = 2 },
      2, 1,
      .y = { 8, 15, -25, 0, -3, 11, -8, 4, 27, -8, 8, -7, 0, 13, -9, 4 },
      .dx = { 3, -5, 4, 11, 1, -1, -8, 3, -12, 2, 5, 3, -2, 0, 4, -1 },
      .dw = { 0, 7, 2, -20, 8, -3, 4, 5, 0, 4, -5, -1, -13, -5, 4, 0 },
      .db = { 1, 0, -1, -2 } },
    { "window larger than the image",
      { .n = 1, .c = 2, .h = 2, .w = 2, .oc = 1, .kernel_h = 5, .kernel_w = 5, .stride_h = 1,
        .stride_w = 1, .pad_top = 2, .pad_bottom = 2, .pad_left = 2, .pad_right = 2,
        .dilation_h = 1, .dilation_w = 1, .groups = 1 },
      2, 2,
      .y = { 5, -26, 11, -6 },
      .dx = { 2, -5, 9, -5, -5, 9, 9, -5 },
      .dw = { 0, 0, 0, 0, 0, 0, -10, 9, -2, 0, 0, -9, 24, -9, 0, 0, -2, 9, -10, 0, 0, 0, 0, 0, 0,
              0, 0, 0, 0, 0, 0, 2, -7, 3, 0, 0, 9, -9, 6, 0, 0, 4, -8, 0, 0, 0, 0, 0, 0, 0 },
      .db = { 0 } },
    { "stride larger than the window",
      { .n = 1, .c = 1, .h = 7, .w = 5, .oc = 2, .kernel_h = 2, .kernel_w = 1, .stride_h = 4,
        .stride_w = 3, .dilation_h = 1, .dilation_w = 1, .groups = 1 },
      2, 2,
      .y = { 8, -24, 0, 1, 7, 9, -9, -7 },
      .dx = { 6, 0, 0, -3, 0, -4, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0,
              0, 0, 3, 0, 0, -6, 0, -4, 0, 0, 6, 0, 0, 0, 0, 0, 0 },
      .dw = { 16, 5, -9, 9 },
      .db = { 0, -2 } },
};

static void as_pytorch_computes(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof torch_cases / sizeof torch_cases[0]; k++)
        for (size_t i = 0; i < conv2d_variant_count; i++) {
            const torch_case *const want = &torch_cases[k];
            const conv2d_variant *const v = &conv2d_variants[i];
            conv2d_shape s = want->s;
            char label[80];
            snprintf(label, sizeof label, "%s, %s", v->info.name, want->name);
            assert_int_equal(conv2d_shape_init(&s), STATUS_OK);
            assert_int_equal(s.oh, want->oh);
            assert_int_equal(s.ow, want->ow);
            tensors t = tensors_make(&s);
            run_all(v, &s, &t);
            floats_expect(label, "y", t.y, want->y, t.y_count);
            floats_expect(label, "dx", t.dx, want->dx, t.x_count);
            floats_expect(label, "dw", t.dw, want->dw, t.w_count);
            floats_expect(label, "db", t.db, want->db, s.oc);
            tensors_free(&t);
        }
}

static void impossible_shapes_are_refused(void **state)
{
    const conv2d_shape good = square(1, 4, 5, 4, 3, 0);
    conv2d_shape bad[23];
    const size_t count = sizeof bad / sizeof bad[0];
    int *const zero_or_less[] = { &bad[0].c, &bad[1].h, &bad[2].w, &bad[3].oc, &bad[4].kernel_h,
                                  &bad[5].kernel_w, &bad[6].stride_h, &bad[7].stride_w,
                                  &bad[8].dilation_h, &bad[9].dilation_w, &bad[10].groups };
    float y[36] = { 5 }, x[100], w[144];

    (void)state;
    for (size_t i = 0; i < count; i++)
        bad[i] = good;
    for (size_t i = 0; i < sizeof zero_or_less / sizeof zero_or_less[0]; i++)
        *zero_or_less[i] = i % 2 ? -1 : 0;
    bad[11].n = -1;
    bad[12].pad_top = -1;
    bad[13].pad_right = -1;
    bad[14].oc = 6;
    bad[14].groups = 3;                         /* does not divide c; then not oc */
    bad[15].oc = 6;
    bad[15].groups = 4;
    bad[16].kernel_h = 6;                       /* does not fit */
    bad[17].dilation_w = 3;                     /* reaches over 7 columns */
    bad[18].kernel_h = (1 << 16) + 1;           /* reaches over 2^32 + 1 rows */
    bad[18].dilation_h = 1 << 16;
    bad[19].pad_left = bad[19].pad_right = INT_MAX;
    bad[20].n = INT_MAX;
    bad[20].c = bad[20].groups = bad[20].oc = INT_MAX / 2;
    bad[21].c = bad[21].oc = 1;
    bad[21].h = bad[21].w = 1 << 29;            /* x and y fit, nine times the columns do not */
    bad[22].pad_left = INT_MAX - bad[22].w;
    bad[22].pad_right = 1;
    for (size_t i = 0; i < count; i++) {
        conv2d_shape s = bad[i];
        const conv2d_variant *const v = &conv2d_variants[i % conv2d_variant_count];
        if (conv2d_shape_init(&s) != STATUS_SHAPE)
            fail_msg("shape %zu was accepted", i);
        assert_int_equal(conv2d_forward(v, &bad[i], x, w, NULL, y, NULL), STATUS_SHAPE);
        assert_int_equal(conv2d_backward_data(v, &bad[i], y, w, x, NULL), STATUS_SHAPE);
        assert_int_equal(conv2d_backward_weights(v, &bad[i], x, y, w, NULL, NULL), STATUS_SHAPE);
    }
    conv2d_shape stale = good;                  /* changed after conv2d_shape_init */
    stale.stride_h = 2;
    assert_int_equal(conv2d_forward(&conv2d_variants[0], &stale, x, w, NULL, y, NULL),
                     STATUS_SHAPE);
    assert_true(y[0] == 5.0f);
}

static bool supports_nothing(const conv2d_shape *s)
{
    (void)s;
    return false;
}

static void missing_pass_is_unsupported(void **state)
{
    const conv2d_shape s = square(1, 1, 2, 1, 1, 0);
    const conv2d_variant none = { .info = { .name = "none" } };
    conv2d_variant picky = conv2d_variants[0];
    float x[4], w[1], y[4];

    (void)state;
    picky.supports = supports_nothing;
    assert_int_equal(conv2d_workspace_bytes(&none, &s), 0);
    assert_int_equal(conv2d_forward(&none, &s, x, w, NULL, y, NULL), STATUS_UNSUPPORTED);
    assert_int_equal(conv2d_backward_data(&none, &s, y, w, x, NULL), STATUS_UNSUPPORTED);
    assert_int_equal(conv2d_backward_weights(&none, &s, x, y, w, NULL, NULL), STATUS_UNSUPPORTED);
    assert_int_equal(conv2d_forward(&picky, &s, x, w, NULL, y, NULL), STATUS_UNSUPPORTED);
}

/* Legal, but a plane has more elements than a matrix product can have columns: the variants that
 * multiply matrices refuse it, before they touch anything. */
static void extents_beyond_int_are_unsupported(void **state)
{
    conv2d_shape s = square(1, 1, 5, 1, 1, 0);
    int refused = 0;

    (void)state;
    s.h = 1 << 16;
    s.w = 1 << 15;
    assert_int_equal(conv2d_shape_init(&s), STATUS_OK);
    for (size_t i = 0; i < conv2d_variant_count; i++) {
        const conv2d_variant *const v = &conv2d_variants[i];
        if (!v->supports || v->supports(&s))
            continue;
        assert_int_equal(conv2d_workspace_bytes(v, &s), 0);
        assert_int_equal(conv2d_forward(v, &s, NULL, NULL, NULL, NULL, NULL),
                         STATUS_UNSUPPORTED);
        refused++;
    }
    assert_true(refused > 0);
}

static void empty_batch_has_zero_weight_gradients(void **state)
{
    static const float zeros[8] = { 0 };
    const conv2d_shape s = square(0, 1, 3, 2, 2, 0);

    (void)state;
    for (size_t i = 0; i < conv2d_variant_count; i++) {
        tensors t = tensors_make(&s);
        run_all(&conv2d_variants[i], &s, &t);
        floats_expect(conv2d_variants[i].info.name, "dw", t.dw, zeros, 8);
        floats_expect(conv2d_variants[i].info.name, "db", t.db, zeros, 2);
        tensors_free(&t);
    }
}

static void not_a_number_spreads_over_its_windows_only(void **state)
{
    const conv2d_shape s = square(1, 1, 5, 1, 3, 1);

    (void)state;
    for (size_t i = 0; i < conv2d_variant_count; i++) {
        tensors t = tensors_make(&s);
        t.x[0] = NAN;
        run_all(&conv2d_variants[i], &s, &t);
        for (int o = 0; o < 25; o++)
            assert_true((isnan(t.y[o]) != 0) == (o / 5 < 2 && o % 5 < 2));
        tensors_free(&t);
    }
}

/* Every variant and thread count against the first variant with one thread. */
static void expect_exact(const conv2d_shape *s)
{
    const int threads = omp_get_max_threads(), levels = omp_get_max_active_levels();
    tensors want = tensors_make(s);

    omp_set_num_threads(1);
    run_all(&conv2d_variants[0], s, &want);
    for (size_t i = 1; i < conv2d_variant_count; i++)
        for (int count = 1; count <= 4; count++) {
            const char *const name = conv2d_variants[i].info.name;
            tensors got = tensors_make(s);
            omp_set_num_threads(count);
            omp_set_max_active_levels(1 + count % 2);   /* nested teams must do no harm */
            run_all(&conv2d_variants[i], s, &got);
            floats_expect(name, "y", got.y, want.y, got.y_count);
            floats_expect(name, "dx", got.dx, want.dx, got.x_count);
            floats_expect(name, "dw", got.dw, want.dw, got.w_count);
            floats_expect(name, "db", got.db, want.db, s->oc);
            tensors_free(&got);
        }
    omp_set_num_threads(threads);
    omp_set_max_active_levels(levels);
    tensors_free(&want);
}

/* Fewer images than threads, more chunks of images than images, columns that do not fit into one
 * band, a 1x1 window that needs no unfolding, and one that does although it is 1x1. */
static void large_shapes_are_divided_exactly(void **state)
{
    const conv2d_shape shapes[] = { square(1, 16, 40, 5, 3, 1), square(2, 9, 50, 4, 4, 2),
                                    square(3, 17, 31, 9, 1, 0), square(3, 6, 20, 7, 1, 1),
                                    square(11, 3, 28, 8, 5, 2) };
    conv2d_shape grouped = square(3, 32, 40, 8, 3, 1);

    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        expect_exact(&shapes[i]);
    grouped.groups = 2;
    grouped.stride_w = 2;
    grouped.dilation_h = 2;
    assert_int_equal(conv2d_shape_init(&grouped), STATUS_OK);
    expect_exact(&grouped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_example),
        cmocka_unit_test(bias_may_be_missing),
        cmocka_unit_test(as_pytorch_computes),
        cmocka_unit_test(impossible_shapes_are_refused),
        cmocka_unit_test(missing_pass_is_unsupported),
        cmocka_unit_test(extents_beyond_int_are_unsupported),
        cmocka_unit_test(empty_batch_has_zero_weight_gradients),
        cmocka_unit_test(not_a_number_spreads_over_its_windows_only),
        cmocka_unit_test(large_shapes_are_divided_exactly),
    };

    return cmocka_run_group_tests_name("conv2d", tests, NULL, NULL);
}
