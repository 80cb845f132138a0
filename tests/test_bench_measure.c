/* test_bench_measure.c: the method of measuring, on a clock and with noise of our own. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "bench/measure.h"
#include "check/check_random.h"

/* ---- A machine whose time we make ---- */

typedef enum { QUIET, WHITE, HEAVY, DRIFT, BURSTS, LASTING, PREEMPTED, LOUD, NOISES } noise;

static const char *const noise_names[] = { "quiet", "white", "heavy tails", "drift", "bursts",
                                           "lasting", "preempted", "loud" };

static struct {
    noise kind;
    check_random random;
    double now, waited;         /* seconds */
    double level;               /* LASTING: log of the present slowness */
    double burst_end;
    int next_copy, calls;       /* all entrants together */
    bool copies_rotate;
    int copies;
} machine;

static void start_machine(noise kind, uint64_t seed, int copies)
{
    memset(&machine, 0, sizeof machine);
    machine.kind = kind;
    machine.random.state = seed;
    machine.copies_rotate = true;
    machine.copies = copies;
}

/* What `seconds` of undisturbed work take now. */
static double disturbed(double seconds)
{
    check_random *const r = &machine.random;

    switch (machine.kind) {
    case WHITE: return seconds * exp(0.05 * check_random_normal(r));
    case HEAVY: return seconds * (1.0 + 0.01 * fabs(check_random_normal(r) /
                                                    (0.02 + check_random_uniform(r))));
    case DRIFT: return seconds * (1.0 + 20.0 * machine.now);
    case BURSTS:
        if (machine.now > machine.burst_end && check_random_chance(r, 200))
            machine.burst_end = machine.now + 5e-3 * check_random_uniform(r);
        return seconds * (machine.now < machine.burst_end ? 2.0 + check_random_uniform(r) : 1.0) *
               exp(0.01 * check_random_normal(r));
    case LASTING:               /* for some 20 calls */
        machine.level = 0.95 * machine.level + 0.03 * check_random_normal(r);
        return seconds * exp(machine.level);
    case PREEMPTED:             /* the longer it runs the likelier */
        if (check_random_uniform(r) > exp(-seconds / 1e-2))
            return machine.waited += 3e-3, seconds + 3e-3;
        return seconds * exp(0.01 * check_random_normal(r));
    case LOUD: return seconds * exp(0.2 * check_random_normal(r));
    default: return seconds;
    }
}

static double machine_clock(void)
{
    return machine.now;
}

static double machine_waited(void)
{
    return machine.waited;
}

typedef struct {
    double seconds;
    int calls;
} job;

static void run_job(void *context, int copy)
{
    job *const j = context;

    machine.copies_rotate = machine.copies_rotate && copy == machine.next_copy;
    machine.next_copy = (copy + 1) % machine.copies;
    machine.now += disturbed(j->seconds);
    machine.calls++;
    j->calls++;
}

enum { BASE, CONTROL, SLOWER, ENTRANTS };

/* Base, control and one that takes `factor` times as long. */
static void race_with(double patience, noise kind, uint64_t seed, double factor, measure_result *r)
{
    job base = { 1e-4, 0 }, slower = { 1e-4 * factor, 0 };
    const measure_entrant entrants[ENTRANTS] = { { run_job, &base, NULL },
                                                 { run_job, &base, NULL },
                                                 { run_job, &slower, NULL } };
    const measure_options o = { .copies = 1, .seconds = 0.1, .least_rounds = 3,
                                .least_sample = 2e-4, .seed = seed, .clock = machine_clock,
                                .waited = kind == PREEMPTED ? machine_waited : NULL,
                                .control = CONTROL, .precise = 0.02, .patience = patience };

    start_machine(kind, seed, 1);
    assert_true(measure(entrants, ENTRANTS, BASE, -1, &o, r));
}

static void race(noise kind, uint64_t seed, double factor, measure_result *r)
{
    race_with(20.0, kind, seed, factor, r);
}

static measure_verdict judge(const measure_result *r)
{
    return measure_judge(r[SLOWER].ratio, r[SLOWER].ratio_low, r[SLOWER].ratio_high, 0.02,
                         r[CONTROL].ratio_low, r[CONTROL].ratio_high);
}

/* ---- What the method must reach ---- */

