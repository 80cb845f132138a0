/* test_bench_compare.c: what counts as a regression, and what is noise.
 *
 * The noise is drawn: each row's median strays normally, its interval is a quarter wider than that
 * (as measure()'s are); one row in 20 meets a burst, which moves it three times as far and makes
 * its interval twice as wide; and where data lie in memory moves every row of a process by
 * something that no interval of that process can show: little in the quiet runs, and in the others
 * what was seen on a real machine, from 0.5 % for most rows to two modes 25 % apart for some. */
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
static const double PLACEMENT = 0.003;      /* quiet: between processes */
enum { PROCESSES = 5 };

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

/* RARE: the two modes are not as frequent, the fast one comes in one process of ten. */
typedef enum { QUIET, REAL, RARE } world;

/* What a process adds to the logarithm of a row. */
static double draw_placement(check_random *r, world w, int row)
{
    const int kind = row % 20;

    if (w == QUIET)
        return PLACEMENT * check_random_normal(r);
    if (kind == 0)
        return check_random_chance(r, w == RARE ? 10 : 2) ? 0.0 : 0.25;
    return (kind <= 2 ? 0.05 : kind <= 6 ? 0.015 : 0.005) * check_random_normal(r);
}

/* What a run makes of a row whose true yard is `yard`. */
static bench_result draw_result(check_random *r, world w, int row, double yard)
{
    bench_result b = { .kind = RESULT_KERNEL, .valid = true, .seconds = 1e-3, .ratio = NAN,
                       .ratio_low = NAN, .ratio_high = NAN, .role = "own" };

    draw_interval(r, log(yard) + draw_placement(r, w, row), SPREAD, &b.yard, &b.yard_low,
                  &b.yard_high);
    return b;
}

/* What `count` processes more make of it. */
static void draw_processes(check_random *r, world w, int row, double yard, int count,
                           bench_result *b)
{
    double sum = 0.0, squares = 0.0;

    for (int i = 0; i < count; i++) {
        const double value = log(draw_result(r, w, row, yard).yard);
        sum += value;
        squares += value * value;
    }
    b->processes = count;
    b->yard_mean = exp(sum / count);
    b->yard_spread = sqrt(fmax(squares - sum * sum / count, 0.0) / (count - 1));
}

static double truth_of(int row, int from, int to, double factor)
{
    return 0.01 * pow(1.05, row) * (row >= from && row < to ? factor : 1.0);
}

