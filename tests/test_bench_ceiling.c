/* test_bench_ceiling.c: measured ceilings are plausible; answers from known ones are exact. */
#define _GNU_SOURCE                             /* sched_getaffinity */
#include <math.h>
#include <omp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/ceiling.h"
#include "bench/ceiling_kernels.h"
#include "bench/ceiling_settle.h"

/* Compiled without optimisation or with checks of every access, loops reach no ceiling. */
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
enum { FAST_BUILD = 1 };
#else
enum { FAST_BUILD = 0 };
#endif

static void expect_near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-9 * fabs(want)))
        fail_msg("expected %.12g, found %.12g", want, got);
}

/* ---- Known ceilings ---- */

/* Caches of 32 KiB, 1 MiB and 8 MiB; 1, 2 and 4 threads; three points two decades apart; copies at
 * half the speed of reads, triads at a quarter, updates in place at an eighth. */
static ceilings known(void)
{
    ceilings c = { .cache_bytes = { 32 << 10, 1 << 20, 8 << 20 },
                   .thread_counts = { 1, 2, 4 }, .thread_count_count = 3, .point_count = 3 };

    for (int t = 0; t < 3; t++) {
        c.flop_rate[ISA_BASE][t] = 10e9 * (t + 1);
        c.flop_rate[ISA_AVX2][t] = 40e9 * (t + 1);
        for (int s = 0; s < CEILING_STREAMS; s++)
            for (int i = 0; i < 3; i++)
                c.curve[s][t][i] = (ceiling_point){ (size_t)(1e5 * pow(100.0, i)),
                                                    100e9 * (t + 1) / pow(10.0, i) / (1 << s) };
    }
    return c;
}

static void test_flop_rate(void **state)
{
    (void)state;
    const ceilings c = known();

    expect_near(ceiling_flop_rate(&c, ISA_AVX2, 1), 40e9);
    expect_near(ceiling_flop_rate(&c, ISA_AVX2, 2), 80e9);
    expect_near(ceiling_flop_rate(&c, ISA_AVX2, 3), 100e9);     /* half-way from 2 to 4 */
    expect_near(ceiling_flop_rate(&c, ISA_BASE, 4), 30e9);
    expect_near(ceiling_flop_rate(&c, ISA_BASE, 64), 30e9);
    expect_near(ceiling_flop_rate(&c, ISA_AVX512, 1), 0.0);
}

/* Four threads on two processors measure less than two; they can do no less. */
static void test_more_threads_are_never_slower(void **state)
{
    (void)state;
    ceilings c = known();

    c.flop_rate[ISA_AVX2][2] = 1e9;
    for (int i = 0; i < 3; i++)
        c.curve[CEILING_READ][2][i].bandwidth = 1e9;
    expect_near(ceiling_flop_rate(&c, ISA_AVX2, 4), 80e9);
    expect_near(ceiling_bandwidth(&c, 2e5, 4, false), 200e9);
}

static void test_bandwidth_between_points(void **state)
{
    (void)state;
    const ceilings c = known();

    expect_near(ceiling_bandwidth(&c, 2e5, 1, false), 100e9);   /* read at half the footprint */
    expect_near(ceiling_bandwidth(&c, 2e7, 1, false), 10e9);
    expect_near(ceiling_bandwidth(&c, 2e6, 1, false), 55e9);    /* half-way over the logarithm */
    expect_near(ceiling_bandwidth(&c, 1.0, 1, false), 100e9);
    expect_near(ceiling_bandwidth(&c, 1e12, 1, false), 1e9);
    expect_near(ceiling_bandwidth(&c, 2e5, 3, false), 250e9);
}

/* A dent in a curve is noise: larger footprints are never faster in truth. */
static void test_bandwidth_ignores_a_dent(void **state)
{
    (void)state;
    ceilings c = known();

    c.curve[CEILING_READ][0][0].bandwidth = 2e9;
    c.curve[CEILING_READ][0][1].bandwidth = 70e9;
    expect_near(ceiling_bandwidth(&c, 2e5, 1, false), 70e9);
    c.curve[CEILING_TRIAD][0][2].bandwidth = 90e9;              /* and the best stream counts */
    expect_near(ceiling_bandwidth(&c, 2e5, 1, false), 90e9);
    c.curve[CEILING_UPDATE][0][2].bandwidth = 95e9;             /* an update only of its like */
    expect_near(ceiling_bandwidth(&c, 2e5, 1, false), 90e9);
    expect_near(ceiling_bandwidth(&c, 2e5, 1, true), 95e9);
}

