/* fault_words.h: tells the student what crashed, hung or left, and in which line. */
#ifndef FAULT_WORDS_H
#define FAULT_WORDS_H

#include <stdio.h>

#include "lessons/protect.h"

/* "conv2d_student.c:31", or "" if it is not known: asks addr2line about the object. */
void fault_line(const char *object, const void *place, char *text, size_t size);

/* One paragraph: what, where, and what usually causes it. */
void fault_print(FILE *out, const fault *f, const char *object);

#endif
