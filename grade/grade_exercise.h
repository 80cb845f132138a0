/* grade_exercise.h: grades one exercise of one submission, or all of them.
 *
 * Order: compile in a jail; the groups of the policy, each with problems of its own, through
 * remote.h; with .hardware those of CUDA exercises on a GPU as well; the run for memory errors;
 * speed or profile. Every part that is not full says why. */
#ifndef GRADE_EXERCISE_H
#define GRADE_EXERCISE_H

#include "grade/policy.h"
#include "grade/grade_result.h"
#include "grade/secret.h"
#include "grade/submission.h"

/* The programs that take part, by path. */
typedef struct {
    lesson_path self;           /* convlab-grade: serves the suite's own rows for comparison */
    lesson_path worker;         /* convlab-worker */
    lesson_path worker_asan;    /* convlab-worker-asan: the same with AddressSanitizer's runtime */
    lesson_path worker_cusim;   /* convlab-worker-cusim: CUDA in the simulator; "" if not built */
    lesson_path worker_cuda;    /* convlab-worker-cuda: CUDA on a GPU; "" if not built */
    lesson_path cusim_cc;       /* build/cusim-cc; "" if not built */
    lesson_path nvcc;           /* see grade_nvcc_find(); "" if there is none */
} grade_programs;

typedef struct {
    const course *course;
    const policy *policies;     /* one per lesson of the course, in its order */
    const grade_programs *programs;
    jail_tier tier;
    secret key;
    bool hardware;              /* CUDA exercises on the GPU as well */
    double call_seconds;        /* for one call of the student's function */
    double exercise_seconds;    /* for all of one exercise: groups, memory, speed */
} grade_settings;

/* Finds the programs beside the running one, all but nvcc; false after *error if one of the first
 * three is missing. */
bool grade_programs_find(grade_programs *p, file_error *error);

/* The compiler that PATH's nvcc starts, without links on the way. False, and "": there is none. */
bool grade_nvcc_find(lesson_path nvcc);

/* Grades exercise number `at` of the lesson into *into, whose name, file, max and parts are set by
 * grade_exercise_prepare(). Never fails: what goes wrong on our side is RESULT_BROKEN. */
void grade_exercise_prepare(const grade_settings *g, const lesson *l, int at,
                            result_exercise *into);
void grade_exercise(const grade_settings *g, const submission *s, const lesson *l, int at,
                    result_exercise *into);

#endif
