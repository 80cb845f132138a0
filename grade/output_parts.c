/* output_parts.c: what the output formats share. */
#include "grade/output_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grade/utf8.h"

double output_points(const result *r, double points)
{
    return r->scored && isfinite(points) ? points : 0;
}

const char *output_number(char text[OUTPUT_POINTS_BYTES], double points)
{
    snprintf(text, OUTPUT_POINTS_BYTES, "%.2f", isfinite(points) ? points : 0);
    char *end = text + strlen(text);
    while (end[-1] == '0')
        end--;
    end[end[-1] == '.' ? -1 : 0] = '\0';
    return text;
}

const char *output_stamp(const result *r)
{
    if (!r->scored)
        return "unscored: graded for practice, no points count";
    for (int i = 0; i < r->count; i++)
        if (r->exercise[i].state == RESULT_BROKEN)
            return "broken: the grader itself failed on an exercise; it must be graded again";
    return r->complete ? NULL : "incomplete: not every exercise was graded";
}

char *output_line(const char *text)
{
    char *const line = result_clean(text ? text : "", text ? strlen(text) : 0, RESULT_LINE_BYTES);

    for (char *c = line; c && *c; c++)
        if (*c == '\n' || *c == '\t')
            *c = ' ';
    return line;
}

char *output_part_name(const result_exercise *e, const result_part *p)
{
    char name[3 * RESULT_NAME_BYTES + 8];

    snprintf(name, sizeof name, "%.*s/%.*s: %.*s", RESULT_NAME_BYTES, e->lesson, RESULT_NAME_BYTES,
             e->exercise, RESULT_NAME_BYTES, p->name);
    return output_line(name);
}

/* The part that carries the exercise's texts. */
static int talking_part(const result_exercise *e)
{
    for (int k = 0; k < e->part_count; k++)
        if (e->part[k].state != RESULT_PASSED)
            return k;
    return 0;
}

static void print_story(sheet *s, const result_exercise *e, int part, size_t most)
{
    const result_part *const p = &e->part[part];

    fprintf(s->out, "%s\n", result_state_name(p->state));
    if (p->cases > 0)
        fprintf(s->out, "%ld of %ld cases passed\n", p->passed, p->cases);
    if (p->value > 0)
        fprintf(s->out, "%.3g times as fast as the reference (%.3g to %.3g)\n", p->value, p->low,
                p->high);
    sheet_text(s, "\n", p->text, most, "", RESULT_LINE_BYTES);
    if (part == talking_part(e)) {
        sheet_text(s, "\n", e->feedback, most, "", RESULT_LINE_BYTES);
        sheet_text(s, "\nThe program printed:\n", e->printed, most, "| ", RESULT_LINE_BYTES);
    }
}

char *output_part_story(const result_exercise *e, int part, size_t most)
{
    size_t size;
    sheet s;

    if (!sheet_begin(&s))
        return NULL;
    print_story(&s, e, part, most);
    char *const text = sheet_end(&s, &size);
    char *const clean = text ? result_clean(text, size, most) : NULL;
    free(text);
    return clean;
}

int output_width(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } wide[] = {                                /* Unicode's East Asian Width, blocks of W and F */
        { 0x1100, 0x115f }, { 0x2e80, 0xa4cf }, { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff },
        { 0xfe30, 0xfe6f }, { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x1f300, 0x1faff },
        { 0x20000, 0x3fffd },
    };

    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (code >= wide[i].first && code <= wide[i].last)
            return 2;
    return 1;
}

/* How many bytes of the line fit into so many columns: up to a blank if there is one; not 0. */
static size_t fitting(const char *line, size_t size, int width)
{
    size_t at = 0, blank = 0;
    int column = 0;

    while (at < size) {
        uint32_t code;
        size_t length = utf8_read((const unsigned char *)line + at, size - at, &code);
        if (length == 0)
            length = code;
        column += code == '\t' ? 8 : output_width(code);
        if (column > width && at > 0)
            return blank > 0 ? blank : at;
        at += length;
        if (code == ' ')
            blank = at;
    }
    return size;
}

