/* test_bench_group.c: groups of rows that do what they should, and of rows that do not.
 *
 * The concept is `add`, with rows of our own in its table. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bench/group.h"
#include "bench/group_sets.h"

enum { COUNT = 100000 };

typedef enum { GOOD, WRONG, FICKLE, SLOW, ABSENT, FAILING, LAZY } behaviour;

typedef struct {
    variant_info info;
    behaviour how;
} odd_row;

static int calls;                               /* of the fickle one */

static void wait_until(double seconds)
{
    struct timespec now, start;

    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((double)(now.tv_sec - start.tv_sec) + 1e-9 * (double)(now.tv_nsec - start.tv_nsec) <
           seconds);
}

static status run_odd(const check_problem *p, const void *variant, int pass, void *workspace)
{
    const odd_row *const row = variant;
    const float *const a = check_data(p, "a"), *const b = check_data(p, "b");
    float *const y = check_data(p, "y");
    const ptrdiff_t count = check_find(p, "y")->count;

    (void)pass, (void)workspace;
    if (row->how == ABSENT)
        return STATUS_UNSUPPORTED;
    if (row->how == FAILING)
        return STATUS_DEVICE;
    for (ptrdiff_t i = 0; i < count - (row->how == LAZY); i++)
        y[i] = a[i] + b[i];
    if (row->how == WRONG)
        y[count - 1] *= 1.00001f;
    if (row->how == FICKLE && ++calls > 5)
        y[count / 2] += 1.0f;
    if (row->how == SLOW)
        wait_until(0.05);
    return STATUS_OK;
}

typedef struct {
    check_concept concept;
    bench_case which;
    group_options options;
    group_row rows[GROUP_MAX_ROWS];
    int count;
} fixture;

static void set_up(fixture *f, const odd_row *table, const size_t *table_count)
{
    char message[200], shape[64];

    *f = (fixture){ .concept = *check_concept_find("add") };
    f->concept.variants = table;
    f->concept.variant_bytes = sizeof *table;
    f->concept.variant_count = table_count;
    f->concept.run = run_odd;
    f->which = (bench_case){ .concept = &f->concept, .pass = 0, .label = "test", .batch = 1 };
    snprintf(shape, sizeof shape, "%s=%d", f->concept.param[0].name, COUNT);
    assert_true(check_parse_shape(&f->concept, shape, f->which.param, message, sizeof message));
    f->options = (group_options){ .threads = 1, .seconds = 0.02, .slowest = 0.04, .margin = 0.02,
                                  .cold_bytes = 10 * 3 * COUNT * sizeof(float) };
    f->count = group_list(&f->concept, SPACE_HOST, f->rows);
    calls = 0;
}

static const group_row *find(const fixture *f, const char *name)
{
    for (int i = 0; i < f->count; i++)
        if (strcmp(f->rows[i].name, name) == 0)
            return &f->rows[i];
    fail_msg("no row %s", name);
    return NULL;
}

static void measure_all(fixture *f, bool cold)
{
    group_verify(&f->which, &f->options, f->rows, f->count);
    group_measure(&f->which, SPACE_HOST, cold, &f->options, f->rows, f->count);
}

static const odd_row table[] = {
    { { "good", SPACE_HOST, PRECISION_FP32, "" }, GOOD },
    { { "better", SPACE_HOST, PRECISION_FP32, "" }, GOOD },
    { { "rough", SPACE_HOST, PRECISION_TF32, "" }, GOOD },
    { { "wrong", SPACE_HOST, PRECISION_FP32, "" }, WRONG },
    { { "fickle", SPACE_HOST, PRECISION_BF16, "" }, FICKLE },
    { { "slow", SPACE_HOST, PRECISION_TF32, "" }, SLOW },
    { { "absent", SPACE_HOST, PRECISION_FP32, "" }, ABSENT },
    { { "failing", SPACE_HOST, PRECISION_FP32, "" }, FAILING },
    { { "lazy", SPACE_HOST, PRECISION_FP32, "" }, LAZY },
    { { "far", SPACE_CUDA, PRECISION_FP32, "" }, GOOD },
};
static const size_t table_count = sizeof table / sizeof table[0];

