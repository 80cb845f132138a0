/* check_shrink.c: from a failing shape to one that a person can work through by hand.
 *
 * Idea:  try to bring one parameter nearer to its simplest value, at once, half way or by one; keep
 *        whatever still fails; stop when nothing does. Each success shortens the distance, so it
 *        ends. The seed of the contents stays. */
#include "check/check_engine.h"

#include <stdlib.h>

enum { MAX_TRIALS = 1000, CANDIDATES = 6 };

static long long distance(int a, int b)
{
    return llabs((long long)a - b);
}

/* The values to try for a parameter at `value`, boldest first. */
static void candidates(int value, int simplest, int *out)
{
    const int step = value > simplest ? 1 : -1;

    for (int i = 0; i < 4; i++)                 /* small steps off the simplest: even, thirds */
        out[i] = simplest + i * step;
    out[4] = (int)(simplest + ((long long)value - simplest) / 2);
    out[5] = value - step;
}

/* Tries to shorten one parameter; true on success. */
static bool shorten(const check_concept *c, const void *row, int pass, int *param, int which,
                    uint64_t seed, int *trials, check_case *failure)
{
    const int value = param[which], simplest = c->param[which].simplest;
    int tries[CANDIDATES];

    candidates(value, simplest, tries);
    for (int i = 0; i < CANDIDATES && *trials < MAX_TRIALS; i++) {
        check_case now;
        if (distance(tries[i], simplest) >= distance(value, simplest))
            continue;
        param[which] = tries[i];
        ++*trials;
        if (check_shape(c, row, pass, param, seed, &now) == STATUS_OK && check_failed(&now) &&
            now.outcome != CHECK_MEMORY) {
            *failure = now;
            return true;
        }
    }
    param[which] = value;
    return false;
}

void check_shrink(const check_concept *c, const void *row, int pass, int *param, uint64_t seed,
                  check_case *failure)
{
    int trials = 0;
    bool again = true;

    while (again) {
        again = false;
        for (int i = 0; i < c->param_count; i++)
            while (shorten(c, row, pass, param, i, seed, &trials, failure))
                again = true;
    }
}
