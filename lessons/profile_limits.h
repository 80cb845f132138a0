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

#endif
