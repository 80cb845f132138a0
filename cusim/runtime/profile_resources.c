/* profile_resources.c: registers and static shared memory of a kernel, as ptxas told them.
 *
 * A launch knows its kernel as the source writes it, "reduce<float, 256>"; ptxas by its mangled
 * name, which the C++ library turns into "void reduce<float, 256>(float*)". */
#include "cusim/runtime/profile.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Of the C++ library, which every program with .cu files has. NULL: not a mangled name. */
char *__cxa_demangle(const char *name, char *room, size_t *room_bytes, int *status);

enum { MAX_TABLES = 256 };

static struct {
    const cusim_resources *rows;
    int count;
} tables[MAX_TABLES];
static int table_count;

void cusim_register_resources(const cusim_resources *table, int count)
{
    if (table_count == MAX_TABLES)          /* the rest have no registers in the profile */
        return;
    tables[table_count].rows = table;
    tables[table_count++].count = count;
}

typedef struct {
    const char *name, *name_end;            /* without namespaces */
    const char *arguments, *arguments_end;  /* of the template; empty if there are none */
} parts;

/* Takes a kernel's name apart, with or without a result type and parameters. */
static parts parts_of(const char *text)
{
    static const char anonymous[] = "(anonymous namespace)";
    parts p;

    if (strncmp(text, "void ", 5) == 0)
        text += 5;
    p.name = text;
    for (;; text++) {
        if (strncmp(text, anonymous, sizeof anonymous - 1) == 0)
            text += sizeof anonymous - 1;
        if (*text == '\0' || *text == '<' || *text == '(')
            break;
        if (*text == ':')
            p.name = text + 1;
    }
    p.name_end = text;
    while (p.name < p.name_end && isspace((unsigned char)*p.name))
        p.name++;
    while (p.name_end > p.name && isspace((unsigned char)p.name_end[-1]))
        p.name_end--;

    p.arguments = p.arguments_end = text;
    if (*text == '<') {
        int depth = 0;
        for (p.arguments = text + 1; *text; text++)
            if ((depth += (*text == '<') - (*text == '>')) == 0)
                break;
        p.arguments_end = text;
    }
    return p;
}

/* The next character that tells template arguments apart: not spaces, nor the casts and suffixes
 * that a number may or may not carry: (int)4, 4u. */
static const char *skip_noise(const char *at, const char *start, const char *end)
{
    for (;;) {
        if (at < end && isspace((unsigned char)*at))
            at++;
        else if (at < end && *at == '(' && memchr(at, ')', (size_t)(end - at)))
            at = (const char *)memchr(at, ')', (size_t)(end - at)) + 1;
        else if (at < end && at > start && strchr("uUlL", *at) &&
                 (isdigit((unsigned char)at[-1]) || strchr("uUlL", at[-1])))
            at++;
        else
            return at;
    }
}

static bool same_arguments(const parts *a, const parts *b)
{
    const char *x = a->arguments, *y = b->arguments;

    for (;;) {
        x = skip_noise(x, a->arguments, a->arguments_end);
        y = skip_noise(y, b->arguments, b->arguments_end);
        if (x == a->arguments_end || y == b->arguments_end)
            return x == a->arguments_end && y == b->arguments_end;
        if (*x++ != *y++)
            return false;
    }
}

typedef enum { OTHER_NAME, SAME_NAME, SAME_ARGUMENTS } likeness;

static likeness compare(const parts *wanted, const char *kernel)
{
    char *const readable = __cxa_demangle(kernel, NULL, NULL, NULL);
    const parts have = parts_of(readable ? readable : kernel);
    const ptrdiff_t length = wanted->name_end - wanted->name;
    likeness like = OTHER_NAME;

    if (have.name_end - have.name == length && memcmp(have.name, wanted->name, (size_t)length) == 0)
        like = same_arguments(wanted, &have) ? SAME_ARGUMENTS : SAME_NAME;
    free(readable);
    return like;
}

const cusim_resources *profile_resources_of(const char *kernel)
{
    const parts wanted = parts_of(kernel);
    const cusim_resources *found = NULL;
    bool ambiguous = false;

    for (int t = 0; t < table_count; t++)
        for (int i = 0; i < tables[t].count; i++) {
            const cusim_resources *row = &tables[t].rows[i];
            const likeness like = compare(&wanted, row->kernel);
            if (like == SAME_ARGUMENTS)
                return row;
            if (like == OTHER_NAME)
                continue;
            if (found && (found->registers != row->registers ||
                          found->shared_bytes != row->shared_bytes))
                ambiguous = true;
            found = row;
        }
    return ambiguous ? NULL : found;
}
