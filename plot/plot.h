/* plot.h: pictures: curves, bars, heat maps and images, as SVG and PNG by gnuplot, or as text.
 *
 * A plot is described once and drawn anywhere. gnuplot is a program, not a library: it is started
 * with a script on its standard input, and the plot carries its own data. Colours are of a palette
 * that survives a grey print and colour blindness (series differ in line style and marker too).
 *
 * An SVG has its size, shrinks to the page's width, and follows the reader's light or dark mode. It
 * may be pasted into HTML as it is, many into one page: black is `currentColor`, the page's text
 * colour; ids and styles are the picture's own; its title is what a screen reader reads.
 *
 * Texts may hold any bytes; what is not printable UTF-8 is drawn as '?'.
 *
 * Ownership: strings and arrays are not copied and must live until the plot is drawn. */
#ifndef PLOT_H
#define PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "data/file_error.h"

enum { PLOT_MAX_SERIES = 24, PLOT_MAX_PANELS = 64 };

typedef enum {
    PLOT_LINES,             /* y over x, lines with markers */
    PLOT_POINTS,            /* markers alone, `text` beside them where it is given */
    PLOT_BARS,              /* one group of bars per category, one bar in it per series */
    PLOT_STACKED            /* one bar per category, the series on top of each other */
} plot_kind;

typedef struct {
    const char *name;       /* in the legend; NULL: not listed there */
    const double *x, *y;    /* [count]; NAN: a gap. Bars: y[category], x is NULL */
    const double *low, *high;       /* error bars, or NULL */
    const char *const *text;        /* labels of points, or NULL */
    int count;
    bool dashed;            /* a roof or a limit rather than a measurement: no markers */
} plot_series;

typedef struct {
    plot_kind kind;
    const char *title;      /* or NULL: the page has it */
    const char *x_label, *y_label;          /* with units: "time per step [ms]" */
    bool x_log, y_log;
    const char *const *categories;          /* bars: [category_count] */
    int category_count;
    plot_series series[PLOT_MAX_SERIES];
    int series_count;
    int width, height;      /* pixels; 0: 720 x 400 */
} plot_chart;

/* Numbers on a grid as colours: an image, a kernel, a feature map, a confusion matrix. */
typedef struct {
    const char *title;      /* or NULL; '\n' begins a new line */
    const float *value;     /* [rows][columns]; row 0 on top; NAN: blank, ?? in text */
    int rows, columns;
    double low, high;       /* range of the colours; both 0: the data's own; low > high turns the
                               colours round: dark for large values */
    bool diverging;         /* low and high around 0 in two colours (weights); else dark to light */
    bool numbers;           /* print each value in its cell */
    const char *const *row_names, *const *column_names;     /* or NULL */
    const char *x_label, *y_label;                          /* or NULL */
} plot_map;

/* NULL if gnuplot can be used, else a sentence that says what is missing and how to get it. */
const char *plot_missing(void);

/* Draws into a file whose name ends in .svg or .png, written to a temporary one and renamed.
 * Returns false with *error: no gnuplot, gnuplot's own complaint, a folder that cannot be written,
 * a full disk. What an axis cannot show is left out: NAN, infinities, and on a logarithmic axis
 * what is not positive; with nothing left, the picture says "no data". Labels of points that find
 * no room are left out too. A picture grows where its categories or its legend need it.
 * Maps stand in `columns` columns; diverging maps of one range get a key of their colours. */
bool plot_chart_draw(const plot_chart *c, const char *path, file_error *error);
bool plot_maps_draw(const plot_map *maps, int count, int columns, const char *path,
                    file_error *error);

/* Draws as text of at most `columns` columns (not less than some 20) and about `rows` rows, bars as
 * many rows as there are; ASCII alone unless `unicode`. Shades of a map are characters, or colours
 * of the terminal where `color` is set. */
void plot_chart_text(const plot_chart *c, int columns, int rows, bool unicode, FILE *out);
void plot_map_text(const plot_map *m, bool unicode, bool color, FILE *out);

#endif
