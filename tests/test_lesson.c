/* test_lesson.c: the parts of the lessons' engine that need no student: lesson.json, restricted
 * shapes, the student's row, guard pages, processes, files, texts. tests/scripts/lessons.sh runs
 * the whole. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <jansson.h>

#include "check/check_trial.h"
#include "kernels/conv2d/conv2d.h"
#include "lessons/drawn_shape.h"
#include "lessons/exercise_run.h"
#include "lessons/lesson.h"
#include "lessons/profile_limits.h"
#include "lessons/protect.h"
#include "lessons/race.h"
#include "lessons/student_files.h"
#include "lessons/student_row.h"
#include "lessons/subprocess.h"
#include "lessons/wrap.h"
#include "tests/support/scratch.h"

/* ---- lesson.json ---- */

#define WORDS "{ \"en\": \"a\", \"ko\": \"b\" }"
#define HINTS "{ \"en\": [\"1\", \"2\", \"3\"], \"ko\": [\"1\", \"2\", \"3\"] }"
#define PREDICT \
    "{ \"name\": \"p\", \"kind\": \"predict\", \"file\": \"a.txt\", \"title\": " WORDS \
    ", \"hints\": " HINTS " }"

static status open_json(lesson *l, const char *text, file_error *error)
{
    mkdir(scratch_path("07-some-name"), 0700);
    scratch_write("07-some-name/lesson.json", text, strlen(text));
    return lesson_open(l, scratch_path("07-some-name"), error);
}

static void test_lesson_is_read(void **state)
{
    static const char text[] =
        "{ \"title\": " WORDS ", \"needs\": [\"x\"], \"exercises\": [ " PREDICT ", "
        "{ \"name\": \"q\", "
        "\"kind\": \"faster\", \"file\": \"q.c\", \"title\": " WORDS ", \"hints\": " HINTS ", "
        "\"concept\": \"gemm\", \"pass\": \"forward\", \"function\": \"f\", \"at\": { \"m\": 3 }, "
        "\"factor\": 2.5, \"threads\": 2, \"cases\": 7 } ] }";
    file_error error;
    lesson l;

    (void)state;
    assert_int_equal(open_json(&l, text, &error), STATUS_OK);
    assert_string_equal(l.name, "some-name");
    assert_string_equal(l.folder, "07-some-name");
    assert_int_equal(l.exercise_count, 2);
    assert_string_equal(l.needs[0], "x");
    const exercise *const e = lesson_exercise(&l, "q");
    assert_non_null(e);
    assert_int_equal(e->kind, EXERCISE_FASTER);
    assert_int_equal(e->cases, 7);
    assert_int_equal(e->threads, 2);
    assert_true(e->factor == 2.5);
    assert_string_equal(e->hints[2].in[1], "3");
    assert_null(lesson_exercise(&l, "r"));
    lesson_close(&l);
}

static void test_lesson_mistakes_are_named(void **state)
{
    static const struct { const char *text, *told; } wrong[] = {
        { "", "lesson.json:1" },
        { "[]", "lesson.json" },
        { "{ \"title\": \"x\", \"needs\": [], \"exercises\": [" PREDICT "] }", "'title'" },
        { "{ \"title\": " WORDS ", \"exercises\": [" PREDICT "] }", "'needs'" },
        { "{ \"title\": " WORDS ", \"needs\": [3], \"exercises\": [" PREDICT "] }", "'needs'" },
        { "{ \"title\": " WORDS ", \"needs\": [], \"exercises\": [] }", "'exercises'" },
        { "{ \"title\": " WORDS ", \"needs\": [], \"exercises\": [{}] }", "exercise 1: 'name'" },
        { "{ \"title\": " WORDS ", \"needs\": [], \"more\": 1, \"exercises\": [{}] }", "'more'" },
        { "{ \"title\": " WORDS ", \"title\": " WORDS " }", "lesson.json:1" },
    };
    file_error error;
    lesson l;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_not_equal(open_json(&l, wrong[i].text, &error), STATUS_OK);
        assert_non_null(strstr(error.text, wrong[i].told));
        lesson_close(&l);
    }
    assert_int_equal(lesson_open(&l, "/nowhere", &error), STATUS_IO);
    lesson_close(&l);
}

static void test_language(void **state)
{
    (void)state;
    setenv("CONVLAB_LANG", "ko", 1);
    assert_string_equal(say("a", "b"), "b");
    setenv("CONVLAB_LANG", "en", 1);
    assert_string_equal(say("a", "b"), "a");
}

/* ---- Restricted shapes ---- */

