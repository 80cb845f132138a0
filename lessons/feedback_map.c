/* feedback_map.c: where in an output the wrong elements lie.
 *
 * Idea: lists regions that a mistake likes to hit (first or last of an axis, all but the first, the
 *       border, its inside), from the smallest up, and names the first that holds every wrong
 *       element. Below that, how many are wrong on the border and inside, and for each image,
 *       channel or the like as long as that differs. */
#include <string.h>

#include "lessons/feedback_parts.h"

enum { MOST_SHARES = 6 };

typedef struct {
    long wrong, all;
} share;

static void add(share *s, bool wrong)
{
    s->wrong += wrong;
    s->all++;
}

/* ---- Regions ---- */

typedef enum { FIRST, LAST, ALL_BUT_FIRST, ALL_BUT_LAST, BORDER, INSIDE } place;

typedef struct {
    place place;
    int axis;                           /* of FIRST to ALL_BUT_LAST */
} region;

/* The two axes of a picture: the last two of rank 4, if both have more than one element. */
static bool is_picture(const check_tensor *t)
{
    return t->rank == 4 && t->extent[2] > 1 && t->extent[3] > 1;
}

static int coordinate_of(const check_tensor *t, ptrdiff_t at, int axis)
{
    for (int later = axis + 1; later < t->rank && later < CHECK_MAX_RANK; later++)
        at /= t->extent[later];
    return (int)(at % t->extent[axis]);
}

static bool on_border(const check_tensor *t, ptrdiff_t at)
{
    const int row = coordinate_of(t, at, 2), column = coordinate_of(t, at, 3);

    return row == 0 || row == t->extent[2] - 1 || column == 0 || column == t->extent[3] - 1;
}

static bool lies_in(const check_tensor *t, region r, ptrdiff_t at)
{
    const int here = coordinate_of(t, at, r.axis), last = t->extent[r.axis] - 1;

    switch (r.place) {
    case FIRST: return here == 0;
    case LAST: return here == last;
    case ALL_BUT_FIRST: return here > 0;
    case ALL_BUT_LAST: return here < last;
    case BORDER: return on_border(t, at);
    case INSIDE: break;
    }
    return !on_border(t, at);
}

/* What of the region is wrong; *all_in_it: nothing else is. */
static share share_in(const check_trial *t, int i, region r, bool *all_in_it)
{
    const check_tensor *const tensor = &check_trial_problem(t)->tensor[i];
    share s = { 0, 0 };

    *all_in_it = true;
    for (ptrdiff_t at = 0; at < tensor->count; at++) {
        const bool wrong = check_trial_judge(t, i, at) != CHECK_PASSED;
        if (lies_in(tensor, r, at))
            add(&s, wrong);
        else if (wrong)
            *all_in_it = false;
    }
    return s;
}

/* The smallest region that holds all wrong elements, unless that is (almost) the whole tensor. */
static bool find_region(const check_trial *t, int i, region *best, share *in_it)
{
    const check_tensor *const tensor = &check_trial_problem(t)->tensor[i];
    region candidates[4 * CHECK_MAX_RANK + 2];
    int count = 0;

    for (int axis = 0; axis < tensor->rank; axis++)
        for (place p = FIRST; p <= ALL_BUT_LAST && tensor->extent[axis] > 1; p++)
            if (tensor->extent[axis] > 2 || p < ALL_BUT_FIRST)
                candidates[count++] = (region){ p, axis };
    if (is_picture(tensor) && tensor->extent[2] > 2 && tensor->extent[3] > 2) {
        candidates[count++] = (region){ BORDER, 0 };
        candidates[count++] = (region){ INSIDE, 0 };
    }
    *in_it = (share){ 0, tensor->count };
    for (int k = 0; k < count; k++) {
        bool all_in_it;
        const share s = share_in(t, i, candidates[k], &all_in_it);
        if (all_in_it && s.all < in_it->all) {
            *best = candidates[k];
            *in_it = s;
        }
    }
    return in_it->all < tensor->count;
}

