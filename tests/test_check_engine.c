/* test_check_engine.c: the checking engine catches every kind of wrongness, and only that.
 *
 * A concept made for the purpose, y = x * w[column], runs with a row per mistake. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <limits.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#include "check/check.h"
#include "check/check_engine.h"

#undef check_expected                           /* cmocka's; the function of check.h is meant */

/* ---- A concept: scale every column; relu and sigmoid of x; its signs; a running sum ---- */

enum { ROWS, COLS, PARAMS };
enum { FORWARD, BACKWARD, RELU, RELU_BACKWARD, SQUASH_BACKWARD, SQUASH, SIGNS, ACCUMULATE, PASSES };

typedef enum {
    RIGHT, OTHER_ORDER, TWO_ULP, HALF_PRECISION, GIVES_NAN, GIVES_INF, LAST_UNWRITTEN, ADDS_TO_Y,
    PAST_END, BEFORE_START, PAST_WORKSPACE, READS_WORKSPACE, READS_OUTSIDE, CHANGES_X, CHANGES_DY,
    BY_THREADS, UNWRITTEN_BY_THREADS, REFUSES, UNSUPPORTED, SWALLOWS_NAN, SIGN_WRONG,
    SIGN_UNWRITTEN, MASK_UNWRITTEN, NAN_UNWRITTEN, WRONG_FROM_2X3, DX_DOUBLED, SQUASH_DOUBLED,
    SUM_FORGETS, MISTAKES
} mistake;

typedef struct {
    variant_info info;
    mistake mistake;
} fake_variant;

static const fake_variant rows[MISTAKES] = {
#define ROW(m) [m] = { { #m, SPACE_HOST, PRECISION_FP32, "" }, m }
    ROW(RIGHT), ROW(OTHER_ORDER), ROW(TWO_ULP), ROW(HALF_PRECISION), ROW(GIVES_NAN),
    ROW(GIVES_INF), ROW(LAST_UNWRITTEN), ROW(ADDS_TO_Y), ROW(PAST_END), ROW(BEFORE_START),
    ROW(PAST_WORKSPACE), ROW(READS_WORKSPACE), ROW(READS_OUTSIDE), ROW(CHANGES_X),
    ROW(CHANGES_DY), ROW(BY_THREADS), ROW(UNWRITTEN_BY_THREADS), ROW(REFUSES), ROW(UNSUPPORTED),
    ROW(SWALLOWS_NAN), ROW(SIGN_WRONG), ROW(SIGN_UNWRITTEN), ROW(MASK_UNWRITTEN),
    ROW(NAN_UNWRITTEN), ROW(WRONG_FROM_2X3), ROW(DX_DOUBLED), ROW(SQUASH_DOUBLED), ROW(SUM_FORGETS),
#undef ROW
};
static const size_t row_count = MISTAKES;

/* The reference shares the mistakes DX_DOUBLED and SQUASH_DOUBLED when this is set, so that only
 * the checks that do not rely on it can see them. */
static bool reference_is_wrong;

typedef struct {
    int rows, cols;
} fake_shape;

static void draw(check_random *r, int *param)
{
    param[ROWS] = check_random_int(r, 0, 9);    /* 0 rows is legal, 0 columns is not */
    param[COLS] = check_random_int(r, 0, 12);
}

static status describe(check_problem *p)
{
    const int r = p->param[ROWS], c = p->param[COLS];

    if (r < 0 || c < 1)
        return STATUS_SHAPE;
    *(fake_shape *)p->shape = (fake_shape){ r, c };
    static const char *const matrices[] = { "x", "y", "dy", "dx", "v", "q", "dq", "r", "dr" };
    for (size_t i = 0; i < sizeof matrices / sizeof *matrices; i++)
        check_declare(p, matrices[i], CHECK_FLOAT, CHECK_FILL_NORMAL, 2, (const int[]){ r, c });
    p->tensor[0].special = true;
    check_declare_float(p, "w", c, 1, 1, 1);
    check_declare_float(p, "dw", c, 1, 1, 1);
    check_declare(p, "sign", CHECK_INT32, CHECK_FILL_NORMAL, 2, (const int[]){ r, c });
    check_declare(p, "mask", CHECK_BYTE, CHECK_FILL_NORMAL, 2, (const int[]){ r, c });
    return STATUS_OK;
}

