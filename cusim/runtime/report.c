/* report.c: findings: told once as text on stderr, counted after that, and written as JSON lines.
 *
 * Two findings are the same if kind, kernel and source lines are (in a race in either order). Most
 * repetitions come from the same two instructions: those are recognised by their addresses, before
 * anything is looked up or formatted. */
#define _GNU_SOURCE             /* vasprintf */
#include "cusim/runtime/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cusim/include/cusim.h"
#include "cusim/runtime/machine.h"

enum { MAX_FINDINGS = 10000, MAX_TOLD = 50, MAX_SEEN = 1 << 14, TEXT_BYTES = 4096 };

typedef struct {
    cusim_finding_kind kind;
    bool is_note;
    char *message, *text;
    const char *kernel, *file, *other_file;             /* NULL: none */
    int line, other_line;
    bool has_thread, has_other;
    cusim_dim block, thread, other_block, other_thread;
    uint64_t count;
} finding;

static finding *findings[MAX_FINDINGS];                 /* notes too */
static size_t stored, found, told, not_stored;
static bool quiet;

static const char *const kind_names[CUSIM_FINDING_KINDS] = {
    [CUSIM_OUT_OF_BOUNDS] = "out-of-bounds", [CUSIM_USE_AFTER_FREE] = "use-after-free",
    [CUSIM_MISALIGNED] = "misaligned", [CUSIM_UNINITIALISED] = "uninitialised",
    [CUSIM_RACE] = "race", [CUSIM_BARRIER_DIVERGENCE] = "barrier-divergence",
    [CUSIM_INACTIVE_LANE] = "inactive-lane", [CUSIM_BAD_LAUNCH] = "bad-launch",
    [CUSIM_UNREAD_ERROR] = "unread-error", [CUSIM_LEAK] = "leak",
    [CUSIM_HOST_MEMORY] = "host-memory", [CUSIM_CONSTANT_WRITE] = "constant-write",
    [CUSIM_BAD_COPY] = "bad-copy", [CUSIM_CRASH] = "crash", [CUSIM_TIMEOUT] = "timeout",
    [CUSIM_DEADLOCK] = "deadlock",
};

/* ---- Who and where ---- */

static cusim_dim index_of(uint64_t linear, cusim_dim extent)
{
    const uint64_t x = extent.x ? extent.x : 1, y = extent.y ? extent.y : 1;
    return (cusim_dim){ (unsigned)(linear % x), (unsigned)(linear / x % y),
                        (unsigned)(linear / x / y) };
}

static const char *index_text(char text[64], cusim_dim i)
{
    snprintf(text, 64, "(%u,%u,%u)", i.x, i.y, i.z);
    return text;
}

const char *finding_index(char text[64], uint64_t linear, cusim_dim extent)
{
    return index_text(text, index_of(linear, extent));
}

const char *finding_place(char *text, size_t bytes, const void *pc)
{
    const char *function, *file;
    int line;
    if (cusim_source_of(pc, &function, &file, &line))
        snprintf(text, bytes, "%s:%d", file, line);
    else
        snprintf(text, bytes, "%s", function ? function : "an unknown place");
    return text;
}

finding_party finding_here(const void *pc)
{
    return (finding_party){ pc, cusim_now.block_linear, cusim_now.running ? cusim_now.thread : -1 };
}

/* ---- Repetitions ---- */

typedef struct {
    const char *kernel;
    const void *pc, *other_pc;
    cusim_finding_kind kind;
    bool is_note;
    finding *f;
} seen_pair;
static seen_pair seen[MAX_SEEN];                        /* in open addressing */
static size_t seen_count;

static const char *running_kernel(void)
{
    return cusim_now.launch ? cusim_now.launch->site->kernel : NULL;
}

static seen_pair *seen_at(cusim_finding_kind kind, bool is_note, const void *pc,
                          const void *other_pc)
{
    const char *kernel = running_kernel();
    uintptr_t at = ((uintptr_t)pc * 31 + (uintptr_t)other_pc * 17 + (uintptr_t)kernel) *
                   UINT64_C(0x9E3779B97F4A7C15) >> 50;
    for (; seen[at].f; at = (at + 1) % MAX_SEEN) {
        const seen_pair *s = &seen[at];
        if (s->kind == kind && s->is_note == is_note && s->pc == pc && s->other_pc == other_pc &&
            s->kernel == kernel)
            break;
    }
    return &seen[at];
}

static bool again(cusim_finding_kind kind, bool is_note, const void *pc, const void *other_pc)
{
    if (!pc)
        return false;
    const seen_pair *s = seen_at(kind, is_note, pc, other_pc);
    if (s->f)
        s->f->count++;
    return s->f != NULL;
}

bool finding_again(cusim_finding_kind kind, const void *pc, const void *other_pc)
{
    return again(kind, false, pc, other_pc);
}

