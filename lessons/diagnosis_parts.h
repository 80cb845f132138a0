/* diagnosis_parts.h: what the files of the diagnosis share; only they include it. */
#ifndef DIAGNOSIS_PARTS_H
#define DIAGNOSIS_PARTS_H

#include "check/check_trial.h"
#include "lessons/diagnosis.h"

/* A slot is one output of a pass, by its place in check_pass.writes; the last one stands for what a
 * run may do beside its outputs: write outside them, change an input. */
enum { DIAGNOSIS_SLOTS = 12 };

/* ---- diagnosis_answer.c: what one run left behind ---- */

typedef struct {
    double got;
    check_outcome outcome;
} diagnosis_cell;

typedef struct {
    check_case found;                           /* what the run did beside its outputs */
    diagnosis_cell *cell[CHECK_MAX_TENSORS];    /* [count]; NULL: the pass does not write it */
    bool wrong[CHECK_MAX_TENSORS];              /* some element is */
} diagnosis_answer;

/* Runs a row and takes down its outputs. False: there are none, or no memory. Free it in any
 * case. */
bool diagnosis_answer_take(check_trial *t, const void *row, diagnosis_answer *a);
void diagnosis_answer_free(diagnosis_answer *a);

/* True if `a` and `b` are the same in tensor number i but for rounding. */
bool diagnosis_answers_agree(const check_trial *t, int i, const diagnosis_answer *a,
                             const diagnosis_answer *b);

/* True if both answers are wrong in tensor number i by amounts of the same order, a hundred times
 * more or less: that is all that two kernels have in common that lose digits, each in its own
 * order of summation. */
bool diagnosis_answers_err_alike(const check_trial *t, int i, const diagnosis_answer *a,
                                 const diagnosis_answer *b);

/* True if `a` is wrong in tensor number i by what `b` and `c` are wrong by, taken together, and
 * both have a share in it. */
bool diagnosis_answers_add_up(const check_trial *t, int i, const diagnosis_answer *a,
                              const diagnosis_answer *b, const diagnosis_answer *c);

/* ---- diagnosis_pattern.c: what wrong numbers may have in common ---- */

enum { DIAGNOSIS_PATTERNS = 13 };

typedef struct {
    int problems;                               /* noted so far */
    long elements;                              /* in them */
    int fits[DIAGNOSIS_PATTERNS];               /* on how many of these problems each one holds */
    double factor;                              /* of the first problem; NaN: not always the same */
    unsigned times, divided;                    /* parameters that the factor was equal to, or 1
                                                   over it, on every problem: bit by bit */
} diagnosis_pattern;

/* Notes the answer of one problem in which tensor number i is wrong. */
void diagnosis_pattern_note(diagnosis_pattern *p, const check_trial *t, int i,
                            const diagnosis_answer *a);

/* The pattern that held on every problem, into name and words of *f; false if none did. */
bool diagnosis_pattern_find(const diagnosis_pattern *p, const check_concept *c,
                            diagnosis_finding *f);

#endif
