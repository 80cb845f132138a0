/* plot_map.c: numbers on grids as panels of colours on a canvas. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plot/plot.h"
#include "plot/plot_axis.h"
#include "plot/plot_canvas.h"

enum {
    TEXT = 12, TITLE = 11,                      /* sizes of type in pixels */
    LINE = 15,                                  /* from one line of a title to the next */
    GAP = 14,
    LONGEST_TITLE = 170,
    KEY_WIDTH = 160, KEY_HEIGHT = 10, KEY_ROOM = 44, KEY_STEPS = 64
};

/* All panels have the same place for names and titles, so that they stand in rank and file. */
typedef struct {
    const plot_map *maps;
    int count, across, down;
    plot_canvas canvas;
    double cell_width, cell_height;
    double before, above, below;                /* room around the cells of a panel */
    double slot_width, slot_height;             /* of a panel with all that */
    bool key;
} map_layout;

static bool whole_numbers(const plot_map *m)
{
    for (long i = 0; i < (long)m->rows * m->columns; i++)
        if (isfinite(m->value[i]) && rintf(m->value[i]) != m->value[i])
            return false;
    return true;
}

static void cell_text(const plot_map *m, bool whole, long i, char text[PLOT_TIC_BYTES])
{
    plot_number((double)m->value[i], whole ? 1.0 : 0.0, text);
}

static int title_lines(const char *title)
{
    int lines = title && *title ? 1 : 0;

    for (; title && *title; title++)
        lines += *title == '\n';
    return lines;
}

/* The text up to the next line break; *rest is what follows. */
static void title_line(const char **rest, char text[CANVAS_FIT_BYTES])
{
    const size_t length = strcspn(*rest, "\n");
    const size_t kept = length < CANVAS_FIT_BYTES ? length : CANVAS_FIT_BYTES - 1;

    memcpy(text, *rest, kept);
    text[kept] = '\0';
    *rest += length + ((*rest)[length] == '\n');
}

static double title_width(const char *title)
{
    char text[CANVAS_FIT_BYTES];
    double widest = 0.0;

    while (title && *title) {
        title_line(&title, text);
        widest = fmax(widest, canvas_text_width(text, TITLE));
    }
    return fmin(widest, LONGEST_TITLE);
}

static double widest_name(const char *const *names, int count)
{
    double widest = 0.0;

    for (int i = 0; names && i < count; i++)
        widest = fmax(widest, canvas_text_width(names[i], TEXT));
    return widest;
}

/* Signs are read off a key; images and printed numbers need none. */
static bool needs_key(const plot_map *maps, int count)
{
    for (int i = 0; i < count; i++)
        if (!maps[i].diverging || maps[i].numbers || maps[i].low != maps[0].low ||
            maps[i].high != maps[0].high)
            return false;
    return count > 0 && (count == 1 || maps[0].low != maps[0].high);
}

static void size_cells(map_layout *l)
{
    int largest = 1;
    double widest = 0.0;
    char text[PLOT_TIC_BYTES];

    for (int i = 0; i < l->count; i++) {
        const plot_map *const m = &l->maps[i];
        const bool whole = whole_numbers(m);
        largest = m->rows > largest ? m->rows : largest;
        largest = m->columns > largest ? m->columns : largest;
        for (long j = 0; m->numbers && j < (long)m->rows * m->columns; j++) {
            cell_text(m, whole, j, text);
            widest = fmax(widest, canvas_text_width(text, TEXT));
        }
    }
    const double side = fmin(fmax((l->count == 1 ? 336.0 : 84.0) / largest, 1.0), 32.0);
    l->cell_width = widest > 0.0 ? fmax(widest + 10, 36) : side;
    l->cell_height = widest > 0.0 ? 28 : side;
}

static void place_panels(map_layout *l)
{
    double wide = 0.0, tall = 0.0, titles = 0.0;

    size_cells(l);
    l->key = needs_key(l->maps, l->count);
    for (int i = 0; i < l->count; i++) {
        const plot_map *const m = &l->maps[i];
        const double names = widest_name(m->row_names, m->rows);
        const double under = widest_name(m->column_names, m->columns);
        wide = fmax(wide, m->columns * l->cell_width);
        tall = fmax(tall, m->rows * l->cell_height);
        titles = fmax(titles, title_width(m->title));
        l->before = fmax(l->before, (names > 0.0 ? names + 8 : 0.0) + (m->y_label ? 20 : 0));
        l->above = fmax(l->above, title_lines(m->title) * LINE);
        l->below = fmax(l->below, (under > 0.0 ? fmin(under, 100.0) + 8 : 0.0) +
                        (m->x_label ? 20 : 0));
        if (under > 0.0 && under + 4 <= l->cell_width)
            l->below = fmax(TEXT + 8, 0.0) + (m->x_label ? 20 : 0);
    }
    l->slot_width = l->before + fmax(wide, titles) + GAP;
    l->slot_height = l->above + tall + l->below + GAP;
}

static void draw_cells(map_layout *l, const plot_map *m, double x, double y)
{
    const long cells = (long)m->rows * m->columns;
    plot_rgb *const colors = calloc((size_t)cells + 1, sizeof *colors);
    bool *const blank = calloc((size_t)cells + 1, sizeof *blank);
    double low, high;

    plot_map_range(m, &low, &high);
    for (long i = 0; i < cells && colors && blank; i++) {
        blank[i] = isnan(m->value[i]);
        if (!blank[i])
            colors[i] = plot_map_color(m, low, high, (double)m->value[i]);
    }
    if (colors && blank && cells > 0)
        canvas_image(&l->canvas, x, y, m->columns * l->cell_width, m->rows * l->cell_height,
                     m->rows, m->columns, colors, blank);
    const bool whole = whole_numbers(m);
    char text[PLOT_TIC_BYTES];
    for (long i = 0; i < cells && m->numbers && colors && blank; i++) {
        cell_text(m, whole, i, text);
        const char *const ink = blank[i] ? NULL :
                                plot_lightness(colors[i]) > 0.55 ? "#111111" : "#ffffff";
        canvas_text(&l->canvas, x + ((double)(i % m->columns) + 0.5) * l->cell_width,
                    y + ((double)(i / m->columns) + 0.5) * l->cell_height, ANCHOR_CENTER, 0, TEXT,
                    ink, text);
    }
    free(colors);
    free(blank);
}

