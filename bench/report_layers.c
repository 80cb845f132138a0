/* report_layers.c: layers beside peers and roof; shares of the roof; cold caches. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report_parts.h"

enum { SEE_BYTES = 1024, DENSE_FLOP_PER_BYTE = 4, FEW_LAYERS = 3 };

/* ---- GFLOP/s per layer ---- */

/* True if the case's layers mostly do many FLOP per byte, so that GFLOP/s is what to look at. */
static bool is_dense(const report *r, int first, const report_scope *scope)
{
    int layers = 0, dense = 0;

    for (int i = first; (i = report_next_of_case(r, first, i, scope)) >= 0; i++) {
        const bench_result *const b = report_fastest_own(&r->groups[i]);
        layers++;
        dense += b && b->flop > DENSE_FLOP_PER_BYTE * b->bytes;
    }
    return 2 * dense > layers;
}

typedef struct {
    report_mean share, peer_ratio;
    int layers, behind;
    char best[GRID_NAME], worst[GRID_NAME];
} layer_finding;

static void note_layer(const report_group *group, const char *name, layer_finding *f)
{
    const bench_result *const own = report_fastest_own(group);
    const bench_result *const peer = report_fastest_peer(group);

    if (!own)
        return;
    f->layers++;
    if (f->share.count == 0 || own->roof_share > f->share.high)
        snprintf(f->best, GRID_NAME, "%s", name);
    if (f->share.count == 0 || own->roof_share < f->share.low)
        snprintf(f->worst, GRID_NAME, "%s", name);
    mean_add(&f->share, own->roof_share);
    if (peer) {
        const double ratio = report_time_ratio(own, peer);
        mean_add(&f->peer_ratio, ratio);
        f->behind += ratio > 1;
    }
}

static void describe_layers(const layer_finding *f, int batch, char *see)
{
    size_t used = (size_t)snprintf(see, SEE_BYTES, "Batch %d, warm caches. Our fastest variant "
                                                   "reaches ", batch);
    if (f->layers == 1)
        used += (size_t)snprintf(see + used, SEE_BYTES - used, "%.0f %% of the roof. ",
                                 100 * f->share.high);
    else
        used += (size_t)snprintf(see + used, SEE_BYTES - used,
                                 "%.0f to %.0f %% of the roof; it is nearest at %s and furthest at "
                                 "%s. ",
                                 100 * f->share.low, 100 * f->share.high, f->best, f->worst);
    if (f->peer_ratio.count)
        snprintf(see + used, SEE_BYTES - used,
                 "A peer is faster at %d of %d layers; the fastest peer's time is %.2f of ours on "
                 "the average.",
                 f->behind, f->peer_ratio.count, 1 / mean_value(&f->peer_ratio));
    else
        snprintf(see + used, SEE_BYTES - used, "No peer computes this.");
}

/* True if group i belongs to the chart of the case that `first` opens, or of its whole concept. */
static bool in_chart(const report *r, int first, int i, const report_scope *scope, bool passes)
{
    const bench_result *const head = report_head(&r->groups[first]);
    const bench_result *const b = report_head(&r->groups[i]);

    return (passes ? strcmp(head->concept, b->concept) == 0 : report_same_case(head, b)) &&
           report_is_layer(&r->groups[i], scope);
}

