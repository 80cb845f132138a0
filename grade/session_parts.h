/* session_parts.h: the parts that grade_session.c is put together from. */
#ifndef SESSION_PARTS_H
#define SESSION_PARTS_H

#include <stdio.h>
#include <sys/types.h>

#include "grade/grade_session.h"

/* ---- session_settings.c: grading.json ---- */

enum { SESSION_TIME_BYTES = 32 };

typedef struct {
    secret key;
    char began[SESSION_TIME_BYTES];     /* UTC; results that began earlier are of another grading */
} grading;

/* Takes the grading of folder o->out from its grading.json or makes that file; `anew` begins a new
 * one in its place. STATUS_VALUE if it is there with other settings. */
status grading_open(grading *into, const grade_settings *g, const session_options *o, bool anew,
                    file_error *error);

/* The time now, UTC: 2026-01-31T12:00:00Z. */
void session_time(char text[SESSION_TIME_BYTES]);

/* ---- session_unit.c: one submission ---- */

/* How it ended; the exit code of a job. */
typedef enum {
    UNIT_GRADED,
    UNIT_BROKEN,            /* an exercise could not be graded, by our fault */
    UNIT_UNREADABLE,
    UNIT_KEPT,
    UNIT_FAILED             /* it has no complete result; *error says why */
} unit_end;

/* Reads a submission, writes its zero result, grades it, writes the result and the formats. */
unit_end unit_grade(const grade_settings *g, const session_options *o, const grading *of,
                    const char *path, file_error *error);

/* Writes a zero result that is not complete and says why. */
status unit_abandon(const grade_settings *g, const session_options *o, const char *id,
                    const char *why, file_error *error);

/* How many exercises a submission is graded for. */
int unit_exercises(const grade_settings *g, const session_options *o);

/* ---- session_folder.c: places for temporary files ---- */

/* Makes a folder below $TMPDIR or /tmp that is locked while this process lives, and removes those
 * of graders that are gone. In tier landlock others must be able to go through $TMPDIR. */
status folder_make(lesson_path path, int *lock, file_error *error);

/* Removes a folder and all in it, whatever its permissions, following no link. False: not all
 * could be removed. */
bool folder_remove(const char *path);

/* ---- session_progress.c ---- */

typedef struct {
    FILE *to;
    bool bar;                   /* one line that is written over; else a line per submission */
    int count, done, kept;      /* kept ones take no time: time left is reckoned without them */
    double began;
} session_progress;

void session_progress_begin(session_progress *p, FILE *to, int count);

/* How it went: a bar shows only what somebody has to look at, a log everything. */
typedef enum { PROGRESS_DONE, PROGRESS_KEPT, PROGRESS_TROUBLE } progress_news;

/* One more is done; `what` is one line about it. */
void session_progress_add(session_progress *p, const char *id, const char *what,
                          progress_news news);

/* Draws the line again if there is one: time has gone on. */
void session_progress_tick(const session_progress *p);
void session_progress_end(const session_progress *p);

/* Seconds of a clock that only goes forward. */
double session_clock(void);

#endif