static size_t workspace_bytes(const check_problem *p, const void *row)
{
    (void)p;
    const mistake m = ((const fake_variant *)row)->mistake;
    return m == PAST_WORKSPACE || m == READS_WORKSPACE ? 64 : 0;
}

static float to_half(float x)
{
    int exponent;
    const double fraction = frexp((double)x, &exponent);
    return (float)ldexp(rint(ldexp(fraction, 11)), exponent - 11);
}

static float squash(float x)
{
    const float e = expf(-fabsf(x));            /* never overflows */
    return (x > 0.0f ? 1.0f : e) / (1.0f + e);
}

static void run_forward(mistake m, const fake_shape *s, float *x, const float *w, float *dy,
                        float *y, float *workspace)
{
    const ptrdiff_t count = (ptrdiff_t)s->rows * s->cols;
    /* Volatile: the compiler must not see that these lie outside. */
    volatile float *const anywhere = y, *const from = x;

    for (ptrdiff_t i = 0; i < count; i++) {
        if (m == LAST_UNWRITTEN && i == count - 1)
            break;
        if (m == UNWRITTEN_BY_THREADS && i == count - 1 && omp_get_max_threads() == 4)
            break;
        const float product = x[i] * w[i % s->cols];
        y[i] = m == ADDS_TO_Y ? y[i] + product : product;
        if (m == TWO_ULP)
            y[i] = nextafterf(nextafterf(product, INFINITY), INFINITY);
        if (m == HALF_PRECISION)
            y[i] = to_half(x[i]) * w[i % s->cols];
        if (m == READS_WORKSPACE)
            y[i] += workspace[3];
        if (m == READS_OUTSIDE && i == count - 1)
            y[i] = product + 0.0f * from[count];
        if (m == WRONG_FROM_2X3 && s->rows >= 2 && s->cols >= 3)
            y[i] = product + 1.0f + fabsf(product);
    }
    if (m == GIVES_NAN && count > 0)
        y[count / 2] = NAN;
    if (m == GIVES_INF && count > 0)
        y[count / 2] = INFINITY;
    if (m == PAST_END)
        anywhere[count] = 0.0f;
    if (m == BEFORE_START)
        anywhere[-2] = 0.0f;
    if (m == PAST_WORKSPACE)
        ((volatile float *)workspace)[16] = 0.0f;
    if (m == CHANGES_X && count > 0)
        x[count - 1] += 1.0f;
    if (m == CHANGES_DY && count > 0)
        dy[0] = 7.0f;
}

static void run_backward(mistake m, const fake_shape *s, const float *x, const float *w,
                         const float *dy, float *dx, float *dw)
{
    for (int c = 0; c < s->cols; c++) {
        const bool backwards = m == OTHER_ORDER || (m == BY_THREADS && omp_get_max_threads() > 1);
        float sum = 0.0f;
        for (int k = 0; k < s->rows; k++) {
            const ptrdiff_t i = (ptrdiff_t)(backwards ? s->rows - 1 - k : k) * s->cols + c;
            sum += dy[i] * x[i];
            dx[i] = dy[i] * w[c] * (m == DX_DOUBLED ? 2.0f : 1.0f);
        }
        dw[c] = sum;
    }
}

