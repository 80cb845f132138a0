/* lesson.h: what a lesson is: a folder lessons/NN-name/ and what its lesson.json says.
 *
 * lessons/AUTHORS.md describes the format for those who write lessons. A course is the folder that
 * holds them, with the student's own folder beside it. */
#ifndef LESSON_H
#define LESSON_H

#include <limits.h>
#include <stdbool.h>

#include "data/file_error.h"
#include "lessons/feedback.h"

enum {
    LESSON_MAX = 64,                    /* lessons in a course */
    LESSON_MAX_EXERCISES = 12,
    LESSON_MAX_NEEDS = 12,
    LESSON_HINTS = 3,
    LESSON_NAME_BYTES = 64
};

/* A path of ours with room for a file name behind it. */
typedef char lesson_path[PATH_MAX];

typedef struct {
    const char *in[FEEDBACK_LANGUAGES];
} lesson_words;

typedef enum {
    EXERCISE_WRITE,         /* write a pass of a concept in C */
    EXERCISE_FIX,           /* the same, with a starter that has a bug in it */
    EXERCISE_FASTER,        /* the same, and beat the concept's first row by a factor */
    EXERCISE_PREDICT,       /* fill in `name = value` lines */
    EXERCISE_CUDA           /* write a pass in CUDA, run in the simulator */
} exercise_kind;

/* One rule about a parameter of the concept: its name and what the JSON says: a number, a list of
 * numbers to draw from, or the name of the parameter that it equals. */
typedef struct json_t exercise_shape;

typedef struct {
    const char *name;               /* "forward": --exercise forward */
    exercise_kind kind;
    lesson_words title;
    const char *file;               /* in exercises/, in solutions/ and in the student's folder */
    lesson_words hints[LESSON_HINTS];
    /* All kinds but predict: */
    const char *concept, *pass;
    const char *function;           /* the student's */
    const char *workspace;          /* name of their workspace_bytes function, or NULL */
    const exercise_shape *shape;    /* object: what is fixed in the drawn problems; or NULL */
    int cases;
    const exercise_shape *at;       /* object: the shape to time, or to profile; or NULL */
    double factor;                  /* faster: how many times as fast as the first row */
    int threads;                    /* faster: OpenMP threads for both; 0: as many as there are */
    const exercise_shape *at_most;  /* cuda: object of profile figures that may not be exceeded */
} exercise;

typedef struct {
    char name[LESSON_NAME_BYTES];   /* "conv" */
    char folder[LESSON_NAME_BYTES]; /* "01-conv" */
    lesson_path path;               /* .../lessons/01-conv */
    lesson_words title;
    const char *needs[LESSON_MAX_NEEDS];
    int need_count;
    exercise exercises[LESSON_MAX_EXERCISES];
    int exercise_count;
    struct json_t *json;            /* owns the strings */
} lesson;

typedef struct {
    lesson_path root;               /* of the checkout, or of an exported course */
    lesson_path student;            /* the student's files: student/ in it, or $CONVLAB_STUDENT */
    lesson lessons[LESSON_MAX];     /* in the order of their numbers */
    int count;
    file_error complaint;           /* about the last lesson that had to be left out, or whose
                                       needs cannot be met; "" if all are well */
} course;

/* Finds the course around the running program (or $CONVLAB_ROOT) and reads every lesson.json.
 * STATUS_IO after filling *error; course_close() in any case. */
status course_open(course *c, file_error *error);
void course_close(course *c);

/* Reads one lesson.json: `path` is the lesson's folder. */
status lesson_open(lesson *l, const char *path, file_error *error);
void lesson_close(lesson *l);

/* By name ("conv") or folder ("01-conv"); NULL: there is none. */
const lesson *course_find(const course *c, const char *name);
const exercise *lesson_exercise(const lesson *l, const char *name);

const char *exercise_kind_name(exercise_kind kind);

/* The words in the language that is wanted now. */
const char *lesson_say(const lesson_words *words);

/* One of two literals: say("English", "Korean"). */
const char *say(const char *english, const char *korean);

/* Joins up to three parts with '/' (a later one may be NULL) into path; a path that is too long
 * becomes "", which no file has. */
void path_join(lesson_path path, const char *a, const char *b, const char *c);

#endif
