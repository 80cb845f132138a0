/* test_bench_compare.c: what counts as a regression, and what is noise.
 *
 * The noise is drawn: each row's median strays normally, its interval is a quarter wider than that
 * (as measure()'s are); one row in 20 meets a burst, which moves it three times as far and makes
 * its interval twice as wide; and where data lie in memory moves every row of a run by something
 * that no interval of that run can show. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare.h"
#include "check/check_random.h"
#include "tests/support/scratch.h"

enum { OWN = 300, PEERS = 80, CONTROLS = 60, ALL = OWN + PEERS + CONTROLS };

static const double SPREAD = 0.005;         /* of a median: intervals are +- 1.2 % */
static const double PLACEMENT = 0.003;

/* ---- synthetic runs ---- */

/* Medians stray from exp(log_truth) by `spread`. */
static void draw_interval(check_random *r, double log_truth, double spread, double *middle,
                          double *low, double *high)
{
    const bool burst = check_random_chance(r, 20);
    const double at = log_truth + (burst ? 3.0 : 1.0) * spread * check_random_normal(r);
    const double half = 1.25 * 1.96 * (burst ? 2.0 : 1.0) * spread;

    *middle = exp(at);
    *low = exp(at - half);
    *high = exp(at + half);
}

/* What a run makes of a row whose true yard is `yard`. */
static bench_result draw_result(check_random *r, double yard)
{
    bench_result b = { .kind = RESULT_KERNEL, .valid = true, .seconds = 1e-3, .ratio = NAN,
                       .ratio_low = NAN, .ratio_high = NAN, .role = "own" };

    draw_interval(r, log(yard) + PLACEMENT * check_random_normal(r), SPREAD, &b.yard, &b.yard_low,
                  &b.yard_high);
    return b;
}

/* A run of everything, rows `from` to `to` slowed down by `factor`. */
static result_file draw_run(check_random *r, int from, int to, double factor)
{
    static char key[] = "machine", value[] = "this";
    static result_context context[] = { { key, value } };
    result_file f = { .results = calloc(ALL, sizeof *f.results), .count = ALL,
                      .context = context, .context_count = 1 };

    assert_non_null(f.results);
    for (int i = 0; i < ALL; i++) {
        const double truth = 0.01 * pow(1.05, i) * (i >= from && i < to ? factor : 1.0);
        f.results[i] = draw_result(r, truth);
        snprintf(f.results[i].name, sizeof f.results[i].name, "row%d", i);
        if (i >= OWN)
            strcpy(f.results[i].role, "peer");
        if (i >= OWN + PEERS) {
            bench_result *const b = &f.results[i];
            strcpy(b->role, "control");
            draw_interval(r, 0.0, 1.41 * SPREAD, &b->ratio, &b->ratio_low, &b->ratio_high);
        }
    }
    return f;
}

static comparison compare_runs(const result_file *base, const result_file *now,
                               const compare_options *o)
{
    comparison c;
    file_error error = { "" };

    if (!compare(base, "base", now, "new", o, &c, &error))
        fail_msg("%s", error.text);
    return c;
}

/* ---- measuring again ---- */

typedef struct {
    check_random random;
    int from, to;               /* rows that are slower indeed, and by what */
    double factor;
    int calls;
} second_look;

static bool look_again(void *context, const char *name, bench_result *fresh)
{
    second_look *const look = context;
    const int row = atoi(name + 3);
    const double factor = row >= look->from && row < look->to ? look->factor : 1.0;
    const bench_result drawn = draw_result(&look->random, 0.01 * pow(1.05, row) * factor);

    look->calls++;
    fresh->yard = drawn.yard;
    fresh->yard_low = drawn.yard_low;
    fresh->yard_high = drawn.yard_high;
    return true;
}

