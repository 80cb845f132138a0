/* output_junit.c: JUnit XML: a test suite per lesson, a test case per part.
 *
 * A part that is our failure is an error, one that was not come to is skipped. In a result that is
 * not scored no test case passes: what would have is skipped, so that no machine counts it.
 * Escaping: texts are clean already, which leaves no character that XML 1.0 forbids; & < > and "
 * become entities, also the > of "]]>".
 * Source: jenkinsci/xunit-plugin, junit-10.xsd (which takes Surefire's reports as well); XML 1.0
 *         fifth edition, sections 2.2 (characters), 2.4 and 3.3.3 (attribute values). */
#include "grade/output_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void print_escaped(FILE *out, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc(*text, out);
        }
}

/* ` name="text"`, and "?" for an empty one. */
static void print_attribute(sheet *s, const char *name, const char *text)
{
    char *const line = output_line(text);

    s->failed |= !line;
    fprintf(s->out, " %s=\"", name);
    print_escaped(s->out, line && *line ? line : "?");
    fputc('"', s->out);
    free(line);
}

typedef struct {
    int tests, failures, errors, skipped;
    double seconds;
} counts;

/* The element in a test case: NULL for one that passed. */
static const char *verdict(const result *r, result_state s)
{
    switch (s) {
    case RESULT_PASSED: return r->scored ? NULL : "skipped";
    case RESULT_WAITING: return "skipped";
    case RESULT_BROKEN: return "error";
    default: return "failure";
    }
}

static double seconds_of(const result_exercise *e)
{
    return isfinite(e->seconds) ? fmin(fmax(e->seconds, 0), 1e9) : 0;
}

/* Adds up the exercises of a lesson, or of all for NULL. */
static counts count(const result *r, const char *only)
{
    counts c = { 0 };

    for (int i = 0; i < r->count; i++) {
        const result_exercise *const e = &r->exercise[i];
        if (only && strncmp(e->lesson, only, RESULT_NAME_BYTES) != 0)
            continue;
        c.tests += e->part_count;
        c.seconds += seconds_of(e);
        for (int k = 0; k < e->part_count; k++) {
            const char *const v = verdict(r, e->part[k].state);
            c.failures += v && *v == 'f';
            c.errors += v && *v == 'e';
            c.skipped += v && *v == 's';
        }
    }
    return c;
}

static void print_verdict(sheet *s, const result *r, const result_exercise *e, int part)
{
    const result_part *const p = &e->part[part];
    const char *const v = verdict(r, p->state), *const state = result_state_name(p->state);
    char points[OUTPUT_POINTS_BYTES], max[OUTPUT_POINTS_BYTES];

    if (!v)
        return;
    char *const story = output_part_story(e, part, RESULT_TEXT_BYTES);
    s->failed |= !story;
    fprintf(s->out, "<%s message=\"%s: %s of %s points%s\" type=\"%s\">", v, state,
            output_number(points, output_points(r, p->points)), output_number(max, p->max),
            r->scored ? "" : " (unscored)", state);
    print_escaped(s->out, story ? story : "");
    fprintf(s->out, "</%s>\n", v);
    free(story);
}

/* An exercise's time stands at its first part, and what was printed. */
static void print_case(sheet *s, const result *r, const result_exercise *e, int part)
{
    char name[2 * RESULT_NAME_BYTES + 4];

    snprintf(name, sizeof name, "%.*s: %.*s", RESULT_NAME_BYTES, e->exercise, RESULT_NAME_BYTES,
             e->part[part].name);
    fputs("<testcase", s->out);
    print_attribute(s, "classname", e->lesson);
    print_attribute(s, "name", name);
    fprintf(s->out, " time=\"%.3f\">\n", part == 0 ? seconds_of(e) : 0);
    print_verdict(s, r, e, part);
    if (part == 0 && e->printed && *e->printed) {
        char *const clean = result_clean(e->printed, strlen(e->printed), RESULT_TEXT_BYTES);
        s->failed |= !clean;
        fputs("<system-out>", s->out);
        print_escaped(s->out, clean ? clean : "");
        fputs("</system-out>\n", s->out);
        free(clean);
    }
    fputs("</testcase>\n", s->out);
}

static void print_property(sheet *s, const char *name, const char *value)
{
    fprintf(s->out, "<property name=\"%s\"", name);
    print_attribute(s, "value", value);
    fputs("/>\n", s->out);
}

static void print_properties(sheet *s, const result *r)
{
    const char *const stamp = output_stamp(r);
    char points[OUTPUT_POINTS_BYTES], max[OUTPUT_POINTS_BYTES];

    fputs("<properties>\n", s->out);
    print_property(s, "id", r->id);
    print_property(s, "sha256", r->sha256);
    print_property(s, "version", r->version);
    print_property(s, "tier", jail_tier_name(r->tier));
    print_property(s, "points", output_number(points, output_points(r, r->points)));
    print_property(s, "max", output_number(max, r->max));
    if (stamp)
        print_property(s, "stamp", stamp);
    if (r->remark)
        print_property(s, "remark", r->remark);
    fputs("</properties>\n", s->out);
}

/* The suite of the lesson whose first exercise is number `first`. */
static void print_suite(sheet *s, const result *r, int first)
{
    const char *const name = r->exercise[first].lesson;
    const counts c = count(r, name);

    fputs("<testsuite", s->out);
    print_attribute(s, "name", name);
    fprintf(s->out, " tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\" time=\"%.3f\"",
            c.tests, c.failures, c.errors, c.skipped, c.seconds);
    print_attribute(s, "timestamp", r->started);
    fputs(">\n", s->out);
    print_properties(s, r);
    for (int i = first; i < r->count; i++)
        if (strncmp(r->exercise[i].lesson, name, RESULT_NAME_BYTES) == 0)
            for (int k = 0; k < r->exercise[i].part_count; k++)
                print_case(s, r, &r->exercise[i], k);
    fputs("</testsuite>\n", s->out);
}

static bool is_first(const result *r, int at)
{
    for (int i = 0; i < at; i++)
        if (strncmp(r->exercise[i].lesson, r->exercise[at].lesson, RESULT_NAME_BYTES) == 0)
            return false;
    return true;
}

char *output_junit(const result *r, size_t *size)
{
    const counts c = count(r, NULL);
    sheet s;

    if (!sheet_begin(&s))
        return NULL;
    fprintf(s.out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    print_attribute(&s, "name", r->id);
    fprintf(s.out, " tests=\"%d\" failures=\"%d\" errors=\"%d\" time=\"%.3f\">\n", c.tests,
            c.failures, c.errors, c.seconds);
    for (int i = 0; i < r->count; i++)
        if (is_first(r, i))
            print_suite(&s, r, i);
    fputs("</testsuites>\n", s.out);
    return sheet_end(&s, size);
}
