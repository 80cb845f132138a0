/* student_files.h: the student's own folder, student/NN-name/: filled from the lesson's starters,
 * never overwritten. */
#ifndef STUDENT_FILES_H
#define STUDENT_FILES_H

#include "lessons/lesson.h"

/* The student's copy of a file of the lesson. */
void student_path(const course *c, const lesson *l, const char *file, lesson_path path);

/* True if the student has begun the lesson: the folder is there. */
bool student_has(const course *c, const lesson *l);

/* Copies what is in the lesson's exercises/ and not yet in the student's folder. False after
 * filling *error. */
bool student_prepare(const course *c, const lesson *l, file_error *error);

/* Puts the starter of one file back. What was there is kept as FILE.1, or the first number that is
 * free; `kept` is then its name, else "". */
bool student_reset(const course *c, const lesson *l, const char *file, lesson_path kept,
                   file_error *error);

#endif
