/* test_grade_outputs.c: every output format against its rules, also with the worst that a student
 * can print; the gradebook over many results.
 *
 * The files in tests/golden/grade/ are what make_sample() looks like. After a change that is meant,
 * CONVLAB_GOLDEN=write writes them anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <jansson.h>

#include "data/whole_file.h"
#include "grade/output_parts.h"
#include "grade/outputs.h"
#include "grade/utf8.h"
#include "tests/support/json_schema.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"

/* ---- Samples ---- */

static void name_exercise(result_exercise *e, const char *in, const char *name, const char *file)
{
    snprintf(e->lesson, sizeof e->lesson, "%s", in);
    snprintf(e->exercise, sizeof e->exercise, "%s", name);
    snprintf(e->file, sizeof e->file, "%s", file);
}

static void make_head(result *r, const char *id, int count)
{
    assert_true(result_make(r, count));
    snprintf(r->id, sizeof r->id, "%s", id);
    memset(r->sha256, 'a', 64);
    strcpy(r->version, "0.1.0");
    strcpy(r->commit, "0123abc");
    strcpy(r->secret, "00112233445566778899aabbccddeeff");
    strcpy(r->started, "2026-01-31T12:00:00Z");
    r->tier = JAIL_NAMESPACES;
    r->scored = r->complete = true;
    r->seconds = 12.5;
}

static void make_sample(result *r)
{
    make_head(r, "alice", 4);
    r->remark = strdup("notes.txt: no exercise asks for it\n");
    result_exercise *e = r->exercise;
    name_exercise(e, "conv", "forward", "conv2d_student.c");
    e->title = strdup("Write the convolution");
    e->seed = 0x0123456789abcdef;
    e->seconds = 9.25;
    e->feedback = strdup("The first wrong element is y[0,0,1,1]: expected 3, found 4.\n\n"
                         "  replay: convlab check conv2d/student --seed 7 --shape "
                         "n=1,c=1,h=3,w=3,kernel_h=3,kernel_w=3,stride_h=2,stride_w=2,pad_h=1\n");
    e->printed = strdup("hello <b>world</b> & \"all\"\nPoints    99 of 99\n");
    e->part_count = 4;
    e->part[0] = (result_part){ .name = "one channel", .state = RESULT_PASSED, .points = 4,
                                .max = 4, .passed = 30, .cases = 30 };
    e->part[1] = (result_part){ .name = "any shape", .state = RESULT_FAILED, .points = 3.73,
                                .max = 4, .passed = 56, .cases = 60,
                                .text = strdup("stride 2 is wrong in 4 of 60 cases") };
    e->part[2] = (result_part){ .name = "memory", .state = RESULT_PASSED, .points = 2, .max = 2,
                                .passed = 10, .cases = 10 };
    e->part[3] = (result_part){ .name = "speed", .state = RESULT_VOID, .max = 4, .value = 812.5,
                                .low = 800, .high = 820,
                                .text = strdup("above what this machine can do") };
    e = &r->exercise[1];
    name_exercise(e, "conv", "predict", "answers.txt");
    e->title = strdup("\ucd9c\ub825\uc758 \ud06c\uae30");
    e->part_count = 1;
    e->part[0] = (result_part){ .name = "answers", .state = RESULT_PASSED, .points = 4, .max = 4,
                                .passed = 4, .cases = 4 };
    e = &r->exercise[2];
    name_exercise(e, "pool", "forward", "pool2d_student.c");
    e->part_count = 1;
    e->part[0] = (result_part){ .name = "all", .state = RESULT_MISSING, .max = 10, .cases = 20,
                                .text = strdup("no file pool/pool2d_student.c was handed in") };
    e = &r->exercise[3];
    name_exercise(e, "pool", "faster", "pool2d_fast.c");
    e->part_count = 2;
    e->part[0] = (result_part){ .name = "all", .state = RESULT_BROKEN, .max = 7,
                                .text = strdup("the worker could not be started") };
    e->part[1] = (result_part){ .name = "speed", .state = RESULT_WAITING, .max = 3 };
    result_sum(r);
}

static char *make_text(const char *format, const result *r)
{
    size_t size = 0;
    char *const text = output_find(format)->make(r, &size);

    assert_non_null(text);
    assert_int_equal(strlen(text), size);
    return text;
}