static status run(const check_problem *p, const void *row, int pass, void *workspace)
{
    const mistake m = ((const fake_variant *)row)->mistake;
    const fake_shape *const s = (const fake_shape *)p->shape;
    const ptrdiff_t count = (ptrdiff_t)s->rows * s->cols;
    float *const x = check_data(p, "x"), *const w = check_data(p, "w");
    float *const dy = check_data(p, "dy"), *const dx = check_data(p, "dx");
    float *const q = check_data(p, "q"), *const dq = check_data(p, "dq");
    float *const r = check_data(p, "r"), *const dr = check_data(p, "dr");
    float *const v = check_data(p, "v");
    int32_t *const sign = check_data(p, "sign");
    uint8_t *const mask = check_data(p, "mask");

    if (m == REFUSES)
        return STATUS_VALUE;
    if (m == UNSUPPORTED)
        return STATUS_UNSUPPORTED;
    if (pass == FORWARD)
        run_forward(m, s, x, w, dy, check_data(p, "y"), workspace);
    if (pass == BACKWARD)
        run_backward(m, s, x, w, dy, dx, check_data(p, "dw"));
    for (ptrdiff_t i = 0; i < count; i++)
        switch (pass) {
        case RELU:
            if (m != NAN_UNWRITTEN || !isnan(x[i]))
                r[i] = m == SWALLOWS_NAN ? fmaxf(x[i], 0.0f) : x[i] < 0.0f ? 0.0f : x[i];
            break;
        case RELU_BACKWARD: dx[i] = x[i] > 0.0f ? dr[i] : 0.0f; break;
        case SQUASH: q[i] = squash(x[i]); break;
        case SQUASH_BACKWARD:
            dx[i] = (m == SQUASH_DOUBLED ? 2.0f : 1.0f) * dq[i] * (q[i] * (1.0f - q[i]));
            break;
        case SIGNS:
            if (m != SIGN_UNWRITTEN || i != count - 1)
                sign[i] = m == SIGN_WRONG ? 1 : (x[i] > 0.0f) - (x[i] < 0.0f);
            if (m != MASK_UNWRITTEN || !(x[i] > 0.0f))
                mask[i] = x[i] > 0.0f ? 0xa5 : 1;       /* 0xa5: the poison of the first run */
            break;
        case ACCUMULATE: v[i] = m == SUM_FORGETS ? x[i] : v[i] + x[i]; break;
        default: break;
        }
    return STATUS_OK;
}

static exact exactly(double value, double terms)
{
    return (exact){ value, fabs(value), terms };
}

static void reference_backward(const check_problem *p, const fake_shape *s)
{
    const float *const x = check_data(p, "x"), *const w = check_data(p, "w");
    const float *const dy = check_data(p, "dy");
    exact *const dx = check_expected(p, "dx"), *const dw = check_expected(p, "dw");

    for (int c = 0; c < s->cols; c++) {
        dw[c] = (exact){ 0.0, 0.0, s->rows };
        for (int k = 0; k < s->rows; k++) {
            const ptrdiff_t i = (ptrdiff_t)k * s->cols + c;
            exact_add(&dw[c], (double)dy[i] * (double)x[i]);
            dx[i] = exactly((double)dy[i] * (double)w[c] * (reference_is_wrong ? 2.0 : 1.0), 1.0);
        }
    }
}

static void reference(const check_problem *p, int pass)
{
    const fake_shape *const s = (const fake_shape *)p->shape;
    const ptrdiff_t count = (ptrdiff_t)s->rows * s->cols;
    const float *const x = check_data(p, "x"), *const w = check_data(p, "w");
    const float *const dr = check_data(p, "dr"), *const v = check_data(p, "v");
    const float *const q = check_data(p, "q"), *const dq = check_data(p, "dq");
    exact *const y = check_expected(p, "y"), *const dx = check_expected(p, "dx");

    if (pass == BACKWARD)
        reference_backward(p, s);
    for (ptrdiff_t i = 0; i < count; i++) {
        const double xi = (double)x[i];
        switch (pass) {
        case FORWARD: y[i] = exactly(xi * (double)w[i % s->cols], 1.0); break;
        case RELU: check_expected(p, "r")[i] = exactly(xi < 0.0 ? 0.0 : xi, 0.0); break;
        case RELU_BACKWARD: dx[i] = exactly(xi > 0.0 ? (double)dr[i] : 0.0, 0.0); break;
        case SQUASH: check_expected(p, "q")[i] = exactly(1.0 / (1.0 + exp(-xi)), 4.0); break;
        case SQUASH_BACKWARD:
            dx[i] = exactly((reference_is_wrong ? 2.0 : 1.0) * (double)dq[i] * (double)q[i] *
                                (1.0 - (double)q[i]), 3.0);
            break;
        case SIGNS:
            check_expected(p, "sign")[i] = exactly((xi > 0.0) - (xi < 0.0), 0.0);
            check_expected(p, "mask")[i] = exactly(xi > 0.0 ? 0xa5 : 1, 0.0);
            break;
        case ACCUMULATE:
            check_expected(p, "v")[i] = (exact){ (double)v[i] + xi, fabs((double)v[i]) + fabs(xi),
                                                 1.0 };
            break;
        default: break;
        }
    }
}

