/* mutants_main.c: shows that the checks see what they have to see.
 *
 * Idea: every known-wrong kernel runs through `convlab check`'s own engine, in every pass that it
 *       has. It must fail: a row says which check killed it, after how many drawn problems, and at
 *       which shape once that was shrunk. A survivor is a hole in the checks. */
#include "tests/mutants/mutants.h"

#include <stdio.h>
#include <string.h>

static const uint64_t seed = 1;
static const long most_cases = 400;
static const long probe_cases = 20;     /* all skipped: the mutant does not have this pass */

typedef struct {
    long killed, survived;
} tally;

/* Failures that say nothing about the kernel. */
static bool engine_failed(check_outcome o)
{
    return o == CHECK_MEMORY || o == CHECK_NO_PROBLEM;
}

/* Runs one pass of one mutant. Returns false if the mutant does not have that pass. */
static bool run_pass(const check_concept *c, const void *row, int pass, tally *sum)
{
    check_result r;
    char shape[256];

    check_variant(c, row, pass, seed, probe_cases, &r);
    if (!r.failed && r.passed == 0)
        return false;
    if (!r.failed)
        check_variant(c, row, pass, seed, most_cases, &r);
    const bool killed = r.failed && !engine_failed(r.failure.outcome);
    printf("%-12s %-24s %-22s ", c->name, check_variant_info(row)->name, c->pass[pass].name);
    if (killed) {
        check_format_shape(c, r.param, shape, sizeof shape);
        printf("%-41s after %3ld at %s\n", check_outcome_name(r.failure.outcome),
               r.passed + r.skipped + 1, shape);
    } else {
        printf("SURVIVED: %s\n", r.failed ? check_outcome_name(r.failure.outcome)
                                          : check_variant_info(row)->idea);
    }
    *(killed ? &sum->killed : &sum->survived) += 1;
    return true;
}

static void run_mutant(const check_concept *c, const void *row, tally *sum)
{
    bool any = false;

    for (int pass = 0; pass < c->pass_count; pass++)
        any |= run_pass(c, row, pass, sum);
    if (!any) {
        printf("%-12s %-24s SURVIVED: it has no pass at all\n", c->name,
               check_variant_info(row)->name);
        sum->survived++;
    }
}

/* With an argument: only the mutants of that concept. */
int main(int argc, char **argv)
{
    tally sum = { 0, 0 };

    for (const mutant_table *t = mutant_tables; t->concept; t++)
        for (size_t i = 0; i < *t->count; i++)
            if (argc < 2 || strcmp(argv[1], t->concept->name) == 0)
                run_mutant(t->concept, (const char *)t->rows + i * t->row_bytes, &sum);
    printf("%ld passed, %ld failed, 0 skipped\n", sum.killed, sum.survived);
    return sum.survived > 0 || sum.killed == 0 ? 1 : 0;
}