/* How many rows are SLOWER when rows from..to are slowed down; *right counts those among them. */
static size_t slower(check_random *r, int from, int to, double factor, bool live, size_t *right)
{
    second_look look = { { check_random_bits(r) }, from, to, factor, 0 };
    compare_options o = compare_options_default();
    o.again = live ? look_again : NULL;
    o.context = &look;
    result_file base = draw_run(r, 0, 0, 1.0), now = draw_run(r, from, to, factor);
    comparison c = compare_runs(&base, &now, &o);
    const size_t count = c.verdicts[VERDICT_SLOWER];

    *right = 0;
    for (size_t i = 0; i < c.count; i++) {
        const int row = atoi(c.rows[i].now->name + 3);
        *right += c.rows[i].verdict == VERDICT_SLOWER && row >= from && row < to;
    }
    assert_int_equal(c.count, OWN);
    assert_true(compare_regressed(&c) == (count > 0));
    compare_free(&c);
    free(base.results);
    free(now.results);
    return count;
}

/* ---- statistics ---- */

static int alarms(uint64_t seed, bool live, int runs)
{
    check_random r = { seed };
    int count = 0;

    for (int i = 0; i < runs; i++) {
        size_t right;
        count += slower(&r, 0, 0, 1.0, live, &right) > 0;
    }
    return count;
}

static void test_nothing_is_found_where_nothing_changed(void **state)
{
    (void)state;
    assert_int_equal(alarms(1, false, 20), 0);
    assert_int_equal(alarms(1, true, 20), 0);
    assert_in_range(alarms(11, false, 400), 0, 8);      /* 1 % of runs; 2 % is bad luck */
    assert_in_range(alarms(12, true, 400), 0, 8);
}

/* In how many of 200 runs the one row that became 5 % slower is found, and no other. */
static int hits(uint64_t seed, bool live)
{
    check_random r = { seed };
    int count = 0;

    for (int i = 0; i < 200; i++) {
        size_t right;
        const int row = check_random_int(&r, 0, OWN - 1);
        const size_t found = slower(&r, row, row + 1, 1.05, live, &right);
        count += found == 1 && right == 1;
    }
    return count;
}

static void test_five_percent_are_found(void **state)
{
    (void)state;
    assert_in_range(hits(2, false), 150, 200);
    assert_in_range(hits(2, true), 184, 200);
}

static void test_one_percent_is_nobodys_concern(void **state)
{
    check_random r = { 3 };
    size_t right, found = 0;

    (void)state;
    for (int i = 0; i < 20; i++)
        found += slower(&r, 0, OWN, 1.01, false, &right);
    assert_in_range(found, 0, 3);               /* of 6000 rows */
}

static void test_a_slowdown_of_everything_is_found(void **state)
{
    check_random r = { 4 };
    size_t right;

    (void)state;
    assert_in_range(slower(&r, 0, OWN, 1.05, false, &right), OWN * 9 / 10, OWN);
}

static void test_what_became_faster_is_no_regression(void **state)
{
    const compare_options o = compare_options_default();
    check_random r = { 5 };
    result_file base = draw_run(&r, 0, 0, 1.0), now = draw_run(&r, 0, 10, 0.9);
    comparison c = compare_runs(&base, &now, &o);

    (void)state;
    assert_int_equal(c.verdicts[VERDICT_FASTER], 10);
    assert_int_equal(c.verdicts[VERDICT_SLOWER], 0);
    assert_false(compare_regressed(&c));
    compare_free(&c);
    free(base.results);
    free(now.results);
}

/* The A/A rows of a run that is noisier than its intervals say take the certainty away. */
static void test_a_noisy_run_finds_less(void **state)
{
    const compare_options o = compare_options_default();
    check_random r = { 6 };
    result_file base = draw_run(&r, 0, 0, 1.0), now = draw_run(&r, 5, 6, 1.1);
    comparison c = compare_runs(&base, &now, &o);

    (void)state;
    assert_int_equal(c.verdicts[VERDICT_SLOWER], 1);
    compare_free(&c);
    for (int i = OWN + PEERS; i < ALL; i++) {
        const double shift = i % 2 ? 0.1 : -0.1;
        now.results[i].ratio *= exp(shift);
        now.results[i].ratio_low *= exp(shift);
        now.results[i].ratio_high *= exp(shift);
    }
    c = compare_runs(&base, &now, &o);
    assert_true(c.now_noise > 3.0);
    assert_int_equal(c.verdicts[VERDICT_SLOWER], 0);
    compare_free(&c);
    free(base.results);
    free(now.results);
}