static json_t *make_json(const char *format, const result *r)
{
    char *const text = make_text(format, r);
    json_error_t wrong;
    json_t *const json = json_loads(text, JSON_REJECT_DUPLICATES, &wrong);

    if (!json)
        fail_msg("%s: line %d: %s", format, wrong.line, wrong.text);
    free(text);
    return json;
}

static double number_at(const json_t *o, const char *key)
{
    assert_true(json_is_number(json_object_get(o, key)));
    return json_number_value(json_object_get(o, key));
}

static const char *text_at(const json_t *o, const char *key)
{
    assert_true(json_is_string(json_object_get(o, key)));
    return json_string_value(json_object_get(o, key));
}

/* ---- What every output keeps to ---- */

/* Independent of result_clean(): which characters no reader is to be given. */
static void expect_harmless(const char *text, const char *line_end)
{
    for (size_t at = 0, left = strlen(text), length; left > 0; at += length, left -= length) {
        uint32_t c;
        length = utf8_read((const unsigned char *)text + at, left, &c);
        assert_true(length > 0);
        assert_true(c >= 0x20 || c == '\t' || strchr(line_end, (int)c));
        assert_false((c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
                     (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
                     (c & 0xfffe) == 0xfffe || (c >= 0xd800 && c < 0xe000));
    }
}

/* The same for every text in a JSON value, where \u001b would not show in the file. */
static void expect_harmless_json(const json_t *value)
{
    const char *key;
    json_t *inner;

    if (json_is_string(value))
        expect_harmless(json_string_value(value), "\n");
    json_object_foreach((json_t *)(uintptr_t)value, key, inner) {
        expect_harmless(key, "");
        expect_harmless_json(inner);
    }
    for (size_t i = 0; i < json_array_size(value); i++)
        expect_harmless_json(json_array_get(value, i));
}

/* ---- Each format's rules ---- */

static void expect_gradescope(const result *r)
{
    json_t *const json = make_json("gradescope", r), *const tests = json_object_get(json, "tests");
    double sum = 0;

    json_schema_expect("tests/schemas/gradescope.schema.json", json);
    for (size_t i = 0; i < json_array_size(tests); i++) {
        const json_t *const t = json_array_get(tests, i);
        sum += number_at(t, "score");
        assert_true(number_at(t, "score") <= number_at(t, "max_score"));
        if (!r->scored)
            assert_string_equal(text_at(t, "status"), "failed");
    }
    assert_true(sum > number_at(json, "score") - 1e-6 && sum < number_at(json, "score") + 1e-6);
    assert_true(number_at(json, "score") == (r->scored ? r->points : 0));
    expect_harmless_json(json);
    json_decref(json);
}

static void expect_prairielearn(const result *r)
{
    json_t *const json = make_json("prairielearn", r);
    const json_t *const tests = json_object_get(json, "tests");
    const bool counts = output_stamp(r) == NULL;
    double sum = 0, max = 0;

    json_schema_expect("tests/schemas/prairielearn.schema.json", json);
    for (size_t i = 0; i < json_array_size(tests); i++) {
        const json_t *const t = json_array_get(tests, i);
        sum += number_at(t, "points");
        max += number_at(t, "max_points");
        assert_true(number_at(t, "points") <= number_at(t, "max_points"));
    }
    assert_int_equal(json_is_true(json_object_get(json, "gradable")), counts);
    assert_int_equal(json_object_get(json, "format_errors") == NULL, counts);
    const double want = counts && max > 0 ? sum / max : 0;
    assert_true(number_at(json, "score") > want - 1e-9 && number_at(json, "score") < want + 1e-9);
    expect_harmless_json(json);
    json_decref(json);
}

static void expect_classroom50(const result *r)
{
    json_t *const json = make_json("classroom50", r), *const tests = json_object_get(json, "tests");
    json_int_t sum = 0, max = 0;

    json_schema_expect("tests/schemas/classroom50.schema.json", json);
    for (size_t i = 0; i < json_array_size(tests); i++) {
        const json_t *const t = json_array_get(tests, i);
        sum += json_integer_value(json_object_get(t, "score"));
        max += json_integer_value(json_object_get(t, "max-score"));
        assert_true(number_at(t, "score") <= number_at(t, "max-score"));
        if (!r->scored)
            assert_true(json_is_false(json_object_get(t, "passed")));
    }
    assert_int_equal(json_integer_value(json_object_get(json, "score")), sum);
    assert_int_equal(json_integer_value(json_object_get(json, "max-score")), max);
    expect_harmless_json(json);
    json_decref(json);
}

/* Reads a CSV file as RFC 4180 has it; every row has as many cells as the first, and none would be
 * run by a spreadsheet. Returns the rows. */
static int expect_csv(const char *text)
{
    int rows = 0, cells = 0, first = 0;

    expect_harmless(text, "\r\n");
    while (*text) {
        const bool quoted = *text == '"';
        const char *const cell = text += quoted;
        assert_null(*cell ? strchr("=+-@\t", *cell) : NULL);
        while (quoted ? *text != '"' || text[1] == '"' : !strchr(",\r", *text)) {
            assert_true(*text && *text != '\n' && (quoted || *text != '"'));
            text += quoted && *text == '"' ? 2 : 1;
        }
        text += quoted;
        cells++;
        if (*text == ',') {
            text++;
            continue;
        }
        assert_memory_equal(text, "\r\n", 2);
        text += 2;
        if (rows++ == 0)
            first = cells;
        assert_int_equal(cells, first);
        cells = 0;
    }
    assert_int_equal(cells, 0);
    return rows;
}

/* Lines that fit, and nothing of a student's at the left margin but what we put there. */
static void expect_text(const result *r)
{
    char *const text = make_text("text", r);

    expect_harmless(text, "\n");
    for (char *line = text; *line; line += strcspn(line, "\n") + 1) {
        int columns = 0;
        uint32_t c;
        const char *const end = line + strcspn(line, "\n");
        for (const char *at = line; at < end; columns += output_width(c))
            at += utf8_read((const unsigned char *)at, (size_t)(end - at), &c);
        if (strncmp(line, "   ", 3) == 0 || strncmp(line, "  |", 3) == 0)
            assert_true(columns <= 92);
    }
    free(text);
}

static void expect_rules(const result *r)
{
    expect_text(r);
    expect_gradescope(r);
    expect_prairielearn(r);
    expect_classroom50(r);
    char *const csv = make_text("csv", r);
    assert_int_equal(expect_csv(csv), r->count + 1);
    free(csv);
    char *const xml = make_text("junit", r);
    expect_harmless(xml, "\n");
    free(xml);
}

static void test_formats_keep_their_rules(void **state)
{
    result r;

    (void)state;
    make_sample(&r);
    expect_rules(&r);
    r.scored = false;
    expect_rules(&r);
    r.scored = true;
    r.complete = false;
    r.exercise[3].part[0].state = RESULT_PASSED;
    result_sum(&r);
    expect_rules(&r);
    result_free(&r);
    make_head(&r, "empty", 0);          /* nothing asked for, nothing known */
    *r.sha256 = *r.started = *r.secret = '\0';
    expect_rules(&r);
    result_free(&r);
}

/* ---- Golden files ---- */

static void expect_golden(const char *name, const char *text)
{
    char path[200];
    file_error error;
    uint8_t *bytes;
    size_t size;

    snprintf(path, sizeof path, "tests/golden/grade/%s", name);
    if (getenv("CONVLAB_GOLDEN") && strcmp(getenv("CONVLAB_GOLDEN"), "write") == 0)
        assert_int_equal(result_write_file(path, text, strlen(text), &error), STATUS_OK);
    if (file_read_whole(path, 1 << 20, &bytes, &size, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    if (size != strlen(text) || memcmp(bytes, text, size) != 0)
        fail_msg("%s: expected what the file says, found:\n%s", path, text);
    free(bytes);
}

static void test_golden_files(void **state)
{
    char name[100];
    result r;

    (void)state;
    make_sample(&r);
    for (const output_format *f = output_formats; f->name; f++) {
        char *const text = make_text(f->name, &r);
        assert_null(strstr(text, r.secret));    /* it would tell the seeds of the others */
        expect_golden(f->file, text);
        free(text);
    }
    r.scored = false;
    char *text = make_text("text", &r);
    snprintf(name, sizeof name, "unscored-%s", output_find("text")->file);
    expect_golden(name, text);
    free(text);
    result_free(&r);
}

/* ---- What a student can influence ---- */

static const char *const attacks[] = {
    "", " ", "\n", "\033[2J\033[31mPASS\033[0m", "\033]0;title\a\033]52;c;cHduZWQ=\033\\", "\033",
    "\302\233",
    "<script>alert(document.cookie)</script>", "</pre><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "]]>", "]]&gt;", "<![CDATA[x]]>", "&lt;&#0;&#x1b;&xxe;",
    "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>&a;",
    "</failure></testcase><testcase classname=\"conv\" name=\"all\" time=\"0\"/>", "\"/><x y='",
    "<?xml version=\"1.1\"?>",
    "\xff\xfe\x00", "\xc0\x80", "\xed\xa0\x80\xed\xb0\x80", "\xf4\x90\x80\x80", "\ufffe\uffff",
    "\U0010ffff",
    "\x01\x02\x08\x0b\x0c\x0e\x1f\x7f", "\u202etxt.exe", "\u2066x\u2069", "\u200b\ufeff", "\r",
    "\r\n", "a\rb", "\u2028",
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =cmd|'/c calc'!A0", "\uff1d1+1",
    "=HYPERLINK(\"http://x\",\"y\")",
    "a,b", "a\"b", "\"", "\"\"", "a;=1", "'", "a\nb", "{\"score\": 100}",
    "\"}], \"score\": 100, \"x\": [{\"",
    "\\", "\\\"", "\\u0000", "%s%n%n%n", "../../etc/passwd", "$(reboot)", "`id`",
    "\xf0\x9f\x98\x80",
    "***  Points    99 of 99  ***", "\uc548\ub155\ud558\uc138\uc694", "\ud55c\t\uae00",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
};

