/* test_softmax_ce.c: softmax and cross-entropy, against PyTorch's; the contract. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <math.h>
#include <string.h>

#include "kernels/softmax_ce/softmax_ce.h"

enum { N = 4, CLASSES = 3 };

static const float logits[N * CLASSES] = { 1, 2, 3, 0, 0, 0, 2, -1, 0.5f, -3, 4, 0 };
static const int32_t labels[N] = { 2, 0, 1, -100 };
static const float weights[CLASSES] = { 0.5f, 1.0f, 2.0f };

static void expect_close(const softmax_ce_variant *v, const char *what, const float *got,
                         const double *want, int count)
{
    for (int i = 0; i < count; i++)
        if (!(fabs((double)got[i] - want[i]) <= 1e-6 * fmax(1.0, fabs(want[i]))))
            fail_msg("%s, %s[%d]: got %.9g, want %.9g", v->info.name, what, i, (double)got[i],
                     want[i]);
}

/* torch.nn.functional.cross_entropy of the logits and labels above and its gradient for dloss 1.
 * Source: PyTorch 1.13 in float64. */
typedef struct {
    float smoothing;
    bool weighted;
    loss_reduction reduction;
    double loss[N], dx[N * CLASSES];
} ce_fact;

static const ce_fact ce_facts[] = {
    { 0.0f, false, REDUCTION_NONE, { 0.407605964, 1.098612289, 3.241311297, 0.0 },
      { 0.090030573, 0.244728471, -0.334759044, -0.666666667, 0.333333333, 0.333333333,
        0.785597035, -0.960887427, 0.175290392, 0.0, 0.0, 0.0 } },
    { 0.0f, false, REDUCTION_MEAN, { 1.58250985 },
      { 0.030010191, 0.081576157, -0.111586348, -0.222222222, 0.111111111, 0.111111111,
        0.261865678, -0.320295809, 0.058430131, 0.0, 0.0, 0.0 } },
    { 0.0f, true, REDUCTION_MEAN, { 1.315951249 },
      { 0.051446042, 0.139844841, -0.191290882, -0.095238095, 0.047619048, 0.047619048,
        0.224456296, -0.274539265, 0.050082969, 0.0, 0.0, 0.0 } },
    { 0.0f, true, REDUCTION_SUM, { 4.60582937 },
      { 0.180061146, 0.489456942, -0.669518088, -0.333333333, 0.166666667, 0.166666667,
        0.785597035, -0.960887427, 0.175290392, 0.0, 0.0, 0.0 } },
    { 0.1f, false, REDUCTION_MEAN, { 1.565843183 },
      { 0.01889908, 0.070465046, -0.089364126, -0.2, 0.1, 0.1, 0.250754567, -0.298073587,
        0.04731902, 0.0, 0.0, 0.0 } },
    { 0.1f, true, REDUCTION_NONE, { 0.847911432, 0.622546964, 3.145333152, 0.0 },
      { 0.155891932, 0.43572957, -0.591621501, -0.277777778, 0.155555556, 0.122222222,
        0.782023652, -0.893568884, 0.111545232, 0.0, 0.0, 0.0 } },
    { 0.1f, true, REDUCTION_MEAN, { 1.318797585 },
      { 0.044540552, 0.124494163, -0.169034715, -0.079365079, 0.044444444, 0.034920635,
        0.223435329, -0.255305395, 0.031870066, 0.0, 0.0, 0.0 } },
};

static void cross_entropy_as_in_pytorch(void **state)
{
    (void)state;
    for (size_t i = 0; i < softmax_ce_variant_count; i++)
        for (size_t k = 0; k < sizeof ce_facts / sizeof ce_facts[0]; k++) {
            const softmax_ce_variant *const v = &softmax_ce_variants[i];
            const ce_fact *const fact = &ce_facts[k];
            softmax_ce_shape s = softmax_ce_shape_plain(N, CLASSES);
            s.reduction = fact->reduction;
            s.label_smoothing = fact->smoothing;
            const float *const w = fact->weighted ? weights : NULL;
            const int losses = (int)softmax_ce_loss_count(&s);
            const float ones[N] = { 1.0f, 1.0f, 1.0f, 1.0f };
            float logp[N * CLASSES], loss[N], dx[N * CLASSES];
            assert_int_equal(ce_forward(v, &s, logits, labels, w, logp, loss), STATUS_OK);
            expect_close(v, "loss", loss, fact->loss, losses);
            assert_int_equal(ce_backward(v, &s, logp, labels, w, ones, dx), STATUS_OK);
            expect_close(v, "dx", dx, fact->dx, N * CLASSES);
            assert_int_equal(nll_forward(v, &s, logp, labels, w, loss), STATUS_OK);
            expect_close(v, "nll", loss, fact->loss, losses);
        }
}

