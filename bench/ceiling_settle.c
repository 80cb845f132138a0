/* ceiling_settle.c: what many attempts say. */
#include "bench/ceiling_settle.h"

#include <math.h>
#include <stdlib.h>

/* One in so many attempts reaches what counts: where our clock drives it, and where it does not. */
enum { WITH_CLOCK = 10, WITHOUT = 5 };

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* What one in `share` of values[count > 0] reaches. Sorts them. */
static double reached(double *values, int count, int share)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return values[count - 1 - count / share];
}

static double values[CEILING_MAX_ATTEMPTS];

/* The clock beside the attempts at a ceiling. */
static double clock_beside(const ceiling_attempt *attempts, int count, const double *of,
                           double last_clock)
{
    int found = 0;

    for (int i = 0; i < count; i++)
        if (attempts[i].of == of)
            values[found++] = attempts[i].clock;
    return found > 0 ? reached(values, found, WITH_CLOCK) : last_clock;
}

/* What was reached in one of the two ways; 0: never attempted. */
static double settled(const double *of, bool past, const ceiling_attempt *attempts, int count)
{
    const double *at = NULL;
    int found = 0;

    for (int i = 0; i < count; i++)
        if (attempts[i].of == of && attempts[i].past == past) {
            at = attempts[i].at;
            values[found++] = attempts[i].rate / (at ? attempts[i].clock : 1.0);
        }
    if (found == 0)
        return 0.0;
    return at ? reached(values, found, WITH_CLOCK) * *at : reached(values, found, WITHOUT);
}

static void settle_one(double *of, const ceiling_attempt *attempts, int count)
{
    const double best = fmax(settled(of, false, attempts, count),
                             settled(of, true, attempts, count));

    if (best > 0.0)
        *of = best;
}

void ceiling_settle(ceilings *c, const ceiling_attempt *attempts, int count, double last_clock)
{
    for (int t = 0; t < c->thread_count_count; t++) {
        for (int set = 0; set <= (int)cpu_isa_best(); set++) {
            c->clock_hz[set][t] = clock_beside(attempts, count, &c->flop_rate[set][t], last_clock);
            settle_one(&c->flop_rate[set][t], attempts, count);
        }
        for (int s = 0; s < CEILING_STREAMS; s++)
            for (int point = 0; point < c->point_count; point++)
                settle_one(&c->curve[s][t][point].bandwidth, attempts, count);
    }
}
