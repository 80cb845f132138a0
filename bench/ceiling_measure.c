/* ceiling_measure.c: measures a machine's ceilings.
 *
 * Idea:   what is measured is cut into windows of some 0.1 ms. All threads meet, work, and the
 *         window lasts from when the first began to when the last was done: noise makes it longer.
 *         A sweep over a large footprint is a row of such windows; their median counts for all, so
 *         that neither a few that had bad luck nor a few that found their data in a cache decide.
 *         Rounds over everything are repeated until the time is up, so that a bad second spoils
 *         nothing. What many attempts say is put together in ceiling_settle.c.
 * Place:  thread t keeps to processor t. On a busy machine the system may else leave two threads on
 *         one processor for long, as good as balanced to its eye.
 * Memory: one block, in which thread t has its own part; each touches its part first.
 * Theory: clock * lanes * 2 units * 2 FLOP. How many units a core has cannot be asked; two is what
 *         nearly all have. */
#define _GNU_SOURCE                             /* MADV_HUGEPAGE, sched_setaffinity */
#include <math.h>
#include <omp.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bench/ceiling.h"
#include "bench/ceiling_kernels.h"
#include "bench/ceiling_settle.h"

enum {
    MAX_CPUS = 1024,
    MAX_PARTS = 256,                    /* windows of one sweep */
    PART_BYTES = 1 << 20,               /* of one thread in one window of several */
    WINDOW_BYTES = 32 << 20,            /* of one thread in the only one, at least */
    MULTIPLY_LOOPS = 1 << 13,           /* some 0.03 ms */
    MULTIPLY_WINDOWS = 8,
    CLOCK_ADDS = 48 << 10,              /* some 0.02 ms */
    CLOCK_WINDOWS = 3,
    POINTS = 18,
    SKEW = 1344,                        /* arrays begin so far beyond a multiple of 4096: a store is
                                           not mistaken for one to the next load's address */
    ARRAY_SLACK = 4096 + SKEW,
    HUGE_PAGE = 2 << 20,
    PRIVATE_VISITS = 6,                 /* per round: footprints that each core has for itself, */
    SHARED_VISITS = 4                   /* in the last cache */
};

static const double STEADY = 0.01;      /* a clock that changes by less */

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- Windows ---- */

/* Where threads wait for each other, spinning: a thread that must be woken comes too late. */
typedef struct {
    atomic_int arrived, generation;
} meeting;

static void meet(meeting *m, int team)
{
    const int generation = atomic_load(&m->generation);

    if (atomic_fetch_add(&m->arrived, 1) == team - 1) {
        atomic_store(&m->arrived, 0);
        atomic_store(&m->generation, generation + 1);
        return;
    }
    for (int spins = 0; atomic_load(&m->generation) == generation; spins++)
        if (spins > 2000)                       /* more threads than free cores */
            sched_yield();
}

typedef struct {
    const ceiling_kernels *kernels;
    meeting meeting;
    int cpu[MAX_CPUS], cpu_count;
    cpu_set_t at_first;                 /* where this process may run */
    double (*start)[MAX_PARTS], (*end)[MAX_PARTS];      /* [threads]: of each window */
    char *memory;
    size_t memory_bytes;
    void (*count_cycles)(long adds);    /* at the clock of what is measured now */
    double clock;                       /* before that; Hz */
    ceiling_attempt *attempts;          /* [CEILING_MAX_ATTEMPTS] */
    int attempt_count;
    /* what the stream in progress does */
    ceiling_stream_kernel *stream;
    int arrays, moves, parts, repeats;  /* moves: of each element, to or from a cache */
    size_t part_bytes;                  /* of each array, for one thread */
} bench;

/* Keeps the calling thread on its processor; not if there are more threads than processors. */
static void settle(const bench *b, int me, int team)
{
    cpu_set_t mask;

    if (team > b->cpu_count)
        return;
    CPU_ZERO(&mask);
    CPU_SET((size_t)b->cpu[me], &mask);
    (void)sched_setaffinity(0, sizeof mask, &mask);     /* refused: then as the system sees fit */
}

/* The time of window `part`: from the first thread's start to the last one's end. */
static double window_seconds(const bench *b, int team, int part)
{
    double start = b->start[0][part], end = b->end[0][part];

    for (int i = 1; i < team; i++) {
        start = fmin(start, b->start[i][part]);
        end = fmax(end, b->end[i][part]);
    }
    return end - start;
}

