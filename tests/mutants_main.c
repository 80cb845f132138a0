/* mutants_main.c: shows that the checks see what they have to see.
 *
 * Idea: every known-wrong kernel runs through `convlab check`'s own engine, in every pass that it
 *       has. One of them must fail: a row says which check killed it there, after how many drawn
 *       problems, and at which shape once that was shrunk. A pass that the mistake does not reach,
 *       because a concept computes several passes with one function, is named too. A mutant that
 *       no pass kills is a hole in the checks. */
#include "check/mutants/mutants.h"

#include <stdio.h>
#include <string.h>

static const uint64_t seed = 1;
static const long most_cases = 400;
static const long probe_cases = 20;     /* all skipped: the mutant does not have this pass */

typedef enum { LACKING, UNHARMED, KILLED } fate;

/* Failures that say nothing about the kernel. */
static bool engine_failed(check_outcome o)
{
    return o == CHECK_MEMORY || o == CHECK_NO_PROBLEM;
}

/* Runs one pass of one mutant and prints its row. LACKING: the mutant does not have that pass. */
static fate run_pass(const check_concept *c, const void *row, int pass)
{
    check_result r;
    char shape[256];

    check_variant(c, row, pass, seed, probe_cases, &r);
    if (!r.failed && r.passed == 0)
        return LACKING;
    if (!r.failed)
        check_variant(c, row, pass, seed, most_cases, &r);
    printf("%-12s %-24s %-22s ", c->name, check_variant_info(row)->name, c->pass[pass].name);
    if (!r.failed || engine_failed(r.failure.outcome)) {
        printf("%s\n", r.failed ? check_outcome_name(r.failure.outcome) : "not affected");
        return UNHARMED;
    }
    check_format_shape(c, r.param, shape, sizeof shape);
    printf("%-41s after %3ld at %s\n", check_outcome_name(r.failure.outcome),
           r.passed + r.skipped + 1, shape);
    return KILLED;
}

/* True if a pass kills it. */
static bool run_mutant(const check_concept *c, const void *row)
{
    bool killed = false;

    for (int pass = 0; pass < c->pass_count; pass++)
        if (run_pass(c, row, pass) == KILLED)
            killed = true;
    if (!killed)
        printf("%-12s %-24s SURVIVED: %s\n", c->name, check_variant_info(row)->name,
               check_variant_info(row)->idea);
    return killed;
}

/* With an argument: only the mutants of that concept. */
int main(int argc, char **argv)
{
    long killed = 0, survived = 0;

    for (const mutant_table *t = mutant_tables; t->concept; t++)
        for (size_t i = 0; i < *t->count; i++) {
            if (argc > 1 && strcmp(argv[1], t->concept->name) != 0)
                continue;
            const void *const row = (const char *)t->rows + i * t->row_bytes;
            *(run_mutant(t->concept, row) ? &killed : &survived) += 1;
        }
    printf("%ld passed, %ld failed, 0 skipped\n", killed, survived);
    return survived > 0 || killed == 0 ? 1 : 0;
}
