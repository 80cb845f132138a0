/* feedback_plain.c: the same failure with numbers that are easy to work with.
 *
 * Idea: a drawn problem may hold an infinity, or numbers of many digits. Other contents of the same
 *       shape fail as well; among some hundred the plainest are taken: no NaN, and if the shape is
 *       small enough to be worked out by hand, whole and half numbers. They are always the same
 *       hundreds, so that who starts from the plainest finds no other. */
#include <math.h>

#include "lessons/feedback_parts.h"

enum { SEEDS = 400, BY_HAND = 48, NOT_FINITE = 1000 };

/* How far the numbers of one input are from plain: not whole or half, large; or zero,
 * which hides mistakes. */
static int roughness_of(const check_trial *t, int i)
{
    const check_tensor *const tensor = &check_trial_problem(t)->tensor[i];
    bool rough = false, zero = false;

    for (ptrdiff_t at = 0; at < tensor->count; at++) {
        const double value = check_trial_input(t, i, at);
        if (!isfinite(value))
            return NOT_FINITE;
        rough = rough || fabs(value) > 8.0 || rint(2.0 * value) != 2.0 * value;
        zero = zero || value == 0.0;
    }
    return 2 * rough + zero;
}

/* Of all inputs; where there are too many to work with, only what is not finite matters. */
static int roughness(const check_concept *c, int pass, const int *param, uint64_t seed)
{
    status verdict;
    check_trial *const t = check_trial_open(c, pass, param, seed, &verdict);
    ptrdiff_t elements = 0;
    int sum = 0;

    for (int i = 0; t && i < check_trial_problem(t)->tensor_count; i++)
        if (check_trial_reads(t, i)) {
            elements += check_trial_problem(t)->tensor[i].count;
            sum += roughness_of(t, i);
        }
    check_trial_close(t);
    if (!t)
        return NOT_FINITE;
    return elements > BY_HAND && sum < NOT_FINITE ? 0 : sum;
}

void feedback_choose_plain(const check_concept *c, const void *row, int pass, check_result *r)
{
    int least = roughness(c, pass, r->param, r->seed);
    const check_outcome outcome = r->failure.outcome;

    for (uint64_t i = 0; i < SEEDS && least > 0; i++) {
        const uint64_t seed = check_random_mix(SEEDS, i);
        const int here = roughness(c, pass, r->param, seed);
        check_case found;
        if (here < least && check_shape(c, row, pass, r->param, seed, &found) == STATUS_OK &&
            found.outcome == outcome) {
            least = here;
            r->seed = seed;
            r->failure = found;
        }
    }
}
