/* exercise_check.h: checks one exercise of a student: compiles, runs a worker, and tells. */
#ifndef EXERCISE_CHECK_H
#define EXERCISE_CHECK_H

#include <stdio.h>

#include "lessons/exercise_run.h"
#include "lessons/lesson.h"

/* The programs that may be the worker: this one, and its sibling with the checking simulator (NULL:
 * not built). */
typedef struct {
    const char *self, *checked;
} exercise_programs;

/* Checks the student's file and prints to `out` all that they should read about it. Returns whether
 * it passed. */
bool exercise_check(const course *c, const lesson *l, const exercise *e,
                    const exercise_programs *programs, exercise_wish wish, FILE *out);

/* The same for a file of `name = value` lines; the answers come from the lesson's demo. */
bool exercise_predict(const course *c, const lesson *l, const exercise *e, const char *path,
                      FILE *out);

#endif
