/* grade_speed.c: how many times as fast as the concept's first row, and what that is worth.
 *
 * Idea:   both run behind the same stub, the same files and the same clock (remote.h), on the same
 *         problem one after the other; in turns one or the other begins, so that what slows the
 *         machine down for a while slows both. Between its calls the student's worker sleeps: no
 *         thread left running slows the other down. Every call gets inputs it has not seen, and
 *         every element that the student's calls wrote is held against the reference: an answer
 *         kept from an earlier call is a wrong one. One wrong element makes all of it void.
 * Clock:  on one processor it is processor time, of all threads together: more of them would get
 *         more of a busy processor, and so seem faster. On several it is the time on the wall.
 * Judged: the median of the ratios has an interval (bench/measure.h); points are given for its
 *         lower end, linear in the logarithm from `from` to `to`, in steps of a quarter. While the
 *         median or a little more than the lower end would reach a further step, more is measured.
 * Void:   also what is faster than this machine. Arithmetic is allowed most_saved times fewer
 *         operations than the plain formula has: Winograd's F(2x2,3x3) saves 2.25. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench_case.h"
#include "bench/ceiling.h"
#include "bench/measure.h"
#include "check/check_trial.h"
#include "grade/grade_parts.h"
#include "lessons/drawn_shape.h"

enum { POOL = 12, MOST_PAIRS = 72, LEAST_PAIRS = 8, WORDS_BYTES = 1024 };

static const double most_saved = 2.25 * 1.25;
static const double ceiling_seconds = 0.5;
static const double harmless_rate = 4e9;        /* FLOP/s and thread: any machine does that */
static const double enough = 0.02;              /* a lower end so close to a step is worth a try */

typedef struct {
    grade_job *job;
    const check_concept *concept;
    remote *first, *student;
    int param[CHECK_MAX_PARAMS];
    int threads;
    bool by_processor;                  /* the clock */
    double ratio[MOST_PAIRS];           /* logarithms, in the order of measuring */
    double seconds[MOST_PAIRS];         /* the student's */
    int pairs;
    uint64_t seed;
    double flop;
    result_part *part;
} race;

/* ---- One call ---- */

/* Of the last call. */
static double clocked(const race *of, const remote *r)
{
    return of->by_processor ? remote_cpu_seconds(r) : remote_seconds(r);
}

/* False if it could not be run; the first row's, or ours if it is the student's. */
static bool time_first(race *of, check_trial *t, double *seconds)
{
    check_case found;

    if (!check_trial_run(t, remote_row(of->first), &found)) {
        grade_end(of->part, RESULT_BROKEN, 0.0, "the suite's own row could not be timed: %s",
                  remote_last(of->first)->error.text);
        return false;
    }
    *seconds = clocked(of, of->first);
    return true;
}

static bool all_right(const check_trial *t, check_case *found)
{
    const check_problem *const p = check_trial_problem(t);

    for (int i = 0; i < p->tensor_count; i++)
        for (ptrdiff_t at = 0; check_trial_writes(t, i) && at < p->tensor[i].count; at++) {
            found->outcome = check_trial_judge(t, i, at);
            if (found->outcome != CHECK_PASSED) {
                found->tensor = p->tensor[i].name;
                found->index = at;
                return false;
            }
        }
    return true;
}

static bool time_student(race *of, check_trial *t, double *seconds)
{
    char words[WORDS_BYTES];
    check_case found;

    (void)check_trial_run(t, remote_row(of->student), &found);
    const remote_state *const last = remote_last(of->student);
    if (last->fault != REMOTE_FINE) {
        grade_fault_words(of->job, last, words, sizeof words);
        grade_end(of->part, remote_is_ours(last) ? RESULT_BROKEN : RESULT_FAILED, 0.0,
                  "while it was timed %s", words);
        return false;
    }
    *seconds = clocked(of, of->student);
    if (found.outcome == CHECK_PASSED && all_right(t, &found))
        return true;
    if (grade_outcome_is_ours(of->job, found.outcome)) {
        grade_end(of->part, RESULT_BROKEN, 0.0, "while it was timed: %s",
                  check_outcome_name(found.outcome));
        return false;
    }
    grade_end(of->part, RESULT_VOID, 0.0, "a result of a timed call was wrong (%s, %s[%td])",
              check_outcome_name(found.outcome), found.tensor, found.index);
    return false;
}