static const check_concept fake = {
    .name = "fake",
    .variants = rows,
    .variant_bytes = sizeof rows[0],
    .variant_count = &row_count,
    .param_count = PARAMS,
    .param = { { "rows", 1 }, { "cols", 1 } },
    .pass_count = PASSES,
    .pass = { { "forward", "x w", "y", NULL, NULL },
              { "backward", "dy x w", "dx dw", "forward", "x w" },
              { "relu", "x", "r", NULL, NULL },
              { "relu_backward", "x dr", "dx", "relu", NULL },
              { "squash_backward", "q dq", "dx", "squash", NULL },
              { "squash", "x", "q", NULL, NULL },
              { "signs", "x", "sign mask", NULL, NULL },
              { "accumulate", "x v", "v", NULL, NULL } },
    .draw = draw,
    .describe = describe,
    .workspace_bytes = workspace_bytes,
    .run = run,
    .reference = reference,
};

/* ---- Verdicts ---- */

static check_result check_fake(mistake m, int pass, long cases)
{
    check_result result;
    check_variant(&fake, &rows[m], pass, 1, cases, &result);
    return result;
}

static void expect(mistake m, int pass, check_outcome outcome, const char *tensor)
{
    const check_result result = check_fake(m, pass, 100);
    char text[300] = "passed";

    if (result.failed)
        check_describe_case(&result.failure, text, sizeof text);
    if (!result.failed || result.failure.outcome != outcome)
        fail_msg("%s, %s: expected '%s', found: %s", rows[m].info.name, fake.pass[pass].name,
                 check_outcome_name(outcome), text);
    if (tensor)
        assert_string_equal(result.failure.tensor, tensor);
}

static void test_right_kernels_pass(void **state)
{
    (void)state;
    for (int pass = 0; pass < PASSES; pass++)
        for (int m = RIGHT; m <= OTHER_ORDER; m++) {
            const check_result result = check_fake((mistake)m, pass, 400);
            char text[300];
            check_describe_case(&result.failure, text, sizeof text);
            if (result.failed)
                fail_msg("%s, %s: %s", rows[m].info.name, fake.pass[pass].name, text);
            assert_int_equal(result.passed, 400);
            assert_int_equal(result.skipped, 0);
            assert_true(result.worst <= 1.0);
        }
    assert_true(check_fake(RIGHT, FORWARD, 400).worst > 0.5);   /* the bound is not loose */
}

static void test_wrong_values(void **state)
{
    (void)state;
    expect(TWO_ULP, FORWARD, CHECK_MISMATCH, "y");
    expect(HALF_PRECISION, FORWARD, CHECK_MISMATCH, "y");
    expect(GIVES_NAN, FORWARD, CHECK_MISMATCH, "y");
    expect(GIVES_INF, FORWARD, CHECK_MISMATCH, "y");
    expect(DX_DOUBLED, BACKWARD, CHECK_MISMATCH, "dx");
    expect(SIGN_WRONG, SIGNS, CHECK_MISMATCH, "sign");
    assert_true(isinf(check_fake(SIGN_WRONG, SIGNS, 100).worst));
    expect(SUM_FORGETS, ACCUMULATE, CHECK_MISMATCH, "v");
    expect(SWALLOWS_NAN, RELU, CHECK_MISMATCH, "r");
}

static void test_outputs_left_or_reused(void **state)
{
    (void)state;
    expect(LAST_UNWRITTEN, FORWARD, CHECK_UNWRITTEN, "y");
    expect(ADDS_TO_Y, FORWARD, CHECK_STALE, "y");
    expect(READS_WORKSPACE, FORWARD, CHECK_SCRATCH, "y");
    expect(READS_OUTSIDE, FORWARD, CHECK_OUTSIDE, "y");
    expect(SIGN_UNWRITTEN, SIGNS, CHECK_UNWRITTEN, "sign");
    expect(MASK_UNWRITTEN, SIGNS, CHECK_UNWRITTEN, "mask");
    expect(NAN_UNWRITTEN, RELU, CHECK_UNWRITTEN, "r");
}

static void test_trespassing(void **state)
{
    (void)state;
    expect(PAST_END, FORWARD, CHECK_GUARD, "y");
    expect(BEFORE_START, FORWARD, CHECK_GUARD, "y");
    assert_int_equal(check_fake(BEFORE_START, FORWARD, 100).failure.index, -2);
    expect(PAST_WORKSPACE, FORWARD, CHECK_GUARD, "workspace");
    assert_int_equal(check_fake(PAST_WORKSPACE, FORWARD, 100).failure.index, 64);
    expect(CHANGES_X, FORWARD, CHECK_INPUT_CHANGED, "x");
    expect(CHANGES_DY, FORWARD, CHECK_INPUT_CHANGED, "dy");     /* not even one that it names */
}