enum { ATTACKS = sizeof attacks / sizeof attacks[0] };

static void attack_text(char **to, const char *text)
{
    free(*to);
    *to = strdup(text);
    assert_non_null(*to);
}

/* A result with the text wherever a student or a careless author might get one. */
static void make_attacked(result *r, const char *text)
{
    make_sample(r);
    attack_text(&r->remark, text);
    for (int i = 0; i < r->count; i++) {
        result_exercise *const e = &r->exercise[i];
        attack_text(&e->title, text);
        attack_text(&e->feedback, text);
        attack_text(&e->printed, text);
        snprintf(e->file, sizeof e->file, "%s", text);
        for (int k = 0; k < e->part_count; k++) {
            attack_text(&e->part[k].text, text);
            snprintf(e->part[k].name, sizeof e->part[k].name, "%s", text);
        }
    }
    snprintf(r->id, sizeof r->id, "%s", *text ? text : "x");
    if (*text && *text != '\n' && *text != '\r')
        snprintf(r->exercise[3].lesson, sizeof r->exercise[3].lesson, "x%s", text);
}

static void test_attacks_stay_text(void **state)
{
    result r;

    (void)state;
    for (int i = 0; i < ATTACKS; i++) {
        make_attacked(&r, attacks[i]);
        expect_rules(&r);
        result_free(&r);
    }
}

