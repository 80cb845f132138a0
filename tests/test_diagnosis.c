/* test_diagnosis.c: every known mistake is called by its name, and nothing else is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check/check_adapters.h"
#include "check/check_trial.h"
#include "check/mutants/mutants.h"
#include "kernels/batchnorm2d/batchnorm2d.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/linear/linear.h"
#include "lessons/diagnosis.h"

static const uint64_t seed = 5;
static const long cases = 300;

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static const void *row_of(const mutant_table *t, size_t i)
{
    return (const char *)t->rows + i * t->row_bytes;
}

static const diagnosis_finding *find(const diagnosis *d, const char *name)
{
    for (int i = 0; i < d->count; i++)
        if (strcmp(d->finding[i].name, name) == 0)
            return &d->finding[i];
    return NULL;
}

/* ---- Mutants as students ---- */

typedef struct {
    int asked, first, among, missed;
    double slowest_s;
} score;

/* Diagnoses one pass of a mutant. `first`: it is named as the only explanation; `among`: as one of
 * several that no problem told apart. */
static void ask(const mutant_table *t, const void *row, int pass, score *s)
{
    const char *const name = check_variant_info(row)->name;
    check_result r;
    diagnosis d;

    check_variant(t->concept, row, pass, seed, 20, &r);
    if (!r.failed && r.passed == 0)
        return;                                 /* it does not have this pass */
    if (!r.failed)
        check_variant(t->concept, row, pass, seed, cases, &r);
    if (!r.failed)
        return;
    const double start = seconds();
    diagnose(t->concept, row, pass, &r, &d);
    s->slowest_s = fmax(s->slowest_s, seconds() - start);
    s->asked++;
    const diagnosis_finding *const f = find(&d, name);
    const bool named = f && f->kind == DIAGNOSIS_EXPLAINS && f->group == 0;
    int alternatives = 0;
    for (int i = 0; i < d.count; i++)
        alternatives += d.finding[i].group == 0;
    if (named && alternatives == 1 && d.count == 1) {
        s->first++;
        return;
    }
    *(named ? &s->among : &s->missed) += 1;
    print_message("%s %s %s (%s):", t->concept->name, name, t->concept->pass[pass].name,
                  check_outcome_name(r.failure.outcome));
    for (int i = 0; i < d.count; i++)
        print_message(" %s[%d,%d,%d/%d]", d.finding[i].name, d.finding[i].kind,
                      d.finding[i].group, d.finding[i].explained, d.finding[i].wrong);
    print_message("%s\n", d.count ? "" : " nothing");
}

static void mutants_are_named(void **state)
{
    score s = { 0 };

    (void)state;
    for (const mutant_table *t = mutant_tables; t->concept; t++)
        for (size_t i = 0; i < *t->count; i++)
            for (int pass = 0; pass < t->concept->pass_count; pass++)
                ask(t, row_of(t, i), pass, &s);
    print_message("%d asked: %d named alone, %d among others, %d missed; slowest %.2f s\n", s.asked,
                  s.first, s.among, s.missed, s.slowest_s);
    assert_true(s.asked > 169);
    assert_true(10 * s.first >= 9 * s.asked);
}

/* ---- Kernels as students write them: other loops, other order, double sums ---- */

typedef enum {
    GOOD, FLIPPED, ONE_SIDE, BIAS_EACH, FLIPPED_AND_NO_BIAS, TRANSPOSED_OUT, NEGATIVE, TRIPLED,
    NO_STRIDE_NO_DILATION, ONE_SIDE_OF_ONE_IMAGE, GARBAGE, ALL_NAN
} slip;

static slip current;

static double conv_element(const conv2d_shape *s, const float *x, const float *w, int n, int oc,
                           int oh, int ow, bool flipped, bool one_side, bool dense)
{
    const int per_group = s->c / s->groups, group = oc / (s->oc / s->groups);
    double sum = 0.0;

    for (int kh = s->kernel_h - 1; kh >= 0; kh--)
        for (int kw = s->kernel_w - 1; kw >= 0; kw--)
            for (int c = per_group - 1; c >= 0; c--) {
                const int ih = oh * (dense ? 1 : s->stride_h) + kh * (dense ? 1 : s->dilation_h) -
                               (one_side ? 0 : s->pad_top);
                const int iw = ow * (dense ? 1 : s->stride_w) + kw * (dense ? 1 : s->dilation_w) -
                               (one_side ? 0 : s->pad_left);
                const int a = flipped ? s->kernel_h - 1 - kh : kh;
                const int b = flipped ? s->kernel_w - 1 - kw : kw;
                if (ih < 0 || iw < 0 || ih >= s->h || iw >= s->w)
                    continue;
                sum += (double)x[((n * s->c + group * per_group + c) * s->h + ih) * s->w + iw] *
                       (double)w[((oc * per_group + c) * s->kernel_h + a) * s->kernel_w + b];
            }
    return sum;
}

