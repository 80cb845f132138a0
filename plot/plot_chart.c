/* plot_chart.c: a chart's axes, grid, series, labels and legend are laid out on a canvas. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plot/plot.h"
#include "plot/plot_axis.h"
#include "plot/plot_canvas.h"

enum {
    TEXT = 12, SMALL = 10, TITLE = 14,          /* sizes of type in pixels */
    LINE = 17,                                  /* from one line of the legend to the next */
    SAMPLE = 30,                                /* a sample of a series in the legend */
    LONGEST_CATEGORY = 240,                     /* pixels of a turned label */
    MANY_POINTS = 60                            /* a line of more points has no markers */
};

typedef enum { FLAT, SLANTED, UPRIGHT } category_turn;

typedef struct {
    const plot_chart *chart;
    plot_canvas canvas;
    plot_axis x, y;
    bool bars;
    double left, right, top, bottom;            /* of the area inside the axes */
    double width, height;                       /* of the whole picture */
    bool legend_below;
    category_turn turn;
} layout;

/* What a line of any kind looks like; a limit is drawn in the text's colour without markers. */
static const char *series_color(const plot_chart *c, int s)
{
    return c->series[s].dashed ? NULL : plot_colors[s % PLOT_COLORS].light;
}

static const char *series_dash(const plot_chart *c, int s)
{
    static const char *const limits[] = { "(8,4)", "(2,3)", "(10,3,2,3)", "(4,6)", "(14,4)",
                                          "(1,5)" };
    static const char *const lines[] = { "solid", "(9,3)", "(3,3)", "(9,3,3,3)", "(16,3)" };
    int limit = 0;

    if (!c->series[s].dashed)
        return lines[s % 5];
    for (int i = 0; i < s; i++)
        limit += c->series[i].dashed;
    return limits[limit % 6];
}

static int series_marker(int s)
{
    static const int markers[] = { 7, 5, 9, 13, 11, 15, 6, 4, 8, 12, 10, 14 };
    return markers[s % 12];
}

static double x_place(const layout *l, double x)
{
    return l->left + plot_axis_place(&l->x, x) * (l->right - l->left);
}

static double y_place(const layout *l, double y)
{
    return l->bottom - plot_axis_place(&l->y, y) * (l->bottom - l->top);
}

static double zero_place(const layout *l)
{
    return l->y.log || l->y.low > 0.0 ? l->bottom : l->y.high < 0.0 ? l->top : y_place(l, 0.0);
}

/* ---- what the axes cover ---- */

static void show_stacks(layout *l)
{
    const plot_chart *const c = l->chart;

    for (int i = 0; i < c->category_count; i++) {
        double sum = 0.0;
        for (int s = 0; s < c->series_count; s++)
            if (i < c->series[s].count && c->series[s].y[i] > 0.0)
                sum += c->series[s].y[i];
        plot_axis_show(&l->y, sum);
    }
}

static void show_values(layout *l)
{
    const plot_chart *const c = l->chart;

    plot_axis_begin(&l->x, !l->bars && c->x_log);
    plot_axis_begin(&l->y, c->kind != PLOT_STACKED && c->y_log);
    if (c->kind == PLOT_STACKED)
        show_stacks(l);
    for (int s = 0; s < c->series_count && c->kind != PLOT_STACKED; s++) {
        const plot_series *const p = &c->series[s];
        for (int i = 0; i < p->count; i++) {
            const double x = l->bars ? i : p->x[i];
            if (!plot_axis_takes(&l->y, p->y[i]) || !plot_axis_takes(&l->x, x))
                continue;
            if (!l->bars)
                plot_axis_show(&l->x, x);
            plot_axis_show(&l->y, p->y[i]);
            if (p->low && p->high) {
                plot_axis_show(&l->y, p->low[i]);
                plot_axis_show(&l->y, p->high[i]);
            }
        }
    }
}

/* ---- where things lie ---- */

static double legend_width(const plot_chart *c, int *lines)
{
    double widest = 0.0;

    *lines = 0;
    for (int s = 0; s < c->series_count; s++)
        if (c->series[s].name) {
            widest = fmax(widest, canvas_text_width(c->series[s].name, TEXT));
            ++*lines;
        }
    return *lines ? widest + SAMPLE + 14 : 0.0;
}