/* What looks like a heading of ours stands behind a bar. */
static void test_printed_lines_cannot_pass_for_ours(void **state)
{
    result r;

    (void)state;
    make_sample(&r);
    char *const text = make_text("text", &r);
    assert_non_null(strstr(text, "\n  | Points    99 of 99\n"));
    assert_null(strstr(text, "\nPoints    99 of 99\n"));
    free(text);
    json_t *const json = make_json("gradescope", &r);
    assert_non_null(strstr(text_at(json_array_get(json_object_get(json, "tests"), 1), "output"),
                           "\n| Points    99 of 99\n"));
    json_decref(json);
    result_free(&r);
}

static void test_floods_are_capped(void **state)
{
    enum { SIZE = 10 << 20 };
    static const char *const units[] = { "x", "\"\n", "<", "\x01", "\xff\n", "\033[1m", "&\n" };
    char *const flood = malloc(SIZE + 8);

    (void)state;
    assert_non_null(flood);
    for (size_t u = 0; u < sizeof units / sizeof units[0]; u++) {
        const size_t length = strlen(units[u]);
        result r;
        size_t size = 0;
        for (; size < (size_t)(u == 0 ? SIZE : SIZE / 16); size += length)
            memcpy(flood + size, units[u], length);
        flood[size] = '\0';
        make_sample(&r);
        attack_text(u % 2 ? &r.remark : &r.exercise[0].feedback, flood);
        attack_text(u % 2 ? &r.exercise[0].printed : &r.exercise[0].part[1].text, flood);
        if (u < 2)
            expect_rules(&r);
        for (const output_format *f = output_formats; f->name; f++) {
            char *const text = make_text(f->name, &r);
            assert_true(strlen(text) < 400000);
            free(text);
        }
        result_free(&r);
    }
    free(flood);
}

