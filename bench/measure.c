/* measure.c: taking turns, and what may be concluded from it.
 *
 * Samples. A sample is as many calls as fill least_sample (or more, where the time to spend would
 * give more rounds than are of use), after one call that nobody times: it wakes the threads and
 * brings back into the caches what the entrant before has pushed out. Times are kept as logarithms.
 *
 * Intervals. A plain bootstrap of few values is too narrow, and so is one that takes neighbours for
 * independent. Here blocks of neighbours are drawn, the interval is widened by what Student's t
 * is wider than the normal distribution for that many blocks, and of a short and a long block the
 * wider result counts; and half is added for noise that lasts longer than the long block.
 * test_bench_measure.c holds the coverage against noise of several kinds. */
#include "bench/measure.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check/check_random.h"

enum {
    MAX_ROUNDS = 2000,          /* more narrow the interval little */
    GOOD_ROUNDS = 1000,         /* samples grow longer than least_sample rather than beyond this */
    MAX_CALLS = 1 << 22,        /* in a sample */
    RESAMPLES = 1000,
    SHORT_SERIES = 20,          /* too short for blocks */
    LONG_BLOCKS = 8,            /* the long block is an eighth of the series */
    WARM_UPS = 5,               /* at a first call that is not disturbed */
    ATTEMPTS = 12,              /* at a sample that is not disturbed */
    LEAST_PAIRS = 12            /* undisturbed ones, for the others to be left out */
};

static const double LEAD_IN_SECONDS = 0.02; /* a longer call needs none: the caches refill faster */
static const double RETRY_SECONDS = 5e-3;   /* longer samples are hardly ever left alone */
static const double WAIT_SECONDS = 1e-4;    /* far less than others' turns on a processor take */
static const double MOST_STRETCH = 4.0;     /* of the time to spend, on a busy machine */
static const double PATIENCE_STEP = 1.5;    /* by which it grows between two looks at the noise */
static const double CAUTION = 1.5;          /* widens every interval */
static const double NORMAL_975 = 1.959964;  /* quantile of the normal distribution */

static double system_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- Samples ---- */

typedef struct {
    int calls;                  /* in a sample */
    double call_seconds;        /* estimate */
    double spent;               /* on its samples so far */
    double elapsed;             /* the same with all that goes with them */
    int rounds;                 /* taken part in: numbers 0 to rounds - 1 */
    double *log_time;           /* [MAX_ROUNDS][2], of one call: forward and backward half */
    double *waited;             /* [MAX_ROUNDS][2], seconds during the sample */
    double least_waited;        /* threads that wait for each other's work wait in every sample */
} lane;

typedef struct {
    const measure_entrant *entrants;
    int count, base, yardstick;
    const measure_options *options;
    double (*clock)(void);
    int next_copy;              /* rotates over all calls of all entrants */
    double seconds;             /* to spend: more where noise asks for patience */
    lane *lanes;                /* [count] */
    double *scratch;            /* [2 * MAX_ROUNDS] */
} race;

static double timed_calls(race *r, int i, int calls)
{
    const measure_entrant *const e = &r->entrants[i];
    const int copies = r->options->copies, first = r->next_copy;

    r->next_copy = (int)(((long)first + calls) % copies);
    if (e->time)
        return e->time(e->context, first, calls);
    const double start = r->clock();
    for (int call = 0, copy = first; call < calls; call++) {
        e->run(e->context, copy);
        if (++copy == copies)
            copy = 0;
    }
    return r->clock() - start;
}

static double waited_so_far(const race *r)
{
    return r->options->waited ? r->options->waited() : 0.0;
}

static bool is_left_alone(const lane *l, double waited)
{
    return waited <= 2.0 * l->least_waited + WAIT_SECONDS;
}

/* Times `calls` calls, again while somebody else ran meanwhile: the last attempt counts. Returns
 * seconds; *waited is what our threads waited. */
static double attempt_calls(race *r, int i, int calls, double *waited)
{
    lane *const l = &r->lanes[i];
    double seconds = 0.0;

    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (l->call_seconds < LEAD_IN_SECONDS)
            (void)timed_calls(r, i, 1);
        const double before = waited_so_far(r);
        seconds = fmax(timed_calls(r, i, calls), 1e-9);         /* no clock is finer */
        *waited = waited_so_far(r) - before;
        l->least_waited = fmin(l->least_waited, *waited);
        l->call_seconds = fmin(l->call_seconds, seconds / calls);
        if (is_left_alone(l, *waited) || l->call_seconds * calls > RETRY_SECONDS)
            break;
    }
    return seconds;
}

