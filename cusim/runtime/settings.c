/* settings.c: settings from the environment, garbage from the seed, the end of the program. */
#define _GNU_SOURCE             /* on_exit, recursive mutexes */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cusim/include/cusim.h"
#include "cusim/runtime/machine.h"

enum { GARBAGE_WORDS = 8192, FINDINGS_CODE = 1, FATAL_CODE = 2 };

/* Written by the driver into programs that are built with --check or --profile. */
extern const int cusim_built_check __attribute__((weak));
extern const int cusim_built_profile __attribute__((weak));

cusim_settings cusim_set;
uint64_t cusim_launches_since_seed;
static uint32_t garbage[2 * GARBAGE_WORDS];     /* the second half repeats the first */
static size_t garbage_at;

static pthread_mutex_t device = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

void cusim_lock(void)
{
    pthread_mutex_lock(&device);
}

void cusim_unlock(void)
{
    pthread_mutex_unlock(&device);
}

void cusim_fatal(const char *format, ...)
{
    va_list arguments;

    fputs("cusim: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    fflush(NULL);
    _exit(FATAL_CODE);                          /* nothing of the program can be relied on */
}

/* ---- Garbage ---- */

/* Every 2-byte half is a NaN of half precision, so that each word is one of float and each pair of
 * words one of double; as an index it is far out of bounds. */
static void draw_garbage(uint64_t seed)
{
    uint64_t state = seed * 0x9e3779b97f4a7c15u + 0xbf58476d1ce4e5b9u;

    for (int i = 0; i < GARBAGE_WORDS; i++) {
        state = state * 0x5851f42d4c957f2du + 0x14057b7ef767814fu;
        garbage[i] = 0xfff0fff0u | ((uint32_t)(state >> 32) & 0x000f000fu) | 0x00010001u;
    }
    memcpy(garbage + GARBAGE_WORDS, garbage, GARBAGE_WORDS * sizeof *garbage);
    garbage_at = 0;
}

void cusim_garbage(void *p, size_t bytes)
{
    unsigned char *at = p;

    while (bytes > 0) {
        const size_t some = bytes < GARBAGE_WORDS * sizeof *garbage
                                ? bytes : GARBAGE_WORDS * sizeof *garbage;
        memcpy(at, garbage + garbage_at, some);
        garbage_at = (garbage_at + 1031) % GARBAGE_WORDS;
        at += some;
        bytes -= some;
    }
}

void cusim_seed(uint64_t seed)
{
    cusim_set.seed = seed;
    cusim_launches_since_seed = 0;
    draw_garbage(seed);
}

bool cusim_checks(void)
{
    return cusim_set.check;
}

/* ---- The environment ---- */

/* The text after a number may be one of `units`: each is 1024 times the one before. */
static double number(const char *name, double otherwise, double most, const char *units)
{
    const char *const text = getenv(name);
    char *end;

    if (!text || !*text)
        return otherwise;
    double value = strtod(text, &end);
    const char *const unit = *end ? strchr(units, *end) : NULL;
    if (end != text && unit) {
        for (const char *u = units; u <= unit; u++)
            value *= 1024.0;
        end++;
    }
    if (end == text || *end || !(value >= 0.0 && value <= most))
        cusim_fatal("%s=%s: expected a number from 0 to %.0f%s%s", name, text, most,
                    *units ? ", also with one of " : "", units);
    return value;
}

static uint64_t whole_number(const char *name, uint64_t otherwise)
{
    const char *const text = getenv(name);
    char *end;

    if (!text || !*text)
        return otherwise;
    errno = 0;
    const uint64_t value = strtoull(text, &end, 0);
    if (*end || end == text || *text == '-' || errno == ERANGE)
        cusim_fatal("%s=%s: expected a whole number", name, text);
    return value;
}

static const char *path(const char *name)
{
    const char *const text = getenv(name);

    return text && *text ? text : NULL;
}

/* As the program was built, unless the environment says otherwise: objects that it loads later may
 * have been built so. */
static bool built_in(const int *flag, const char *name)
{
    return whole_number(name, flag && *flag) != 0;
}

static void at_exit(int code, void *unused)
{
    (void)unused;
    if (cusim_set.profile)
        cusim_profile_exit();
    if (cusim_set.check)
        cusim_check_exit(code);
    cusim_report_exit();
    if (cusim_set.check && code == 0 && cusim_finding_count() > 0 && !cusim_is_quiet()) {
        fflush(NULL);
        _exit(FINDINGS_CODE);
    }
}

/* Before the constructors of the program, which register its kernels and may call the API. */
__attribute__((constructor(102)))
static void read_settings(void)
{
    cusim_set.time_limit_s = number("CUSIM_TIME_LIMIT", 60.0, 1e6, "");
    cusim_set.memory_bytes = (size_t)number("CUSIM_MEMORY", 0x1p32, 0x1p42, "KMG");
    cusim_set.check = built_in(&cusim_built_check, "CUSIM_CHECK");
    cusim_set.profile = built_in(&cusim_built_profile, "CUSIM_PROFILE");
    cusim_set.report = path("CUSIM_REPORT");
    cusim_set.profile_json = path("CUSIM_PROFILE_JSON");
    cusim_seed(whole_number("CUSIM_SEED", 1));
    if (on_exit(at_exit, NULL) != 0)
        cusim_fatal("cannot ask to be called at the end of the program");
}