static int number_of(const check_concept *c, const char *name)
{
    for (int i = 0; i < c->param_count; i++)
        if (strcmp(c->param[i].name, name) == 0)
            return i;
    fail_msg("no parameter %s", name);
    return -1;
}

static void test_draws_keep_the_rules(void **state)
{
    const check_concept *const conv2d = check_concept_find("conv2d");
    json_t *const rules = json_loads(
        "{ \"n\": 1, \"kernel_h\": [1, 3], \"kernel_w\": \"kernel_h\", "
        "\"h\": { \"least\": 9 } }", 0, NULL);
    file_error error;
    bool seen[4] = { false };

    (void)state;
    const check_concept *const c = drawn_shape_restrict(conv2d, rules, &error);
    assert_non_null(c);
    const int kh = number_of(c, "kernel_h"), kw = number_of(c, "kernel_w");
    for (uint64_t seed = 0; seed < 200; seed++) {
        int param[CHECK_MAX_PARAMS];
        check_random r = { seed * 77 };
        c->draw(&r, param);
        assert_int_equal(param[number_of(c, "n")], 1);
        assert_true(param[number_of(c, "h")] >= 9);
        assert_true(param[kh] == 1 || param[kh] == 3);
        assert_int_equal(param[kw], param[kh]);
        seen[param[kh]] = true;
    }
    assert_true(seen[1] && seen[3]);
    assert_int_equal(c->param[number_of(c, "h")].simplest, 9);
    json_decref(rules);
}

static void all_zeros(const conv2d_shape *s, const float *x, const float *w, const float *b,
                      float *y, void *workspace)
{
    (void)x, (void)w, (void)b, (void)workspace;
    memset(y, 0, sizeof *y * (size_t)s->n * (size_t)s->oc * (size_t)s->oh * (size_t)s->ow);
}

/* A failure is shrunk within the rules, and one of two equal parameters takes the other along. */
static void test_shrinking_keeps_the_rules(void **state)
{
    const conv2d_variant zeros = { .info = { "zeros", SPACE_HOST, PRECISION_FP32, "" },
                                   .forward = all_zeros };
    json_t *const rules = json_loads("{ \"stride_h\": 2, \"kernel_w\": \"kernel_h\", "
                                     "\"kernel_h\": [2, 3] }", 0, NULL);
    check_result r;
    file_error error;

    (void)state;
    const check_concept *const c = drawn_shape_restrict(check_concept_find("conv2d"), rules,
                                                        &error);
    check_variant(c, &zeros, 0, 1, 20, &r);
    assert_true(r.failed);
    char shape[256];
    assert_true(drawn_shape_format(rules, r.param, shape, sizeof shape));
    assert_string_equal(shape, "kernel_h=2,kernel_w=2,pad_bottom=1,pad_right=1");
    assert_true(drawn_shape_format(NULL, r.param, shape, sizeof shape));
    assert_string_equal(shape, "kernel_h=2,kernel_w=2,stride_h=2,pad_bottom=1,pad_right=1");
    json_decref(rules);

    json_t *const at = json_loads("{ \"h\": 8, \"w\": 9, \"kernel_h\": 3 }", 0, NULL);
    int param[CHECK_MAX_PARAMS];
    assert_true(drawn_shape_read(c, at, param, &error));
    assert_int_equal(param[number_of(c, "kernel_w")], 3);
    assert_int_equal(param[number_of(c, "stride_h")], 2);
    json_decref(at);
    json_t *const wrong = json_loads("{ \"H\": 8 }", 0, NULL);
    assert_false(drawn_shape_read(c, wrong, param, &error));
    assert_non_null(strstr(error.text, "'H'"));
    json_decref(wrong);
}

/* A grading policy's group draws from some of an exercise's shapes. Their text must give the same
 * shape to the exercise, where "simplest" is something else. */
