/* ceiling_settle.h: from many attempts to a ceiling that is the same in the next run.
 *
 * A maximum over many attempts is that of the luckiest moment, which one run meets and the next
 * does not: a clock that rises by 10 % since a neighbour stands still, data that happened to be in
 * a cache. So a ceiling is what a tenth of the attempts reach, or a fifth where no clock of ours
 * drives it: the last cache and memory are the neighbours' too, and have clocks of their own, whose
 * steps (of 3 % here) come and go within seconds.
 * Stores to the caches and past them are two ways with a speed each: they are settled apart, and
 * the faster one is the ceiling.
 * Clock: it changes with the instructions and with what other cores do, for minutes on end. What it
 * drives (arithmetic, a core's own caches) is the same per cycle at any clock. So the work per
 * cycle is found first; the ceiling is that, at the clock that a tenth of the looks at it saw. An
 * attempt during which the clock changed says nothing about cycles and must not be among them. */
#ifndef CEILING_SETTLE_H
#define CEILING_SETTLE_H

#include "bench/ceiling.h"

enum { CEILING_MAX_ATTEMPTS = 1 << 16 };

typedef struct {
    double *of;                         /* the ceiling, a flop_rate or a bandwidth of `c` below */
    const double *at;                   /* the clock_hz of `c` that drives it; NULL: none does */
    bool past;                          /* with stores past the caches */
    double rate, clock;                 /* per second; Hz, of no meaning if `at` is NULL */
} ceiling_attempt;

/* Sets the clocks and all ceilings of *c that were attempted, in attempts[count], of which there
 * are at most CEILING_MAX_ATTEMPTS. A clock is that beside the attempts at the flop_rate with the
 * same indices; `last_clock` where there are none. Not to be called by two threads at once. */
void ceiling_settle(ceilings *c, const ceiling_attempt *attempts, int count, double last_clock);

#endif
