/* plot_gnuplot.h: starts gnuplot, the program. */
#ifndef PLOT_GNUPLOT_H
#define PLOT_GNUPLOT_H

#include <stddef.h>

#include "data/file_error.h"

/* Runs a script and gives what gnuplot drew: *picture, with a NUL behind it, for free(). `path` is
 * what messages call it. Returns STATUS_OK; or, with *error set, STATUS_UNSUPPORTED (no gnuplot),
 * STATUS_VALUE (gnuplot complains), STATUS_IO or STATUS_MEMORY. */
status gnuplot_run(const char *script, size_t size, const char *path, char **picture,
                   size_t *picture_size, file_error *error);

#endif
