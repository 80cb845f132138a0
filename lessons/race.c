/* race.c: pairs of timings. Each is of so many calls that it lasts some milliseconds. */
#include "lessons/race.h"

#include <stdlib.h>
#include <time.h>

#include "check/check_trial.h"

enum { ROUNDS = 9, ALIGNMENT = 64 };

static const double least_seconds = 0.004, most_seconds = 4.0;

typedef struct {
    const check_concept *concept;
    const check_problem *problem;
    int pass;
} track;

typedef struct {
    const void *row;
    void *workspace;
    long calls;                 /* in one timing */
    double seconds[ROUNDS];     /* of one call; mean of the round's two timings */
} runner;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds of one call, over r->calls of them; below 0 if the row does not do it. */
static double lap(const track *t, const runner *r)
{
    const double start = now();

    for (long i = 0; i < r->calls; i++)
        if (t->concept->run(t->problem, r->row, t->pass, r->workspace) != STATUS_OK)
            return -1.0;
    return (now() - start) / (double)r->calls;
}

static bool warm_up(const track *t, runner *r)
{
    const size_t bytes =
        t->concept->workspace_bytes ? t->concept->workspace_bytes(t->problem, r->row) : 0;

    if (bytes > 0 && !(r->workspace = aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT - 1) /
                                                                   ALIGNMENT * ALIGNMENT)))
        return false;
    r->calls = 1;
    if (lap(t, r) < 0.0)
        return false;
    const double once = lap(t, r);
    r->calls = once < least_seconds ? (long)(least_seconds / (once > 1e-7 ? once : 1e-7)) + 1 : 1;
    return once >= 0.0;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void judge(runner *a, runner *b, int rounds, race_result *result)
{
    double ratio[ROUNDS];

    for (int i = 0; i < rounds; i++)
        ratio[i] = a->seconds[i] / b->seconds[i];
    qsort(ratio, (size_t)rounds, sizeof ratio[0], compare);
    qsort(a->seconds, (size_t)rounds, sizeof ratio[0], compare);
    qsort(b->seconds, (size_t)rounds, sizeof ratio[0], compare);
    *result = (race_result){ 1e3 * a->seconds[rounds / 2], 1e3 * b->seconds[rounds / 2],
                             ratio[rounds / 2], ratio[0], ratio[rounds - 1], rounds };
}

bool race_run(const check_concept *c, const void *first, const void *second, int pass,
              const int *param, uint64_t seed, race_result *result)
{
    runner a = { .row = first }, b = { .row = second };
    check_case found;
    status verdict;

    check_guard_pages(CHECK_PAGES_NONE);
    check_trial *const trial = check_trial_open(c, pass, param, seed, &verdict);
    if (!trial)
        return false;
    const track t = { c, check_trial_problem(trial), pass };
    bool good = check_trial_run(trial, first, &found) && warm_up(&t, &a) && warm_up(&t, &b);
    const double start = now();
    int round = 0;
    for (; good && round < ROUNDS && (round < 3 || now() - start < most_seconds); round++) {
        const double a1 = lap(&t, &a), b1 = lap(&t, &b), b2 = lap(&t, &b), a2 = lap(&t, &a);
        good = a1 > 0.0 && b1 > 0.0 && b2 > 0.0 && a2 > 0.0;
        a.seconds[round] = 0.5 * (a1 + a2);
        b.seconds[round] = 0.5 * (b1 + b2);
    }
    if (good)
        judge(&a, &b, round, result);
    free(a.workspace);
    free(b.workspace);
    check_trial_close(trial);
    return good;
}