/* The gradient of nll is that of cross-entropy before it went through log-softmax. */
static void gradients_compose(void **state)
{
    (void)state;
    for (size_t i = 0; i < softmax_ce_variant_count; i++)
        for (size_t k = 0; k < sizeof ce_facts / sizeof ce_facts[0]; k++) {
            const softmax_ce_variant *const v = &softmax_ce_variants[i];
            softmax_ce_shape s = softmax_ce_shape_plain(N, CLASSES);
            s.reduction = ce_facts[k].reduction;
            s.label_smoothing = ce_facts[k].smoothing;
            const float *const w = ce_facts[k].weighted ? weights : NULL;
            const float ones[N] = { 1.0f, 1.0f, 1.0f, 1.0f };
            float logp[N * CLASSES], dx[N * CLASSES];
            assert_int_equal(log_softmax_forward(v, &s, logits, logp), STATUS_OK);
            assert_int_equal(nll_backward(v, &s, labels, w, ones, dx), STATUS_OK);
            assert_int_equal(log_softmax_backward(v, &s, logp, dx, dx), STATUS_OK);
            expect_close(v, "dx", dx, ce_facts[k].dx, N * CLASSES);
        }
}

/* softmax(1, 2, 3), and its gradient for dy = (1, 0, 0): y0 * ([c == 0] - y_c). */
static void softmax_of_three(void **state)
{
    (void)state;
    const double y0 = 0.09003057317038045, y1 = 0.2447284710547976, y2 = 0.6652409557748218;
    const softmax_ce_shape s = softmax_ce_shape_plain(1, 3);
    const float dy[] = { 1.0f, 0.0f, 0.0f };

    for (size_t i = 0; i < softmax_ce_variant_count; i++) {
        const softmax_ce_variant *const v = &softmax_ce_variants[i];
        float y[3], dx[3];
        assert_int_equal(softmax_forward(v, &s, logits, y), STATUS_OK);
        expect_close(v, "y", y, (const double[]){ y0, y1, y2 }, 3);
        assert_int_equal(softmax_backward(v, &s, y, dy, dx), STATUS_OK);
        expect_close(v, "dx", dx, (const double[]){ y0 * (1.0 - y0), -y0 * y1, -y0 * y2 }, 3);
        assert_int_equal(log_softmax_forward(v, &s, logits, y), STATUS_OK);
        expect_close(v, "log y", y, (const double[]){ log(y0), log(y1), log(y2) }, 3);
        assert_int_equal(log_softmax_backward(v, &s, y, dy, dx), STATUS_OK);
        expect_close(v, "dx", dx, (const double[]){ 1.0 - y0, -y1, -y2 }, 3);
    }
}

static void works_in_place(void **state)
{
    (void)state;
    const softmax_ce_shape s = softmax_ce_shape_plain(N, CLASSES);

    for (size_t i = 0; i < softmax_ce_variant_count; i++) {
        const softmax_ce_variant *const v = &softmax_ce_variants[i];
        float y[N * CLASSES], here[N * CLASSES], dx[N * CLASSES];
        memcpy(here, logits, sizeof here);
        softmax_forward(v, &s, logits, y);
        softmax_forward(v, &s, here, here);
        assert_memory_equal(here, y, sizeof y);
        softmax_backward(v, &s, y, logits, dx);
        memcpy(here, logits, sizeof here);
        softmax_backward(v, &s, y, here, here);
        assert_memory_equal(here, dx, sizeof dx);
        memcpy(here, logits, sizeof here);
        log_softmax_forward(v, &s, logits, y);
        log_softmax_forward(v, &s, here, here);
        assert_memory_equal(here, y, sizeof y);
    }
}