static void remember(finding *f, const void *pc, const void *other_pc)
{
    if (!pc || seen_count == MAX_SEEN - 1)
        return;
    seen_count++;
    *seen_at(f->kind, f->is_note, pc, other_pc) =
        (seen_pair){ running_kernel(), pc, other_pc, f->kind, f->is_note, f };
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_place(const char *file, int line, const char *other_file, int other_line)
{
    return line == other_line && same_text(file, other_file);
}

static finding *same_as(const finding *f)
{
    if (!f->file)
        return NULL;
    for (size_t i = 0; i < stored; i++) {
        const finding *g = findings[i];
        if (g->kind != f->kind || g->is_note != f->is_note || !same_text(g->kernel, f->kernel))
            continue;
        if ((same_place(g->file, g->line, f->file, f->line) &&
             same_place(g->other_file, g->other_line, f->other_file, f->other_line)) ||
            (same_place(g->file, g->line, f->other_file, f->other_line) &&
             same_place(g->other_file, g->other_line, f->file, f->line)))
            return findings[i];
    }
    return NULL;
}

/* ---- A new finding ---- */

static void append(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void append(char *text, const char *format, ...)
{
    const size_t n = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + n, TEXT_BYTES - n, format, arguments);
    va_end(arguments);
}

/* The message, and below it where it was; without the program's "cusim: ". */
static void write_text(finding *f, const void *pc, const void *other_pc)
{
    static char text[TEXT_BYTES];
    char index[64], place[1024];

    snprintf(text, sizeof text, "%s%s: %s", f->is_note ? "note: " : "", kind_names[f->kind],
             f->message);
    if (f->kernel)
        append(text, "\n  kernel %s", f->kernel);
    else if (f->file || pc)
        append(text, "\n  host code");
    if (f->has_thread) {
        append(text, ", block %s", index_text(index, f->block));
        append(text, ", thread %s", index_text(index, f->thread));
    }
    if (f->file)
        append(text, ", %s:%d", f->file, f->line);
    else if (pc)
        append(text, ", %s", finding_place(place, sizeof place, pc));
    if (f->has_other && other_pc)
        append(text, "\n  the other access: %s", finding_place(place, sizeof place, other_pc));
    f->text = strdup(text);
}

static void tell(const finding *f)
{
    if (quiet || told > MAX_TOLD)
        return;
    fflush(stdout);                                     /* keeps the order for who reads both */
    if (told++ < MAX_TOLD)
        fprintf(stderr, "cusim: %s\n", f->text);
    else
        fprintf(stderr, "cusim: more findings are counted, but not shown\n");
}

/* Takes f over, or counts it where the same is known. */
static void store(finding *f, const void *pc, const void *other_pc)
{
    finding *known = same_as(f);
    if (known) {
        known->count++;
        remember(known, pc, other_pc);
        free(f->message);
        free(f);
        return;
    }
    if (stored == MAX_FINDINGS) {
        not_stored += !f->is_note;
        free(f->message);
        free(f);
        return;
    }
    write_text(f, pc, other_pc);
    f->count = 1;
    findings[stored++] = f;
    found += !f->is_note;
    remember(f, pc, other_pc);
    tell(f);
}

static finding *make(cusim_finding_kind kind, const char *format, va_list arguments)
{
    finding *f = calloc(1, sizeof *f);
    if (!f || vasprintf(&f->message, format, arguments) < 0)
        cusim_fatal("no memory for a finding");
    f->kind = kind;
    f->kernel = running_kernel();
    return f;
}

static void add(cusim_finding_kind kind, const finding_party *me, const finding_party *other,
                bool is_note, const char *format, va_list arguments)
{
    if (again(kind, is_note, me->pc, other ? other->pc : NULL))
        return;
    finding *f = make(kind, format, arguments);
    const cusim_launch_state *l = cusim_now.launch;
    const char *function;

    f->is_note = is_note;
    cusim_source_of(me->pc, &function, &f->file, &f->line);
    if (l && me->thread >= 0) {
        f->has_thread = true;
        f->block = index_of(me->block, l->config.grid);
        f->thread = index_of((uint64_t)me->thread, l->config.block);
    }
    if (other) {
        cusim_source_of(other->pc, &function, &f->other_file, &f->other_line);
        if (l && other->thread >= 0) {
            f->has_other = true;
            f->other_block = index_of(other->block, l->config.grid);
            f->other_thread = index_of((uint64_t)other->thread, l->config.block);
        }
    }
    store(f, me->pc, other ? other->pc : NULL);
}

void finding_add(cusim_finding_kind kind, const finding_party *me, const finding_party *other,
                 bool is_note, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(kind, me, other, is_note, format, arguments);
    va_end(arguments);
}

void cusim_find(cusim_finding_kind kind, const void *pc, const void *other_pc,
                uint64_t other_block, int other_thread, const char *format, ...)
{
    const finding_party me = finding_here(pc), other = { other_pc, other_block, other_thread };
    va_list arguments;
    va_start(arguments, format);
    add(kind, &me, other_pc || other_thread >= 0 ? &other : NULL, false, format, arguments);
    va_end(arguments);
}

void cusim_find_at(cusim_finding_kind kind, const char *file, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    finding *f = make(kind, format, arguments);
    va_end(arguments);
    f->file = file;
    f->line = line;
    store(f, NULL, NULL);
}

/* ---- What cusim.h offers ---- */

size_t cusim_finding_count(void)
{
    return found;
}

const char *cusim_finding_text(size_t i)
{
    for (size_t at = 0; at < stored; at++) {
        if (!findings[at]->is_note && i-- == 0)
            return findings[at]->text;
    }
    return NULL;
}

void cusim_forget_findings(void)
{
    for (size_t i = 0; i < stored; i++) {
        free(findings[i]->message);
        free(findings[i]->text);
        free(findings[i]);
    }
    memset(seen, 0, sizeof seen);
    stored = found = told = not_stored = seen_count = 0;
}

void cusim_quiet(bool be_quiet)
{
    quiet = be_quiet;
}

bool cusim_is_quiet(void)
{
    return quiet;
}

/* ---- At exit ---- */

/* The length of the UTF-8 sequence at s, or 0 if it is none. */
static size_t utf8_length(const unsigned char *s)
{
    const size_t n = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3
                   : s[0] < 0xF5 ? 4 : 0;
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    }
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
        (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
        return 0;
    return n;
}

static void json_text(FILE *out, const char *name, const char *value)
{
    fprintf(out, "\"%s\":", name);
    if (!value) {
        fprintf(out, "null,");
        return;
    }
    fputc('"', out);
    for (const unsigned char *s = (const unsigned char *)value; *s;) {
        const size_t n = utf8_length(s);
        if (*s == '"' || *s == '\\')
            fprintf(out, "\\%c", *s);
        else if (*s < 0x20)
            fprintf(out, "\\u%04x", *s);
        else if (n == 0)
            fprintf(out, "\\ufffd");
        else
            fwrite(s, 1, n, out);
        s += n ? n : 1;
    }
    fprintf(out, "\",");
}

static void json_line(FILE *out, const char *name, const char *file, int line)
{
    if (file)
        fprintf(out, "\"%s\":%d,", name, line);
    else
        fprintf(out, "\"%s\":null,", name);
}

static void json_index(FILE *out, const char *name, bool has, cusim_dim i)
{
    if (has)
        fprintf(out, "\"%s\":[%u,%u,%u],", name, i.x, i.y, i.z);
    else
        fprintf(out, "\"%s\":null,", name);
}

static void write_json(const char *path)
{
    FILE *out = fopen(path, "w");
    if (!out) {
        fprintf(stderr, "cusim: CUSIM_REPORT: cannot write '%s'\n", path);
        return;
    }
    for (size_t i = 0; i < stored; i++) {
        const finding *f = findings[i];
        if (f->is_note)
            continue;
        fputc('{', out);
        json_text(out, "kind", kind_names[f->kind]);
        json_text(out, "message", f->message);
        json_text(out, "kernel", f->kernel);
        json_text(out, "file", f->file);
        json_line(out, "line", f->file, f->line);
        json_text(out, "other_file", f->other_file);
        json_line(out, "other_line", f->other_file, f->other_line);
        json_index(out, "block", f->has_thread, f->block);
        json_index(out, "thread", f->has_thread, f->thread);
        json_index(out, "other_block", f->has_other, f->other_block);
        json_index(out, "other_thread", f->has_other, f->other_thread);
        fprintf(out, "\"count\":%llu}\n", (unsigned long long)f->count);
    }
    if (fclose(out) != 0)
        fprintf(stderr, "cusim: CUSIM_REPORT: cannot write '%s'\n", path);
}

/* Repetitions were only counted while the program ran. */
static void tell_counts(void)
{
    for (size_t i = 0, shown = 0; i < stored && shown < MAX_TOLD; i++) {
        const finding *f = findings[i];
        if (f->count == 1 || f->is_note)
            continue;
        shown++;
        fprintf(stderr, "cusim: %s", kind_names[f->kind]);
        if (f->file)
            fprintf(stderr, " at %s:%d", f->file, f->line);
        fprintf(stderr, ": and %llu more of the same\n", (unsigned long long)f->count - 1);
    }
}

void cusim_report_exit(void)
{
    if (cusim_set.report)
        write_json(cusim_set.report);
    if (quiet || (found == 0 && !cusim_set.check))
        return;
    tell_counts();
    if (found + not_stored == 0)
        fprintf(stderr, "cusim: no findings\n");
    else
        fprintf(stderr, "cusim: %zu finding%s\n", found + not_stored,
                found + not_stored == 1 ? "" : "s");
}