static void draw_names(map_layout *l, const plot_map *m, double x, double y)
{
    plot_canvas *const k = &l->canvas;
    const double width = m->columns * l->cell_width, height = m->rows * l->cell_height;
    const bool upright = widest_name(m->column_names, m->columns) + 4 > l->cell_width;
    char text[CANVAS_FIT_BYTES];

    for (int i = 0; m->row_names && i < m->rows; i++)
        canvas_text(k, x - 6, y + (i + 0.5) * l->cell_height, ANCHOR_RIGHT, 0, TEXT, NULL,
                    m->row_names[i]);
    for (int i = 0; m->column_names && i < m->columns; i++)
        canvas_text(k, x + (i + 0.5) * l->cell_width, y + height + (upright ? 6 : 12),
                    upright ? ANCHOR_RIGHT : ANCHOR_CENTER, upright ? 90 : 0, TEXT, NULL,
                    canvas_fit(m->column_names[i], 100.0, TEXT, text));
    if (m->x_label)
        canvas_text(k, x + width / 2, y + height + l->below - 8, ANCHOR_CENTER, 0, TEXT, NULL,
                    m->x_label);
    if (m->y_label)
        canvas_text(k, x - l->before + 8, y + height / 2, ANCHOR_CENTER, 90, TEXT, NULL,
                    m->y_label);
}

/* A panel's border shows where it ends when its own edge is as white as the paper. */
static void draw_border(map_layout *l, const plot_map *m, double x, double y)
{
    const double right = x + m->columns * l->cell_width, bottom = y + m->rows * l->cell_height;
    plot_canvas *const k = &l->canvas;

    canvas_begin_lines(k, NULL, 0.6, "solid");
    canvas_point(k, x, y);
    canvas_point(k, right, y);
    canvas_point(k, right, bottom);
    canvas_point(k, x, bottom);
    canvas_point(k, x, y);
    canvas_end(k);
}

static void draw_panel(map_layout *l, int i)
{
    const plot_map *const m = &l->maps[i];
    const double left = GAP + i % l->across * l->slot_width;
    const double top = GAP + i / l->across * l->slot_height;
    const double room = l->slot_width - GAP - l->before;
    const double x = left + l->before + (room - m->columns * l->cell_width) / 2;
    const double y = top + l->above;
    const char *rest = m->title ? m->title : "";
    char line[CANVAS_FIT_BYTES], cut[CANVAS_FIT_BYTES];

    for (double at = top + 4; *rest; at += LINE) {
        title_line(&rest, line);
        canvas_text(&l->canvas, left + l->before + room / 2, at, ANCHOR_CENTER, 0, TITLE, NULL,
                    canvas_fit(line, room + 4, TITLE, cut));
    }
    draw_cells(l, m, x, y);
    draw_border(l, m, x, y);
    draw_names(l, m, x, y);
}

static void draw_key(map_layout *l)
{
    const double x = (l->canvas.width - KEY_WIDTH) / 2.0, y = l->canvas.height - KEY_ROOM + 10;
    plot_rgb colors[KEY_STEPS];
    const bool blank[KEY_STEPS] = { false };
    double low, high;
    char text[PLOT_TIC_BYTES];

    plot_map_range(&l->maps[0], &low, &high);
    for (int i = 0; i < KEY_STEPS; i++)
        colors[i] = plot_map_color(&l->maps[0], 0.0, KEY_STEPS - 1, i);
    canvas_image(&l->canvas, x, y, KEY_WIDTH, KEY_HEIGHT, 1, KEY_STEPS, colors, blank);
    for (int i = 0; i < 3; i++) {
        plot_number(low + i * (high - low) / 2, 0.0, text);
        canvas_text(&l->canvas, x + i * KEY_WIDTH / 2.0, y + KEY_HEIGHT + 10, ANCHOR_CENTER, 0,
                    TITLE, NULL, text);
    }
}

bool plot_maps_draw(const plot_map *maps, int count, int columns, const char *path,
                    file_error *error)
{
    map_layout l = { .maps = maps, .count = count };

    l.across = columns < 1 ? 1 : columns < count ? columns : count > 0 ? count : 1;
    l.down = (count + l.across - 1) / l.across;
    place_panels(&l);
    double width = l.across * l.slot_width + GAP;
    const double height = l.down * l.slot_height + GAP + (l.key ? KEY_ROOM : 0);
    if (l.key)
        width = fmax(width, KEY_WIDTH + 60);
    if (count < 1)
        width = 320;
    if (canvas_begin(&l.canvas, (int)ceil(width), (int)ceil(fmax(height, 40)),
                     count == 1 ? maps[0].title : NULL)) {
        if (count < 1)
            canvas_text(&l.canvas, width / 2, 20, ANCHOR_CENTER, 0, TEXT, NULL, "nothing to show");
        for (int i = 0; i < count; i++)
            draw_panel(&l, i);
        if (l.key)
            draw_key(&l);
    }
    return canvas_finish(&l.canvas, path, error);
}
