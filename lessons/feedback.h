/* feedback.h: tells a student what is wrong with a kernel that failed a check.
 *
 * Idea: the failed check, already shrunk to its smallest shape, is run once more and told in the
 *       order in which one looks for a mistake: where it failed, what that kind of failure means,
 *       the numbers around the first wrong element, where the wrong elements lie, and which known
 *       mistake explains them (lessons/diagnosis.h). Plain text, English or Korean.
 * Hazard: runs the student's row again, on the failing shape and on others. Whoever calls this is
 *       prepared for a crash or an endless loop; what was printed before is flushed. */
#ifndef FEEDBACK_H
#define FEEDBACK_H

#include <stdbool.h>
#include <stdio.h>

#include "check/check.h"

typedef enum { FEEDBACK_ENGLISH, FEEDBACK_KOREAN, FEEDBACK_LANGUAGES } feedback_language;

typedef struct {
    feedback_language language;
    bool colour;            /* mark wrong cells by colour too; they are marked by '*' in any case */
} feedback_style;

/* The language that CONVLAB_LANG asks for: Korean for "ko" and what begins with it ("ko_KR"). */
feedback_language feedback_language_wanted(void);

/* True if `fd` is a terminal and NO_COLOR is unset or empty. Ask in the process that owns the
 * terminal. */
bool feedback_colour_wanted(int fd);

/* Prints what is known about *r, which check_variant() or check_variant_at() returned with
 * r->failed for this concept, row and pass. `c` may be a copy of a concept whose draw() keeps to
 * what an exercise asks for: other shapes than it draws are not tried. Several paragraphs, each
 * followed by an empty line; the replay line is the caller's, from what *r holds afterwards: the
 * seed and the failure may have become those of plainer numbers at the same shape. */
void feedback_print(FILE *out, const check_concept *c, const void *row, int pass, check_result *r,
                    feedback_style style);

/* What an outcome means and what usually causes it, one to three sentences. Static. */
const char *feedback_outcome_words(check_outcome outcome, feedback_language language);

#endif
