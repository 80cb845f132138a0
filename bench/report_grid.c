/* report_grid.c: results in groups, and the numbers of plots in grids. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report_parts.h"

/* ---- Groups ---- */

/* Length of the name up to its last slash: what a group's results have in common. */
static size_t stem(const bench_result *b)
{
    const char *const slash = strrchr(b->name, '/');
    return slash ? (size_t)(slash - b->name) : strlen(b->name);
}

static int compare_stems(const bench_result *a, const bench_result *b)
{
    const size_t m = stem(a), n = stem(b);
    const int order = memcmp(a->name, b->name, m < n ? m : n);
    return order ? order : (m > n) - (m < n);
}

static int by_stem(const void *x, const void *y)
{
    const bench_result *const a = *(const bench_result *const *)x;
    const bench_result *const b = *(const bench_result *const *)y;
    const int order = compare_stems(a, b);
    return order ? order : (a > b) - (a < b);
}

static int by_place(const void *x, const void *y)
{
    const report_group *const a = x, *const b = y;
    return (a->row[0] > b->row[0]) - (a->row[0] < b->row[0]);
}

static int commonest_threads(const report *r)
{
    int best = 0, most = 0;

    for (int i = 0; i < r->group_count; i++) {
        const int threads = report_head(&r->groups[i])->threads;
        int count = 0;
        for (int j = 0; j < r->group_count; j++)
            count += report_head(&r->groups[j])->threads == threads;
        if (threads > 0 && count > most)
            best = threads, most = count;
    }
    return best;
}

void report_case_name(const bench_result *b, char name[GRID_NAME])
{
    const bool plain = strcmp(b->pass, "forward") == 0 || strcmp(b->pass, b->concept) == 0;
    snprintf(name, GRID_NAME, "%s%s%s", b->concept, plain ? "" : " ", plain ? "" : b->pass);
}

bool report_same_case(const bench_result *a, const bench_result *b)
{
    return strcmp(a->concept, b->concept) == 0 && strcmp(a->pass, b->pass) == 0;
}

bool report_opens_case(const report *r, int i, const report_scope *scope)
{
    if (!report_is_layer(&r->groups[i], scope))
        return false;
    for (int j = 0; j < i; j++)
        if (report_same_case(report_head(&r->groups[j]), report_head(&r->groups[i])) &&
            report_is_layer(&r->groups[j], scope))
            return false;
    return true;
}

int report_next_of_case(const report *r, int first, int i, const report_scope *scope)
{
    const bench_result *const head = report_head(&r->groups[first]);

    for (i = i < first ? first : i; i < r->group_count; i++)
        if (report_same_case(report_head(&r->groups[i]), head) &&
            report_is_layer(&r->groups[i], scope))
            return i;
    return -1;
}

const bench_result *report_head(const report_group *g)
{
    return g->row[0];
}

bool report_is_sweep(const report_group *g)
{
    return strncmp(report_head(g)->label, "sweep-", 6) == 0;
}

static bool in_scope(const report_group *g, const report_scope *scope)
{
    const bench_result *const h = report_head(g);
    return h->cold == scope->cold && h->threads == scope->threads;
}

bool report_is_layer(const report_group *g, const report_scope *scope)
{
    return g->layer && in_scope(g, scope);
}

/* Finds the groups that stand for their concept: those of its layers at batch 100, or the largest
 * batch there is; of a concept that has only sweeps, all. */
static void mark_layers(report *r)
{
    for (int i = 0; i < r->group_count; i++) {
        report_group *const g = &r->groups[i];
        const bench_result *const h = report_head(g);
        const report_scope scope = { h->threads, h->cold };
        bool layers = false;
        int batch = 0;
        for (int j = 0; j < r->group_count; j++) {
            const bench_result *const other = report_head(&r->groups[j]);
            if (report_is_sweep(&r->groups[j]) || !in_scope(&r->groups[j], &scope) ||
                strcmp(other->concept, h->concept) != 0)
                continue;
            layers = true;
            if (other->batch == 100 || (batch != 100 && other->batch > batch))
                batch = other->batch;
        }
        g->layer = layers ? !report_is_sweep(g) && h->batch == batch : true;
    }
}

bool report_group_results(report *r)
{
    const size_t count = r->file.count;
    size_t kernels = 0;

    r->sorted = malloc((count + 1) * sizeof *r->sorted);
    r->groups = malloc((count + 1) * sizeof *r->groups);
    if (!r->sorted || !r->groups)
        return report_fail(r, "the report: out of memory");
    for (size_t i = 0; i < count; i++)
        if (r->file.results[i].kind == RESULT_KERNEL)
            r->sorted[kernels++] = &r->file.results[i];
    qsort(r->sorted, kernels, sizeof *r->sorted, by_stem);
    for (size_t i = 0; i < kernels; i++) {
        if (i == 0 || compare_stems(r->sorted[i - 1], r->sorted[i]) != 0)
            r->groups[r->group_count++] = (report_group){ &r->sorted[i], 0, false };
        r->groups[r->group_count - 1].count++;
    }
    qsort(r->groups, (size_t)r->group_count, sizeof *r->groups, by_place);
    r->threads = commonest_threads(r);
    mark_layers(r);
    return true;
}

bool report_is(const bench_result *b, const char *role)
{
    return strcmp(b->role, role) == 0;
}