static void test_shape_of_a_group_is_told_to_the_exercise(void **state)
{
    json_t *const theirs = json_loads("{ \"n\": 1, \"w\": \"h\", \"h\": { \"least\": 3 } }", 0,
                                      NULL);
    json_t *const group = json_loads("{ \"n\": 1, \"w\": \"h\", \"h\": [5, 7] }", 0, NULL);
    json_t *const wider = json_loads("{ \"n\": 1, \"w\": 7, \"h\": [5, 7] }", 0, NULL);
    const check_concept *const conv2d = check_concept_find("conv2d");
    int param[CHECK_MAX_PARAMS], again[CHECK_MAX_PARAMS];
    char shape[256], message[256];
    file_error error;

    (void)state;
    const check_concept *c = drawn_shape_restrict(conv2d, group, &error);
    assert_true(drawn_shape_read(c, NULL, param, &error));
    assert_true(drawn_shape_format(theirs, param, shape, sizeof shape));
    assert_string_equal(shape, "h=5,w=5");
    c = drawn_shape_restrict(conv2d, theirs, &error);
    assert_true(check_parse_shape(c, shape, again, message, sizeof message));
    assert_memory_equal(again, param, (size_t)c->param_count * sizeof *param);
    assert_true(drawn_shape_read(c, NULL, param, &error));
    assert_true(drawn_shape_format(theirs, param, shape, sizeof shape));
    assert_string_equal(shape, "h=3,w=3");

    c = drawn_shape_restrict(conv2d, wider, &error);
    assert_true(drawn_shape_read(c, NULL, param, &error));
    assert_false(drawn_shape_format(theirs, param, shape, sizeof shape));
    assert_string_equal(shape, "h=5,w=7");
    json_decref(theirs);
    json_decref(group);
    json_decref(wider);
}

static void test_wrong_rules_are_named(void **state)
{
    static const char *const wrong[] = { "{ \"hh\": 1 }", "{ \"h\": \"hh\" }", "{ \"h\": [] }",
                                         "{ \"h\": [1, \"a\"] }", "{ \"h\": 1.5 }",
                                         "{ \"h\": { \"most\": 3 } }", "{ \"h\": null }" };
    file_error error;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        json_t *const rules = json_loads(wrong[i], 0, NULL);
        assert_null(drawn_shape_restrict(check_concept_find("conv2d"), rules, &error));
        assert_non_null(strstr(error.text, "'shape': 'h"));
        json_decref(rules);
    }
}

/* ---- The student's row ---- */

/* Each contract, filled with the first row's own function, is a right solution. */
static void test_every_contract_fits_its_table(void **state)
{
    (void)state;
    for (const check_concept *const *c = check_concepts; *c; c++) {
        const student_contract *const k = student_contract_find(student_contracts, (*c)->name);
        const char *const first = check_variant_row(*c, 0);
        assert_non_null(k);
        for (int pass = 0; pass < (*c)->pass_count; pass++) {
            student_row row;
            void *function, *workspace = NULL;
            check_result r;
            if (!k->pass[pass].field)
                continue;
            memcpy(&function, first + k->pass[pass].offset, sizeof function);
            if (k->workspace_offset)
                memcpy(&workspace, first + k->workspace_offset, sizeof workspace);
            student_row_make(&row, k, pass, SPACE_HOST, function, workspace);
            check_variant(*c, &row, pass, 3, 5, &r);
            assert_false(r.failed);
            assert_true(r.passed > 0);
            for (int other = 0; other < (*c)->pass_count; other++) {
                if (k->pass[other].offset == k->pass[pass].offset || !k->pass[other].field)
                    continue;
                check_variant(*c, &row, other, 3, 1, &r);
                assert_int_equal(r.passed, 0);
            }
        }
    }
    assert_null(student_contract_find(student_contracts, "nothing"));
}

/* ---- Guard pages and faults ---- */

static void too_far(const conv2d_shape *s, const float *x, const float *w, const float *b,
                    float *y, void *workspace)
{
    (void)x, (void)w, (void)b, (void)workspace;
    y[(ptrdiff_t)s->n * s->oc * s->oh * s->ow] = 1.0f;
}

static void too_early(const conv2d_shape *s, const float *x, const float *w, const float *b,
                      float *y, void *workspace)
{
    (void)s, (void)w, (void)b, (void)workspace;
    y[0] = x[-1];
}

static void endless(const conv2d_shape *s, const float *x, const float *w, const float *b,
                    float *y, void *workspace)
{
    (void)s, (void)x, (void)w, (void)b, (void)y, (void)workspace;
    for (volatile int i = 0; i == 0;)
        ;
}

static void stop(const fault *f)
{
    (void)f;
}

/* Runs a row that does one of these, in a child: its signal handlers stay there. */
static int fault_of(void (*forward)(const conv2d_shape *, const float *, const float *,
                                    const float *, float *, void *),
                    const char *tensor, bool before)
{
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        const conv2d_variant row = { .info = { "student", SPACE_HOST, PRECISION_FP32, "" },
                                     .forward = forward };
        check_result r;
        protect_begin((const void *)(uintptr_t)forward, &row, stop);
        protect_time(0.2, 5.0);
        const check_concept *const c = protect_concept(check_concept_find("conv2d"), true);
        r.failed = false;                       /* the first seed whose pages lie on this side */
        for (uint64_t seed = 0; seed < 8 && protect_fault()->kind == FAULT_NONE; seed++)
            check_variant(c, &row, 0, seed, 10, &r);
        const fault *const f = protect_fault();
        const bool placed = !tensor || (f->tensor && strcmp(f->tensor, tensor) == 0 &&
                                        (f->element < 0) == before);
        _exit(r.failed && placed ? (int)f->kind : 99);
    }
    int ended;
    waitpid(child, &ended, 0);
    return WIFEXITED(ended) ? WEXITSTATUS(ended) : -WTERMSIG(ended);
}