/* How the categories' names fit under their bars, and what room they need. */
static double turn_categories(layout *l, double slot)
{
    double widest = 0.0;

    for (int i = 0; i < l->chart->category_count; i++)
        widest = fmax(widest, canvas_text_width(l->chart->categories[i], TEXT));
    l->turn = widest + 6 <= slot ? FLAT : slot >= 24 ? SLANTED : UPRIGHT;
    widest = fmin(widest, LONGEST_CATEGORY);
    return l->turn == FLAT ? TEXT : l->turn == SLANTED ? 0.58 * widest + 12 : widest + 4;
}

static void place_area(layout *l)
{
    const plot_chart *const c = l->chart;
    int lines;
    double widest = 0.0;
    const double legend = legend_width(c, &lines);

    l->width = c->width > 0 ? c->width : 720;
    l->height = c->height > 0 ? c->height : 400;
    plot_axis_finish(&l->y, l->bars || plot_axis_near_zero(&l->y), l->y.log ? 0.03 : 0.06,
                     (int)(l->height / 60));
    for (int i = 0; i < l->y.tic_count; i++)
        widest = fmax(widest, canvas_text_width(l->y.label[i], TEXT));
    l->legend_below = legend > 0.36 * l->width;
    l->left = 12 + widest + 6 + (c->y_label ? 22 : 0);
    l->right = l->width - (l->legend_below || !lines ? 18 : legend + 14);
    l->top = c->title ? 36 : 14;
    double below = TEXT + 8;
    if (l->bars && c->category_count > 0) {
        const double needed = 14.0 * c->category_count;
        l->width += fmax(0.0, needed - (l->right - l->left));
        l->right += fmax(0.0, needed - (l->right - l->left));
        below = 8 + turn_categories(l, (l->right - l->left) / c->category_count);
        if (l->turn == SLANTED)                 /* the first name reaches out to the left */
            l->left = fmax(l->left, fmin(0.82 * LONGEST_CATEGORY,
                       0.82 * canvas_text_width(c->categories[0], TEXT)));
    }
    below += 10 + (c->x_label ? 22 : 0) + (l->legend_below ? LINE * lines + 4 : 0);
    if (!l->legend_below)
        l->height = fmax(l->height, l->top + LINE * lines + 12);
    l->height = fmax(l->height, l->top + below + 120);
    l->bottom = l->height - below;
    plot_axis_finish(&l->x, false, 0.03, (int)((l->right - l->left) / 80));
}

/* ---- axes ---- */

static void draw_grid(layout *l)
{
    plot_canvas *const k = &l->canvas;

    canvas_begin_lines(k, plot_grid_color.light, 1, "solid");
    for (int i = 0; i < l->y.tic_count; i++) {
        canvas_point(k, l->left, y_place(l, l->y.tic[i]));
        canvas_point(k, l->right, y_place(l, l->y.tic[i]));
        canvas_gap(k);
    }
    for (int i = 0; i < l->x.tic_count && !l->bars; i++) {
        canvas_point(k, x_place(l, l->x.tic[i]), l->top);
        canvas_point(k, x_place(l, l->x.tic[i]), l->bottom);
        canvas_gap(k);
    }
    canvas_point(k, l->left, l->top);           /* never an empty block */
    canvas_point(k, l->left, l->top);
    canvas_end(k);
}

static void draw_frame(layout *l)
{
    plot_canvas *const k = &l->canvas;
    const double zero = l->bars ? zero_place(l) : l->bottom;

    canvas_begin_lines(k, NULL, 1, "solid");
    canvas_point(k, l->left, l->top);
    canvas_point(k, l->left, l->bottom);
    if (zero < l->bottom)
        canvas_gap(k);
    if (zero < l->bottom)
        canvas_point(k, l->left, zero);
    canvas_point(k, l->right, zero);
    canvas_end(k);
}

static void label_categories(layout *l)
{
    const plot_chart *const c = l->chart;
    const double slot = (l->right - l->left) / c->category_count;
    static const int angles[] = { 0, 35, 90 };
    char text[CANVAS_FIT_BYTES];

    for (int i = 0; i < c->category_count; i++) {
        const double x = l->left + (i + 0.5) * slot;
        const double room = l->turn == FLAT ? slot : LONGEST_CATEGORY;
        canvas_text(&l->canvas, l->turn == SLANTED ? x + 4 : x,
                    l->bottom + (l->turn == FLAT ? 13 : l->turn == SLANTED ? 10 : 6),
                    l->turn == FLAT ? ANCHOR_CENTER : ANCHOR_RIGHT, angles[l->turn], TEXT, NULL,
                    canvas_fit(c->categories[i], room, TEXT, text));
    }
}

