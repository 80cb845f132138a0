/* plot_text.c: charts and maps as text, for terminals and for tests that compare line by line. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plot/plot.h"
#include "plot/plot_axis.h"
#include "plot/plot_color.h"

enum {
    LEAST_WIDTH = 8, LEAST_HEIGHT = 3,
    DOTS_ACROSS = 2, DOTS_DOWN = 4,             /* dots of a braille character */
    NAME_COLUMNS = 24,
    CELL_COLUMNS = 6
};

static const char marks[] = "*o+x#@%&=~$!";
static const char fills[] = "#=o+:*x-%@.~";

static char mark_of(int s)
{
    return marks[s % (int)(sizeof marks - 1)];
}

static char fill_of(int s)
{
    return fills[s % (int)(sizeof fills - 1)];
}

/* Columns that UTF-8 text takes, if no character is a wide one. */
static int columns_of(const char *text)
{
    int columns = 0;

    for (; *text; text++)
        columns += ((unsigned char)*text & 0xc0) != 0x80;
    return columns;
}

/* Text from elsewhere: no escape sequences. */
static void put_text(const char *text, FILE *out)
{
    for (; *text; text++)
        fputc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, out);
}

static void put_blanks(int count, FILE *out)
{
    for (int i = 0; i < count; i++)
        fputc(' ', out);
}

static void put_centred(const char *text, int columns, int before, FILE *out)
{
    const int room = columns - columns_of(text);

    put_blanks(before + (room > 0 ? room / 2 : 0), out);
    put_text(text, out);
    fputc('\n', out);
}

/* ---- lines and points ---- */

typedef struct {
    const plot_chart *chart;
    plot_axis x, y;
    int width, height;          /* characters inside the axes */
    int label_columns;
    bool braille;
    char *cell;                 /* [height][width]: a mark, or 0; braille: its dots */
} screen;

static void show_points(screen *t)
{
    plot_axis_begin(&t->x, t->chart->x_log);
    plot_axis_begin(&t->y, t->chart->y_log);
    for (int s = 0; s < t->chart->series_count; s++) {
        const plot_series *const p = &t->chart->series[s];
        for (int i = 0; i < p->count; i++)
            if (plot_axis_takes(&t->x, p->x[i]) && plot_axis_takes(&t->y, p->y[i])) {
                plot_axis_show(&t->x, p->x[i]);
                plot_axis_show(&t->y, p->y[i]);
            }
    }
}

/* Where a dot of a braille character is in its number: columns left and right, from the top. */
static const unsigned char braille_bit[DOTS_DOWN][DOTS_ACROSS] = { { 0x01, 0x08 }, { 0x02, 0x10 },
                                                                   { 0x04, 0x20 },
                                                                   { 0x40, 0x80 } };

static void set_dot(screen *t, int column, int row, char mark)
{
    if (!t->braille) {
        t->cell[row * t->width + column] = mark;
        return;
    }
    char *const cell = &t->cell[row / DOTS_DOWN * t->width + column / DOTS_ACROSS];
    *cell = (char)((unsigned char)*cell | braille_bit[row % DOTS_DOWN][column % DOTS_ACROSS]);
}

/* A straight line of dots. */
static void join(screen *t, const int from[2], const int to[2], char mark)
{
    const int across = abs(to[0] - from[0]), down = abs(to[1] - from[1]);
    const int steps = across > down ? across : down;

    for (int i = 0; i <= steps; i++) {
        const double part = steps ? (double)i / steps : 0.0;
        set_dot(t, (int)lround(from[0] + part * (to[0] - from[0])),
                (int)lround(from[1] + part * (to[1] - from[1])), mark);
    }
}

