/* result_clean.c: makes bytes of a student's making fit to print anywhere.
 *
 * Idea:  one pass over the characters of the input: each is dropped, replaced or copied. Escape
 *        sequences are taken out whole, for without its ESC the rest of one is litter; one that
 *        does not end is given up at the end of its line, so that it cannot swallow what follows.
 * Hazard: a reader of the text may be a terminal (escape sequences, C1 controls), a browser or an
 *        editor (bidirectional overrides that show code in another order than it runs, invisible
 *        characters), a spreadsheet or an XML parser (characters that XML forbids).
 * Source: ECMA-48 section 5.4 and 8.3 (control sequences and strings); The Unicode Standard,
 *        sections 5.22 (best practice for U+FFFD), 23.2 (layout controls), 23.7 (noncharacters);
 *        Boucher and Anderson, "Trojan Source: Invisible Vulnerabilities", 2021. */
#include "grade/grade_result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grade/utf8.h"

enum {
    ESC = 0x1b, BEL = 0x07, CAN = 0x18, SUB = 0x1a,
    C1_DCS = 0x90, C1_SOS = 0x98, C1_CSI = 0x9b, C1_ST = 0x9c, C1_OSC = 0x9d, C1_PM = 0x9e,
    C1_APC = 0x9f,
    REPLACEMENT = 0xfffd,
    TAIL_BYTES = 48                     /* room for "\n... 18446744073709551615 bytes more" */
};

static const char line_tail[] = " ...";

typedef struct {
    const unsigned char *bytes;
    size_t size, at;
} source;

/* The next character, U+FFFD for wrong bytes; 0 at the end, and for a NUL. */
static uint32_t peek(const source *s, size_t *length)
{
    uint32_t code;

    *length = 0;
    if (s->at >= s->size)
        return 0;
    *length = utf8_read(s->bytes + s->at, s->size - s->at, &code);
    if (*length == 0) {
        *length = code;
        return REPLACEMENT;
    }
    return code;
}

/* Skips the characters from `low` to `high`. */
static void skip_range(source *s, unsigned char low, unsigned char high)
{
    while (s->at < s->size && s->bytes[s->at] >= low && s->bytes[s->at] <= high)
        s->at++;
}

/* Skips one character in that range, if it is there. */
static void skip_one(source *s, unsigned char low, unsigned char high)
{
    if (s->at < s->size && s->bytes[s->at] >= low && s->bytes[s->at] <= high)
        s->at++;
}

static void skip_control_sequence(source *s)
{
    skip_range(s, 0x30, 0x3f);
    skip_range(s, 0x20, 0x2f);
    skip_one(s, 0x40, 0x7e);
}

/* Behind the introducer of a control string: up to its terminator, or to the end of the line. */
static void skip_control_string(source *s)
{
    size_t length;

    for (;;) {
        const uint32_t code = peek(s, &length);
        if (length == 0 || code == '\n' || code == '\r')
            return;
        if (code == ESC && s->at + 1 < s->size && s->bytes[s->at + 1] != '\\')
            return;                             /* another sequence begins */
        s->at += length;
        if (code == ESC)
            skip_one(s, '\\', '\\');
        if (code == ESC || code == BEL || code == CAN || code == SUB || code == C1_ST)
            return;
    }
}

/* Behind an ESC. */
static void skip_escape(source *s)
{
    const unsigned char kind = s->at < s->size ? s->bytes[s->at] : 0;

    if (kind == '[') {
        s->at++;
        skip_control_sequence(s);
    } else if (kind && strchr("]P^_X", kind)) {
        s->at++;
        skip_control_string(s);
    } else {
        skip_range(s, 0x20, 0x2f);
        skip_one(s, 0x30, 0x7e);
    }
}

