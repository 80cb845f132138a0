/* device_heap.c: malloc, new, memcpy and their like, as checked and profiled programs call them.
 *
 * Outside kernels they are the C library's. In a kernel, memory comes from the arena like that of
 * cudaMalloc, so that checked mode watches it; and what is copied or set is seen and counted.
 * Behind the wall all memory comes from the wall's heap, and what the C library writes for its
 * caller has to be the caller's own. */
#define _GNU_SOURCE             /* sincos */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cusim/runtime/machine.h"

/* The names that device_heap.h gives to the program. */
void *cusim_malloc(size_t bytes);
void *cusim_calloc(size_t count, size_t bytes);
void *cusim_realloc(void *p, size_t bytes);
void *cusim_aligned_alloc(size_t alignment, size_t bytes);
void cusim_free(void *p);
void *cusim_new(size_t bytes);
void *cusim_new_aligned(size_t bytes, size_t alignment);
void cusim_delete(void *p);
void *cusim_memcpy(void *to, const void *from, size_t bytes);
void *cusim_memmove(void *to, const void *from, size_t bytes);
void *cusim_memset(void *to, int value, size_t bytes);
char *cusim_strcpy(char *to, const char *from);
char *cusim_strncpy(char *to, const char *from, size_t bytes);
void cusim_qsort(void *p, size_t count, size_t bytes, int (*compare)(const void *, const void *));
void cusim_sincos(double x, double *sine, double *cosine);
void cusim_sincosf(float x, float *sine, float *cosine);
double cusim_frexp(double x, int *exponent);
float cusim_frexpf(float x, int *exponent);
__attribute__((format(printf, 1, 2))) int cusim_printf(const char *format, ...);
__attribute__((format(printf, 2, 3))) int cusim_fprintf(FILE *to, const char *format, ...);
__attribute__((format(printf, 3, 4)))
int cusim_snprintf(char *to, size_t bytes, const char *format, ...);
int cusim_fputs(const char *text, FILE *to);
int cusim_fputc(int character, FILE *to);
size_t cusim_fwrite(const void *from, size_t bytes, size_t count, FILE *to);
int cusim_fflush(FILE *to);

void *cusim_allocate_exception(size_t bytes);
void cusim_free_exception(void *p);
_Noreturn void cusim_throw(void *p, void *type, void (*destroy)(void *));

/* C++'s own, where the program has them. */
void *__cxa_allocate_exception(size_t bytes) __attribute__((weak));
void __cxa_free_exception(void *p) __attribute__((weak));
_Noreturn void __cxa_throw(void *p, void *type, void (*destroy)(void *)) __attribute__((weak));
void *_Znwm(size_t bytes) __attribute__((weak));
void _ZdlPv(void *p) __attribute__((weak));

#define CALLER __builtin_return_address(0)
#define OWN(p, bytes) cusim_wall(p, bytes, CUSIM_FRAME, CALLER)

/* ---- Memory ---- */

static void *kernel_memory(size_t bytes, const void *caller)
{
    void *p = NULL;
    if (cusim_allocate(&p, bytes ? bytes : 1, CUSIM_MEMORY_DEVICE, caller) != cudaSuccess)
        return NULL;
    return p;
}

/* True if p came from the arena, and is dealt with. */
static bool free_device(void *p, const char *how, const void *caller)
{
    if ((uintptr_t)p - (uintptr_t)cusim_arena >= cusim_arena_bytes || !p)
        return false;
    if (cusim_now.running)
        cusim_release(p, caller);
    else if (cusim_set.check)
        cusim_find(CUSIM_HOST_MEMORY, (const char *)caller - 1, NULL, 0, -1,
                   "%p is memory of the device, and not to be freed by %s", p, how);
    return true;
}

/* True if p, behind the wall, is dealt with, or none of what can be freed. */
static bool free_walled(void *p)
{
    if (cusim_heap_holds(p))
        cusim_heap_give(p);
    return cusim_walled || cusim_heap_holds(p);
}

void *cusim_malloc(size_t bytes)
{
    if (cusim_now.running && cusim_set.check)
        return kernel_memory(bytes, CALLER);
    return cusim_walled ? cusim_heap_take(bytes) : malloc(bytes);
}

void *cusim_calloc(size_t count, size_t bytes)
{
    size_t all;

    if (!cusim_walled)
        return calloc(count, bytes);
    void *const p = __builtin_mul_overflow(count, bytes, &all) ? NULL : cusim_heap_take(all);
    return p ? memset(p, 0, all) : NULL;
}

void *cusim_realloc(void *p, size_t bytes)
{
    if (!cusim_walled)
        return realloc(p, bytes);
    if (p && !cusim_heap_holds(p))
        cusim_wall_hit(CALLER);
    const size_t room = p ? cusim_heap_room(p) : 0;
    void *const more = cusim_heap_take(bytes);
    if (!more || !p)
        return more;
    memcpy(more, p, room < bytes ? room : bytes);
    cusim_heap_give(p);
    return more;
}

void *cusim_aligned_alloc(size_t alignment, size_t bytes)
{
    if (!cusim_walled)
        return aligned_alloc(alignment, bytes);
    return cusim_heap_take(alignment > bytes ? alignment : bytes);
}

void cusim_free(void *p)
{
    if (!free_device(p, "free()", CALLER) && !free_walled(p))
        free(p);
}

static void *new_walled(size_t bytes)
{
    void *const p = cusim_heap_take(bytes);

    if (!p)
        cusim_fatal("no memory for %zu bytes", bytes);
    return p;
}

void *cusim_new(size_t bytes)
{
    if (cusim_now.running && cusim_set.check)
        return kernel_memory(bytes, CALLER);
    if (cusim_walled)
        return new_walled(bytes);
    return _Znwm ? _Znwm(bytes) : malloc(bytes);
}