static void large_logits_do_not_overflow(void **state)
{
    (void)state;
    const softmax_ce_shape s = softmax_ce_shape_plain(1, 3);
    const float x[] = { 0.0f, 1000.0f, -1000.0f };

    for (size_t i = 0; i < softmax_ce_variant_count; i++) {
        float y[3];
        softmax_forward(&softmax_ce_variants[i], &s, x, y);
        expect_close(&softmax_ce_variants[i], "y", y, (const double[]){ 0.0, 1.0, 0.0 }, 3);
        log_softmax_forward(&softmax_ce_variants[i], &s, x, y);
        expect_close(&softmax_ce_variants[i], "log y", y,
                     (const double[]){ -1000.0, 0.0, -2000.0 }, 3);
    }
}

static void nan_spoils_its_place_only(void **state)
{
    (void)state;
    const softmax_ce_shape s = softmax_ce_shape_plain(2, 3);
    const float x[] = { 1.0f, NAN, 2.0f, 0.0f, 0.0f, 0.0f };

    for (size_t i = 0; i < softmax_ce_variant_count; i++) {
        const softmax_ce_variant *const v = &softmax_ce_variants[i];
        float y[6];
        softmax_forward(v, &s, x, y);
        if (!isnan(y[0]) || !isnan(y[1]) || !isnan(y[2]))
            fail_msg("%s: softmax swallowed a NaN", v->info.name);
        expect_close(v, "y", y + 3, (const double[]){ 1.0 / 3, 1.0 / 3, 1.0 / 3 }, 3);
        log_softmax_forward(v, &s, x, y);
        if (!isnan(y[0]) || !isnan(y[1]) || !isnan(y[2]))
            fail_msg("%s: log-softmax swallowed a NaN", v->info.name);
    }
}

/* An impossible class (logp = -infinity) is none of the loss as long as it is not the label. */
static void impossible_classes(void **state)
{
    (void)state;
    softmax_ce_shape s = softmax_ce_shape_plain(1, 2);
    const float x[] = { 0.0f, -INFINITY };
    const int32_t possible = 0, impossible = 1;

    for (size_t i = 0; i < softmax_ce_variant_count; i++) {
        float logp[2], loss;
        ce_forward(&softmax_ce_variants[i], &s, x, &possible, NULL, logp, &loss);
        expect_close(&softmax_ce_variants[i], "loss", &loss, (const double[]){ 0.0 }, 1);
        ce_forward(&softmax_ce_variants[i], &s, x, &impossible, NULL, logp, &loss);
        assert_true(isinf(loss) && loss > 0.0f);
    }
}

/* A class per pixel: [1][2][3] logits, places side by side. By hand: log(1 + exp(-+1)). */
static void class_per_pixel(void **state)
{
    (void)state;
    softmax_ce_shape s = softmax_ce_shape_plain(1, 2);
    const float x[] = { 1.0f, 0.0f, 5.0f, 0.0f, 0.0f, 5.0f };
    const int32_t label[] = { 0, 1, 7 };
    const double want[] = { log(1.0 + exp(-1.0)), log(2.0), 0.0 };

    s.inner = 3;
    s.ignore_index = 7;
    s.reduction = REDUCTION_NONE;
    for (size_t i = 0; i < softmax_ce_variant_count; i++) {
        float logp[6], loss[3];
        if (softmax_ce_variants[i].supports && !softmax_ce_variants[i].supports(&s))
            continue;
        assert_int_equal(ce_forward(&softmax_ce_variants[i], &s, x, label, NULL, logp, loss),
                         STATUS_OK);
        expect_close(&softmax_ce_variants[i], "loss", loss, want, 3);
    }
}

static void mean_of_nothing_is_nan(void **state)
{
    (void)state;
    const softmax_ce_shape empty = softmax_ce_shape_plain(0, 3);
    const softmax_ce_shape ignored = softmax_ce_shape_plain(1, 3);
    const int32_t label = -100;
    const float one = 1.0f;

    for (size_t i = 0; i < softmax_ce_variant_count; i++) {
        const softmax_ce_variant *const v = &softmax_ce_variants[i];
        float logp[3], loss = 0.0f, dx[3];
        assert_int_equal(ce_forward(v, &empty, NULL, NULL, NULL, NULL, &loss), STATUS_OK);
        assert_true(isnan(loss));
        loss = 0.0f;
        assert_int_equal(ce_forward(v, &ignored, logits, &label, NULL, logp, &loss), STATUS_OK);
        assert_true(isnan(loss));
        assert_int_equal(ce_backward(v, &ignored, logp, &label, NULL, &one, dx), STATUS_OK);
        expect_close(v, "dx", dx, (const double[]){ 0.0, 0.0, 0.0 }, 3);
        assert_int_equal(nll_backward(v, &ignored, &label, NULL, &one, dx), STATUS_OK);
        expect_close(v, "dlogp", dx, (const double[]){ 0.0, 0.0, 0.0 }, 3);
    }
}

