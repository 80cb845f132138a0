/* report_parts.h: what the report's parts share: the page, groups of results, grids of numbers.
 *
 * A part of the report fills a grid from the results, says in a sentence what it found, and hands
 * both to report_figure(), which draws the plot, or without gnuplot leaves the numbers as a table.
 * Errors stick: after the first, what follows writes nothing, and report_write() returns it. */
#ifndef REPORT_PARTS_H
#define REPORT_PARTS_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/report.h"
#include "bench/result.h"
#include "plot/plot.h"

/* ---- Groups: results that differ only in ROW ---- */

typedef struct {
    const bench_result **row;       /* [count], in the file's order */
    int count;
    bool layer;                     /* a network's layer (or the like) at the batch that its concept
                                       is shown with: 100, or the largest there is. Sweeps only
                                       for concepts that have nothing else. */
} report_group;

typedef struct {
    report_options options;
    result_file file;               /* empty without options.bench */
    const bench_result **sorted;    /* all kernel results, group after group */
    report_group *groups;           /* in the file's order */
    int group_count;
    int threads;                    /* of most host results: what plots show that do not vary it */
    FILE *page;                     /* report.html, in memory */
    const char *no_plots;           /* why there are no plots, or NULL */
    int figures;                    /* numbered so far */
    bool failed;
    file_error *error;
} report;

/* Sorts the kernels' results into groups. False: no memory. */
bool report_group_results(report *r);

/* Which of them a figure shows. */
typedef struct {
    int threads;                    /* 0: on a GPU */
    bool cold;
} report_scope;

/* True if the group is a layer and lies in the scope. */
bool report_is_layer(const report_group *g, const report_scope *scope);
bool report_is_sweep(const report_group *g);

/* A case is a pass of a concept; its groups are its layers in the scope. report_opens_case: group i
 * is the first of a case; report_next_of_case: the first from i on of the case that `first` opens,
 * or -1. */
bool report_same_case(const bench_result *a, const bench_result *b);
bool report_opens_case(const report *r, int i, const report_scope *scope);
int report_next_of_case(const report *r, int first, int i, const report_scope *scope);

/* The first result, for what all of the group have in common: concept, pass, label, batch, ... */
const bench_result *report_head(const report_group *g);

/* True if the row was measured, lies under its roof, and is no control. */
bool report_usable(const bench_result *b);
bool report_is(const bench_result *b, const char *role);

/* Rows of a group that are usable, or NULL: by name; the plainest and the fastest full-precision of
 * our own; the fastest peer. */
const bench_result *report_row(const report_group *g, const char *name);
const bench_result *report_plainest(const report_group *g);
const bench_result *report_fastest_own(const report_group *g);
const bench_result *report_fastest_peer(const report_group *g);

/* Time of a over time of b, two rows of one group: from ratios to the base, which were taken round
 * by round, where both have them. */
double report_time_ratio(const bench_result *a, const bench_result *b);

/* ---- Grids: the numbers of a plot ---- */

enum { GRID_ROWS = 320, GRID_COLUMNS = PLOT_MAX_SERIES, GRID_NAME = 2 * RESULT_WORD_BYTES + 8 };

/* "conv2d" for its pass `forward`, "adam" for its pass `adam`, else "conv2d backward_data". */
void report_case_name(const bench_result *b, char name[GRID_NAME]);

typedef struct {
    char row_name[GRID_ROWS][GRID_NAME], column_name[GRID_COLUMNS][GRID_NAME];
    char label[GRID_COLUMNS][GRID_ROWS][GRID_NAME];     /* of points: in the table of numbers */
    const char *shown[GRID_COLUMNS][GRID_ROWS];         /* of points: in the plot, or "" */
    const char *row_text[GRID_ROWS];
    double x[GRID_COLUMNS][GRID_ROWS], value[GRID_COLUMNS][GRID_ROWS];
    int points[GRID_COLUMNS];       /* of a column that is filled by grid_point() */
    bool dashed[GRID_COLUMNS];
    int rows, columns;
    bool full;                      /* something did not fit and was left out */
} report_grid;

report_grid *grid_new(report *r);                           /* NULL, said in r, without memory */
int grid_row(report_grid *g, const char *name);             /* found or added; -1 if full */
int grid_column(report_grid *g, const char *name);          /* found or added; -1 if full */
void grid_set(report_grid *g, int row, int column, double value);   /* ignores -1 */
void grid_point(report_grid *g, int column, double x, double y, const char *label);

/* True if one of the column's first `count` values is a number. */
bool grid_has(const report_grid *g, int column, int count);

/* Adds columns for the rows of the scope (of one concept, or NULL: all), ours first, then peers. */
void grid_columns_of(report_grid *g, const report *r, const report_scope *scope,
                     const char *concept);

/* A chart of bars (rows are the categories) or of points and lines (each column's points; those of
 * lines are sorted by x and lose their labels). Columns without a number are left out. The chart
 * lives as long as the grid. */
void grid_chart(report_grid *g, plot_kind kind, plot_chart *chart);

/* ---- The page ---- */

/* Like fprintf(r->page), but every %s is escaped for HTML. Only %s %d %zu and %..f/g/e. */
void html(report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Markup that is ours, as it is. */
void html_raw(report *r, const char *markup);

typedef struct {
    const char *name;               /* of the files: "roofline" */
    const char *title;
    const char *see;                /* what to see in it, found in the data */
    const char *command;            /* that made the data, or NULL: the benchmark's */
} report_caption;

/* Draws NAME.svg and NAME.png into the folder, and the figure and its numbers into the page. */
void report_figure(report *r, const report_caption *caption, const report_grid *grid,
                   const plot_chart *chart);

/* An SVG file that another program left, as a figure; a line instead where it is missing. */
void report_foreign_svg(report *r, const report_caption *caption, const char *path);

/* A line about something that is not there. */
void report_absent(report *r, const char *what, const char *how);

/* Notes the first failure. Returns false. */
bool report_fail(report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "1.23 ms", "45.6 us" in one of eight buffers that take turns. */
const char *report_time(double seconds);

/* Geometric mean, collected one by one. */
typedef struct {
    double log_sum, low, high;
    int count;
} report_mean;
void mean_add(report_mean *m, double v);            /* ignores what is not positive and finite */
double mean_value(const report_mean *m);            /* NAN if empty */

/* ---- The parts ---- */

void report_first_page(report *r);                  /* report_first.c */
void report_speed(report *r, int threads);          /* report_speed.c: roofline, error */
void report_ladder(report *r, int threads);         /* report_ladder.c: variant after variant */
void report_layers(report *r, int threads);         /* report_layers.c: layers, roofs, caches */
void report_scaling(report *r);                     /* report_scaling.c: sizes and threads */
void report_steps(report *r);                       /* report_step.c: whole training steps */
void report_run(report *r);                         /* report_run.c: a training run */
void report_standing(report *r);                    /* report_tables.c: against peers, gaps */
void report_everything(report *r);                  /* report_tables.c: every result */

#endif