static void test_levels(void **state)
{
    (void)state;
    ceilings c = known();

    assert_string_equal(ceiling_level(&c, 32 << 10, 1), "L1");
    assert_string_equal(ceiling_level(&c, (32 << 10) + 1, 1), "L2");
    assert_string_equal(ceiling_level(&c, 64 << 10, 2), "L1");  /* one L1 for each thread */
    assert_string_equal(ceiling_level(&c, 1 << 20, 1), "L2");
    assert_string_equal(ceiling_level(&c, 2 << 20, 2), "L2");
    assert_string_equal(ceiling_level(&c, 8 << 20, 1), "L3");
    assert_string_equal(ceiling_level(&c, (8 << 20) + 1, 4), "memory");     /* but only one L3 */
    c.cache_bytes[2] = 0;                                       /* a processor without L3 */
    assert_string_equal(ceiling_level(&c, 2 << 20, 1), "memory");
}

/* Of what lies well within L3, from twice L2 on, the faster half counts. */
static void test_level_bandwidth(void **state)
{
    (void)state;
    static const struct { size_t bytes; double bandwidth; } points[] = {
        { 1 << 20, 99.0 }, { 3 << 19, 98.0 }, { 2 << 20, 10.0 }, { 3 << 20, 14.0 },
        { 4 << 20, 12.0 }, { 8 << 20, 5.0 }, { 9 << 20, 97.0 }, { 17 << 20, 4.0 } };
    ceilings c = known();

    c.point_count = (int)(sizeof points / sizeof *points);
    for (int i = 0; i < c.point_count; i++)
        for (int t = 0; t < 3; t++)
            c.curve[CEILING_COPY][t][i] = (ceiling_point){ points[i].bytes,
                                                           points[i].bandwidth * (t + 1) };
    for (int i = 0; i < c.point_count; i++)
        c.curve[0][0][i].bytes = points[i].bytes;
    expect_near(ceiling_level_bandwidth(&c, CEILING_COPY, "L3", 1), 13.0);
    expect_near(ceiling_level_bandwidth(&c, CEILING_COPY, "L3", 2), 24.0);
    expect_near(ceiling_level_bandwidth(&c, CEILING_COPY, "L2", 1), 99.0);
    expect_near(ceiling_level_bandwidth(&c, CEILING_COPY, "memory", 1), 4.0);
    expect_near(ceiling_level_bandwidth(&c, CEILING_COPY, "L1", 1), 0.0);
    expect_near(ceiling_level_bandwidth(&c, CEILING_COPY, "L3", 3), 0.0);   /* not measured */
}

static ceiling_roof bound(const ceilings *c, isa set, int threads, double flop, double bytes,
                          double footprint)
{
    return ceiling_bound(c, &(ceiling_work){ set, threads, flop, bytes, footprint, false, 0.0 });
}

static void test_bound(void **state)
{
    (void)state;
    const ceilings c = known();
    ceiling_roof roof = bound(&c, ISA_AVX2, 1, 80e9, 1.0, 2e5);

    expect_near(roof.seconds, 2.0);
    assert_string_equal(roof.binds, "compute");
    roof = bound(&c, ISA_AVX2, 1, 1.0, 200e9, 30000.0);
    expect_near(roof.seconds, 2.0);
    assert_string_equal(roof.binds, "L1");
    roof = bound(&c, ISA_AVX2, 1, 80e9, 30e9, 2e7);  /* 2 s or 3 s */
    expect_near(roof.seconds, 3.0);
    assert_string_equal(roof.binds, "memory");
    roof = bound(&c, ISA_AVX2, 1, 0.0, 30e9, 2e7);
    expect_near(roof.seconds, 3.0);
    roof = bound(&c, ISA_AVX2, 1, 0.0, 0.0, 0.0);
    expect_near(roof.seconds, 0.0);
    assert_string_equal(roof.binds, "none");
    roof = bound(&c, ISA_AVX512, 1, 80e9, 0.0, 0.0); /* not measured */
    assert_string_equal(roof.binds, "none");
}