static float slipped(const conv2d_shape *s, const float *x, const float *w, const float *b, int n,
                     int oc, int oh, int ow)
{
    const bool flipped = current == FLIPPED || current == FLIPPED_AND_NO_BIAS;
    const bool one_side = current == ONE_SIDE || (current == ONE_SIDE_OF_ONE_IMAGE && s->n == 1);
    const double sum = conv_element(s, x, w, n, oc, oh, ow, flipped, one_side,
                                    current == NO_STRIDE_NO_DILATION);
    const double bias = !b || current == FLIPPED_AND_NO_BIAS ? 0.0
                        : current == BIAS_EACH ? (double)b[oc] * s->c / s->groups : (double)b[oc];

    switch (current) {
    case NEGATIVE: return (float)-(sum + bias);
    case TRIPLED: return (float)(3.0 * (sum + bias));
    case GARBAGE: return (float)sin(17.0 * n + 3.0 * oc + oh * 5.0 + ow * 7.0 + 1.0);
    case ALL_NAN: return NAN;
    default: return (float)(sum + bias);
    }
}

static void conv_forward(const conv2d_shape *s, const float *x, const float *w, const float *b,
                         float *y, void *workspace)
{
    (void)workspace;
    for (int ow = 0; ow < s->ow; ow++)
        for (int oh = 0; oh < s->oh; oh++)
            for (int oc = 0; oc < s->oc; oc++)
                for (int n = 0; n < s->n; n++) {
                    const int plane = (n * s->oc + oc) * s->oh * s->ow;
                    const int at = current == TRANSPOSED_OUT ? ow * s->oh + oh : oh * s->ow + ow;
                    y[plane + at] = slipped(s, x, w, b, n, oc, oh, ow);
                }
}

static const conv2d_variant conv_student = {
    .info = { "student", SPACE_HOST, PRECISION_FP32, "" }, .forward = conv_forward
};

static void diagnose_conv(slip s, diagnosis *d)
{
    check_result r;

    current = s;
    check_variant(&check_conv2d, &conv_student, 0, seed, cases, &r);
    assert_true(r.failed == (s != GOOD));
    diagnose(&check_conv2d, &conv_student, 0, &r, d);
}

/* The one finding, and its kind. */
static void expect_conv(slip s, diagnosis_kind kind, const char *name)
{
    diagnosis d;

    diagnose_conv(s, &d);
    if (d.count != 1 || d.finding[0].kind != kind || strcmp(d.finding[0].name, name) != 0)
        fail_msg("%s: %d findings, first %s of kind %d", name, d.count,
                 d.count ? d.finding[0].name : "none", d.count ? (int)d.finding[0].kind : -1);
    assert_string_equal(d.finding[0].tensors, "y");
    assert_true(d.finding[0].explained > 0);
}

static void students_own_loops_are_recognised(void **state)
{
    (void)state;
    expect_conv(FLIPPED, DIAGNOSIS_EXPLAINS, "flipped-kernel");
    expect_conv(ONE_SIDE, DIAGNOSIS_EXPLAINS, "pad-one-side");
    expect_conv(BIAS_EACH, DIAGNOSIS_EXPLAINS, "bias-per-channel");
}

static void patterns_are_named_where_no_mutant_fits(void **state)
{
    (void)state;
    expect_conv(NEGATIVE, DIAGNOSIS_PATTERN, "negated");
    expect_conv(TRIPLED, DIAGNOSIS_PATTERN, "factor");
    expect_conv(TRANSPOSED_OUT, DIAGNOSIS_PATTERN, "transposed");
    expect_conv(ALL_NAN, DIAGNOSIS_PATTERN, "all-nan");
}

static void the_factor_is_told(void **state)
{
    diagnosis d;

    (void)state;
    diagnose_conv(TRIPLED, &d);
    assert_non_null(strstr(d.finding[0].words[FEEDBACK_ENGLISH], "The factor is 3."));
    assert_non_null(strstr(d.finding[0].words[FEEDBACK_KOREAN], "3입니다."));
}

static void two_mistakes_that_add_up_are_both_named(void **state)
{
    diagnosis d;

    (void)state;
    diagnose_conv(FLIPPED_AND_NO_BIAS, &d);
    assert_int_equal(d.count, 2);
    assert_int_equal(d.finding[0].kind, DIAGNOSIS_ONE_OF_TWO);
    assert_int_equal(d.finding[0].group, d.finding[1].group);
    assert_non_null(find(&d, "flipped-kernel"));
    assert_non_null(find(&d, "bias-missing"));
}

