/* plot_csv.h: tables of numbers, as convlab writes them: log.csv, steps.csv, confusion.csv.
 *
 * The first line names the columns; then one line per row, with as many numbers, separated by
 * commas. "nan" is a number. There is no quoting. */
#ifndef PLOT_CSV_H
#define PLOT_CSV_H

#include <stdbool.h>

#include "data/file_error.h"

typedef struct {
    int rows, columns;
    char **name;            /* [columns] */
    char **row_name;        /* [rows], or NULL; then the first column is not among the columns */
    double *value;          /* [columns][rows]: a column is an array for a plot_series */
    char *storage;          /* private: what the names point into */
} csv_table;

/* Reads a table; named_rows: the first column holds names, not numbers. A last line without its
 * newline that is no row yet is one that is still being written, and is passed over. On STATUS_OK
 * the caller releases *t with csv_free(); otherwise it is zeroed, and *error names file and
 * line. */
status csv_read(const char *path, bool named_rows, csv_table *t, file_error *error);
void csv_free(csv_table *t);

/* The column of that name, or NULL. */
const double *csv_column(const csv_table *t, const char *name);

#endif