/* What the clock drives is bound by the clock beside it, not by that beside the ceilings. */
static void test_bound_follows_the_clock(void **state)
{
    (void)state;
    ceilings c = known();
    ceiling_work work = { .set = ISA_AVX2, .threads = 3, .flop = 100e9, .clock_hz = 3e9 };

    expect_near(ceiling_bound(&c, &work).seconds, 1.0);         /* the one beside them is unknown */
    for (int t = 0; t < 3; t++)
        c.clock_hz[ISA_AVX2][t] = (4.0 - t) * 1e9;              /* 2.5 GHz with 3 threads */
    expect_near(ceiling_bound(&c, &work).seconds, 1.0 / 1.2);
    work.clock_hz = 0.0;
    expect_near(ceiling_bound(&c, &work).seconds, 1.0);
    work = (ceiling_work){ .set = ISA_AVX2, .threads = 1, .bytes = 100e9, .clock_hz = 2e9,
                           .footprint = 30000.0 };
    expect_near(ceiling_bound(&c, &work).seconds, 2.0);         /* L1, at half the clock */
    work.footprint = 1e6;
    expect_near(ceiling_bound(&c, &work).seconds,
                2.0 * 100e9 / ceiling_bandwidth(&c, 1e6, 1, false));    /* L2 */
    work.footprint = 2e7;
    expect_near(ceiling_bound(&c, &work).seconds, 10.0);        /* memory has a clock of its own */
}

static void test_device_bound(void **state)
{
    (void)state;
    device_ceilings c = { .fp32_flop_rate = 10e9, .tf32_flop_rate = 60e9, .cache_bytes = 4 << 20,
                          .point_count = 2,
                          .copy = { { 1 << 20, 100e9 }, { 64 << 20, 10e9 } },
                          .read = { { 1 << 20, 120e9 }, { 64 << 20, 9e9 } } };

    expect_near(device_ceiling_bandwidth(&c, 1 << 20), 120e9);
    expect_near(device_ceiling_bandwidth(&c, 1 << 30), 10e9);
    ceiling_roof roof = device_ceiling_bound(&c, PRECISION_FP32, 30e9, 1.0, 100.0);
    expect_near(roof.seconds, 3.0);
    assert_string_equal(roof.binds, "compute");
    expect_near(device_ceiling_bound(&c, PRECISION_TF32, 30e9, 1.0, 100.0).seconds, 0.5);
    expect_near(device_ceiling_bound(&c, PRECISION_TF32X3, 30e9, 1.0, 100.0).seconds, 1.5);
    expect_near(device_ceiling_bound(&c, PRECISION_BF16, 30e9, 1.0, 100.0).seconds, 0.25);
    c.tf32_theory_flop_rate = 120e9;            /* faster instructions than those measured */
    expect_near(device_ceiling_bound(&c, PRECISION_TF32, 30e9, 1.0, 100.0).seconds, 0.25);
    roof = device_ceiling_bound(&c, PRECISION_FP32, 1.0, 240e9, 1 << 20);
    expect_near(roof.seconds, 2.0);
    assert_string_equal(roof.binds, "L2");
    assert_string_equal(device_ceiling_bound(&c, PRECISION_FP32, 0.0, 1.0, 1e9).binds, "memory");
    c = (device_ceilings){ 0 };
    assert_string_equal(device_ceiling_bound(&c, PRECISION_TF32, 1.0, 1.0, 1.0).binds, "none");
}

/* ---- The loops do what they are counted for ---- */

static void test_streams(void **state)
{
    (void)state;
    enum { FLOATS = 3 * CEILING_BLOCK / 4, BLOCK_FLOATS = CEILING_BLOCK / 4 };
    float *const memory[CEILING_ARRAYS] = { aligned_alloc(64, 4 * FLOATS),
                                            aligned_alloc(64, 4 * FLOATS),
                                            aligned_alloc(64, 4 * FLOATS) };
    char *const array[] = { (char *)memory[0], (char *)memory[1], (char *)memory[2] };

    for (int set = 0; set <= (int)cpu_isa_best(); set++)
        for (int past = 0; past < 2; past++)
            for (int s = CEILING_COPY; s <= (int)CEILING_TRIAD; s++) {
                const ceiling_kernels *const k = ceiling_kernels_get((isa)set);
                for (int i = 0; i < FLOATS; i++)
                    memory[0][i] = -1.0f, memory[1][i] = (float)i, memory[2][i] = (float)(2 * i);
                (past ? k->past_caches[s] : k->stream[s])(array, CEILING_BLOCK, CEILING_BLOCK);
                for (int i = 0; i < FLOATS; i++) {
                    const float streamed = s == CEILING_COPY ? (float)i : (float)(2 * i);
                    const bool inside = i >= BLOCK_FLOATS && i < 2 * BLOCK_FLOATS;
                    assert_true(memory[0][i] == (inside ? streamed : -1.0f));
                }
            }
    for (int i = 0; i < CEILING_ARRAYS; i++)
        free(memory[i]);
}

