/* grading.h: what tests that grade an exercise share: the course, its policies, the programs, and
 * one grading of one text. For tests of the grader only, since it needs libgrade. */
#ifndef GRADING_H
#define GRADING_H

#include "grade/grade_exercise.h"

/* Set by grading_set_up(); tests change the last two, and put back what they changed. */
extern course lessons;
extern lesson_path root;                        /* of the checkout, which is the working folder */
extern grade_programs programs;                 /* those in build/, and the running one */
extern grade_settings settings;                 /* the best tier, 1 s a call, 12 s an exercise */

/* Group setup and teardown for cmocka, with a scratch folder (scratch.h), which is TMPDIR. */
int grading_set_up(void **state);
int grading_tear_down(void **state);

/* Grades this text as what "ada" handed in for the exercise; NULL: nothing was handed in. Release
 * the result. */
result_exercise grade_text(const char *lesson_name, const char *exercise_name, const char *text);
void release(result_exercise *r);

/* The exercise's file in "solutions" or "exercises" of its lesson; to be freed. */
char *text_of(const char *lesson_name, const char *exercise_name, const char *folder);

/* A policy of the test's own for a lesson, until policy_back(); one lesson at a time. */
void policy_put(const char *lesson_name, const char *json);
void policy_back(const char *lesson_name);

/* What is known of a result, for a message; whether a part or the feedback has these words. */
void show(const result_exercise *r);
bool says(const result_exercise *r, const char *what);

/* The part number `at` has this state, these points, and `text` (or NULL) in its text. Then *r is
 * released. */
void assert_part(result_exercise *r, int at, result_state state, double points, const char *text);

/* Runs a program of PATH; the test fails if that does. */
void run_program(const char *const *argv);

#endif
