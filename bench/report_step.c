/* report_step.c: where the time of a training step goes, network by network. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report_parts.h"
#include "nets/net.h"

enum { SEE_BYTES = 1024 };

static bool is_step(const bench_result *b)
{
    return b->kind == RESULT_STEP && !*b->skipped && isfinite(b->seconds) && b->seconds > 0;
}

static bool is_whole(const bench_result *b)
{
    return strcmp(b->label, "net") == 0;
}

/* The batch that a network is shown with: 100, or the largest. */
static int shown_batch(const report *r, const char *net)
{
    int batch = 0;

    for (size_t i = 0; i < r->file.count; i++) {
        const bench_result *const b = &r->file.results[i];
        if (is_step(b) && strcmp(b->concept, net) == 0 &&
            (b->batch == 100 || (batch != 100 && b->batch > batch)))
            batch = b->batch;
    }
    return batch;
}

static bool is_shown(const report *r, const bench_result *b)
{
    return is_step(b) && b->batch == shown_batch(r, b->concept) &&
           (b->threads == r->threads || b->threads == 0 || r->group_count == 0);
}

/* The kind of work of a part of a step: "conv2d" for layer1.0. */
static const char *kind_of(const bench_result *b)
{
    const network *const net = network_find(b->concept);

    for (int i = 0; net && i < net->layer_count; i++)
        if (strcmp(net->layers[i].name, b->label) == 0)
            return layer_kind_name(&net->layers[i]);
    return b->label;
}

/* The whole step of that network and row, or NULL. */
static const bench_result *whole_step(const report *r, const char *net, const char *row)
{
    for (size_t i = 0; i < r->file.count; i++) {
        const bench_result *const b = &r->file.results[i];
        if (is_shown(r, b) && is_whole(b) && strcmp(b->pass, "step") == 0 &&
            strcmp(b->concept, net) == 0 && strcmp(b->row, row) == 0)
            return b;
    }
    return NULL;
}

static void name_bar(const bench_result *b, char *name)
{
    snprintf(name, GRID_NAME, "%s, %s", b->concept, b->row);
}

static void add_to(report_grid *g, int row, int column, double v)
{
    if (row >= 0 && column >= 0)
        g->value[column][row] = isfinite(g->value[column][row]) ? g->value[column][row] + v : v;
}

static double sum_of_row(const report_grid *g, int row)
{
    double sum = 0;

    for (int c = 0; c < g->columns; c++)
        if (isfinite(g->value[c][row]))
            sum += g->value[c][row];
    return sum;
}

/* Where most of the time goes, and how we stand against PyTorch. */
static void describe_steps(const report *r, const report_grid *g, char *see)
{
    report_mean against = { 0 };
    double total = 0, most = 0;
    int kind = 0;

    for (int c = 0; c < g->columns; c++) {
        double sum = 0;
        for (int i = 0; i < g->rows; i++)
            if (isfinite(g->value[c][i]) && strcmp(g->column_name[c], "whole step") != 0)
                sum += g->value[c][i];
        total += sum;
        if (sum > most)
            most = sum, kind = c;
    }
    for (size_t i = 0; i < r->file.count; i++) {
        const bench_result *const theirs = &r->file.results[i];
        if (!is_shown(r, theirs) || !is_whole(theirs) || strcmp(theirs->row, "pytorch") != 0)
            continue;
        for (size_t j = 0; j < r->file.count; j++) {
            const bench_result *const ours = &r->file.results[j];
            if (is_shown(r, ours) && is_whole(ours) && strcmp(ours->row, "pytorch") != 0 &&
                strcmp(ours->pass, "step") == 0 && strcmp(ours->concept, theirs->concept) == 0)
                mean_add(&against, ours->seconds / theirs->seconds);
        }
    }
    size_t used = 0;
    if (total > 0)
        used = (size_t)snprintf(see, SEE_BYTES,
                                "Of all the time in these steps, %.0f %% goes into %s. ",
                                100 * most / total, g->column_name[kind]);
    if (against.count)
        snprintf(see + used, SEE_BYTES - used,
                 "Our step takes between %.2f and %.2f of PyTorch's time.", against.low,
                 against.high);
    else
        snprintf(see + used, SEE_BYTES - used, "PyTorch's steps are not among the results.");
}

/* A bar for every network and row, those of a network side by side. */
static void add_bars(const report *r, report_grid *g)
{
    char name[GRID_NAME];

    for (size_t i = 0; i < r->file.count; i++)
        for (size_t j = i; j < r->file.count && is_shown(r, &r->file.results[i]); j++)
            if (is_shown(r, &r->file.results[j]) &&
                strcmp(r->file.results[i].concept, r->file.results[j].concept) == 0) {
                name_bar(&r->file.results[j], name);
                grid_row(g, name);
            }
}