static void test_update(void **state)
{
    (void)state;
    enum { FLOATS = 3 * CEILING_BLOCK / 4, BLOCK_FLOATS = CEILING_BLOCK / 4 };
    float *const memory = aligned_alloc(64, 4 * FLOATS);
    char *const array[CEILING_ARRAYS] = { (char *)memory };

    for (int set = 0; set <= (int)cpu_isa_best(); set++) {
        for (int i = 0; i < FLOATS; i++)
            memory[i] = (float)i;
        ceiling_kernels_get((isa)set)->stream[CEILING_UPDATE](array, CEILING_BLOCK, CEILING_BLOCK);
        for (int i = 0; i < FLOATS; i++) {
            const bool inside = i >= BLOCK_FLOATS && i < 2 * BLOCK_FLOATS;
            assert_true(memory[i] == (inside ? 0.5f * (float)i + 0.25f : (float)i));
        }
    }
    free(memory);
}

static void test_multiply_add_counts(void **state)
{
    (void)state;
    for (int set = 0; set <= (int)cpu_isa_best(); set++) {
        const ceiling_kernels *const k = ceiling_kernels_get((isa)set);
        const double once = k->multiply_add(1);
        assert_true(once >= 2.0 * k->lanes * 8);        /* at least 8 independent sums */
        expect_near(k->multiply_add(10), 10.0 * once);
    }
}

static double seconds_of(void (*count_cycles)(long adds), long adds)
{
    double best = INFINITY;

    for (int i = 0; i < 20; i++) {
        const double start = omp_get_wtime();
        count_cycles(adds);
        best = fmin(best, omp_get_wtime() - start);
    }
    return best;
}

/* Twice as many additions take twice as long, with multiply-adds beside them hardly longer. */
static void test_count_cycles(void **state)
{
    (void)state;
    const long adds = 48 << 10;
    const double plain = seconds_of(ceiling_count_cycles, adds);

    if (!FAST_BUILD)
        skip();
    for (int set = 0; set <= (int)cpu_isa_best(); set++) {
        const ceiling_kernels *const k = ceiling_kernels_get((isa)set);
        const double seconds = seconds_of(k->count_cycles, adds);
        assert_true(seconds > 0.7 * plain && seconds < 1.5 * plain);
        const double twice = seconds_of(k->count_cycles, 2 * adds);
        assert_true(twice > 1.5 * seconds && twice < 2.7 * seconds);
    }
}

/* ---- From attempts to ceilings ---- */

enum { ATTEMPTS = 100 };

/* One thread, of which each of ATTEMPTS attempts does `work` per cycle at a clock of its own. */
static void settle(ceilings *c, double work, const double *clock)
{
    ceiling_attempt attempts[3 * ATTEMPTS];
    int count = 0;

    *c = (ceilings){ .thread_counts = { 1 }, .thread_count_count = 1, .point_count = 2 };
    for (int i = 0; i < ATTEMPTS; i++) {
        const double *const at = &c->clock_hz[0][0];
        attempts[count++] = (ceiling_attempt){ &c->flop_rate[0][0], at, false, work * clock[i],
                                               clock[i] };
        attempts[count++] = (ceiling_attempt){ &c->curve[CEILING_READ][0][0].bandwidth, at,
                                               false, 2.0 * work * clock[i], clock[i] };
        attempts[count++] = (ceiling_attempt){ &c->curve[CEILING_READ][0][1].bandwidth, NULL,
                                               false, (double)i, clock[i] };
    }
    ceiling_settle(c, attempts, count, 7.0);
}

/* A clock that is high for a moment is not the one that ceilings are given at; low ones, and noise,
 * do not count either. */