/* Each shows alone wherever the other extent is 1. */
static void mistakes_that_show_alone_are_named_for_their_share(void **state)
{
    diagnosis d;

    (void)state;
    diagnose_conv(NO_STRIDE_NO_DILATION, &d);
    assert_true(d.count > 0);
    for (int i = 0; i < d.count; i++) {
        assert_int_equal(d.finding[i].kind, DIAGNOSIS_PARTLY);
        assert_true(d.finding[i].explained < d.finding[i].wrong);
        assert_true(strcmp(d.finding[i].name, "stride-ignored") == 0 ||
                    strcmp(d.finding[i].name, "dilation-ignored") == 0);
    }
}

/* A mutant that is wrong where the student is right does not explain the student. */
static void a_mutant_that_is_wrong_too_often_is_not_named(void **state)
{
    diagnosis d;

    (void)state;
    diagnose_conv(ONE_SIDE_OF_ONE_IMAGE, &d);
    for (int i = 0; i < d.count; i++)
        assert_true(d.finding[i].kind == DIAGNOSIS_PATTERN);
}

static void garbage_is_no_known_mistake(void **state)
{
    diagnosis d;

    (void)state;
    diagnose_conv(GARBAGE, &d);
    assert_int_equal(d.count, 0);
    assert_true(d.problems > 5);
}

/* A right kernel that is asked all the same. */
static void a_right_kernel_gets_no_diagnosis(void **state)
{
    check_result r = { .param = { 1, 2, 5, 5, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, .seed = 3 };
    diagnosis d;

    (void)state;
    current = GOOD;
    diagnose(&check_conv2d, &conv_student, 0, &r, &d);
    assert_int_equal(d.count, 0);
    for (size_t i = 0; i < linear_variant_count; i++) {
        check_result at = { .param = { 4, 5, 6, 1 }, .seed = 7 };
        for (int pass = 0; pass < check_linear.pass_count; pass++) {
            if (linear_variants[i].info.space != SPACE_HOST)
                continue;
            diagnose(&check_linear, &linear_variants[i], pass, &at, &d);
            assert_int_equal(d.count, 0);
        }
    }
}

/* ---- Each output on its own ---- */

static void own_backward_weights(const linear_shape *s, const float *x, const float *dy, float *dw,
                                 float *db, void *workspace)
{
    (void)workspace;
    for (int o = 0; o < s->out_features; o++)
        for (int i = 0; i < s->in_features; i++) {
            double sum = 0.0;
            for (int n = 0; n < s->n; n++)
                sum += (double)x[n * s->in_features + i] * (double)dy[n * s->out_features + o];
            dw[o * s->in_features + i] = (float)(sum / s->n);       /* a mean */
        }
    for (int o = 0; db && o < s->out_features; o++)
        db[o] = dy[o];                                              /* the first row */
}

static void each_output_is_explained_on_its_own(void **state)
{
    const linear_variant row = { .info = { "student", SPACE_HOST, PRECISION_FP32, "" },
                                 .backward_weights = own_backward_weights };
    check_result r;
    diagnosis d;

    (void)state;
    check_variant(&check_linear, &row, 2, seed, cases, &r);
    assert_true(r.failed);
    diagnose(&check_linear, &row, 2, &r, &d);
    assert_int_equal(d.count, 2);
    assert_string_equal(find(&d, "dw-mean")->tensors, "dw");
    assert_string_equal(find(&d, "db-first-row")->tensors, "db");
    assert_true(d.finding[0].group != d.finding[1].group);
}

/* ---- Lost digits ---- */

static void one_pass_variance(const batchnorm2d_shape *s, const float *x, const float *gamma,
                              const float *beta, float *running_mean, float *running_var, float *y,
                              float *saved_mean, float *saved_invstd)
{
    const int plane = s->h * s->w, count = s->n * plane;

    for (int c = 0; c < s->c; c++) {
        float sum = 0.0f, squares = 0.0f;
        for (int i = plane - 1; i >= 0; i--)
            for (int n = 0; n < s->n; n++) {
                const float v = x[(n * s->c + c) * plane + i];
                sum += v;
                squares += v * v;
            }
        const float mean = count ? sum / (float)count : 0.0f;
        const float var = count ? squares / (float)count - mean * mean : 0.0f;
        saved_mean[c] = mean;
        saved_invstd[c] = count ? 1.0f / sqrtf(var + s->eps) : 0.0f;
        for (int n = 0; n < s->n; n++)
            for (int i = 0; i < plane; i++) {
                const int at = (n * s->c + c) * plane + i;
                y[at] = (x[at] - mean) * saved_invstd[c] * gamma[c] + beta[c];
            }
        if (count) {
            const float m = s->momentum, unbiased = var * (float)count / (float)(count - 1);
            running_mean[c] = (1.0f - m) * running_mean[c] + m * mean;
            running_var[c] = (1.0f - m) * running_var[c] + m * unbiased;
        }
    }
}

/* No two kernels lose the same digits; that they do is recognised all the same. */
static void lost_digits_are_recognised(void **state)
{
    const batchnorm2d_variant row = { .info = { "student", SPACE_HOST, PRECISION_FP32, "" },
                                      .train_forward = one_pass_variance };
    check_result r;
    diagnosis d;

    (void)state;
    check_variant(&check_batchnorm2d, &row, 0, seed, cases, &r);
    assert_true(r.failed);
    diagnose(&check_batchnorm2d, &row, 0, &r, &d);
    assert_int_equal(d.count, 1);
    assert_string_equal(d.finding[0].name, "one-pass");
    assert_non_null(strstr(d.finding[0].tensors, "saved_invstd"));
}

/* ---- Restricted exercises ---- */

static void draw_without_padding(check_random *r, int *param)
{
    static const int plain[] = { 1, 1, 5, 5, 1, 3, 3, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0 };

    memcpy(param, plain, sizeof plain);
    param[2] = check_random_int(r, 3, 8);
    param[3] = check_random_int(r, 3, 8);
}

/* What the exercise does not ask for does not get into the diagnosis. */
static void only_the_shapes_of_the_exercise_are_tried(void **state)
{
    check_concept c = check_conv2d;
    check_result r;
    diagnosis d;

    (void)state;
    c.draw = draw_without_padding;
    current = ONE_SIDE;
    check_variant(&c, &conv_student, 0, seed, 50, &r);
    assert_false(r.failed);
    current = FLIPPED;
    check_variant(&c, &conv_student, 0, seed, 50, &r);
    assert_true(r.failed);
    diagnose(&c, &conv_student, 0, &r, &d);
    assert_int_equal(d.count, 1);
    assert_string_equal(d.finding[0].name, "flipped-kernel");
}

/* The unshrunk shape is drawn again from the seed of its contents, and fails. */
static void the_shape_that_failed_first_is_found_again(void **state)
{
    int shrunk = 0;

    (void)state;
    for (const mutant_table *t = mutant_tables; t->concept; t++) {
        check_result r;
        check_case again;
        int param[CHECK_MAX_PARAMS] = { 0 };
        check_variant(t->concept, row_of(t, 0), 0, seed, cases, &r);
        if (!r.failed)
            continue;
        assert_true(check_trial_draw(t->concept, r.seed, param));
        assert_int_equal(check_shape(t->concept, row_of(t, 0), 0, param, r.seed, &again),
                         STATUS_OK);
        assert_true(check_failed(&again));
        shrunk += memcmp(param, r.param, sizeof param) != 0;
    }
    assert_true(shrunk > 5);
}

/* ---- Words ---- */

static bool has_korean(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0xea && (unsigned char)*text <= 0xed)
            return true;
    return false;
}

