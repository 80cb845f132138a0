/* feedback_parts.h: what the files of the feedback share; only they include it. */
#ifndef FEEDBACK_PARTS_H
#define FEEDBACK_PARTS_H

#include "check/check_trial.h"
#include "lessons/feedback.h"

/* Where to print, and how. */
typedef struct {
    FILE *out;
    feedback_style style;
} feedback_page;

static inline const char *feedback_say(const feedback_page *page, const char *english,
                                       const char *korean)
{
    return page->style.language == FEEDBACK_KOREAN ? korean : english;
}

/* ---- feedback_words.c ---- */

/* "rows of padding above" for pad_top; NULL for a parameter whose name says it all. */
const char *feedback_param_words(const char *concept, const char *param,
                                 feedback_language language);

/* What an axis of a tensor counts: "image", "channel", "row"; "index 1" if that is not known.
 * Static. */
const char *feedback_axis_words(const char *concept, const check_tensor *t, int axis,
                                feedback_language language);

/* How many axes of a tensor are worth printing: less those at the end that mean nothing in this
 * concept, and are 1. */
int feedback_rank(const char *concept, const check_tensor *t);

/* ---- feedback_grid.c: numbers in rows and columns ---- */

typedef enum { GRID_INPUT, GRID_GOT, GRID_WANT, GRID_DIFFERENCE } feedback_grid_kind;

/* The 5x5 elements of tensor number i around element `at`, or what there is of them, under a
 * title. Wrong ones (of what a pass writes), changed ones (of an input) carry a '*'. */
void feedback_print_grid(const feedback_page *page, const check_trial *t, int i, ptrdiff_t at,
                         feedback_grid_kind kind, const char *title);

/* Every input of the pass, whole, if all are small enough to work through by hand. */
void feedback_print_inputs(const feedback_page *page, const check_trial *t);

/* ---- feedback_plain.c ---- */

/* Puts a failure of the same shape and kind with plainer numbers into seed and failure of *r. */
void feedback_choose_plain(const check_concept *c, const void *row, int pass, check_result *r);

/* ---- feedback_map.c: where the wrong elements lie ---- */

/* One or two sentences and a small table for each wrong output of the latest run. */
void feedback_print_map(const feedback_page *page, const check_trial *t);

#endif
