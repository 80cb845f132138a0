/* cu_tokens.c: the lexer. One pass; the only state is the file and line, which the preprocessor's
 * line markers (# 12 "file.cu" 1) set.
 *
 * A marker with flag 1 enters a file, and says by flag 3 whether that is a system header. Later
 * markers inside a file may carry flag 3 only because a macro came from a system header: those
 * tokens are the program's. So the first marker of a file decides for good. */
#include "cusim/compiler/cu_tokens.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cusim/compiler/cu_memory.h"

typedef struct {
    const char *at, *end;
    const char *own_include;
    cu_tokens tokens;
    int room, file_room;
    int file, line;
    bool space;
    bool line_start;        /* only white space since the last end of line */
} lexer;

bool cu_is(const cu_token *token, const char *text)
{
    const size_t length = strlen(text);

    return token->length == length && memcmp(token->text, text, length) == 0 &&
           (token->kind == CU_NAME || token->kind == CU_SIGN || token->kind == CU_NUMBER);
}

bool cu_is_triple(const cu_token *token, const char *sign)
{
    for (int i = 0; i < 3; i++) {               /* CU_END stops it */
        if (!cu_is(token + i, sign) || (i == 1 && token[i].space))
            return false;
    }
    return true;
}

static void add(lexer *l, cu_kind kind, const char *text, const char *end)
{
    cu_tokens *const t = &l->tokens;

    if (t->count == l->room)
        t->at = cu_grow(t->at, &l->room, sizeof *t->at);
    t->at[t->count++] = (cu_token){ kind, text, (size_t)(end - text), l->file, l->line, l->space };
    for (const char *c = text; c < end; c++)
        l->line += *c == '\n';
    l->space = false;
    l->line_start = false;
    l->at = end;
}

/* ---- Line markers ---- */

typedef struct {
    int line;
    const char *name;       /* with its quotes */
    size_t name_length;
    bool enters, leaves, system;
} marker;

static const char *line_end(const char *at, const char *end)
{
    const char *const found = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    return found ? found : end;
}

static bool parse_marker(const char *at, const char *end, marker *m)
{
    *m = (marker){ 0 };
    end = line_end(at, end);
    if (at + 2 >= end || at[0] != '#' || at[1] != ' ' || !isdigit((unsigned char)at[2]))
        return false;
    for (at += 2; at < end && isdigit((unsigned char)*at); at++)
        m->line = m->line < 100000000 ? m->line * 10 + (*at - '0') : m->line;
    while (at < end && *at == ' ')
        at++;
    if (at == end || *at != '"')
        return false;
    m->name = at++;
    while (at < end && *at != '"')
        at += *at == '\\' && at + 1 < end ? 2 : 1;
    if (at >= end)
        return false;
    m->name_length = (size_t)(++at - m->name);
    for (; at < end; at++) {
        m->enters |= *at == '1';
        m->leaves |= *at == '2';
        m->system |= *at == '3';
    }
    return true;
}

static bool is_own(const lexer *l, const marker *m)
{
    const size_t length = strlen(l->own_include);

    return length > 0 && m->name_length > length + 2 &&
           memcmp(m->name + 1, l->own_include, length) == 0 && m->name[1 + length] == '/';
}

static int file_of(lexer *l, const marker *m)
{
    cu_tokens *const t = &l->tokens;

    for (int i = t->file_count - 1; i >= 0; i--) {
        if (strlen(t->files[i]) == m->name_length &&
            memcmp(t->files[i], m->name, m->name_length) == 0)
            return i;
    }
    if (t->file_count == l->file_room) {
        int room = l->file_room;
        t->files = cu_grow(t->files, &l->file_room, sizeof *t->files);
        t->foreign = cu_grow(t->foreign, &room, sizeof *t->foreign);
    }
    t->files[t->file_count] = cu_copy(m->name, m->name_length);
    t->foreign[t->file_count] = m->system || is_own(l, m) || m->name[1] == '<';
    return t->file_count++;
}

/* From one marker of a foreign file to the next one of the program's: to be passed on. */
static void take_foreign(lexer *l, const char *from)
{
    const char *at = from;
    marker m;

    while (at < l->end) {
        const int file = parse_marker(at, l->end, &m) ? file_of(l, &m) : -1;
        if (file >= 0 && !l->tokens.foreign[file])
            break;
        const char *const next = line_end(at, l->end);
        at = next < l->end ? next + 1 : next;
    }
    add(l, CU_VERBATIM, from, at);
}

/* At a line that begins with #. */
static void take_directive(lexer *l)
{
    const char *const end = line_end(l->at, l->end);
    const char *const from = l->at;
    marker m;

    if (!parse_marker(l->at, l->end, &m)) {
        add(l, CU_PRAGMA, l->at, end);
        return;
    }
    l->file = file_of(l, &m);
    if (l->tokens.foreign[l->file]) {
        take_foreign(l, from);
        l->line_start = true;
        return;
    }
    if (m.enters || m.leaves || m.line == 1)    /* the first file has no flag */
        add(l, CU_VERBATIM, from, end < l->end ? end + 1 : end);
    l->line = m.line;
    l->at = end < l->end ? end + 1 : end;
    l->line_start = true;
    l->space = true;
}