/* Returns the FLOP/s of one window. */
static double multiply_window(bench *b, int threads)
{
    double flop = 0.0;
    int team = 1;

#pragma omp parallel num_threads(threads) reduction(+ : flop)
    {
        const int me = omp_get_thread_num();
        team = omp_get_num_threads();
        settle(b, me, omp_get_num_threads());
        meet(&b->meeting, omp_get_num_threads());
        b->start[me][0] = now();
        flop += b->kernels->multiply_add(MULTIPLY_LOOPS);
        b->end[me][0] = now();
    }
    return flop / window_seconds(b, team, 0);
}

static double clock_now(void (*count_cycles)(long adds))
{
    double best = 0.0;

    for (int i = 0; i < CLOCK_WINDOWS; i++) {
        const double start = now();
        count_cycles(CLOCK_ADDS);
        best = fmax(best, CLOCK_ADDS / (now() - start));
    }
    return best;
}

/* Before something is timed. */
static void look_at_clock(bench *b, void (*count_cycles)(long adds))
{
    b->count_cycles = count_cycles;
    b->clock = clock_now(count_cycles);
}

/* Notes the rate that was reached since. `at`: the clock at which it will be given; NULL: no clock
 * of ours drives it. `past`: by stores past the caches. */
static void note(bench *b, double *of, const double *at, bool past, double rate)
{
    const double clock = at ? clock_now(b->count_cycles) : b->clock;

    *of = fmax(*of, rate);              /* stands if the clock was never steady */
    if (fabs(clock - b->clock) <= STEADY * clock && b->attempt_count < CEILING_MAX_ATTEMPTS)
        b->attempts[b->attempt_count++] = (ceiling_attempt){ of, at, past, rate, clock };
}