static void empty_batches(void **state)
{
    (void)state;
    const softmax_ce_shape s = softmax_ce_shape_plain(0, 3);
    const float one = 1.0f;

    for (size_t i = 0; i < softmax_ce_variant_count; i++) {
        const softmax_ce_variant *const v = &softmax_ce_variants[i];
        assert_int_equal(softmax_forward(v, &s, NULL, NULL), STATUS_OK);
        assert_int_equal(softmax_backward(v, &s, NULL, NULL, NULL), STATUS_OK);
        assert_int_equal(log_softmax_forward(v, &s, NULL, NULL), STATUS_OK);
        assert_int_equal(log_softmax_backward(v, &s, NULL, NULL, NULL), STATUS_OK);
        assert_int_equal(nll_backward(v, &s, NULL, NULL, &one, NULL), STATUS_OK);
        assert_int_equal(ce_backward(v, &s, NULL, NULL, NULL, &one, NULL), STATUS_OK);
    }
}

static void refuses_bad_shapes(void **state)
{
    (void)state;
    const struct {
        softmax_ce_shape s;
        status expected;
    } cases[] = {
        { { 1, 1, 1, REDUCTION_SUM, -100, 1.0f }, STATUS_OK },
        { { 0, 1, 0, REDUCTION_NONE, 0, 0.0f }, STATUS_OK },
        { { -1, 1, 1, REDUCTION_MEAN, -100, 0.0f }, STATUS_SHAPE },
        { { 1, 0, 1, REDUCTION_MEAN, -100, 0.0f }, STATUS_SHAPE },
        { { 1, 1, -1, REDUCTION_MEAN, -100, 0.0f }, STATUS_SHAPE },
        { { INT_MAX, INT_MAX, INT_MAX, REDUCTION_MEAN, -100, 0.0f }, STATUS_SHAPE },
        { { 1, 1, 1, (loss_reduction)3, -100, 0.0f }, STATUS_VALUE },
        { { 1, 1, 1, REDUCTION_MEAN, -100, -0.1f }, STATUS_VALUE },
        { { 1, 1, 1, REDUCTION_MEAN, -100, 1.1f }, STATUS_VALUE },
        { { 1, 1, 1, REDUCTION_MEAN, -100, NAN }, STATUS_VALUE },
    };
    const softmax_ce_variant *const v = softmax_ce_variants;

    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        const softmax_ce_shape *const s = &cases[k].s;
        if (softmax_ce_shape_check(s) != cases[k].expected)
            fail_msg("case %zu: %s", k, status_string(softmax_ce_shape_check(s)));
        if (cases[k].expected == STATUS_OK)
            continue;
        assert_int_equal(softmax_forward(v, s, NULL, NULL), cases[k].expected);
        assert_int_equal(softmax_backward(v, s, NULL, NULL, NULL), cases[k].expected);
        assert_int_equal(log_softmax_forward(v, s, NULL, NULL), cases[k].expected);
        assert_int_equal(log_softmax_backward(v, s, NULL, NULL, NULL), cases[k].expected);
        assert_int_equal(nll_forward(v, s, NULL, NULL, NULL, NULL), cases[k].expected);
        assert_int_equal(nll_backward(v, s, NULL, NULL, NULL, NULL), cases[k].expected);
        assert_int_equal(ce_forward(v, s, NULL, NULL, NULL, NULL, NULL), cases[k].expected);
        assert_int_equal(ce_backward(v, s, NULL, NULL, NULL, NULL, NULL), cases[k].expected);
    }
}

static void refuses_bad_labels(void **state)
{
    (void)state;
    const softmax_ce_shape s = softmax_ce_shape_plain(1, 3);
    const int32_t bad[] = { -1, 3, INT_MAX, INT_MIN, -99 };
    const float one = 1.0f;

    for (size_t i = 0; i < softmax_ce_variant_count; i++)
        for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
            const softmax_ce_variant *const v = &softmax_ce_variants[i];
            float out[3], loss;
            if (v->info.space != SPACE_HOST)
                continue;                       /* nobody can read them there */
            assert_int_equal(nll_forward(v, &s, logits, &bad[k], NULL, &loss), STATUS_VALUE);
            assert_int_equal(nll_backward(v, &s, &bad[k], NULL, &one, out), STATUS_VALUE);
            assert_int_equal(ce_forward(v, &s, logits, &bad[k], NULL, out, &loss), STATUS_VALUE);
            assert_int_equal(ce_backward(v, &s, logits, &bad[k], NULL, &one, out), STATUS_VALUE);
        }
}

