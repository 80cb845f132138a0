/* test_grade_main.c: convlab-grade on machines and with courses that are not as they should be: no
 * GPU, nothing that holds a program, a course with mistakes. Each is told, with its exit code. The
 * program is a copy of $CONVLAB-grade (default build/convlab-grade) with stand-ins beside it. */
#define _GNU_SOURCE
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/process.h"
#include "tests/support/scratch.h"

static char root[PATH_MAX / 2], program[PATH_MAX], path_variable[PATH_MAX + 8];

static void run(const char *const *argv)
{
    process_result r = process_run(NULL, argv);

    if (r.code != 0)
        fail_msg("%s: %s", argv[0], r.err);
    process_free(&r);
}

static void write_program(const char *name, const char *text)
{
    assert_int_equal(chmod(scratch_write(name, text, strlen(text)), 0755), 0);
}

static int set_up(void **state)
{
    char from[PATH_MAX];

    if (scratch_make(state) != 0 || !getcwd(root, sizeof root))
        return -1;
    assert_int_equal(chmod(scratch_path(""), 0755), 0);
    assert_int_equal(mkdir(scratch_path("bin"), 0755), 0);
    assert_int_equal(mkdir(scratch_path("course"), 0755), 0);
    snprintf(program, sizeof program, "%s", scratch_path("bin/convlab-grade"));
    snprintf(from, sizeof from, "%s-grade", process_convlab());
    run((const char *const[]){ "cp", from, program, NULL });
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = { "convlab-jailer", "convlab-worker",
                                             "convlab-worker-asan" };
        snprintf(from, sizeof from, "%s/build/%s", root, names[i]);
        run((const char *const[]){ "cp", from, scratch_path("bin"), NULL });
    }
    assert_int_equal(mkdir(scratch_path("course/lessons"), 0755), 0);
    run((const char *const[]){ "cp", "-r", "lessons/01-conv", "lessons/02-padding",
                               "lessons/03-channels", scratch_path("course/lessons"), NULL });
    snprintf(path_variable, sizeof path_variable, "PATH=%s", getenv("PATH"));
    return 0;
}

/* The program with these arguments after what argv[] begins with. It ends with this code, and says
 * the words on stdout or stderr. */
static void expect(int code, const char *words, const char *const *argv)
{
    process_result r = process_run(NULL, argv);
    const bool good = r.code == code && (strstr(r.out, words) || strstr(r.err, words));

    if (!good)
        print_message("expected %d and '%s', found %d\n%s%s", code, words, r.code, r.out, r.err);
    assert_true(good);
    process_free(&r);
}

/* ---- Hardware ---- */

static void expect_hardware(int code, const char *words)
{
    expect(code, words, (const char *const[]){
        "env", path_variable, program, "--course", root, "--hardware", "--lesson", "conv",
        "--exercise", "predict", "--practice", "--out", scratch_path("out"), "--again",
        "--call-seconds", "5", "--exercise-seconds", "20", "--format", "text,junit",
        "lessons/01-conv/solutions", NULL });
}

static void test_hardware_that_is_not_there(void **state)
{
    (void)state;
    expect_hardware(4, "--hardware: convlab-worker-cuda has not been built");
    write_program("bin/convlab-worker-cuda", "#!/bin/sh\nprintf 'no GPU today'\nexit 1\n");
    snprintf(path_variable, sizeof path_variable, "PATH=%s", scratch_path("nothing"));
    expect(4, "--hardware: nvcc is not in PATH", (const char *const[]){
        "/usr/bin/env", path_variable, program, "--course", root, "--hardware", "--practice",
        "--tier", "none", "--out", scratch_path("out"), "lessons/01-conv/solutions", NULL });
    write_program("bin/nvcc", "#!/bin/sh\n");
    snprintf(path_variable, sizeof path_variable, "PATH=%s:%s", scratch_path("bin"),
             getenv("PATH"));
    expect_hardware(4, "--hardware: no GPU today; CUDA exercises run in the simulator without it");
    write_program("bin/convlab-worker-cuda", "#!/bin/sh\nexit 1\n");
    expect_hardware(4, "--hardware: convlab-worker-cuda does not run; ");
    write_program("bin/convlab-worker-cuda", "#!/bin/sh\n");
    expect_hardware(0, "1 graded, 0 already graded");
    expect_hardware(0, "1 graded, 0 already graded");           /* again */
    assert_int_equal(access(scratch_path("out/solutions/junit.xml"), F_OK), 0);
    assert_int_not_equal(access(scratch_path("out/solutions/gradescope.json"), F_OK), 0);
    run((const char *const[]){ "rm", "-r", scratch_path("out"), scratch_path("bin/nvcc"),
                               scratch_path("bin/convlab-worker-cuda"), NULL });
}

