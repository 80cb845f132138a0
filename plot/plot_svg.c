/* plot_svg.c: makes of gnuplot's SVG one that can stand in a page.
 *
 * Idea:  colours stay attributes, which every viewer understands; a style sheet that matches just
 *        these attributes, below this picture's id, replaces them in dark mode. Text between the
 *        tags is copied as it is. */
#include "plot/plot_svg.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a: the same picture gets the same id on every machine. */
static uint32_t hash(uint32_t h, const char *text)
{
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 16777619u;
    return h;
}

static void put_attribute_text(FILE *out, const char *text)
{
    for (; *text; text++)
        if (*text == '&')
            fputs("&amp;", out);
        else if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '"')
            fputs("&quot;", out);
        else
            fputc((unsigned char)*text < 0x20 ? ' ' : *text, out);
}

static void put_dark(FILE *out, const char *id, const plot_color *color)
{
    static const char *const properties[] = { "stroke", "fill", "color" };

    for (int i = 0; i < 3; i++)
        fprintf(out, "#%s [%s=\"%s\"]{%s:%s}", id, properties[i], color->light, properties[i],
                color->dark);
    fputc('\n', out);
}

/* svg:root is this picture only where it is a file of its own. */
static void put_style(FILE *out, const char *id, const char *body)
{
    fprintf(out, "<style>#%s{max-width:100%%;height:auto}svg:root{background:#fff;color:#222}\n"
                 "@media (prefers-color-scheme:dark){svg:root{background:#16181c;color:#ddd}\n",
            id);
    for (int i = 0; i <= PLOT_COLORS; i++) {
        const plot_color *const color = i < PLOT_COLORS ? &plot_colors[i] : &plot_grid_color;
        if (strstr(body, color->light))
            put_dark(out, id, color);
    }
    fputs("}</style>\n", out);
}

static void put_head(FILE *out, const char *id, const plot_canvas *c)
{
    fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" "
                 "xmlns:xlink=\"http://www.w3.org/1999/xlink\" id=\"%s\" width=\"%d\" "
                 "height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" role=\"img\" "
                 "aria-label=\"", id, c->width, c->height, c->width, c->height);
    put_attribute_text(out, c->title ? c->title : "plot");
    fputs("\">\n", out);
}

/* The value of an attribute, between its quotes. */
static void put_value(FILE *out, const char *id, const char *name, size_t name_length,
                      const char *value, size_t length)
{
    int r, g, b, used = 0;

    const bool rgb = sscanf(value, "rgb(%d,%d,%d)%n", &r, &g, &b, &used) == 3 &&
                     (size_t)used == length;
    if ((length == 5 && memcmp(value, "black", 5) == 0) || (rgb && (r | g | b) == 0))
        fputs("currentColor", out);
    else if (rgb)
        fprintf(out, "#%02x%02x%02x", (unsigned)r & 255u, (unsigned)g & 255u, (unsigned)b & 255u);
    else if (name_length == 2 && memcmp(name, "id", 2) == 0)
        fprintf(out, "%s-%.*s", id, (int)length, value);
    else if (*value == '#')
        fprintf(out, "#%s-%.*s", id, (int)length - 1, value + 1);
    else
        fwrite(value, 1, length, out);
}