/* ---- measuring again ---- */

/* Slow in the file by `first`, and by `second` when looked at again. */
static size_t slower_live(double first, double second, int *calls)
{
    check_random r = { 7 };
    second_look look = { { 8 }, 5, 6, second, 0 };
    compare_options o = compare_options_default();
    o.again = look_again;
    o.context = &look;
    result_file base = draw_run(&r, 0, 0, 1.0), now = draw_run(&r, 5, 6, first);
    comparison c = compare_runs(&base, &now, &o);
    const size_t count = c.verdicts[VERDICT_SLOWER];

    *calls = look.calls;
    compare_free(&c);
    free(base.results);
    free(now.results);
    return count;
}

static void test_live_rows_must_be_slower_again(void **state)
{
    int calls;

    (void)state;
    assert_int_equal(slower_live(1.06, 1.06, &calls), 1);
    assert_in_range(calls, 2, 40);              /* only what looked slower */
    assert_int_equal(slower_live(1.1, 1.0, &calls), 0);
    assert_int_equal(slower_live(1.0, 1.5, &calls), 0);
}

/* What may be chance anyway is not worth the time. */
static void test_what_is_only_uncertain_is_not_measured_again(void **state)
{
    check_random r = { 9 };
    second_look look = { { 10 }, 0, 0, 1.0, 0 };
    compare_options o = compare_options_default();
    o.again = look_again;
    o.context = &look;
    result_file base = draw_run(&r, 0, 0, 1.0), now = draw_run(&r, 0, OWN, 1.05);

    (void)state;
    for (int i = 0; i < OWN; i++) {
        now.results[i].yard_low /= 1.2;
        now.results[i].yard_high *= 1.2;
    }
    comparison c = compare_runs(&base, &now, &o);
    assert_int_equal(look.calls, 0);
    assert_int_equal(c.verdicts[VERDICT_SLOWER], 0);
    compare_free(&c);
    free(base.results);
    free(now.results);
}

/* ---- files ---- */

#define NAME(row) "gemm/forward/extra.square512/n1/t2/warm/" row

static const char *write_file(const char *name, const char *machine, const char *benchmarks)
{
    char text[4000];

    snprintf(text, sizeof text, "{\"context\": {\"convlab_version\": \"0.1.0\", \"machine\": \"%s\""
             ", \"commit\": \"abc\"}, \"benchmarks\": [%s]}", machine, benchmarks);
    return scratch_write(name, text, strlen(text));
}

static const char *row(const char *name, double yard)
{
    static char texts[8][400];
    static int next;
    char *const text = texts[next++ % 8];

    snprintf(text, sizeof texts[0], "{\"name\": \"%s\", \"real_time\": 1, \"time_unit\": \"ms\", "
             "\"label\": \"role=own\", \"yard\": %g, \"yard_low\": %g, \"yard_high\": %g}", name,
             yard, 0.995 * yard, 1.005 * yard);
    return text;
}

static const char *rows(const char *a, const char *b)
{
    static char texts[4][900];
    static int next;
    char *const text = texts[next++ % 4];

    snprintf(text, sizeof texts[0], "%s,%s", a, b);
    return text;
}

/* Compares two files and keeps what was printed. */
static int run(const char *base, const char *now, bool force, char *printed, size_t room)
{
    compare_options o = compare_options_default();
    o.force = force;
    memset(printed, 0, room);
    FILE *const out = fmemopen(printed, room - 1, "w");
    assert_non_null(out);
    const int code = compare_files(base, now, &o, out);
    fclose(out);
    return code;
}

