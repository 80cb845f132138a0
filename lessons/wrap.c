/* wrap.c: breaks lines between words; Korean characters take two columns. */
#include "lessons/wrap.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 78 };

/* Columns that one character takes, and how many bytes it has. */
static int width_of(const char *at, int *bytes)
{
    const unsigned char c = (unsigned char)*at;

    *bytes = 1;
    if (c == '\033') {
        *bytes = (int)strcspn(at, "m") + 1;
        return 0;
    }
    while ((at[*bytes] & 0xc0) == 0x80)
        ++*bytes;
    return c >= 0xe3 || (c == 0xe1 && (unsigned char)at[1] < 0x86) ? 2 : 1;     /* Korean and kin */
}

void wrap_print(FILE *out, const char *text, int indent)
{
    int column = 0;

    while (*text) {
        const int word = (int)strcspn(text, " ");
        int width = 0, bytes;
        for (int i = 0; i < word; i += bytes)
            width += width_of(text + i, &bytes);
        if (column > indent && column + 1 + width > WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (column > 0) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, (size_t)word, out);
        column += width;
        text += word;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

void wrap_printf(FILE *out, const char *format, ...)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const memory = open_memstream(&text, &size);
    va_list arguments;

    if (!memory)
        return;                                 /* a sentence is missing, no more */
    va_start(arguments, format);
    vfprintf(memory, format, arguments);
    va_end(arguments);
    if (fclose(memory) == 0)
        wrap_print(out, text, 0);
    free(text);
}