enum { RUNS = 40 };

static void the_interval_of_a_against_a_contains_1(void **state)
{
    (void)state;
    for (noise kind = 0; kind < NOISES; kind++) {
        measure_result r[ENTRANTS];
        int right = 0;
        for (uint64_t seed = 0; seed < RUNS; seed++) {
            race(kind, seed, 1.0, r);
            right += r[CONTROL].ratio_low <= 1.0 && r[CONTROL].ratio_high >= 1.0;
            assert_true(r[CONTROL].ratio > 0.8 && r[CONTROL].ratio < 1.25);
        }
        if (20 * right < 19 * RUNS)
            fail_msg("%s: in %d of %d runs", noise_names[kind], right, RUNS);
    }
}

static void a_planted_slow_down_is_found(void **state)
{
    (void)state;
    for (noise kind = 0; kind < NOISES; kind++) {
        measure_result r[ENTRANTS];
        int found = 0;
        for (uint64_t seed = 0; seed < RUNS; seed++) {
            race(kind, seed, 1.05, r);
            found += judge(r) == VERDICT_SLOWER;
            assert_int_not_equal(judge(r), VERDICT_FASTER);
        }
        if (10 * found < 9 * RUNS)
            fail_msg("%s: in %d of %d runs", noise_names[kind], found, RUNS);
    }
}

static void nothing_is_found_where_nothing_changed(void **state)
{
    (void)state;
    for (noise kind = 0; kind < NOISES; kind++)
        for (uint64_t seed = 0; seed < RUNS; seed++) {
            measure_result r[ENTRANTS];
            race(kind, seed, 1.0, r);
            if (judge(r) == VERDICT_SLOWER || judge(r) == VERDICT_FASTER)
                fail_msg("%s, seed %d: %s", noise_names[kind], (int)seed,
                         measure_verdict_name(judge(r)));
        }
}

/* Noise that hides 5 % is measured until it no longer does; where there is none, or no patience,
 * the time stays as it is. */
static void noise_is_met_with_patience(void **state)
{
    (void)state;
    measure_result r[ENTRANTS];
    int found = 0;

    for (uint64_t seed = 0; seed < RUNS; seed++) {
        race_with(1.0, LOUD, seed, 1.05, r);
        found += judge(r) == VERDICT_SLOWER;
        assert_true(machine.now < 0.13);
    }
    assert_true(2 * found < RUNS);
    race_with(20.0, LOUD, 1, 1.05, r);
    assert_true(machine.now > 0.3 && machine.now < 2.2);
    assert_true(r[CONTROL].ratio_low > 0.979 && r[CONTROL].ratio_high < 1.021);
    race_with(20.0, QUIET, 1, 1.05, r);
    assert_true(machine.now < 0.13);
    race_with(2.0, LOUD, 1, 1.05, r);
    assert_true(machine.now > 0.2 && machine.now < 0.23);
}

static void a_drift_cancels(void **state)
{
    (void)state;
    measure_result r[ENTRANTS];

    race(DRIFT, 5, 1.0, r);
    assert_true(fabs(r[CONTROL].ratio - 1.0) < 2e-3);
    race(DRIFT, 5, 2.0, r);
    assert_true(fabs(r[SLOWER].ratio - 2.0) < 0.02);
}

/* Samples in which others ran are left out, so it does not matter whom that hits more often: here
 * one of 8 ms in every second call, one of 16 ms in four of five. Both are too long to retry. */
static void waiting_is_left_out(void **state)
{
    (void)state;
    job base = { 8e-3, 0 }, slower = { 16e-3, 0 };
    const measure_entrant entrants[] = { { run_job, &base, NULL }, { run_job, &slower, NULL } };
    const measure_options o = { .copies = 1, .seconds = 1.0, .least_rounds = 200,
                                .least_sample = 2e-4, .seed = 9, .clock = machine_clock,
                                .waited = machine_waited };
    measure_result r[2];

    start_machine(PREEMPTED, 9, 1);
    assert_true(measure(entrants, 2, 0, -1, &o, r));
    assert_true(fabs(r[1].ratio - 2.0) < 0.02);
    assert_true(fabs(r[1].seconds - 16e-3) < 2e-4);
}

