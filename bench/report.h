/* report.h: results of benchmarks and of a training run as one page to read.
 *
 * The page is a single HTML file that needs nothing else: no network, no scripts, its plots inside.
 * The same plots lie beside it as SVG and PNG. What is missing (gnuplot, peers, a GPU, a training
 * run, PyTorch) leaves a line that says so and how to get it; the rest comes. */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>

#include "data/file_error.h"

typedef struct {
    const char *bench;      /* a file of results (bench/result.h), or NULL */
    const char *train;      /* a run folder (nets/train.h), or NULL */
    const char *out;        /* folder for report.html and the plots; made if it is not there */
} report_options;

/* Writes the report. Everything is read before anything is written, each file is replaced in one
 * step, and report.html is the last. Returns false with *error: a file that cannot be understood, a
 * folder that cannot be written, a full disk, no memory. */
bool report_write(const report_options *options, file_error *error);

#endif