static void test_threads(void **state)
{
    (void)state;
    expect(BY_THREADS, BACKWARD, CHECK_THREADS, "dw");
    expect(UNWRITTEN_BY_THREADS, FORWARD, CHECK_UNWRITTEN, "y");

    omp_set_num_threads(3);
    check_fake(RIGHT, FORWARD, 2);
    assert_int_equal(omp_get_max_threads(), 3);                 /* put back */
    omp_set_num_threads(2);
}

static void test_refusal_is_a_failure_and_lack_is_a_skip(void **state)
{
    (void)state;
    expect(REFUSES, FORWARD, CHECK_STATUS, NULL);
    assert_int_equal(check_fake(REFUSES, FORWARD, 5).failure.verdict, STATUS_VALUE);

    const check_result result = check_fake(UNSUPPORTED, FORWARD, 20);
    assert_false(result.failed);
    assert_int_equal(result.passed, 0);
    assert_int_equal(result.skipped, 20);
}

/* Row and reference make the same mistake: what is independent of the reference must see it. */
static void test_checks_that_need_no_reference(void **state)
{
    (void)state;
    reference_is_wrong = true;
    expect(DX_DOUBLED, BACKWARD, CHECK_ADJOINT, "dx");
    expect(SQUASH_DOUBLED, SQUASH_BACKWARD, CHECK_DIFFERENCES, "dx");

    check_concept only_differences = fake;
    only_differences.pass[BACKWARD].linear_in = NULL;
    check_result result;
    check_variant(&only_differences, &rows[DX_DOUBLED], BACKWARD, 1, 100, &result);
    assert_int_equal(result.failure.outcome, CHECK_DIFFERENCES);
    reference_is_wrong = false;
}

static void test_most_elements_can_be_verified(void **state)
{
    (void)state;
    static const int passes[] = { BACKWARD, RELU_BACKWARD, SQUASH_BACKWARD };
    for (int i = 0; i < 3; i++) {
        const check_result result = check_fake(RIGHT, passes[i], 300);
        assert_true(result.differences > 300);
        assert_true(result.verified > result.differences * 3 / 4);
    }
    /* ... but not those at the kink of relu. */
    const check_result kinked = check_fake(RIGHT, RELU_BACKWARD, 300);
    assert_true(kinked.verified < kinked.differences);
}

/* One case in eight holds a NaN or an infinity; its gradients are not measured. */
static void test_special_values_now_and_then(void **state)
{
    (void)state;
    int unmeasured = 0;

    for (uint64_t seed = 0; seed < 400; seed++) {
        check_case result;
        assert_int_equal(check_shape(&fake, &rows[RIGHT], RELU_BACKWARD, (const int[]){ 3, 3 },
                                     seed, &result), STATUS_OK);
        assert_int_equal(result.outcome, CHECK_PASSED);
        unmeasured += result.differences == 0;
    }
    assert_in_range(unmeasured, 25, 75);
}

/* ---- Drawing, shrinking, replay ---- */

static void test_shrinking_reaches_the_smallest_shape(void **state)
{
    (void)state;
    const check_result result = check_fake(WRONG_FROM_2X3, FORWARD, 100);

    assert_true(result.failed);
    assert_int_equal(result.param[ROWS], 2);
    assert_int_equal(result.param[COLS], 3);
    assert_int_equal(result.failure.outcome, CHECK_MISMATCH);
    assert_int_equal(check_fake(LAST_UNWRITTEN, FORWARD, 100).param[ROWS], 1);
    assert_int_equal(check_fake(LAST_UNWRITTEN, FORWARD, 100).param[COLS], 1);
}

static void test_replay_reproduces_the_failure(void **state)
{
    (void)state;
    const check_result result = check_fake(WRONG_FROM_2X3, FORWARD, 100);
    check_case again;
    char first[300], second[300];

    assert_int_equal(check_shape(&fake, &rows[WRONG_FROM_2X3], FORWARD, result.param, result.seed,
                                 &again), STATUS_OK);
    check_describe_case(&result.failure, first, sizeof first);
    check_describe_case(&again, second, sizeof second);
    assert_string_equal(first, second);
}