static void each_row_gets_what_it_deserves(void **state)
{
    (void)state;
    for (int cold = 0; cold < 2; cold++) {
        fixture f;
        set_up(&f, table, &table_count);
        measure_all(&f, cold);
        static const char *const reasons[][2] = {
            { "wrong", "wrong" },   { "lazy", "wrong" },    { "fickle", "changed" },
            { "slow", "--slowest" }, { "absent", "does not do" }, { "failing", "device" },
        };
        for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
            const char *const said = find(&f, reasons[i][0])->skipped;
            if (!strstr(said, reasons[i][1]))
                fail_msg("%s: '%s'", reasons[i][0], said);
        }

        const group_row *const base = find(&f, "better"), *const control = find(&f, "control");
        assert_string_equal(base->skipped, "");
        assert_string_equal(base->verdict, "BASE");
        assert_true(base->time.ratio == 1.0);
        assert_string_equal(control->skipped, "");
        assert_string_equal(control->role, "control");
        assert_true(control->time.seconds > 0.0 && control->time.ratio > 0.0);
        assert_ptr_equal(control->info, base->info);
        assert_string_equal(find(&f, "rough")->skipped, "");
        assert_true(find(&f, "good")->time.yard > 0.0);
        assert_true(base->flop == COUNT && base->bytes == 3.0 * 4.0 * COUNT);
        assert_true(base->error >= 0.0 && base->error < 1e-6);
        assert_int_equal(base->copies, cold ? 10 : 1);
        assert_true(isnan(base->roof_share) && base->valid);
    }
}

static void rows_that_nobody_wants_are_not_measured(void **state)
{
    (void)state;
    fixture f;

    set_up(&f, table, &table_count);
    for (int i = 0; i < f.count; i++)
        f.rows[i].wanted = strcmp(f.rows[i].name, "rough") == 0;
    measure_all(&f, false);
    assert_true(find(&f, "good")->time.seconds == 0.0);
    assert_true(find(&f, "rough")->time.seconds > 0.0);
    assert_true(find(&f, "better")->time.seconds > 0.0);        /* the base */
    assert_true(find(&f, "control")->time.seconds > 0.0);
}

static void without_a_base_nothing_is_measured(void **state)
{
    (void)state;
    static const odd_row none[] = { { { "absent", SPACE_HOST, PRECISION_FP32, "" }, ABSENT },
                                    { { "rough", SPACE_HOST, PRECISION_TF32, "" }, GOOD } };
    static const size_t none_count = 2;
    fixture f;

    set_up(&f, none, &none_count);
    measure_all(&f, false);
    for (int i = 0; i < f.count; i++)
        if (strcmp(f.rows[i].role, "peer") != 0)
            assert_string_not_equal(f.rows[i].skipped, "");
    set_up(&f, table, &table_count);
    f.options.slowest = 1e-9;
    measure_all(&f, false);
    assert_string_not_equal(find(&f, "control")->skipped, "");
    assert_string_not_equal(find(&f, "rough")->skipped, "");
}

static void a_result_above_its_roof_is_invalid(void **state)
{
    (void)state;
    static ceilings roofs;
    fixture f;

    roofs = (ceilings){ .cache_bytes = { 32768, 1 << 20, 1 << 24, 0 }, .thread_counts = { 1 },
                        .thread_count_count = 1, .point_count = 2 };
    for (int set = 0; set < CEILING_ISAS; set++)
        roofs.flop_rate[set][0] = 1e6;          /* slower than any machine */
    for (int stream = 0; stream < CEILING_STREAMS; stream++) {
        roofs.curve[stream][0][0] = (ceiling_point){ 1 << 10, 1e6 };
        roofs.curve[stream][0][1] = (ceiling_point){ 1 << 30, 1e6 };
    }
    set_up(&f, table, &table_count);
    f.options.roofs = &roofs;
    measure_all(&f, false);
    assert_true(find(&f, "better")->roof_share > 1.05);
    assert_false(find(&f, "better")->valid);
    assert_string_not_equal(find(&f, "better")->roof, "compute");

    for (int set = 0; set < CEILING_ISAS; set++)
        roofs.clock_hz[set][0] = 1e6;           /* a thousandth of any clock: a higher roof */
    roofs.cache_bytes[0] = 1 << 30;             /* where the clock counts */
    measure_all(&f, false);
    const group_row *const row = find(&f, "better");
    assert_true(row->clock_hz > 1e8 && row->clock_hz < 1e10);
    assert_string_equal(row->roof, "L1");
    assert_true(fabs(row->roof_share * row->time.seconds * 1e6 * row->clock_hz / 1e6 / row->bytes -
                     1.0) < 1e-9);
}