/* ---- A series ---- */

/* One problem, on which each side runs once; in turns one or the other begins. */
static bool run_pair(race *of, bool keep)
{
    const uint64_t own = check_random_mix(of->seed, (uint64_t)of->pairs + (keep ? 1 : 1000));
    double first = 0.0, student = 0.0;
    status verdict;

    check_trial *const t = check_trial_open(of->concept, of->job->pass, of->param, own,
                                            &verdict);
    if (!t) {
        grade_end(of->part, RESULT_BROKEN, 0.0, "the shape to time: %s", status_string(verdict));
        return false;
    }
    of->flop = bench_flop(check_trial_problem(t), of->job->pass);
    const bool good = of->pairs % 2 == 0
                          ? time_first(of, t, &first) && time_student(of, t, &student)
                          : time_student(of, t, &student) && time_first(of, t, &first);
    check_trial_close(t);
    if (!good || !keep)
        return good;
    if (!(first > 0.0 && student > 0.0)) {
        grade_end(of->part, RESULT_BROKEN, 0.0, "a call took no time");
        return false;
    }
    of->ratio[of->pairs] = log(first / student);
    of->seconds[of->pairs++] = student;
    return true;
}

/* ---- What it is worth ---- */

/* Points for a factor: none, a quarter, a half, three quarters or all: steps so coarse that the
 * same file gets the same points again. */
