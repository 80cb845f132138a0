/* check_text.c: shapes and verdicts as text, and back. */
#include "check/check_engine.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/core/cpu.h"

enum { SHAPE_TEXT = 800 };        /* room for CHECK_MAX_PARAMS names with values */

static const char *const outcome_names[CHECK_OUTCOMES] = {
    [CHECK_PASSED] = "passed",
    [CHECK_SKIPPED] = "skipped",
    [CHECK_MISMATCH] = "outside the allowed error",
    [CHECK_UNWRITTEN] = "never written",
    [CHECK_STALE] = "computed from what the output held before",
    [CHECK_SCRATCH] = "computed from workspace never written",
    [CHECK_OUTSIDE] = "computed from outside a tensor",
    [CHECK_GUARD] = "written outside a buffer",
    [CHECK_INPUT_CHANGED] = "input changed",
    [CHECK_THREADS] = "differs from run to run",
    [CHECK_ADJOINT] = "adjoint identity broken",
    [CHECK_DIFFERENCES] = "differs from central differences",
    [CHECK_STATUS] = "legal shape refused",
    [CHECK_FINDING] = "found by cusim",
    [CHECK_DEVICE] = "the device failed",
    [CHECK_NO_PROBLEM] = "no legal shape drawn",
    [CHECK_MEMORY] = "out of memory",
};

const char *check_outcome_name(check_outcome o)
{
    return outcome_names[o];
}

static int param_find(const check_concept *c, const char *name, size_t length)
{
    for (int i = 0; i < c->param_count; i++)
        if (strlen(c->param[i].name) == length && memcmp(c->param[i].name, name, length) == 0)
            return i;
    return -1;
}

/* "n, c, h": for the message about an unknown name. */
static void list_params(const check_concept *c, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (int i = 0; i < c->param_count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "",
                                 c->param[i].name);
}

/* One "name=value" of the given length. Returns false after writing the message. */
static bool parse_item(const check_concept *c, const char *item, size_t length, int *param,
                       bool *given, char *message, size_t size)
{
    const char *const equals = memchr(item, '=', length);
    const int shown = length < 60 ? (int)length : 60;

    if (!equals) {
        snprintf(message, size, "expected name=value, found '%.*s'", shown, item);
        return false;
    }
    const int which = param_find(c, item, (size_t)(equals - item));
    if (which < 0) {
        char names[400];
        list_params(c, names, sizeof names);
        snprintf(message, size, "expected one of %s; found '%.*s'", names, shown, item);
        return false;
    }
    if (given[which]) {
        snprintf(message, size, "%s is given twice", c->param[which].name);
        return false;
    }
    char *end;
    const long long value = strtoll(equals + 1, &end, 10);      /* saturates, beyond any int */
    if (end == equals + 1 || end != item + length || strchr(" \t\n\v\f\r+", equals[1]) ||
        value < INT_MIN || value > INT_MAX) {
        snprintf(message, size, "%s: expected a whole number of at most 31 bits, found '%.*s'",
                 c->param[which].name, shown, item);
        return false;
    }
    param[which] = (int)value;
    given[which] = true;
    return true;
}

bool check_parse_shape(const check_concept *c, const char *text, int *param, char *message,
                       size_t size)
{
    bool given[CHECK_MAX_PARAMS] = { false };

    for (int i = 0; i < c->param_count; i++)
        param[i] = c->param[i].simplest;
    for (const char *item = text;; item++) {
        const size_t length = strcspn(item, ",");
        if (!parse_item(c, item, length, param, given, message, size))
            return false;
        item += length;
        if (!*item)
            return true;
    }
}

void check_format_shape(const check_concept *c, const int *param, char *text, size_t size)
{
    size_t used = 0;

    if (size > 0)
        text[0] = '\0';
    for (int i = 0; i < c->param_count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s=%d", i ? "," : "",
                                 c->param[i].name, param[i]);
}

void check_format_replay(const check_concept *c, const void *row, int pass,
                         const check_result *result, char *text, size_t size)
{
    const bool usual = cpu_isa() == cpu_isa_best();
    char shape[SHAPE_TEXT];

    check_format_shape(c, result->param, shape, sizeof shape);
    snprintf(text, size, "convlab check %s/%s --pass %s --shape %s --seed %" PRIu64 "%s%s%s",
             c->name, check_variant_info(row)->name, c->pass[pass].name, shape, result->seed,
             usual ? "" : " --isa ", usual ? "" : isa_name(cpu_isa()),
             check_variant_info(row)->space == SPACE_HOST ? "" : check_device_option());
}

/* "x[0][2]" */
static void format_place(const check_case *r, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%s", r->tensor ? r->tensor : "");

    for (int i = 0; i < r->rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "[%d]", r->coordinate[i]);
}

void check_describe_case(const check_case *r, char *text, size_t size)
{
    const char *const name = check_outcome_name(r->outcome);
    char place[160];

    format_place(r, place, sizeof place);
    switch (r->outcome) {
    case CHECK_MISMATCH:
        if (r->bound == 0.0)
            snprintf(text, size, "%s: got %.9g, want exactly %.9g", place, r->got, r->want);
        else
            snprintf(text, size, "%s: got %.9g, want %.9g, allowed error %.3g", place, r->got,
                     r->want, r->bound);
        break;
    case CHECK_DIFFERENCES:
        snprintf(text, size, "%s: got %.9g, central differences give %.9g, allowed error %.3g",
                 place, r->got, r->want, r->bound);
        break;
    case CHECK_ADJOINT:
        snprintf(text, size,
                 "%s: <gradient, input> is %.9g, <upstream gradient, output> is %.9g, "
                 "allowed error %.3g", place, r->got, r->want, r->bound);
        break;
    case CHECK_THREADS:
        snprintf(text, size, "%s: %.9g with one thread or order of threads, %.9g with another",
                 place, r->want, r->got);
        break;
    case CHECK_GUARD:
        snprintf(text, size, "%s: written %s, at element %td", place,
                 r->index < 0 ? "before its start" : "past its end", r->index);
        break;
    case CHECK_STATUS:
        snprintf(text, size, "%s: the entry returned '%s'", name, status_string(r->verdict));
        break;
    case CHECK_UNWRITTEN: case CHECK_STALE: case CHECK_SCRATCH: case CHECK_OUTSIDE:
    case CHECK_INPUT_CHANGED:
        snprintf(text, size, "%s: %s", place, name);
        break;
    case CHECK_FINDING:
        snprintf(text, size, "%s", r->finding);
        break;
    case CHECK_DEVICE:
    case CHECK_PASSED: case CHECK_SKIPPED: case CHECK_NO_PROBLEM: case CHECK_MEMORY:
        snprintf(text, size, "%s", name);
        break;
    }
}
