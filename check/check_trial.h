/* check_trial.h: one problem on which any number of rows are run, for callers that want to see the
 * numbers and not only the verdict: feedback, a comparison with known mistakes, grading.
 *
 * A trial holds the problem's contents and what the reference expects. Each run begins with the
 * same inputs, poisons the outputs and looks for writes where none belong, as check_shape() does;
 * it is one run with as many threads as the caller has set, without gradient checks. */
#ifndef CHECK_TRIAL_H
#define CHECK_TRIAL_H

#include "check/check.h"

typedef struct check_trial check_trial;

/* Sets the problem up. *verdict is describe()'s, or STATUS_MEMORY; NULL unless it is STATUS_OK. */
check_trial *check_trial_open(const check_concept *c, int pass, const int *param, uint64_t seed,
                              status *verdict);
void check_trial_close(check_trial *t);         /* NULL is fine */

/* Its shape and tensors; check_tensor.data is what the latest run left there. */
const check_problem *check_trial_problem(const check_trial *t);

/* True if an input holds a NaN or an infinity. */
bool check_trial_special(const check_trial *t);

/* Whether the pass reads, writes tensor number i. */
bool check_trial_reads(const check_trial *t, int i);
bool check_trial_writes(const check_trial *t, int i);

/* Runs a row. Returns true if there are outputs to look at; then found->outcome is CHECK_PASSED, or
 * CHECK_GUARD or CHECK_INPUT_CHANGED with the place. False: it was skipped, refused the shape, or
 * the device failed, and *found says so. */
bool check_trial_run(check_trial *t, const void *row, check_case *found);

/* Element number `at` of tensor number i: before the run, after it, and what belongs there (only of
 * tensors that the pass writes). */
double check_trial_input(const check_trial *t, int i, ptrdiff_t at);
double check_trial_got(const check_trial *t, int i, ptrdiff_t at);
exact check_trial_want(const check_trial *t, int i, ptrdiff_t at);

/* Judges that element of a tensor that the pass writes: CHECK_PASSED, CHECK_MISMATCH,
 * CHECK_UNWRITTEN, CHECK_STALE, CHECK_SCRATCH or CHECK_OUTSIDE. */
check_outcome check_trial_judge(const check_trial *t, int i, ptrdiff_t at);

/* Largest error that a row of the latest run's precision may make there. */
double check_trial_allowed(const check_trial *t, int i, ptrdiff_t at);

/* The shape that check_variant() drew for the case whose contents have this seed, before any
 * shrinking. False: the concept draws nothing but impossible shapes. */
bool check_trial_draw(const check_concept *c, uint64_t seed, int *param);

#endif