/* One sweep of this thread over its part of the footprint, window by window. */
static void sweep(bench *b, int me, int team)
{
    const size_t array_bytes = b->part_bytes * (size_t)b->parts;
    const size_t room = b->memory_bytes / (size_t)team / 64 * 64;
    char *array[CEILING_ARRAYS];

    for (int i = 0; i < b->arrays; i++)
        array[i] = b->memory + room * (size_t)me +
                   (size_t)i * ((array_bytes + 4095) / 4096 * 4096 + SKEW);
    for (int part = 0; part < b->parts; part++) {
        meet(&b->meeting, team);
        b->start[me][part] = now();
        for (int repeat = 0; repeat < b->repeats; repeat++)
            b->stream(array, b->part_bytes * (size_t)part, b->part_bytes);
        b->end[me][part] = now();
    }
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Returns the bytes/s of a sweep, after one that only fills the caches if asked for. */
static double stream_sweeps(bench *b, int threads, bool fill)
{
    double seconds[MAX_PARTS];
    int team = 1;

#pragma omp parallel num_threads(threads)
    {
        team = omp_get_num_threads();
        settle(b, omp_get_thread_num(), omp_get_num_threads());
        for (int i = fill ? 0 : 1; i < 2; i++)
            sweep(b, omp_get_thread_num(), omp_get_num_threads());
    }
    for (int part = 0; part < b->parts; part++)
        seconds[part] = window_seconds(b, team, part);
    qsort(seconds, (size_t)b->parts, sizeof *seconds, compare);
    return (double)b->part_bytes * b->moves * b->repeats * team / seconds[b->parts / 2];
}

/* ---- The curves ---- */

/* Whether a footprint lies in the caches that each core has for itself, which the clock drives. */
static bool is_private(const ceilings *c, size_t bytes, int threads)
{
    return bytes <= c->cache_bytes[1] * (size_t)threads;
}

/* Cuts footprint `bytes` of all threads together into arrays, windows and repeats. */
static void cut(bench *b, ceiling_stream stream, size_t bytes, int threads, bool private)
{
    static const int arrays[CEILING_STREAMS] = { 1, 2, 3, 1 };
    static const int moves[CEILING_STREAMS] = { 1, 2, 3, 2 };
    const size_t each = bytes / (size_t)threads / (size_t)arrays[stream];
    size_t parts = (each * (size_t)arrays[stream] + PART_BYTES - 1) / PART_BYTES;

    if (private)
        parts = 1;
    else if (parts > MAX_PARTS)
        parts = MAX_PARTS;
    b->arrays = arrays[stream];
    b->moves = moves[stream];
    b->parts = (int)parts;
    b->part_bytes = each / parts / CEILING_BLOCK * CEILING_BLOCK;
    if (b->part_bytes == 0)
        b->part_bytes = CEILING_BLOCK;
    const size_t window = b->part_bytes * (size_t)b->arrays;
    b->repeats = parts > 1 ? 1 : (int)((WINDOW_BYTES + window - 1) / window);
}

/* A large footprint's streams follow each other on the same memory: the first fills the caches, and
 * so does the update, which comes by itself. */
static void visit(bench *b, ceilings *c, ceiling_stream stream, int t, int point, bool past)
{
    ceiling_point *const at = &c->curve[stream][t][point];
    const int threads = c->thread_counts[t];
    const bool private = is_private(c, at->bytes, threads);

    cut(b, stream, at->bytes, threads, private);
    b->stream = past ? b->kernels->past_caches[stream] : b->kernels->stream[stream];
    look_at_clock(b, ceiling_count_cycles);
    const bool fill = b->parts == 1 || stream == CEILING_READ || stream == CEILING_UPDATE;
    const double rate = stream_sweeps(b, threads, fill);
    note(b, &at->bandwidth, private ? &c->clock_hz[cpu_isa_best()][t] : NULL, past, rate);
}

static void visit_arithmetic(bench *b, ceilings *c, int t)
{
    for (int set = 0; set <= (int)cpu_isa_best(); set++) {
        double best = 0.0;
        b->kernels = ceiling_kernels_get((isa)set);
        (void)multiply_window(b, c->thread_counts[t]);  /* the clock follows the instructions */
        look_at_clock(b, b->kernels->count_cycles);
        for (int i = 0; i < MULTIPLY_WINDOWS; i++)
            best = fmax(best, multiply_window(b, c->thread_counts[t]));
        note(b, &c->flop_rate[set][t], &c->clock_hz[set][t], false, best);
    }
    b->kernels = ceiling_kernels_get(cpu_isa_best());
}

/* How often a footprint is visited in a round: the large ones take longest and differ least. */
static int visits(const ceilings *c, size_t bytes, int threads)
{
    if (is_private(c, bytes, threads))
        return PRIVATE_VISITS;
    return bytes <= c->cache_bytes[2] ? SHARED_VISITS : 1;
}

/* Streams `first` to `last` over all footprints, with looks at arithmetic, and so at the clock,
 * between; stores past the caches only where a footprint exceeds the private ones. */
static void visit_all(bench *b, ceilings *c, ceiling_stream first, ceiling_stream last, bool past)
{
    for (int t = 0; t < c->thread_count_count; t++)
        for (int point = 0; point < c->point_count; point++) {
            const size_t bytes = c->curve[0][t][point].bytes;

            visit_arithmetic(b, c, t);
            if (past && is_private(c, bytes, c->thread_counts[t]))
                continue;
            for (int i = 0; i < visits(c, bytes, c->thread_counts[t]); i++)
                for (int s = (int)first; s <= (int)last; s++)
                    visit(b, c, (ceiling_stream)s, t, point, past);
        }
}

/* One round over everything. What a stream finds in the last cache depends on those before it: an
 * update leaves all lines modified, and a copy just after is slower, since what leaves L2 must be
 * written back; stores past the caches leave no lines there, and reads do not bring them back. So
 * updates follow such stores, and reads of the next round follow updates. */
static void run_round(bench *b, ceilings *c)
{
    for (int t = 0; t < c->thread_count_count; t++)
        visit_arithmetic(b, c, t);
    visit_all(b, c, CEILING_READ, CEILING_TRIAD, false);
    visit_all(b, c, CEILING_COPY, CEILING_TRIAD, true);
    visit_all(b, c, CEILING_UPDATE, CEILING_UPDATE, false);
}

/* ---- What to measure ---- */

/* 1, the powers of two below `threads`, `threads`; the smaller ones but 1 are left out where there
 * is no room for all. */
static void choose_threads(ceilings *c, int threads)
{
    int powers = 0;

    for (long power = 2; power < threads; power *= 2)
        powers++;
    const int left_out = powers > CEILING_MAX_THREADS - 2 ? powers - (CEILING_MAX_THREADS - 2) : 0;
    c->thread_counts[c->thread_count_count++] = 1;
    for (int i = left_out; i < powers; i++)
        c->thread_counts[c->thread_count_count++] = 2 << i;
    if (threads > 1)
        c->thread_counts[c->thread_count_count++] = threads;
}

/* The largest footprint: well over twice the last cache, so that little of a sweep is still found
 * there, and never more than a quarter of the free memory. */
static size_t largest_footprint(const ceilings *c, int threads)
{
    const size_t private_bytes = c->cache_bytes[1] * (size_t)threads;
    const size_t last = c->cache_bytes[2] > private_bytes ? c->cache_bytes[2] : private_bytes;
    const size_t unknown = (size_t)1 << 30, least = (size_t)64 << 20;
    const long pages = sysconf(_SC_AVPHYS_PAGES);
    const size_t free_bytes = pages > 0 ? (size_t)pages * (size_t)sysconf(_SC_PAGESIZE) : unknown;
    const size_t bytes = last * 5 / 2 > least ? last * 5 / 2 : least;

    return bytes < free_bytes / 4 ? bytes : free_bytes / 4;
}

/* Footprints from half of all L1 to the largest, in equal steps of the logarithm. */
static void choose_footprints(ceilings *c, size_t largest)
{
    c->point_count = POINTS;
    for (int t = 0; t < c->thread_count_count; t++) {
        const size_t l1 = c->cache_bytes[0] ? c->cache_bytes[0] : 32 << 10;
        const double low = (double)l1 / 2.0 * c->thread_counts[t];
        const double high = fmax((double)largest, 2.0 * low);

        for (int i = 0; i < POINTS; i++)
            for (int s = 0; s < CEILING_STREAMS; s++)
                c->curve[s][t][i].bytes =
                    (size_t)(low * pow(high / low, (double)i / (POINTS - 1)));
    }
}

static void work_out_theory(ceilings *c)
{
    const isa best = cpu_isa_best();
    const int lanes = ceiling_kernels_get(best)->lanes;
#if defined(__x86_64__)
    const bool fused = best != ISA_BASE;        /* SSE2 has a unit for each */
#else
    const bool fused = true;
#endif

    const double hz = c->clock_hz[best][0];
    c->theory_flop_rate = hz * lanes * 2.0 * (fused ? 2.0 : 1.0);
    snprintf(c->theory_text, sizeof c->theory_text, "%.2f GHz x %d lanes x %s", hz / 1e9, lanes,
             fused ? "2 FLOP x 2 units (assuming 2 fused multiply-add units)"
                   : "2 units (assuming 1 to multiply and 1 to add)");
}

/* ---- All together ---- */

/* Huge pages, so that the walk through page tables is no ceiling; touched by who will use them. */
static bool open_bench(bench *b, int threads, size_t largest)
{
    const size_t slack = (size_t)threads * CEILING_ARRAYS * ARRAY_SLACK;

    b->kernels = ceiling_kernels_get(cpu_isa_best());
    b->cpu_count = ceiling_processors(b->cpu, MAX_CPUS);
    if (sched_getaffinity(0, sizeof b->at_first, &b->at_first) != 0)
        b->cpu_count = 0;
    b->memory_bytes = (largest + slack + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    b->memory = aligned_alloc(HUGE_PAGE, b->memory_bytes);
    b->attempts = malloc(CEILING_MAX_ATTEMPTS * sizeof *b->attempts);
    b->start = calloc((size_t)threads, sizeof *b->start);
    b->end = calloc((size_t)threads, sizeof *b->end);
    if (!b->memory || !b->attempts || !b->start || !b->end)
        return false;
    (void)madvise(b->memory, b->memory_bytes, MADV_HUGEPAGE);   /* as the system sees fit */
#pragma omp parallel num_threads(threads)
    {
        const size_t team = (size_t)omp_get_num_threads(), me = (size_t)omp_get_thread_num();
        settle(b, (int)me, (int)team);
        const size_t room = b->memory_bytes / team;
        const size_t first = room * me;
        memset(b->memory + first, 1, me == team - 1 ? b->memory_bytes - first : room);
    }
    return true;
}

/* The threads, which the next parallel region inherits, may go where they like again. */
static void close_bench(bench *b, int threads)
{
    if (b->cpu_count > 0) {
        (void)sched_setaffinity(0, sizeof b->at_first, &b->at_first);
#pragma omp parallel num_threads(threads)
        (void)sched_setaffinity(0, sizeof b->at_first, &b->at_first);
    }
    free(b->memory);
    free(b->attempts);
    free(b->start);
    free(b->end);
}

/* Arithmetic alone if `footprint` is 0. */
static bool measure_all(ceilings *c, int threads, double seconds, size_t footprint)
{
    const double start = now();
    bench *const b = calloc(1, sizeof *b);
    const bool good = b && open_bench(b, threads, footprint);

    if (good) {
        do
            run_round(b, c);
        while (now() - start < seconds);
        ceiling_settle(c, b->attempts, b->attempt_count, b->clock);
        work_out_theory(c);
    }
    if (b)
        close_bench(b, threads);
    free(b);
    return good;
}

bool ceilings_measure(ceilings *c, int threads, double seconds)
{
    *c = (ceilings){ 0 };
    ceiling_caches(c->cache_bytes);
    choose_threads(c, threads);
    choose_footprints(c, largest_footprint(c, threads));
    const int last = c->thread_count_count - 1;
    return measure_all(c, c->thread_counts[last], seconds, c->curve[0][last][POINTS - 1].bytes);
}

bool ceilings_measure_arithmetic(ceilings *c, int threads, double seconds)
{
    *c = (ceilings){ 0 };
    choose_threads(c, threads);
    return measure_all(c, c->thread_counts[c->thread_count_count - 1], seconds, 0);
}