/* Short ones are taken again: no sample is lost. */
static void disturbed_samples_are_taken_again(void **state)
{
    (void)state;
    measure_result r[ENTRANTS];

    race(PREEMPTED, 9, 10.0, r);
    assert_true(fabs(r[SLOWER].ratio - 10.0) < 0.1);
    assert_true(r[SLOWER].ratio_high / r[SLOWER].ratio_low < 1.03);
}

/* A thread that is always kept waiting (for the work of another) is not disturbed by that. */
static void who_always_waits_is_measured_as_well(void **state)
{
    (void)state;
    job base = { 1e-3, 0 };
    const measure_entrant entrants[] = { { run_job, &base, NULL }, { run_job, &base, NULL } };
    const measure_options o = { .copies = 1, .seconds = 0.1, .least_rounds = 3,
                                .least_sample = 2e-4, .seed = 1, .clock = machine_clock,
                                .waited = machine_clock };
    measure_result r[2];

    start_machine(QUIET, 1, 1);
    assert_true(measure(entrants, 2, 0, -1, &o, r));
    assert_true(fabs(r[0].seconds - 1e-3) < 1e-9);
    assert_true(r[0].rounds >= 20);
    assert_true(machine.calls < 2 * 2 * 2 * r[0].rounds + 50);  /* with one that is not timed */
    assert_true(r[1].ratio_high < 1.001);
}

/* ---- Samples and rounds ---- */

static void the_slow_leave_early_but_not_at_once(void **state)
{
    (void)state;
    job base = { 1e-4, 0 }, slow = { 0.2, 0 }, yard = { 1e-4, 0 };
    const measure_entrant entrants[] = { { run_job, &slow, NULL },
                                         { run_job, &base, NULL },
                                         { run_job, &yard, NULL } };
    const measure_options o = { .copies = 1, .seconds = 3.0, .least_rounds = 3,
                                .least_sample = 2e-4, .seed = 1, .clock = machine_clock };
    measure_result r[3];

    start_machine(QUIET, 1, 1);
    assert_true(measure(entrants, 3, 1, 2, &o, r));
    assert_int_equal(r[0].rounds, 3);
    assert_int_equal(slow.calls, 1 + 2 * 3);    /* one to see how slow it is */
    assert_true(r[1].rounds > 30);
    assert_int_equal(r[1].rounds, r[2].rounds);
    assert_true(fabs(r[0].seconds - 0.2) < 1e-9);
    assert_true(fabs(r[0].ratio - 2000.0) < 1e-3);
    assert_true(fabs(r[0].yard - 2000.0) < 1e-3);
    assert_true(machine.now < 5.0);

    const measure_options short_of_time = { .copies = 1, .seconds = 0.3, .least_rounds = 3,
                                            .least_sample = 2e-4, .seed = 1,
                                            .clock = machine_clock };
    start_machine(QUIET, 1, 1);                 /* the slow one alone takes longer than that */
    assert_true(measure(entrants, 3, 1, 2, &short_of_time, r));
    assert_int_equal(r[0].rounds, 3);
    assert_true(r[1].rounds > 30);
}

/* Pairs need a base, so it stays, even as the slowest. */
static void a_slow_base_stays(void **state)
{
    (void)state;
    job base = { 0.1, 0 }, fast = { 1e-4, 0 };
    const measure_entrant entrants[] = { { run_job, &base, NULL }, { run_job, &fast, NULL } };
    const measure_options o = { .copies = 1, .seconds = 3.0, .least_rounds = 3,
                                .least_sample = 2e-4, .seed = 1, .clock = machine_clock };
    measure_result r[2];

    start_machine(QUIET, 1, 1);
    assert_true(measure(entrants, 2, 0, -1, &o, r));
    assert_in_range(r[0].rounds, 13, 16);
    assert_int_equal(r[0].rounds, r[1].rounds);
}

static void least_rounds_count_even_without_time(void **state)
{
    (void)state;
    job base = { 0.5, 0 };
    const measure_entrant entrants[] = { { run_job, &base, NULL }, { run_job, &base, NULL } };
    const measure_options o = { .copies = 1, .seconds = 0.01, .least_rounds = 4,
                                .least_sample = 2e-4, .seed = 1, .clock = machine_clock };
    measure_result r[2];

    start_machine(QUIET, 1, 1);
    assert_true(measure(entrants, 2, 0, -1, &o, r));
    assert_int_equal(r[0].rounds, 4);
    assert_int_equal(r[1].rounds, 4);
    assert_true(isnan(r[1].yard));
}

