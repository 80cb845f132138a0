/* output_parts.h: what the output formats share. Texts that come out of here are clean. */
#ifndef OUTPUT_PARTS_H
#define OUTPUT_PARTS_H

#include <jansson.h>

#include "grade/grade_result.h"

enum {
    OUTPUT_POINTS_BYTES = 32,
    OUTPUT_JSON_BYTES = 1000000         /* PrairieLearn takes no more than 1 MB */
};

/* One per format: the whole file, to be freed, and its size; NULL: no memory. */
char *output_text(const result *r, size_t *size);
char *output_gradescope(const result *r, size_t *size);
char *output_junit(const result *r, size_t *size);
char *output_prairielearn(const result *r, size_t *size);
char *output_classroom50(const result *r, size_t *size);
char *output_csv(const result *r, size_t *size);

/* Points as they count: 0 in a result that is not scored. */
double output_points(const result *r, double points);

/* Two decimals without the zeroes at the end: "12", "3.5". */
const char *output_number(char text[OUTPUT_POINTS_BYTES], double points);

/* One line that says why the points do not count, or not yet; NULL: they count. */
const char *output_stamp(const result *r);

/* A clean copy in one line; "" for NULL. To be freed; NULL: no memory. */
char *output_line(const char *text);

/* "conv/forward: any shape", in one line, and what is to be said of that part: its cases, its text,
 * and with the first part that is not full (or the first) the exercise's feedback and what the
 * student's code printed. At most `most` bytes. To be freed; NULL: no memory. */
char *output_part_name(const result_exercise *e, const result_part *p);
char *output_part_story(const result_exercise *e, int part, size_t most);

/* How many columns the character takes on a terminal: 1 or 2. */
int output_width(uint32_t code);

/* A file that is being printed into memory. Whatever fails on the way is noted in it, and shows at
 * the end: so printing functions return nothing. */
typedef struct {
    FILE *out;
    char *bytes;
    size_t size;
    bool failed;
} sheet;

/* False: no memory; then the sheet needs no end. */
bool sheet_begin(sheet *s);

/* The text, to be freed, and its size; NULL: no memory. */
char *sheet_end(sheet *s, size_t *size);

/* Prints a text after cleaning, at most `most` bytes of it: each line behind `prefix`, broken where
 * it would be wider than `width`. Before it comes the heading. Nothing for NULL and "". */
void sheet_text(sheet *s, const char *heading, const char *text, size_t most, const char *prefix,
                int width);

/* Prints a cell of a CSV file (RFC 4180), in one line, with a comma before it unless it is the
 * row's first. A spreadsheet would run what begins like a formula: that gets an apostrophe in
 * front. */
void sheet_cell(sheet *s, const char *text, bool first);

/* Puts a value, or a text after cleaning, into an object. False: no memory. */
bool output_put(json_t *object, const char *key, json_t *value);
bool output_put_text(json_t *object, const char *key, const char *text, size_t most);

/* Puts "tests" into an object: what make() builds for each part of each exercise (numbers from 0).
 * False: no memory. */
typedef json_t *output_test(const result *r, int exercise, int part, size_t most);
bool output_put_tests(json_t *object, const result *r, output_test *make, size_t most);

/* The JSON that make() builds with texts of at most `most` bytes, as a file of at most
 * OUTPUT_JSON_BYTES: with shorter texts if it must be. */
char *output_json(const result *r, json_t *(*make)(const result *r, size_t most), size_t *size);

#endif
