/* cu_memory.h: memory and text of the compiler. When there is no memory left the program says so
 * and ends: a compiler has nothing else to do then. */
#ifndef CU_MEMORY_H
#define CU_MEMORY_H

#include <stdarg.h>
#include <stddef.h>

/* More room for an array of *room elements; what is new is zero. */
void *cu_grow(void *array, int *room, size_t element_bytes);

char *cu_copy(const char *text, size_t length);

/* Text that grows. */
typedef struct {
    char *text;             /* terminated; NULL while empty */
    size_t length, room;
} cu_text;

void cu_add(cu_text *to, const char *text, size_t length);
__attribute__((format(printf, 2, 3)))
void cu_print(cu_text *to, const char *format, ...);
__attribute__((format(printf, 1, 2)))
char *cu_format(const char *format, ...);
char *cu_format_list(const char *format, va_list arguments);

#endif
