/* race.h: times two rows of a concept against each other, in turns, so that what slows the machine
 * down for a while slows both. */
#ifndef RACE_H
#define RACE_H

#include "check/check.h"

typedef struct {
    double first_ms, second_ms;     /* medians */
    double ratio, low, high;        /* first / second: median, smallest and largest of the rounds */
    int rounds;
} race_result;

/* Times both rows on one problem of that shape: first, second, second, first, in each round. False:
 * one of them does not do it. Takes about two seconds. */
bool race_run(const check_concept *c, const void *first, const void *second, int pass,
              const int *param, uint64_t seed, race_result *result);

#endif
