/* exercise_check.h: checks one exercise of a student: compiles, runs a worker, and tells. */
#ifndef EXERCISE_CHECK_H
#define EXERCISE_CHECK_H

#include <stdio.h>

#include "lessons/demo.h"
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

/* How many answers of a lesson are right, of how many. */
typedef struct {
    int right, of;
} predict_count;

/* The same for the bytes of that file, which may be anything, and the answers that the demo has.
 * Tells each answer, but not more than so many lines that are none. False: no memory. */
bool predict_answers(const demo_answer *answers, const char *file, const uint8_t *bytes,
                     size_t size, FILE *out, predict_count *count);

#endif
