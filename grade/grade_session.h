/* grade_session.h: many submissions: one process per submission, N at a time, results on disk.
 *
 * The folder of a grading (--out):
 *   grading.json            settings and the secret (mode 0600), made by the first run; later runs
 *                           into the same folder take them from there and refuse to mix others in
 *   ID/result.json          the canonical result: a valid one of 0 points before anything of the
 *                           student's runs; ID/feedback.txt and the other formats beside it
 *   gradebook.csv           over all results in the folder
 *   .lock                   held by a session, so that two do not work on the same folder
 * A submission whose result is complete, from the same bytes, secret, policy and version, is not
 * graded again: so a run that was interrupted goes on where it was.
 *
 * Units past one machine: a run with `gradebook` false holds no lock, so many of them, one
 * submission each, may share the folder; gradebook_write() puts their results together. */
#ifndef GRADE_SESSION_H
#define GRADE_SESSION_H

#include "grade/grade_exercise.h"

/* Grades one exercise: grade_exercise(), or what a test puts in its place. */
typedef void session_grader(const grade_settings *g, const submission *s, const lesson *l, int at,
                            result_exercise *into);

typedef struct {
    const char *const *paths;   /* submissions */
    int path_count;
    const char *out;
    const char *formats;        /* "all" */
    const lesson *only;         /* NULL: the whole course */
    const char *exercise;       /* with `only`: this exercise alone; NULL: all */
    const char *secret;         /* 32 hexadecimal digits, to repeat a grading; NULL: the folder's,
                                   or a new one */
    const char *version, *commit;       /* of this program, for the results */
    int jobs;
    double unit_seconds;        /* for one submission; one that takes longer is ended. 0: what its
                                   exercises may take, and some more */
    bool again;                 /* grade complete ones again */
    bool gradebook;             /* write gradebook.csv at the end */
    bool practice;              /* results are stamped "unscored" */
    session_grader *grader;     /* NULL: grade_exercise() */
} session_options;

/* What became of the submissions. */
typedef struct {
    int graded;                 /* now */
    int kept;                   /* from an earlier run */
    int unreadable;             /* their results have 0 points and say why */
    int broken;                 /* our fault; their results say why, and another run tries again */
    int left;                   /* not begun or not finished: a signal stopped the session */
    int stopped_by;             /* that signal, or 0 */
} session_counts;

/* Each path is there, and no two of them have the same id. STATUS_IO, STATUS_VALUE (two ids),
 * STATUS_MEMORY after *error. session_run() looks as well. */
status session_names(const char *const *paths, int count, file_error *error);

/* Grades all of them; the key of *g is set here. Progress goes to stderr. STATUS_VALUE after *error
 * if the folder holds another grading, STATUS_IO or STATUS_MEMORY if the session as a whole could
 * not be run. A signal (SIGINT, SIGTERM, SIGHUP) ends it early with STATUS_OK: see *counts. */
status session_run(grade_settings *g, const session_options *o, session_counts *counts,
                   file_error *error);

#endif
