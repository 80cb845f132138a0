/* plot_canvas.c: a drawing in pixels becomes a script for gnuplot: numbers in data blocks, and text
 * in which no character can mean anything to gnuplot. */
#include "plot/plot_canvas.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "data/whole_file.h"
#include "plot/plot_gnuplot.h"
#include "plot/plot_svg.h"

enum {
    PNG_SCALE = 2,              /* dots per pixel, for sharp prints */
    FEW_CELLS = 16              /* rows or columns of an image that are drawn as several pixels */
};

bool canvas_begin(plot_canvas *c, int width, int height, const char *title)
{
    *c = (plot_canvas){ .width = width, .height = height, .title = title };
    c->labels = open_memstream(&c->labels_text, &c->labels_size);
    c->data = open_memstream(&c->data_text, &c->data_size);
    c->parts = open_memstream(&c->parts_text, &c->parts_size);
    return c->labels && c->data && c->parts;
}

/* Bytes of the UTF-8 character at s and its number; 0 if it is none or not printable. */
static int decode(const char *s, uint32_t *number)
{
    const unsigned char *const u = (const unsigned char *)s;
    const int more = u[0] < 0x80 ? 0 : (u[0] & 0xe0) == 0xc0 ? 1 : (u[0] & 0xf0) == 0xe0 ? 2 :
                     (u[0] & 0xf8) == 0xf0 ? 3 : -1;
    static const uint32_t least[] = { 0x20, 0xa0, 0x800, 0x10000 };

    if (more < 0)
        return 0;
    *number = more ? u[0] & (0x3fu >> more) : u[0];
    for (int i = 1; i <= more; i++) {
        if ((u[i] & 0xc0) != 0x80)
            return 0;
        *number = *number << 6 | (u[i] & 0x3f);
    }
    const bool surrogate = *number >= 0xd800 && *number < 0xe000;
    if (*number < least[more] || *number == 0x7f || surrogate || *number >= 0x110000 ||
        (*number & 0xfffe) == 0xfffe)           /* not allowed in XML */
        return 0;
    return more + 1;
}

/* As a string of gnuplot's. Letters and blanks stand for themselves; every other ASCII character is
 * written by its number, so that none has a meaning there, digits too, which would belong to the
 * number before them. */
static void put_quoted(FILE *out, const char *text)
{
    uint32_t number;

    fputc('"', out);
    while (*text) {
        const int bytes = decode(text, &number);
        if (bytes > 1 || isalpha((unsigned char)*text) || *text == ' ')
            fwrite(text, 1, (size_t)(bytes ? bytes : 1), out);
        else
            fprintf(out, "\\%03o", bytes ? (unsigned)*text : (unsigned)'?');
        text += bytes ? bytes : 1;
    }
    fputc('"', out);
}

double canvas_text_width(const char *text, int size)
{
    double width = 0.0;
    uint32_t number;

    while (*text) {
        const int bytes = decode(text, &number);
        const bool wide = bytes && number >= 0x1100;
        const bool thin = strchr("ijl.,:;|' ()[]1tfr", *text) != NULL;
        width += wide ? 1.0 : thin ? 0.42 : *text >= 'A' && *text <= 'Z' ? 0.72 : 0.6;
        text += bytes ? bytes : 1;
    }
    return width * size;
}

const char *canvas_fit(const char *name, double room, int size, char text[CANVAS_FIT_BYTES])
{
    size_t length = strlen(name);

    if (canvas_text_width(name, size) <= room && length < CANVAS_FIT_BYTES)
        return name;
    if (length > CANVAS_FIT_BYTES - 4)
        length = CANVAS_FIT_BYTES - 4;
    do {
        while (length && ((unsigned char)name[length] & 0xc0) == 0x80)
            length--;                           /* never half a character */
        memcpy(text, name, length);
        memcpy(text + length, "\xe2\x80\xa6", 4);
    } while (canvas_text_width(text, size) > room && length-- > 1);
    return text;
}

void canvas_text(plot_canvas *c, double x, double y, plot_anchor anchor, int angle, int size,
                 const char *color, const char *text)
{
    static const char *const anchors[] = { "left", "center", "right" };

    if (!*text)
        return;
    fputs("set label ", c->labels);
    put_quoted(c->labels, text);
    fprintf(c->labels, " at %.1f,%.1f %s font ',%d'", x, y, anchors[anchor], size);
    if (angle)
        fprintf(c->labels, " rotate by %d", angle);
    if (color)
        fprintf(c->labels, " textcolor rgb '%s'", color);
    fputs(" front\n", c->labels);
}

static void begin_block(plot_canvas *c)
{
    fprintf(c->parts, "%s $d%d ", c->blocks ? "," : "plot", c->blocks);
    fprintf(c->data, "$d%d << EOD\n", c->blocks++);
}

static const char *or_black(const char *color)
{
    return color ? color : "black";
}

void canvas_begin_lines(plot_canvas *c, const char *color, double width, const char *dash)
{
    begin_block(c);
    fprintf(c->parts, "with lines lw %g dt %s lc rgb '%s'", width, dash, or_black(color));
}

void canvas_begin_markers(plot_canvas *c, const char *color, int marker, double size)
{
    begin_block(c);
    fprintf(c->parts, "with points pt %d ps %g lw 1 lc rgb '%s'", marker, size, or_black(color));
}