void *cusim_new_aligned(size_t bytes, size_t alignment)
{
    if (cusim_walled)
        return new_walled(alignment > bytes ? alignment : bytes);
    return aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}

void cusim_delete(void *p)
{
    if (free_device(p, "delete", CALLER) || free_walled(p))
        return;
    if (_ZdlPv)
        _ZdlPv(p);
    else
        free(p);
}

/* ---- Exceptions: from the first to one of the others, what is thrown is being made ---- */

void *cusim_allocate_exception(size_t bytes)
{
    void *const p = __cxa_allocate_exception(bytes);

    cusim_wall_exception(p, bytes);
    return p;
}

void cusim_free_exception(void *p)
{
    cusim_wall_exception(NULL, 0);
    __cxa_free_exception(p);
}

void cusim_throw(void *p, void *type, void (*destroy)(void *))
{
    cusim_wall_exception(NULL, 0);
    if (destroy && !cusim_may_call((const void *)destroy))
        cusim_wall_hit(CALLER);
    __cxa_throw(p, type, destroy);
}

/* ---- Copies ---- */

static void seen(const void *p, size_t bytes, unsigned kind, const void *caller)
{
    if (bytes && cusim_set.check)
        cusim_check_access(p, bytes, kind, (const char *)caller - 1);
    if (bytes && cusim_set.profile)
        cusim_profile_structure(p, bytes, kind & CUSIM_TOUCH_WRITE, caller);
}

void *cusim_memcpy(void *to, const void *from, size_t bytes)
{
    seen(from, bytes, CUSIM_TOUCH_READ, CALLER);
    seen(to, bytes, CUSIM_TOUCH_WRITE, CALLER);
    OWN(to, bytes);
    return memcpy(to, from, bytes);
}

void *cusim_memmove(void *to, const void *from, size_t bytes)
{
    seen(from, bytes, CUSIM_TOUCH_READ, CALLER);
    seen(to, bytes, CUSIM_TOUCH_WRITE, CALLER);
    OWN(to, bytes);
    return memmove(to, from, bytes);
}

void *cusim_memset(void *to, int value, size_t bytes)
{
    seen(to, bytes, CUSIM_TOUCH_WRITE, CALLER);
    OWN(to, bytes);
    return memset(to, value, bytes);
}

char *cusim_strcpy(char *to, const char *from)
{
    OWN(to, strlen(from) + 1);
    return strcpy(to, from);
}

char *cusim_strncpy(char *to, const char *from, size_t bytes)
{
    OWN(to, bytes);
    return strncpy(to, from, bytes);
}

void cusim_qsort(void *p, size_t count, size_t bytes, int (*compare)(const void *, const void *))
{
    size_t all;

    if (__builtin_mul_overflow(count, bytes, &all) || !cusim_may_call((const void *)compare))
        cusim_wall_hit(CALLER);
    OWN(p, all);
    qsort(p, count, bytes, compare);
}

/* ---- Mathematics ---- */

void cusim_sincos(double x, double *sine, double *cosine)
{
    OWN(sine, sizeof *sine);
    OWN(cosine, sizeof *cosine);
    sincos(x, sine, cosine);
}

void cusim_sincosf(float x, float *sine, float *cosine)
{
    OWN(sine, sizeof *sine);
    OWN(cosine, sizeof *cosine);
    sincosf(x, sine, cosine);
}

double cusim_frexp(double x, int *exponent)
{
    OWN(exponent, sizeof *exponent);
    return frexp(x, exponent);
}

float cusim_frexpf(float x, int *exponent)
{
    OWN(exponent, sizeof *exponent);
    return frexpf(x, exponent);
}

/* ---- Text ---- */

/* Ends the program if the format has %n, which stores. */
static void own_format(const char *format, const void *caller)
{
    while (cusim_walled && (format = strchr(format, '%'))) {
        format++;
        format += strspn(format, "0123456789#-+ '.*$hlLqjztIZw");
        if (*format == 'n')
            cusim_wall_hit(caller);
        format += *format != '\0';
    }
}

/* A forged stream would be written to where it says. */
static void own_stream(const FILE *to, const void *caller)
{
    if (cusim_walled && to != stdout && to != stderr)
        cusim_wall_hit(caller);
}

int cusim_printf(const char *format, ...)
{
    va_list arguments;

    own_format(format, CALLER);
    va_start(arguments, format);
    const int length = vprintf(format, arguments);
    va_end(arguments);
    return length;
}

int cusim_fprintf(FILE *to, const char *format, ...)
{
    va_list arguments;

    own_stream(to, CALLER);
    own_format(format, CALLER);
    va_start(arguments, format);
    const int length = vfprintf(to, format, arguments);
    va_end(arguments);
    return length;
}

int cusim_snprintf(char *to, size_t bytes, const char *format, ...)
{
    va_list arguments;

    OWN(to, bytes);
    if (cusim_walled && to < format + strlen(format) + 1 && format < to + bytes)
        cusim_wall_hit(CALLER);         /* it would be overwritten while it is read */
    own_format(format, CALLER);
    va_start(arguments, format);
    const int length = vsnprintf(to, bytes, format, arguments);
    va_end(arguments);
    return length;
}

int cusim_fputs(const char *text, FILE *to)
{
    own_stream(to, CALLER);
    return fputs(text, to);
}

int cusim_fputc(int character, FILE *to)
{
    own_stream(to, CALLER);
    return fputc(character, to);
}

size_t cusim_fwrite(const void *from, size_t bytes, size_t count, FILE *to)
{
    own_stream(to, CALLER);
    return fwrite(from, bytes, count, to);
}

int cusim_fflush(FILE *to)
{
    if (to)
        own_stream(to, CALLER);
    return fflush(to);
}
