/* lesson_text.c: the little of Markdown that the lessons use: headings, fences, bold, code, links,
 * pictures. Everything else is printed as it stands. */
#include "lessons/lesson_text.h"

#include <stdlib.h>
#include <string.h>

#include "data/whole_file.h"
#include "lessons/demo.h"
#include "lessons/wrap.h"

enum { MOST_BYTES = 1 << 20, PARAGRAPH_BYTES = 8192 };

typedef enum { PROSE, FENCE, COMMANDS } mode;

typedef struct {
    const course *course;
    const lesson *lesson;
    FILE *out;
    bool colour;
    char paragraph[PARAGRAPH_BYTES];    /* its lines so far, joined by blanks */
} printer;

static void escape(const printer *p, const char *code)
{
    if (p->colour)
        fprintf(p->out, "\033[%sm", code);
}

/* [text](target) or ![text](target); returns what follows, or NULL if it is none. */
static const char *print_link(const printer *p, const char *at)
{
    const bool picture = *at == '!';
    const char *const text = at + picture + 1;
    const char *const middle = strstr(text, "](");
    const char *const end = middle ? strchr(middle, ')') : NULL;

    if (!end || strchr(text, ']') != middle)
        return NULL;
    if (picture)
        fprintf(p->out, "[%s: %.*s]", say("picture", "그림"), (int)(end - middle - 2), middle + 2);
    else
        fprintf(p->out, "%.*s (%.*s)", (int)(middle - text), text, (int)(end - middle - 2),
                middle + 2);
    return end + 1;
}

/* The marks of one line or paragraph, carried out. */
static void print_marked(const printer *p, const char *text)
{
    bool bold = false, italic = false, code = false;
    const char *next;

    for (const char *at = text; *at;) {
        if (!code && at[0] == '*' && at[1] == '*') {
            bold = !bold;
            escape(p, bold ? "1" : "22");
            at += 2;
        } else if (!code && *at == '*' && (italic || (at[1] && at[1] != ' '))) {
            italic = !italic;
            escape(p, italic ? "3" : "23");
            at++;
        } else if (*at == '`') {
            code = !code;
            escape(p, code ? "36" : "39");
            if (!p->colour)
                fputc('`', p->out);
            at++;
        } else if (!code && (*at == '[' || (at[0] == '!' && at[1] == '[')) &&
                   (next = print_link(p, at))) {
            at = next;
        } else {
            fputc(*at++, p->out);
        }
    }
}

/* How far the text behind a list's mark is indented: "- " 2, "1. " 3; 0: no list. */
static int list_indent(const char *line)
{
    const int digits = (int)strspn(line, "0123456789");

    if (digits > 0 && line[digits] == '.' && line[digits + 1] == ' ')
        return digits + 2;
    return line[0] == '-' && line[1] == ' ' ? 2 : 0;
}

/* Ends the paragraph that has been collected. */
static void end_paragraph(printer *p)
{
    char *marked = NULL;
    size_t size = 0;
    printer inner = *p;

    if (!p->paragraph[0])
        return;
    inner.out = open_memstream(&marked, &size);
    if (!inner.out)
        abort();
    print_marked(&inner, p->paragraph);
    fclose(inner.out);
    wrap_print(p->out, marked, list_indent(p->paragraph));
    free(marked);
    p->paragraph[0] = '\0';
}

static void print_heading(const printer *p, const char *line)
{
    escape(p, "1");
    fprintf(p->out, "%s", line + strspn(line, "# "));
    escape(p, "0");
    fputc('\n', p->out);
}

static void take_prose(printer *p, const char *line)
{
    if (*line == '#' || *line == '|' || !*line || list_indent(line))
        end_paragraph(p);
    if (*line == '#') {
        print_heading(p, line);
    } else if (*line == '|' || !*line) {
        fprintf(p->out, "%s\n", line);
    } else {
        const size_t used = strlen(p->paragraph);
        snprintf(p->paragraph + used, sizeof p->paragraph - used, "%s%s", used ? " " : "",
                 line + strspn(line, " "));
    }
}

/* A command of the text; if it shows a part of the demo, what it shows. */
static bool print_command(const printer *p, const char *line, file_error *error)
{
    char shown[2 * LESSON_NAME_BYTES];

    snprintf(shown, sizeof shown, "build/convlab lesson %s --show ", p->lesson->name);
    fputs("    ", p->out);
    escape(p, "36");
    fprintf(p->out, "$ %s", line);
    escape(p, "39");
    fputc('\n', p->out);
    if (strncmp(line, shown, strlen(shown)) != 0)
        return true;
    return demo_show(p->course, p->lesson, line + strlen(shown), p->out, p->colour, error);
}

static bool print_line(printer *p, const char *line, mode *now, file_error *error)
{
    if (strncmp(line, "```", 3) == 0) {
        end_paragraph(p);
        *now = *now != PROSE ? PROSE : strcmp(line + 3, "sh") == 0 ? COMMANDS : FENCE;
        return true;
    }
    switch (*now) {
    case PROSE: take_prose(p, line); break;
    case FENCE: fprintf(p->out, "    %s\n", line); break;
    case COMMANDS: return print_command(p, line, error);
    }
    return true;
}

bool lesson_text_print(const course *c, const lesson *l, FILE *out, bool colour,
                       file_error *error)
{
    printer p = { c, l, out, colour, "" };
    lesson_path path;
    uint8_t *bytes;
    size_t size;
    mode now = PROSE;
    bool good = true;

    path_join(path, l->path, say("README.md", "README.ko.md"), NULL);
    if (file_read_whole(path, MOST_BYTES, &bytes, &size, error) != STATUS_OK)
        return false;
    char *const text = strndup((char *)bytes, size);
    for (char *line = text, *next; good && line && *line; line = next) {
        next = line + strcspn(line, "\n");
        if (*next)
            *next++ = '\0';
        good = print_line(&p, line, &now, error);
    }
    end_paragraph(&p);
    free(text);
    free(bytes);
    return good;
}
