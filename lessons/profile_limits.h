/* profile_limits.h: what cusim's profile says about a student's kernels, and limits to it. */
#ifndef PROFILE_LIMITS_H
#define PROFILE_LIMITS_H

#include <stdbool.h>
#include <stdio.h>

#include "lessons/lesson.h"

/* Prints the table that cusim wrote to the file `printed` and holds the figures in the file `json`
 * against the limits, an object of lesson.json ("at_most"; NULL: none). AUTHORS.md lists the
 * figures. Returns false, and says so, if one is exceeded or there is no profile. */
bool profile_tell(const char *printed, const char *json, const exercise_shape *limits, FILE *out);

/* The figures of the profile itself, cusim's JSON. Says of each limit whether it is kept; returns
 * whether all are. */
bool profile_keeps(const struct json_t *profile, const exercise_shape *limits, FILE *out);

/* The sum over all kernels of one number of profile["kernels"][..][space][op]; op NULL: of loads
 * and stores. */
double profile_sum_of(const struct json_t *profile, const char *space, const char *op,
                      const char *what);

/* True for the name of a figure. */
bool profile_has_figure(const char *name);

#endif
