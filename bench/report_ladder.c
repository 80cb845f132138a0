/* report_ladder.c: from the plainest variant to the peers: what each step is worth. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report_parts.h"

enum { SEE_BYTES = 1024 };

/* Adds to a series' name another row that stands on this rung. */
static void join_name(char *joined, const char *name)
{
    const size_t used = strlen(joined), length = strlen(name);

    for (const char *c = joined; (c = strstr(c, name)) != NULL; c += length)
        if ((c == joined || c[-1] == ' ') && (c[length] == '\0' || c[length] == ','))
            return;
    snprintf(joined + used, GRID_NAME - used, "%s%s", used ? ", " : "", name);
}

/* The rung of own row number k (in its table's order), or a peer's column. */
static int rung(report_grid *g, const bench_result *b, int k, int most_own)
{
    if (report_is(b, "peer"))
        return grid_column(g, b->row);
    if (k >= most_own)
        return -1;
    join_name(g->column_name[k], b->row);
    return k;
}

static int longest_table(const report *r, const report_scope *scope)
{
    int most = 0;

    for (int i = 0; i < r->group_count; i++) {
        int own = 0;
        if (!report_is_layer(&r->groups[i], scope))
            continue;
        for (int j = 0; j < r->groups[i].count; j++)
            own += report_is(r->groups[i].row[j], "own");
        most = own > most ? own : most;
    }
    return most < GRID_COLUMNS / 2 ? most : GRID_COLUMNS / 2;
}

/* Speed-up over the plainest variant of every row of a case, geometric mean over its layers. */
static void climb(const report *r, int first, const report_scope *scope, report_grid *g, int most)
{
    report_mean mean[GRID_COLUMNS] = { 0 };
    char name[GRID_NAME];

    for (int i = first; (i = report_next_of_case(r, first, i, scope)) >= 0; i++) {
        const report_group *const group = &r->groups[i];
        const bench_result *const plain = report_plainest(group);
        for (int j = 0, own = 0; j < group->count && plain; j++) {
            const bench_result *const b = group->row[j];
            const int k = report_is(b, "peer") || report_is(b, "control") ? 0 : own++;
            if (!report_usable(b))
                continue;
            const int column = rung(g, b, k, most);
            if (column >= 0)
                mean_add(&mean[column], report_time_ratio(plain, b));
        }
    }
    report_case_name(report_head(&r->groups[first]), name);
    if (most && mean[0].count)
        for (int c = 0, row = grid_row(g, name); c < g->columns; c++)
            grid_set(g, row, c, mean_value(&mean[c]));
}

static void describe_ladder(const report_grid *g, int own, char *see)
{
    int best_row = -1, best_column = 0, behind = 0, with_peer = 0;

    for (int i = 0; i < g->rows; i++) {
        double ours = 0, theirs = 0;
        for (int c = 0; c < g->columns; c++) {
            const double v = g->value[c][i];
            if (c < own && v > ours)
                ours = v;
            if (c >= own && v > theirs)
                theirs = v;
            if (c < own && isfinite(v) &&
                (best_row < 0 || v > g->value[best_column][best_row]))
                best_row = i, best_column = c;
        }
        with_peer += theirs > 0;
        behind += theirs > ours;
    }
    snprintf(see, SEE_BYTES,
             "How many times faster than the textbook loop, on the average of the layers "
             "(geometric mean). The longest step of ours is %s with a factor of %.3g. ",
             g->row_name[best_row], g->value[best_column][best_row]);
    const size_t used = strlen(see);
    if (with_peer)
        snprintf(see + used, SEE_BYTES - used, "In %d of the %d cases that have one, a peer is "
                                               "ahead of our fastest.", behind, with_peer);
    else
        snprintf(see + used, SEE_BYTES - used, "There is no peer to compare with in this run.");
}

static void ladder(report *r, const report_scope *scope, bool backward)
{
    report_grid *const g = grid_new(r);
    plot_chart chart;
    char see[SEE_BYTES], file_name[64], title[96];

    if (!g)
        return;
    const int most = longest_table(r, scope);
    g->columns = most;
    for (int i = 0; i < r->group_count; i++)
        if (report_opens_case(r, i, scope) &&
            (strstr(report_head(&r->groups[i])->pass, "backward") != NULL) == backward)
            climb(r, i, scope, g, most);
    if (g->rows > 0) {
        const bool cuda = scope->threads == 0;
        grid_chart(g, PLOT_BARS, &chart);
        chart.y_label = "speed-up over the plainest variant";
        chart.y_log = true;
        chart.width = 860;
        describe_ladder(g, most, see);
        snprintf(file_name, sizeof file_name, "ladder-%s%s", backward ? "backward" : "forward",
                 cuda ? "-cuda" : "");
        snprintf(title, sizeof title, "The ladder, %s%s",
                 backward ? "backward passes" : "forward and other passes", cuda ? ", GPU" : "");
        report_figure(r, &(report_caption){ file_name, title, see, NULL }, g, &chart);
    }
    free(g);
}

void report_ladder(report *r, int threads)
{
    const report_scope warm = { threads, false };

    ladder(r, &warm, false);
    ladder(r, &warm, true);
}