/* Adam updates in place: what it gives after thousands of calls differs, what one call gives from
 * the same beginning does not. */
static void updates_in_place_are_measured(void **state)
{
    (void)state;
    for (int cold = 0; cold < 2; cold++) {
        fixture f;
        set_up(&f, table, &table_count);
        f.concept = *check_concept_find("adam");
        f.count = group_list(&f.concept, SPACE_HOST, f.rows);
        for (int i = 0; i < f.concept.param_count; i++)
            f.which.param[i] = strcmp(f.concept.param[i].name, "count") == 0
                                   ? 5000
                                   : f.concept.param[i].simplest;
        if (check_verdict(&f.concept, f.which.param) != STATUS_OK)
            fail_msg("the shape is none");
        measure_all(&f, cold);
        for (int i = 0; i < f.count; i++)
            if (strcmp(f.rows[i].role, "peer") != 0)
                assert_string_equal(f.rows[i].skipped, "");
    }
}

static void measure_shape(const char *concept, const char *shape, size_t sets)
{
    for (int cold = 0; cold < 2; cold++) {
        char message[200];
        fixture f;
        set_up(&f, table, &table_count);
        f.concept = *check_concept_find(concept);
        f.count = group_list(&f.concept, SPACE_HOST, f.rows);
        assert_true(check_parse_shape(&f.concept, shape, f.which.param, message, sizeof message));
        f.options.cold_bytes = sets * 16384;
        measure_all(&f, cold);
        for (int i = 0; i < f.count; i++)
            if (strstr(f.rows[i].skipped, "changed"))
                fail_msg("%s %s, cold %d: %s", concept, f.rows[i].name, cold, f.rows[i].skipped);
    }
}

/* Batch norm in training updates running statistics in place, and its rows round differently. With
 * cold caches all write to the same sets, and a peer in its own layouts to none: one row's outputs
 * must not be taken for another's. */
static void rows_that_share_sets_are_told_apart(void **state)
{
    (void)state;
    for (size_t sets = 2; sets < 12; sets++)
        measure_shape("batchnorm2d", "n=4,c=3,h=13,w=13", sets);
    measure_shape("conv2d", "n=2,c=4,h=9,w=9,oc=8,kernel_h=3,kernel_w=3", 4);
}

static void sets_lie_apart_and_are_restored(void **state)
{
    (void)state;
    fixture f;
    group_sets s;
    check_problem p;
    float kept[3 * COUNT];

    set_up(&f, table, &table_count);
    assert_int_equal(group_problem_open(&p, &f.concept, f.which.param, 0), STATUS_OK);
    assert_int_equal(group_sets_open(&s, &p, 0, SPACE_HOST, 3, 3, 0), STATUS_OK);
    check_problem here = s.p;
    for (int set = 0; set < 3; set++) {
        group_sets_point(&s, &here, set, set);
        assert_memory_equal(check_data(&here, "a"), check_data(&s.p, "a"), COUNT * sizeof(float));
        assert_true(isnan(*(float *)check_data(&here, "y")));
        for (int i = 0; i < COUNT; i++)
            ((float *)check_data(&here, "y"))[i] = (float)set;
    }
    assert_true(group_output_bytes(&s) == COUNT * sizeof(float));
    assert_int_equal(group_output_keep(&s, 1, (unsigned char *)kept), STATUS_OK);
    assert_true(kept[0] == 1.0f && kept[COUNT - 1] == 1.0f);
    assert_true(group_output_same(&s, 1, (unsigned char *)kept, true));
    assert_false(group_output_same(&s, 2, (unsigned char *)kept, true));
    assert_int_equal(group_sets_restore(&s, 1), STATUS_OK);
    assert_false(group_output_same(&s, 1, (unsigned char *)kept, true));
    group_sets_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_gets_what_it_deserves),
        cmocka_unit_test(rows_that_nobody_wants_are_not_measured),
        cmocka_unit_test(without_a_base_nothing_is_measured),
        cmocka_unit_test(a_result_above_its_roof_is_invalid),
        cmocka_unit_test(updates_in_place_are_measured),
        cmocka_unit_test(rows_that_share_sets_are_told_apart),
        cmocka_unit_test(sets_lie_apart_and_are_restored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