/* As many exercises and parts, with names as long as can be. */
static void make_large(result *r, int exercises, int parts, const char *text)
{
    char name[RESULT_NAME_BYTES];

    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    make_head(r, "large", exercises);
    for (int i = 0; i < r->count; i++) {
        result_exercise *const e = &r->exercise[i];
        name_exercise(e, name, name, name);
        attack_text(&e->title, text);
        attack_text(&e->printed, text);
        e->part_count = parts;
        for (int k = 0; k < e->part_count; k++) {
            e->part[k] = (result_part){ .state = RESULT_FAILED, .points = 0.5, .max = 1,
                                        .text = strdup(text) };
            strcpy(e->part[k].name, name);
        }
    }
    result_sum(r);
}

/* PrairieLearn refuses more than 1 MB: then texts are shortened until it fits, and points stay. */
static void test_large_results_fit(void **state)
{
    char text[RESULT_TEXT_BYTES];
    result r;

    (void)state;
    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = i % 80 == 79 ? '\n' : '"';
    text[sizeof text - 1] = '\0';
    for (int texts = 0; texts < 2; texts++) {
        make_large(&r, texts ? 80 : RESULT_MAX_EXERCISES, texts ? 3 : RESULT_MAX_PARTS,
                   texts ? text : "long enough to be more than one megabyte in all");
        expect_rules(&r);
        char *const json = make_text("prairielearn", &r);
        assert_in_range(strlen(json), 200000, 1000000);
        free(json);
        result_free(&r);
    }
}

/* ---- XML ---- */

static int have(const char *program)
{
    process_result p = process_run(NULL, (const char *const[]){ program, "--version", NULL });
    const int found = p.code == 0;
    process_free(&p);
    return found;
}

/* Writes the JUnit XML of the sample, of it unscored, and of every attack; returns how many. */
static int write_xml(const char **paths)
{
    file_error error;
    char name[40];
    result r;

    for (int i = 0; i < ATTACKS + 2; i++) {
        if (i < ATTACKS)
            make_attacked(&r, attacks[i]);
        else
            make_sample(&r);
        r.scored = i != ATTACKS;
        snprintf(name, sizeof name, "%d.xml", i);
        paths[i] = strdup(scratch_path(name));
        char *const xml = make_text("junit", &r);
        assert_int_equal(result_write_file(paths[i], xml, strlen(xml), &error), STATUS_OK);
        free(xml);
        result_free(&r);
    }
    return ATTACKS + 2;
}

static void test_xml_obeys_its_schema(void **state)
{
    static const char well_formed[] = "import sys, xml.etree.ElementTree as e\n"
                                      "for f in sys.argv[1:]:\n"
                                      "    assert e.parse(f).getroot().tag == 'testsuites', f\n";
    const char *command[ATTACKS + 8] = { "xmllint", "--noout", "--schema",
                                         "tests/schemas/junit.xsd" };
    int at = 4;

    (void)state;
    if (!have("xmllint")) {
        if (!have("python3")) {
            print_message("neither xmllint (libxml2-utils) nor python3 is installed\n");
            skip();
        }
        at = 3;
        command[0] = "python3";
        command[1] = "-c";
        command[2] = well_formed;
    }
    const int count = write_xml(command + at);
    process_result p = process_run(NULL, command);
    if (p.code != 0)
        fail_msg("%.3000s", p.err);
    process_free(&p);
    for (int i = 0; i < count; i++)
        free((char *)(uintptr_t)command[at + i]);
}

static int occurrences(const char *text, const char *what)
{
    int count = 0;

    for (; (text = strstr(text, what)); text += strlen(what))
        count++;
    return count;
}