static double points_for(const exercise_policy *p, double log_factor)
{
    const double from = log(p->speed_from), to = log(p->speed_to);
    const double share = to > from ? (log_factor - from) / (to - from)
                                   : log_factor >= to ? 1.0 : 0.0;

    return 0.25 * p->speed_points * floor(4.0 * fmin(fmax(share, 0.0), 1.0) + 1e-9);
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_seconds(race *of)
{
    double sorted[MOST_PAIRS];

    memcpy(sorted, of->seconds, (size_t)of->pairs * sizeof sorted[0]);
    qsort(sorted, (size_t)of->pairs, sizeof sorted[0], compare);
    return sorted[of->pairs / 2];
}

/* FLOP/s that this machine reaches; 0 without memory. */
static double measure_ceiling(int threads)
{
    ceilings *const c = calloc(1, sizeof *c);
    double best = 0.0;

    if (c && ceilings_measure_arithmetic(c, threads, ceiling_seconds))
        for (int set = 0; set < CEILING_ISAS; set++)
            best = fmax(best, ceiling_flop_rate(c, (isa)set, threads));
    free(c);
    return best;
}

/* Faster than the processors are? They are only measured if the rate is worth the question, and
 * again before it is answered with yes: a virtual machine may get more of its host later. */
static bool is_too_fast(race *of)
{
    const double rate = of->flop / median_seconds(of);
    const int threads = of->threads > 0 ? of->threads : omp_get_max_threads();
    double most = 0.0;

    if (!(rate > harmless_rate * threads * most_saved))     /* also of passes without a count */
        return false;
    for (int i = 0; i < 2; i++) {
        const double now = measure_ceiling(threads);
        if (now <= 0.0) {
            grade_end(of->part, RESULT_BROKEN, 0.0, "no memory to measure this machine");
            return true;
        }
        most = fmax(most, now);
        if (rate <= most * most_saved)
            return false;
    }
    grade_end(of->part, RESULT_VOID, 0.0, "%.3g GFLOP/s is more than this machine's processors "
                                          "can do (%.3g)", 1e-9 * rate, 1e-9 * most);
    return true;
}

static void judge(race *of)
{
    const exercise_policy *const p = of->job->policy;
    double median, low, high;

    measure_bootstrap(of->ratio, of->pairs, of->seed, &median, &low, &high);
    if (isnan(median)) {
        grade_end(of->part, RESULT_BROKEN, 0.0, "no memory to judge what was measured");
        return;
    }
    of->part->value = exp(median);
    of->part->low = exp(low);
    of->part->high = exp(high);
    if (is_too_fast(of))
        return;
    const double points = points_for(p, low);
    const bool full = points >= p->speed_points;
    grade_end(of->part, full ? RESULT_PASSED : RESULT_FAILED, points,
              "%.2f times as fast as '%s' (at least %.2f with 95 %% confidence, %d pairs); points "
              "begin at %.2f, all are given for %.2f",
              exp(median), check_variant_info(check_variant_row(of->job->contract->concept,
                                                                0))->name,
              exp(low), of->pairs, p->speed_from, p->speed_to);
}

/* True if more measuring may well bring a further step. */
static bool is_close(const race *of)
{
    double median, low, high;

    measure_bootstrap(of->ratio, of->pairs, of->seed, &median, &low, &high);
    const double now = points_for(of->job->policy, low);
    return points_for(of->job->policy, median) > now ||
           points_for(of->job->policy, low + enough) > now;
}

static void run_series(race *of)
{
    const double half = 0.5 * grade_left(of->job);  /* of what is left; the rest stays in reserve */
    const double end = jail_clock() + half;

    if (!run_pair(of, false))                   /* pages and threads come to be */
        return;
    of->by_processor = of->threads == 1 && remote_cpu_seconds(of->first) > 0.0 &&
                       remote_cpu_seconds(of->student) > 0.0;
    while (of->pairs < MOST_PAIRS && (of->pairs < LEAST_PAIRS ||
                                      (jail_clock() < end && (of->pairs < POOL || is_close(of))))) {
        if (of->pairs < LEAST_PAIRS && grade_left(of->job) <= 0.0) {
            grade_end(of->part, RESULT_FAILED, 0.0, "the time for this exercise was up before it "
                                                    "could be timed often enough");
            return;
        }
        if (!run_pair(of, true))
            return;
    }
    judge(of);
}

/* ---- All of it ---- */

static void run_race(race *of)
{
    grade_job *const job = of->job;
    file_error error;
    const check_concept *const drawn =
        drawn_shape_restrict(job->contract->concept, job->exercise->shape, &error);

    if (!drawn || !drawn_shape_read(drawn, job->policy->speed_at, of->param, &error)) {
        grade_end(of->part, RESULT_BROKEN, 0.0, "%s", error.text);
        return;
    }
    of->concept = grade_concept(job, of->student, drawn);       /* for the rows of both */
    const int before = omp_get_max_threads();
    if (of->threads > 0)
        omp_set_num_threads(of->threads);       /* a call takes it along to either side */
    run_series(of);
    omp_set_num_threads(before);
}

void grade_speed(grade_job *job, result_part *part)
{
    lesson_path object;
    race of = { .job = job, .part = part, .threads = job->policy->speed_threads,
                .seed = grade_seed(job, "speed") };
    const char *const name =
        check_variant_info(check_variant_row(job->contract->concept, 0))->name;

    if (!grade_compile(job, BUILD_FAST, false, object, part))
        return;
    of.student = grade_remote(job, BUILD_FAST, object, part);
    if (!of.student)
        return;
    of.first = remote_open_own(job->settings->programs->self, job->contract, job->pass, name,
                               of.threads, job->settings->call_seconds);
    if (!of.first || remote_last(of.first)->fault != REMOTE_FINE)
        grade_end(part, RESULT_BROKEN, 0.0, "the suite's own row could not be started: %s",
                  of.first ? remote_last(of.first)->error.text : "no memory");
    else
        run_race(&of);
    file_error left;
    if (!remote_close(of.first, NULL, &left))
        grade_end(part, RESULT_BROKEN, 0.0, "%s", left.text);
    (void)grade_remote_end(job, of.student, NULL, part);
}