/* `passes`: all passes of the concept in one chart, for concepts of few layers. */
static void draw_layers(report *r, int first, const report_scope *scope, bool passes)
{
    report_grid *const g = grid_new(r);
    const bench_result *const head = report_head(&r->groups[first]);
    layer_finding finding = { 0 };
    plot_chart chart;
    char see[SEE_BYTES], file_name[2 * GRID_NAME], title[2 * GRID_NAME], name[GRID_NAME];

    if (!g)
        return;
    grid_columns_of(g, r, scope, head->concept);
    const int rows = g->columns, roof = grid_column(g, "roof");
    for (int i = first; i < r->group_count; i++) {
        const report_group *const group = &r->groups[i];
        const bench_result *const b = report_head(group);
        if (!in_chart(r, first, i, scope, passes))
            continue;
        snprintf(name, sizeof name, "%s%s%s", b->label, passes ? " " : "", passes ? b->pass : "");
        const int category = grid_row(g, name);
        for (int c = 0; c < rows; c++) {
            const bench_result *const row = report_row(group, g->column_name[c]);
            if (!row)
                continue;
            grid_set(g, category, c, row->gflops);
            if (row->roof_share > 0 && report_is(row, "own"))
                grid_set(g, category, roof, row->gflops / row->roof_share);
        }
        note_layer(group, name, &finding);
    }
    if (finding.share.count) {
        if (roof >= 0)
            g->dashed[roof] = true;
        grid_chart(g, PLOT_BARS, &chart);
        chart.y_label = "speed [GFLOP/s]";
        chart.width = 860;
        report_case_name(head, name);
        snprintf(file_name, sizeof file_name, "layers-%s%s%s%s", head->concept, passes ? "" : "-",
                 passes ? "" : head->pass, scope->threads ? "" : "-cuda");
        snprintf(title, sizeof title, "Layer by layer: %s%s", passes ? head->concept : name,
                 scope->threads ? "" : ", GPU");
        describe_layers(&finding, head->batch, see);
        report_figure(r, &(report_caption){ file_name, title, see, NULL }, g, &chart);
    }
    free(g);
}

/* Layers of the case of the concept that has most of them. */
static int most_layers(const report *r, const char *concept, const report_scope *scope)
{
    int most = 0;

    for (int first = 0; first < r->group_count; first++) {
        int count = 0;
        if (strcmp(report_head(&r->groups[first])->concept, concept) != 0 ||
            !report_opens_case(r, first, scope))
            continue;
        for (int i = first; (i = report_next_of_case(r, first, i, scope)) >= 0; i++)
            count++;
        most = count > most ? count : most;
    }
    return most;
}

static void layers(report *r, const report_scope *scope)
{
    const char *whole = "";                     /* the concept that was drawn with all its passes */

    for (int i = 0; i < r->group_count; i++) {
        const char *const concept = report_head(&r->groups[i])->concept;
        if (strcmp(concept, whole) == 0 || !report_opens_case(r, i, scope) ||
            !is_dense(r, i, scope))
            continue;
        const bool passes = most_layers(r, concept, scope) < FEW_LAYERS;
        if (passes)
            whole = concept;
        draw_layers(r, i, scope, passes);
    }
}

/* ---- Share of the roof ---- */

static void shares(report *r, const report_scope *scope)
{
    report_grid *const g = grid_new(r);
    plot_chart chart;
    char see[SEE_BYTES], name[GRID_NAME];
    int lowest = -1, highest = -1;

    if (!g)
        return;
    const int ours = grid_column(g, "ours, fastest"), theirs = grid_column(g, "peers, fastest");
    for (int first = 0; first < r->group_count; first++) {
        report_mean own_mean = { 0 }, peer_mean = { 0 };
        if (!report_opens_case(r, first, scope))
            continue;
        for (int i = first; (i = report_next_of_case(r, first, i, scope)) >= 0; i++) {
            const bench_result *const own = report_fastest_own(&r->groups[i]);
            const bench_result *const peer = report_fastest_peer(&r->groups[i]);
            mean_add(&own_mean, own ? 100 * own->roof_share : NAN);
            mean_add(&peer_mean, peer ? 100 * peer->roof_share : NAN);
        }
        if (!own_mean.count)
            continue;
        report_case_name(report_head(&r->groups[first]), name);
        const int row = grid_row(g, name);
        grid_set(g, row, ours, mean_value(&own_mean));
        grid_set(g, row, theirs, mean_value(&peer_mean));
        const double *const v = g->value[ours];
        if (row >= 0 && (lowest < 0 || v[row] < v[lowest]))
            lowest = row;
        if (row >= 0 && (highest < 0 || v[row] > v[highest]))
            highest = row;
    }
    if (lowest >= 0) {
        grid_chart(g, PLOT_BARS, &chart);
        chart.y_label = "share of the roof [%]";
        chart.width = 860;
        snprintf(see, sizeof see,
                 "How near each case comes to the roof that binds it (arithmetic or a level's "
                 "bandwidth), geometric mean of its layers, warm. Ours: from %.1f %% (%s) to "
                 "%.0f %% (%s).",
                 g->value[ours][lowest], g->row_name[lowest], g->value[ours][highest],
                 g->row_name[highest]);
        report_figure(r, &(report_caption){ scope->threads ? "shares" : "shares-cuda",
                                            scope->threads ? "Share of the roof" :
                                                             "Share of the roof, GPU", see, NULL },
                      g, &chart);
    }
    free(g);
}