static void draw_series(screen *t, int s)
{
    const plot_series *const p = &t->chart->series[s];
    const int across = t->width * (t->braille ? DOTS_ACROSS : 1) - 1;
    const int down = t->height * (t->braille ? DOTS_DOWN : 1) - 1;
    const bool lines = t->chart->kind == PLOT_LINES || p->dashed;
    int before[2];
    bool pen = false;

    for (int i = 0; i < p->count; i++) {
        const double x = plot_axis_place(&t->x, p->x[i]), y = plot_axis_place(&t->y, p->y[i]);
        const bool here = !isnan(x) && !isnan(y);
        const int at[2] = { here ? (int)lround(x * across) : 0,
                            here ? (int)lround((1.0 - y) * down) : 0 };
        if (here)
            join(t, pen && lines ? before : at, at, mark_of(s));
        memcpy(before, at, sizeof before);
        pen = here;
    }
}

static void put_cell(const screen *t, int at, FILE *out)
{
    const unsigned char c = (unsigned char)t->cell[at];

    if (t->braille && c)                        /* U+2800 + dots */
        fprintf(out, "\xe2%c%c", 0xa0 | c >> 6, 0x80 | (c & 0x3f));
    else
        fputc(c ? c : ' ', out);
}

static int tic_row(const screen *t, int i)
{
    return (int)lround((1.0 - plot_axis_place(&t->y, t->y.tic[i])) * (t->height - 1));
}

static void put_rows(const screen *t, FILE *out)
{
    for (int row = 0; row < t->height; row++) {
        const char *label = "";
        for (int i = 0; i < t->y.tic_count; i++)
            if (tic_row(t, i) == row)
                label = t->y.label[i];
        fprintf(out, "%*s %c", t->label_columns, label, *label ? '+' : '|');
        int last = t->width - 1;
        while (last >= 0 && !t->cell[row * t->width + last])
            last--;                             /* no blanks at the end of a line */
        for (int column = 0; column <= last; column++)
            put_cell(t, row * t->width + column, out);
        fputc('\n', out);
    }
}

static void put_x_axis(const screen *t, FILE *out)
{
    int used = -1;                              /* columns written so far, inside the axes */

    put_blanks(t->label_columns + 1, out);
    fputc('+', out);
    for (int column = 0; column < t->width; column++) {
        bool tic = false;
        for (int i = 0; i < t->x.tic_count; i++)
            tic = tic || lround(plot_axis_place(&t->x, t->x.tic[i]) * (t->width - 1)) == column;
        fputc(tic ? '+' : '-', out);
    }
    fputc('\n', out);
    put_blanks(t->label_columns + 1, out);
    for (int i = 0; i < t->x.tic_count; i++) {
        const int length = (int)strlen(t->x.label[i]);
        const int middle = (int)lround(plot_axis_place(&t->x, t->x.tic[i]) * (t->width - 1));
        int start = middle - length / 2;
        start = start + length > t->width ? t->width - length : start;
        if (start <= used && used >= 0)
            continue;                           /* no room between it and the one before */
        start = start < -1 ? -1 : start;
        put_blanks(start - used, out);
        fputs(t->x.label[i], out);
        used = start + length;
    }
    fputc('\n', out);
}

static void put_legend(const plot_chart *c, char (*sign)(int), int before, FILE *out)
{
    int named = 0;

    for (int s = 0; s < c->series_count; s++)
        named += c->series[s].name != NULL;
    if (named == 0)
        return;
    put_blanks(before, out);
    for (int s = 0; s < c->series_count; s++)
        if (c->series[s].name) {
            fprintf(out, "  %c ", sign(s));
            put_text(c->series[s].name, out);
        }
    fputc('\n', out);
}