/* The counts, and that practice makes nothing pass. */
static void test_xml_counts(void **state)
{
    result r;

    (void)state;
    make_sample(&r);
    for (int scored = 0; scored < 2; scored++) {
        r.scored = scored;
        char *const xml = make_text("junit", &r);
        assert_int_equal(occurrences(xml, "<testcase "), 8);
        assert_int_equal(occurrences(xml, "<failure "), 3);
        assert_int_equal(occurrences(xml, "<error "), 1);
        assert_int_equal(occurrences(xml, "<skipped "), scored ? 1 : 4);
        assert_non_null(strstr(xml, "s name=\"alice\" tests=\"8\" failures=\"3\" errors=\"1\""));
        assert_non_null(strstr(xml, " name=\"conv\" tests=\"5\" failures=\"2\" errors=\"0\""));
        assert_non_null(strstr(xml, scored ? "\"0\" skipped=\"0\"" : "\"0\" skipped=\"3\""));
        free(xml);
    }
    result_free(&r);
}

/* ---- Classroom 50's runner ---- */

static void test_classroom50_takes_the_runners_identity(void **state)
{
    static const char *const variables[][3] = {
        { "CLASSROOM", "cs", "classroom" }, { "ASSIGNMENT", "hw1", "assignment" },
        { "ASSIGNMENT_TYPE", "group", "assignment_type" }, { "USERNAME", "bob", "owner" },
        { "SUBMISSION_TAG", "submit/2026-06-01T14-32-05Z-a1b2c3d", "submission" },
        { "COMMIT_URL", "https://h/c", "commit" }, { "RELEASE_URL", "https://h/r", "release" },
        { "REVIEW_URL", "https://h/v\033[1m", "review" },
    };
    enum { COUNT = sizeof variables / sizeof variables[0] };
    result r;

    (void)state;
    make_sample(&r);
    for (int i = 0; i < COUNT; i++)
        setenv(variables[i][0], variables[i][1], 1);
    expect_classroom50(&r);
    json_t *json = make_json("classroom50", &r);
    for (int i = 0; i < COUNT; i++)
        if (strcmp(variables[i][2], "review") != 0)
            assert_string_equal(text_at(json, variables[i][2]), variables[i][1]);
    assert_string_equal(text_at(json, "review"), "https://h/v");
    json_decref(json);

    unsetenv("REVIEW_URL");             /* then it is the commit; an owner comes before a user */
    setenv("OWNER", "carol", 1);
    setenv("ASSIGNMENT_TYPE", "rabble", 1);
    json = make_json("classroom50", &r);
    assert_string_equal(text_at(json, "review"), "https://h/c");
    assert_string_equal(text_at(json, "owner"), "carol");
    assert_string_equal(text_at(json, "assignment_type"), "individual");
    json_decref(json);

    setenv("SUBMISSION_TAG", "v1", 1);  /* not its runner: then the names mean something else */
    json = make_json("classroom50", &r);
    assert_string_equal(text_at(json, "owner"), "alice");
    assert_string_equal(text_at(json, "assignment"), "course");
    assert_string_equal(text_at(json, "submission"), "submit/2026-01-31T12-00-00Z-aaaaaaa");
    json_decref(json);
    for (int i = 0; i < COUNT; i++)
        unsetenv(variables[i][0]);
    unsetenv("OWNER");
    result_free(&r);
}

/* ---- Lists of formats ---- */

static void test_formats_are_found_and_written(void **state)
{
    file_error error = { "" };
    char folder[200];
    result r;

    (void)state;
    mkdir(scratch_path("formats"), 0700);
    strcpy(folder, scratch_path("formats"));
    make_sample(&r);
    for (const output_format *f = output_formats; f->name; f++) {
        assert_ptr_equal(output_find(f->name), f);
        assert_true(*f->file && *f->source);
    }
    assert_null(output_find("pdf"));
    assert_null(output_find(""));
    assert_int_equal(outputs_write(&r, folder, "junit,text", &error), STATUS_OK);
    assert_int_equal(scratch_entries(folder), 2);
    assert_int_equal(outputs_write(&r, folder, "all", &error), STATUS_OK);
    assert_int_equal(scratch_entries(folder), 6);
    assert_int_equal(outputs_write(&r, folder, "text,pdf", &error), STATUS_VALUE);
    assert_non_null(strstr(error.text, "found 'pdf'"));
    assert_int_equal(outputs_write(&r, folder, "", &error), STATUS_VALUE);
    assert_int_equal(outputs_write(&r, folder, "text,", &error), STATUS_VALUE);
    assert_int_equal(outputs_write(&r, scratch_path("nowhere"), "text", &error), STATUS_IO);
    assert_true(outputs_known("all", &error) && outputs_known("csv,classroom50", &error));
    result_free(&r);
}