static void label_axes(layout *l)
{
    const plot_chart *const c = l->chart;
    plot_canvas *const k = &l->canvas;
    int lines;

    legend_width(c, &lines);
    for (int i = 0; i < l->y.tic_count; i++)
        canvas_text(k, l->left - 6, y_place(l, l->y.tic[i]), ANCHOR_RIGHT, 0, TEXT, NULL,
                    l->y.label[i]);
    for (int i = 0; i < l->x.tic_count && !l->bars; i++)
        canvas_text(k, x_place(l, l->x.tic[i]), l->bottom + 13, ANCHOR_CENTER, 0, TEXT, NULL,
                    l->x.label[i]);
    if (l->bars && c->category_count > 0)
        label_categories(l);
    if (c->y_label)
        canvas_text(k, 13, (l->top + l->bottom) / 2, ANCHOR_CENTER, 90, TEXT, NULL, c->y_label);
    if (c->x_label)
        canvas_text(k, (l->left + l->right) / 2,
                    l->height - (l->legend_below ? LINE * lines + 4 : 0) - 14, ANCHOR_CENTER, 0,
                    TEXT, NULL, c->x_label);
    if (c->title)
        canvas_text(k, l->width / 2, 16, ANCHOR_CENTER, 0, TITLE, NULL, c->title);
    if (l->y.empty)
        canvas_text(k, (l->left + l->right) / 2, (l->top + l->bottom) / 2, ANCHOR_CENTER, 0, TEXT,
                    NULL, "no data");
}

/* ---- lines and points ---- */

static bool has_markers(const plot_chart *c, int s)
{
    const plot_series *const p = &c->series[s];

    if (p->dashed)
        return false;
    return c->kind == PLOT_POINTS || p->count <= MANY_POINTS;
}

static void draw_line(layout *l, int s)
{
    const plot_series *const p = &l->chart->series[s];
    bool pen = false, any = false;

    for (int i = 0; i < p->count; i++) {
        const double x = x_place(l, p->x[i]), y = y_place(l, p->y[i]);
        const bool here = !isnan(x) && !isnan(y);
        if (here && !any)
            canvas_begin_lines(&l->canvas, series_color(l->chart, s), p->dashed ? 1.3 : 1.8,
                               series_dash(l->chart, s));
        any = any || here;
        if (here)
            canvas_point(&l->canvas, x, y);
        else if (pen)
            canvas_gap(&l->canvas);
        pen = here;
    }
    if (any)
        canvas_end(&l->canvas);
}

static void draw_markers(layout *l, int s)
{
    const plot_series *const p = &l->chart->series[s];
    bool any = false;

    for (int i = 0; i < p->count; i++) {
        const double x = x_place(l, p->x[i]), y = y_place(l, p->y[i]);
        if (isnan(x) || isnan(y))
            continue;
        if (!any)
            canvas_begin_markers(&l->canvas, series_color(l->chart, s), series_marker(s), 0.7);
        any = true;
        canvas_point(&l->canvas, x, y);
    }
    if (any)
        canvas_end(&l->canvas);
}

/* A bar with two caps from low to high. Returns true if it is the first of its block. */
static bool draw_whisker(layout *l, double x, double low, double high, bool any)
{
    plot_canvas *const k = &l->canvas;
    const double a = y_place(l, low), b = y_place(l, high);

    if (isnan(x) || isnan(a) || isnan(b))
        return any;
    if (!any)
        canvas_begin_lines(k, NULL, 1, "solid");
    const double ys[2] = { a, b };
    for (int i = 0; i < 2; i++) {
        canvas_point(k, x - 3, ys[i]);
        canvas_point(k, x + 3, ys[i]);
        canvas_gap(k);
    }
    canvas_point(k, x, a);
    canvas_point(k, x, b);
    canvas_gap(k);
    return true;
}

static double bar_x(const layout *l, int s, int category, double *width)
{
    const double slot = (l->right - l->left) / l->chart->category_count;
    int across = 0, place = 0;                  /* limits are lines over the bars, not bars */

    for (int i = 0; i < l->chart->series_count; i++)
        if (!l->chart->series[i].dashed) {
            across++;
            place += i < s;
        }
    if (l->chart->kind == PLOT_STACKED || across == 0)
        across = 1, place = 0;
    *width = 0.8 * slot / across;
    return l->left + (category + 0.1) * slot + (place + 0.5) * *width;
}