/* "in the last row" */
static void name_region(const feedback_page *page, const check_trial *t, int i, region r,
                        char *text, size_t size)
{
    const check_problem *const p = check_trial_problem(t);
    const char *const axis =
        feedback_axis_words(p->concept->name, &p->tensor[i], r.axis, page->style.language);
    const char *format = "";

    switch (r.place) {
    case FIRST: format = feedback_say(page, "in the first %s", "첫 번째 %s에"); break;
    case LAST: format = feedback_say(page, "in the last %s", "마지막 %s에"); break;
    case ALL_BUT_FIRST:
        format = feedback_say(page, "beyond the first %s", "첫 번째가 아닌 %s에");
        break;
    case ALL_BUT_LAST:
        format = feedback_say(page, "before the last %s", "마지막이 아닌 %s에");
        break;
    case BORDER: format = feedback_say(page, "on the border", "가장자리에"); break;
    case INSIDE: format = feedback_say(page, "inside, not on the border", "안쪽에"); break;
    }
    snprintf(text, size, format, axis);
}

/* ---- Shares ---- */

static void print_border(const feedback_page *page, const check_trial *t, int i)
{
    const check_tensor *const tensor = &check_trial_problem(t)->tensor[i];
    share border = { 0, 0 }, inside = { 0, 0 };

    if (!is_picture(tensor) || tensor->extent[2] < 3 || tensor->extent[3] < 3)
        return;
    for (ptrdiff_t at = 0; at < tensor->count; at++)
        add(on_border(tensor, at) ? &border : &inside,
            check_trial_judge(t, i, at) != CHECK_PASSED);
    fprintf(page->out,
            feedback_say(page, "  border: %ld of %ld wrong; inside: %ld of %ld wrong\n",
                         "  가장자리: 틀림 %ld / %ld, 안쪽: 틀림 %ld / %ld\n"),
            border.wrong, border.all, inside.wrong, inside.all);
}

/* One line for an axis along which the share of wrong elements differs. */
static void print_axis(const feedback_page *page, const check_trial *t, int i, int axis)
{
    const check_problem *const p = check_trial_problem(t);
    const check_tensor *const tensor = &p->tensor[i];
    const int extent = tensor->extent[axis], shown = extent < MOST_SHARES ? extent : MOST_SHARES;
    share s[MOST_SHARES] = { { 0, 0 } };
    bool differs = false;

    for (ptrdiff_t at = 0; at < tensor->count; at++) {
        const int here = coordinate_of(tensor, at, axis);
        if (here < shown)
            add(&s[here], check_trial_judge(t, i, at) != CHECK_PASSED);
    }
    for (int k = 1; k < shown; k++)
        differs = differs || s[k].wrong != s[0].wrong;
    if (!differs)
        return;
    fprintf(page->out, feedback_say(page, "  by %s, wrong of %ld:", "  %s별, %ld개 중 틀림:"),
            feedback_axis_words(p->concept->name, tensor, axis, page->style.language), s[0].all);
    for (int k = 0; k < shown; k++)
        fprintf(page->out, "%s %d: %ld", k ? "," : "", k, s[k].wrong);
    fprintf(page->out, "%s\n", shown < extent ? ", ..." : "");
}

static void print_tensor(const feedback_page *page, const check_trial *t, int i, long wrong)
{
    const check_tensor *const tensor = &check_trial_problem(t)->tensor[i];
    region r = { FIRST, 0 };
    share in_it;

    fprintf(page->out, feedback_say(page, "%s: %ld of %td elements are wrong",
                                    "%s: 틀린 원소 %ld / %td"),
            tensor->name, wrong, tensor->count);
    if (wrong < tensor->count && find_region(t, i, &r, &in_it)) {
        char where[80];
        name_region(page, t, i, r, where, sizeof where);
        fprintf(page->out,
                in_it.wrong == in_it.all
                    ? feedback_say(page, "; all of them lie %s, and nothing there is right.\n",
                                   ". 모두 %s 있고, 그곳은 전부 틀렸습니다.\n")
                    : feedback_say(page, "; all of them lie %s.\n", ". 모두 %s 있습니다.\n"),
                where);
    } else {
        fprintf(page->out, ".\n");
    }
    if (wrong == tensor->count)
        return;
    print_border(page, t, i);
    for (int axis = 0; axis < tensor->rank; axis++)
        if (tensor->extent[axis] > 1)
            print_axis(page, t, i, axis);
}

void feedback_print_map(const feedback_page *page, const check_trial *t)
{
    const check_problem *const p = check_trial_problem(t);

    for (int i = 0; i < p->tensor_count; i++) {
        long wrong = 0;
        for (ptrdiff_t at = 0; check_trial_writes(t, i) && at < p->tensor[i].count; at++)
            wrong += check_trial_judge(t, i, at) != CHECK_PASSED;
        if (wrong > 0)
            print_tensor(page, t, i, wrong);
    }
}
