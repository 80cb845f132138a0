/* mutants.h: the known-wrong kernels of all concepts, in the order of check_concepts[].
 *
 * A mutant is a row of its concept's own table type in which only the wrong passes are set. Its
 * info.idea names the misconception in one line. Every one has to fail the checks. */
#ifndef MUTANTS_H
#define MUTANTS_H

#include "check/check.h"

typedef struct {
    const check_concept *concept;
    const void *rows;                   /* the table: rows of the concept's variant type */
    size_t row_bytes;
    const size_t *count;
} mutant_table;

/* Ends with concept == NULL. */
extern const mutant_table mutant_tables[];

#endif