/* ---- Warm and cold ---- */

static const report_group *cold_twin(const report *r, const report_group *warm)
{
    const bench_result *const w = report_head(warm);

    for (int i = 0; i < r->group_count; i++) {
        const bench_result *const c = report_head(&r->groups[i]);
        if (c->cold && c->batch == w->batch && c->threads == w->threads &&
            report_same_case(c, w) && strcmp(c->label, w->label) == 0)
            return &r->groups[i];
    }
    return NULL;
}

static void add_cold(report_mean *mean, const report_group *cold, const bench_result *warm)
{
    const bench_result *const same = warm ? report_row(cold, warm->row) : NULL;
    if (same)
        mean_add(mean, same->seconds / warm->seconds);
}

static void caches(report *r, const report_scope *scope)
{
    report_grid *const g = grid_new(r);
    report_mean all = { 0 };
    plot_chart chart;
    char see[SEE_BYTES], name[GRID_NAME];
    int most = -1;

    if (!g)
        return;
    const int ours = grid_column(g, "ours, fastest"), theirs = grid_column(g, "peers, fastest");
    for (int first = 0; first < r->group_count; first++) {
        report_mean own_mean = { 0 }, peer_mean = { 0 };
        if (!report_opens_case(r, first, scope))
            continue;
        for (int i = first; (i = report_next_of_case(r, first, i, scope)) >= 0; i++) {
            const report_group *const cold = cold_twin(r, &r->groups[i]);
            if (!cold)
                continue;
            add_cold(&own_mean, cold, report_fastest_own(&r->groups[i]));
            add_cold(&peer_mean, cold, report_fastest_peer(&r->groups[i]));
        }
        if (!own_mean.count)
            continue;
        report_case_name(report_head(&r->groups[first]), name);
        const int row = grid_row(g, name);
        grid_set(g, row, ours, mean_value(&own_mean));
        grid_set(g, row, theirs, mean_value(&peer_mean));
        mean_add(&all, mean_value(&own_mean));
        if (row >= 0 && (most < 0 || g->value[ours][row] > g->value[ours][most]))
            most = row;
    }
    if (most >= 0) {
        grid_chart(g, PLOT_BARS, &chart);
        chart.y_label = "time with cold / with warm caches";
        chart.width = 860;
        snprintf(see, sizeof see,
                 "What it costs when nothing is in the caches yet, as it is for a layer in the "
                 "middle of a step: %.2f times as long on the average of ours, %.2f for %s, the "
                 "most. Geometric mean over layers; 1 means that caches do not matter.",
                 mean_value(&all), g->value[ours][most], g->row_name[most]);
        report_figure(r, &(report_caption){ scope->threads ? "caches" : "caches-cuda",
                                            scope->threads ? "Cold caches" : "Cold caches, GPU",
                                            see, NULL }, g, &chart);
    }
    free(g);
}

void report_layers(report *r, int threads)
{
    const report_scope warm = { threads, false };

    layers(r, &warm);
    shares(r, &warm);
    caches(r, &warm);
}
