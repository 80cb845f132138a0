/* measure.h: several pieces of work timed against each other, so that noise cannot decide.
 *
 * Idea: whatever slows the machine down slows down what runs at that moment. So the things compared
 * take turns: a round runs all of them once in some order and once in reverse (A B C C B A), which
 * also cancels a drift, and only times of the same half of a round are compared: two pairs a round.
 * The order is drawn anew for each round, so that nobody always runs behind the same neighbour. The
 * result is the median of the pairs' log ratios, with a 95 % interval from a bootstrap over blocks
 * of rounds, since noise lasts. The base is entered a second time under another name (A/A): the
 * interval of its ratio to itself shows the noise of this very run. Where that is large, there are
 * more rounds. Slow entrants leave after fewer.
 *
 * Bias: a sample is left out for what the kernel says of it, never for the time it took. When to
 * stop is decided by the width of the A/A interval alone, never by what has been found.
 * Source: Kalibera and Jones, "Rigorous benchmarking in reasonable time", ISMM 2013; Efron and
 * Tibshirani, "An Introduction to the Bootstrap", 1993; Hesterberg, "What teachers should know
 * about the bootstrap", The American Statistician 69, 2015 (intervals of small samples). */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    void (*run)(void *context, int copy);   /* does the work once, on set of buffers `copy` */
    void *context;
    double (*time)(void *context, int first_copy, int calls);   /* NULL: wall clock around run();
                               else runs it `calls` times, on the sets from first_copy on (that
                               number modulo the number of sets, and so on), and returns seconds by
                               its own clock (a GPU's) */
} measure_entrant;

typedef struct {
    int copies;             /* sets of buffers; 1: warm caches */
    double seconds;         /* to spend on the whole group; up to 4 times as long where our threads
                               wait for a processor */
    int least_rounds;       /* that every entrant takes part in, however slow */
    double least_sample;    /* seconds that a sample should take: calls are repeated for that */
    uint64_t seed;          /* of the order and of the bootstrap */
    double (*clock)(void);  /* seconds, rising; NULL: the system's monotonic clock */
    double (*waited)(void); /* seconds that our threads have waited for a processor so far; samples
                               during which they did are taken again, and pairs that hold one are
                               left out where enough others remain. NULL: unknown */
    int control;            /* the entrant that is the base once more (A/A), and */
    double precise;         /* how far its interval may reach from 1. While it is wider, rounds go
                               on for those who have not left, up to `patience` times as long. 0:
                               they do not */
    double patience;
} measure_options;

typedef struct {
    double seconds;         /* median time of one call; NAN: not measured */
    int rounds;
    double ratio, ratio_low, ratio_high;    /* time / time of the base, in the same rounds */
    double yard, yard_low, yard_high;       /* time / time of the yardstick */
} measure_result;

/* Measures entrants[count] with entrant `base` as the base and entrant `yardstick` as the yardstick
 * (-1: none; what belongs to it is NAN then). results[count]. Returns false without memory. */
bool measure(const measure_entrant *entrants, int count, int base, int yardstick,
             const measure_options *options, measure_result *results);

typedef enum { VERDICT_FASTER, VERDICT_SLOWER, VERDICT_SAME, VERDICT_UNDECIDED } measure_verdict;

/* SAME: the whole interval lies within 1 +- margin. FASTER, SLOWER: it excludes 1, the median lies
 * outside the margin, and further from 1 than the A/A interval's own half width. Else UNDECIDED,
 * also where something is NAN. */
measure_verdict measure_judge(double ratio, double low, double high, double margin,
                              double control_low, double control_high);
const char *measure_verdict_name(measure_verdict v);

/* Median of v[count], and a bootstrap's 95 % interval of it. The values stand in the order in which
 * they were measured; neighbours may depend on each other. Sorts nothing in v. An interval of fewer
 * than 3 values knows nothing: -INFINITY and INFINITY. All NAN for count 0 or without memory. */
void measure_bootstrap(const double *v, int count, uint64_t seed, double *median, double *low,
                       double *high);

#endif