static void draw_errors(layout *l, int s)
{
    const plot_series *const p = &l->chart->series[s];
    bool any = false;
    double width;

    for (int i = 0; i < p->count && p->low && p->high; i++)
        any = draw_whisker(l, l->bars ? bar_x(l, s, i, &width) : x_place(l, p->x[i]), p->low[i],
                           p->high[i], any);
    if (any)
        canvas_end(&l->canvas);
}

/* ---- labels of points: beside them where there is room, else not at all ---- */

typedef struct {
    double x0, y0, x1, y1;
} box;

typedef struct {
    box *taken;
    int count;
} boxes;

static bool overlaps(const boxes *b, box new)
{
    for (int i = 0; i < b->count; i++)
        if (new.x0 < b->taken[i].x1 && b->taken[i].x0 < new.x1 && new.y0 < b->taken[i].y1 &&
            b->taken[i].y0 < new.y1)
            return true;
    return false;
}

static void label_point(layout *l, boxes *b, double x, double y, const char *text)
{
    static const struct { double x, y; plot_anchor anchor; } places[] = {
        { 7, 0, ANCHOR_LEFT }, { -7, 0, ANCHOR_RIGHT }, { 0, -11, ANCHOR_CENTER },
        { 0, 11, ANCHOR_CENTER }, { 5, -9, ANCHOR_LEFT }, { 5, 9, ANCHOR_LEFT },
        { -5, -9, ANCHOR_RIGHT }, { -5, 9, ANCHOR_RIGHT },
    };
    const double width = canvas_text_width(text, SMALL);

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const double tx = x + places[i].x, ty = y + places[i].y;
        const double shift = places[i].anchor == ANCHOR_LEFT ? 0.0 :
                             places[i].anchor == ANCHOR_RIGHT ? width : width / 2;
        const box new = { tx - shift, ty - 6, tx - shift + width, ty + 6 };
        if (new.x0 < l->left || new.x1 > l->right || new.y0 < l->top || new.y1 > l->bottom ||
            overlaps(b, new))
            continue;
        canvas_text(&l->canvas, tx, ty, places[i].anchor, 0, SMALL, NULL, text);
        b->taken[b->count++] = new;
        return;
    }
}

static void label_points(layout *l)
{
    const plot_chart *const c = l->chart;
    boxes b = { NULL, 0 };
    size_t points = 0;

    for (int s = 0; s < c->series_count; s++)
        points += (size_t)(c->series[s].count > 0 ? c->series[s].count : 0);
    b.taken = calloc(2 * points + 1, sizeof *b.taken);
    for (int s = 0; s < c->series_count && b.taken; s++)
        for (int i = 0; i < c->series[s].count && has_markers(c, s); i++) {
            const double x = x_place(l, c->series[s].x[i]), y = y_place(l, c->series[s].y[i]);
            if (!isnan(x) && !isnan(y))
                b.taken[b.count++] = (box){ x - 4, y - 4, x + 4, y + 4 };
        }
    for (int s = 0; s < c->series_count && b.taken; s++)
        for (int i = 0; i < c->series[s].count && c->series[s].text; i++) {
            const double x = x_place(l, c->series[s].x[i]), y = y_place(l, c->series[s].y[i]);
            if (!isnan(x) && !isnan(y) && c->series[s].text[i])
                label_point(l, &b, x, y, c->series[s].text[i]);
        }
    free(b.taken);
}

/* ---- bars ---- */

/* From the ninth series on colours come again, paler. */
static double series_solid(int s)
{
    return s < PLOT_COLORS ? 1.0 : s < 2 * PLOT_COLORS ? 0.55 : 0.25;
}

static void draw_bars(layout *l, int s, double *stack)
{
    const plot_chart *const c = l->chart;
    const plot_series *const p = &c->series[s];
    bool any = false;
    double width;

    for (int i = 0; i < p->count && i < c->category_count; i++) {
        const double x = bar_x(l, s, i, &width);
        const double value = p->y[i];
        const bool stacked = c->kind == PLOT_STACKED;
        const double from = stacked ? y_place(l, stack[i]) : zero_place(l);
        const double to = y_place(l, stacked ? stack[i] + fmax(value, 0.0) : value);
        if (isnan(from) || isnan(to) || isnan(value))
            continue;
        if (stacked && value > 0.0)
            stack[i] += value;
        if (!any)
            canvas_begin_boxes(&l->canvas, plot_colors[s % PLOT_COLORS].light, series_solid(s));
        any = true;
        canvas_box(&l->canvas, x - width / 2, from, x + width / 2, to);
    }
    if (any)
        canvas_end(&l->canvas);
}