static void overview(report *r)
{
    report_grid *const g = grid_new(r);
    plot_chart chart;
    char see[SEE_BYTES], name[GRID_NAME];

    if (!g)
        return;
    add_bars(r, g);
    for (size_t i = 0; i < r->file.count; i++) {
        const bench_result *const b = &r->file.results[i];
        if (!is_shown(r, b) || is_whole(b))
            continue;
        name_bar(b, name);
        add_to(g, grid_row(g, name), grid_column(g, kind_of(b)), 1e3 * b->seconds);
    }
    for (size_t i = 0; i < r->file.count; i++) {
        const bench_result *const b = &r->file.results[i];
        if (!is_shown(r, b) || !is_whole(b) || strcmp(b->pass, "step") != 0)
            continue;
        name_bar(b, name);
        const int row = grid_row(g, name);
        const double sum = row >= 0 ? sum_of_row(g, row) : 0;
        if (sum == 0)                           /* not measured part by part */
            grid_set(g, row, grid_column(g, "whole step"), 1e3 * b->seconds);
        else if (1e3 * b->seconds > sum)
            grid_set(g, row, grid_column(g, "between the layers"), 1e3 * b->seconds - sum);
    }
    if (g->rows) {
        grid_chart(g, PLOT_STACKED, &chart);
        chart.y_label = "time per training step [ms]";
        chart.width = 860;
        describe_steps(r, g, see);
        report_figure(r, &(report_caption){ "steps", "Time per training step", see, NULL }, g,
                      &chart);
    }
    free(g);
}

/* One network: layers along the axis, passes on top of each other. */
static void one_network(report *r, const char *net, const char *row)
{
    report_grid *const g = grid_new(r);
    const bench_result *const whole = whole_step(r, net, row);
    plot_chart chart;
    char see[SEE_BYTES], file_name[3 * RESULT_WORD_BYTES], title[3 * RESULT_WORD_BYTES];
    double forward = 0, total = 0;
    int most = 0;

    if (!g)
        return;
    for (size_t i = 0; i < r->file.count; i++) {
        const bench_result *const b = &r->file.results[i];
        if (!is_shown(r, b) || is_whole(b) || strcmp(b->concept, net) != 0 ||
            strcmp(b->row, row) != 0)
            continue;
        add_to(g, grid_row(g, b->label), grid_column(g, b->pass), 1e3 * b->seconds);
        total += b->seconds;
        forward += strcmp(b->pass, "forward") == 0 ? b->seconds : 0;
    }
    for (int i = 1; i < g->rows; i++)
        if (sum_of_row(g, i) > sum_of_row(g, most))
            most = i;
    if (total > 0) {
        grid_chart(g, PLOT_STACKED, &chart);
        chart.y_label = "time [ms]";
        snprintf(see, sizeof see,
                 "Batch %d. %s takes %.0f %% of the %s that the parts add up to%s%s; the forward "
                 "pass is %.0f %% of it.",
                 shown_batch(r, net), g->row_name[most],
                 100 * 1e-3 * sum_of_row(g, most) / total, report_time(total),
                 whole ? ", the whole step " : "", whole ? report_time(whole->seconds) : "",
                 100 * forward / total);
        snprintf(file_name, sizeof file_name, "step-%s-%s", net, row);
        snprintf(title, sizeof title, "A step of %s, %s, part by part", net, row);
        report_figure(r, &(report_caption){ file_name, title, see, NULL }, g, &chart);
    }
    free(g);
}

void report_steps(report *r)
{
    bool any = false, pytorch = false;

    overview(r);
    for (size_t i = 0; i < r->file.count; i++) {
        const bench_result *const b = &r->file.results[i];
        bool seen = false;
        if (!is_shown(r, b))
            continue;
        any = true;
        pytorch |= strcmp(b->row, "pytorch") == 0;
        for (size_t j = 0; j < i && !seen; j++)
            seen = is_shown(r, &r->file.results[j]) && !is_whole(&r->file.results[j]) &&
                   strcmp(r->file.results[j].concept, b->concept) == 0 &&
                   strcmp(r->file.results[j].row, b->row) == 0;
        if (!seen && !is_whole(b))
            one_network(r, b->concept, b->row);
    }
    if (!any)
        report_absent(r, "No training steps:",
                      "the results hold none (names that begin with step/); a whole run of make "
                      "bench does.");
    else if (!pytorch)
        report_absent(r, "No PyTorch beside them:",
                      "install python3-torch, then bench/peers/pytorch_step.py --merge adds its "
                      "steps to the file of results.");
}
