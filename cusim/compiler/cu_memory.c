/* cu_memory.c: memory and text of the compiler. */
#define _GNU_SOURCE             /* vasprintf */
#include "cusim/compiler/cu_memory.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *have(void *memory)
{
    if (memory)
        return memory;
    fputs("cusim-cc: out of memory\n", stderr);
    exit(1);
}

void *cu_grow(void *array, int *room, size_t element_bytes)
{
    const int more = *room < 16 ? 16 : *room;

    if (*room > INT_MAX / 2)
        have(NULL);
    char *const grown = have(realloc(array, (size_t)(*room + more) * element_bytes));
    memset(grown + (size_t)*room * element_bytes, 0, (size_t)more * element_bytes);
    *room += more;
    return grown;
}

char *cu_copy(const char *text, size_t length)
{
    char *const copy = have(malloc(length + 1));

    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

void cu_add(cu_text *to, const char *text, size_t length)
{
    if (to->length + length + 1 > to->room) {
        to->room = 2 * (to->length + length + 1);
        to->text = have(realloc(to->text, to->room));
    }
    memcpy(to->text + to->length, text, length);
    to->length += length;
    to->text[to->length] = '\0';
}

char *cu_format_list(const char *format, va_list arguments)
{
    char *text = NULL;

    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    return have(text);
}

void cu_print(cu_text *to, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *const text = cu_format_list(format, arguments);
    va_end(arguments);
    cu_add(to, text, strlen(text));
    free(text);
}

char *cu_format(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *const text = cu_format_list(format, arguments);
    va_end(arguments);
    return text;
}
