/* test_grade_session_faults.c: sessions while the machine fails: every call of the operating system
 * and every allocation once, in the session and in its jobs. Whatever fails: no file is torn, no
 * result is other than the right one, nothing is left, and the same command goes on. */
#define _GNU_SOURCE             /* failing_calls.h; posix_openpt */
#include "tests/faults/failing_calls.h"

#include <setjmp.h>
#include <stddef.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "grade/outputs.h"
#include "grade/session_parts.h"
#include "tests/support/scratch.h"

#define WORDS "{ \"en\": \"a\", \"ko\": \"b\" }"
#define HINTS "{ \"en\": [\"1\", \"2\", \"3\"], \"ko\": [\"1\", \"2\", \"3\"] }"

static const char lesson_text[] =
    "{ \"title\": " WORDS ", \"needs\": [], \"exercises\": [ { \"name\": \"p\", \"kind\": "
    "\"predict\", \"file\": \"p.txt\", \"title\": " WORDS ", \"hints\": " HINTS " } ] }";
static const double right_points = 10.0;

static course all;
static policy rules;
static grade_programs programs;
static grade_settings settings;
static lesson_path out, temporary, submissions[2];

static void make_folder(const char *name)
{
    assert_int_equal(mkdir(scratch_path(name), 0755), 0);
}

static int make_course(void **state)
{
    static const char *const folders[] = { "lessons", "lessons/01-one", "tmp", "in", "in/ann",
                                           "in/ann/one" };
    file_error error = { "" };

    if (scratch_make(state) != 0)
        return -1;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        make_folder(folders[i]);
    scratch_write("lessons/01-one/lesson.json", lesson_text, strlen(lesson_text));
    scratch_write("in/ann/one/p.txt", "right", 5);
    scratch_write("in/ann/one/more.txt", "", 0);
    scratch_write("in/bob.zip", "noise", 5);
    snprintf(temporary, sizeof temporary, "%s", scratch_path("tmp"));
    snprintf(submissions[0], sizeof submissions[0], "%s", scratch_path("in/ann"));
    snprintf(submissions[1], sizeof submissions[1], "%s", scratch_path("in/bob.zip"));
    setenv("CONVLAB_ROOT", scratch_path(""), 1);
    setenv("TMPDIR", temporary, 1);
    if (course_open(&all, &error) != STATUS_OK || all.count != 1 ||
        policy_open(&rules, &all.lessons[0], &error) != STATUS_OK) {
        fprintf(stderr, "%s%s\n", error.text, all.complaint.text);
        return -1;
    }
    settings = (grade_settings){ .course = &all, .policies = &rules, .programs = &programs,
                                 .tier = JAIL_NAMESPACES, .call_seconds = 1.0,
                                 .exercise_seconds = 1.0 };
    return 0;
}

static int remove_course(void **state)
{
    unsetenv("TMPDIR");
    policy_close(&rules);
    course_close(&all);
    return scratch_remove(state);
}

/* Leaves a folder in the temporary one, as a compiler may. */
static void stand_in(const grade_settings *g, const submission *s, const lesson *l, int at,
                     result_exercise *into)
{
    const submission_file *const file = submission_find(s, l, l->exercises[at].file);
    const bool right = file && strcmp((const char *)file->bytes, "right") == 0;
    lesson_path path;

    (void)g;
    path_join(path, getenv("TMPDIR"), "litter", NULL);
    (void)mkdir(path, 0700);
    for (int k = 0; k < into->part_count; k++) {
        into->part[k].state = right ? RESULT_PASSED : RESULT_MISSING;
        into->part[k].points = right ? into->part[k].max : 0.0;
    }
}

static int entries(const char *folder)
{
    return scratch_entries(folder);
}

/* A result that is complete has the right points; one that is there can be read. True if it is
 * complete. */
static bool expect_right(const char *id, double points, const char *failed)
{
    lesson_path path;
    file_error error = { "" };
    result r;

    path_join(path, out, id, "result.json");
    if (access(path, F_OK) != 0)
        return false;
    if (result_read(&r, path, &error) != STATUS_OK)
        fail_msg("%s fails: %s", failed, error.text);
    const bool complete = r.complete;
    if (complete ? r.points != points : r.points != 0.0)
        fail_msg("%s fails: %s has %g points", failed, id, r.points);
    result_free(&r);
    return complete;
}

