/* report_tables.c: where we stand against each peer, the largest gaps to the roof, every result. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report_parts.h"

enum { GAPS = 12, MAX_PEERS = 8, PAGE_LIMIT = 1900 * 1000 };

/* ---- Against the peers ---- */

typedef struct {
    const char *name[MAX_PEERS];
    int count;
} peer_names;

static peer_names find_peers(const report *r, const report_scope *scope)
{
    peer_names found = { .count = 0 };

    for (int i = 0; i < r->group_count; i++)
        for (int j = 0; j < r->groups[i].count && report_is_layer(&r->groups[i], scope); j++) {
            const bench_result *const b = r->groups[i].row[j];
            bool known = !report_is(b, "peer") || found.count == MAX_PEERS;
            for (int p = 0; p < found.count && !known; p++)
                known = strcmp(found.name[p], b->row) == 0;
            if (!known)
                found.name[found.count++] = b->row;
        }
    return found;
}

/* One cell: the peer's time as a fraction of ours, and how its layers were judged. */
static void standing_cell(report *r, int first, const report_scope *scope, const char *peer)
{
    report_mean mean = { 0 };
    int faster = 0, slower = 0;

    for (int i = first; (i = report_next_of_case(r, first, i, scope)) >= 0; i++) {
        const bench_result *const own = report_fastest_own(&r->groups[i]);
        const bench_result *const b = report_row(&r->groups[i], peer);
        if (!own || !b)
            continue;
        mean_add(&mean, report_time_ratio(own, b));
        faster += strcmp(b->verdict, "FASTER") == 0;
        slower += strcmp(b->verdict, "SLOWER") == 0;
    }
    if (mean.count)
        html(r, "<td>%.2f<small> %d&thinsp;:&thinsp;%d of %d</small>", mean_value(&mean), slower,
             faster, mean.count);
    else
        html_raw(r, "<td>");
}

static void standing(report *r, const report_scope *scope)
{
    const peer_names peers = find_peers(r, scope);

    if (!peers.count)
        return;
    html(r, "<h3>Our time over the peer's%s</h3>\n<p>Below 1 we are faster. Fastest fp32 variant "
            "of ours, warm caches, geometric mean over the layers; the small figures are the "
            "layers that we win and those that the peer wins beyond doubt.</p>\n"
            "<div class=wide><table><tr><th scope=col>case", scope->threads ? "" : ", GPU");
    for (int p = 0; p < peers.count; p++)
        html(r, "<th scope=col>%s", peers.name[p]);
    for (int i = 0; i < r->group_count; i++) {
        char name[GRID_NAME];
        if (!report_opens_case(r, i, scope))
            continue;
        bool any = false;
        for (int k = i; (k = report_next_of_case(r, i, k, scope)) >= 0 && !any; k++)
            any = report_fastest_peer(&r->groups[k]) != NULL;
        if (!any)
            continue;
        report_case_name(report_head(&r->groups[i]), name);
        html(r, "\n<tr><th scope=row>%s", name);
        for (int p = 0; p < peers.count; p++)
            standing_cell(r, i, scope, peers.name[p]);
    }
    html_raw(r, "\n</table></div>\n");
}

/* ---- Gaps ---- */

/* Seconds of a call that the roof does not explain. */
static double lost(const bench_result *b)
{
    return b->seconds * (1 - b->roof_share);
}

static void gaps(report *r, const report_scope *scope)
{
    const bench_result *gap[GAPS] = { NULL };
    const report_group *group[GAPS] = { NULL };
    int count = 0;

    for (int i = 0; i < r->group_count; i++) {
        const bench_result *const b = report_fastest_own(&r->groups[i]);
        if (!b || !isfinite(b->roof_share) || !report_is_layer(&r->groups[i], scope))
            continue;
        int place = count < GAPS ? count++ : GAPS;
        for (; place > 0 && lost(b) > lost(gap[place - 1]); place--)
            if (place < GAPS)
                gap[place] = gap[place - 1], group[place] = group[place - 1];
        if (place < GAPS)
            gap[place] = b, group[place] = &r->groups[i];
    }
    if (!count)
        return;
    html(r, "<h3>The largest gaps to the roof%s</h3>\n<p>Ordered by the time per call that the "
            "roof does not explain.</p>\n<div class=wide><table><tr><th scope=col>case"
            "<th scope=col>layer<th scope=col>variant<th scope=col>time<th scope=col>lost"
            "<th scope=col>share of roof<th scope=col>bound by<th scope=col>fastest peer",
         scope->threads ? "" : ", GPU");
    for (int i = 0; i < count; i++) {
        const bench_result *const b = gap[i], *const peer = report_fastest_peer(group[i]);
        char name[GRID_NAME];
        report_case_name(b, name);
        html(r, "\n<tr><th scope=row>%s<td>%s, n%d<td>%s<td>%s<td>%s<td>%.1f %%<td>%s<td>", name,
             b->label, b->batch, b->row, report_time(b->seconds), report_time(lost(b)),
             100 * b->roof_share, b->roof);
        if (peer)
            html(r, "%s: %s", peer->row, report_time(peer->seconds));
    }
    html_raw(r, "\n</table></div>\n");
}

