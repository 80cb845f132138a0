/* compare.h: two files of results: what became slower that is not noise?
 *
 * Compared are times in units of the yardstick, a fixed piece of work that was timed in the same
 * rounds: the machine's speed, which changes from one run to the next, cancels.
 *
 * Two levels of noise. Within a process times scatter as their interval says. Between processes
 * medians scatter as well, since each gets other pages of memory: by 1 % for most rows, by 30 % for
 * some small ones, and no interval shows it. So a row is known by several processes: by the file's
 * `processes`, `yard_mean` and `yard_spread` (bench/processes.h), and where the new results are
 * measured live, by fresh processes for the rows that look slower or faster. The test between two
 * sets of processes is Student's, with their common variance. A row whose processes differ much can
 * only be UNDECIDED, unless it changed by more. Where the base has one process only, its variance
 * is taken to be that of the fresh ones, and no less than the mean of all such rows: little but
 * large changes can be seen then.
 *
 * SLOWER: the change exceeds the margin, and a one-sided test says so. Many rows are tested, and of
 * 500 that did not change 25 lie outside a 95 % interval: so Holm's correction keeps the chance
 * that any of them is called SLOWER below 1 %. FASTER is judged likewise, SAME if the 95 % interval
 * of the change lies within the margin, all else is UNDECIDED. Live, only what was measured again
 * in fresh processes can be SLOWER or FASTER.
 * Two files of one process each are compared by their intervals, widened by how far each run's A/A
 * rows and the peers (code of others, that nobody changed) strayed beyond theirs. Then a change of
 * a small kernel may be one of memory, and the table says so.
 *
 * The margin is 2 %. A margin nearer to 5 % would miss half of the changes of 5 %, since medians
 * scatter around the truth. By the noise of test_bench_compare.c, live, of rows that became 5 %
 * slower 98 of 100 are found whose processes differ by 0.7 %, and none whose processes differ by
 * 5 %; a false alarm comes in one of 200 comparisons.
 * Source: Holm, "A simple sequentially rejective multiple test procedure", 1979; Student, "The
 * probable error of a mean", 1908; Kalibera and Jones, "Rigorous benchmarking in reasonable time",
 * ISMM 2013 (levels of repetition). */
#ifndef COMPARE_H
#define COMPARE_H

#include <stdio.h>

#include "bench/measure.h"
#include "bench/result.h"

typedef struct {
    double margin;              /* 0.02: smaller changes are nobody's concern */
    bool force;                 /* also compare files of two machines */

    /* Where the new results are measured live: measures rows again, by name, in one fresh process,
     * and stores the yard of each; NAN: not measured. False: it cannot, or shall not go on. NULL:
     * only the files. */
    bool (*again)(void *context, const char *const *names, size_t count, double *yards);
    void *context;
    int processes;              /* 5: fresh ones for a row that looks changed; as many more if it
                                   still does then */
} compare_options;

/* Margin 2 %, no force, nothing measured again; 5 processes. */
compare_options compare_options_default(void);

/* A row as several processes saw it: mean and sum of squared deviations of log(yard). */
typedef struct {
    int count;
    double mean, squares;
} compare_processes;

typedef struct {
    const bench_result *base, *now;         /* in the files */
    double change, low, high;               /* new time / old time, and its 95 % interval */
    measure_verdict verdict;
    double log_change, error;               /* of the logarithm */
    int freedom;                            /* degrees of it that `error` has; 0: many */
    compare_processes before, after;        /* at least one each */
    bool again;                             /* measured again: `after` is of fresh processes */
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
    double pooled;              /* mean variance between processes of rows whose base has one */
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
