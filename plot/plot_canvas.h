/* plot_canvas.h: a sheet of paper, in pixels from its top left corner, drawn by gnuplot.
 *
 * gnuplot draws lines, markers, boxes, images and text where it is told to; where that is,
 * plot_chart.c and plot_map.c decide. So nothing overlaps by accident, and SVG and PNG look the
 * same. */
#ifndef PLOT_CANVAS_H
#define PLOT_CANVAS_H

#include <stdbool.h>
#include <stdio.h>

#include "data/file_error.h"
#include "plot/plot_color.h"

typedef enum { ANCHOR_LEFT, ANCHOR_CENTER, ANCHOR_RIGHT } plot_anchor;

typedef struct {
    int width, height;
    const char *title;          /* for readers who cannot see it; or NULL */
    FILE *labels, *data, *parts;        /* three pieces of the script, in memory */
    char *labels_text, *data_text, *parts_text;
    size_t labels_size, data_size, parts_size;
    int blocks;                 /* data blocks begun */
} plot_canvas;

/* Returns false if there is no memory. The caller ends with canvas_finish() in either case. */
bool canvas_begin(plot_canvas *c, int width, int height, const char *title);

/* Text centred vertically at (x, y), turned by `angle` degrees; color "#rrggbb", or NULL: that of
 * the page's text. Any bytes may be in it: what is not printable UTF-8 becomes '?'. */
void canvas_text(plot_canvas *c, double x, double y, plot_anchor anchor, int angle, int size,
                 const char *color, const char *text);

/* About how wide that text is, in pixels. */
double canvas_text_width(const char *text, int size);

/* `name`, or as much of it as fits into `room` pixels with an ellipsis behind it, in text[]. */
enum { CANVAS_FIT_BYTES = 256 };
const char *canvas_fit(const char *name, double room, int size, char text[CANVAS_FIT_BYTES]);

/* Between begin and end: points of what has been begun; a gap breaks lines. dash: "solid" or a list
 * such as "(6,4)". marker: gnuplot's point type. color NULL: that of the page's text. */
void canvas_begin_lines(plot_canvas *c, const char *color, double width, const char *dash);
void canvas_begin_markers(plot_canvas *c, const char *color, int marker, double size);
void canvas_point(plot_canvas *c, double x, double y);
void canvas_gap(plot_canvas *c);
/* Boxes by two opposite corners; `solid` 0..1 is how much of the colour they show. */
void canvas_begin_boxes(plot_canvas *c, const char *color, double solid);
void canvas_box(plot_canvas *c, double x0, double y0, double x1, double y1);
void canvas_end(plot_canvas *c);

/* color[rows][columns] over the rectangle; a cell that is blank[] is left out. */
void canvas_image(plot_canvas *c, double x, double y, double width, double height, int rows,
                  int columns, const plot_rgb *color, const bool *blank);

/* Draws it into a file by its ending, .svg or .png, and releases the canvas. Returns false with
 * *error as plot_chart_draw(). */
bool canvas_finish(plot_canvas *c, const char *path, file_error *error);

#endif
