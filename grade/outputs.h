/* outputs.h: a result in the formats of those who read it.
 *
 *   text            feedback.txt, for the student
 *   gradescope      results.json of Gradescope's autograder specification
 *   junit           JUnit XML, as Jenkins and GitLab read it
 *   prairielearn    results.json of PrairieLearn's external grading
 *   classroom50     classroom50/result/v1
 *   csv             one row per exercise of this submission
 * The gradebook is one CSV over all submissions. grade/README.md says what stands where. */
#ifndef OUTPUTS_H
#define OUTPUTS_H

#include <stdio.h>

#include "grade/grade_result.h"

/* The result that a format gets is one that result_sum() has added up. */
typedef struct {
    const char *name;           /* "gradescope" */
    const char *file;           /* "gradescope.json": in the submission's folder */
    const char *source;         /* where the format is specified */
    /* The whole file, to be freed, and its size; NULL: no memory. */
    char *(*make)(const result *r, size_t *size);
} output_format;

extern const output_format output_formats[];    /* ended by one whose name is NULL */
const output_format *output_find(const char *name);     /* NULL: there is none */

/* True if each name in the list ("text,junit"; "all") is a format's; else false after *error. */
bool outputs_known(const char *list, file_error *error);

/* Writes those whose names are in the list into folder. STATUS_VALUE for an unknown name,
 * STATUS_IO, STATUS_MEMORY: after *error. */
status outputs_write(const result *r, const char *folder, const char *list, file_error *error);

/* Reads every ID/result.json below folder, in the order of the ids, and writes gradebook.csv there:
 * id, points, max, state, points per lesson and exercise. No durations: the same results give the
 * same bytes wherever they were made. One that cannot be read has the state "unreadable": then the
 * others are written as well, and the return value is STATUS_VALUE after *error, which names the
 * first of them. STATUS_IO, STATUS_MEMORY: no gradebook was written. */
status gradebook_write(const char *folder, file_error *error);

#endif
