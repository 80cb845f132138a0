/* feedback_grid.c: a piece of a tensor as rows and columns of numbers.
 *
 * Rows and columns are those of a picture, if there is one: the last two axes of four. Elsewhere
 * the columns are the last axis with more than one element, the rows the one before it with more
 * than one. The other axes stay at the coordinates of the element in question. */
#include <math.h>
#include <string.h>

#include "lessons/feedback_parts.h"

enum { REACH = 2, CELL = 11, HAND_ELEMENTS = 48, HAND_ROWS = 16 };

/* A rectangle in the plane of two axes. */
typedef struct {
    int row_axis, column_axis;          /* -1: there is none, one row or one column */
    int coordinate[CHECK_MAX_RANK];     /* of the other axes */
    int first_row, rows, first_column, columns;
} window;

static void choose_axes(const check_tensor *t, window *w)
{
    w->row_axis = w->column_axis = -1;
    if (t->rank == 4 && (t->extent[2] > 1 || t->extent[3] > 1)) {
        w->row_axis = 2;
        w->column_axis = 3;
        return;
    }
    for (int axis = t->rank - 1; axis >= 0; axis--) {
        if (t->extent[axis] <= 1)
            continue;
        if (w->column_axis < 0)
            w->column_axis = axis;
        else if (w->row_axis < 0)
            w->row_axis = axis;
    }
}

static void coordinates(const check_tensor *t, ptrdiff_t at, int *out)
{
    for (int axis = t->rank - 1; axis >= 0; axis--) {
        out[axis] = (int)(at % t->extent[axis]);
        at /= t->extent[axis];
    }
}

/* first and count of at most 2 * reach + 1 numbers around `at`. */
static void around(int at, int extent, int reach, int *first, int *count)
{
    const int most = 2 * reach + 1;

    *count = extent < most ? extent : most;
    *first = at - reach;
    if (*first > extent - *count)
        *first = extent - *count;
    if (*first < 0)
        *first = 0;
}

static window window_at(const check_tensor *t, ptrdiff_t at, int reach)
{
    window w = { .rows = 1, .columns = 1 };

    choose_axes(t, &w);
    coordinates(t, at, w.coordinate);
    if (w.row_axis >= 0)
        around(w.coordinate[w.row_axis], t->extent[w.row_axis], reach, &w.first_row, &w.rows);
    if (w.column_axis >= 0)
        around(w.coordinate[w.column_axis], t->extent[w.column_axis], reach, &w.first_column,
               &w.columns);
    return w;
}

static ptrdiff_t element_at(const check_tensor *t, const window *w, int row, int column)
{
    ptrdiff_t at = 0;

    for (int axis = 0; axis < t->rank; axis++) {
        const int here = axis == w->row_axis      ? row
                         : axis == w->column_axis ? column
                                                  : w->coordinate[axis];
        at = at * t->extent[axis] + here;
    }
    return at;
}

/* ---- Cells ---- */

static bool marked(const check_trial *t, int i, ptrdiff_t at)
{
    const double got = check_trial_got(t, i, at), input = check_trial_input(t, i, at);

    if (check_trial_writes(t, i))
        return check_trial_judge(t, i, at) != CHECK_PASSED;
    return got != input && !(isnan(got) && isnan(input));
}

/* Numbers as short as they can be while still telling yours from the expected one. */
static void format(const check_trial *t, int i, ptrdiff_t at, feedback_grid_kind kind,
                   char *text, size_t size)
{
    const bool output = check_trial_writes(t, i);
    const double got = check_trial_got(t, i, at);
    const double want = output ? check_trial_want(t, i, at).value : check_trial_input(t, i, at);
    const check_outcome outcome = output ? check_trial_judge(t, i, at) : CHECK_PASSED;
    const bool fine = outcome != CHECK_PASSED && fabs(got - want) < 1e-3 * fabs(want);
    const double value = kind == GRID_GOT     ? got
                         : kind == GRID_WANT  ? want
                         : kind == GRID_INPUT ? check_trial_input(t, i, at)
                                              : got - want;

    if (kind == GRID_GOT && outcome == CHECK_UNWRITTEN)
        snprintf(text, size, "unset");
    else if (kind == GRID_DIFFERENCE && outcome == CHECK_PASSED)
        snprintf(text, size, "0");              /* what rounding makes is no mistake */
    else if (kind == GRID_DIFFERENCE)
        snprintf(text, size, isnan(value) ? "" : "%.2g", value);
    else if (isnan(value))
        snprintf(text, size, "NaN");
    else
        snprintf(text, size, "%.*g", fine ? 9 : 5, value + 0.0);    /* -0 is 0 to a reader */
}