/* ---- Memory ---- */

static int allocations_left;

static void *failing_malloc(size_t size)
{
    return allocations_left-- > 0 ? malloc(size) : NULL;
}

/* Every allocation of the JSON library fails once: there is no output, and nothing leaks. */
static void test_no_memory_is_told(void **state)
{
    static const char *const formats[] = { "gradescope", "prairielearn", "classroom50" };
    file_error error = { "" };
    result r;

    (void)state;
    make_sample(&r);
    for (int f = 0; f < 3; f++) {
        status s = STATUS_MEMORY;
        for (int n = 0; s != STATUS_OK; n++) {
            json_set_alloc_funcs(failing_malloc, free);
            allocations_left = n;
            s = outputs_write(&r, scratch_path(""), formats[f], &error);
            json_set_alloc_funcs(malloc, free);
            assert_true(s == STATUS_OK || (s == STATUS_MEMORY && strstr(error.text, "no memory")));
        }
    }
    result_free(&r);
}

/* ---- Gradebook ---- */

/* A result of the exercises named "lesson/exercise", with that many points each, 10 at most. */
static void write_result(const char *folder, const char *id, const char *const *names,
                         double points, void (*change)(result *r))
{
    char path[300];
    file_error error;
    result r;
    int count = 0;

    while (names[count])
        count++;
    make_head(&r, id, count);
    for (int i = 0; i < count; i++) {
        char in[64];
        snprintf(in, sizeof in, "%.*s", (int)strcspn(names[i], "/"), names[i]);
        name_exercise(&r.exercise[i], in, strchr(names[i], '/') + 1, "x.c");
        r.exercise[i].part_count = 1;
        r.exercise[i].part[0] = (result_part){ .name = "all", .state = RESULT_PASSED,
                                               .points = points + i, .max = 10 };
    }
    if (change)
        change(&r);
    result_sum(&r);
    snprintf(path, sizeof path, "%s/%s", folder, id);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/%s/result.json", folder, id);
    if (result_write(&r, path, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    result_free(&r);
}

static void make_unscored(result *r)
{
    r->scored = false;
}

static void make_incomplete(result *r)
{
    r->complete = false;
    r->exercise[1].part[0].state = RESULT_WAITING;
    r->exercise[1].part[0].points = 0;
}

static void make_missing(result *r)
{
    for (int i = 0; i < r->count; i++)
        for (int k = 0; k < r->exercise[i].part_count; k++) {
            r->exercise[i].part[k].state = RESULT_MISSING;
            r->exercise[i].part[k].points = 0;
        }
}

static void make_broken(result *r)
{
    r->exercise[0].part[0].state = RESULT_BROKEN;
    r->seconds = 1e6;
}

static char *read_text(const char *path)
{
    file_error error;
    uint8_t *bytes;
    size_t size;

    if (file_read_whole(path, 1 << 20, &bytes, &size, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    char *const text = realloc(bytes, size + 1);
    assert_non_null(text);
    text[size] = '\0';
    return text;
}

static void test_gradebook(void **state)
{
    static const char *const all[] = { "conv/forward", "conv/predict", "pool/forward", "adam/step",
                                       NULL };
    static const char *const conv[] = { "conv/forward", "conv/predict", NULL };
    static const char *const odd[] = { "pool/extra", "zoo/a,b", NULL };
    char book[300], folder[200], path[300];
    file_error error = { "" };

    (void)state;
    mkdir(scratch_path("book"), 0700);
    strcpy(folder, scratch_path("book"));
    snprintf(book, sizeof book, "%s/gradebook.csv", folder);
    assert_int_equal(gradebook_write(folder, &error), STATUS_OK);
    char *text = read_text(book);
    assert_string_equal(text, "id,points,max,state\r\n");
    free(text);

    write_result(folder, "bob", all, 1.25, NULL);
    write_result(folder, "alice", conv, 9, NULL);
    write_result(folder, "Zoe", odd, 2, NULL);
    write_result(folder, "@dave", conv, 8, make_unscored);
    write_result(folder, "erin", conv, 7, make_incomplete);
    write_result(folder, "eve", conv, 7, make_broken);
    write_result(folder, "frank", conv, 7, make_missing);
    snprintf(path, sizeof path, "%s/empty", folder);
    mkdir(path, 0700);                          /* no result: no row */
    assert_int_equal(gradebook_write(folder, &error), STATUS_OK);
    text = read_text(book);
    assert_int_equal(expect_csv(text), 8);
    expect_golden("gradebook.csv", text);

    write_result(folder, "mallory", conv, 7, NULL);
    snprintf(path, sizeof path, "%s/mallory/result.json", folder);
    assert_int_equal(result_write_file(path, "{ \"format\": ", 12, &error), STATUS_OK);
    assert_int_equal(gradebook_write(folder, &error), STATUS_VALUE);
    assert_non_null(strstr(error.text, "mallory/result.json:1: expected a result"));
    free(text);
    text = read_text(book);
    assert_int_equal(expect_csv(text), 9);
    assert_non_null(strstr(text, "\r\nmallory,,,unreadable,,,,,,,,,,\r\n"));
    assert_non_null(strstr(text, "\r\nbob,11,40,graded,3.5,"));

    unlink(path);                               /* a result that lies in another's folder */
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/trent", folder);
    char other[300];
    snprintf(other, sizeof other, "%s/bob", folder);
    assert_int_equal(rename(other, path), 0);
    assert_int_equal(gradebook_write(folder, &error), STATUS_VALUE);
    assert_non_null(strstr(error.text, "mallory"));
    assert_non_null(strstr(error.text, "(and 1 more)"));
    free(text);
    text = read_text(book);
    assert_non_null(strstr(text, "\r\ntrent,,,unreadable"));
    free(text);
}

/* Two machines, half of the submissions each, in another order and at another speed. */
static void test_merged_gradebooks_are_equal(void **state)
{
    static const char *const names[] = { "conv/forward", "pool/forward", NULL };
    char one[200], two[200], id[20];
    file_error error;

    (void)state;
    mkdir(scratch_path("one"), 0700);
    mkdir(scratch_path("two"), 0700);
    strcpy(one, scratch_path("one"));
    strcpy(two, scratch_path("two"));
    for (int i = 0; i < 20; i++) {
        snprintf(id, sizeof id, "s%d", i);
        write_result(one, id, names, i * 0.37, NULL);
    }
    for (int i = 19; i >= 0; i--) {
        snprintf(id, sizeof id, "s%d", (i * 7) % 20);
        write_result(two, id, names, ((i * 7) % 20) * 0.37, NULL);
    }
    assert_int_equal(gradebook_write(one, &error), STATUS_OK);
    assert_int_equal(gradebook_write(two, &error), STATUS_OK);
    strcat(one, "/gradebook.csv");
    strcat(two, "/gradebook.csv");
    char *const a = read_text(one), *const b = read_text(two);
    assert_string_equal(a, b);
    assert_int_equal(expect_csv(a), 21);
    free(a);
    free(b);
}

static void test_gradebook_failures_are_told(void **state)
{
    file_error error = { "" };

    (void)state;
    assert_int_equal(gradebook_write(scratch_path("absent"), &error), STATUS_IO);
    assert_non_null(strstr(error.text, "absent: cannot read the folder"));
    mkdir(scratch_path("taken"), 0700);
    mkdir(scratch_path("taken/gradebook.csv"), 0700);
    assert_int_equal(gradebook_write(scratch_path("taken"), &error), STATUS_IO);
    assert_non_null(strstr(error.text, "gradebook.csv: cannot write"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats_keep_their_rules),
        cmocka_unit_test(test_golden_files),
        cmocka_unit_test(test_attacks_stay_text),
        cmocka_unit_test(test_printed_lines_cannot_pass_for_ours),
        cmocka_unit_test(test_floods_are_capped),
        cmocka_unit_test(test_large_results_fit),
        cmocka_unit_test(test_xml_obeys_its_schema),
        cmocka_unit_test(test_xml_counts),
        cmocka_unit_test(test_classroom50_takes_the_runners_identity),
        cmocka_unit_test(test_formats_are_found_and_written),
        cmocka_unit_test(test_no_memory_is_told),
        cmocka_unit_test(test_gradebook),
        cmocka_unit_test(test_merged_gradebooks_are_equal),
        cmocka_unit_test(test_gradebook_failures_are_told),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
