/* grade_build.h: compiles a student's file in a jail.
 *
 * Idea:  the compiler sees its own folders, and one that was made for this exercise: the student's
 *        file, the headers that students have, the header that declares the function as the concept
 *        wants it, and a version script. Nothing else of ours is there to be included.
 *        What it made comes back on descriptors, never by a path, and becomes a file in a folder
 *        that no program in a jail can write to.
 * Names: the version script leaves the exercise's functions as the only global ones of the object.
 *        So nothing in it takes the place of a hook of a sanitizer, of libc, or of the harness.
 * Words: what a file may not contain, see grade_source.h.
 * Not stopped: what the code does when it runs; that is the worker's jail's business. */
#ifndef GRADE_BUILD_H
#define GRADE_BUILD_H

#include "grade/jail.h"
#include "grade/submission.h"
#include "lessons/exercise_build.h"

typedef struct {
    jail_tier tier;
    const exercise *exercise;
    const char *cusim_cc;       /* the translator; "" for C */
    lesson_path folder;         /* ours, removed with grade_place_close() */
    lesson_path in;             /* what the compiler sees */
    int lock;                   /* keeps the folder ours */
    lesson_path compiler;       /* cc, or g++ for CUDA, without links on the way; for BUILD_GPU
                                   nvcc, and then cusim_cc is "" */
} grade_place;

/* Makes the folder and fills it. False after *error: that is not the student's fault. Close it in
 * any case. */
bool grade_place_open(grade_place *p, jail_tier tier, const course *c, const lesson *l,
                      const exercise *e, const student_contract *contract,
                      const submission_file *file, const char *cusim_cc, file_error *error);
void grade_place_close(grade_place *p);

typedef enum {
    GRADE_BUILT,
    GRADE_REFUSED,              /* the student's: an error */
    GRADE_UNWATCHED,            /* the student's: not all it does could be watched; *message is
                                   half a sentence that says why */
    GRADE_NOT_BUILT             /* ours: *error says it */
} grade_built;

/* Compiles into `object` (a path in p->folder), in at most `seconds`. *message, to be freed, is
 * what the student is told: warnings, errors, limits; bytes of any kind; NULL: nothing. */
grade_built grade_build(const grade_place *p, build_flavour flavour, double seconds,
                        lesson_path object, char **message, file_error *error);

#endif