void canvas_begin_boxes(plot_canvas *c, const char *color, double solid)
{
    begin_block(c);
    fprintf(c->parts, "with boxxyerror fc rgb '%s' fs transparent solid %g border lt -1",
            or_black(color), solid);
}

void canvas_point(plot_canvas *c, double x, double y)
{
    fprintf(c->data, "%.1f %.1f\n", x, y);
}

void canvas_gap(plot_canvas *c)
{
    fputc('\n', c->data);
}

void canvas_box(plot_canvas *c, double x0, double y0, double x1, double y1)
{
    fprintf(c->data, "%.1f %.1f %.1f %.1f %.1f %.1f\n", x0, y0, x0, x1, y0, y1);
}

void canvas_end(plot_canvas *c)
{
    fputs("EOD\n", c->data);
}

void canvas_image(plot_canvas *c, double x, double y, double width, double height, int rows,
                  int columns, const plot_rgb *color, const bool *blank)
{
    /* Not every viewer leaves pixels sharp that it enlarges, and gnuplot wants two at least. */
    const int finer = rows > FEW_CELLS || columns > FEW_CELLS ? 2 : 8;
    const int fine_rows = rows > FEW_CELLS ? 1 : finer;
    const int fine_columns = columns > FEW_CELLS ? 1 : finer;
    const int down = rows * fine_rows, across = columns * fine_columns;

    begin_block(c);
    fputs("with rgbalpha", c->parts);
    for (int i = 0; i < down; i++)
        for (int j = 0; j < across; j++) {
            const int at = i / fine_rows * columns + j / fine_columns;
            fprintf(c->data, "%.3f %.3f %d %d %d %d\n", x + (j + 0.5) * width / across,
                    y + (i + 0.5) * height / down, color[at].r, color[at].g, color[at].b,
                    blank[at] ? 0 : 255);
        }
    canvas_end(c);
}

static void write_script(const plot_canvas *c, bool svg, FILE *out)
{
    const int scale = svg ? 1 : PNG_SCALE;

    fprintf(out, "set encoding utf8\nset terminal %s size %d,%d font 'sans-serif,12' noenhanced",
            svg ? "svg" : "pngcairo", c->width * scale, c->height * scale);
    fprintf(out, svg ? " dynamic\n" : " fontscale %g linewidth %d pointscale %d\n",
            0.75 * PNG_SCALE, PNG_SCALE, PNG_SCALE);
    fprintf(out, "unset key\nunset tics\nunset border\nset margins 0,0,0,0\n"
                 "set xrange [0:%d]\nset yrange [%d:0]\n", c->width, c->height);
    fwrite(c->labels_text, 1, c->labels_size, out);
    fwrite(c->data_text, 1, c->data_size, out);
    fwrite(c->parts_text, 1, c->parts_size, out);
    fputs(c->blocks ? "\n" : "plot NaN\n", out);
}

/* Closes a stream in memory. Returns false if something did not fit. */
static bool close_text(FILE *stream)
{
    if (!stream)
        return false;
    const bool torn = ferror(stream) != 0;
    return fclose(stream) == 0 && !torn;
}

/* gnuplot does not notice that the disk is full. */
static bool is_whole(const char *picture, size_t size, bool svg)
{
    static const char last_svg[] = "</svg>", last_png[] = "IEND";
    const char *const last = svg ? last_svg : last_png;
    const size_t length = strlen(last), tail = length + 8;

    for (size_t i = size > tail ? size - tail : 0; i + length <= size; i++)
        if (memcmp(picture + i, last, length) == 0)
            return true;
    return false;
}

static status draw(plot_canvas *c, const char *path, bool svg, file_error *error)
{
    char *picture = NULL, *script = NULL;
    size_t picture_size = 0, script_size = 0;
    FILE *const out = open_memstream(&script, &script_size);

    if (out)
        write_script(c, svg, out);
    if (!close_text(out)) {
        free(script);
        return file_refuse(error, STATUS_MEMORY, "%s: out of memory", path);
    }
    status s = gnuplot_run(script, script_size, path, &picture, &picture_size, error);
    free(script);
    if (s == STATUS_OK && !is_whole(picture, picture_size, svg))
        s = file_refuse(error, STATUS_IO, "%s: gnuplot's picture is cut off: is the disk full, or "
                        "that of temporary files?", path);
    if (s == STATUS_OK && svg)
        s = svg_finish(&picture, &picture_size, c, path, error);
    if (s == STATUS_OK)
        s = file_replace(path, 1, &(file_part){ picture, picture_size }, error);
    free(picture);
    return s;
}

bool canvas_finish(plot_canvas *c, const char *path, file_error *error)
{
    const char *const dot = strrchr(path, '.');
    const bool svg = dot && strcmp(dot, ".svg") == 0;
    bool whole = close_text(c->labels);
    status s;

    whole = close_text(c->data) && whole;
    whole = close_text(c->parts) && whole;
    if (!svg && !(dot && strcmp(dot, ".png") == 0))
        s = file_refuse(error, STATUS_VALUE, "%s: a picture's name must end in .svg or .png", path);
    else if (!whole)
        s = file_refuse(error, STATUS_MEMORY, "%s: out of memory", path);
    else
        s = draw(c, path, svg, error);
    free(c->labels_text);
    free(c->data_text);
    free(c->parts_text);
    return s == STATUS_OK;
}