static void test_ceilings_are_what_a_few_reach(void **state)
{
    (void)state;
    double clock[ATTEMPTS];
    static ceilings c;

    for (int i = 0; i < ATTEMPTS; i++)
        clock[i] = i % 11 == 0 ? 4e9 : i % 3 == 0 ? 3e9 : 2e9;      /* 10, 30 and 60 of them */
    settle(&c, 32.0, clock);
    expect_near(c.clock_hz[0][0], 3e9);
    expect_near(c.flop_rate[0][0], 96e9);
    expect_near(c.curve[CEILING_READ][0][0].bandwidth, 192e9);
    expect_near(c.curve[CEILING_READ][0][1].bandwidth, 79.0);       /* a fifth: no clock */
    expect_near(c.curve[CEILING_COPY][0][0].bandwidth, 0.0);        /* never attempted */
}

/* What is done per cycle is not what the fastest clock did. */
static void test_ceilings_are_found_per_cycle(void **state)
{
    (void)state;
    static ceilings c;
    const ceiling_attempt attempts[] = {
        { &c.flop_rate[0][0], &c.clock_hz[0][0], false, 40e9, 4e9 },       /* 10 a cycle */
        { &c.flop_rate[0][0], &c.clock_hz[0][0], false, 32e9, 2e9 },       /* 16 a cycle */
    };

    c = (ceilings){ .thread_counts = { 1 }, .thread_count_count = 1 };
    ceiling_settle(&c, attempts, 2, 7.0);
    expect_near(c.flop_rate[0][0], 64e9);
    c.flop_rate[0][0] = 5.0;
    ceiling_settle(&c, attempts, 0, 7.0);                           /* none: what there is stays */
    expect_near(c.flop_rate[0][0], 5.0);
    expect_near(c.clock_hz[0][0], 7.0);
}

/* Many slow attempts in one way do not make a lucky one of the other the ceiling, nor hide it. */
static void test_stores_past_the_caches_are_a_way_of_their_own(void **state)
{
    (void)state;
    static ceilings c;
    static ceiling_attempt attempts[4 * ATTEMPTS];
    int count = 0;

    c = (ceilings){ .thread_counts = { 1 }, .thread_count_count = 1, .point_count = 2 };
    for (int point = 0; point < 2; point++)
        for (int i = 0; i < 2 * ATTEMPTS; i++) {
            const bool past = i % 20 == 0;      /* ten of them */
            double *const of = &c.curve[CEILING_COPY][0][point].bandwidth;
            attempts[count++] = (ceiling_attempt){ of, NULL, past == (point == 0),
                                                   past ? 200.0 + i : 100.0, 1.0 };
        }
    ceiling_settle(&c, attempts, count, 7.0);
    for (int point = 0; point < 2; point++)     /* the third of ten: what a fifth reach */
        expect_near(c.curve[CEILING_COPY][0][point].bandwidth, 340.0);
}

/* ---- This machine ---- */

/* On a busy machine a short measurement may show little: then a longer one decides. */
static const char *doubt;
#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            doubt = #condition;                                                                    \
    } while (0)
enum { LOOKS = 5 };

static void plausible_arithmetic(const ceilings *c)
{
    const int best = (int)cpu_isa_best();

    for (int set = 0; set <= best; set++)
        for (int t = 0; t < c->thread_count_count; t++)
            EXPECT(c->clock_hz[set][t] > 0.2e9 && c->clock_hz[set][t] < 8e9);
    EXPECT(c->clock_hz[best][c->thread_count_count] == 0.0);
    EXPECT(strstr(c->theory_text, "GHz x"));
    for (int set = 0; set < CEILING_ISAS; set++)
        for (int t = 0; t < c->thread_count_count; t++) {
            const double rate = c->flop_rate[set][t];
            if (set > best) {
                EXPECT(rate == 0.0);
                continue;
            }
            const double share = rate / c->thread_counts[t] / c->theory_flop_rate;
            EXPECT(share > 0.0005 && share < 1.3);     /* the clock may have risen since */
            if (FAST_BUILD && c->thread_counts[t] <= omp_get_num_procs())
                EXPECT(share > 0.05);
            if (FAST_BUILD)                     /* two units, fused */
                EXPECT(rate < 1.15 * 4.0 * ceiling_kernels_get((isa)set)->lanes *
                                   c->thread_counts[t] * c->clock_hz[set][t]);
            if (FAST_BUILD && set > 0)          /* a wider set may be clocked lower */
                EXPECT(rate > 0.9 * c->flop_rate[set - 1][t]);
        }
    if (FAST_BUILD)                             /* one thread gets near what its clock allows */
        EXPECT(c->flop_rate[best][0] > 0.4 * c->theory_flop_rate);
}