bool report_usable(const bench_result *b)
{
    return !*b->skipped && b->valid && !report_is(b, "control") && isfinite(b->seconds) &&
           b->seconds > 0;
}

const bench_result *report_row(const report_group *g, const char *name)
{
    for (int i = 0; i < g->count; i++)
        if (report_usable(g->row[i]) && strcmp(g->row[i]->row, name) == 0)
            return g->row[i];
    return NULL;
}

const bench_result *report_plainest(const report_group *g)
{
    const bench_result *const first = g->row[0];
    return report_usable(first) && report_is(first, "own") ? first : NULL;
}

static const bench_result *fastest(const report_group *g, const char *role)
{
    const bench_result *best = NULL;

    for (int i = 0; i < g->count; i++) {
        const bench_result *const b = g->row[i];
        if (report_usable(b) && report_is(b, role) && strcmp(b->precision, "fp32") == 0 &&
            (!best || b->seconds < best->seconds))
            best = b;
    }
    return best;
}

const bench_result *report_fastest_own(const report_group *g)
{
    return fastest(g, "own");
}

const bench_result *report_fastest_peer(const report_group *g)
{
    return fastest(g, "peer");
}

static double ratio_to_base(const bench_result *b)
{
    return strcmp(b->verdict, "BASE") == 0 ? 1 : b->ratio;
}

double report_time_ratio(const bench_result *a, const bench_result *b)
{
    const double ratio = ratio_to_base(a) / ratio_to_base(b);
    return isfinite(ratio) && ratio > 0 ? ratio : a->seconds / b->seconds;
}

/* ---- Grids ---- */

report_grid *grid_new(report *r)
{
    report_grid *const g = malloc(sizeof *g);

    if (!g) {
        report_fail(r, "the report: out of memory");
        return NULL;
    }
    memset(g, 0, sizeof *g);
    for (int c = 0; c < GRID_COLUMNS; c++)
        for (int i = 0; i < GRID_ROWS; i++)
            g->value[c][i] = NAN, g->shown[c][i] = "";
    return g;
}

static int find_or_add(char names[][GRID_NAME], int *count, int most, const char *name, bool *full)
{
    for (int i = 0; i < *count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    if (*count == most) {
        *full = true;
        return -1;
    }
    snprintf(names[*count], GRID_NAME, "%s", name);
    return (*count)++;
}

int grid_row(report_grid *g, const char *name)
{
    return find_or_add(g->row_name, &g->rows, GRID_ROWS, name, &g->full);
}

int grid_column(report_grid *g, const char *name)
{
    return find_or_add(g->column_name, &g->columns, GRID_COLUMNS, name, &g->full);
}

void grid_set(report_grid *g, int row, int column, double value)
{
    if (row >= 0 && column >= 0)
        g->value[column][row] = value;
}

void grid_point(report_grid *g, int column, double x, double y, const char *label)
{
    if (column < 0)
        return;
    if (g->points[column] == GRID_ROWS) {
        g->full = true;
        return;
    }
    const int point = g->points[column]++;
    g->x[column][point] = x;
    g->value[column][point] = y;
    snprintf(g->label[column][point], GRID_NAME, "%s", label);
}

void grid_columns_of(report_grid *g, const report *r, const report_scope *scope,
                     const char *concept)
{
    static const char *const roles[] = { "own", "peer" };

    for (int role = 0; role < 2; role++)
        for (int i = 0; i < r->group_count; i++) {
            const report_group *const group = &r->groups[i];
            if (!in_scope(group, scope) ||
                (concept && strcmp(report_head(group)->concept, concept) != 0))
                continue;
            for (int j = 0; j < group->count; j++)
                if (report_usable(group->row[j]) && report_is(group->row[j], roles[role]))
                    grid_column(g, group->row[j]->row);
        }
}

bool grid_has(const report_grid *g, int column, int count)
{
    for (int i = 0; i < count; i++)
        if (isfinite(g->value[column][i]))
            return true;
    return false;
}

static void sort_points(report_grid *g, int column)
{
    double *const x = g->x[column], *const y = g->value[column];

    for (int i = 1; i < g->points[column]; i++)
        for (int j = i; j > 0 && x[j] < x[j - 1]; j--) {
            const double old_x = x[j], old_y = y[j];
            x[j] = x[j - 1], y[j] = y[j - 1];
            x[j - 1] = old_x, y[j - 1] = old_y;
            g->label[column][j][0] = g->label[column][j - 1][0] = '\0';
        }
}

void grid_chart(report_grid *g, plot_kind kind, plot_chart *chart)
{
    const bool bars = kind == PLOT_BARS || kind == PLOT_STACKED;

    memset(chart, 0, sizeof *chart);
    chart->kind = kind;
    for (int i = 0; i < g->rows; i++)
        g->row_text[i] = g->row_name[i];
    if (bars)
        chart->categories = g->row_text, chart->category_count = g->rows;
    for (int c = 0; c < g->columns; c++) {
        const int count = bars ? g->rows : g->points[c];
        if (!grid_has(g, c, count))
            continue;
        if (kind == PLOT_LINES)
            sort_points(g, c);
        chart->series[chart->series_count++] = (plot_series){
            .name = g->column_name[c],
            .x = bars ? NULL : g->x[c],
            .y = g->value[c],
            .count = count,
            .text = kind == PLOT_POINTS ? g->shown[c] : NULL,
            .dashed = g->dashed[c],
        };
    }
}