/* What every picture has anyway, and says in each of its groups. */
static bool superfluous(const char *name, size_t length, const char *value)
{
    static const struct { const char *name, *value; } rows[] = {
        { "stroke-linecap", "butt" }, { "stroke-linejoin", "miter" },
        { "font-family", "sans-serif" }, { "standalone", "no" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strlen(rows[i].name) == length && memcmp(rows[i].name, name, length) == 0 &&
            strncmp(value, rows[i].value, strlen(rows[i].value)) == 0)
            return true;
    return false;
}

/* Copies a tag from its '<' and returns what follows its '>'; NULL if it does not end. */
static const char *put_tag(FILE *out, const char *id, const char *at)
{
    const size_t name = 1 + strcspn(at + 1, at[1] == '/' ? ">" : " \t\n/>");

    fwrite(at, 1, name, out);
    if (strncmp(at, "<image", 6) == 0)
        fputs(" image-rendering=\"pixelated\"", out);
    at += name;
    for (;;) {
        at += strspn(at, " \t\n");
        if (*at == '>' || (*at == '/' && at[1] == '>')) {
            const char *const end = strchr(at, '>') + 1;
            fwrite(at, 1, (size_t)(end - at), out);
            return end;
        }
        const size_t length = strcspn(at, " \t\n=");
        const char *value = at + length + strspn(at + length, " \t\n=");
        const bool quoted = *value == '"' || *value == '\'';
        const char *const close = quoted ? strchr(value + 1, *value) : NULL;
        if (!length || !close)
            return NULL;
        value++;
        if (!superfluous(at, length, value)) {
            fprintf(out, " %.*s=\"", (int)length, at);
            put_value(out, id, at, length, value, (size_t)(close - value));
            fputc('"', out);
        }
        at = close + 1;
    }
}

/* Where an element without content ends that begins here; else NULL. Such groups only set a colour
 * for nothing. */
static const char *after_empty_group(const char *at)
{
    const char *end = strchr(at, '>');

    if (strncmp(at, "<g ", 3) != 0 || !end)
        return NULL;
    end += 1 + strspn(end + 1, " \t\n");
    return strncmp(end, "</g>", 4) == 0 ? end + 4 : NULL;
}

/* Past the elements that are left out: titles that become tool tips with gnuplot's names of blocks,
 * filters of boxed text, and the definitions of markers that the picture does not use. */
static const char *after_unused(const char *at, const char *svg)
{
    char reference[32];
    int number;

    if (strncmp(at, "<title>", 7) == 0)
        return strstr(at, "</title>") ? strstr(at, "</title>") + 8 : NULL;
    if (strncmp(at, "<filter", 7) == 0)
        return strstr(at, "</filter>") ? strstr(at, "</filter>") + 9 : NULL;
    const char *const end = strstr(at, "/>");
    const char *const named = strstr(at, "id='gpPt");
    if (end && named && named < end && sscanf(named, "id='gpPt%d", &number) == 1) {
        snprintf(reference, sizeof reference, "#gpPt%d'", number);
        return strstr(svg, reference) ? NULL : end + 2;
    }
    return NULL;
}

static bool put_body(FILE *out, const char *id, const char *svg, const char *at)
{
    while (at && *at) {
        const char *past = *at == '<' ? after_empty_group(at) : NULL;
        if (*at == '<' && !past)
            past = after_unused(at, svg);
        if (past) {
            at = past + strspn(past, " \t\n");
        } else if (*at == '<') {
            at = put_tag(out, id, at);
        } else if (*at == '\n' || *at == '\t') {
            fputc('\n', out);
            at += strspn(at, "\n\t");
        } else {
            fputc(*at++, out);
        }
    }
    return at != NULL;
}

status svg_finish(char **svg, size_t *size, const plot_canvas *c, const char *path,
                  file_error *error)
{
    const char *const slash = strrchr(path, '/');
    const char *const body = strstr(*svg, "<g id=\"gnuplot_canvas\">");
    char *text = NULL, *rest = NULL, id[16];
    size_t text_size = 0, rest_size = 0;

    if (!body)
        return file_refuse(error, STATUS_VALUE, "%s: this gnuplot does not write SVG", path);
    snprintf(id, sizeof id, "p%08" PRIx32,
             hash(hash(2166136261u, *svg), slash ? slash + 1 : path));
    FILE *const inner = open_memstream(&rest, &rest_size);
    const bool sound = !inner || put_body(inner, id, *svg, body);
    bool whole = inner && fclose(inner) == 0;
    FILE *const out = whole ? open_memstream(&text, &text_size) : NULL;
    if (out) {
        put_head(out, id, c);
        put_style(out, id, rest);
        fputs(rest, out);
    }
    whole = out && fclose(out) == 0;
    free(rest);
    if (!whole || !sound) {
        free(text);
        return file_refuse(error, whole ? STATUS_VALUE : STATUS_MEMORY, "%s: %s", path,
                           whole ? "gnuplot's SVG is cut off" : "out of memory");
    }
    free(*svg);
    *svg = text;
    *size = text_size;
    return STATUS_OK;
}