static void print_cell(const feedback_page *page, const char *text, bool wrong)
{
    const bool colour = wrong && page->style.colour;
    const int blanks = CELL - (int)strlen(text);

    fprintf(page->out, "%*s%s%s%s%s", blanks > 1 ? blanks : 1, "", colour ? "\033[31m" : "", text,
            wrong ? "*" : " ", colour ? "\033[0m" : "");
}

/* "y[0][1][row][column]", with an index for what is fixed. */
static void print_head(const feedback_page *page, const check_problem *p, int i, const window *w,
                       const char *title)
{
    const check_tensor *const t = &p->tensor[i];

    fprintf(page->out, "  %s", t->name);
    for (int axis = 0; axis < feedback_rank(p->concept->name, t); axis++)
        if ((axis == w->row_axis || axis == w->column_axis) && t->extent[axis] > 1)
            fprintf(page->out, "[%s]",
                    feedback_axis_words(p->concept->name, t, axis, page->style.language));
        else
            fprintf(page->out, "[%d]", w->coordinate[axis]);
    fprintf(page->out, "%s%s\n", *title ? ", " : "", title);
}

static void print_window(const feedback_page *page, const check_trial *t, int i, const window *w,
                         feedback_grid_kind kind, const char *title)
{
    const check_tensor *const tensor = &check_trial_problem(t)->tensor[i];

    print_head(page, check_trial_problem(t), i, w, title);
    if (w->columns > 1) {
        fprintf(page->out, "  %4s", "");
        for (int column = 0; column < w->columns; column++)
            fprintf(page->out, "%*d ", CELL, w->first_column + column);
        fprintf(page->out, "\n");
    }
    for (int row = 0; row < w->rows; row++) {
        if (w->row_axis >= 0 && tensor->extent[w->row_axis] > 1)
            fprintf(page->out, "  %4d", w->first_row + row);
        else
            fprintf(page->out, "  %4s", "");
        for (int column = 0; column < w->columns; column++) {
            const ptrdiff_t at =
                element_at(tensor, w, w->first_row + row, w->first_column + column);
            char text[40];
            format(t, i, at, kind, text, sizeof text);
            print_cell(page, text, kind == GRID_GOT && marked(t, i, at));
        }
        fprintf(page->out, "\n");
    }
}

void feedback_print_grid(const feedback_page *page, const check_trial *t, int i, ptrdiff_t at,
                         feedback_grid_kind kind, const char *title)
{
    const window w = window_at(&check_trial_problem(t)->tensor[i], at, REACH);

    print_window(page, t, i, &w, kind, title);
}

/* All planes of one tensor, or "x = 3". */
static void print_whole(const feedback_page *page, const check_trial *t, int i)
{
    const check_tensor *const tensor = &check_trial_problem(t)->tensor[i];

    if (tensor->count == 1) {
        fprintf(page->out, "  %s = %.9g\n", tensor->name,
                check_trial_input(t, i, 0) + 0.0);
        return;
    }
    for (ptrdiff_t at = 0; at < tensor->count;) {
        const window w = window_at(tensor, at, HAND_ELEMENTS);
        print_window(page, t, i, &w, GRID_INPUT, "");
        at += (ptrdiff_t)w.rows * w.columns;
    }
}

void feedback_print_inputs(const feedback_page *page, const check_trial *t)
{
    const check_problem *const p = check_trial_problem(t);
    ptrdiff_t elements = 0;
    int rows = 0, inputs = 0;

    for (int i = 0; i < p->tensor_count; i++) {
        if (!check_trial_reads(t, i) || p->tensor[i].count == 0)
            continue;
        const window w = window_at(&p->tensor[i], 0, HAND_ELEMENTS);
        elements += p->tensor[i].count;
        rows += (int)(p->tensor[i].count / w.columns);
        inputs++;
        if (w.columns > 8)
            return;
    }
    if (inputs == 0 || elements > HAND_ELEMENTS || rows > HAND_ROWS)
        return;
    fprintf(page->out, "%s\n", feedback_say(page, "The inputs, for you to work it out by hand:",
                                            "직접 계산해 볼 수 있는 입력:"));
    for (int i = 0; i < p->tensor_count; i++)
        if (check_trial_reads(t, i) && p->tensor[i].count > 0)
            print_whole(page, t, i);
    fprintf(page->out, "\n");
}