/* ---- Strings, numbers, signs ---- */

/* After R: "tag( ... )tag". */
static const char *raw_string_end(const char *quote, const char *end)
{
    const char *const tag = quote + 1;
    const char *open = tag;

    while (open < end && *open != '(' && *open != '\n' && open - tag <= 16)
        open++;
    if (open == end || *open != '(')
        return line_end(quote, end);
    const size_t length = (size_t)(open - tag);
    for (const char *at = open; at < end; at++) {
        if (*at == ')' && (size_t)(end - at) > length + 1 && memcmp(at + 1, tag, length) == 0 &&
            at[1 + length] == '"')
            return at + length + 2;
    }
    return end;
}

static const char *quoted_end(const char *quote, const char *end)
{
    const char *at = quote + 1;

    while (at < end && *at != *quote && *at != '\n')
        at += *at == '\\' && at + 1 < end ? 2 : 1;
    return at < end && *at == *quote ? at + 1 : at;
}

static const char *name_end(const char *at, const char *end)
{
    while (at < end && (isalnum((unsigned char)*at) || *at == '_' || *at == '$' ||
                        (unsigned char)*at >= 0x80))
        at++;
    return at;
}

static const char *number_end(const char *at, const char *end)
{
    while (at < end) {
        if (strchr("eEpP", *at) && *at && at + 1 < end && (at[1] == '+' || at[1] == '-'))
            at += 2;
        else if (isalnum((unsigned char)*at) || *at == '.' || *at == '_' ||
                 (*at == '\'' && at + 1 < end && isalnum((unsigned char)at[1])))
            at++;
        else
            break;
    }
    return at;
}

static const char *sign_end(const char *at, const char *end)
{
    static const char *const longer[] = {
        "->*", "...", "->", "::", ".*", "==", "!=", "<=", ">=", "&&", "||", "++", "--", "+=",
        "-=", "*=", "/=", "%=", "&=", "|=", "^=",
    };

    for (size_t i = 0; i < sizeof longer / sizeof *longer; i++) {
        const size_t length = strlen(longer[i]);
        if ((size_t)(end - at) >= length && memcmp(at, longer[i], length) == 0)
            return at + length;
    }
    return at + 1;
}

static void take_name_or_string(lexer *l)
{
    const char *const from = l->at;
    const char *const end = name_end(from, l->end);
    const size_t length = (size_t)(end - from);

    if (end < l->end && (*end == '"' || *end == '\'') && length <= 3) {
        const bool raw = from[length - 1] == 'R' && *end == '"';
        const size_t encoding = length - (size_t)raw;
        if (encoding == 0 || (encoding == 1 && strchr("LuU", *from)) ||
            (encoding == 2 && memcmp(from, "u8", 2) == 0)) {
            const char *const close = raw ? raw_string_end(end, l->end) : quoted_end(end, l->end);
            add(l, *end == '"' ? CU_STRING : CU_CHAR, from, name_end(close, l->end));
            return;
        }
    }
    add(l, CU_NAME, from, end);
}

static void take(lexer *l)
{
    const char c = *l->at;

    if (c == '\n') {
        l->line++;
        l->line_start = true;
    } else if (c == '#' && l->line_start) {
        take_directive(l);
        return;
    } else if (!isspace((unsigned char)c)) {
        if (isdigit((unsigned char)c) ||
            (c == '.' && l->at + 1 < l->end && isdigit((unsigned char)l->at[1])))
            add(l, CU_NUMBER, l->at, number_end(l->at, l->end));
        else if (c == '"' || c == '\'')
            add(l, c == '"' ? CU_STRING : CU_CHAR, l->at,
                name_end(quoted_end(l->at, l->end), l->end));
        else if (name_end(l->at, l->at + 1) > l->at)
            take_name_or_string(l);
        else
            add(l, CU_SIGN, l->at, sign_end(l->at, l->end));
        return;
    }
    l->space = true;
    l->at++;
}

cu_tokens cu_lex(const char *text, size_t length, const char *own_include)
{
    lexer l = { .at = text, .end = text + length, .own_include = own_include, .line = 1,
                .space = true, .line_start = true };
    const marker nameless = { .name = "\"\"", .name_length = 2 };

    l.file = file_of(&l, &nameless);
    while (l.at < l.end)
        take(&l);
    const int count = l.tokens.count;
    for (int i = 0; i < 4; i++)                 /* so that a few tokens further may be looked at */
        add(&l, CU_END, l.end, l.end);
    l.tokens.count = count;
    return l.tokens;
}

void cu_tokens_free(cu_tokens *tokens)
{
    for (int i = 0; i < tokens->file_count; i++)
        free(tokens->files[i]);
    free(tokens->files);
    free(tokens->foreign);
    free(tokens->at);
    *tokens = (cu_tokens){ 0 };
}
