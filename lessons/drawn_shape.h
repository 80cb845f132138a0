/* drawn_shape.h: keeps the problems that a concept draws to what an exercise asks for.
 *
 * The rules are an object of lesson.json, one entry per parameter that is not free:
 *     "n": 1                  always this
 *     "kernel_h": [1, 3, 5]   one of these
 *     "kernel_w": "kernel_h"  the same as that one
 *     "h": {"least": 4}       at least this: the drawn number, or this if it is smaller */
#ifndef DRAWN_SHAPE_H
#define DRAWN_SHAPE_H

#include "check/check.h"
#include "lessons/lesson.h"

/* A copy of the concept that draws, shrinks and accepts only shapes that keep the rules (NULL: the
 * concept itself). There is one such copy in a process: the next call replaces it. NULL after
 * saying in *error which rule is wrong. */
const check_concept *drawn_shape_restrict(const check_concept *c, const exercise_shape *rules,
                                          file_error *error);

/* Brings parameters that are bound by a rule to what the rule says. */
void drawn_shape_settle(int *param);

/* A shape of the restricted concept as people and `convlab lesson --shape` take it: "h=3,w=11", the
 * parameters that are neither as simple as the concept has them nor fixed by `rules`, those of the
 * exercise (a group of a grading policy restricts further); "simplest" if there are none. False: a
 * shape that the exercise itself does not have. */
bool drawn_shape_format(const exercise_shape *rules, const int *param, char *text, size_t size);

/* Gives a copy of the restricted concept the simplest values of these rules instead; for telling
 * what is not simple at a shape. */
void drawn_shape_simplest(const exercise_shape *rules, check_concept *copy);

/* A shape from an object of numbers ("at"): what is not named is as the rules say, or simplest. */
bool drawn_shape_read(const check_concept *c, const exercise_shape *object, int *param,
                      file_error *error);

#endif