static void test_numbers_that_are_none(void **state)
{
    static const struct { const char *option, *words; } wrong[] = {
        { "--jobs=x", "--jobs: expected a whole number from 1 to " },
        { "--jobs=", "--jobs: expected a whole number from 1 to " },
        { "--call-seconds=nan", "--call-seconds: expected seconds from 0.1 to " },
        { "--exercise-seconds=", "--exercise-seconds: expected seconds from 0.1 to " },
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        expect(2, wrong[i].words, (const char *const[]){ program, wrong[i].option,
                                                         "lessons/01-conv/solutions", NULL });
}

/* ---- Tiers ---- */

/* An ordinary user without bubblewrap: nothing is scored, and it is said what is missing. */
static void expect_nobody(int code, const char *words, const char *option, const char *value)
{
    expect(code, words, (const char *const[]){
        "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", "PATH=/nowhere",
        program, "--course", root, option, value, NULL });
}

static void test_nothing_holds_a_program(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    expect_nobody(4, "namespaces: bwrap is not in PATH", "--self-test", NULL);
    expect_nobody(4, "tier: none", "--self-test", NULL);
    expect_nobody(4, "only --practice is left", "--self-test", NULL);
    expect_nobody(4, "nothing here can hold untrusted code, so nothing is graded:",
                  "lessons/01-conv/solutions", NULL);
    expect_nobody(4, "--tier landlock does not work on this machine: landlock: a user id of its "
                     "own needs root", "--tier=landlock", "lessons/01-conv/solutions");
    expect_nobody(4, "--tier namespaces does not work on this machine", "--tier=namespaces",
                  "--self-test");
}

/* ---- Courses ---- */

static void expect_course(int code, const char *words, const char *option, const char *value)
{
    expect(code, words, (const char *const[]){ program, "--course", scratch_path("course"),
                                               "--list", option, value, NULL });
}

/* A mistake in one lesson is told, but not to those who grade another. */
static void test_courses_with_mistakes(void **state)
{
    (void)state;
    expect_course(0, "channels ", NULL, NULL);
    process_result r = process_run(NULL, (const char *const[]){
        program, "--course", scratch_path("course"), "--list", "--lesson", "conv", NULL });
    assert_non_null(strstr(r.out, "01-conv/conv2d_student.c"));
    assert_null(strstr(r.out, "02-padding"));
    process_free(&r);
    scratch_write("course/lessons/02-padding/grading.json", "{ ", 2);
    expect_course(3, "02-padding/grading.json", NULL, NULL);
    expect_course(0, "points in all", "--lesson", "conv");
    scratch_write("course/lessons/02-padding/grading.json", "{}", 2);
    scratch_write("course/lessons/03-channels/lesson.json", "{ ", 2);
    expect_course(3, "03-channels/lesson.json", NULL, NULL);
    expect_course(0, "points in all", "--lesson", "conv");
    run((const char *const[]){ "rm", "-r", scratch_path("course/lessons"), NULL });
    expect_course(3, "lessons", NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hardware_that_is_not_there),
        cmocka_unit_test(test_numbers_that_are_none),
        cmocka_unit_test(test_nothing_holds_a_program),
        cmocka_unit_test(test_courses_with_mistakes),
    };
    return cmocka_run_group_tests(tests, set_up, scratch_remove);
}