static void every_mutant_has_words_in_both_languages(void **state)
{
    int rows = 0;

    (void)state;
    for (const mutant_table *t = mutant_tables; t->concept; t++)
        for (size_t i = 0; i < *t->count; i++, rows++) {
            const char *const name = check_variant_info(row_of(t, i))->name;
            const char *const en = diagnosis_words(t->concept->name, name, FEEDBACK_ENGLISH);
            const char *const ko = diagnosis_words(t->concept->name, name, FEEDBACK_KOREAN);
            if (!en || !ko || has_korean(en) || !has_korean(ko) || strlen(en) > 300)
                fail_msg("%s %s: no words, or in the wrong language", t->concept->name, name);
            assert_true(en[strlen(en) - 1] == '.' && ko[strlen(ko) - 1] == '.');
        }
    assert_true(rows >= 169);
    assert_null(diagnosis_words("conv2d", "no-such-mutant", FEEDBACK_ENGLISH));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutants_are_named),
        cmocka_unit_test(students_own_loops_are_recognised),
        cmocka_unit_test(patterns_are_named_where_no_mutant_fits),
        cmocka_unit_test(the_factor_is_told),
        cmocka_unit_test(two_mistakes_that_add_up_are_both_named),
        cmocka_unit_test(mistakes_that_show_alone_are_named_for_their_share),
        cmocka_unit_test(a_mutant_that_is_wrong_too_often_is_not_named),
        cmocka_unit_test(garbage_is_no_known_mistake),
        cmocka_unit_test(a_right_kernel_gets_no_diagnosis),
        cmocka_unit_test(each_output_is_explained_on_its_own),
        cmocka_unit_test(lost_digits_are_recognised),
        cmocka_unit_test(only_the_shapes_of_the_exercise_are_tried),
        cmocka_unit_test(the_shape_that_failed_first_is_found_again),
        cmocka_unit_test(every_mutant_has_words_in_both_languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
