/* grade_parts.h: what the files that grade one exercise share; nobody else includes it.
 *
 *   grade_exercise.c  the order of things, the text for the student
 *   grade_build.c     compiling;  grade_source.c  what it may not contain
 *   grade_groups.c    the groups of the policy
 *   grade_hardware.c  those of CUDA exercises on a GPU
 *   grade_memory.c    under AddressSanitizer, or the simulator's checks
 *   grade_speed.c     the factor over the suite's first row
 *   grade_profile.c   the simulator's figures
 *   grade_predict.c   answers.txt
 *   grade_words.c     faults in words */
#ifndef GRADE_PARTS_H
#define GRADE_PARTS_H

#include <stdio.h>

#include "grade/grade_build.h"
#include "grade/grade_exercise.h"
#include "grade/remote.h"

typedef struct {
    const grade_settings *settings;
    const lesson *lesson;
    const exercise *exercise;
    const exercise_policy *policy;
    const submission *submission;
    const submission_file *file;
    const student_contract *contract;
    int pass;
    grade_place place;
    double deadline;                    /* of jail_clock() */
    bool group_passed[POLICY_MAX_GROUPS];
    bool told;                          /* a failure was explained at length */
    FILE *feedback, *printed;           /* become the result's texts */
    result_exercise *into;
} grade_job;

/* Seconds that are left for this exercise, at least 0. */
double grade_left(const grade_job *job);

/* For one call of the student's function. */
double grade_call_seconds(const grade_job *job);

/* The seed of its problems for a purpose (a group's name, "speed"; NULL: of the exercise as a
 * whole). It depends on the submission's name, not on its bytes, so that whoever knows the secret
 * can repeat it by hand. */
uint64_t grade_seed(const grade_job *job, const char *purpose);

/* A part is done: its state, its points, and why they are not all. Without memory for the words it
 * has none. */
void grade_end(result_part *part, result_state state, double points, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Compiles a flavour. False: *part says why. The compiler's words go to the feedback if `tell`. */
bool grade_compile(grade_job *job, build_flavour flavour, bool tell, lesson_path object,
                   result_part *part);

/* Starts a worker for the object, which stays the caller's. NULL after ending the part. */
remote *grade_remote(grade_job *job, build_flavour flavour, const char *object,
                     result_part *part);

/* Ends it; what the student's code printed goes to job->printed, or to *said (to be freed) if that
 * is not NULL. False: the jail left something, and the part has become RESULT_BROKEN. */
bool grade_remote_end(grade_job *job, remote *r, char **said, result_part *part);

/* ---- grade_words.c ---- */

/* What happened to the worker, in words; "" for REMOTE_FINE. The text is cut to fit. */
void grade_fault_words(const grade_job *job, const remote_state *s, char *text, size_t size);

/* True of an outcome of the engine's that no student can bring about, while there is time. */
bool grade_outcome_is_ours(const grade_job *job, check_outcome o);

/* "h=2,w=3", or "every extent 1": a shape of the concept that was restricted last. */
void grade_shape_words(const grade_job *job, const int *param, char *text, size_t size);

/* ---- The parts ---- */

/* A copy of a restricted concept whose rows are elsewhere, and which has no legal shape once the
 * time for the exercise is up: so drawing, shrinking and explaining end. There is one such copy. */
const check_concept *grade_concept(const grade_job *job, remote *r, const check_concept *drawn);

void grade_group(grade_job *job, remote *r, int group, result_part *part);

/* The part of a group; NULL: it has no points. */
result_part *grade_part_of_group(grade_job *job, int group);

/* Takes back what the groups have got if it is wrong on the GPU. False: something was taken back,
 * because of the student's code. */
bool grade_hardware(grade_job *job);
void grade_memory(grade_job *job, const char *checked, result_part *part);
void grade_speed(grade_job *job, result_part *part);
void grade_profile(grade_job *job, result_part *part);
void grade_predict(grade_job *job, result_part *part);

#endif
