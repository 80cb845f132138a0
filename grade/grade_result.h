/* grade_result.h: the canonical result of one submission, from which every other output is made.
 *
 * On disk: DIR/ID/result.json, format "convlab/grade/v1" (grade/README.md). Written to a temporary
 * file, synced, renamed: a reader sees the whole old one or the whole new one. Texts that a student
 * can influence are bytes of any kind here and go through result_clean() before they are kept. */
#ifndef GRADE_RESULT_H
#define GRADE_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "data/file_error.h"
#include "grade/jail.h"
#include "grade/submission.h"

enum {
    RESULT_MAX_PARTS = 12,          /* of an exercise */
    RESULT_MAX_EXERCISES = 256,
    RESULT_TEXT_BYTES = 8192,       /* most of one text that a student influences */
    RESULT_LINE_BYTES = 400,        /* most of a line of it */
    RESULT_MAX_POINTS = 1000000,    /* of a part */
    RESULT_NAME_BYTES = 64
};

/* Of a part, and of an exercise. */
typedef enum {
    RESULT_WAITING,         /* not come to yet: what a killed grader leaves */
    RESULT_PASSED,
    RESULT_FAILED,          /* the submission's doing */
    RESULT_MISSING,         /* no such file handed in */
    RESULT_VOID,            /* measured, and not believed: above the machine's ceiling, or an output
                               of a timed call was wrong */
    RESULT_BROKEN,          /* our doing: grade it again */
    RESULT_STATES
} result_state;

const char *result_state_name(result_state s);          /* "passed" */
result_state result_state_named(const char *name);      /* RESULT_STATES for another name */

typedef struct {
    char name[RESULT_NAME_BYTES];       /* the group's name, "memory", "speed", "profile" */
    result_state state;
    double points, max;                 /* points has at most 2 decimals */
    long passed, cases;
    char *text;                         /* why not full; cleaned, or NULL */
    double value, low, high;            /* speed: factor, and its interval; else 0 */
} result_part;

typedef struct {
    char lesson[RESULT_NAME_BYTES], exercise[RESULT_NAME_BYTES], file[RESULT_NAME_BYTES];
    char *title;
    result_state state;                 /* the worst of its parts */
    double points, max;                 /* sums over its parts */
    result_part part[RESULT_MAX_PARTS];
    int part_count;
    uint64_t seed;                      /* of its problems, for the appeal */
    double seconds;
    char *feedback;                     /* what the lesson says, compiler's messages included;
                                           cleaned, or NULL */
    char *printed;                      /* what the student's code printed; cleaned, or NULL */
} result_exercise;

typedef struct {
    char id[SUBMISSION_ID_BYTES];
    char sha256[65];
    char version[32], commit[48];
    char secret[33];                    /* printed afterwards, for the appeal; "" before */
    jail_tier tier;
    bool scored;                        /* false in practice: points are shown and stamped */
    bool complete;                      /* false until every exercise was graded */
    char started[32];                   /* UTC, 2026-01-31T12:00:00Z */
    double seconds;
    char *remark;                       /* about the submission as a whole; cleaned, or NULL */
    double points, max;
    result_exercise *exercise;
    int count;
} result;

/* A result with room for `count` exercises (0 to RESULT_MAX_EXERCISES), all RESULT_WAITING with 0
 * points; false: no memory, and *r is empty. The texts in it are from malloc(). */
bool result_make(result *r, int count);
void result_free(result *r);

/* Brings the points of each part into 0 .. max and to two decimals, and adds them up, from parts to
 * the whole, and the states: the worst is broken, then waiting, missing, void, failed. An exercise
 * without parts keeps its state. An unscored result keeps its points, which outputs show as 0 of
 * max with the stamp "unscored". */
void result_sum(result *r);
void result_sum_exercise(result_exercise *e);          /* one of them alone */

/* A copy fit to print anywhere: valid UTF-8 (a byte that is not becomes U+FFFD), no control
 * characters but newline and tab, no escape sequences, nothing invisible and nothing that turns the
 * direction of writing, lines of at most RESULT_LINE_BYTES, at most `most` bytes in all with
 * "... 1234 bytes more" in the place of what was left out. A clean text stays as it is. To be
 * freed; NULL: no memory. */
char *result_clean(const char *bytes, size_t size, size_t most);

/* Writes and reads result.json. What is written is what result_sum() makes of *r, with clean texts.
 * The reader refuses what this version cannot have written: STATUS_IO, STATUS_VALUE or
 * STATUS_MEMORY after *error, and *r is empty. */
status result_write(const result *r, const char *path, file_error *error);
status result_read(result *r, const char *path, file_error *error);

/* The same for the bytes of a file; `path` is only named in *error. */
status result_parse(result *r, const void *bytes, size_t size, const char *path,
                    file_error *error);

/* Writes bytes to path as described above; other outputs use it too. */
status result_write_file(const char *path, const void *bytes, size_t size, file_error *error);

#endif