void report_standing(report *r)
{
    const report_scope host = { r->threads, false }, gpu = { 0, false };

    if (r->threads) {
        standing(r, &host);
        gaps(r, &host);
    }
    standing(r, &gpu);
    gaps(r, &gpu);
}

/* ---- Everything ---- */

static void put_number(report *r, double v)
{
    html_raw(r, "<td>");
    html(r, isfinite(v) && fabs(v) < 0.01 ? "%.2g" : "%.3g", v);
}

static void result_row(report *r, const bench_result *b)
{
    html(r, "\n<tr><td>%s<td>%s<td>%d<td>%d<td>%s<td>%s", b->pass, b->label, b->batch, b->threads,
         b->cold ? "cold" : "warm", b->row);
    if (*b->skipped) {
        html(r, "<td colspan=8>skipped: %s", b->skipped);
        return;
    }
    html(r, "<td>%s", report_time(b->seconds));
    put_number(r, b->gflops);
    put_number(r, b->gbs);
    if (isfinite(b->roof_share))
        html(r, "<td>%.0f %% %s", 100 * b->roof_share, b->roof);
    else
        html_raw(r, "<td>");
    put_number(r, b->ratio);
    if (isfinite(b->ratio_low) && isfinite(b->ratio_high))
        html(r, "<td>%.3f..%.3f", b->ratio_low, b->ratio_high);
    else
        html_raw(r, "<td>");
    html(r, "<td>%s", b->valid ? b->verdict : "INVALID");
    put_number(r, b->error);
}

/* Returns how many results no longer fit into the page. */
static int results_of(report *r, const char *concept)
{
    int left_out = 0, shown = 0;

    for (int i = 0; i < r->group_count; i++)
        for (int j = 0; j < r->groups[i].count; j++) {
            if (strcmp(r->groups[i].row[j]->concept, concept) != 0)
                continue;
            if (ftello(r->page) > PAGE_LIMIT) {
                left_out++;
                continue;
            }
            if (shown++ == 0)
                html(r, "<details><summary>%s</summary>\n<div class=wide><table><tr><th scope=col>"
                        "pass<th scope=col>layer<th scope=col>batch<th scope=col>threads"
                        "<th scope=col>caches<th scope=col>row<th scope=col>time"
                        "<th scope=col>GFLOP/s<th scope=col>GB/s<th scope=col>roof<th scope=col>"
                        "time / base<th scope=col>95 %%<th scope=col>verdict<th scope=col>error",
                     concept);
            result_row(r, r->groups[i].row[j]);
        }
    if (shown)
        html_raw(r, "\n</table></div></details>\n");
    return left_out;
}

static void steps_table(report *r)
{
    bool any = false;

    for (size_t i = 0; i < r->file.count; i++) {
        const bench_result *const b = &r->file.results[i];
        if (b->kind != RESULT_STEP)
            continue;
        if (!any)
            html_raw(r, "<details><summary>training steps</summary>\n<div class=wide><table><tr>"
                        "<th scope=col>network<th scope=col>batch<th scope=col>threads"
                        "<th scope=col>layer<th scope=col>pass<th scope=col>row<th scope=col>time");
        any = true;
        html(r, "\n<tr><td>%s<td>%d<td>%d<td>%s<td>%s<td>%s<td>%s", b->concept, b->batch,
             b->threads, b->label, b->pass, b->row,
             *b->skipped ? b->skipped : report_time(b->seconds));
    }
    if (any)
        html_raw(r, "\n</table></div></details>\n");
}

void report_everything(report *r)
{
    int left_out = 0;

    for (int i = 0; i < r->group_count; i++) {
        const char *const concept = report_head(&r->groups[i])->concept;
        bool seen = false;
        for (int j = 0; j < i && !seen; j++)
            seen = strcmp(report_head(&r->groups[j])->concept, concept) == 0;
        if (!seen)
            left_out += results_of(r, concept);
    }
    steps_table(r);
    if (left_out)
        html(r, "<p class=absent>%d more results are in %s: this page stays below 2 MB.</p>\n",
             left_out, r->options.bench);
}
