/* plot_svg.h: makes of gnuplot's SVG one that can stand in a page. */
#ifndef PLOT_SVG_H
#define PLOT_SVG_H

#include "data/file_error.h"
#include "plot/plot_canvas.h"

/* Rewrites *svg (for free(), as it was) in place of gnuplot's own: black becomes the page's text
 * colour, series get lighter colours in dark mode, ids are unique to this picture so that several
 * fit into one page, what draws nothing is left out. Returns STATUS_OK, STATUS_MEMORY, or
 * STATUS_VALUE if this is no SVG as gnuplot writes it. */
status svg_finish(char **svg, size_t *size, const plot_canvas *c, const char *path,
                  file_error *error);

#endif
