/* report_scaling.c: how cost grows with the size of a problem, and falls with threads. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report_parts.h"

enum { SEE_BYTES = 1024 };

static const char thread_sweep[] = "sweep-threads.";

/* ---- Sweeps: labels "sweep-channels.c64" ---- */

/* Length of what a sweep's labels have in common, "sweep-channels"; *size is the number at the end
 * of the label. */
static int sweep_stem(const char *label, double *size)
{
    const char *digits = label + strlen(label);

    while (digits > label && isdigit((unsigned char)digits[-1]))
        digits--;
    *size = *digits ? atof(digits) : NAN;
    return (int)strcspn(label, ".");
}

/* "sweep-threads.conv3x3": nothing grows there but what has a figure of its own. */
static bool is_thread_sweep(const bench_result *b)
{
    return strncmp(b->label, thread_sweep, sizeof thread_sweep - 1) == 0;
}

static bool same_sweep(const report_group *a, const report_group *b)
{
    const bench_result *const x = report_head(a), *const y = report_head(b);
    double size;
    const int length = sweep_stem(x->label, &size);

    return report_same_case(x, y) && x->threads == y->threads && x->cold == y->cold &&
           length == sweep_stem(y->label, &size) &&
           strncmp(x->label, y->label, (size_t)length) == 0;
}

static bool opens_sweep(const report *r, int i)
{
    const bench_result *const head = report_head(&r->groups[i]);

    if (!report_is_sweep(&r->groups[i]) || is_thread_sweep(head) || head->cold ||
        (head->threads != r->threads && head->threads != 0))
        return false;
    for (int j = 0; j < i; j++)
        if (same_sweep(&r->groups[j], &r->groups[i]))
            return false;
    return true;
}

static void describe_sweep(const report_grid *g, const char *kind, const bench_result *largest_own,
                           char *see)
{
    int c = 0, best = 0;

    while (c < g->columns - 1 && (!largest_own || strcmp(g->column_name[c], largest_own->row) != 0))
        c++;
    const int last = g->points[c] - 1;
    for (int i = 0; i <= last; i++)
        if (g->value[c][i] > g->value[c][best])
            best = i;
    snprintf(see, SEE_BYTES,
             "A level line means that cost grows in proportion to the work. %s begins with %.3g "
             "GFLOP/s at %s = %g, is best with %.3g at %g, and ends with %.3g at %g.",
             g->column_name[c], g->value[c][0], kind, g->x[c][0], g->value[c][best], g->x[c][best],
             g->value[c][last], g->x[c][last]);
}

static void sweep(report *r, int first)
{
    report_grid *const g = grid_new(r);
    const bench_result *const head = report_head(&r->groups[first]), *own = NULL;
    const report_scope scope = { head->threads, false };
    plot_chart chart;
    char see[SEE_BYTES], file_name[4 * RESULT_WORD_BYTES], title[4 * RESULT_WORD_BYTES];
    char name[GRID_NAME], kind[RESULT_WORD_BYTES];
    double size;
    int points = 0;

    if (!g)
        return;
    snprintf(kind, sizeof kind, "%.*s", sweep_stem(head->label, &size) - 6, head->label + 6);
    grid_columns_of(g, r, &scope, head->concept);
    for (int i = first; i < r->group_count; i++) {
        if (!same_sweep(&r->groups[i], &r->groups[first]))
            continue;
        sweep_stem(report_head(&r->groups[i])->label, &size);
        if (report_fastest_own(&r->groups[i]))
            own = report_fastest_own(&r->groups[i]);
        for (int c = 0; c < g->columns; c++) {
            const bench_result *const b = report_row(&r->groups[i], g->column_name[c]);
            if (b && b->gflops > 0 && size > 0) {
                grid_point(g, c, size, b->gflops, "");
                points++;
            }
        }
    }
    if (points > 1 && own) {
        grid_chart(g, PLOT_LINES, &chart);
        report_case_name(head, name);
        chart.x_label = kind;
        chart.y_label = "speed [GFLOP/s]";
        chart.x_log = chart.y_log = true;
        describe_sweep(g, kind, own, see);
        snprintf(file_name, sizeof file_name, "sweep-%s-%s-%s%s", head->concept, head->pass, kind,
                 head->threads ? "" : "-cuda");
        snprintf(title, sizeof title, "Growing %s: %s%s", kind, name,
                 head->threads ? "" : ", GPU");
        report_figure(r, &(report_caption){ file_name, title, see, NULL }, g, &chart);
    }
    free(g);
}