/* Characters that show nothing or turn the direction of writing. */
static bool is_hidden(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } hidden[] = {
        { 0x00ad, 0x00ad },             /* soft hyphen */
        { 0x034f, 0x034f },             /* combining grapheme joiner */
        { 0x061c, 0x061c },             /* Arabic letter mark */
        { 0x115f, 0x1160 },             /* Hangul fillers, as 3164 and ffa0 */
        { 0x17b4, 0x17b5 },
        { 0x180b, 0x180f },
        { 0x200b, 0x200f },             /* zero width; marks of direction */
        { 0x202a, 0x202e },             /* embeddings and overrides */
        { 0x2060, 0x206f },             /* word joiner, isolates */
        { 0x3164, 0x3164 },
        { 0xfdd0, 0xfdef },             /* noncharacters */
        { 0xfeff, 0xfeff },             /* byte order mark */
        { 0xffa0, 0xffa0 },
        { 0xfff0, 0xfffb },             /* not assigned; interlinear annotation */
        { 0xe0000, 0xe0fff },           /* tags */
    };

    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
        if (c >= hidden[i].first && c <= hidden[i].last)
            return true;
    return (c & 0xfffe) == 0xfffe;
}

/* The next character of the clean text; false: there are no more. */
static bool next_clean(source *s, uint32_t *code)
{
    size_t length;

    while (s->at < s->size) {
        *code = s->bytes[s->at];
        if (*code >= 0x20 && *code < 0x7f) {    /* by far the most, and a text may have megabytes */
            s->at++;
            return true;
        }
        const uint32_t c = peek(s, &length);
        s->at += length;
        *code = c;
        if (c == '\r') {
            skip_one(s, '\n', '\n');
            *code = '\n';
            return true;
        }
        if (c == 0x2028 || c == 0x2029) {       /* line and paragraph separator */
            *code = '\n';
            return true;
        }
        if (c == '\n' || c == '\t')
            return true;
        if (c == ESC)
            skip_escape(s);
        else if (c == C1_CSI)
            skip_control_sequence(s);
        else if (c == C1_DCS || c == C1_SOS || c == C1_OSC || c == C1_PM || c == C1_APC)
            skip_control_string(s);
        else if (c >= 0xa0 && !is_hidden(c))
            return true;
    }
    return false;
}

/* The text so far, and where to cut it should it become too long. */
typedef struct {
    char *bytes;
    size_t size, most;
    size_t line;                        /* where the last line begins */
    size_t line_cut;                    /* the last end of a character with room for line_tail */
    size_t cut, cut_at;                 /* the same for the whole, and the input's place there */
} target;

static void remember_cut(target *t, const source *s)
{
    if (t->size + TAIL_BYTES <= t->most) {
        t->cut = t->size;
        t->cut_at = s->at;
    }
}

/* Ends a line that is full: everything up to the line's end in the input is left out. */
static bool end_line(target *t, source *s)
{
    const size_t size = t->line_cut + sizeof line_tail - 1;
    uint32_t code;

    if (size > t->most)
        return false;
    memcpy(t->bytes + t->line_cut, line_tail, sizeof line_tail - 1);
    t->size = size;
    for (size_t before = s->at; next_clean(s, &code); before = s->at)
        if (code == '\n') {
            s->at = before;
            break;
        }
    remember_cut(t, s);
    return true;
}

/* Adds a character; false: no room. */
static bool add(target *t, source *s, uint32_t code)
{
    unsigned char bytes[4];
    const size_t length = utf8_write(code, bytes);

    if (code != '\n' && t->size + length - t->line > RESULT_LINE_BYTES)
        return end_line(t, s);
    if (t->size + length > t->most)
        return false;
    memcpy(t->bytes + t->size, bytes, length);
    t->size += length;
    if (code == '\n')
        t->line = t->size;
    if (t->size - t->line + sizeof line_tail - 1 <= RESULT_LINE_BYTES)
        t->line_cut = t->size;
    remember_cut(t, s);
    return true;
}

char *result_clean(const char *bytes, size_t size, size_t most)
{
    source s = { (const unsigned char *)bytes, size, 0 };
    /* A wrong byte becomes three. */
    target t = { .most = most };
    uint32_t code;

    t.bytes = malloc((size < most / 3 ? 3 * size : most) + TAIL_BYTES);
    if (!t.bytes)
        return NULL;
    while (next_clean(&s, &code))
        if (!add(&t, &s, code)) {
            if (most < 2 * TAIL_BYTES)
                break;                          /* no room for words */
            t.size = t.cut;
            t.size += (size_t)sprintf(t.bytes + t.size, "%s... %zu bytes more",
                                      t.size > 0 && t.bytes[t.size - 1] != '\n' ? "\n" : "",
                                      size - t.cut_at);
            break;
        }
    t.bytes[t.size] = '\0';
    return t.bytes;
}