static void draw_points(const plot_chart *c, int columns, int rows, bool unicode, FILE *out)
{
    screen t = { .chart = c, .braille = unicode && c->series_count == 1 };
    const bool legend = c->series_count > 1;

    show_points(&t);
    t.height = rows - 2 - (c->title != NULL) - (c->y_label != NULL) - (c->x_label != NULL) - legend;
    t.height = t.height > LEAST_HEIGHT ? t.height : LEAST_HEIGHT;
    plot_axis_finish(&t.y, plot_axis_near_zero(&t.y), 0.0, t.height / 3);
    for (int i = 0; i < t.y.tic_count; i++)
        if ((int)strlen(t.y.label[i]) > t.label_columns)
            t.label_columns = (int)strlen(t.y.label[i]);
    t.width = columns - t.label_columns - 2;
    t.width = t.width > LEAST_WIDTH ? t.width : LEAST_WIDTH;
    plot_axis_finish(&t.x, false, 0.0, t.width / 12);
    t.cell = calloc((size_t)t.width * (size_t)t.height, 1);
    if (!t.cell)
        return;
    for (int s = c->series_count - 1; s >= 0; s--)      /* the first on top */
        draw_series(&t, s);
    if (c->title)
        put_centred(c->title, t.width, t.label_columns + 2, out);
    if (c->y_label)
        put_centred(c->y_label, 0, 0, out);
    if (t.y.empty) {
        fputs("no data\n", out);
    } else {
        put_rows(&t, out);
        put_x_axis(&t, out);
        if (c->x_label)
            put_centred(c->x_label, t.width, t.label_columns + 2, out);
        if (legend)
            put_legend(c, mark_of, t.label_columns, out);
    }
    free(t.cell);
}

/* ---- bars ---- */

static double stack_height(const plot_chart *c, int category, int series)
{
    double sum = 0.0;

    for (int s = 0; s < series; s++)
        if (category < c->series[s].count && c->series[s].y[category] > 0.0)
            sum += c->series[s].y[category];
    return sum;
}

/* The name in front of a bar, cut and filled to `width` columns. */
static void put_name(const char *name, int width, FILE *out)
{
    int used = 0;

    for (; *name && (used < width || ((unsigned char)*name & 0xc0) == 0x80); name++) {
        fputc((unsigned char)*name < 0x20 || *name == 0x7f ? '?' : *name, out);
        used += ((unsigned char)*name & 0xc0) != 0x80;
    }
    put_blanks(width - used, out);
}

static void put_bar(const plot_axis *y, int room, int s, double from, double to, bool unicode,
                    FILE *out)
{
    const double low = plot_axis_place(y, from), high = plot_axis_place(y, to);
    const int first = (int)lround((isnan(low) ? 0.0 : low) * room);
    const int last = (int)lround((isnan(high) ? 0.0 : high) * room);

    for (int i = first; i < last; i++)
        if (unicode && s == 0)
            fputs("\xe2\x96\x88", out);
        else
            fputc(fill_of(s), out);
}

static void put_value(double value, FILE *out)
{
    char text[PLOT_TIC_BYTES];

    plot_number(value, 0.0, text);
    fprintf(out, " %s\n", text);
}

static void draw_bars(const plot_chart *c, int columns, bool unicode, FILE *out)
{
    const bool stacked = c->kind == PLOT_STACKED;
    int names = 1;
    plot_axis y;

    plot_axis_begin(&y, !stacked && c->y_log);
    for (int i = 0; i < c->category_count; i++) {
        const int length = columns_of(c->categories[i]);
        names = length > names ? length : names;
        plot_axis_show(&y, stacked ? stack_height(c, i, c->series_count) : NAN);
        for (int s = 0; s < c->series_count && !stacked; s++)
            plot_axis_show(&y, i < c->series[s].count ? c->series[s].y[i] : NAN);
    }
    names = names < NAME_COLUMNS ? names : NAME_COLUMNS;
    plot_axis_finish(&y, true, y.log ? 0.05 : 0.0, 4);
    int room = columns - names - 12;            /* for the value behind the bar */
    room = room > LEAST_WIDTH ? room : LEAST_WIDTH;
    if (c->title)
        put_centred(c->title, columns, 0, out);
    if (c->y_label)
        put_centred(c->y_label, 0, 0, out);
    for (int i = 0; i < c->category_count; i++)
        for (int s = 0; s < (stacked ? 1 : c->series_count); s++) {
            put_name(s == 0 ? c->categories[i] : "", names, out);
            fputs(" |", out);
            for (int p = 0; p < c->series_count && stacked; p++)
                put_bar(&y, room, p, stack_height(c, i, p), stack_height(c, i, p + 1), unicode,
                        out);
            const double value = i < c->series[s].count ? c->series[s].y[i] : NAN;
            if (!stacked)
                put_bar(&y, room, s, y.log ? y.low : y.low > 0.0 ? y.low : 0.0, value, unicode,
                        out);
            put_value(stacked ? stack_height(c, i, c->series_count) : value, out);
        }
    if (c->x_label)
        put_centred(c->x_label, columns, 0, out);
    if (c->series_count > 1)
        put_legend(c, fill_of, 0, out);
    if (y.empty)
        fputs("no data\n", out);
}