/* Labels in device memory cannot be refused: a wrong one spoils the loss and moves nothing. */
static void wrong_labels_on_a_device_stay_harmless(void **state)
{
    (void)state;
    softmax_ce_shape s = softmax_ce_shape_plain(2, 3);
    const float both[] = { 1.0f, 2.0f, 0.5f, 1.0f, 2.0f, 0.5f }, one[] = { 1.0f, 1.0f };
    const int32_t bad[] = { -1, 3, INT_MAX, INT_MIN };

    for (size_t i = 0; i < softmax_ce_variant_count; i++)
        for (size_t k = 0; k < 2 * sizeof bad / sizeof bad[0]; k++) {
            const softmax_ce_variant *const v = &softmax_ce_variants[i];
            const int32_t label[] = { bad[k / 2], 1 };
            float logp[6], dx[6], dlogp[6], loss[2];
            if (v->info.space == SPACE_HOST)
                continue;
            s.reduction = k % 2 ? REDUCTION_NONE : REDUCTION_MEAN;
            assert_int_equal(ce_forward(v, &s, both, label, NULL, logp, loss), STATUS_OK);
            assert_true(isnan(loss[0]));
            assert_int_equal(ce_backward(v, &s, logp, label, NULL, one, dx), STATUS_OK);
            assert_int_equal(nll_backward(v, &s, label, NULL, one, dlogp), STATUS_OK);
            for (int c = 0; c < 3; c++)
                assert_true(dx[c] == 0.0f && dlogp[c] == 0.0f && dx[3 + c] != 0.0f);
            assert_true(dlogp[3 + 1] == -1.0f);
        }
}

static bool never(const softmax_ce_shape *s)
{
    (void)s;
    return false;
}

static void says_what_a_variant_cannot_do(void **state)
{
    (void)state;
    const softmax_ce_shape s = softmax_ce_shape_plain(0, 3);
    const softmax_ce_variant empty = { .info.name = "empty" };
    softmax_ce_variant narrow = softmax_ce_variants[0];

    narrow.supports = never;
    for (int i = 0; i < 2; i++) {
        const softmax_ce_variant *const v = i == 0 ? &empty : &narrow;
        assert_int_equal(softmax_forward(v, &s, NULL, NULL), STATUS_UNSUPPORTED);
        assert_int_equal(softmax_backward(v, &s, NULL, NULL, NULL), STATUS_UNSUPPORTED);
        assert_int_equal(log_softmax_forward(v, &s, NULL, NULL), STATUS_UNSUPPORTED);
        assert_int_equal(log_softmax_backward(v, &s, NULL, NULL, NULL), STATUS_UNSUPPORTED);
        assert_int_equal(nll_forward(v, &s, NULL, NULL, NULL, NULL), STATUS_UNSUPPORTED);
        assert_int_equal(nll_backward(v, &s, NULL, NULL, NULL, NULL), STATUS_UNSUPPORTED);
        assert_int_equal(ce_forward(v, &s, NULL, NULL, NULL, NULL, NULL), STATUS_UNSUPPORTED);
        assert_int_equal(ce_backward(v, &s, NULL, NULL, NULL, NULL, NULL), STATUS_UNSUPPORTED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cross_entropy_as_in_pytorch),
        cmocka_unit_test(gradients_compose),
        cmocka_unit_test(softmax_of_three),
        cmocka_unit_test(works_in_place),
        cmocka_unit_test(large_logits_do_not_overflow),
        cmocka_unit_test(nan_spoils_its_place_only),
        cmocka_unit_test(impossible_classes),
        cmocka_unit_test(class_per_pixel),
        cmocka_unit_test(mean_of_nothing_is_nan),
        cmocka_unit_test(empty_batches),
        cmocka_unit_test(refuses_bad_shapes),
        cmocka_unit_test(refuses_bad_labels),
        cmocka_unit_test(wrong_labels_on_a_device_stay_harmless),
        cmocka_unit_test(says_what_a_variant_cannot_do),
    };
    return cmocka_run_group_tests_name("softmax_ce", tests, NULL, NULL);
}