/* A limit: a line over all bars of its category. */
static void draw_limits(layout *l, int s)
{
    const plot_series *const p = &l->chart->series[s];
    const double slot = (l->right - l->left) / l->chart->category_count;
    bool any = false;

    for (int i = 0; i < p->count && i < l->chart->category_count; i++) {
        const double y = y_place(l, p->y[i]);
        if (isnan(y))
            continue;
        if (!any)
            canvas_begin_lines(&l->canvas, NULL, 2, series_dash(l->chart, s));
        any = true;
        canvas_point(&l->canvas, l->left + (i + 0.06) * slot, y);
        canvas_point(&l->canvas, l->left + (i + 0.94) * slot, y);
        canvas_gap(&l->canvas);
    }
    if (any)
        canvas_end(&l->canvas);
}

static bool is_limit(const plot_chart *c, int s)
{
    return c->kind == PLOT_BARS && c->series[s].dashed;
}

static void draw_all_bars(layout *l)
{
    const int count = l->chart->category_count;
    double *const stack = calloc((size_t)(count > 0 ? count : 1), sizeof *stack);

    for (int s = 0; s < l->chart->series_count && stack && count > 0; s++)
        if (!is_limit(l->chart, s))
            draw_bars(l, s, stack);
    for (int s = 0; s < l->chart->series_count && count > 0; s++)
        if (is_limit(l->chart, s))
            draw_limits(l, s);
    for (int s = 0; s < l->chart->series_count && stack && l->chart->kind == PLOT_BARS; s++)
        draw_errors(l, s);
    free(stack);
}

/* ---- legend ---- */

static void draw_sample(layout *l, int s, double x, double y)
{
    const plot_chart *const c = l->chart;
    plot_canvas *const k = &l->canvas;

    if (l->bars && !is_limit(c, s)) {
        canvas_begin_boxes(k, plot_colors[s % PLOT_COLORS].light, series_solid(s));
        canvas_box(k, x + 8, y - 6, x + SAMPLE - 4, y + 6);
        canvas_end(k);
        return;
    }
    if (c->kind == PLOT_LINES || (c->series[s].dashed && (!l->bars || is_limit(c, s)))) {
        canvas_begin_lines(k, series_color(c, s), c->series[s].dashed ? 1.3 : 1.8,
                           series_dash(c, s));
        canvas_point(k, x, y);
        canvas_point(k, x + SAMPLE - 4, y);
        canvas_end(k);
    }
    if (has_markers(c, s)) {
        canvas_begin_markers(k, series_color(c, s), series_marker(s), 0.7);
        canvas_point(k, x + (SAMPLE - 4) / 2.0, y);
        canvas_end(k);
    }
}

static void draw_legend(layout *l)
{
    const plot_chart *const c = l->chart;
    int lines, line = 0;

    legend_width(c, &lines);
    const double x = l->legend_below ? l->left : l->right + 14;
    const double y = l->legend_below ? l->height - LINE * lines + 4 : l->top + 8;
    for (int i = 0; i < c->series_count; i++) {
        /* A stack is read from its top down. */
        const int s = c->kind == PLOT_STACKED ? c->series_count - 1 - i : i;
        if (!c->series[s].name)
            continue;
        draw_sample(l, s, x, y + LINE * line);
        canvas_text(&l->canvas, x + SAMPLE + 2, y + LINE * line, ANCHOR_LEFT, 0, TEXT, NULL,
                    c->series[s].name);
        line++;
    }
}

bool plot_chart_draw(const plot_chart *c, const char *path, file_error *error)
{
    layout l = { .chart = c, .bars = c->kind == PLOT_BARS || c->kind == PLOT_STACKED };

    show_values(&l);
    place_area(&l);
    if (canvas_begin(&l.canvas, (int)lround(l.width), (int)lround(l.height), c->title)) {
        draw_grid(&l);
        if (l.bars)
            draw_all_bars(&l);
        for (int s = 0; s < c->series_count && !l.bars; s++) {
            if (c->kind == PLOT_LINES || c->series[s].dashed)
                draw_line(&l, s);
            draw_errors(&l, s);
            if (has_markers(c, s))
                draw_markers(&l, s);
        }
        draw_frame(&l);
        draw_legend(&l);
        label_axes(&l);
        if (!l.bars)
            label_points(&l);
    }
    return canvas_finish(&l.canvas, path, error);
}
