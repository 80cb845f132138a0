/* compare.h: two files of results: what became slower that is not noise?
 *
 * Compared are times in units of the yardstick, a fixed piece of work that was timed in the same
 * rounds: the machine's speed, which changes from one run to the next, cancels.
 *
 * A row counts as SLOWER if its median change exceeds the margin and a one-sided test, corrected
 * for the number of rows, says that it is slower. The standard error comes from the bootstrap
 * intervals of both runs, widened by how far each run's A/A rows and the peers (code of others,
 * that nobody changed) strayed beyond theirs. Many rows are tested, and of 500 that did not change
 * 25 lie outside a 95 % interval: so Holm's correction keeps the chance that any of them is called
 * SLOWER below 1 %. That asks for about 4 standard errors, and implies that the two 95 % intervals
 * do not overlap. FASTER is judged likewise, SAME if the 95 % interval of the change lies within
 * the margin, all else is UNDECIDED.
 *
 * The margin is 2 %. A margin nearer to 5 % would miss half of the changes of 5 %, since medians
 * scatter around the truth; less than 2 % can be the luck of where code and data lie in memory.
 * With intervals of +-1.2 % and the noise of test_bench_compare.c, a single row of 300 that became
 * 5 % slower is found in 84 % of pairs of files, and in 94 % where the new results are measured
 * live; a false alarm comes in one of 200 pairs.
 * Source: Holm, "A simple sequentially rejective multiple test procedure", 1979. */
#ifndef COMPARE_H
#define COMPARE_H

#include <stdio.h>

#include "bench/measure.h"
#include "bench/result.h"

typedef struct {
    double margin;              /* 0.02: smaller changes are nobody's concern */
    bool force;                 /* also compare files of two machines */

    /* Where the new results are measured live: measures the row of that name again and stores its
     * yard, yard_low and yard_high. False: it cannot. Rows that look slower are measured twice
     * more, must be slower again to count, and are judged by all three. NULL: only the file. */
    bool (*again)(void *context, const char *name, bench_result *fresh);
    void *context;
} compare_options;

/* Margin 2 %, no force, nothing measured again. */
compare_options compare_options_default(void);

typedef struct {
    const bench_result *base, *now;         /* in the files */
    double change, low, high;               /* new time / old time, and its 95 % interval */
    measure_verdict verdict;
    double log_change, error;               /* of the logarithm */
    bool again;                             /* measured again, twice */
    double log_again;                       /* the change that was found then */
} compare_row;

typedef struct {
    const result_file *base_file, *now_file;
    double margin;
    compare_row *rows;                      /* our rows that both files have, worst first */
    size_t count;
    const bench_result **missing, **added, **lost;  /* only in the base; only in the new file;
                                                       measured in the base, skipped now */
    size_t missing_count, added_count, lost_count;
    size_t verdicts[VERDICT_UNDECIDED + 1];
    double base_noise, now_noise;           /* how many times wider A/A rows scatter than their
                                               intervals say; at least 1 */
    double peer_noise, peer_change;         /* the same of the peers, from run to run; the median of
                                               their new time / old time */
    size_t peer_count;
    bool other_machine;
} comparison;

/* Compares. The files must outlive *c, which the caller releases with compare_free(). Returns false
 * with *c zeroed and *error saying why: another machine and no force, no row in both files, no
 * memory. */
bool compare(const result_file *base, const char *base_path, const result_file *now,
             const char *now_path, const compare_options *o, comparison *c, file_error *error);
void compare_free(comparison *c);

/* A row became slower, or can no longer be measured. */
bool compare_regressed(const comparison *c);

/* The table for people: the worst rows, all that are SLOWER or FASTER, what is missing, counts. */
void compare_print(const comparison *c, FILE *out);

/* All of it: reads, compares and prints to `out`; complaints go to stderr. Returns the exit code:
 * 0, 1 on a regression, 3 where a file cannot be used. */
int compare_files(const char *base_path, const char *now_path, const compare_options *o,
                  FILE *out);

#endif
