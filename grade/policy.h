/* policy.h: how many points there are for what: lessons/NN-name/grading.json.
 *
 *   { "exercises": {
 *       "predict": { "points": 4 },
 *       "forward": {
 *         "groups": [ { "name": "one channel", "points": 4, "cases": 30, "shape": { "c": 1 } },
 *                     { "name": "any shape", "points": 4, "cases": 60, "partial": true } ],
 *         "memory": { "points": 2, "cases": 10 },
 *         "speed": { "points": 4, "at": { "c": 32, "h": 14, "w": 14 }, "from": 1.5, "to": 4.0,
 *                    "threads": 1 },
 *         "profile": { "points": 2, "at": { "count": 4096 },
 *                      "at_most": { "global_load_sectors": 4 } } } } }
 *
 * A group's shape rules are those of the exercise with the group's own put over them; "partial"
 * gives points in proportion to the cases that pass. "memory" is a run under AddressSanitizer
 * (CUDA: under cusim's checks), over problems of the groups that pass: a function that does nothing
 * makes no mistake with memory either. "speed" and "profile" count only if every group passes. An
 * exercise of kind "predict" has "points" alone, given by answer.
 *
 * May be left out: "cases" (as in lesson.json; memory: 10), "shape", "partial" (false), all three
 * parts behind "groups"; of "speed" "at", "to" (the factor) and "threads" if lesson.json has them,
 * and "from" (1.3); of "profile" "at" and "at_most" if lesson.json has them. "speed" is for
 * exercises in C, "profile" for those in CUDA.
 *
 * A lesson without the file, or an exercise that the file does not name, has a policy made of
 * lesson.json: 10 points per exercise; kind faster: 7, and 3 for its factor; kind cuda with
 * "at_most": 7 and 3. Points are whole numbers. */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "data/file_error.h"
#include "lessons/lesson.h"

enum {
    POLICY_MAX_GROUPS = 8,
    POLICY_NAME_BYTES = 64,
    POLICY_MAX_POINTS = 1000,       /* of one part */
    POLICY_MAX_CASES = 10000
};

typedef struct {
    char name[POLICY_NAME_BYTES];
    int points, cases;
    bool partial;
    struct json_t *shape;           /* merged with the exercise's; NULL: no rules */
} policy_group;

typedef struct {
    const exercise *exercise;
    policy_group group[POLICY_MAX_GROUPS];
    int group_count;
    int predict_points;
    int memory_points, memory_cases;            /* 0 points: not run */
    int speed_points, speed_threads;            /* 0 points: not timed; 0 threads: all there are */
    struct json_t *speed_at;
    double speed_from, speed_to;                /* factor for the first and for the last point */
    int profile_points;                         /* 0 points: not profiled */
    struct json_t *profile_at, *profile_at_most;
    int points;                                 /* of all */
} exercise_policy;

typedef struct {
    const lesson *lesson;
    exercise_policy exercise[LESSON_MAX_EXERCISES];     /* in the lesson's order */
    int count;
    int points;
    struct json_t *json;            /* NULL: the lesson has no such file */
} policy;

/* Reads the lesson's grading.json or makes a policy of lesson.json. STATUS_IO, STATUS_VALUE,
 * STATUS_MEMORY after *error, which names the file, the place, what was expected and what was
 * found. The lesson must outlive it. Close it in any case. */
status policy_open(policy *p, const lesson *l, file_error *error);

/* The same from bytes; `path` is for messages. */
status policy_parse(policy *p, const lesson *l, const void *bytes, size_t size, const char *path,
                    file_error *error);
void policy_close(policy *p);

/* Holds the policy against what its exercises compute: every group's rules must be understood and
 * leave legal shapes to draw, and the shapes to time or to profile must be legal and exist. Changes
 * the process's restricted concept (drawn_shape.h). Call it once before grading: a policy that does
 * not pass would fail every student. */
status policy_check(const policy *p, const course *c, file_error *error);

#endif
