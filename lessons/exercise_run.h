/* exercise_run.h: what the worker process does: it holds the student's object, checks it, and says
 * what it found into a pipe of its own (SUBPROCESS_FD).
 *
 * What it says ends with a record, the line that exercise_read_record() takes off. Without one the
 * process ended before the check did, whatever its exit code. */
#ifndef EXERCISE_RUN_H
#define EXERCISE_RUN_H

#include <stdint.h>

#include "lessons/lesson.h"
#include "lessons/student_row.h"

typedef struct {
    uint64_t seed;              /* of the drawn problems */
    const char *shape;          /* check this shape only, as `convlab check --shape`; or NULL */
    bool colour;
} exercise_wish;

/* Checks the object, which exercise_build() made from `source`. Never returns: ends the process. */
_Noreturn void exercise_run(const course *c, const lesson *l, const exercise *e,
                            const char *object, const char *source, exercise_wish wish);

/* CUDA: runs an object made by BUILD_PROFILE once, on the exercise's shape "at"; cusim prints its
 * table at exit. Never returns. */
_Noreturn void exercise_profile(const course *c, const lesson *l, const exercise *e,
                                const char *object, exercise_wish wish);

/* Takes the record off the end of what a worker said. Returns false if there is none. */
bool exercise_read_record(char *said, bool *passed);

/* The contract of an exercise's concept: the suite's, or one of the lesson's own. NULL after
 * *error. */
const student_contract *exercise_contract(const course *c, const lesson *l, const exercise *e,
                                          file_error *error);

#endif