void plot_chart_text(const plot_chart *c, int columns, int rows, bool unicode, FILE *out)
{
    if (c->kind == PLOT_BARS || c->kind == PLOT_STACKED)
        draw_bars(c, columns, unicode, out);
    else
        draw_points(c, columns, rows, unicode, out);
}

/* ---- maps ---- */

/* Two characters for each cell, which is about a square. */
static void put_shade(double lightness, bool unicode, FILE *out)
{
    static const char ascii[] = " .:-=+*#%@";
    static const char *const blocks[] = { " ", "\xe2\x96\x91", "\xe2\x96\x92", "\xe2\x96\x93",
                                          "\xe2\x96\x88" };

    for (int i = 0; i < 2; i++)
        if (unicode)
            fputs(blocks[(int)fmin(lightness * 5.0, 4.0)], out);
        else
            fputc(ascii[(int)fmin(lightness * 10.0, 9.0)], out);
}

static void put_number_cell(const plot_map *m, double value, FILE *out)
{
    char text[PLOT_TIC_BYTES];

    plot_number(value, m->value && rint(value) == value ? 1.0 : 0.0, text);
    fprintf(out, "%*s", CELL_COLUMNS, text);
}

static void put_map_cell(const plot_map *m, double low, double high, double value, bool unicode,
                         bool color, FILE *out)
{
    const plot_rgb c = isnan(value) ? (plot_rgb){ 0, 0, 0 } : plot_map_color(m, low, high, value);

    if (color && !isnan(value))
        fprintf(out, "\033[48;2;%d;%d;%dm\033[38;2;%sm", c.r, c.g, c.b,
                plot_lightness(c) > 0.55 ? "0;0;0" : "255;255;255");
    if (m->numbers)
        put_number_cell(m, value, out);
    else if (isnan(value))
        fputs("??", out);
    else if (color)
        fputs("  ", out);
    else
        put_shade(fmin(fmax(high == low ? 0.5 : (value - low) / (high - low), 0.0), 1.0), unicode,
                  out);
    if (color && !isnan(value))
        fputs("\033[0m", out);
}

void plot_map_text(const plot_map *m, bool unicode, bool color, FILE *out)
{
    int names = 0;
    double low, high;

    plot_map_range(m, &low, &high);
    for (int i = 0; m->row_names && i < m->rows; i++)
        names = columns_of(m->row_names[i]) > names ? columns_of(m->row_names[i]) : names;
    names = names < NAME_COLUMNS ? names : NAME_COLUMNS;
    if (m->title) {
        for (const char *c = m->title; *c; c++)
            fputc(*c != '\n' && ((unsigned char)*c < 0x20 || *c == 0x7f) ? '?' : *c, out);
        fputc('\n', out);
    }
    if (m->column_names) {
        put_blanks(names + 1, out);
        for (int i = 0; i < m->columns; i++) {
            fputc(' ', out);
            put_name(m->column_names[i], m->numbers ? CELL_COLUMNS - 1 : 1, out);
        }
        fputc('\n', out);
    }
    for (int row = 0; row < m->rows; row++) {
        if (m->row_names)
            put_name(m->row_names[row], names + 1, out);
        for (int column = 0; column < m->columns; column++)
            put_map_cell(m, low, high, (double)m->value[(long)row * m->columns + column], unicode,
                         color, out);
        fputc('\n', out);
    }
}
