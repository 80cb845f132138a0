/* cu_output.c: writes tokens so that each lands on its own line in the host compiler's eyes. */
#define _GNU_SOURCE             /* memrchr */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cusim/compiler/cu_unit.h"

enum { FEW_LINES = 8 };         /* so many ends of line are shorter than a line marker */

static void write_text(cu_unit *u, const char *text, size_t length)
{
    if (length == 0)
        return;
    cu_add(u->out, text, length);
    for (size_t i = 0; i < length; i++)
        u->out_line += text[i] == '\n';
    u->out_fresh = text[length - 1] == '\n';
}

void cu_emit_place(cu_unit *u, const cu_token *token)
{
    if (u->dry)
        return;
    if (token->file == u->out_file && token->line == u->out_line)
        return;
    if (token->file == u->out_file && token->line > u->out_line &&
        token->line - u->out_line <= FEW_LINES) {
        while (u->out_line < token->line)
            write_text(u, "\n", 1);
        return;
    }
    cu_print(u->out, "%s# %d %s\n", u->out_fresh ? "" : "\n", token->line,
             u->tokens.files[token->file]);
    u->out_file = token->file;
    u->out_line = token->line;
    u->out_fresh = true;
}

void cu_emit_token(cu_unit *u, const cu_token *token)
{
    if (u->dry)
        return;
    cu_emit_place(u, token);
    if (token->space && !u->out_fresh)
        write_text(u, " ", 1);
    write_text(u, token->text, token->length);
}

void cu_emit(cu_unit *u, const char *format, ...)
{
    va_list arguments;

    if (u->dry)
        return;
    va_start(arguments, format);
    char *const text = cu_format_list(format, arguments);
    va_end(arguments);
    write_text(u, text, strlen(text));
    free(text);
}

void cu_emit_pragma(cu_unit *u, const cu_token *token)
{
    if (u->dry)
        return;
    cu_emit_place(u, token);
    if (!u->out_fresh) {
        u->out_file = -1;
        cu_emit_place(u, token);
    }
    write_text(u, token->text, token->length);
    write_text(u, "\n", 1);
}

/* A line marker of cusim's own headers gets the flag of a system header: warnings about them are
 * not the program's. */
static void write_line(cu_unit *u, const char *line, size_t length)
{
    const char *const own = u->options->own_include;
    const char *const quote = *line == '#' ? memchr(line, '"', length) : NULL;
    const size_t own_length = strlen(own);
    const bool is_own = quote && own_length > 0 &&
                        (size_t)(line + length - quote) > own_length + 1 &&
                        memcmp(quote + 1, own, own_length) == 0;
    const char *const close = is_own ? memrchr(line, '"', length) : NULL;

    if (close && line[length - 1] == '\n' && !memchr(close, '3', (size_t)(line + length - close))) {
        write_text(u, line, length - 1);
        write_text(u, " 3\n", 3);
    } else {
        write_text(u, line, length);
    }
}

void cu_emit_verbatim(cu_unit *u, const cu_token *token)
{
    const char *at = token->text;
    const char *const end = at + token->length;

    if (u->dry)
        return;
    if (!u->out_fresh)
        write_text(u, "\n", 1);
    while (at < end) {
        const char *const next = memchr(at, '\n', (size_t)(end - at));
        const size_t length = next ? (size_t)(next + 1 - at) : (size_t)(end - at);
        write_line(u, at, length);
        at += length;
    }
    if (!u->out_fresh)
        write_text(u, "\n", 1);
    u->out_file = -1;
}

char *cu_place(const cu_unit *u, const cu_token *token)
{
    return cu_format("%s, %d", u->tokens.files[token->file], token->line);
}

void cu_error(cu_unit *u, const cu_token *token, const char *format, ...)
{
    const char *const file = u->tokens.files[token->file];
    va_list arguments;

    if (u->dry)
        return;
    va_start(arguments, format);
    char *const text = cu_format_list(format, arguments);
    va_end(arguments);
    cu_print(u->errors, "%.*s:%d: error: %s\n", (int)strlen(file) - 2, file + 1, token->line,
             text);
    free(text);
    u->error_count++;
}