static void plausible_bandwidth(const ceilings *c)
{
    for (int s = 0; s < CEILING_STREAMS; s++)
        for (int t = 0; t < c->thread_count_count; t++) {
            const ceiling_point *const curve = c->curve[s][t];
            for (int i = 0; i < c->point_count; i++) {
                const double cycles = c->clock_hz[cpu_isa_best()][t] * c->thread_counts[t];
                EXPECT(curve[i].bandwidth > 1e6 && curve[i].bandwidth < 256.0 * cycles);
                if (i > 0)
                    EXPECT(curve[i].bytes > curve[i - 1].bytes);
            }
            EXPECT(curve[0].bytes * 4 > c->cache_bytes[0] * (size_t)c->thread_counts[t]);
            if (FAST_BUILD)                     /* L1 beats memory */
                EXPECT(curve[0].bandwidth > curve[c->point_count - 1].bandwidth);
        }
    for (int t = 1; t <= 2; t++)
        for (double bytes = 1e3; bytes < 1e9; bytes *= 1.5)
            EXPECT(ceiling_bandwidth(c, bytes, t, false) >=
                        ceiling_bandwidth(c, 1.5 * bytes, t, false));
}

static void test_this_machine(void **state)
{
    (void)state;
    static ceilings c;
    cpu_set_t before, after;

    doubt = "";
    for (int look = 0; look < LOOKS && doubt; look++) {
        doubt = NULL;
        assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
        assert_true(ceilings_measure(&c, 2, 2.0 * look));
        assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
        assert_true(CPU_EQUAL(&before, &after));    /* nothing stays bound to a processor */
        assert_int_equal(c.thread_count_count, 2);
        assert_int_equal(c.thread_counts[1], 2);
        plausible_arithmetic(&c);
        plausible_bandwidth(&c);
    }
    if (doubt)
        fail_msg("%s", doubt);
}

static void test_arithmetic_alone(void **state)
{
    (void)state;
    static ceilings c;

    doubt = "";
    for (int look = 0; look < LOOKS && doubt; look++) {
        doubt = NULL;
        assert_true(ceilings_measure_arithmetic(&c, 2, 0.05 + look));
        plausible_arithmetic(&c);
    }
    if (doubt)
        fail_msg("%s", doubt);
    assert_int_equal(c.thread_count_count, 2);
    assert_int_equal(c.point_count, 0);
    expect_near(ceiling_bandwidth(&c, 1e6, 2, false), 0.0);
    const ceiling_roof roof = bound(&c, cpu_isa_best(), 1, 1e9, 1e12, 1e6);
    assert_string_equal(roof.binds, "compute");     /* what was not measured binds nothing */
}

static void test_caches(void **state)
{
    (void)state;
    size_t bytes[4];
    int cpu[4096];
    const int count = ceiling_processors(cpu, 4096);

    ceiling_caches(bytes);
    if (bytes[0] == 0)
        skip();
    assert_in_range(bytes[0], 4 << 10, 4 << 20);
    assert_true(bytes[1] == 0 || bytes[1] > bytes[0]);
    assert_int_equal(bytes[3], 0);
    assert_int_equal(count, omp_get_num_procs());
    for (int i = 0; i < count; i++)
        for (int j = 0; j < i; j++)
            assert_int_not_equal(cpu[i], cpu[j]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flop_rate),
        cmocka_unit_test(test_more_threads_are_never_slower),
        cmocka_unit_test(test_bandwidth_between_points),
        cmocka_unit_test(test_bandwidth_ignores_a_dent),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_level_bandwidth),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_bound_follows_the_clock),
        cmocka_unit_test(test_device_bound),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_update),
        cmocka_unit_test(test_multiply_add_counts),
        cmocka_unit_test(test_count_cycles),
        cmocka_unit_test(test_ceilings_are_what_a_few_reach),
        cmocka_unit_test(test_ceilings_are_found_per_cycle),
        cmocka_unit_test(test_stores_past_the_caches_are_a_way_of_their_own),
        cmocka_unit_test(test_this_machine),
        cmocka_unit_test(test_arithmetic_alone),
        cmocka_unit_test(test_caches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
