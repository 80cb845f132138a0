/* group.h: one group of results: a problem, and everything that can compute it, timed against each
 * other.
 *
 * A group is a case (bench/bench_case.h) in one space, with warm or cold caches. Its entrants are
 * the rows of the concept's table, the peers, the base row once more as `control`, and a yardstick.
 * Nothing is timed before its output was held against the reference, and no time counts unless the
 * outputs are still the same, bit by bit, afterwards.
 *
 * Base: the last full-precision row of the table that does this problem, in this space.
 * Yardstick: a fixed piece of work, neither all arithmetic nor all memory: what two files of
 * results are compared by. On a GPU a copy within its memory. */
#ifndef GROUP_H
#define GROUP_H

#include "bench/bench_case.h"
#include "bench/ceiling.h"
#include "bench/measure.h"

enum { GROUP_MAX_ROWS = 32, GROUP_REASON_BYTES = 200 };

typedef struct {
    int threads;
    double seconds;             /* to spend on a group */
    double patience;            /* up to so many times as long while its noise exceeds `margin` */
    double slowest;             /* a row of which one call takes longer is left out */
    double margin;              /* a difference that counts: 0.02 */
    size_t cold_bytes;          /* sets of buffers together, with cold caches */
    const ceilings *roofs;      /* NULL: none known */
    const device_ceilings *device_roofs;
} group_options;

typedef struct {
    const variant_info *info;   /* name, space, precision */
    const char *name;           /* the info's, or "control" */
    const char *role;           /* "own", "peer", "control" */
    size_t number;              /* in the concept's table, or in peers[] */
    bool wanted;                /* set by the caller; base and control are measured in any case */
    char skipped[GROUP_REASON_BYTES];   /* why it was not measured; "" if it was */
    double error;               /* largest |y - reference| / largest |reference|; NAN: unknown */
    double flop, bytes;         /* of one call */
    int copies;                 /* sets of buffers */
    measure_result time;
    double clock_hz;            /* in the median beside it; NAN: unknown */
    const char *verdict;        /* "BASE", or measure_verdict_name() */
    double roof_share;          /* NAN: no roof known */
    const char *roof;           /* what binds: "compute", "L1", ..., "none" */
    bool valid;                 /* false: faster than its roof, so something is wrong */
} group_row;

/* The rows of a concept's group in rows[GROUP_MAX_ROWS], all wanted. Returns their number. */
int group_list(const check_concept *c, variant_space space, group_row *rows);

/* Holds every row's output for the case, or for a smaller one where the reference would take too
 * long, against the reference. Fills `error`, and `skipped` of those that are wrong or do not do
 * this shape. Serves the warm and the cold group. */
void group_verify(const bench_case *c, const group_options *o, group_row *rows, int count);

/* Measures the group. Rows are those of group_verify(); the rest of each is filled. */
void group_measure(const bench_case *c, variant_space space, bool cold, const group_options *o,
                   group_row *rows, int count);

/* The yardstick's work alone, for the self-test. */
void group_yardstick(void *threads, int copy);

#endif