/* One line behind a prefix, without blanks at its end. */
static void print_line(FILE *out, const char *prefix, const char *line, size_t size)
{
    size_t before = strlen(prefix);

    while (size > 0 && line[size - 1] == ' ')
        size--;
    while (size == 0 && before > 0 && prefix[before - 1] == ' ')
        before--;
    fprintf(out, "%.*s%.*s\n", (int)before, prefix, (int)size, line);
}

bool sheet_begin(sheet *s)
{
    *s = (sheet){ 0 };
    s->out = open_memstream(&s->bytes, &s->size);
    return s->out != NULL;
}

char *sheet_end(sheet *s, size_t *size)
{
    const bool failed = s->failed || ferror(s->out);

    if (fclose(s->out) != 0 || failed) {
        free(s->bytes);
        s->bytes = NULL;
    }
    *size = s->size;
    return s->bytes;
}

void sheet_text(sheet *s, const char *heading, const char *text, size_t most, const char *prefix,
                int width)
{
    const int room = width - (int)strlen(prefix);

    if (!text || !*text)
        return;
    char *const clean = result_clean(text, strlen(text), most);
    s->failed |= !clean;
    fputs(heading, s->out);
    for (const char *at = clean; at && *at; at += *at == '\n') {
        size_t left = strcspn(at, "\n");
        do {
            const size_t length = fitting(at, left, room);
            print_line(s->out, prefix, at, length);
            at += length;
            left -= length;
        } while (left > 0);
    }
    free(clean);
}

/* True if a spreadsheet would take the text for a formula: also behind blanks, and with the wide
 * forms of the signs. */
static bool is_formula(const char *text)
{
    static const char *const signs[] = { "=", "+", "-", "@",
                                         "\uff1d", "\uff0b", "\uff0d", "\uff20" };

    text += strspn(text, " ");
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (strncmp(text, signs[i], strlen(signs[i])) == 0)
            return true;
    return false;
}

void sheet_cell(sheet *s, const char *text, bool first)
{
    char *const line = output_line(text);
    const bool quoted = line && strpbrk(line, "\",;");

    s->failed |= !line;
    fprintf(s->out, "%s%s%s", first ? "" : ",", quoted ? "\"" : "",
            line && is_formula(line) ? "'" : "");
    for (const char *c = line; c && *c; c++)
        fprintf(s->out, "%s%c", *c == '"' ? "\"" : "", *c);
    fputs(quoted ? "\"" : "", s->out);
    free(line);
}

bool output_put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

bool output_put_text(json_t *object, const char *key, const char *text, size_t most)
{
    char *const clean = result_clean(text, strlen(text), most);
    const bool fine = clean && output_put(object, key, json_string(clean));

    free(clean);
    return fine;
}

bool output_put_tests(json_t *object, const result *r, output_test *make, size_t most)
{
    json_t *const tests = json_array();

    if (!output_put(object, "tests", tests))
        return false;
    for (int i = 0; i < r->count; i++)
        for (int k = 0; k < r->exercise[i].part_count; k++)
            if (json_array_append_new(tests, make(r, i, k, most)) != 0)
                return false;
    return true;
}

char *output_json(const result *r, json_t *(*make)(const result *r, size_t most), size_t *size)
{
    for (size_t most = RESULT_TEXT_BYTES;; most = most > 100 ? most / 8 : 0) {
        json_t *const json = make(r, most);
        char *const text = json ? json_dumps(json, (most > 0 ? JSON_INDENT(1) : JSON_COMPACT) |
                                                       JSON_REAL_PRECISION(15))
                                : NULL;
        json_decref(json);
        *size = text ? strlen(text) : 0;
        if (!text || *size <= OUTPUT_JSON_BYTES || most == 0)
            return text;
        free(text);
    }
}