static void sample(race *r, int i, int number)
{
    lane *const l = &r->lanes[i];
    const double start = r->clock();
    const double seconds = attempt_calls(r, i, l->calls, &l->waited[number]);

    l->log_time[number] = log(seconds / l->calls);
    l->spent += l->call_seconds * l->calls;     /* what others took is not its own */
    l->elapsed += r->clock() - start;
}

/* Doubles the number of calls until a sample is as long as it should be. Warms up on the way. */
static void calibrate(race *r, int i)
{
    const measure_options *const o = r->options;
    lane *const l = &r->lanes[i];
    const double wanted = fmax(o->least_sample, o->seconds / (2.0 * GOOD_ROUNDS * r->count));
    double waited;

    l->calls = 1;
    l->call_seconds = l->least_waited = INFINITY;
    for (int k = 0; k < WARM_UPS && l->call_seconds >= LEAD_IN_SECONDS; k++) {
        if (attempt_calls(r, i, 1, &waited) > 10.0 * waited)
            break;                              /* it is as slow as that by itself */
    }
    double seconds = l->call_seconds;
    while (seconds < wanted / 2.0 && l->calls < MAX_CALLS) {
        l->calls *= 2;
        l->call_seconds = INFINITY;             /* the clock may not have seen the shorter ones */
        seconds = attempt_calls(r, i, l->calls, &waited);
    }
    l->calls = (int)fmin(fmax(ceil(wanted / l->call_seconds), 1.0), MAX_CALLS);
}

/* All that are still in it, in random order. */
static int draw_order(const race *r, check_random *random, const bool *active, int *order)
{
    int size = 0;

    for (int i = 0; i < r->count; i++)
        if (active[i])
            order[size++] = i;
    for (int i = size - 1; i > 0; i--) {
        const int other = check_random_int(random, 0, i), mine = order[i];
        order[i] = order[other];
        order[other] = mine;
    }
    return size;
}

static void run_round(race *r, int round, const int *order, int size)
{
    for (int half = 0; half < 2; half++)
        for (int k = 0; k < size; k++) {
            const int i = order[half == 0 ? k : size - 1 - k];
            sample(r, i, 2 * round + half);
            r->lanes[i].rounds = round + 1;
        }
}

/* Who has used up his share leaves; base and yardstick stay to the end, since all need them.
 * Returns the time that those took who have left: the others are not to pay for it. */
static double dismiss(const race *r, bool *active)
{
    const double share = r->seconds / r->count;
    double gone = 0.0;

    for (int i = 0; i < r->count; i++) {
        if (i != r->base && i != r->yardstick && r->lanes[i].spent > share)
            active[i] = false;
        if (!active[i])
            gone += r->lanes[i].elapsed;
    }
    return gone;
}

/* ---- Intervals ---- */

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of_sorted(const double *v, int count)
{
    return 0.5 * (v[(count - 1) / 2] + v[count / 2]);
}

/* 0.975 quantile of Student's t; the expansion errs by 0.2 % for 3 degrees of freedom. Source:
 * Abramowitz and Stegun, 26.7.5. */
static double student_975(double degrees)
{
    const double z = NORMAL_975, d = degrees;

    if (d < 1.5)
        return 12.706;
    if (d < 2.5)
        return 4.303;
    return z + (pow(z, 3) + z) / (4.0 * d) +
           (5.0 * pow(z, 5) + 16.0 * pow(z, 3) + 3.0 * z) / (96.0 * d * d) +
           (3.0 * pow(z, 7) + 19.0 * pow(z, 5) + 17.0 * pow(z, 3) - 15.0 * z) /
               (384.0 * d * d * d);
}

/* A series as the bootstrap needs it. */
typedef struct {
    int count;
    double *sorted;     /* [count] */
    int *rank;          /* [count]: v[i] is sorted[rank[i]] */
    int *tally;         /* [count]: how often each was drawn */
    double *medians;    /* [RESAMPLES] */
} series;

