/* file_error.h: what is wrong with a file, in words for the person who gave it. */
#ifndef FILE_ERROR_H
#define FILE_ERROR_H

#include "kernels/core/status.h"

/* One line without a newline: the file, the place in it, what was expected and what was found.
 * Written only where a function fails. Longer texts are cut; control characters become '?'. */
typedef struct {
    char text[1024];
} file_error;

/* Formats the text into *error (unless error is NULL) and returns s, so that a reader can say
 *     return file_refuse(error, STATUS_IO, "%s: empty file", path); */
status file_refuse(file_error *error, status s, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
