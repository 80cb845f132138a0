/* plot_color.h: the colours of series and maps. */
#ifndef PLOT_COLOR_H
#define PLOT_COLOR_H

#include "plot/plot.h"

enum { PLOT_COLORS = 8 };

typedef struct {
    unsigned char r, g, b;
} plot_rgb;

/* On white paper and on a dark screen. Neighbours differ in lightness, so that they differ in a
 * grey print too; the hues are told apart by colour-blind eyes. */
typedef struct {
    const char *light, *dark;
} plot_color;

extern const plot_color plot_colors[PLOT_COLORS];

extern const plot_color plot_grid_color;

/* The range that a map's colours cover; its own values' where low and high are both 0. */
void plot_map_range(const plot_map *m, double *low, double *high);

/* The colour of a value, clamped to the range; low > high turns the colours round. All palettes are
 * monotonous in lightness. NAN has none: do not ask. */
plot_rgb plot_map_color(const plot_map *m, double low, double high, double value);

/* 0 black to 1 white, as the eye has it. */
double plot_lightness(plot_rgb c);

#endif