static void test_same_seed_same_result(void **state)
{
    (void)state;
    const check_result one = check_fake(OTHER_ORDER, BACKWARD, 50);
    const check_result two = check_fake(OTHER_ORDER, BACKWARD, 50);
    check_result other;

    assert_memory_equal(&one.worst, &two.worst, sizeof one.worst);
    assert_int_equal(one.verified, two.verified);
    check_variant(&fake, &rows[OTHER_ORDER], BACKWARD, 2, 50, &other);
    assert_memory_not_equal(&one.worst, &other.worst, sizeof one.worst);
}

static status describe_nothing(check_problem *p)
{
    (void)p;
    return STATUS_SHAPE;
}

static void test_a_concept_that_draws_nothing_legal(void **state)
{
    (void)state;
    check_concept hopeless = fake;
    check_result result;

    hopeless.describe = describe_nothing;
    check_variant(&hopeless, &rows[RIGHT], FORWARD, 1, 10, &result);
    assert_true(result.failed);
    assert_int_equal(result.failure.outcome, CHECK_NO_PROBLEM);
}

static void test_impossible_and_enormous_shapes(void **state)
{
    (void)state;
    check_case result;

    assert_int_equal(check_shape(&fake, &rows[RIGHT], FORWARD, (const int[]){ 2, 0 }, 1, &result),
                     STATUS_SHAPE);
    assert_int_equal(check_shape(&fake, &rows[RIGHT], FORWARD, (const int[]){ 1 << 11, 1 << 11 },
                                 1, &result), STATUS_OK);
    assert_int_equal(result.outcome, CHECK_MEMORY);
    assert_int_equal(check_verdict(&fake, (const int[]){ 1 << 11, 1 << 11 }), STATUS_MEMORY);
    assert_int_equal(check_verdict(&fake, (const int[]){ 2, 0 }), STATUS_SHAPE);
    assert_int_equal(check_verdict(&fake, (const int[]){ 2, 2 }), STATUS_OK);
    assert_int_equal(check_shape(&fake, &rows[RIGHT], FORWARD, (const int[]){ 0, 5 }, 1, &result),
                     STATUS_OK);
    assert_int_equal(result.outcome, CHECK_PASSED);
}

/* ---- The bound ---- */

static bool within(double got, double value, double magnitude, double terms)
{
    double fraction;
    return check_within((float)got, (exact){ value, magnitude, terms }, PRECISION_FP32, &fraction);
}

static void test_bound(void **state)
{
    (void)state;
    const double ulp = 0x1p-23;
    assert_true(within(1.0 + ulp, 1.0, 1.0, 2.0));
    assert_false(within(1.0 + ulp, 1.0, 1.0, 1.0));
    assert_true(within(1.0 + 4.0 * ulp, 1.0, 4.0, 2.0));        /* cancellation widens it */
    assert_true(within(0x1p-149, 0.0, 0.0, 1.0));               /* lost below the smallest float */
    assert_false(within(0x1p-149, 0.0, 0.0, 0.0));
    assert_false(within(0x1p-140, 0.0, 0.0, 1.0));
    assert_true(within(-0.0, 0.0, 0.0, 0.0));

    double fraction;
    check_within(1.0f + 0x1p-23f, (exact){ 1.0, 1.0, 4.0 }, PRECISION_FP32, &fraction);
    assert_true(fabs(fraction - 0.5 / 1.01) < 1e-6);
    assert_true(check_within(1.0f + 0x1p-7f, (exact){ 1.0, 1.0, 1.0 }, PRECISION_BF16, &fraction));
    assert_true(check_within(1.0f + 0x1p-10f, (exact){ 1.0, 1.0, 1.0 }, PRECISION_TF32, &fraction));
    assert_false(check_within(1.0f + 0x1p-9f, (exact){ 1.0, 1.0, 1.0 }, PRECISION_TF32, &fraction));
}

