/* exercise_build.h: compiles a student's file to a shared object. */
#ifndef EXERCISE_BUILD_H
#define EXERCISE_BUILD_H

#include "lessons/lesson.h"
#include "lessons/student_row.h"

typedef enum {
    BUILD_PATTERN,          /* variables without a value hold huge numbers */
    BUILD_ZERO,             /* they hold zeros: where the two differ, one of them is read */
    BUILD_FAST,             /* nothing added, for timing */
    BUILD_CHECKED,          /* CUDA: every access watched by cusim */
    BUILD_PROFILE           /* CUDA: accesses counted */
} build_flavour;

/* Compiles `source` to `object`, with a header beside it that declares the function as the concept
 * wants it, so that a wrong signature is the compiler's business. Returns whether there is an
 * object; *message, to be freed, is then the compiler's warnings (perhaps ""), else its first
 * error: both only where they are about the student's file, without the folder's name. */
bool exercise_build(const course *c, const exercise *e, const student_contract *contract,
                    const char *source, const char *object, build_flavour flavour,
                    char **message);

#endif