static void buffers_rotate_with_every_call(void **state)
{
    (void)state;
    job a = { 3e-5, 0 }, b = { 7e-5, 0 };
    const measure_entrant entrants[] = { { run_job, &a, NULL }, { run_job, &b, NULL } };
    const measure_options o = { .copies = 7, .seconds = 0.05, .least_rounds = 3,
                                .least_sample = 2e-4, .seed = 1, .clock = machine_clock };
    measure_result r[2];

    start_machine(QUIET, 1, 7);
    assert_true(measure(entrants, 2, 0, 1, &o, r));
    assert_true(machine.copies_rotate);
    assert_true(machine.calls > 100);
}

/* A clock that ticks every 100 us sees a call of 1 us all the same. */
static double coarse_clock(void)
{
    return 1e-4 * floor(machine.now / 1e-4);
}

static void short_calls_are_repeated(void **state)
{
    (void)state;
    job a = { 1e-6, 0 };
    const measure_entrant entrants[] = { { run_job, &a, NULL }, { run_job, &a, NULL } };
    const measure_options o = { .copies = 1, .seconds = 1.0, .least_rounds = 3,
                                .least_sample = 5e-3, .seed = 1, .clock = coarse_clock };
    measure_result r[2];

    start_machine(QUIET, 1, 1);
    assert_true(measure(entrants, 2, 0, -1, &o, r));
    assert_true(fabs(r[0].seconds - 1e-6) < 3e-8);
    assert_true(machine.now < 2.0);
}

static double own_clock(void *context, int first_copy, int calls)
{
    (void)first_copy;
    machine.now += 1e-5 * calls;                /* launching; that it does not count */
    return *(const double *)context * calls;
}

static void entrants_may_bring_their_own_clock(void **state)
{
    (void)state;
    double a = 1e-5, b = 3e-5;
    const measure_entrant entrants[] = { { NULL, &a, own_clock }, { NULL, &b, own_clock } };
    const measure_options o = { .copies = 1, .seconds = 0.1, .least_rounds = 3,
                                .least_sample = 2e-4, .seed = 1, .clock = machine_clock };
    measure_result r[2];

    start_machine(QUIET, 1, 1);
    assert_true(measure(entrants, 2, 0, -1, &o, r));
    assert_true(fabs(r[0].seconds - 1e-5) < 1e-12);
    assert_true(fabs(r[1].ratio - 3.0) < 1e-9);
}

static void the_same_seed_gives_the_same(void **state)
{
    (void)state;
    measure_result r[ENTRANTS], again[ENTRANTS];

    memset(r, 0, sizeof r);
    memset(again, 0, sizeof again);
    race(WHITE, 3, 1.05, r);
    race(WHITE, 3, 1.05, again);
    for (int i = 0; i < ENTRANTS; i++) {
        assert_true(r[i].ratio == again[i].ratio && r[i].ratio_low == again[i].ratio_low);
        assert_true(r[i].seconds == again[i].seconds && r[i].rounds == again[i].rounds);
    }
}

/* ---- Statistics ---- */

static void the_bootstrap_of_little(void **state)
{
    (void)state;
    const double v[] = { 3.0, 1.0, 2.0, 2.0 }, flat[] = { 2.0, 2.0, 2.0, 2.0, 2.0 };
    double median, low, high;

    measure_bootstrap(NULL, 0, 1, &median, &low, &high);
    assert_true(isnan(median) && isnan(low) && isnan(high));
    measure_bootstrap(v, 1, 1, &median, &low, &high);
    assert_true(median == 3.0 && low == -INFINITY && high == INFINITY);
    measure_bootstrap(v, 2, 1, &median, &low, &high);
    assert_true(median == 2.0 && low == -INFINITY && high == INFINITY);
    measure_bootstrap(v, 4, 1, &median, &low, &high);
    assert_true(median == 2.0 && low <= 1.5 && high >= 2.5);
    assert_true(v[0] == 3.0 && v[1] == 1.0);
    measure_bootstrap(flat, 5, 1, &median, &low, &high);
    assert_true(median == 2.0 && low == 2.0 && high == 2.0);
}