static bool open_series(series *s, const double *v, int count)
{
    const size_t n = (size_t)count;

    *s = (series){ count, malloc(n * sizeof(double)), malloc(n * sizeof(int)),
                   malloc(n * sizeof(int)), malloc(RESAMPLES * sizeof(double)) };
    if (!s->sorted || !s->rank || !s->tally || !s->medians)
        return false;
    memcpy(s->sorted, v, n * sizeof *v);
    qsort(s->sorted, n, sizeof *v, compare_doubles);
    for (int i = 0; i < count; i++) {
        const double *const at = bsearch(&v[i], s->sorted, n, sizeof *v, compare_doubles);
        s->rank[i] = (int)(at - s->sorted);     /* of equal ones any */
    }
    return true;
}

static void close_series(series *s)
{
    free(s->sorted);
    free(s->rank);
    free(s->tally);
    free(s->medians);
}

/* The median of one resample: blocks of neighbours from random places, the end joined to the
 * beginning. */
static double resampled_median(series *s, int block, check_random *random)
{
    int drawn = 0, at = 0, seen = 0;

    memset(s->tally, 0, (size_t)s->count * sizeof *s->tally);
    while (drawn < s->count) {
        int from = check_random_int(random, 0, s->count - 1);
        for (int k = 0; k < block && drawn < s->count; k++, drawn++) {
            s->tally[s->rank[from]]++;
            from = from + 1 == s->count ? 0 : from + 1;
        }
    }
    while (seen + s->tally[at] <= (s->count - 1) / 2)
        seen += s->tally[at++];
    const double low = s->sorted[at];
    while (seen + s->tally[at] <= s->count / 2)
        seen += s->tally[at++];
    return 0.5 * (low + s->sorted[at]);
}

/* Widens [*low, *high] to the interval that blocks of this length give. */
static void widen(series *s, int block, check_random *random, double *low, double *high)
{
    const double median = median_of_sorted(s->sorted, s->count);
    const double blocks = (double)s->count / block;
    const double wider = CAUTION * sqrt(blocks / (blocks - 1.0)) * student_975(blocks - 1.0) /
                         NORMAL_975;

    for (int i = 0; i < RESAMPLES; i++)
        s->medians[i] = resampled_median(s, block, random);
    qsort(s->medians, RESAMPLES, sizeof(double), compare_doubles);
    const double from = s->medians[RESAMPLES / 40 - 1];
    const double to = s->medians[RESAMPLES - RESAMPLES / 40];
    *low = fmin(*low, median + wider * (from - median));
    *high = fmax(*high, median + wider * (to - median));
}

void measure_bootstrap(const double *v, int count, uint64_t seed, double *median, double *low,
                       double *high)
{
    check_random random = { seed };
    series s;

    *median = *low = *high = NAN;
    if (count < 1)
        return;
    if (open_series(&s, v, count)) {
        *low = *high = *median = median_of_sorted(s.sorted, count);
        if (count < 3) {
            *low = -INFINITY;
            *high = INFINITY;
        } else {
            const int small = count < SHORT_SERIES ? 1 : (int)lround(cbrt(count));
            const int large = count / LONG_BLOCKS;
            widen(&s, small, &random, low, high);
            if (large > small)
                widen(&s, large, &random, low, high);
        }
    }
    close_series(&s);
}

/* Ratio of two lanes from the rounds that both took part in. */
static void compare_lanes(const lane *a, const lane *b, uint64_t seed, double *difference,
                          double *ratio, double *low, double *high)
{
    const int pairs = 2 * (a->rounds < b->rounds ? a->rounds : b->rounds);
    int count = 0;

    for (int i = 0; i < pairs; i++)
        if (is_left_alone(a, a->waited[i]) && is_left_alone(b, b->waited[i]))
            difference[count++] = a->log_time[i] - b->log_time[i];
    for (int i = 0; i < pairs && count < LEAST_PAIRS; i++)
        difference[i] = a->log_time[i] - b->log_time[i];
    measure_bootstrap(difference, count < LEAST_PAIRS ? pairs : count, seed, ratio, low, high);
    *ratio = exp(*ratio);
    *low = exp(*low);
    *high = exp(*high);
}

/* ---- Rounds ---- */

/* Whether the A/A interval is narrow enough, or nobody asks. */
static bool is_precise(const race *r)
{
    const measure_options *const o = r->options;
    double ratio, low, high;

    if (!(o->precise > 0.0))
        return true;
    compare_lanes(&r->lanes[o->control], &r->lanes[r->base], o->seed, r->scratch, &ratio, &low,
                  &high);
    return low >= 1.0 - o->precise && high <= 1.0 + o->precise;
}

