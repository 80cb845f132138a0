/* plot_csv.c: tables of numbers, as convlab writes them. */
#include "plot/plot_csv.h"

#include <stdlib.h>
#include <string.h>

#include "data/whole_file.h"

enum { CSV_MAX_BYTES = 1 << 28, CSV_MAX_COLUMNS = 256 };

/* Cuts a line into its fields in place. Returns how many, at most CSV_MAX_COLUMNS + 1. */
static int cut_fields(char *line, char *field[CSV_MAX_COLUMNS + 1])
{
    int count = 0;

    for (char *rest = line; rest && count <= CSV_MAX_COLUMNS;)
        field[count++] = strsep(&rest, ",");
    return count;
}

/* Cuts the next line off *rest, without its newline and carriage return; NULL at the end.
 * *whole: it had a newline. */
static char *next_line(char **rest, bool *whole)
{
    char *const line = *rest;

    if (!line || !*line)
        return NULL;
    *whole = strchr(line, '\n') != NULL;
    strsep(rest, "\n");
    const size_t length = strlen(line);
    if (length && line[length - 1] == '\r')
        line[length - 1] = '\0';
    return line;
}

static int count_lines(const char *text)
{
    int lines = 1;

    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static status read_head(char *line, const char *path, bool named_rows, int room, csv_table *t,
                        file_error *error)
{
    char *field[CSV_MAX_COLUMNS + 1];
    const int count = line ? cut_fields(line, field) : 0;

    if (count == 0)
        return file_refuse(error, STATUS_IO, "%s: empty file: expected a line that names the "
                           "columns", path);
    if (count > CSV_MAX_COLUMNS || count <= named_rows)
        return file_refuse(error, STATUS_IO, "%s:1: expected %d to %d columns, found %s", path,
                           named_rows + 1, CSV_MAX_COLUMNS, count > 1 ? "more" : "one");
    t->columns = count - named_rows;
    t->name = calloc((size_t)t->columns, sizeof *t->name);
    t->value = calloc((size_t)t->columns * (size_t)room, sizeof *t->value);
    t->row_name = named_rows ? calloc((size_t)room, sizeof *t->row_name) : NULL;
    if (!t->name || !t->value || (named_rows && !t->row_name))
        return file_refuse(error, STATUS_MEMORY, "%s: out of memory", path);
    memcpy(t->name, field + named_rows, (size_t)t->columns * sizeof *t->name);
    return STATUS_OK;
}

/* Reads one line into row t->rows of columns with room for `room` rows. */
static status read_row(char *line, const char *path, int number, int room, csv_table *t,
                       file_error *error)
{
    char *field[CSV_MAX_COLUMNS + 1];
    const int named = t->row_name != NULL, count = cut_fields(line, field);

    if (count != t->columns + named)
        return file_refuse(error, STATUS_IO, "%s:%d: expected %d columns, found %d", path, number,
                           t->columns + named, count);
    for (int i = 0; i < t->columns; i++) {
        char *end;
        t->value[(size_t)i * (size_t)room + (size_t)t->rows] = strtod(field[i + named], &end);
        if (end == field[i + named] || end[strspn(end, " \t")])
            return file_refuse(error, STATUS_IO, "%s:%d: column %s: expected a number, found '%s'",
                               path, number, t->name[i], field[i + named]);
    }
    if (named)
        t->row_name[t->rows] = field[0];
    t->rows++;
    return STATUS_OK;
}

static status read_table(char *rest, const char *path, bool named_rows, csv_table *t,
                         file_error *error)
{
    const int room = count_lines(rest);
    bool whole = true;
    int number = 1;
    char *line = next_line(&rest, &whole);
    status s = read_head(line, path, named_rows, room, t, error);

    while (s == STATUS_OK && (line = next_line(&rest, &whole))) {
        s = read_row(line, path, ++number, room, t, error);
        if (s != STATUS_OK && !whole) {         /* being written */
            s = STATUS_OK;
            break;
        }
    }
    for (int i = 1; i < t->columns && s == STATUS_OK; i++)
        memmove(t->value + (ptrdiff_t)i * t->rows, t->value + (ptrdiff_t)i * room,
                (size_t)t->rows * sizeof *t->value);
    return s;
}

status csv_read(const char *path, bool named_rows, csv_table *t, file_error *error)
{
    uint8_t *bytes;
    size_t size;

    *t = (csv_table){ .rows = 0 };
    status s = file_read_whole(path, CSV_MAX_BYTES, &bytes, &size, error);
    if (s != STATUS_OK)
        return s;
    t->storage = memchr(bytes, '\0', size) ? NULL : realloc(bytes, size + 1);
    if (!t->storage) {
        free(bytes);
        return file_refuse(error, STATUS_IO, "%s: expected text, found a byte 0", path);
    }
    t->storage[size] = '\0';
    s = read_table(t->storage, path, named_rows, t, error);
    if (s != STATUS_OK)
        csv_free(t);
    return s;
}

void csv_free(csv_table *t)
{
    free(t->name);
    free(t->row_name);
    free(t->value);
    free(t->storage);
    *t = (csv_table){ .rows = 0 };
}

const double *csv_column(const csv_table *t, const char *name)
{
    for (int i = 0; i < t->columns; i++)
        if (strcmp(t->name[i], name) == 0)
            return t->value + (ptrdiff_t)i * t->rows;
    return NULL;
}