/* ---- Threads ---- */

static bool same_but_threads(const report_group *a, const report_group *b)
{
    const bench_result *const x = report_head(a), *const y = report_head(b);
    return report_same_case(x, y) && x->batch == y->batch && x->cold == y->cold &&
           strcmp(x->label, y->label) == 0;
}

/* True if the group ran on one thread and has a twin that ran on more. */
static bool opens_threads(const report *r, int i)
{
    const bench_result *const head = report_head(&r->groups[i]);
    bool more = false;

    if (head->cold || head->threads != 1)
        return false;
    for (int j = 0; j < r->group_count; j++)
        more |= same_but_threads(&r->groups[i], &r->groups[j]) &&
                report_head(&r->groups[j])->threads > 1;
    return more;
}

/* A name has room for some 30 letters: the label is left out where case and row say which it is. */
static void name_gain(const report *r, const bench_result *alone, char name[GRID_NAME])
{
    const char *const label = alone->label + (is_thread_sweep(alone) ? sizeof thread_sweep - 1 : 0);
    bool only = true;

    for (int i = 0; i < r->group_count; i++) {
        const bench_result *const head = report_head(&r->groups[i]);
        only &= !opens_threads(r, i) || !report_same_case(head, alone) ||
                (strcmp(head->label, alone->label) == 0 && head->batch == alone->batch);
    }
    report_case_name(alone, name);
    const size_t used = strlen(name);
    snprintf(name + used, GRID_NAME - used, "%s%s, %s", only ? "" : " ", only ? "" : label,
             alone->row);
}

/* Adds what the row that took alone->seconds on one thread gains from more of them. */
static void add_gains(const report *r, int first, const bench_result *alone, report_grid *g)
{
    char name[GRID_NAME], column[GRID_NAME];

    name_gain(r, alone, name);
    const int row = grid_row(g, name);
    for (int i = 0; i < r->group_count; i++) {
        const int threads = report_head(&r->groups[i])->threads;
        const bench_result *const b = report_row(&r->groups[i], alone->row);
        if (!b || threads < 2 || !same_but_threads(&r->groups[i], &r->groups[first]))
            continue;
        snprintf(column, sizeof column, "%d threads", threads);
        grid_set(g, row, grid_column(g, column), alone->seconds / b->seconds);
    }
}

static void describe_threads(const report_grid *g, char *see)
{
    const int last = g->columns - 1;
    int best = -1, worst = -1;

    for (int i = 0; i < g->rows; i++) {
        const double v = g->value[last][i];
        if (isfinite(v) && (best < 0 || v > g->value[last][best]))
            best = i;
        if (isfinite(v) && (worst < 0 || v < g->value[last][worst]))
            worst = i;
    }
    snprintf(see, SEE_BYTES,
             "Speed with several threads over speed with one, of our fastest variant and of the "
             "fastest peer. With %s %s gains most, a factor of %.2f, and %s least, %.2f.",
             g->column_name[last], g->row_name[best], g->value[last][best], g->row_name[worst],
             g->value[last][worst]);
}

static void threads(report *r)
{
    report_grid *const g = grid_new(r);
    plot_chart chart;
    char see[SEE_BYTES];

    if (!g)
        return;
    for (int i = 0; i < r->group_count; i++) {
        const report_group *const group = &r->groups[i];
        if (!opens_threads(r, i))
            continue;
        if (report_fastest_own(group))
            add_gains(r, i, report_fastest_own(group), g);
        if (report_fastest_peer(group))
            add_gains(r, i, report_fastest_peer(group), g);
    }
    if (g->columns > 0 && grid_has(g, g->columns - 1, g->rows)) {
        grid_chart(g, PLOT_BARS, &chart);
        chart.y_label = "speed-up over one thread";
        chart.width = 860;
        describe_threads(g, see);
        report_figure(r, &(report_caption){ "threads", "Growing threads", see, NULL }, g, &chart);
    } else if (r->group_count)
        report_absent(r, "No scaling with threads:",
                      "the results hold no case at several numbers of threads; a whole run of make "
                      "bench on more than one core does.");
    free(g);
}

void report_scaling(report *r)
{
    threads(r);
    for (int i = 0; i < r->group_count; i++)
        if (opens_sweep(r, i))
            sweep(r, i);
}
