/* report_speed.c: every variant under the roofs, and its error beside its speed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report_parts.h"

enum { SEE_BYTES = 1024 };

/* ---- Roofline ---- */

typedef struct {
    double peak;                    /* GFLOP/s */
    struct {
        const char *name;
        double gbs;
    } level[4];
    int level_count;
} roofs;

/* The highest measured bandwidth of a level: of updates in place, or of all other streams. */
static double level_bandwidth(const report *r, int threads, const char *level, bool in_place)
{
    double best = 0;

    for (size_t i = 0; i < r->file.count; i++) {
        const bench_result *const b = &r->file.results[i];
        if (b->kind == RESULT_CEILING && b->threads == threads && strcmp(b->label, level) == 0 &&
            (strcmp(b->concept, "update") == 0) == in_place && b->gbs > best)
            best = b->gbs;
    }
    return best;
}

static roofs find_roofs(const report *r, int threads)
{
    static const char *const levels[] = { "L1", "L2", "L3", "memory" };
    roofs found = { .peak = NAN };

    for (int l = 0; l < 4; l++) {
        const double best = level_bandwidth(r, threads, levels[l], false);
        if (best > 0) {
            found.level[found.level_count].name = levels[l];
            found.level[found.level_count++].gbs = best;
        }
    }
    for (size_t i = 0; i < r->file.count; i++) {
        const bench_result *const b = &r->file.results[i];
        if (b->kind == RESULT_CEILING && b->threads == threads &&
            strcmp(b->concept, "flop") == 0 && strcmp(b->label, "theory") != 0 &&
            (threads > 0 || strcmp(b->label, "fp32") == 0) && !(b->gflops <= found.peak))
            found.peak = b->gflops;
    }
    return found;
}

static void draw_roofs(report_grid *g, const roofs *found, double low, double high)
{
    double ridge = high;
    char name[GRID_NAME];

    for (int l = 0; l < found->level_count; l++) {
        const double gbs = found->level[l].gbs;
        const double end = isfinite(found->peak) ? fmin(found->peak / gbs, high) : high;
        snprintf(name, sizeof name, "%s, %.0f GB/s", found->level[l].name, gbs);
        const int column = grid_column(g, name);
        if (column < 0 || end <= low)
            continue;
        g->dashed[column] = true;
        grid_point(g, column, low, low * gbs, "");
        grid_point(g, column, end, end * gbs, "");
        ridge = fmin(ridge, end);
    }
    if (!isfinite(found->peak))
        return;
    snprintf(name, sizeof name, "arithmetic, %.0f GFLOP/s", found->peak);
    const int column = grid_column(g, name);
    if (column < 0)
        return;
    g->dashed[column] = true;
    grid_point(g, column, fmin(ridge, low * 10), found->peak, "");
    grid_point(g, column, high, found->peak, "");
}

/* Of the case that group `first` opens, the usable row `name` of the layer with most to do. */
static const bench_result *heaviest(const report *r, int first, const report_scope *scope,
                                    const char *name)
{
    const bench_result *best = NULL;

    for (int i = first; (i = report_next_of_case(r, first, i, scope)) >= 0; i++) {
        const bench_result *const b = report_row(&r->groups[i], name);
        if (b && b->flop > 0 && b->bytes > 0 && (!best || b->flop > best->flop))
            best = b;
    }
    return best;
}

typedef struct {
    int own, near, nothing;         /* our own points; those above half their roof; without FLOP */
    const bench_result *highest, *lowest;       /* share of the roof */
} roofline_finding;

static void collect_points(const report *r, const report_scope *scope, report_grid *g,
                           roofline_finding *finding)
{
    char name[GRID_NAME];

    for (int i = 0; i < r->group_count; i++) {
        if (!report_opens_case(r, i, scope))
            continue;
        const bench_result *const fastest = report_fastest_own(&r->groups[i]);
        report_case_name(report_head(&r->groups[i]), name);
        for (int c = 0; c < g->columns; c++) {
            const bench_result *const b = heaviest(r, i, scope, g->column_name[c]);
            if (!b)
                continue;
            grid_point(g, c, b->flop / b->bytes, b->flop / b->seconds / 1e9, name);
            if (!report_is(b, "own"))
                continue;
            if (fastest && strcmp(fastest->row, b->row) == 0 && g->points[c] > 0)
                g->shown[c][g->points[c] - 1] = g->label[c][g->points[c] - 1];
            finding->own++;
            finding->near += b->roof_share >= 0.5;
            if (!finding->highest || b->gflops > finding->highest->gflops)
                finding->highest = b;
            if (fastest && strcmp(fastest->row, b->row) == 0 && isfinite(b->roof_share) &&
                (!finding->lowest || b->roof_share < finding->lowest->roof_share))
                finding->lowest = b;
        }
        finding->nothing += !(report_head(&r->groups[i])->flop > 0);
    }
}

