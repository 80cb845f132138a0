/* output_gradebook.c: gradebook.csv, one row per submission, over all results in a folder.
 *
 * Idea: the bytes depend on the results alone: rows in the order of the ids' bytes; columns in the
 *       order of the result with the most exercises (the whole course, if anyone was graded on it),
 *       then what others have beyond it. A grading that was spread over machines is put together by
 *       copying its folders into one, and has the same gradebook.
 * Source: RFC 4180; OWASP, "CSV Injection". */
#include "grade/outputs.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "grade/output_parts.h"

/* One result, without its texts. */
typedef struct {
    char *id;
    const char *state;
    double points, max;
    int count;
    struct cell {
        char lesson[RESULT_NAME_BYTES], exercise[RESULT_NAME_BYTES];
        double points;
    } *cell;
} row;

/* An exercise; its lesson's sum if `exercise` is "". */
typedef struct {
    const char *lesson, *exercise;
} column;

typedef struct {
    row *row;
    int count;
    column *column;
    int column_count, column_room;
    int unreadable;
    file_error first;                   /* of them */
} book;

static void book_free(book *b)
{
    for (int i = 0; i < b->count; i++) {
        free(b->row[i].id);
        free(b->row[i].cell);
    }
    free(b->row);
    free(b->column);
}

/* Nothing in it that an exercise asks for is "missing": somebody may have packed it wrongly. */
static const char *state_of(const result *r)
{
    bool missing = r->count > 0;

    if (!r->scored)
        return "unscored";
    for (int i = 0; i < r->count; i++) {
        if (r->exercise[i].state == RESULT_BROKEN)
            return "broken";
        missing = missing && r->exercise[i].state == RESULT_MISSING;
    }
    return !r->complete ? "incomplete" : missing ? "missing" : "graded";
}

static bool fill_row(row *to, const result *r)
{
    to->cell = calloc(r->count > 0 ? (size_t)r->count : 1, sizeof *to->cell);
    if (!to->cell)
        return false;
    to->state = state_of(r);
    to->points = output_points(r, r->points);
    to->max = r->max;
    to->count = r->count;
    for (int i = 0; i < r->count; i++) {
        strcpy(to->cell[i].lesson, r->exercise[i].lesson);
        strcpy(to->cell[i].exercise, r->exercise[i].exercise);
        to->cell[i].points = output_points(r, r->exercise[i].points);
    }
    return true;
}

