/* progress.h: how far a student is: found out by checking their files, now, all of them. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "lessons/exercise_check.h"
#include "lessons/lesson.h"

typedef struct {
    bool begun;                     /* the student's folder is there */
    int passed;                     /* exercises */
    bool done;                      /* all of them */
    bool locked;                    /* a lesson that this one needs is not done */
} progress;

/* Checks every lesson that has been begun, as many at a time as there are cores. `of` has one row
 * per lesson of the course. */
void progress_find(const course *c, const exercise_programs *programs, exercise_wish wish,
                   progress of[LESSON_MAX]);

/* The first lesson that is neither done nor locked; -1 if all are done. */
int progress_next(const course *c, const progress of[LESSON_MAX]);

#endif
