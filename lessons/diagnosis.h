/* diagnosis.h: which known mistake explains a student's wrong numbers?
 *
 * Idea: every concept has its mutants, kernels with one mistake each (check/mutants/). The
 *       student's kernel and all of them run on the same problems: the failing one, shrunk and as
 *       it was drawn, and others that the exercise draws. A mutant that is wrong where the student
 *       is, with the same wrong numbers within rounding, and right where the student is right,
 *       names the mistake. What no mutant explains is held against simple patterns: all zeros, a
 *       constant factor, one element shifted, copied input and the like.
 * Limit: outputs are matched tensor by tensor; two mistakes in one tensor are seen when they add
 *       up, or when each shows alone on some of the problems. */
#ifndef DIAGNOSIS_H
#define DIAGNOSIS_H

#include "check/check.h"
#include "lessons/feedback.h"

enum { DIAGNOSIS_FINDINGS = 6, DIAGNOSIS_BYTES = 640, DIAGNOSIS_TENSORS_BYTES = 80 };

/* How sure a finding is. */
typedef enum {
    DIAGNOSIS_EXPLAINS,     /* on every problem where these tensors are wrong, and on none else */
    DIAGNOSIS_ONE_OF_TWO,   /* together with the finding after it: their errors add up */
    DIAGNOSIS_PARTLY,       /* on some of those problems only: there is another mistake */
    DIAGNOSIS_PATTERN       /* no known mistake, but the numbers have this in common */
} diagnosis_kind;

typedef struct {
    diagnosis_kind kind;
    int group;              /* those of one group belong together; if their kind is
                               DIAGNOSIS_EXPLAINS they are alternatives: nothing told them apart */
    const char *name;       /* the mutant's, or the pattern's */
    char words[FEEDBACK_LANGUAGES][DIAGNOSIS_BYTES];    /* a sentence or two, said to the student */
    char tensors[DIAGNOSIS_TENSORS_BYTES];              /* what it explains: "dw db" */
    int explained, wrong;   /* of the problems on which these are wrong, how many it explains */
} diagnosis_finding;

typedef struct {
    int count;              /* 0: no known mistake */
    diagnosis_finding finding[DIAGNOSIS_FINDINGS];
    int problems;           /* that were compared */
} diagnosis;

/* Diagnoses the row that failed with *r. Takes well under a second, unless the row itself is slow.
 * `c` may be a copy of a concept with a draw() of its own; only what it draws is tried. */
void diagnose(const check_concept *c, const void *row, int pass, const check_result *r,
              diagnosis *d);

/* ---- The words (diagnosis_words.c) ---- */

/* What to say to a student who made the mistake of that mutant; NULL if nobody wrote it down. */
const char *diagnosis_words(const char *concept, const char *mutant, feedback_language language);

#endif
