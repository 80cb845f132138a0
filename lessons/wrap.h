/* wrap.h: text in lines that fit a terminal. */
#ifndef WRAP_H
#define WRAP_H

#include <stdio.h>

/* Prints words, separated by blanks, in lines of at most 78 columns, and a newline; further lines
 * begin with `indent` blanks. Colours in it take no room. */
void wrap_print(FILE *out, const char *text, int indent);

/* The same for a paragraph that is formatted as by printf. */
void wrap_printf(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