static void test_exit_codes(void **state)
{
    char printed[4000];
    const char *const base = write_file("base.json", "m", rows(row(NAME("naive"), 2.0),
                                                               row(NAME("blocked"), 0.1)));
    const char *const same = write_file("same.json", "m", rows(row(NAME("naive"), 2.001),
                                                               row(NAME("blocked"), 0.1)));
    const char *const slow = write_file("slow.json", "m", rows(row(NAME("naive"), 2.0),
                                                               row(NAME("blocked"), 0.12)));

    (void)state;
    assert_int_equal(run(base, same, false, printed, sizeof printed), 0);
    assert_non_null(strstr(printed, "2 rows: 0 SLOWER, 0 FASTER, 2 SAME, 0 UNDECIDED"));
    assert_int_equal(run(base, slow, false, printed, sizeof printed), 1);
    assert_non_null(strstr(printed, "+20.0 %"));
    assert_non_null(strstr(printed, "SLOWER     " NAME("blocked")));
    assert_non_null(strstr(printed, "commit abc"));
    const char *const bit = write_file("bit.json", "m", rows(row(NAME("naive"), 2.0),
                                                             row(NAME("blocked"), 0.1015)));
    assert_int_equal(run(base, bit, false, printed, sizeof printed), 0);    /* below the margin */
    assert_non_null(strstr(printed, "0 SLOWER, 0 FASTER, 1 SAME, 1 UNDECIDED"));
    assert_int_equal(run(slow, base, false, printed, sizeof printed), 0);
    assert_non_null(strstr(printed, "1 FASTER"));
    assert_int_equal(run(base, scratch_path("absent"), false, printed, sizeof printed), 3);
    assert_int_equal(run(write_file("none.json", "m", ""), base, false, printed, sizeof printed),
                     3);
}

static void test_another_machine_needs_force(void **state)
{
    char printed[4000];
    const char *const base = write_file("base.json", "other", row(NAME("naive"), 2.0));
    const char *const now = write_file("now.json", "this", row(NAME("naive"), 2.0));
    const char *const unknown = write_file("unknown.json", "", row(NAME("naive"), 2.0));

    (void)state;
    assert_int_equal(run(base, now, false, printed, sizeof printed), 3);
    assert_string_equal(printed, "");
    assert_int_equal(run(base, now, true, printed, sizeof printed), 0);
    assert_memory_equal(printed, "WARNING: two machines", 21);
    assert_int_equal(run(unknown, unknown, false, printed, sizeof printed), 3);
}

static void test_missing_new_and_lost_rows_are_listed(void **state)
{
    char printed[4000], skipped[300];
    const char *const base = write_file("base.json", "m", rows(row(NAME("naive"), 2.0),
                                                               row(NAME("blocked"), 0.1)));
    const char *const other = write_file("other.json", "m", rows(row(NAME("naive"), 2.0),
                                                                 row(NAME("fresh"), 0.1)));

    (void)state;
    assert_int_equal(run(base, other, false, printed, sizeof printed), 0);
    assert_non_null(strstr(printed, "only in the base (1):\n  " NAME("blocked") "\n"));
    assert_non_null(strstr(printed, "new (1):\n  " NAME("fresh") "\n"));

    snprintf(skipped, sizeof skipped, "{\"name\": \"" NAME("blocked") "\", \"error_occurred\": true"
             ", \"error_message\": \"output is wrong\"}");
    const char *const lost = write_file("lost.json", "m", rows(row(NAME("naive"), 2.0), skipped));
    assert_int_equal(run(base, lost, false, printed, sizeof printed), 1);
    assert_non_null(strstr(printed, "no longer measured (1):\n  " NAME("blocked")
                                    ": output is wrong\n"));
    const char *const apart = write_file("apart.json", "m", row(NAME("fresh"), 1.0));
    assert_int_equal(run(base, apart, false, printed, sizeof printed), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_found_where_nothing_changed),
        cmocka_unit_test(test_five_percent_are_found),
        cmocka_unit_test(test_one_percent_is_nobodys_concern),
        cmocka_unit_test(test_a_slowdown_of_everything_is_found),
        cmocka_unit_test(test_what_became_faster_is_no_regression),
        cmocka_unit_test(test_a_noisy_run_finds_less),
        cmocka_unit_test(test_live_rows_must_be_slower_again),
        cmocka_unit_test(test_what_is_only_uncertain_is_not_measured_again),
        cmocka_unit_test(test_exit_codes),
        cmocka_unit_test(test_another_machine_needs_force),
        cmocka_unit_test(test_missing_new_and_lost_rows_are_listed),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