/* A run of everything, rows `from` to `to` slowed down by `factor`. */
static result_file draw_world(check_random *r, world w, int from, int to, double factor)
{
    static char key[] = "machine", value[] = "this";
    static result_context context[] = { { key, value } };
    result_file f = { .results = calloc(ALL, sizeof *f.results), .count = ALL,
                      .context = context, .context_count = 1 };

    assert_non_null(f.results);
    for (int i = 0; i < ALL; i++) {
        f.results[i] = draw_result(r, w, i, truth_of(i, from, to, factor));
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

static result_file draw_run(check_random *r, int from, int to, double factor)
{
    return draw_world(r, QUIET, from, to, factor);
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
    world w;
    int calls, rows, last;      /* after call number `last` it cannot go on; 0: it can */
} second_look;

static bool look_again(void *context, const char *const *names, size_t count, double *yards)
{
    second_look *const look = context;

    for (size_t i = 0; i < count; i++) {
        const int row = atoi(names[i] + 3);
        yards[i] = draw_result(&look->random, look->w, row,
                               truth_of(row, look->from, look->to, look->factor)).yard;
    }
    look->calls++;
    look->rows += (int)count;
    return look->calls != look->last;           /* what it has stored then is not taken */
}

/* FILES: in a quiet world; LIVE: in the real one, with a base that knows several processes, or does
 * not; LIVE_RARE: likewise. */
typedef enum { FILES, LIVE, LIVE_OLD_BASE, LIVE_RARE, LIVE_RARE_OLD_BASE } setting;

/* How many rows are SLOWER when rows from..to are slowed down; *right counts those among them. */
static size_t slower(check_random *r, int from, int to, double factor, setting how, size_t *right)
{
    const world w = how == FILES ? QUIET : how < LIVE_RARE ? REAL : RARE;
    second_look look = { { check_random_bits(r) }, from, to, factor, w, 0, 0, 0 };
    compare_options o = compare_options_default();
    o.again = how == FILES ? NULL : look_again;
    o.context = &look;
    result_file base = draw_world(r, w, 0, 0, 1.0), now = draw_world(r, w, from, to, factor);
    for (int i = 0; i < OWN && (how == LIVE || how == LIVE_RARE); i++)
        draw_processes(r, w, i, truth_of(i, 0, 0, 1.0), PROCESSES, &base.results[i]);
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

static int alarms(uint64_t seed, setting how, int runs)
{
    check_random r = { seed };
    int count = 0;

    for (int i = 0; i < runs; i++) {
        size_t right;
        count += slower(&r, 0, 0, 1.0, how, &right) > 0;
    }
    return count;
}

static void test_nothing_is_found_where_nothing_changed(void **state)
{
    (void)state;
    assert_int_equal(alarms(1, FILES, 20), 0);
    assert_int_equal(alarms(1, LIVE, 20), 0);
    assert_int_equal(alarms(1, LIVE_OLD_BASE, 20), 0);
    assert_in_range(alarms(11, FILES, 200), 0, 5);      /* 1 % of runs; 2.5 % is bad luck */
    assert_in_range(alarms(12, LIVE, 200), 0, 5);
    assert_in_range(alarms(13, LIVE_OLD_BASE, 100), 0, 3);
    assert_in_range(alarms(14, LIVE_RARE, 100), 0, 3);
    assert_in_range(alarms(15, LIVE_RARE_OLD_BASE, 100), 0, 3);
}

/* In how many of 100 runs the one row that became slower is found, and no other. Rows are of the
 * kinds first..last of draw_placement(). */
static int hits(uint64_t seed, setting how, int first, int last, double factor)
{
    check_random r = { seed };
    int count = 0;

    for (int i = 0; i < 100; i++) {
        size_t right;
        const int row = check_random_int(&r, 0, OWN / 20 - 1) * 20 +
                        check_random_int(&r, first, last);
        const size_t found = slower(&r, row, row + 1, factor, how, &right);
        count += found == 1 && right == 1;
    }
    return count;
}

static void test_five_percent_are_found(void **state)
{
    (void)state;
    assert_in_range(hits(2, FILES, 0, 19, 1.05), 75, 100);
    assert_in_range(hits(3, LIVE, 7, 19, 1.05), 92, 100);
}

/* What processes differ by hides what is less, and not what is more. */
static void test_what_processes_differ_by_hides_less_than_that(void **state)
{
    (void)state;
    assert_in_range(hits(21, LIVE, 3, 6, 1.10), 92, 100);       /* 1.5 % */
    assert_in_range(hits(22, LIVE, 1, 2, 1.05), 0, 5);          /* 5 % */
    assert_in_range(hits(23, LIVE, 1, 2, 1.30), 90, 100);
    assert_in_range(hits(24, LIVE, 0, 0, 1.05), 0, 5);          /* two modes */
    assert_in_range(hits(25, LIVE_OLD_BASE, 7, 19, 3.0), 90, 100);      /* nobody knows of it */
}

static void test_one_percent_is_nobodys_concern(void **state)
{
    check_random r = { 3 };
    size_t right, found = 0;

    (void)state;
    for (int i = 0; i < 20; i++)
        found += slower(&r, 0, OWN, 1.01, FILES, &right);
    assert_in_range(found, 0, 3);               /* of 6000 rows */
}

static void test_a_slowdown_of_everything_is_found(void **state)
{
    check_random r = { 4 };
    size_t right;

    (void)state;
    assert_in_range(slower(&r, 0, OWN, 1.05, FILES, &right), OWN * 9 / 10, OWN);
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
    second_look look = { { 8 }, 5, 6, second, QUIET, 0, 0, 0 };
    compare_options o = compare_options_default();
    o.again = look_again;
    o.context = &look;
    result_file base = draw_run(&r, 0, 0, 1.0), now = draw_run(&r, 5, 6, first);
    comparison c = compare_runs(&base, &now, &o);
    const size_t count = c.verdicts[VERDICT_SLOWER];

    for (size_t i = 0; i < c.count; i++)        /* not what it was chosen for */
        assert_true(!c.rows[i].again || c.rows[i].after.count == PROCESSES ||
                    c.rows[i].after.count == 2 * PROCESSES);
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
    assert_int_equal(slower_live(1.12, 1.12, &calls), 1);
    assert_int_equal(calls, 2 * PROCESSES);
    assert_int_equal(slower_live(1.1, 1.0, &calls), 0);
    assert_int_equal(slower_live(1.0, 1.5, &calls), 0);
}

/* What may be chance anyway is not worth the time. */
static void test_what_is_only_uncertain_is_not_measured_again(void **state)
{
    check_random r = { 9 };
    second_look look = { { 10 }, 0, 0, 1.0, QUIET, 0, 0, 0 };
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

/* What cannot be measured again is not reported, whatever the file says. */
static void test_who_cannot_look_again_reports_nothing(void **state)
{
    check_random r = { 14 };
    compare_options o = compare_options_default();
    o.again = look_again;

    (void)state;
    for (int last = 2; last <= PROCESSES + 2; last += PROCESSES) {
        second_look look = { { 15 }, 5, 6, 1.5, QUIET, 0, 0, last };
        o.context = &look;
        result_file base = draw_run(&r, 0, 0, 1.0), now = draw_run(&r, 5, 6, 1.5);
        comparison c = compare_runs(&base, &now, &o);
        assert_int_equal(look.calls, last);
        assert_int_equal(c.verdicts[VERDICT_SLOWER], last > 2 ? 1 : 0);
        compare_free(&c);
        free(base.results);
        free(now.results);
    }
}

static bool measure_nothing(void *context, const char *const *names, size_t count, double *yards)
{
    (void)context;
    (void)names;
    for (size_t i = 0; i < count; i++)
        yards[i] = NAN;
    return true;
}

static void test_rows_that_are_gone_stay_undecided(void **state)
{
    check_random r = { 16 };
    compare_options o = compare_options_default();
    o.again = measure_nothing;
    result_file base = draw_run(&r, 0, 0, 1.0), now = draw_run(&r, 5, 6, 1.5);
    comparison c = compare_runs(&base, &now, &o);

    (void)state;
    assert_int_equal(c.verdicts[VERDICT_SLOWER], 0);
    for (size_t i = 0; i < c.count; i++)
        assert_false(c.rows[i].again);
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

static const char *known(const char *name, double yard, double mean, double spread)
{
    static char texts[4][400];
    static int next;
    char *const text = texts[next++ % 4];

    snprintf(text, sizeof texts[0], "{\"name\": \"%s\", \"real_time\": 1, \"time_unit\": \"ms\", "
             "\"label\": \"role=own\", \"yard\": %g, \"yard_low\": %g, \"yard_high\": %g, "
             "\"processes\": 5, \"yard_mean\": %g, \"yard_spread\": %g}", name, yard, 0.995 * yard,
             1.005 * yard, mean, spread);
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

#define LOAD(load) "m\", \"load_at_start\": \"" load

/* The same rows, on a machine that was busier. */
static void test_load_is_told(void **state)
{
    static const struct { const char *base, *now; bool told; } cases[] = {
        { LOAD("0.20"), LOAD("3.10"), true }, { LOAD("3.10"), LOAD("0.20"), true },
        { LOAD("0.20"), LOAD("0.90"), false }, { LOAD("unknown"), LOAD("3.10"), false },
        { LOAD("3.10"), "m", false },
    };
    char printed[4000];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const base = write_file("base.json", cases[i].base, row(NAME("naive"), 2.0));
        const char *const now = write_file("now.json", cases[i].now, row(NAME("naive"), 2.0));
        assert_int_equal(run(base, now, false, printed, sizeof printed), 0);
        assert_int_equal(strstr(printed, "WARNING: the machine was not as busy") != NULL,
                         cases[i].told);
    }
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

/* A base of one process, in a noisy hour, is no better known for what fresh processes agree on. */
static void test_a_wide_interval_of_the_base_counts(void **state)
{
    check_random r = { 17 };
    second_look look = { { 18 }, 5, 6, 1.5, QUIET, 0, 0, 0 };
    compare_options o = compare_options_default();
    o.again = look_again;
    o.context = &look;
    result_file base = draw_run(&r, 0, 0, 1.0), now = draw_run(&r, 5, 6, 1.5);
    base.results[5].yard_low /= 1.3;
    base.results[5].yard_high *= 1.3;
    comparison c = compare_runs(&base, &now, &o);

    (void)state;
    assert_true(look.calls >= PROCESSES);
    assert_int_equal(c.verdicts[VERDICT_SLOWER], 0);
    compare_free(&c);
    free(base.results);
    free(now.results);
}

/* Of two files that know several processes each, these count and nothing else. */
static void test_files_that_know_processes(void **state)
{
    char printed[4000];
    const char *const base = write_file("base.json", "m", rows(known(NAME("naive"), 2.0, 2.0, 0.01),
                                                               row(NAME("blocked"), 0.1)));
    const char *const lucky = write_file("lucky.json", "m",
                                         rows(known(NAME("naive"), 2.6, 2.02, 0.01),
                                              row(NAME("blocked"), 0.1)));
    const char *const slow = write_file("slow.json", "m",
                                        rows(known(NAME("naive"), 2.0, 2.2, 0.01),
                                             row(NAME("blocked"), 0.1)));
    const char *const wild = write_file("wild.json", "m",
                                        rows(known(NAME("naive"), 2.0, 2.2, 0.1),
                                             row(NAME("blocked"), 0.1)));

    (void)state;
    assert_int_equal(run(base, lucky, false, printed, sizeof printed), 0);
    assert_non_null(strstr(printed, "UNDECIDED  " NAME("naive") "  (5 and 5 processes)"));
    assert_non_null(strstr(printed, "the base knows 1 of 2 rows by several; 0 were measured"));
    assert_non_null(strstr(printed, " 1 rows are judged by one process on each side"));
    assert_int_equal(run(base, slow, false, printed, sizeof printed), 1);
    assert_non_null(strstr(printed, "+10.0 %"));
    assert_int_equal(run(base, wild, false, printed, sizeof printed), 0);
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
        cmocka_unit_test(test_what_processes_differ_by_hides_less_than_that),
        cmocka_unit_test(test_one_percent_is_nobodys_concern),
        cmocka_unit_test(test_a_slowdown_of_everything_is_found),
        cmocka_unit_test(test_what_became_faster_is_no_regression),
        cmocka_unit_test(test_a_noisy_run_finds_less),
        cmocka_unit_test(test_live_rows_must_be_slower_again),
        cmocka_unit_test(test_what_is_only_uncertain_is_not_measured_again),
        cmocka_unit_test(test_who_cannot_look_again_reports_nothing),
        cmocka_unit_test(test_rows_that_are_gone_stay_undecided),
        cmocka_unit_test(test_load_is_told),
        cmocka_unit_test(test_exit_codes),
        cmocka_unit_test(test_a_wide_interval_of_the_base_counts),
        cmocka_unit_test(test_files_that_know_processes),
        cmocka_unit_test(test_another_machine_needs_force),
        cmocka_unit_test(test_missing_new_and_lost_rows_are_listed),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