static void test_faults_are_caught(void **state)
{
    (void)state;
    assert_int_equal(fault_of(too_far, "y", false), FAULT_MEMORY);
    assert_int_equal(fault_of(too_early, "x", true), FAULT_MEMORY);
    assert_int_equal(fault_of(endless, NULL, false), FAULT_LOOP);
    assert_int_equal(fault_of(conv2d_variants[0].forward, NULL, false), 99);
}

/* Right kernels stay right between guard pages. */
static void test_guard_pages_change_no_verdict(void **state)
{
    const check_concept *const c = check_concept_find("conv2d");
    static const check_pages modes[] = { CHECK_PAGES_AFTER, CHECK_PAGES_BEFORE, CHECK_PAGES_NONE };

    (void)state;
    for (int i = 0; i < 3; i++)
        for (size_t v = 0; v < *c->variant_count; v++) {
            check_result r;
            if (check_variant_info(check_variant_row(c, v))->space != SPACE_HOST)
                continue;
            check_guard_pages(modes[i]);
            for (int pass = 0; pass < c->pass_count; pass++) {
                check_variant(c, check_variant_row(c, v), pass, 5, 10, &r);
                assert_false(r.failed);
            }
        }
}

/* ---- A race ---- */

static void twice(const conv2d_shape *s, const float *x, const float *w, const float *b, float *y,
                  void *workspace)
{
    conv2d_variants[0].forward(s, x, w, b, y, workspace);
    conv2d_variants[0].forward(s, x, w, b, y, workspace);
}

static void test_race_sees_half_the_speed(void **state)
{
    const conv2d_variant slow = { .info = { "slow", SPACE_HOST, PRECISION_FP32, "" },
                                  .forward = twice };
    const check_concept *const c = check_concept_find("conv2d");
    int param[CHECK_MAX_PARAMS];
    char message[200];
    race_result r;

    (void)state;
    assert_true(check_parse_shape(c, "h=40,w=40,kernel_h=5,kernel_w=5,oc=4", param, message,
                                  sizeof message));
    assert_true(race_run(c, &conv2d_variants[0], &slow, 0, param, 1, &r));
    assert_true(r.ratio > 0.35 && r.ratio < 0.7);
    assert_true(r.low <= r.ratio && r.ratio <= r.high && r.rounds >= 3);
    assert_false(race_run(c, &conv2d_variants[0], &slow, 1, param, 1, &r));   /* has no such pass */
}

/* ---- Processes, files, texts ---- */

static void test_subprocess(void **state)
{
    char *const talk[] = { "sh", "-c", "echo out; echo err >&2; exit 3", NULL };
    char *const hang[] = { "sh", "-c", "echo first; sleep 30", NULL };
    char *const die[] = { "sh", "-c", "kill -SEGV $$", NULL };
    char *const none[] = { "/nowhere/program", NULL };
    char *const private[] = { "sh", "-c", "echo out; echo said >&97", NULL };

    (void)state;
    subprocess_result r = subprocess_run(talk, SUBPROCESS_OUTPUT, NULL, 10);
    assert_int_equal(r.code, 3);
    assert_string_equal(r.said, "out\nerr\n");
    free(r.said);
    r = subprocess_run(hang, SUBPROCESS_OUTPUT, NULL, 0.3);
    assert_true(r.late && strcmp(r.said, "first\n") == 0);
    free(r.said);
    r = subprocess_run(die, SUBPROCESS_OUTPUT, NULL, 10);
    assert_int_equal(r.signal, SIGSEGV);
    free(r.said);
    r = subprocess_run(none, SUBPROCESS_OUTPUT, NULL, 10);
    assert_false(r.started);
    free(r.said);
    if (system("sh -c 'echo x >&97' 97>/dev/null 2>/dev/null") == 0) {      /* dash: 0 to 9 only */
        r = subprocess_run(private, SUBPROCESS_PRIVATE, scratch_path("printed"), 10);
        assert_string_equal(r.said, "said\n");
        free(r.said);
    }
}