static void describe_roofline(const report *r, int threads, const roofline_finding *f, char *see)
{
    const double in_place = level_bandwidth(r, threads, "memory", true);
    const bench_result *const h = f->highest, *const l = f->lowest;
    size_t used = (size_t)snprintf(
        see, SEE_BYTES,
        "One point per concept, pass and variant, at the layer where it has most to do; to the "
        "right of a kink a kernel can be limited by arithmetic, left of it by the bandwidth of the "
        "level that holds its data. %d of our %d points reach half of their roof.",
        f->near, f->own);

    if (h)
        used += (size_t)snprintf(see + used, SEE_BYTES - used,
                                 " The most arithmetic per second: %s %s, %s, with %.3g GFLOP/s "
                                 "(%.0f %% of its roof).",
                                 h->concept, h->pass, h->row, h->gflops, 100 * h->roof_share);
    if (l && used < SEE_BYTES)
        used += (size_t)snprintf(see + used, SEE_BYTES - used,
                                 " Of the fastest variants %s %s, %s, is furthest below its roof "
                                 "(%.1f %%, bound by %s).",
                                 l->concept, l->pass, l->row, 100 * l->roof_share, l->roof);
    if (f->nothing && used < SEE_BYTES)
        used += (size_t)snprintf(see + used, SEE_BYTES - used,
                                 " Cases that only move data have no point here; there are %d.",
                                 f->nothing);
    if (in_place > 0 && used < SEE_BYTES)
        snprintf(see + used, SEE_BYTES - used,
                 " What is changed where it lies (adam) has a higher roof than the lines drawn: "
                 "%.0f GB/s in memory.", in_place);
}

static void roofline(report *r, const report_scope *scope)
{
    report_grid *const g = grid_new(r);
    roofline_finding finding = { 0 };
    plot_chart chart;
    char see[SEE_BYTES];
    double low = INFINITY, high = 0;

    if (!g)
        return;
    grid_columns_of(g, r, scope, NULL);
    const int rows = g->columns;
    collect_points(r, scope, g, &finding);
    for (int c = 0; c < rows; c++)
        for (int i = 0; i < g->points[c]; i++)
            low = fmin(low, g->x[c][i]), high = fmax(high, g->x[c][i]);
    if (high > 0) {
        const roofs found = find_roofs(r, scope->threads);
        draw_roofs(g, &found, low / 2, high * 4);
        grid_chart(g, PLOT_POINTS, &chart);
        chart.x_label = "intensity [FLOP/byte]";
        chart.y_label = "speed [GFLOP/s]";
        chart.x_log = chart.y_log = true;
        chart.width = 860, chart.height = 560;
        describe_roofline(r, scope->threads, &finding, see);
        const bool cuda = scope->threads == 0;
        report_figure(r, &(report_caption){ cuda ? "roofline-cuda" : "roofline",
                                            cuda ? "Roofline, GPU" : "Roofline", see, NULL },
                      g, &chart);
    }
    free(g);
}

/* ---- Error beside speed ---- */

typedef struct {
    int exact, points;
    double worst;
    char worst_name[GRID_NAME], worst_row[RESULT_WORD_BYTES];
} error_finding;

static void error_points(const report *r, int first, const report_scope *scope, report_grid *g,
                         error_finding *finding)
{
    report_mean mean[GRID_COLUMNS] = { 0 };
    double worst[GRID_COLUMNS];
    char name[GRID_NAME];

    for (int c = 0; c < GRID_COLUMNS; c++)
        worst[c] = -1;
    report_case_name(report_head(&r->groups[first]), name);
    for (int i = first; (i = report_next_of_case(r, first, i, scope)) >= 0; i++) {
        const report_group *const group = &r->groups[i];
        const bench_result *const plain = report_plainest(group);
        for (int c = 0; c < g->columns && plain; c++) {
            const bench_result *const b = report_row(group, g->column_name[c]);
            if (!b || !(b->error >= 0))
                continue;
            mean_add(&mean[c], report_time_ratio(plain, b));
            worst[c] = fmax(worst[c], b->error);
        }
    }
    for (int c = 0; c < g->columns; c++) {
        if (worst[c] == 0)
            finding->exact++;
        if (worst[c] <= 0 || !mean[c].count)
            continue;
        grid_point(g, c, mean_value(&mean[c]), worst[c], name);
        finding->points++;
        if (worst[c] > finding->worst) {
            finding->worst = worst[c];
            snprintf(finding->worst_name, GRID_NAME, "%s", name);
            snprintf(finding->worst_row, sizeof finding->worst_row, "%s", g->column_name[c]);
        }
    }
}

static void errors(report *r, const report_scope *scope)
{
    report_grid *const g = grid_new(r);
    error_finding finding = { 0 };
    plot_chart chart;
    char see[SEE_BYTES];

    if (!g)
        return;
    grid_columns_of(g, r, scope, NULL);
    for (int i = 0; i < r->group_count; i++)
        if (report_opens_case(r, i, scope))
            error_points(r, i, scope, g, &finding);
    if (finding.points) {
        const bool cuda = scope->threads == 0;
        grid_chart(g, PLOT_POINTS, &chart);
        chart.x_label = "speed-up over the plainest variant";
        chart.y_label = "largest error / largest value";
        chart.x_log = chart.y_log = true;
        chart.width = 860;
        snprintf(see, sizeof see,
                 "Fast and exact is low and to the right; one point per concept, pass and variant, "
                 "the worst error of all its layers against the reference in double precision. "
                 "The largest is %.2g (%s, %s); fp32 rounds to 6e-8.",
                 finding.worst, finding.worst_name, finding.worst_row);
        const size_t used = strlen(see);
        if (finding.exact)
            snprintf(see + used, sizeof see - used,
                     " %d others are exact, for which a logarithmic axis has no place.",
                     finding.exact);
        report_figure(r, &(report_caption){ cuda ? "errors-cuda" : "errors",
                                            cuda ? "Error beside speed, GPU" :
                                                   "Error beside speed", see, NULL },
                      g, &chart);
    }
    free(g);
}

void report_speed(report *r, int threads)
{
    const report_scope warm = { threads, false };

    roofline(r, &warm);
    errors(r, &warm);
}
