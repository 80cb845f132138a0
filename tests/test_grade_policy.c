/* test_grade_policy.c: grading.json: what is read, what is refused and how it is told, what a
 * lesson without it is worth; and the policies of the course itself. */
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

#include "check/check.h"
#include "grade/policy.h"
#include "lessons/drawn_shape.h"
#include "lessons/exercise_run.h"
#include "lessons/profile_limits.h"
#include "tests/support/scratch.h"

enum { DRAWS = 40 };

#define WORDS "{ \"en\": \"a\", \"ko\": \"b\" }"
#define HINTS "{ \"en\": [\"1\", \"2\", \"3\"], \"ko\": [\"1\", \"2\", \"3\"] }"
#define EXERCISE(name, kind, more) \
    "{ \"name\": \"" name "\", \"kind\": \"" kind "\", \"file\": \"f\", \"title\": " WORDS \
    ", \"hints\": " HINTS more " }"
#define CONV ", \"concept\": \"conv2d\", \"pass\": \"forward\", \"function\": \"f\", \"shape\": " \
             "{ \"n\": 1, \"c\": 1, \"groups\": 1 }"
#define ADD ", \"concept\": \"add\", \"pass\": \"forward\", \"function\": \"f\", \"at\": " \
            "{ \"count\": 64 }"

/* A lesson with one exercise of each kind. */
static const char lesson_text[] =
    "{ \"title\": " WORDS ", \"needs\": [], \"exercises\": ["
    EXERCISE("predict", "predict", "") ", "
    EXERCISE("forward", "write", CONV ", \"cases\": 33") ", "
    EXERCISE("fast", "faster", ADD ", \"factor\": 2.5, \"threads\": 1") ", "
    EXERCISE("slow", "faster", ADD ", \"factor\": 0.5") ", "
    EXERCISE("cuda", "cuda", ADD ", \"at_most\": { \"bank_conflicts\": 0 }") ", "
    EXERCISE("plain", "cuda", CONV) "] }";

static lesson l;
static course c;

static int make(void **state)
{
    file_error error;

    scratch_make(state);
    mkdir(scratch_path("07-some"), 0700);
    scratch_write("07-some/lesson.json", lesson_text, strlen(lesson_text));
    return lesson_open(&l, scratch_path("07-some"), &error) != STATUS_OK;
}

static int end(void **state)
{
    lesson_close(&l);
    return scratch_remove(state);
}

/* Reads and checks a policy for the lesson above. */
static status open_text(policy *p, const char *text, file_error *error)
{
    scratch_write("07-some/grading.json", text, strlen(text));
    const status s = policy_open(p, &l, error);
    return s == STATUS_OK ? policy_check(p, &c, error) : s;
}

/* ---- What is read ---- */

