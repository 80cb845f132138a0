/* test_grade_result.c: the canonical result: cleaning of texts, adding up, result.json written,
 * read and refused, files replaced whole or not at all. */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <jansson.h>

#include "data/whole_file.h"
#include "grade/grade_result.h"
#include "grade/utf8.h"
#include "kernels/core/rng.h"
#include "tests/support/json_schema.h"
#include "tests/support/scratch.h"

/* ---- result_clean() ---- */

#define FFFD "\xef\xbf\xbd"

static void expect_clean(const char *bytes, size_t size, const char *want)
{
    char *const got = result_clean(bytes, size, 8192);

    assert_non_null(got);
    assert_string_equal(got, want);
    free(got);
}

static void test_harmless_text_stays(void **state)
{
    static const char *const texts[] = {
        "", "a", "two\nlines\n", "tab\tand ~!\"#", "grüße", "안녕하세요", "日本語", "emoji \U0001f600 ",
        "e\u0301 combining", "\u20ac\ufffd", "<script>alert(1)</script> ]]> &amp;",
        "\U0010fffd", "\xc2\xa0", "\xe2\x80\x8a",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        expect_clean(texts[i], strlen(texts[i]), texts[i]);
}

static void test_dangerous_characters_go(void **state)
{
    static const struct {
        const char *bytes, *want;
    } cases[] = {
        { "a\r\nb\rc\r\r\n", "a\nb\nc\n\n" },
        { "bell\a back\b\v\f del\x7f", "bell back del" },
        { "\302\205\302\215\302\237", "" },  /* C1: one begins a string */
        { "a\u2028b\u2029c", "a\nb\nc" },
        { "\033[31mred\033[0m", "red" },                        /* colour */
        { "\033[2J\033[1;1H\033[?25lx", "x" },                  /* clear, home, hide cursor */
        { "\033[38;2;1;2;3 qx", "x" },                          /* intermediate byte */
        { "\302\23331mred", "red" },                              /* the C1 form */
        { "\033]0;title\ax", "x" },                             /* window title */
        { "\033]8;;http://evil\033\\link\033]8;;\033\\.", "link." },
        { "\033]52;c;ZXZpbA==\033\\x", "x" },                   /* clipboard */
        { "\033Pdevice\033\\x\033_app\033\\y\033^pm\302\234z\033Xsos\a.", "xyz." },
        { "\302\220dcs\302\234x\302\235osc\ax\302\236pm\302\234y\302\237apc\302\234z"
          "\302\230sos\302\234.",
          "xxyz." },
        { "\033]0;no end\nnext line", "\nnext line" },
        { "\033]0;no end\033[31mnext", "next" },                /* another sequence begins */
        { "\033]0;cancelled\030x\033]0;\032y", "xy" },
        { "\033]0;to the end", "" },
        { "\033", "" }, { "\033[", "" }, { "\033[31", "" }, { "\033]", "" }, { "\033(", "" },
        { "\033(Bx\033#8y\033cz\033=.", "xyz." },               /* character set, test, reset */
        { "\033\nx", "\nx" },
        { "\033\xc3\xa9", "\xc3\xa9" },
        { "a\u202eb\u2066c\u2069d\u200b\u200d\u200f\ufefff\u2060\u00ad\u061c.", "abcdf." },
        { "\ufffe\uffff\ufdd0\U0001fffe\U0010ffffx", "x" },     /* noncharacters */
        { "\U000e0041\U000e007fx\ufff9", "x" },                 /* tags */
        { "\xff\xfe", FFFD FFFD }, { "\x80\xbf", FFFD FFFD },
        { "\xc0\xaf", FFFD FFFD },                              /* overlong */
        { "\xe0\x80\xaf", FFFD FFFD FFFD },
        { "\xed\xa0\x80", FFFD FFFD FFFD },                     /* surrogate */
        { "\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD },
        { "\xe2\x82", FFFD }, { "\xf0\x9f\x98 ", FFFD " " },    /* cut short: one each */
        { "\xf5x\xf8", FFFD "x" FFFD },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_clean(cases[i].bytes, strlen(cases[i].bytes), cases[i].want);
    expect_clean("a\0b\0", 4, "ab");
}

static void test_long_lines_are_cut(void **state)
{
    char text[3000], want[1000];

    (void)state;
    memset(text, 'x', sizeof text);
    text[RESULT_LINE_BYTES] = '\0';
    expect_clean(text, RESULT_LINE_BYTES, text);
    strcpy(text + RESULT_LINE_BYTES, "y\033]0;\nnext");
    memset(want, 'x', RESULT_LINE_BYTES - 4);
    strcpy(want + RESULT_LINE_BYTES - 4, " ...\nnext");
    expect_clean(text, strlen(text), want);

    for (int i = 0; i < 300; i++)               /* three bytes each: 396 fits, 400 not */
        memcpy(text + 3 * i, "\u20ac", 3);
    for (int i = 0; i < 132; i++)
        memcpy(want + 3 * i, "\u20ac", 3);
    strcpy(want + 396, " ...");
    expect_clean(text, 900, want);
    char *const got = result_clean(text, 900, 399);     /* no room for the end of the line */
    assert_true(strlen(got) <= 399 && strstr(got, "bytes more"));
    free(got);
}

static void test_long_texts_are_cut(void **state)
{
    enum { SIZE = 10 << 20 };
    char *const text = malloc(SIZE), *got;

    (void)state;
    assert_non_null(text);
    for (int i = 0; i < SIZE; i++)
        text[i] = "0123456789\n"[i % 11];
    got = result_clean(text, SIZE, 200);
    assert_true(strlen(got) <= 200);
    assert_memory_equal(got, text, 152);
    assert_string_equal(got + 152, "\n... 10485608 bytes more");
    free(got);
    for (size_t most = 0; most < 120; most++) {                 /* no room for words below 96 */
        got = result_clean(text, SIZE, most);
        assert_true(strlen(got) <= most);
        assert_true(strstr(got, "more") ? most >= 96 : strlen(got) == most);
        free(got);
    }
    memset(text, 0xff, SIZE);
    got = result_clean(text, SIZE, 8192);
    assert_true(strlen(got) <= 8192);
    free(got);
    memset(text, '\033', SIZE);
    expect_clean(text, SIZE, "");
    memset(text, 'x', SIZE);                                    /* the line's end takes it all */
    got = result_clean(text, SIZE, 8192);
    assert_int_equal(strlen(got), RESULT_LINE_BYTES);
    free(got);
    free(text);
}

/* Whatever goes in: what comes out is well-formed, harmless, short, and clean. */
static void expect_harmless(const char *text, size_t most)
{
    size_t line = 0;

    assert_true(strlen(text) <= most);
    for (size_t at = 0, left = strlen(text), length; left > 0; at += length, left -= length) {
        uint32_t c;
        length = utf8_read((const unsigned char *)text + at, left, &c);
        assert_true(length > 0);
        assert_true(c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7f));
        assert_false((c > 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) || c == 0xfeff ||
                     (c >= 0x2066 && c <= 0x2069) || (c & 0xfffe) == 0xfffe);
        line = c == '\n' ? 0 : line + length;
        assert_true(line <= RESULT_LINE_BYTES);
    }
}

static void test_random_bytes_become_harmless(void **state)
{
    static const char *const pieces[] = { "\033[", "\033]", "\a", "\033\\", "\n", "\r", "\u202e",
                                          "\u20ac", "\302\233", "\u2028", "\xff", "\xe2\x82",
                                          "0123456789",
                                          "m", "\ufeff", "\U0001f600", " ", "\t", "\030", "\033P" };
    char text[2000];
    rng r;

    (void)state;
    rng_seed(&r, 7);
    for (int run = 0; run < 3000; run++) {
        size_t size = 0;
        const int kind = (int)(rng_bits32(&r) % 3);
        while (size < sizeof text - 16 && rng_bits32(&r) % 500 != 0) {
            if (kind == 0 || rng_bits32(&r) % 4 == 0) {
                text[size++] = (char)rng_bits32(&r);
            } else {
                const char *const piece = pieces[rng_bits32(&r) % (kind == 1 ? 20 : 5)];
                memcpy(text + size, piece, strlen(piece));
                size += strlen(piece);
            }
        }
        const size_t most = rng_bits32(&r) % 1200;
        char *const once = result_clean(text, size, most);
        expect_harmless(once, most);
        char *const twice = result_clean(once, strlen(once), most);
        assert_string_equal(twice, once);
        free(once);
        free(twice);
    }
}

/* ---- Adding up ---- */

static void make_sample(result *r)
{
    assert_true(result_make(r, 2));
    strcpy(r->id, "alice");
    memset(r->sha256, 'a', 64);
    strcpy(r->version, "0.1.0");
    strcpy(r->commit, "0123abc");
    memset(r->secret, '7', 32);
    strcpy(r->started, "2026-01-31T12:00:00Z");
    r->tier = JAIL_NAMESPACES;
    r->scored = r->complete = true;
    r->seconds = 12.0625;
    r->remark = strdup("left out: a.txt\n");
    result_exercise *e = r->exercise;
    strcpy(e->lesson, "conv");
    strcpy(e->exercise, "forward");
    strcpy(e->file, "conv2d_student.c");
    e->title = strdup("Write it \u2014 \uc548\ub155");
    e->seed = UINT64_MAX - 1;
    e->seconds = 1.0 / 3;
    e->feedback = strdup("Look at \"padding\".\n\tIt is \\ wrong.");
    e->printed = strdup("hello\n");
    e->part_count = 3;
    e->part[0] = (result_part){ .name = "one channel", .state = RESULT_PASSED, .points = 4,
                                .max = 4, .passed = 30, .cases = 30 };
    e->part[1] = (result_part){ .name = "any shape", .state = RESULT_FAILED, .points = 3.73,
                                .max = 4, .passed = 56, .cases = 60,
                                .text = strdup("stride 2 is wrong") };
    e->part[2] = (result_part){ .name = "speed", .state = RESULT_FAILED, .points = 1, .max = 4,
                                .value = 1.62, .low = 0.1, .high = 1e-300, .text = strdup("") };
    e = &r->exercise[1];
    strcpy(e->lesson, "conv");
    strcpy(e->exercise, "predict");
    e->state = RESULT_MISSING;
    result_sum(r);
}

static void test_points_and_states_add_up(void **state)
{
    static const struct {
        result_state a, b, worst;
    } cases[] = {
        { RESULT_PASSED, RESULT_PASSED, RESULT_PASSED },
        { RESULT_PASSED, RESULT_FAILED, RESULT_FAILED },
        { RESULT_FAILED, RESULT_VOID, RESULT_VOID },
        { RESULT_MISSING, RESULT_VOID, RESULT_MISSING },
        { RESULT_WAITING, RESULT_MISSING, RESULT_WAITING },
        { RESULT_WAITING, RESULT_BROKEN, RESULT_BROKEN },
    };
    result r;

    (void)state;
    make_sample(&r);
    assert_true(r.points == 8.73 && r.max == 12);
    assert_true(r.exercise[0].points == 8.73 && r.exercise[0].state == RESULT_FAILED);
    assert_true(r.exercise[1].points == 0 && r.exercise[1].state == RESULT_MISSING);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int swap = 0; swap < 2; swap++) {
            r.exercise[0].part[0].state = swap ? cases[i].b : cases[i].a;
            r.exercise[0].part[1].state = swap ? cases[i].a : cases[i].b;
            r.exercise[0].part[2].state = RESULT_PASSED;
            result_sum(&r);
            assert_int_equal(r.exercise[0].state, cases[i].worst);
        }
    r.exercise[0].part[0].points = NAN;         /* never more than there is, never a NaN */
    r.exercise[0].part[1].points = 1e30;
    r.exercise[0].part[2].points = -5;
    result_sum(&r);
    assert_true(r.points == 4);
    r.exercise[0].part[0].points = INFINITY;
    r.exercise[0].part[1].points = 1.0 / 3;
    r.exercise[0].part[2].max = INFINITY;
    result_sum(&r);
    assert_true(r.points == 4.33 && r.max == 8 + RESULT_MAX_POINTS);
    r.exercise[0].part[1].points = 0.29;        /* 28.999999999999996 hundredths */
    result_sum(&r);
    assert_true(r.points == 4.29);
    result_free(&r);
    assert_null(r.exercise);
    result_free(&r);
}

static void test_states_have_names(void **state)
{
    (void)state;
    for (int s = 0; s < RESULT_STATES; s++)
        assert_int_equal(result_state_named(result_state_name((result_state)s)), s);
    assert_int_equal(result_state_named("good"), RESULT_STATES);
    assert_string_equal(result_state_name(RESULT_STATES), "?");
}

/* ---- Writing and reading ---- */

static void expect_text(const char *a, const char *b)
{
    assert_int_equal(a == NULL, b == NULL);
    if (a)
        assert_string_equal(a, b);
}

static void expect_same(const result *a, const result *b)
{
    assert_int_equal(a->count, b->count);
    assert_string_equal(a->id, b->id);
    assert_string_equal(a->sha256, b->sha256);
    assert_string_equal(a->version, b->version);
    assert_string_equal(a->commit, b->commit);
    assert_string_equal(a->secret, b->secret);
    assert_string_equal(a->started, b->started);
    assert_true(a->tier == b->tier && a->scored == b->scored && a->complete == b->complete);
    assert_true(a->seconds == b->seconds && a->points == b->points && a->max == b->max);
    expect_text(a->remark, b->remark);
    for (int i = 0; i < a->count; i++) {
        const result_exercise *const e = &a->exercise[i], *const f = &b->exercise[i];
        assert_string_equal(e->lesson, f->lesson);
        assert_string_equal(e->exercise, f->exercise);
        assert_string_equal(e->file, f->file);
        expect_text(e->title, f->title);
        expect_text(e->feedback, f->feedback);
        expect_text(e->printed, f->printed);
        assert_true(e->state == f->state && e->points == f->points && e->max == f->max);
        assert_true(e->seed == f->seed && e->seconds == f->seconds);
        assert_int_equal(e->part_count, f->part_count);
        for (int k = 0; k < e->part_count; k++) {
            const result_part *const p = &e->part[k], *const q = &f->part[k];
            assert_string_equal(p->name, q->name);
            expect_text(p->text, q->text);
            assert_true(p->state == q->state && p->points == q->points && p->max == q->max);
            assert_true(p->passed == q->passed && p->cases == q->cases);
            assert_true(p->value == q->value && p->low == q->low && p->high == q->high);
        }
    }
}

static void expect_round_trip(const result *r)
{
    const char *const path = scratch_path("result.json");
    file_error error = { "" };
    result back;

    assert_int_equal(result_write(r, path, &error), STATUS_OK);
    if (result_read(&back, path, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    expect_same(r, &back);
    json_t *const json = json_load_file(path, 0, NULL);
    json_schema_expect("tests/schemas/grade_result.schema.json", json);
    json_decref(json);
    result_free(&back);
}

static void test_round_trip_is_exact(void **state)
{
    result r;

    (void)state;
    make_sample(&r);
    expect_round_trip(&r);
    r.scored = r.complete = false;
    r.tier = JAIL_NONE;
    *r.secret = *r.sha256 = *r.commit = '\0';
    expect_round_trip(&r);
    result_free(&r);
    assert_true(result_make(&r, 0));
    strcpy(r.id, "x");
    expect_round_trip(&r);
    result_free(&r);
    assert_true(result_make(&r, RESULT_MAX_EXERCISES));
    strcpy(r.id, "x");
    for (int i = 0; i < r.count; i++)
        r.exercise[i].part_count = RESULT_MAX_PARTS;
    result_sum(&r);
    assert_int_equal(r.exercise[0].state, RESULT_WAITING);
    expect_round_trip(&r);
    result_free(&r);
}

/* Nothing that gets into a result keeps it from being written and read again. */
static void test_anything_can_be_written(void **state)
{
    const char *const path = scratch_path("result.json");
    char *const flood = malloc(1 << 20);
    file_error error;
    result r, back;

    (void)state;
    make_sample(&r);
    assert_non_null(flood);
    memset(flood, 0x9b, (1 << 20) - 1);
    flood[(1 << 20) - 1] = '\0';
    free(r.exercise[0].printed);
    r.exercise[0].printed = flood;
    memset(r.exercise[0].lesson, 0xff, RESULT_NAME_BYTES);      /* not even a NUL */
    strcpy(r.exercise[0].file, "a\nb\tc\033[1m");
    r.exercise[0].seconds = NAN;
    r.exercise[0].part[0].value = INFINITY;
    r.exercise[0].part[0].low = -INFINITY;
    r.exercise[0].part[0].cases = -4;
    r.exercise[0].part[1].passed = 1000;
    r.seconds = -1;
    assert_int_equal(result_write(&r, path, &error), STATUS_OK);
    if (result_read(&back, path, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    assert_string_equal(back.exercise[0].file, "a b c");
    assert_true(strlen(back.exercise[0].printed) <= RESULT_TEXT_BYTES);
    assert_int_equal(back.exercise[0].part[1].passed, 60);
    assert_true(back.seconds == 0 && back.points == 8.73);
    result_free(&back);
    result_free(&r);
}

/* Writes the sample with the entry at "exercises/0/points" changed to what that JSON says, or taken
 * out for NULL: the reader is to refuse it and to tell that. */
static void expect_refused(const char *where, const char *value, const char *told)
{
    const char *const path = scratch_path("wrong.json");
    file_error error = { "" };
    char step[64];
    result r;

    make_sample(&r);
    assert_int_equal(result_write(&r, path, &error), STATUS_OK);
    result_free(&r);
    json_t *const json = json_load_file(path, 0, NULL), *at = json;
    while (strchr(where, '/')) {
        snprintf(step, sizeof step, "%.*s", (int)strcspn(where, "/"), where);
        at = json_is_array(at) ? json_array_get(at, (size_t)atoi(step)) : json_object_get(at, step);
        where += strlen(step) + 1;
    }
    if (!value)
        json_object_del(at, where);
    else if (json_is_array(at))
        json_array_set_new(at, (size_t)atoi(where), json_loads(value, JSON_DECODE_ANY, NULL));
    else
        json_object_set_new(at, where, json_loads(value, JSON_DECODE_ANY, NULL));
    assert_int_equal(json_dump_file(json, path, 0), 0);
    json_decref(json);
    memset(&r, 0xff, sizeof r);
    if (result_read(&r, path, &error) != STATUS_VALUE)
        fail_msg("%s = %s was accepted", where, value ? value : "nothing");
    assert_null(r.exercise);
    if (!strstr(error.text, told) || !strstr(error.text, "wrong.json"))
        fail_msg("expected \"%s\" in \"%s\"", told, error.text);
}

static const struct {
    const char *where, *value, *told;
} wrong_entries[] = {
    { "format", "\"convlab/grade/v2\"",
      "format: expected \"convlab/grade/v1\", found \"convlab/grade/v2\"" },
    { "format", NULL, "found nothing" }, { "format", "1", "format" },
    { "extra", "1", "extra: expected no such entry, found 1" },
    { "id", "\"\"", "id: expected a name" }, { "id", NULL, "id: expected a text" },
    { "id", "7", "id" },
    { "version", "\"0123456789012345678901234567890123\"",
      "version: expected a text of at most 31" },
    { "commit", "[]", "commit" }, { "started", "null", "started" },
    { "sha256", "\"abc\"", "sha256: expected 64 hexadecimal digits, found \"abc\"" },
    { "sha256", "{}", "sha256" },
    { "secret", "\"7777777777777777777777777777777x\"",
      "secret: expected 32 hexadecimal digits" },
    { "tier", "\"chroot\"", "tier: expected none, landlock or namespaces, found \"chroot\"" },
    { "tier", "2", "tier" }, { "scored", "1", "scored: expected true or false, found 1" },
    { "complete", NULL, "complete" }, { "seconds", "-1", "seconds: expected a number from 0" },
    { "seconds", "\"1\"", "seconds" }, { "remark", "3", "remark: expected a text" },
    { "points", "9", "points: expected the sum of the exercises, found 9" },
    { "points", "13", "points: expected a number from 0 to 12, found 13" },
    { "max", "13", "max: expected the sum of the exercises" }, { "max", NULL, "max" },
    { "exercises", "{}", "exercises: expected a list of at most 256" },
    { "exercises", NULL, "exercises" },
    { "exercises/1", "3", "exercises[1].: expected an object" },
    { "exercises/1/parts", "3", "exercises[1].parts: expected a list" },
    { "exercises/1/extra", "{}", "exercises[1].extra" },
    { "exercises/0/lesson", NULL, "exercises[0].lesson" },
    { "exercises/0/exercise", "1", "exercises[0].exercise" },
    { "exercises/0/file", "1", "exercises[0].file" },
    { "exercises/0/title", "1", "exercises[0].title" },
    { "exercises/0/state", "\"good\"", "exercises[0].state" },
    { "exercises/0/state", "\"passed\"",
      "exercises[0].state: expected failed, found \"passed\"" },
    { "exercises/0/state", "1", "exercises[0].state" },
    { "exercises/0/points", "8",
      "exercises[0].points: expected the sum of its parts, found 8" },
    { "exercises/0/points", "80", "exercises[0].points: expected a number from 0 to 12" },
    { "exercises/0/max", "14", "exercises[0].max: expected the sum of its parts" },
    { "exercises/0/max", "-1", "exercises[0].max" },
    { "exercises/0/seed", "7", "exercises[0].seed" },
    { "exercises/0/seed", "\"\"", "exercises[0].seed: expected 16 hexadecimal digits" },
    { "exercises/0/seconds", "1e99", "exercises[0].seconds" },
    { "exercises/0/feedback", "1", "feedback" },
    { "exercises/0/printed", "1", "exercises[0].printed" },
    { "exercises/0/parts/2", "\"x\"",
      "exercises[0].parts[2].: expected an object, found \"x\"" },
    { "exercises/0/parts/1/name", NULL, "exercises[0].parts[1].name" },
    { "exercises/0/parts/1/state", NULL, "exercises[0].parts[1].state" },
    { "exercises/0/parts/1/points", "5",
      "exercises[0].parts[1].points: expected a number from 0 to 4" },
    { "exercises/0/parts/1/max", "1e7", "exercises[0].parts[1].max" },
    { "exercises/0/parts/1/cases", "1.5",
      "exercises[0].parts[1].cases: expected a whole number" },
    { "exercises/0/parts/1/cases", "9999999999", "exercises[0].parts[1].cases" },
    { "exercises/0/parts/1/passed", "-1", "exercises[0].parts[1].passed" },
    { "exercises/0/parts/1/passed", "61",
      "passed: expected at most as many as there are cases" },
    { "exercises/0/parts/1/value", "null", "exercises[0].parts[1].value" },
    { "exercises/0/parts/1/low", NULL, "exercises[0].parts[1].low" },
    { "exercises/0/parts/1/high", "\"\"", "exercises[0].parts[1].high" },
    { "exercises/0/parts/1/text", "1", "exercises[0].parts[1].text" },
    { "exercises/0/parts/1/extra", "1", "exercises[0].parts[1].extra" },
};

static void test_wrong_entries_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong_entries / sizeof wrong_entries[0]; i++)
        expect_refused(wrong_entries[i].where, wrong_entries[i].value, wrong_entries[i].told);

    json_t *const many = json_array();
    for (int i = 0; i < RESULT_MAX_EXERCISES + 1; i++)
        json_array_append_new(many, json_object());
    char *const text = json_dumps(many, 0);
    expect_refused("exercises", text, "at most 256");
    expect_refused("exercises/0/parts", text, "at most 12");
    free(text);
    json_decref(many);
    char *const flood = malloc(10000);
    assert_non_null(flood);
    memset(flood, 'x', 9999);
    flood[0] = flood[9998] = '"';
    flood[9999] = '\0';
    expect_refused("exercises/0/printed", flood, "exercises[0].printed: expected a text of");
    expect_refused("remark", flood, "remark");
    free(flood);
}

static void test_what_is_no_json_is_refused(void **state)
{
    static const struct {
        const char *bytes, *told;
    } wrong[] = {
        { "", "x:1: expected a result" }, { "{", "x:1" }, { "{}\nmore", "x:2" }, { "[]", "format" },
        { "3", "x:1" }, { "{\"format\":\"convlab/grade/v1\",\"format\":\"\"}", "duplicate" },
        { "{\"format\":\"\xff\"}", "decode" }, { "{\"format\":\"\\u0000\"}", "x:1" },
        { "{\"format\":\"convlab/grade/v1\",\"id\":1e999}", "x:1" },
    };
    file_error error;
    result r;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(result_parse(&r, wrong[i].bytes, strlen(wrong[i].bytes), "x", &error),
                         STATUS_VALUE);
        if (!strstr(error.text, wrong[i].told))
            fail_msg("expected \"%s\" in \"%s\"", wrong[i].told, error.text);
    }
    assert_int_equal(result_read(&r, scratch_path("absent.json"), &error), STATUS_IO);
    assert_non_null(strstr(error.text, "absent.json"));
    assert_int_equal(result_read(&r, scratch_path(""), &error), STATUS_IO);
    assert_null(r.exercise);
}

/* Every beginning of a good file is refused: a torn one can never be taken for a result. */
static void test_torn_files_are_refused(void **state)
{
    const char *const path = scratch_path("result.json");
    file_error error;
    uint8_t *bytes;
    size_t size;
    result r;

    (void)state;
    make_sample(&r);
    assert_int_equal(result_write(&r, path, &error), STATUS_OK);
    result_free(&r);
    assert_int_equal(file_read_whole(path, 1 << 20, &bytes, &size, &error), STATUS_OK);
    for (size_t length = 0; length < size; length++) {
        assert_int_equal(result_parse(&r, bytes, length, "x", &error), STATUS_VALUE);
        assert_null(r.exercise);
    }
    assert_int_equal(result_parse(&r, bytes, size, "x", &error), STATUS_OK);
    result_free(&r);
    free(bytes);
}

/* ---- Memory ---- */

static int allocations_left;

static void *failing_malloc(size_t size)
{
    return allocations_left-- > 0 ? malloc(size) : NULL;
}

/* Every allocation of the JSON library fails once: the old file stays, and nothing leaks. */
static void test_no_memory_is_told(void **state)
{
    const char *const path = scratch_path("memory.json");
    file_error error = { "" };
    uint8_t *bytes;
    size_t size;
    result r, back;
    status s = STATUS_MEMORY;

    (void)state;
    make_sample(&r);
    assert_int_equal(result_write(&r, path, &error), STATUS_OK);
    assert_int_equal(file_read_whole(path, 1 << 20, &bytes, &size, &error), STATUS_OK);
    json_set_alloc_funcs(failing_malloc, free);
    for (int n = 0; s != STATUS_OK; n++) {
        allocations_left = n;
        s = result_parse(&back, bytes, size, "x", &error);
        assert_true(s == STATUS_OK || (!back.exercise && strncmp(error.text, "x:", 2) == 0));
    }
    expect_same(&r, &back);
    result_free(&back);
    s = STATUS_MEMORY;
    for (int n = 0; s != STATUS_OK; n++) {
        allocations_left = n;
        s = result_write(&r, path, &error);
        allocations_left = INT_MAX;
        assert_true(s == STATUS_OK || s == STATUS_MEMORY);
        assert_int_equal(result_read(&back, path, &error), STATUS_OK);
        expect_same(&r, &back);
        result_free(&back);
    }
    for (int n = 0; n < 30; n++) {              /* the message about a wrong entry needs some */
        allocations_left = n;
        s = result_parse(&back, "{\"format\":[\"x\"]}", 16, "x", &error);
        assert_int_not_equal(s, STATUS_OK);
        assert_true(error.text[0]);
    }
    json_set_alloc_funcs(malloc, free);
    free(bytes);
    result_free(&r);
}

/* ---- Files ---- */

static void expect_content(const char *path, const char *want)
{
    file_error error;
    uint8_t *bytes;
    size_t size;

    assert_int_equal(file_read_whole(path, 1 << 20, &bytes, &size, &error), STATUS_OK);
    assert_int_equal(size, strlen(want));
    assert_memory_equal(bytes, want, size);
    free(bytes);
}

static void test_a_failed_write_leaves_the_old_file(void **state)
{
    char path[200];
    struct rlimit old, small;
    file_error error = { "" };
    result r;

    (void)state;
    mkdir(scratch_path("limit"), 0700);
    strcpy(path, scratch_path("limit/result.json"));
    assert_int_equal(result_write_file(path, "old", 3, &error), STATUS_OK);
    make_sample(&r);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){ 100, old.rlim_max };
    setrlimit(RLIMIT_FSIZE, &small);
    const status s = result_write(&r, path, &error);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(s, STATUS_IO);
    assert_non_null(strstr(error.text, "limit/result.json: cannot write: File too large"));
    expect_content(path, "old");
    assert_int_equal(scratch_entries(scratch_path("limit")), 1);
    assert_int_equal(result_write(&r, scratch_path("no/such/result.json"), &error), STATUS_IO);
    assert_non_null(strstr(error.text, "No such file"));
    assert_int_equal(result_write(&r, scratch_path("limit"), &error), STATUS_IO);
    result_free(&r);
}

static void test_a_full_disk_leaves_the_old_file(void **state)
{
    static char flood[1 << 17];
    char folder[200], path[220];
    file_error error = { "" };

    (void)state;
    mkdir(scratch_path("full"), 0700);
    strcpy(folder, scratch_path("full"));
    snprintf(path, sizeof path, "%s/result.json", folder);
    if (mount("tmpfs", folder, "tmpfs", 0, "size=64k") != 0) {
        print_message("only root can mount a small file system\n");
        skip();
    }
    memset(flood, 'x', sizeof flood);
    const status first = result_write_file(path, "old", 3, &error);
    const status second = result_write_file(path, flood, sizeof flood, &error);
    const int entries = scratch_entries(folder);
    if (first == STATUS_OK)
        expect_content(path, "old");
    umount(folder);
    assert_int_equal(first, STATUS_OK);
    assert_int_equal(second, STATUS_IO);
    assert_int_equal(entries, 1);
    assert_non_null(strstr(error.text, "No space left"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_harmless_text_stays),
        cmocka_unit_test(test_dangerous_characters_go),
        cmocka_unit_test(test_long_lines_are_cut),
        cmocka_unit_test(test_long_texts_are_cut),
        cmocka_unit_test(test_random_bytes_become_harmless),
        cmocka_unit_test(test_points_and_states_add_up),
        cmocka_unit_test(test_states_have_names),
        cmocka_unit_test(test_round_trip_is_exact),
        cmocka_unit_test(test_anything_can_be_written),
        cmocka_unit_test(test_wrong_entries_are_named),
        cmocka_unit_test(test_what_is_no_json_is_refused),
        cmocka_unit_test(test_torn_files_are_refused),
        cmocka_unit_test(test_no_memory_is_told),
        cmocka_unit_test(test_a_failed_write_leaves_the_old_file),
        cmocka_unit_test(test_a_full_disk_leaves_the_old_file),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