/* The time is up: for good, or noise asks for more of it. */
static bool is_over(race *r)
{
    const double most = r->options->patience * r->options->seconds;

    if (r->seconds >= most || is_precise(r))
        return true;
    r->seconds = fmin(PATIENCE_STEP * r->seconds, most);
    return false;
}

static void run_rounds(race *r, bool *active, int *order)
{
    check_random random = { r->options->seed };

    for (int i = 0; i < r->count; i++)
        active[i] = true;
    const double start = r->clock(), first = waited_so_far(r);
    for (int round = 0; round < MAX_ROUNDS; round++) {
        const int size = draw_order(r, &random, active, order);
        run_round(r, round, order, size);
        if (round + 1 < r->options->least_rounds)
            continue;
        const double gone = dismiss(r, active);
        /* what others took does not count as spent, up to a limit */
        const double lost = fmin(waited_so_far(r) - first, (MOST_STRETCH - 1.0) * r->seconds);
        if (r->clock() - start >= r->seconds + gone + lost && is_over(r))
            break;
    }
}

/* ---- Results ---- */

static double median_seconds(const lane *l, double *scratch)
{
    const int samples = 2 * l->rounds;
    int count = 0;

    for (int i = 0; i < samples; i++)
        if (is_left_alone(l, l->waited[i]))
            scratch[count++] = l->log_time[i];
    qsort(scratch, (size_t)count, sizeof *scratch, compare_doubles);
    return exp(median_of_sorted(scratch, count));       /* the least waiting one is among them */
}

static void conclude(const race *r, measure_result *results)
{
    const uint64_t seed = r->options->seed;
    double *const scratch = r->scratch;

    for (int i = 0; i < r->count; i++) {
        const lane *const l = &r->lanes[i];
        measure_result *const result = &results[i];

        *result = (measure_result){ .rounds = l->rounds, .yard = NAN, .yard_low = NAN,
                                    .yard_high = NAN };
        result->seconds = median_seconds(l, scratch);
        compare_lanes(l, &r->lanes[r->base], seed, scratch, &result->ratio, &result->ratio_low,
                      &result->ratio_high);
        if (r->yardstick >= 0)
            compare_lanes(l, &r->lanes[r->yardstick], seed, scratch, &result->yard,
                          &result->yard_low, &result->yard_high);
    }
}

bool measure(const measure_entrant *entrants, int count, int base, int yardstick,
             const measure_options *options, measure_result *results)
{
    const size_t n = (size_t)count;
    assert(count > 0 && base >= 0 && base < count && yardstick < count && options->copies > 0);
    lane *const lanes = calloc(n, sizeof *lanes);
    double *const times = malloc((2 * n + 1) * 2 * MAX_ROUNDS * sizeof *times);
    bool *const active = malloc(n * sizeof *active);
    int *const order = malloc(n * sizeof *order);
    const bool enough = lanes && times && active && order;

    if (enough) {
        race r = { entrants, count, base, yardstick, options,
                   options->clock ? options->clock : system_clock, 0, options->seconds, lanes,
                   times + n * 4 * MAX_ROUNDS };
        for (int i = 0; i < count; i++) {
            lanes[i].log_time = times + (size_t)i * 4 * MAX_ROUNDS;
            lanes[i].waited = lanes[i].log_time + 2 * MAX_ROUNDS;
            calibrate(&r, i);
        }
        run_rounds(&r, active, order);
        conclude(&r, results);
    }
    free(lanes);
    free(times);
    free(active);
    free(order);
    return enough;
}

/* ---- Verdicts ---- */

measure_verdict measure_judge(double ratio, double low, double high, double margin,
                              double control_low, double control_high)
{
    const double noise = 0.5 * (control_high - control_low);
    const double distance = fabs(ratio - 1.0);

    if (low >= 1.0 - margin && high <= 1.0 + margin)
        return VERDICT_SAME;
    if (distance > margin && distance > noise && low > 1.0)
        return VERDICT_SLOWER;
    if (distance > margin && distance > noise && high < 1.0)
        return VERDICT_FASTER;
    return VERDICT_UNDECIDED;
}

const char *measure_verdict_name(measure_verdict v)
{
    static const char *const names[] = { "FASTER", "SLOWER", "SAME", "UNDECIDED" };
    return names[v];
}
