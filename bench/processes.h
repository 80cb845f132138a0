/* processes.h: this program once more, in fresh processes: what differs where nothing changed?
 *
 * Each process gets other pages of memory, and its code and stack lie elsewhere. That moves what is
 * bound by a cache by more than any interval within a process can show (5 to 30 %), and neither
 * turns nor rounds cancel it. So rows are measured, shortly, in several processes, and their
 * scatter is taken for what it is. */
#ifndef PROCESSES_H
#define PROCESSES_H

#include <stdio.h>

#include "bench/result.h"

/* Runs the program that is running anew with these arguments (NULL-terminated, without its name)
 * and --benchmark_out, waits for it, and reads what it measured into *f, which the caller releases
 * with result_free(). What it prints is dropped. Returns false with *f zeroed after *error. */
bool process_measure(const char *const *arguments, result_file *f, file_error *error);

/* Measures in `times` processes with these arguments, and adds the counters `processes`,
 * `yard_mean` and `yard_spread` (bench/result.h) to those rows in the file at `path`, which is
 * replaced in one step. Ends early, with what there is, as soon as *stopped; a line per process
 * goes to `progress` (or NULL). Returns false after *error; the file is then as it was. */
bool processes_add(const char *path, const char *const *arguments, int times,
                   const volatile int *stopped, FILE *progress, file_error *error);

/* A filter (--benchmark_filter) that selects the groups of those rows, all rows of each: what runs
 * beside a row is part of what is measured. To be freed; NULL: no memory. */
char *processes_filter(const char *const *names, size_t count);

#endif