/* How often, of 300 times, the interval holds the true median of `count` values, each of which
 * depends with weight `memory` on the one before. */
static int coverage(int count, double memory, bool heavy)
{
    double v[200];
    int right = 0;

    for (uint64_t seed = 1; seed <= 300; seed++) {
        check_random r = { check_random_mix(seed, 99) };
        double median, low, high, last = 0.0;
        for (int i = 0; i < count; i++) {
            const double fresh = heavy ? tan(3.14159265358979 * (check_random_uniform(&r) - 0.5))
                                       : check_random_normal(&r);
            v[i] = last = memory * last + fresh;
        }
        measure_bootstrap(v, count, seed, &median, &low, &high);
        right += low <= 0.0 && high >= 0.0;
    }
    return right;
}

static void intervals_hold_what_they_promise(void **state)
{
    (void)state;
    assert_in_range(coverage(6, 0.0, false), 285, 300);         /* 95 % of 300 */
    assert_in_range(coverage(10, 0.0, false), 285, 300);
    assert_in_range(coverage(60, 0.0, false), 285, 299);
    assert_in_range(coverage(60, 0.0, true), 285, 300);
    assert_in_range(coverage(60, 0.5, false), 285, 299);
    assert_in_range(coverage(200, 0.5, false), 285, 299);
    assert_in_range(coverage(200, 0.8, false), 285, 299);
}

static void verdicts(void **state)
{
    (void)state;
    static const struct {
        double ratio, low, high, control_low, control_high;
        measure_verdict want;
    } cases[] = {
        { 1.000, 0.990, 1.010, 0.99, 1.01, VERDICT_SAME },
        { 1.015, 1.012, 1.018, 0.99, 1.01, VERDICT_SAME },      /* sure, but no one's concern */
        { 1.050, 1.030, 1.070, 0.99, 1.01, VERDICT_SLOWER },
        { 0.950, 0.930, 0.970, 0.99, 1.01, VERDICT_FASTER },
        { 1.050, 0.999, 1.100, 0.99, 1.01, VERDICT_UNDECIDED }, /* may be 1 */
        { 1.050, 1.030, 1.070, 0.90, 1.02, VERDICT_UNDECIDED }, /* the noise is as large */
        { 1.015, 1.005, 1.030, 0.99, 1.01, VERDICT_UNDECIDED }, /* within the margin? */
        { 0.500, 0.490, 0.510, 0.99, 1.01, VERDICT_FASTER },
        { 1.050, -INFINITY, INFINITY, 0.99, 1.01, VERDICT_UNDECIDED },
        { 1.050, 1.030, 1.070, 0.0, INFINITY, VERDICT_UNDECIDED },
        { NAN, NAN, NAN, 0.99, 1.01, VERDICT_UNDECIDED },
        { 1.050, 1.030, 1.070, NAN, NAN, VERDICT_UNDECIDED },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(
            measure_verdict_name(measure_judge(cases[i].ratio, cases[i].low, cases[i].high, 0.02,
                                               cases[i].control_low, cases[i].control_high)),
            measure_verdict_name(cases[i].want));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_interval_of_a_against_a_contains_1),
        cmocka_unit_test(a_planted_slow_down_is_found),
        cmocka_unit_test(nothing_is_found_where_nothing_changed),
        cmocka_unit_test(noise_is_met_with_patience),
        cmocka_unit_test(a_drift_cancels),
        cmocka_unit_test(waiting_is_left_out),
        cmocka_unit_test(disturbed_samples_are_taken_again),
        cmocka_unit_test(who_always_waits_is_measured_as_well),
        cmocka_unit_test(the_slow_leave_early_but_not_at_once),
        cmocka_unit_test(a_slow_base_stays),
        cmocka_unit_test(least_rounds_count_even_without_time),
        cmocka_unit_test(buffers_rotate_with_every_call),
        cmocka_unit_test(short_calls_are_repeated),
        cmocka_unit_test(entrants_may_bring_their_own_clock),
        cmocka_unit_test(the_same_seed_gives_the_same),
        cmocka_unit_test(the_bootstrap_of_little),
        cmocka_unit_test(intervals_hold_what_they_promise),
        cmocka_unit_test(verdicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
