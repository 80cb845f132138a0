/* file_error.c: what is wrong with a file, in words for the person who gave it. */
#include "data/file_error.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

status file_refuse(file_error *error, status s, const char *format, ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
        for (char *c = error->text; *c; c++)    /* names come from files: no escape sequences */
            if (iscntrl((unsigned char)*c))
                *c = '?';
    }
    return s;
}
