/* exercise_build.h: compiles a student's file to a shared object. */
#ifndef EXERCISE_BUILD_H
#define EXERCISE_BUILD_H

#include "lessons/lesson.h"
#include "lessons/student_row.h"

typedef enum {
    BUILD_PATTERN,          /* variables without a value hold huge numbers */
    BUILD_ZERO,             /* they hold zeros: where the two differ, one of them is read */
    BUILD_FAST,             /* nothing added, for timing */
    BUILD_ASAN,             /* AddressSanitizer and UndefinedBehaviorSanitizer, which end it */
    BUILD_CHECKED,          /* CUDA: every access watched by cusim */
    BUILD_PROFILE,          /* CUDA: accesses counted */
    BUILD_GPU               /* CUDA: by nvcc, for a GPU; of the grader alone */
} build_flavour;

/* Compiles `source` to `object`, with a header beside it that declares the function as the concept
 * wants it, so that a wrong signature is the compiler's business. Returns whether there is an
 * object; *message, to be freed, is then the compiler's warnings (perhaps ""), else its first
 * error: both only where they are about the student's file, without the folder's name. */
bool exercise_build(const course *c, const exercise *e, const student_contract *contract,
                    const char *source, const char *object, build_flavour flavour,
                    char **message);

/* ---- Its parts, for who runs the compiler in another way (grade/grade_build.h) ---- */

enum { BUILD_MAX_ARGUMENTS = 64 };

/* A command line; ends with a NULL. The strings are the caller's. */
typedef struct {
    const char *argv[BUILD_MAX_ARGUMENTS];
    int count;
} build_command;

void build_add(build_command *c, const char *argument);
void build_add_all(build_command *c, const char *const *arguments);     /* up to a NULL */

/* The options of a flavour, without the compiler and the names of files. C: compile and link.
 * errors_only: stop at the first error, without warnings. CUDA: of cusim-cc, compile only;
 * BUILD_GPU: of nvcc, compile and link. */
void build_add_options(build_command *c, build_flavour flavour, bool errors_only);

/* The header that declares the function as the concept wants it, to be freed. NULL: no memory, or
 * the contract lacks the pass. */
char *build_expected(const student_contract *contract, const exercise *e, bool cuda);

/* What of the compiler's words is about `file`, whose name there begins with `folder` (with a '/'
 * at its end): see exercise_build(). To be freed; NULL: no memory. */
char *build_messages(const char *said, const char *folder, const char *file, bool errors_only);

#endif