static void test_policy_is_read(void **state)
{
    static const char text[] =
        "{ \"exercises\": { \"predict\": { \"points\": 4 }, \"forward\": { \"groups\": ["
        "{ \"name\": \"one\", \"points\": 3, \"cases\": 7, \"shape\": { \"c\": 2, \"h\": 9 } },"
        "{ \"name\": \"two\", \"points\": 2, \"partial\": true } ], "
        "\"memory\": { \"points\": 1 } },"
        "\"fast\": { \"groups\": [ { \"name\": \"g\", \"points\": 1 } ], \"speed\": "
        "{ \"points\": 5, \"at\": { \"count\": 9 }, \"from\": 1.5, \"to\": 3, \"threads\": 2 } },"
        "\"slow\": { \"groups\": [ { \"name\": \"g\", \"points\": 1 } ], \"speed\": "
        "{ \"points\": 5, \"from\": 0.25 }, \"memory\": { \"points\": 2, \"cases\": 3 } },"
        "\"cuda\": { \"groups\": [ { \"name\": \"g\", \"points\": 1 } ], \"profile\": "
        "{ \"points\": 2, \"at_most\": { \"global_bytes\": 1e6 } } } } }";
    static policy p;
    file_error error = { "" };

    (void)state;
    if (open_text(&p, text, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    const exercise_policy *const e = p.exercise;
    assert_int_equal(p.count, 6);
    assert_int_equal(p.points, 4 + 6 + 6 + 8 + 3 + 10);
    assert_int_equal(e[0].predict_points, 4);
    assert_int_equal(e[1].group_count, 2);
    assert_string_equal(e[1].group[0].name, "one");
    assert_int_equal(e[1].group[0].cases, 7);
    assert_int_equal(json_integer_value(json_object_get(e[1].group[0].shape, "c")), 2);
    assert_int_equal(json_integer_value(json_object_get(e[1].group[0].shape, "groups")), 1);
    assert_int_equal(json_integer_value(json_object_get(e[1].group[1].shape, "c")), 1);
    assert_int_equal(json_object_size(e[1].group[0].shape), 4);
    assert_true(!e[1].group[0].partial && e[1].group[1].partial);
    assert_int_equal(e[1].group[1].cases, 33);
    assert_true(e[1].memory_points == 1 && e[1].memory_cases == 10 && e[1].speed_points == 0);
    assert_true(e[2].speed_from == 1.5 && e[2].speed_to == 3.0 && e[2].speed_threads == 2);
    assert_int_equal(json_integer_value(json_object_get(e[2].speed_at, "count")), 9);
    assert_true(e[3].speed_from == 0.25 && e[3].speed_to == 0.5 && e[3].speed_threads == 0);
    assert_int_equal(json_integer_value(json_object_get(e[3].speed_at, "count")), 64);
    assert_int_equal(e[3].memory_cases, 3);
    assert_int_equal(json_integer_value(json_object_get(e[4].profile_at, "count")), 64);
    assert_non_null(json_object_get(e[4].profile_at_most, "global_bytes"));
    assert_int_equal(e[5].points, 10);
    policy_close(&p);
    policy_close(&p);                           /* harmless */
}

static void test_lesson_without_policy(void **state)
{
    static policy p;
    file_error error = { "" };

    (void)state;
    unlink(scratch_path("07-some/grading.json"));
    assert_int_equal(policy_open(&p, &l, &error), STATUS_OK);
    assert_int_equal(policy_check(&p, &c, &error), STATUS_OK);
    assert_null(p.json);
    assert_int_equal(p.points, 60);
    const exercise_policy *const e = p.exercise;
    assert_int_equal(e[0].predict_points, 10);
    assert_true(e[1].group[0].points == 10 && e[1].group[0].cases == 33);
    assert_true(e[2].group[0].points == 7 && e[2].speed_points == 3 && e[2].speed_threads == 1);
    assert_true(e[2].speed_from == 1.3 && e[2].speed_to == 2.5 && e[2].speed_at);
    assert_true(e[3].speed_from == 0.5 && e[3].speed_to == 0.5);
    assert_true(e[4].group[0].points == 7 && e[4].profile_points == 3 && e[4].profile_at_most);
    assert_true(e[5].group[0].points == 10 && e[5].profile_points == 0);
    policy_close(&p);
}

/* ---- What is refused ---- */

#define IN(exercise, what) "{ \"exercises\": { \"" exercise "\": " what " } }"
#define GROUPS(what) IN("forward", "{ \"groups\": [" what "] }")
#define FINE "{ \"name\": \"g\", \"points\": 1 }"
#define WITH(exercise, what) IN(exercise, "{ \"groups\": [" FINE "], " what " }")
#define NINE FINE "," FINE "," FINE "," FINE "," FINE "," FINE "," FINE "," FINE "," FINE
#define LONG_NAME "0123456789012345678901234567890123456789012345678901234567890123"

static const struct { const char *text, *told; } wrong[] = {
    { "", "grading.json:1" },
    { "{ \"exercises\": {}, \"exercises\": {} }", "grading.json:1: duplicate" },
    { "[]", "expected an object, found []" },
    { "{}", "exercises: expected an object, found nothing" },
    { "{ \"exercises\": [] }", "exercises: expected an object" },
    { "{ \"exercises\": {}, \"more\": 1 }", "more: expected one of the entries exercises" },
    { "{ \"exercises\": {}, \"\": 1 }", "expected one of the entries" },
    { IN("wander", "{}"), "exercises.wander: expected an exercise of the lesson: predict forward" },
    { IN("predict", "{}"), "exercises.predict.points: expected a whole number 0 to 1000, found "
                           "nothing" },
    { IN("predict", "{ \"points\": 1.5 }"), "found 1.5" },
    { IN("predict", "{ \"points\": 1001 }"), "found 1001" },
    { IN("predict", "{ \"points\": 99999999999 }"), "found 99999999999" },
    { IN("predict", "{ \"points\": \"5\" }"), "found \"5\"" },
    { IN("predict", "{ \"points\": 5, \"groups\": [] }"), "one of the entries points" },
    { IN("predict", "4"), "exercises.predict: expected an object, found 4" },
    { IN("forward", "{}"), "exercises.forward.groups: expected a list of 1 to 8 groups" },
    { GROUPS(""), "1 to 8 groups, found []" },
    { GROUPS(NINE), "1 to 8 groups" },
    { GROUPS("7"), "exercises.forward.groups[0]: expected an object, found 7" },
    { GROUPS("{ \"points\": 1 }"), "groups[0].name: expected a name" },
    { GROUPS("{ \"name\": \"\", \"points\": 1 }"), "groups[0].name" },
    { GROUPS("{ \"name\": \"" LONG_NAME "\", \"points\": 1 }"), "groups[0].name" },
    { GROUPS("{ \"name\": \"a\\nb\", \"points\": 1 }"), "groups[0].name" },
    { GROUPS("{ \"name\": \"a\\u007fb\", \"points\": 1 }"), "groups[0].name" },
    { GROUPS("{ \"name\": \"speed\", \"points\": 1 }"), "groups[0].name" },
    { GROUPS(FINE ", " FINE), "groups[1].name: expected a name of its own" },
    { GROUPS(FINE ", { \"name\": \"h\", \"points\": -3 }"),
      "exercises.forward.groups[1].points: expected a whole number 0 to 1000, found -3" },
    { GROUPS("{ \"name\": \"g\", \"points\": 1, \"cases\": 0 }"),
      "cases: expected a whole number 1 to 10000" },
    { GROUPS("{ \"name\": \"g\", \"points\": 1, \"partial\": 1 }"), "partial: expected true" },
    { GROUPS("{ \"name\": \"g\", \"points\": 1, \"late\": 1 }"), "groups[0].late" },
    { GROUPS("{ \"name\": \"g\", \"points\": 1, \"shape\": [] }"), "shape: expected an object" },
    { GROUPS("{ \"name\": \"g\", \"points\": 1, \"shape\": { \"q\": 1 } }"),
      "groups[0]: 'shape': 'q': expected a parameter" },
    { GROUPS("{ \"name\": \"g\", \"points\": 1, \"shape\": { \"h\": \"q\" } }"), "'shape': 'h'" },
    { GROUPS("{ \"name\": \"g\", \"points\": 1, \"shape\": { \"h\": 2, \"kernel_h\": 3, "
             "\"pad_top\": 0, \"pad_bottom\": 0 } }"), "found none in 1000 draws" },
    { WITH("forward", "\"profile\": { \"points\": 1 }"), "exercises.forward.profile" },
    { WITH("cuda", "\"speed\": { \"points\": 1 }"), "exercises.cuda.speed" },
    { WITH("forward", "\"memory\": 3"), "exercises.forward.memory: expected an object" },
    { WITH("forward", "\"memory\": { \"cases\": 3 }"), "exercises.forward.memory.points" },
    { WITH("forward", "\"memory\": { \"points\": 3, \"cases\": 20000 }"), "memory.cases" },
    { WITH("forward", "\"speed\": { \"points\": 1, \"to\": 2 }"), "speed.at: expected the shape" },
    { WITH("forward", "\"speed\": { \"points\": 1, \"at\": { \"h\": 4 } }"), "speed.to" },
    { WITH("fast", "\"speed\": { \"points\": 1, \"at\": 4 }"), "speed.at: expected an object" },
    { WITH("fast", "\"speed\": { \"points\": 1, \"at\": { \"q\": 4 } }"), "speed: 'at': 'q'" },
    { WITH("fast", "\"speed\": { \"points\": 1, \"at\": { \"count\": -4 } }"), "speed: 'at'" },
    { WITH("fast", "\"speed\": { \"points\": 1, \"from\": 3 }"), "speed.to: expected at least" },
    { WITH("fast", "\"speed\": { \"points\": 1, \"from\": 0 }"), "speed.from: expected a number" },
    { WITH("fast", "\"speed\": { \"points\": 1, \"to\": \"x\" }"), "speed.to" },
    { WITH("fast", "\"speed\": { \"points\": 1, \"threads\": -1 }"), "speed.threads" },
    { WITH("fast", "\"speed\": { \"points\": 1, \"rows\": 1 }"), "speed.rows" },
    { WITH("fast", "\"speed\": {}"), "speed.points: expected" },
    { WITH("cuda", "\"profile\": { \"points\": 1, \"late\": 1 }"), "profile.late" },
    { WITH("cuda", "\"profile\": {}"), "profile.points: expected" },
    { WITH("cuda", "\"profile\": { \"points\": 1, \"at\": 4 }"), "profile.at: expected an object" },
    { WITH("cuda", "\"profile\": { \"points\": 1, \"at_most\": 4 }"), "profile.at_most: expected" },
    { WITH("cuda", "\"profile\": { \"points\": 1, \"at_most\": { \"joules\": 1 } }"),
      "profile.at_most: expected figures" },
    { WITH("cuda", "\"profile\": { \"points\": 1, \"at_most\": { \"global_bytes\": \"x\" } }"),
      "profile.at_most" },
    { WITH("cuda", "\"profile\": { \"points\": 1, \"at_most\": { \"global_bytes\": -1 } }"),
      "profile.at_most" },
    { WITH("cuda", "\"profile\": { \"points\": 1, \"at_most\": {} }"), "at least one figure" },
    { WITH("cuda", "\"profile\": { \"points\": 1, \"at\": { \"count\": \"a\" } }"),
      "profile: 'at'" },
    { WITH("plain", "\"profile\": { \"points\": 1, \"at\": { \"h\": 3 } }"), "at_most: expected" },
    { WITH("plain", "\"profile\": { \"points\": 1 }"), "profile.at: expected the shape" },
};

static void test_mistakes_are_named(void **state)
{
    static policy p;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        file_error error = { "" };
        const status s = open_text(&p, wrong[i].text, &error);
        if (s == STATUS_OK || !strstr(error.text, wrong[i].told) ||
            !strstr(error.text, "/07-some/grading.json:"))
            fail_msg("%s: expected '%s', found '%s'", wrong[i].text, wrong[i].told, error.text);
        assert_int_equal(s, STATUS_VALUE);
        policy_close(&p);
    }
}

static void test_unreadable_policy(void **state)
{
    static policy p;
    file_error error = { "" };

    (void)state;
    unlink(scratch_path("07-some/grading.json"));
    mkdir(scratch_path("07-some/grading.json"), 0700);
    assert_int_equal(policy_open(&p, &l, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "grading.json"));
    policy_close(&p);
    rmdir(scratch_path("07-some/grading.json"));
}

static void test_unknown_concept(void **state)
{
    static policy p;
    file_error error = { "" };
    lesson other = l;

    (void)state;
    other.exercises[1].pass = "sideways";
    assert_int_equal(policy_open(&p, &other, &error), STATUS_OK);
    assert_int_equal(policy_check(&p, &c, &error), STATUS_VALUE);
    assert_non_null(strstr(error.text, "sideways"));
    policy_close(&p);
}

static void test_figures(void **state)
{
    (void)state;
    assert_true(profile_has_figure("global_load_sectors"));
    assert_false(profile_has_figure("global"));
}

/* ---- The policies of the course ---- */

static bool has_elements(const check_concept *concept, const int *param)
{
    check_problem p = { .concept = concept };
    ptrdiff_t least = 1;

    memcpy(p.param, param, sizeof p.param);
    assert_int_equal(concept->describe(&p), STATUS_OK);
    for (int i = 0; i < p.tensor_count; i++)
        least = p.tensor[i].count < least ? p.tensor[i].count : least;
    return least > 0;
}

/* A group is worth its points only if its problems differ and most of them compute something. */
static void check_group(const check_concept *concept, const policy_group *g, const char *place)
{
    int param[DRAWS][CHECK_MAX_PARAMS] = { { 0 } }, different = 0, real = 0;
    file_error error;
    check_random r = { 5 };

    const check_concept *const drawn = drawn_shape_restrict(concept, g->shape, &error);
    assert_non_null(drawn);
    for (int i = 0; i < DRAWS; i++) {
        int tries = 0;
        do
            drawn->draw(&r, param[i]);
        while (check_verdict(drawn, param[i]) != STATUS_OK && ++tries < 1000);
        if (tries > 100)
            fail_msg("%s: %d draws for one legal shape", place, tries);
        different += i > 0 && memcmp(param[i], param[0], sizeof param[0]) != 0;
        real += has_elements(drawn, param[i]);
    }
    if (different == 0 || real < DRAWS / 2)
        fail_msg("%s: %d of %d shapes differ, %d are not empty", place, different, DRAWS, real);
}

static void check_policy(const policy *p, const course *all)
{
    file_error error = { "" };
    char place[300];

    for (int i = 0; i < p->count; i++) {
        const exercise_policy *const e = &p->exercise[i];
        int cases = 0;
        assert_true(e->points >= (e->exercise->kind == EXERCISE_PREDICT ? 3 : 5));
        if (e->exercise->kind == EXERCISE_PREDICT)
            continue;
        const student_contract *const contract =
            exercise_contract(all, p->lesson, e->exercise, &error);
        assert_non_null(contract);
        for (int g = 0; g < e->group_count; g++) {
            snprintf(place, sizeof place, "%s/%s: %s", p->lesson->folder, e->exercise->name,
                     e->group[g].name);
            check_group(contract->concept, &e->group[g], place);
            assert_false(e->group[g].partial);  /* empty problems pass whatever is handed in */
            cases += e->group[g].cases;
        }
        assert_true(e->group_count >= 2 && e->memory_points >= 1);
        assert_true(cases <= (e->exercise->kind == EXERCISE_CUDA ? 40 : 160));
        assert_int_equal(e->speed_points > 0, e->exercise->kind == EXERCISE_FASTER);
        assert_int_equal(e->profile_points > 0, e->exercise->at_most != NULL);
    }
}

static void test_policies_of_the_course(void **state)
{
    static course all;
    static policy p;
    file_error error = { "" };

    (void)state;
    setenv("CONVLAB_ROOT", ".", 0);
    assert_int_equal(course_open(&all, &error), STATUS_OK);
    assert_true(all.count >= 19);
    for (int i = 0; i < all.count; i++) {
        if (policy_open(&p, &all.lessons[i], &error) != STATUS_OK ||
            policy_check(&p, &all, &error) != STATUS_OK)
            fail_msg("%s", error.text);
        assert_non_null(p.json);
        assert_int_equal(json_object_size(json_object_get(p.json, "exercises")), p.count);
        assert_true(p.points >= 30 && p.points <= 65);
        check_policy(&p, &all);
        policy_close(&p);
    }
    course_close(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policy_is_read),
        cmocka_unit_test(test_lesson_without_policy),
        cmocka_unit_test(test_mistakes_are_named),
        cmocka_unit_test(test_unreadable_policy),
        cmocka_unit_test(test_unknown_concept),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_policies_of_the_course),
    };
    return cmocka_run_group_tests(tests, make, end);
}