static void test_record(void **state)
{
    char good[] = "words\n\n\036convlab-verdict passed\n", bad[] = "\n\036convlab-verdict failed\n";
    char none[] = "words\n", printed[] = "\036convlab-verdict passed\nand more";
    bool passed = false;

    (void)state;
    assert_true(exercise_read_record(good, &passed) && passed);
    assert_string_equal(good, "words\n");
    assert_true(exercise_read_record(bad, &passed) && !passed);
    assert_false(exercise_read_record(none, &passed));
    assert_false(exercise_read_record(printed, &passed));
}

static void test_students_files(void **state)
{
    static course c;
    lesson l = { .folder = "01-x", .name = "x" };
    file_error error;
    lesson_path path, kept;

    (void)state;
    snprintf(c.student, sizeof c.student, "%s", scratch_path("student"));
    snprintf(l.path, sizeof l.path, "%s", scratch_path("lesson"));
    mkdir(scratch_path("lesson"), 0700);
    mkdir(scratch_path("lesson/exercises"), 0700);
    scratch_write("lesson/exercises/a.c", "start", 5);
    assert_false(student_has(&c, &l));
    assert_true(student_prepare(&c, &l, &error));
    assert_true(student_has(&c, &l));
    scratch_write("student/01-x/a.c", "mine", 4);
    scratch_write("lesson/exercises/b.c", "new", 3);
    assert_true(student_prepare(&c, &l, &error));
    assert_int_equal(scratch_entries(scratch_path("student/01-x")), 2);
    assert_true(student_reset(&c, &l, "a.c", kept, &error));
    assert_true(student_reset(&c, &l, "a.c", kept, &error));
    student_path(&c, &l, "a.c", path);
    assert_true(strncmp(kept, path, strlen(path)) == 0);
    assert_string_equal(kept + strlen(path), ".2");
    assert_false(student_reset(&c, &l, "none.c", kept, &error));
    assert_non_null(strstr(error.text, "none.c"));
}

static void wrapped(const char *text, int indent, const char *expected)
{
    char *got = NULL;
    size_t size;
    FILE *const out = open_memstream(&got, &size);

    wrap_print(out, text, indent);
    fclose(out);
    assert_string_equal(got, expected);
    free(got);
}

static void test_wrapping(void **state)
{
    char long_word[90];

    (void)state;
    wrapped("a  b", 0, "a b\n");
    wrapped("", 0, "\n");
    memset(long_word, 'x', 80);
    long_word[80] = '\0';
    long_word[39] = ' ';
    wrapped(long_word, 2, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n  "
                          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n");
    long_word[78] = '\0';
    wrapped(long_word, 2, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx "
                          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n");
}

static void test_profile_limits(void **state)
{
    static const char json[] =
        "{ \"kernels\": [ { \"global\": { \"load\": { \"requests\": 10, \"sectors\": 80, "
        "\"bytes_moved\": 100 } }, \"shared\": { \"load\": { \"conflicts\": 3 } } },"
        "{ \"global\": { \"load\": { \"requests\": 10, \"sectors\": 40, "
        "\"bytes_moved\": 50 } } } ] }";
    static const struct { const char *limits; bool kept; } cases[] = {
        { "{ \"global_load_sectors\": 6 }", true },
        { "{ \"global_load_sectors\": 5.9 }", false },
        { "{ \"bank_conflicts\": 3, \"global_bytes\": 150 }", true },
        { "{ \"bank_conflicts\": 2 }", false },
        { "{ \"no_such_figure\": 2 }", false },
    };
    const char *const path = scratch_write("profile.json", json, strlen(json));
    FILE *const out = tmpfile();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *const limits = json_loads(cases[i].limits, 0, NULL);
        assert_int_equal(profile_tell("/nowhere", path, limits, out), cases[i].kept);
        json_decref(limits);
    }
    assert_false(profile_tell("/nowhere", "/nowhere", NULL, out));
    fclose(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lesson_is_read),
        cmocka_unit_test(test_lesson_mistakes_are_named),
        cmocka_unit_test(test_language),
        cmocka_unit_test(test_draws_keep_the_rules),
        cmocka_unit_test(test_shrinking_keeps_the_rules),
        cmocka_unit_test(test_shape_of_a_group_is_told_to_the_exercise),
        cmocka_unit_test(test_wrong_rules_are_named),
        cmocka_unit_test(test_every_contract_fits_its_table),
        cmocka_unit_test(test_faults_are_caught),
        cmocka_unit_test(test_guard_pages_change_no_verdict),
        cmocka_unit_test(test_race_sees_half_the_speed),
        cmocka_unit_test(test_subprocess),
        cmocka_unit_test(test_record),
        cmocka_unit_test(test_students_files),
        cmocka_unit_test(test_wrapping),
        cmocka_unit_test(test_profile_limits),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