/* What a session says of each submission is of no interest here. */
static status run_quietly(const session_options *o, session_counts *counts, bool armed,
                          file_error *error)
{
    const int kept = dup(STDERR_FILENO), nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);

    assert_true(kept >= 0 && nothing >= 0 && dup2(nothing, STDERR_FILENO) == STDERR_FILENO);
    close(nothing);
    if (armed)
        failing_arm();
    const status s = session_run(&settings, o, counts, error);
    if (armed)
        failing_disarm();
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    close(kept);
    return s;
}

/* The same again with nothing failing, and all is as it should be. */
static void check_recovery(const session_options *o, const char *failed)
{
    file_error error = { "" };
    session_counts counts;

    if (run_quietly(o, &counts, false, &error) != STATUS_OK)
        fail_msg("after %s had failed: %s", failed, error.text);
    assert_int_equal(counts.graded + counts.kept, 1);
    assert_int_equal(counts.unreadable, 1);
    if (!expect_right("ann", right_points, failed) || !expect_right("bob", 0.0, failed))
        fail_msg("after %s had failed: not complete", failed);
    if (entries(temporary) != 0)
        fail_msg("after %s had failed: something is left", failed);
}

static void remove_out(void)
{
    assert_true(folder_remove(out));
}

static void fail_each(bool again)
{
    const char *const paths[] = { submissions[0], submissions[1] };
    session_options o = { .paths = paths, .path_count = 2, .out = out, .formats = "all",
                          .version = "1", .commit = "c", .jobs = 1, .gradebook = true,
                          .grader = stand_in };
    const int descriptors = entries("/proc/self/fd");
    const char *failed = "";
    int runs = 0;

    snprintf(out, sizeof out, "%s", scratch_path(again ? "again/deep" : "out/deep"));
    if (again)
        check_recovery(&o, "nothing");
    for (; failed; runs++) {
        file_error error = { "" };
        session_counts counts = { 0 };

        o.again = again;
        const status s = run_quietly(&o, &counts, true, &error);
        failed = failing_disarm();
        o.again = false;
        if (s != STATUS_OK && !*error.text)
            fail_msg("%s fails: nothing is said", failed ? failed : "nothing");
        if (s == STATUS_OK && counts.graded + counts.kept + counts.unreadable + counts.broken != 2)
            fail_msg("%s fails: a submission is not counted", failed ? failed : "nothing");
        (void)expect_right("ann", right_points, failed ? failed : "nothing");
        (void)expect_right("bob", 0.0, failed ? failed : "nothing");
        check_recovery(&o, failed ? failed : "nothing");
        assert_int_equal(entries("/proc/self/fd"), descriptors);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        if (!again)
            remove_out();
    }
    assert_true(runs > (again ? 2 : 40));
}

static void test_each_call_fails(void **state)
{
    (void)state;
    fail_each(false);
}

static void test_each_call_of_another_grading_fails(void **state)
{
    (void)state;
    fail_each(true);
}

/* A bar on a terminal, but for those who want none. */
static void test_progress_on_a_terminal(void **state)
{
    static const struct { const char *term, *plain; bool bar; } cases[] = {
        { "xterm", NULL, true }, { NULL, "", true }, { "dumb", NULL, false },
        { "xterm", "1", false },
    };
    const int master = posix_openpt(O_RDWR | O_NOCTTY);

    (void)state;
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        skip();
    FILE *const terminal = fopen(ptsname(master), "r+");
    assert_non_null(terminal);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        session_progress p;

        (void)(cases[i].term ? setenv("TERM", cases[i].term, 1) : unsetenv("TERM"));
        (void)(cases[i].plain ? setenv("NO_COLOR", cases[i].plain, 1) : unsetenv("NO_COLOR"));
        session_progress_begin(&p, terminal, 1);
        assert_int_equal(p.bar, cases[i].bar);
        session_progress_add(&p, "ann", "x", i % 2 ? PROGRESS_KEPT : PROGRESS_DONE);
        session_progress_end(&p);
    }
    fclose(terminal);
    close(master);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_call_fails),
        cmocka_unit_test(test_each_call_of_another_grading_fails),
        cmocka_unit_test(test_progress_on_a_terminal),
    };
    return cmocka_run_group_tests(tests, make_course, remove_course);
}