/* Reads a row's result; one that is not sound is noted. */
static status read_row(book *b, row *to, const char *path, file_error *error)
{
    file_error wrong;
    result r;
    status s = result_read(&r, path, &wrong);

    if (s == STATUS_OK && strcmp(r.id, to->id) != 0)
        s = file_refuse(&wrong, STATUS_VALUE,
                        "%s: id: expected \"%s\", the folder's name, found \"%s\"", path, to->id,
                        r.id);
    if (s == STATUS_OK && !fill_row(to, &r))
        s = file_refuse(&wrong, STATUS_MEMORY, "%s: no memory to read it", path);
    result_free(&r);
    if (s == STATUS_MEMORY)
        return file_refuse(error, s, "%s", wrong.text);
    if (s == STATUS_OK)
        return s;
    to->state = "unreadable";
    if (b->unreadable++ == 0)
        b->first = wrong;
    return STATUS_OK;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* One row for each folder with a result. */
static status read_rows(book *b, const char *folder, file_error *error)
{
    struct dirent **found = NULL;
    const int count = scandir(folder, &found, NULL, by_bytes);
    status s = STATUS_OK;

    if (count < 0)
        return file_refuse(error, STATUS_IO, "%s: cannot read the folder: %s", folder,
                           strerror(errno));
    b->row = calloc(count > 0 ? (size_t)count : 1, sizeof *b->row);
    if (!b->row)
        s = file_refuse(error, STATUS_MEMORY, "%s: no memory for %d rows", folder, count);
    for (int i = 0; i < count && s == STATUS_OK; i++) {
        const char *const id = found[i]->d_name;
        lesson_path path;
        struct stat info;
        path_join(path, folder, id, "result.json");
        if (strcmp(id, ".") == 0 || strcmp(id, "..") == 0 || lstat(path, &info) != 0)
            continue;
        row *const to = &b->row[b->count];
        to->id = strdup(id);
        if (!to->id) {
            s = file_refuse(error, STATUS_MEMORY, "%s: no memory for %d rows", folder, count);
            break;
        }
        b->count++;
        s = read_row(b, to, path, error);
    }
    for (int i = 0; i < count; i++)
        free(found[i]);
    free(found);
    return s;
}

static bool insert_column(book *b, int at, column c)
{
    if (b->column_count == b->column_room) {
        const int room = 2 * b->column_room + 16;
        column *const more = realloc(b->column, (size_t)room * sizeof *more);
        if (!more)
            return false;
        b->column = more;
        b->column_room = room;
    }
    memmove(b->column + at + 1, b->column + at, (size_t)(b->column_count - at) * sizeof *b->column);
    b->column[at] = c;
    b->column_count++;
    return true;
}

/* Sees to a column for the exercise, behind the others of its lesson. */
static bool need_column(book *b, column c)
{
    int at = -1;

    for (int i = 0; i < b->column_count; i++)
        if (strcmp(b->column[i].lesson, c.lesson) == 0) {
            if (strcmp(b->column[i].exercise, c.exercise) == 0)
                return true;
            at = i + 1;
        }
    if (at < 0) {
        at = b->column_count;
        if (!insert_column(b, at++, (column){ c.lesson, "" }))
            return false;
    }
    return insert_column(b, at, c);
}

static bool need_columns(book *b, const row *from)
{
    for (int i = 0; i < from->count; i++)
        if (!need_column(b, (column){ from->cell[i].lesson, from->cell[i].exercise }))
            return false;
    return true;
}

static bool make_columns(book *b)
{
    int longest = 0;

    for (int i = 1; i < b->count; i++)
        if (b->row[i].count > b->row[longest].count)
            longest = i;
    if (b->count > 0 && !need_columns(b, &b->row[longest]))
        return false;
    for (int i = 0; i < b->count; i++)
        if (!need_columns(b, &b->row[i]))
            return false;
    return true;
}

/* The points in that column, or blank. */
static void print_points(FILE *out, const row *r, const column *c)
{
    char text[OUTPUT_POINTS_BYTES];
    double sum = 0;
    bool any = false;

    for (int i = 0; i < r->count; i++)
        if (strcmp(r->cell[i].lesson, c->lesson) == 0 &&
            (!*c->exercise || strcmp(r->cell[i].exercise, c->exercise) == 0)) {
            sum += r->cell[i].points;
            any = true;
        }
    fprintf(out, ",%s", any ? output_number(text, sum) : "");
}

static void print_row(sheet *s, const book *b, const row *r)
{
    char points[OUTPUT_POINTS_BYTES], max[OUTPUT_POINTS_BYTES];

    sheet_cell(s, r->id, true);
    if (r->cell)
        fprintf(s->out, ",%s,%s,%s", output_number(points, r->points), output_number(max, r->max),
                r->state);
    else
        fprintf(s->out, ",,,%s", r->state);
    for (int k = 0; k < b->column_count; k++)
        print_points(s->out, r, &b->column[k]);
    fputs("\r\n", s->out);
}

/* The whole file, to be freed; NULL: no memory. */
static char *book_bytes(book *b, size_t *size)
{
    sheet s;

    if (!make_columns(b) || !sheet_begin(&s))
        return NULL;
    fputs("id,points,max,state", s.out);
    for (int i = 0; i < b->column_count; i++) {
        const column *const c = &b->column[i];
        char name[2 * RESULT_NAME_BYTES + 2];
        snprintf(name, sizeof name, "%s%s%s", c->lesson, *c->exercise ? "/" : "", c->exercise);
        sheet_cell(&s, name, false);
    }
    fputs("\r\n", s.out);
    for (int i = 0; i < b->count; i++)
        print_row(&s, b, &b->row[i]);
    return sheet_end(&s, size);
}

static status write_book(book *b, const char *folder, file_error *error)
{
    lesson_path path;
    size_t size = 0;
    char *const bytes = book_bytes(b, &size);

    path_join(path, folder, "gradebook.csv", NULL);
    if (!bytes)
        return file_refuse(error, STATUS_MEMORY, "%s: no memory to write it", path);
    const status s = result_write_file(path, bytes, size, error);
    free(bytes);
    if (s != STATUS_OK || b->unreadable == 0)
        return s;
    if (b->unreadable == 1)
        return file_refuse(error, STATUS_VALUE, "%s", b->first.text);
    return file_refuse(error, STATUS_VALUE, "%.900s (and %d more)", b->first.text,
                       b->unreadable - 1);
}

status gradebook_write(const char *folder, file_error *error)
{
    book b = { 0 };
    status s = read_rows(&b, folder, error);

    if (s == STATUS_OK)
        s = write_book(&b, folder, error);
    book_free(&b);
    return s;
}
