/* lesson_text.h: a lesson's README for the terminal, with the demo's parts where they belong. */
#ifndef LESSON_TEXT_H
#define LESSON_TEXT_H

#include <stdio.h>

#include "lessons/lesson.h"

/* Prints README.md, or README.ko.md, of the lesson. Where a ```sh fence says
 *     build/convlab lesson NAME --show PART
 * the part is computed and printed below the command. False after filling *error. */
bool lesson_text_print(const course *c, const lesson *l, FILE *out, bool colour,
                       file_error *error);

#endif