static void test_bound_of_nan_and_infinity(void **state)
{
    (void)state;
    assert_false(within(NAN, 1.0, 1.0, 9.0));
    assert_false(within(1.0, NAN, 1.0, 9.0));
    assert_true(within(NAN, NAN, NAN, 9.0));
    assert_true(within(INFINITY, INFINITY, INFINITY, 9.0));
    assert_false(within(-INFINITY, INFINITY, INFINITY, 9.0));
    assert_false(within((double)FLT_MAX, INFINITY, INFINITY, 9.0));
    assert_false(within(NAN, INFINITY, INFINITY, 9.0));
    assert_false(within(INFINITY, 1.0, 1.0, 9.0));
    assert_false(within(7.0, 1.0, INFINITY, 9.0));              /* a reference without a bound */
    assert_true(within(INFINITY, 1e39, 1e39, 1.0));             /* rounds to infinity */
    assert_true(within(INFINITY, (double)FLT_MAX, (double)FLT_MAX, 2.0));
    assert_false(within(-INFINITY, 1e39, 1e39, 1.0));
    assert_false(within(INFINITY, 3e38, 3e38, 1.0));
}

/* ---- Text ---- */

static void test_shape_text_round_trip(void **state)
{
    (void)state;
    int param[CHECK_MAX_PARAMS];
    char message[300], text[100];

    assert_true(check_parse_shape(&fake, "rows=7,cols=-3", param, message, sizeof message));
    check_format_shape(&fake, param, text, sizeof text);
    assert_string_equal(text, "rows=7,cols=-3");
    assert_true(check_parse_shape(&fake, "cols=2147483647", param, message, sizeof message));
    check_format_shape(&fake, param, text, sizeof text);
    assert_string_equal(text, "rows=1,cols=2147483647");        /* the rest is simplest */
    check_format_shape(&fake, param, text, 6);
    assert_string_equal(text, "rows=");
}

static void test_shape_text_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *complaint;
    } cases[] = {
        { "", "expected name=value" },          { "rows", "expected name=value, found 'rows'" },
        { "rows=1,", "expected name=value" },   { ",rows=1", "expected name=value" },
        { "rows=1,,cols=2", "name=value" },     { "depth=3", "expected one of rows, cols" },
        { "row=3", "expected one of" },         { "rowsy=3", "expected one of" },
        { "=3", "expected one of" },            { "rows=1,rows=2", "rows is given twice" },
        { "rows=", "whole number" },            { "rows=x", "whole number" },
        { "rows=3x", "whole number" },          { "rows=1.5", "whole number" },
        { "rows= 3", "whole number" },          { "rows=+3", "whole number" },
        { "rows=2147483648", "whole number" },  { "rows=-2147483649", "whole number" },
        { "rows=99999999999999999999", "whole number" },
    };
    int param[CHECK_MAX_PARAMS];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char message[300] = "";
        if (check_parse_shape(&fake, cases[i].text, param, message, sizeof message) ||
            !strstr(message, cases[i].complaint))
            fail_msg("'%s': '%s'", cases[i].text, message);
    }
}

static void test_descriptions(void **state)
{
    (void)state;
    check_result result = check_fake(WRONG_FROM_2X3, FORWARD, 100);
    char text[300];

    check_describe_case(&result.failure, text, sizeof text);
    assert_non_null(strstr(text, "y[0][0]: got "));
    assert_non_null(strstr(text, ", allowed error "));
    result = check_fake(PAST_END, FORWARD, 100);
    check_describe_case(&result.failure, text, sizeof text);
    assert_string_equal(text, "y: written past its end, at element 1");
    for (int o = 0; o < CHECK_OUTCOMES; o++)
        assert_non_null(check_outcome_name((check_outcome)o));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right_kernels_pass),
        cmocka_unit_test(test_wrong_values),
        cmocka_unit_test(test_outputs_left_or_reused),
        cmocka_unit_test(test_trespassing),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_refusal_is_a_failure_and_lack_is_a_skip),
        cmocka_unit_test(test_checks_that_need_no_reference),
        cmocka_unit_test(test_most_elements_can_be_verified),
        cmocka_unit_test(test_special_values_now_and_then),
        cmocka_unit_test(test_shrinking_reaches_the_smallest_shape),
        cmocka_unit_test(test_replay_reproduces_the_failure),
        cmocka_unit_test(test_same_seed_same_result),
        cmocka_unit_test(test_a_concept_that_draws_nothing_legal),
        cmocka_unit_test(test_impossible_and_enormous_shapes),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_bound_of_nan_and_infinity),
        cmocka_unit_test(test_shape_text_round_trip),
        cmocka_unit_test(test_shape_text_mistakes),
        cmocka_unit_test(test_descriptions),
    };
    return cmocka_run_group_tests_name("check_engine", tests, NULL, NULL);
}
