/* test_plot.c: pictures come out whole whatever the data and the texts are, say what went wrong
 * where they do not, and charts in text are what they should be, character by character. Pictures
 * are skipped where there is no gnuplot. */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/whole_file.h"
#include "plot/plot.h"
#include "plot/plot_axis.h"
#include "plot/plot_csv.h"
#include "tests/support/scratch.h"

enum { MAX_DEPTH = 32, MAX_IDS = 256, NAME_BYTES = 64, FILE_LIMIT = 1 << 24 };

static const double ramp[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };

/* ---- helpers ---- */

static char *read_file(const char *path)
{
    uint8_t *bytes;
    size_t size;
    file_error error;

    if (file_read_whole(path, FILE_LIMIT, &bytes, &size, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    char *const text = realloc(bytes, size + 1);
    assert_non_null(text);
    text[size] = '\0';
    return text;
}

static void need_gnuplot(void)
{
    if (plot_missing()) {
        print_message("# %s\n", plot_missing());
        skip();
    }
}

/* Well-formed: tags nest, attributes are quoted, '&' begins an entity, no control characters. */
static void check_xml(const char *path, const char *text)
{
    char open[MAX_DEPTH][NAME_BYTES];
    int depth = 0, elements = 0;

    for (const char *c = text; *c;) {
        if ((unsigned char)*c < 0x20 && !strchr("\t\n", *c))
            fail_msg("%s: byte %d at %td", path, *c, c - text);
        if (*c == '&' && strncmp(c, "&lt;", 4) != 0 && strncmp(c, "&amp;", 5) != 0 &&
            strncmp(c, "&quot;", 6) != 0 && strncmp(c, "&gt;", 4) != 0)
            fail_msg("%s: bare & at %td", path, c - text);
        if (*c++ != '<')
            continue;
        const bool closing = *c == '/';
        const size_t name = strcspn(c + closing, " \t\n/>");
        assert_in_range(name, 1, NAME_BYTES - 1);
        if (closing) {
            assert_true(depth > 0);
            depth--;
            if (strlen(open[depth]) != name || memcmp(open[depth], c + 1, name) != 0)
                fail_msg("%s: <%s> ended by <%.*s>", path, open[depth], (int)name + 1, c);
            c += 1 + name;
        } else {
            assert_true(depth < MAX_DEPTH);
            snprintf(open[depth++], NAME_BYTES, "%.*s", (int)name, c);
            elements++;
            c += name;
        }
        while (*c && *c != '>') {               /* attributes */
            assert_true(*c != '<');
            if (*c == '"') {
                const size_t length = strcspn(c + 1, "\"<");
                assert_int_equal(c[1 + length], '"');
                c += 1 + length;
            }
            c++;
        }
        assert_int_equal(*c, '>');
        if (c[-1] == '/')
            depth--;
        c++;
    }
    assert_int_equal(depth, 0);
    assert_true(elements > 3);
}

/* Ids are there once, carry the picture's own prefix, and what is referred to exists. */
static void check_ids(const char *path, const char *text)
{
    char ids[MAX_IDS][NAME_BYTES], reference[NAME_BYTES + 8];
    int count = 0;

    for (const char *c = strstr(text, " id=\""); c; c = strstr(c + 1, " id=\"")) {
        assert_true(count < MAX_IDS);
        snprintf(ids[count], NAME_BYTES, "%.*s", (int)strcspn(c + 5, "\""), c + 5);
        for (int i = 0; i < count; i++)
            if (strcmp(ids[i], ids[count]) == 0)
                fail_msg("%s: id %s twice", path, ids[i]);
        if (strncmp(ids[count], ids[0], strlen(ids[0])) != 0)
            fail_msg("%s: id %s could clash with another picture's", path, ids[count]);
        count++;
    }
    for (const char *c = strstr(text, "href=\"#"); c; c = strstr(c + 1, "href=\"#")) {
        snprintf(reference, sizeof reference, " id=\"%.*s\"", (int)strcspn(c + 7, "\""), c + 7);
        if (!strstr(text, reference))
            fail_msg("%s: refers to %s, which is not there", path, reference);
    }
}

/* The content of a sound SVG, for free(). */
static char *check_svg(const char *path)
{
    char *const text = read_file(path);

    check_xml(path, text);
    check_ids(path, text);
    assert_non_null(strstr(text, "viewBox=\""));
    assert_null(strstr(text, "black"));         /* would not be seen in dark mode */
    assert_null(strstr(text, "rgb("));
    return text;
}

static char *draw_chart(const plot_chart *c, const char *name)
{
    const char *const path = scratch_path(name);
    file_error error;

    if (!plot_chart_draw(c, path, &error))
        fail_msg("%s", error.text);
    return check_svg(path);
}

static int count_of(const char *text, const char *part)
{
    int count = 0;

    for (const char *c = strstr(text, part); c; c = strstr(c + 1, part))
        count++;
    return count;
}

static plot_chart line_chart(const double *x, const double *y, int count)
{
    return (plot_chart){ .kind = PLOT_LINES, .series_count = 1,
                         .series = { { .x = x, .y = y, .count = count } } };
}

/* ---- axes ---- */

static void test_numbers(void **state)
{
    static const struct { double value, step; const char *text; } rows[] = {
        { 0, 0, "0" }, { -0.0, 1, "0" }, { 1, 0, "1" }, { 0.25, 0, "0.25" },
        { 1234567, 0, "1.23e6" }, { 1e-7, 0, "1e-7" }, { 0.5, 0.5, "0.5" }, { 2, 0.5, "2.0" },
        { 1e6, 2e5, "1e6" }, { 1.2e6, 2e5, "1.2e6" }, { 100, 100, "100" },
        { 0.001, 0.001, "0.001" },
        { -3.14159, 0, "-3.14" }, { 999999, 0, "999999" }, { 9.9999e6, 0, "1e7" },
        { NAN, 0, "nan" }, { INFINITY, 1, "inf" }, { 1e300, 1e300, "1e300" },
    };
    char text[PLOT_TIC_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        plot_number(rows[i].value, rows[i].step, text);
        assert_string_equal(text, rows[i].text);
    }
}

/* Whatever is shown, an axis has a range, tics inside it, and labels that differ. */
static void test_axes(void **state)
{
    static const double values[][3] = {
        { 0, 0, 0 }, { 1, 1, 1 }, { -5, -5, -5 }, { 0, 1, 2 }, { -1, 0, 1 }, { 1e-300, 1e-299, 1 },
        { 1e9, 1e9 + 1, 1e9 + 2 }, { 1e300, -1e300, 0 }, { 1e-7, 2e-7, 3e-7 },
        { 0, 1e-200, 1e-200 },
        { NAN, INFINITY, -INFINITY }, { 0.001, 1, 1e6 }, { 0, 10, 1000 }, { 3, 4, 5 },
        { 1e12, 1e12, 1e12 }, { 0.9999, 1, 1.0001 },
        { 1e9, 1e9, 1e9 + 1e-6 },
    };
    (void)state;
    for (size_t row = 0; row < sizeof values / sizeof values[0]; row++)
        for (int kind = 0; kind < 4; kind++) {
            plot_axis a;
            plot_axis_begin(&a, kind & 1);
            for (int i = 0; i < 3; i++)
                plot_axis_show(&a, values[row][i]);
            plot_axis_finish(&a, kind & 2, 0.05, 6);
            assert_true(isfinite(a.low) && isfinite(a.high) && a.low < a.high);
            assert_in_range(a.tic_count, 2, PLOT_MAX_TICS);
            for (int i = 0; i < a.tic_count; i++) {
                const double place = plot_axis_place(&a, a.tic[i]);
                if (!(place > -1e-6 && place < 1 + 1e-6))
                    fail_msg("row %zu, kind %d: tic %g lies at %g", row, kind, a.tic[i], place);
                if (i > 0 && strcmp(a.label[i], a.label[i - 1]) == 0)
                    fail_msg("row %zu, kind %d: two tics %s", row, kind, a.label[i]);
            }
            for (int i = 0; i < 3; i++) {
                const double place = plot_axis_place(&a, values[row][i]);
                if (plot_axis_takes(&a, values[row][i]) && !(place >= -1e-9 && place <= 1 + 1e-9))
                    fail_msg("row %zu, kind %d: %g lies at %g", row, kind, values[row][i], place);
            }
        }
}

/* ---- text ---- */

static void expect_text(const char *want, const plot_chart *c, const plot_map *m, int columns,
                        int rows, bool unicode, bool color)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const out = open_memstream(&text, &size);

    assert_non_null(out);
    if (c)
        plot_chart_text(c, columns, rows, unicode, out);
    else
        plot_map_text(m, unicode, color, out);
    assert_int_equal(fclose(out), 0);
    if (strcmp(text, want) != 0)
        fail_msg("expected:\n%sfound:\n%s", want, text);
    free(text);
}

static void test_text_lines(void **state)
{
    const double y[] = { 9, 8, 7, NAN, 5, 4, 3, 2, 1, 0 };
    plot_chart c = line_chart(ramp, y, 10);

    (void)state;
    c.title = "falling";
    c.x_label = "step";
    c.y_label = "loss";
    expect_text("            falling\n"
                "loss\n"
                "  |**\n"
                "  |  **\n"
                "  |    **\n"
                "5 +           *\n"
                "  |            ***\n"
                "  |               *****\n"
                "  |                    ***\n"
                "0 +                       **\n"
                "  ++------------+-----------\n"
                "   0            5\n"
                "             step\n",
                &c, NULL, 28, 13, false, false);
    expect_text("            falling\n"
                "loss\n"
                "  |⠉⠒⠤⢄⣀\n"
                "  |     ⠉\n"
                "5 +           ⠑⠢⢄⡀\n"
                "  |              ⠈⠉⠒⠢⢄⣀\n"
                "0 +                    ⠉⠑⠒⠤⣀\n"
                "  ++------------+-----------\n"
                "   0            5\n"
                "             step\n",
                &c, NULL, 28, 10, true, false);
}

static void test_text_series(void **state)
{
    const double up[] = { 1, 10, 100, 1000 }, flat[] = { 0, 10, -1, 10 };
    const plot_chart c = {
        .kind = PLOT_POINTS, .y_log = true, .series_count = 2,
        .series = { { .name = "up", .x = ramp, .y = up, .count = 4 },
                    { .name = "flat", .x = ramp, .y = flat, .count = 4 } },
    };
    const plot_chart none = { .kind = PLOT_LINES, .series_count = 0 };

    (void)state;
    expect_text("    |                *\n"
                "    |\n"
                "100 +           *\n"
                "    |\n"
                "    |     *          o\n"
                "    |\n"
                "  1 +*\n"
                "    ++----------+-----\n"
                "     0          2\n"
                "     * up  o flat\n",
                &c, NULL, 22, 10, true, false);
    expect_text("no data\n", &none, NULL, 80, 10, false, false);
}

static void test_text_bars(void **state)
{
    const double a[] = { 1, 4 }, b[] = { 2, NAN };
    const char *const names[] = { "one", "a name that is far too long for it" };
    plot_chart c = {
        .kind = PLOT_BARS, .y_label = "ms", .categories = names, .category_count = 2,
        .series_count = 2,
        .series = { { .name = "a", .y = a, .count = 2 }, { .name = "b", .y = b, .count = 2 } },
    };
    (void)state;
    expect_text("ms\n"
                "one                      |## 1\n"
                "                         |==== 2\n"
                "a name that is far too l |######## 4\n"
                "                         | nan\n"
                "  # a  = b\n",
                &c, NULL, 44, 10, false, false);
    c.kind = PLOT_STACKED;
    expect_text("ms\n"
                "one                      |██==== 3\n"
                "a name that is far too l |████████ 4\n"
                "  # a  = b\n",
                &c, NULL, 44, 10, true, false);
}

static void test_text_maps(void **state)
{
    const float value[] = { 0, 1, 2, 3, NAN, 5 };
    const char *const rows[] = { "cat", "dog" }, *const columns[] = { "cat", "dog", "elephant" };
    plot_map m = { .title = "map\nof two lines", .value = value, .rows = 2, .columns = 3 };

    (void)state;
    expect_text("map\nof two lines\n  ::==\n**??@@\n", NULL, &m, 0, 0, false, false);
    expect_text("map\nof two lines\n  ░░▒▒\n▓▓??██\n", NULL, &m, 0, 0, true, false);
    expect_text("map\nof two lines\n"
                "\033[48;2;0;0;0m\033[38;2;255;255;255m  \033[0m"
                "\033[48;2;51;51;51m\033[38;2;255;255;255m  \033[0m"
                "\033[48;2;102;102;102m\033[38;2;255;255;255m  \033[0m\n"
                "\033[48;2;153;153;153m\033[38;2;0;0;0m  \033[0m??"
                "\033[48;2;255;255;255m\033[38;2;0;0;0m  \033[0m\n",
                NULL, &m, 0, 0, false, true);
    m = (plot_map){ .value = value, .rows = 2, .columns = 3, .numbers = true, .row_names = rows,
                    .column_names = columns };
    expect_text("     cat   dog   eleph\n"
                "cat      0     1     2\n"
                "dog      3   nan     5\n", NULL, &m, 0, 0, false, false);
}

/* Control characters in a name must not reach the terminal. */
static void test_text_escapes(void **state)
{
    plot_chart c = line_chart(ramp, ramp, 3);
    char *text = NULL;
    size_t size = 0;
    FILE *const out = open_memstream(&text, &size);

    (void)state;
    c.title = "\033[31mred";
    c.series[0].name = c.x_label = c.y_label = "\033[2J\n";
    plot_chart_text(&c, 40, 12, false, out);
    plot_map_text(&(plot_map){ .title = "\033[31mred", .value = (const float[]){ 1 }, .rows = 1,
                               .columns = 1 }, false, false, out);
    assert_int_equal(fclose(out), 0);
    assert_null(strchr(text, '\033'));
    free(text);
}

/* ---- pictures ---- */

static void test_escaping(void **state)
{
    static const char *const nasty[] = {
        "it's", "a\"b", "back\\slash\\n", "`touch pwned`", "@macro $d0 %d %%", "<b>&amp;</b>",
        "line\nset output 'pwned'", "'\nsystem 'touch pwned'\n'", "tab\tbell\a", "\xff\xfe bytes",
        "# no comment", "한글 ü €", "{/=20 big} a_b^c", "", "black rgb(1,2,3) id='x' <g >",
    };
    enum { TEXTS = sizeof nasty / sizeof nasty[0] };
    plot_chart c = { .kind = PLOT_POINTS, .series_count = TEXTS };

    (void)state;
    need_gnuplot();
    remove("pwned");
    for (int i = 0; i < TEXTS; i++)
        c.series[i] = (plot_series){ .name = nasty[i], .x = ramp, .y = ramp, .count = 1 + i % 3,
                                     .text = nasty };
    for (int i = 0; i < TEXTS; i++) {
        c.title = c.x_label = c.y_label = nasty[i];
        const char *const path = scratch_path("nasty.svg");
        file_error error;
        if (!plot_chart_draw(&c, path, &error))
            fail_msg("'%s': %s", nasty[i], error.text);
        char *const text = read_file(path);
        check_xml(path, text);
        check_ids(path, text);
        assert_non_null(strstr(text, "it's"));
        assert_non_null(strstr(text, "`touch pwned`"));
        assert_non_null(strstr(text, "back\\slash\\n"));
        assert_non_null(strstr(text, "&lt;b>&amp;amp;&lt;/b>"));
        assert_non_null(strstr(text, "line?set output 'pwned'"));
        assert_non_null(strstr(text, "?? bytes"));
        assert_non_null(strstr(text, "한글 ü €"));
        assert_non_null(strstr(text, "black rgb(1,2,3) id='x' &lt;g >"));
        free(text);
    }
    const plot_chart bars = { .kind = PLOT_BARS, .categories = nasty, .category_count = 5,
                              .series_count = 1, .series = { { .y = ramp, .count = 5 } } };
    free(draw_chart(&bars, "nasty-bars.svg"));
    assert_int_not_equal(access("pwned", F_OK), 0);
}

/* Numbers of path commands "M": how often the pen was set down. */
static int strokes(const char *text, const char *color)
{
    char start[64];

    snprintf(start, sizeof start, "<path stroke=\"%s\"", color);
    const char *const path = strstr(text, start);
    assert_non_null(path);
    int count = 0;
    for (const char *c = path; *c != '>'; c++)
        count += *c == 'M';
    return count;
}

static void test_gaps(void **state)
{
    const double y[] = { 1, 2, NAN, 4, 5, INFINITY, 7, 8, 9, -INFINITY };
    const double none[] = { NAN, NAN, INFINITY }, zeros[] = { 1, 0, -1, 10, 100 };
    plot_chart c = line_chart(ramp, y, 10);

    (void)state;
    need_gnuplot();
    char *text = draw_chart(&c, "gaps.svg");
    assert_int_equal(strokes(text, "#0b5fa5"), 3);
    assert_int_equal(count_of(text, "<use "), 7 + 3);   /* definitions have some too */
    assert_null(strstr(text, "no data"));
    free(text);
    c = line_chart(ramp, none, 3);
    text = draw_chart(&c, "none.svg");
    assert_non_null(strstr(text, "no data"));
    free(text);
    c.series_count = 0;
    free(draw_chart(&c, "empty.svg"));
    c = line_chart(ramp, zeros, 5);
    c.y_log = true;
    text = draw_chart(&c, "log.svg");
    assert_non_null(strstr(text, "<text>100</text>"));
    assert_null(strstr(text, "<text>0</text>\n</g>\n<g transform=\"translate(0"));
    free(text);
    c = line_chart(ramp, ramp, 1);              /* one point, at the origin */
    free(draw_chart(&c, "one.svg"));
}

static void test_ranges(void **state)
{
    static const double low[] = { 0, 1e-300, -1e300, 1e9, 5e-324, 1e300, -1e308 };
    static const double high[] = { 1e-12, 2e-300, 1e300, 1e9 + 1e-6, 1e-323, 1e300, 1e308 };

    (void)state;
    need_gnuplot();
    for (size_t i = 0; i < sizeof low / sizeof low[0]; i++)
        for (int log = 0; log < 2; log++) {
            const double v[] = { low[i], high[i] };
            plot_chart c = line_chart(v, v, 2);
            c.x_log = c.y_log = log;
            char *const text = draw_chart(&c, "range.svg");
            assert_null(strstr(text, "nan"));
            assert_null(strstr(text, "inf"));
            free(text);
        }
}

static void test_many(void **state)
{
    enum { CATEGORIES = 120 };
    static char names[CATEGORIES][40];
    const char *categories[CATEGORIES];
    double y[CATEGORIES];
    plot_chart c = { .kind = PLOT_BARS, .categories = categories, .category_count = CATEGORIES,
                     .series_count = PLOT_MAX_SERIES };

    (void)state;
    need_gnuplot();
    for (int i = 0; i < CATEGORIES; i++) {
        snprintf(names[i], sizeof names[i], "category number %d", i);
        categories[i] = names[i];
        y[i] = i;
    }
    for (int s = 0; s < PLOT_MAX_SERIES; s++)
        c.series[s] = (plot_series){ .name = names[s], .y = y, .count = CATEGORIES };
    c.series[2].low = c.series[2].high = y;
    char *text = draw_chart(&c, "bars.svg");
    assert_non_null(strstr(text, "<text>category number 119</text>"));
    free(text);
    c.kind = PLOT_STACKED;
    free(draw_chart(&c, "stacked.svg"));
    c.category_count = 0;
    text = draw_chart(&c, "no-bars.svg");
    assert_non_null(strstr(text, "no data"));
    free(text);
}

/* Of two labels at one place one is left out or moved: no two texts at the same coordinates. */
static void test_labels(void **state)
{
    enum { POINTS = 40 };
    double x[POINTS], y[POINTS];
    const char *names[POINTS];
    plot_chart c = { .kind = PLOT_POINTS, .series_count = 1 };

    (void)state;
    need_gnuplot();
    for (int i = 0; i < POINTS; i++) {
        x[i] = i % 4;
        y[i] = i % 2;
        names[i] = "label";
    }
    c.series[0] = (plot_series){ .x = x, .y = y, .count = POINTS, .text = names };
    char *const text = draw_chart(&c, "labels.svg");
    assert_in_range(count_of(text, "<text>label</text>"), 4, 4 * 8);
    for (const char *a = strstr(text, "translate("); a; a = strstr(a + 1, "translate(")) {
        const size_t length = strcspn(a, ")") + 1;
        for (const char *b = strstr(a + 1, "translate("); b; b = strstr(b + 1, "translate("))
            if (strncmp(a, b, length) == 0 && strncmp(a + length, "\" stroke", 8) == 0 &&
                strncmp(b + length, "\" stroke", 8) == 0)
                fail_msg("two texts at %.*s", (int)length, a);
    }
    free(text);
}

static void test_maps(void **state)
{
    enum { PANELS = 7 };
    float value[12] = { 0, 1, 2, 3, 4, 5, 6, NAN, 8, 9, 10, 11 };
    const char *const names[] = { "a", "b & c", "a longer name" };
    plot_map maps[PANELS];
    file_error error;

    (void)state;
    need_gnuplot();
    for (int i = 0; i < PANELS; i++)
        maps[i] = (plot_map){ .title = "two\nlines", .value = value, .rows = i ? 3 : 1,
                              .columns = i == 1 ? 1 : 4, .diverging = i > 3, .numbers = i == 3 };
    maps[3].row_names = names;
    maps[2].x_label = maps[2].y_label = names[1];
    const char *const path = scratch_path("maps.svg");
    if (!plot_maps_draw(maps, PANELS, 3, path, &error))
        fail_msg("%s", error.text);
    char *text = check_svg(path);
    assert_int_equal(count_of(text, "<image "), PANELS);
    assert_int_equal(count_of(text, "<text>lines</text>"), PANELS);
    assert_int_equal(count_of(text, "<text>11</text>"), 1);
    const char *const blank = strstr(text, "<text>nan</text>");
    assert_non_null(blank);                     /* on no colour, in the page's own */
    assert_non_null(strstr(blank - 80, "fill=\"currentColor\""));
    assert_true(strstr(blank - 80, "fill=\"currentColor\"") < blank);
    free(text);
    for (int i = 0; i < PANELS; i++) {          /* with one range, the key of colours is the 8th */
        maps[i].diverging = true;
        maps[i].numbers = false;
        maps[i].low = -2;
        maps[i].high = 2;
    }
    if (!plot_maps_draw(maps, PANELS, 3, path, &error) ||
        !plot_maps_draw(maps, 0, 3, scratch_path("no-maps.svg"), &error))
        fail_msg("%s", error.text);
    text = check_svg(path);
    assert_int_equal(count_of(text, "<image "), PANELS + 1);
    free(text);
    value[0] = INFINITY;
    value[1] = -INFINITY;
    maps[0] = (plot_map){ .value = value, .rows = 3, .columns = 4, .numbers = true };
    if (!plot_maps_draw(maps, 1, 1, path, &error))
        fail_msg("%s", error.text);
    free(check_svg(path));
}

static void test_png(void **state)
{
    const plot_chart c = line_chart(ramp, ramp, 10);
    const char *const path = scratch_path("line.png");
    file_error error;

    (void)state;
    need_gnuplot();
    if (!plot_chart_draw(&c, path, &error))
        fail_msg("%s", error.text);
    char *const bytes = read_file(path);
    assert_memory_equal(bytes, "\x89PNG\r\n\x1a\n", 8);
    free(bytes);
}

/* The same data make the same bytes; other pictures have other ids, to stand in one page. */
static void test_same(void **state)
{
    const plot_chart c = line_chart(ramp, ramp, 10), d = line_chart(ramp, ramp, 9);

    (void)state;
    need_gnuplot();
    char *const first = draw_chart(&c, "same.svg"), *const again = draw_chart(&c, "same.svg");
    char *const other = draw_chart(&d, "same.svg"), *const renamed = draw_chart(&c, "named.svg");
    assert_string_equal(first, again);
    const char *const id = strstr(first, " id=\"");
    assert_true(strncmp(id, strstr(other, " id=\""), 14) != 0);
    assert_true(strncmp(id, strstr(renamed, " id=\""), 14) != 0);
    free(first);
    free(again);
    free(other);
    free(renamed);
}

/* ---- what goes wrong ---- */

static void expect_failure(const char *path, const char *part)
{
    const plot_chart c = line_chart(ramp, ramp, 3);
    file_error error = { "" };

    if (plot_chart_draw(&c, path, &error))
        fail_msg("%s: drawn, expected '%s'", path, part);
    if (!strstr(error.text, part))
        fail_msg("%s: expected '%s', found '%s'", path, part, error.text);
}

static void test_errors(void **state)
{
    (void)state;
    expect_failure(scratch_path("picture.gif"), ".svg or .png");
    expect_failure(scratch_path("picture"), ".svg or .png");
    need_gnuplot();
    expect_failure("/dev/full.svg/x.svg", "cannot write");
    expect_failure(scratch_path("no/such/folder/x.svg"), "No such file");
    assert_int_equal(mkdir(scratch_path("folder.svg"), 0777), 0);
    expect_failure(scratch_path("folder.svg"), "not a regular file");
    assert_int_equal(symlink("/dev/full", scratch_path("full.svg")), 0);
    expect_failure(scratch_path("full.svg"), "not a regular file");
}

/* A full disk leaves the old picture as it was, and nothing beside it. */
static void test_full_disk(void **state)
{
    const plot_chart c = line_chart(ramp, ramp, 3);
    struct rlimit old, small = { 2000, 2000 };

    (void)state;
    need_gnuplot();
    char *const before = draw_chart(&c, "kept.svg");
    const int entries = scratch_entries(scratch_path(""));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    file_error error = { "" };
    const plot_chart other = line_chart(ramp, ramp, 10);
    const bool drawn = plot_chart_draw(&other, scratch_path("kept.svg"), &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_false(drawn);
    assert_non_null(strstr(error.text, "kept.svg"));
    char *const after = read_file(scratch_path("kept.svg"));
    assert_string_equal(before, after);
    assert_int_equal(scratch_entries(scratch_path("")), entries);
    free(before);
    free(after);
}

static void test_no_gnuplot(void **state)
{
    const char *const path = getenv("PATH");
    char *const kept = strdup(path ? path : "");

    (void)state;
    for (int i = 0; i < 2; i++) {
        setenv("PATH", i ? scratch_path("") : "", 1);
        assert_non_null(plot_missing());
        assert_non_null(strstr(plot_missing(), "apt-get install gnuplot"));
        expect_failure(scratch_path("missing.svg"), "gnuplot is not installed");
    }
    assert_int_not_equal(access(scratch_path("missing.svg"), F_OK), 0);
    setenv("PATH", kept, 1);
    free(kept);
}

/* A gnuplot that complains, and one that is killed. */
static void test_gnuplot_fails(void **state)
{
    static const struct { const char *script, *says; } rows[] = {
        { "#!/bin/sh\nprintf 'plot x\\n     ^\\nline 0: bad thing\\n\\n' >&2\nexit 1\n",
          "gnuplot cannot draw it: line 0: bad thing" },
        { "#!/bin/sh\nexit 0\n", "it says nothing" },
        { "#!/bin/sh\nkill -9 $$\n", "ended by signal 9" },
        { "#!/bin/sh\necho '<svg></svg>'\n", "does not write SVG" },
        { "#!/bin/sh\necho '<g id=\"gnuplot_canvas\"><path d='\n", "is the disk full" },
        { "#!/bin/sh\necho '<g id=\"gnuplot_canvas\"><path d=</svg>'\n", "SVG is cut off" },
    };
    char *const kept = strdup(getenv("PATH") ? getenv("PATH") : "");
    char with[4096];

    (void)state;
    snprintf(with, sizeof with, "%s:/usr/bin:/bin", scratch_path(""));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *const fake = scratch_write("gnuplot", rows[i].script, strlen(rows[i].script));
        assert_int_equal(chmod(fake, 0755), 0);
        setenv("PATH", with, 1);
        expect_failure(scratch_path("fake.svg"), rows[i].says);
        setenv("PATH", kept, 1);
    }
    unlink(scratch_path("gnuplot"));
    free(kept);
}

/* ---- tables ---- */

static void expect_csv(status want, const char *part, bool named, const char *text)
{
    csv_table t;
    file_error error = { "" };
    const status s = csv_read(scratch_write("t.csv", text, strlen(text)), named, &t, &error);

    if (s != want || !strstr(error.text, part))
        fail_msg("'%s': expected %d '%s', found %d '%s'", text, want, part, s, error.text);
    csv_free(&t);
}

static void test_csv(void **state)
{
    csv_table t;
    file_error error;

    (void)state;
    const char *const text = "step,loss\n1,0.5\n2,nan\r\n3,1e-3\n4";
    assert_int_equal(csv_read(scratch_write("t.csv", text, strlen(text)), false, &t, &error),
                     STATUS_OK);
    assert_int_equal(t.rows, 3);                /* the last is still being written */
    assert_int_equal(t.columns, 2);
    const double *const loss = csv_column(&t, "loss");
    assert_non_null(loss);
    assert_true(loss[0] == 0.5 && isnan(loss[1]) && loss[2] == 1e-3);
    assert_true(csv_column(&t, "step")[2] == 3.0);
    assert_null(csv_column(&t, "los"));
    csv_free(&t);
    expect_csv(STATUS_OK, "", true, "class,a,b\na,1,2\nb,3,4\n");
    expect_csv(STATUS_OK, "", false, "a,b\n");
    expect_csv(STATUS_OK, "", false, "a\n1");
    expect_csv(STATUS_IO, "empty file", false, "");
    expect_csv(STATUS_IO, "t.csv:3: expected 2 columns, found 3", false, "a,b\n1,2\n1,2,3\n");
    expect_csv(STATUS_IO, "t.csv:2: column b: expected a number, found 'x'", false, "a,b\n1,x\n");
    expect_csv(STATUS_IO, "t.csv:2: column b: expected a number, found ''", false,
               "a,b\n1,\n2,3\n");
    expect_csv(STATUS_IO, "t.csv:3: expected 2 columns, found 1", false, "a,b\n1,2\n\n1,2\n");
    expect_csv(STATUS_IO, "t.csv:1: expected 2 to", true, "a\n");
    assert_int_equal(csv_read(scratch_write("t.csv", "a\0b\n", 4), false, &t, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "byte 0"));
    assert_int_equal(csv_read(scratch_path("none.csv"), false, &t, &error), STATUS_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_axes),
        cmocka_unit_test(test_text_lines),
        cmocka_unit_test(test_text_series),
        cmocka_unit_test(test_text_bars),
        cmocka_unit_test(test_text_maps),
        cmocka_unit_test(test_text_escapes),
        cmocka_unit_test(test_escaping),
        cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_maps),
        cmocka_unit_test(test_png),
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_no_gnuplot),
        cmocka_unit_test(test_gnuplot_fails),
        cmocka_unit_test(test_csv),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
