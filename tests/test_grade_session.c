/* test_grade_session.c: sessions of the grader without a student's code: jobs that end well, die,
 * hang or are stopped; what is on disk before, meanwhile and afterwards. tests/scripts/grade.sh
 * runs the whole, with a sandbox. */
#define _GNU_SOURCE             /* mkdtemp, usleep */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <jansson.h>

#include "grade/outputs.h"
#include "grade/session_parts.h"
#include "tests/support/scratch.h"

#define WORDS "{ \"en\": \"a\", \"ko\": \"b\" }"
#define HINTS "{ \"en\": [\"1\", \"2\", \"3\"], \"ko\": [\"1\", \"2\", \"3\"] }"
#define PREDICT(name, file) \
    "{ \"name\": \"" name "\", \"kind\": \"predict\", \"file\": \"" file "\", \"title\": " WORDS \
    ", \"hints\": " HINTS " }"
#define LESSON(exercises) \
    "{ \"title\": " WORDS ", \"needs\": [], \"exercises\": [ " exercises " ] }"

static const char secret_text[] = "000102030405060708090a0b0c0d0e0f";

static course all;
static policy policies[LESSON_MAX];
static grade_programs programs;
static grade_settings settings;
static lesson_path out;                 /* of the grading that a test is about */

/* ---- A course of two lessons, and a grader that does as the submission says ---- */

static void make_folder(const char *name)
{
    if (mkdir(scratch_path(name), 0755) != 0 && errno != EEXIST)
        perror(name);
}

static void write_text(const char *name, const char *text)
{
    scratch_write(name, text, strlen(text));
}

static int make_course(void **state)
{
    static const char one[] = LESSON(PREDICT("p", "p.txt") ", " PREDICT("q", "q.txt"));
    static const char two[] = LESSON(PREDICT("p", "other.txt"));
    file_error error = { "" };

    if (scratch_make(state) != 0)
        return -1;
    static const char *const folders[] = { "lessons", "lessons/01-one", "lessons/02-two", "tmp",
                                           "in" };
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        make_folder(folders[i]);
    write_text("lessons/01-one/lesson.json", one);
    write_text("lessons/02-two/lesson.json", two);
    setenv("CONVLAB_ROOT", scratch_path(""), 1);
    setenv("TMPDIR", scratch_path("tmp"), 1);
    if (course_open(&all, &error) != STATUS_OK || all.count != 2) {
        fprintf(stderr, "%s%s\n", error.text, all.complaint.text);
        return -1;
    }
    for (int i = 0; i < all.count; i++)
        if (policy_open(&policies[i], &all.lessons[i], &error) != STATUS_OK) {
            fprintf(stderr, "%s\n", error.text);
            return -1;
        }
    settings = (grade_settings){ .course = &all, .policies = policies, .programs = &programs,
                                 .tier = JAIL_NAMESPACES, .call_seconds = 1.0,
                                 .exercise_seconds = 1.0 };
    return 0;
}

static int remove_course(void **state)
{
    unsetenv("TMPDIR");
    for (int i = 0; i < all.count; i++)
        policy_close(&policies[i]);
    course_close(&all);
    return scratch_remove(state);
}

/* A path in the scratch folder that lasts. */
static const char *lasting(const char *name)
{
    static char paths[64][PATH_MAX];
    static int next;

    return strcpy(paths[next++ % 64], scratch_path(name));
}

/* A submission: a folder in/NAME with lesson one's files, which say what is to happen. */
static const char *submit(const char *name, const char *what)
{
    char path[256];

    snprintf(path, sizeof path, "in/%s", name);
    make_folder(path);
    snprintf(path, sizeof path, "in/%s/one", name);
    make_folder(path);
    snprintf(path, sizeof path, "in/%s/one/p.txt", name);
    write_text(path, what);
    snprintf(path, sizeof path, "in/%s/one/q.txt", name);
    write_text(path, "fine");
    snprintf(path, sizeof path, "in/%s", name);
    return lasting(path);
}

static const char *in_out(const char *id, const char *file)
{
    static char path[PATH_MAX + 256];

    snprintf(path, sizeof path, "%s/%s/%s", out, id, file);
    return path;
}

/* A process that its parent's death does not end. */
static void leave_behind(void)
{
    if (fork() == 0) {
        setsid();
        prctl(PR_SET_NAME, "left-behind");
        for (;;)
            pause();
    }
}

static void stand_in(const grade_settings *g, const submission *s, const lesson *l, int at,
                     result_exercise *into)
{
    const submission_file *const file = submission_find(s, l, l->exercises[at].file);
    const char *const what = file ? (const char *)file->bytes : "";
    result_state state = file ? RESULT_PASSED : RESULT_MISSING;

    (void)g;
    if (strcmp(what, "die") == 0)
        raise(SIGKILL);
    if (strcmp(what, "leave") == 0) {
        leave_behind();
        raise(SIGABRT);
    }
    if (strcmp(what, "hang") == 0)
        for (;;)
            pause();
    if (strcmp(what, "exit") == 0)
        _exit(77);
    if (strcmp(what, "litter") == 0) {                  /* in the job's temporary folder */
        char path[PATH_MAX + 16];
        snprintf(path, sizeof path, "%s/litter", getenv("TMPDIR"));
        FILE *const litter = fopen(path, "w");
        if (!litter || fclose(litter) != 0)
            state = RESULT_FAILED;
    }
    if (strcmp(what, "slow") == 0)
        usleep(300000);
    if (strcmp(what, "broken") == 0)
        state = RESULT_BROKEN;
    for (int k = 0; k < into->part_count; k++) {
        into->part[k].state = state;
        into->part[k].points = state == RESULT_PASSED ? into->part[k].max : 0.0;
    }
}

/* A folder for a test of its own. */
static session_options options_for(const char *name, const char *const *paths, int count)
{
    snprintf(out, sizeof out, "%s", scratch_path(name));
    return (session_options){ .paths = paths, .path_count = count, .out = out, .formats = "all",
                              .version = "1", .commit = "c", .jobs = 2, .gradebook = true,
                              .grader = stand_in };
}

static result read_result(const char *id)
{
    file_error error = { "" };
    result r;

    if (result_read(&r, in_out(id, "result.json"), &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return r;
}

/* Points and what the result says; every format is there. */
static void expect_result(const char *id, bool complete, double points, const char *remark)
{
    result r = read_result(id);

    assert_string_equal(r.id, id);
    assert_int_equal(r.complete, complete);
    assert_true(r.points == points);
    assert_true(r.max == 30.0);
    assert_int_equal(r.count, 3);
    if (remark && !(r.remark && strstr(r.remark, remark)))
        fail_msg("%s: expected '%s' in '%s'", id, remark, r.remark ? r.remark : "");
    for (const output_format *f = output_formats; f->name; f++)
        assert_int_equal(access(in_out(id, f->file), R_OK), 0);
    result_free(&r);
}

/* Until the zero result is on disk in every format: then the stand-in runs. */
static void wait_for_zero(const char *id)
{
    for (const output_format *f = output_formats; f->name; f++)
        for (int i = 0; i < 1000 && access(in_out(id, f->file), F_OK) != 0; i++)
            usleep(10000);
}

static void expect_nothing_left(void)
{
    assert_int_equal(scratch_entries(scratch_path("tmp")), 0);
}

/* ---- Names ---- */

static void test_names(void **state)
{
    const char *const twice[] = { submit("ann", "fine"), scratch_write("in/ann.zip", "x", 1) };
    const char *const missing[] = { twice[0], "/nowhere/bob" };
    file_error error;

    (void)state;
    assert_int_equal(session_names(twice, 1, &error), STATUS_OK);
    assert_int_equal(session_names(NULL, 0, &error), STATUS_OK);
    assert_int_equal(session_names(twice, 2, &error), STATUS_VALUE);
    assert_non_null(strstr(error.text, "in/ann.zip"));
    assert_non_null(strstr(error.text, "in/ann and"));
    assert_int_equal(session_names(missing, 2, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "/nowhere/bob"));
}

/* ---- grading.json ---- */

static grading open_well(const session_options *o, bool anew)
{
    file_error error = { "" };
    grading g;

    if (grading_open(&g, &settings, o, anew, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return g;
}

static void expect_refused(const session_options *o, bool anew, status s, const char *told)
{
    file_error error = { "" };
    grading g;

    assert_int_equal(grading_open(&g, &settings, o, anew, &error), s);
    if (!strstr(error.text, told))
        fail_msg("expected '%s' in '%s'", told, error.text);
}

static void test_a_grading_is_made_once(void **state)
{
    session_options o = options_for("made-once", NULL, 0);
    struct stat about;

    (void)state;
    make_folder("made-once");
    const grading first = open_well(&o, false), second = open_well(&o, false);
    assert_memory_equal(first.key.key, second.key.key, sizeof first.key.key);
    assert_string_equal(first.began, second.began);
    assert_int_equal(stat(in_out("", "grading.json"), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(scratch_entries(out), 1);

    const grading anew = open_well(&o, true);           /* the same secret */
    assert_memory_equal(first.key.key, anew.key.key, sizeof first.key.key);
    o.secret = secret_text;
    expect_refused(&o, false, STATUS_VALUE, "'secret'");
    const grading told = open_well(&o, true);
    char text[SECRET_TEXT_BYTES];
    secret_print(&told.key, text);
    assert_string_equal(text, secret_text);
    open_well(&o, false);
    o.secret = "zz";
    expect_refused(&o, true, STATUS_VALUE, "32 hexadecimal digits");
}

static void test_other_settings_are_refused(void **state)
{
    session_options o = options_for("settings", NULL, 0);

    (void)state;
    make_folder("settings");
    open_well(&o, false);
    o.only = &all.lessons[0];
    expect_refused(&o, false, STATUS_VALUE, "'lesson': expected \"one\", found all: ");
    o.only = NULL;
    o.practice = true;
    expect_refused(&o, false, STATUS_VALUE, "'scored'");
    o.practice = false;
    o.exercise = "p";
    expect_refused(&o, false, STATUS_VALUE, "'exercise'");
    o.exercise = NULL;

    json_t *const cases = json_integer(7);              /* a policy that has changed */
    assert_int_equal(json_object_set_new(all.lessons[1].json, "cases", cases), 0);
    expect_refused(&o, false, STATUS_VALUE, "grading.json: the course's lesson.json or");
    open_well(&o, true);
    open_well(&o, false);
    json_object_del(all.lessons[1].json, "cases");
}

static void test_a_damaged_grading_is_refused(void **state)
{
    static const struct { const char *text, *told; } wrong[] = {
        { "", "grading.json:" },
        { "{ \"format\": \"x\" }", "'format'" },
        { "{ \"format\": 3 }", "'format'" },
        { "{ \"format\": \"convlab/grading/v1\" }", "'secret'" },
        { "{ \"format\": \"convlab/grading/v1\", \"secret\": \"12\" }", "'secret'" },
        { "{ \"format\": \"convlab/grading/v1\", \"secret\": "
          "\"000102030405060708090a0b0c0d0e0f\" }", "'began'" },
        { "{ \"format\": \"convlab/grading/v1\", \"secret\": "
          "\"000102030405060708090a0b0c0d0e0f\", \"began\": \"2026-01-31T12:00:00Z\" }",
          "'lesson'" },
    };
    const session_options o = options_for("damaged", NULL, 0);

    (void)state;
    make_folder("damaged");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        write_text("damaged/grading.json", wrong[i].text);
        const status s = strcmp(wrong[i].told, "'lesson'") == 0 ? STATUS_VALUE : STATUS_IO;
        expect_refused(&o, false, s, wrong[i].told);
    }
    session_options nowhere = o;
    nowhere.out = "/nowhere/at/all";
    expect_refused(&nowhere, false, STATUS_IO, "cannot be written");
    char deep[PATH_MAX];
    memset(deep, 'x', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    nowhere.out = deep;
    expect_refused(&nowhere, false, STATUS_IO, "too long");
}

/* Units of an array of jobs begin at once: all must draw the same problems. */
static void test_many_agree_on_one_secret(void **state)
{
    enum { UNITS = 8 };
    const session_options o = options_for("many", NULL, 0);
    int ends[2], status_of;
    secret first, one;

    (void)state;
    make_folder("many");
    assert_int_equal(pipe(ends), 0);
    for (int i = 0; i < UNITS; i++)
        if (fork() == 0) {
            grading g;
            const bool opened = grading_open(&g, &settings, &o, false, NULL) == STATUS_OK;
            _exit(!opened || write(ends[1], g.key.key, sizeof g.key.key) != sizeof g.key.key);
        }
    close(ends[1]);
    for (int i = 0; i < UNITS; i++) {
        assert_int_equal(read(ends[0], one.key, sizeof one.key), sizeof one.key);
        if (i == 0)
            first = one;
        assert_memory_equal(first.key, one.key, sizeof one.key);
    }
    while (wait(&status_of) > 0)
        assert_int_equal(status_of, 0);
    close(ends[0]);
    assert_int_equal(scratch_entries(out), 1);
}

/* ---- One submission ---- */

static void check_zero(const grade_settings *g, const submission *s, const lesson *l, int at,
                       result_exercise *into)
{
    if (at == 0 && l == &all.lessons[0]) {
        expect_result("ann", false, 0.0, "not finished");
        result r = read_result("ann");
        assert_string_equal(r.secret, "");
        assert_int_equal(r.exercise[0].state, RESULT_WAITING);
        result_free(&r);
    }
    stand_in(g, s, l, at, into);
}

static void test_a_zero_result_comes_first(void **state)
{
    const char *const path = submit("ann", "fine");
    session_options o = options_for("zero", &path, 1);
    file_error error = { "" };

    (void)state;
    make_folder("zero");
    const grading of = open_well(&o, false);
    o.grader = check_zero;
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_GRADED);
    expect_result("ann", true, 20.0, NULL);             /* nothing for lesson two */
    result r = read_result("ann");
    char text[SECRET_TEXT_BYTES];
    secret_print(&of.key, text);
    assert_string_equal(r.secret, text);
    assert_true(r.scored);
    assert_int_equal(r.exercise[2].state, RESULT_MISSING);
    result_free(&r);
}

static void test_what_is_complete_is_kept(void **state)
{
    const char *const path = submit("kept", "fine");
    session_options o = options_for("kept", &path, 1);
    file_error error = { "" };

    (void)state;
    make_folder("kept");
    grading of = open_well(&o, false);
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_GRADED);
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_KEPT);
    o.again = true;
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_GRADED);
    o.again = false;
    o.version = "2";
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_GRADED);
    o.commit = "d";
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_GRADED);
    of.key.key[3] ^= 1;
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_GRADED);
    submit("kept", "fine, but other bytes");
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_GRADED);
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_KEPT);
    snprintf(of.began, sizeof of.began, "9999-01-01T00:00:00Z");
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_GRADED);
    submit("kept", "broken");
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_BROKEN);
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_BROKEN);
    scratch_write("kept/kept/result.json", "{", 1);
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_BROKEN);
}

static void test_what_cannot_be_read(void **state)
{
    const char *const path = scratch_write("in/noise.zip", "no archive at all", 17);
    session_options o = options_for("noise", &path, 1);
    file_error error = { "" };

    (void)state;
    make_folder("noise");
    const grading of = open_well(&o, false);
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_UNREADABLE);
    expect_result("noise", true, 0.0, "cannot be read");
    o.practice = true;
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_UNREADABLE);
    result r = read_result("noise");
    assert_false(r.scored);
    assert_int_equal(r.exercise[0].state, RESULT_MISSING);
    result_free(&r);
}

static void test_one_exercise_alone(void **state)
{
    const char *const path = submit("alone", "fine");
    session_options o = options_for("alone", &path, 1);
    file_error error = { "" };

    (void)state;
    make_folder("alone");
    o.only = &all.lessons[0];
    o.exercise = "q";
    assert_int_equal(unit_exercises(&settings, &o), 1);
    const grading of = open_well(&o, false);
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_GRADED);
    result r = read_result("alone");
    assert_int_equal(r.count, 1);
    assert_string_equal(r.exercise[0].exercise, "q");
    assert_true(r.points == 10.0);
    result_free(&r);
}

static void test_results_that_cannot_be_written(void **state)
{
    const char *const path = submit("stuck", "fine");
    session_options o = options_for("stuck", &path, 1);
    file_error error = { "" };

    (void)state;
    make_folder("stuck");
    make_folder("elsewhere");
    const grading of = open_well(&o, false);
    assert_int_equal(symlink(scratch_path("elsewhere"), in_out("", "stuck")), 0);
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_FAILED);
    assert_non_null(strstr(error.text, "expected a folder"));
    assert_int_not_equal(unit_abandon(&settings, &o, "stuck", "x", &error), STATUS_OK);
    assert_int_equal(scratch_entries(scratch_path("elsewhere")), 0);
    assert_int_equal(unlink(in_out("", "stuck")), 0);

    make_folder("stuck/stuck");
    make_folder("stuck/stuck/result.json");             /* nothing can take its place */
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_FAILED);
    assert_int_equal(rmdir(in_out("stuck", "result.json")), 0);
    o.formats = "no such format";
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_FAILED);
    o.formats = "text";
    o.out = "/nowhere/at/all";
    assert_int_equal(unit_grade(&settings, &o, &of, path, &error), UNIT_FAILED);
}

/* ---- Temporary folders ---- */

static void test_folders_are_removed_whatever_is_in_them(void **state)
{
    enum { DEEP = 150 };
    int at = open(scratch_path(""), O_RDONLY | O_DIRECTORY);

    (void)state;
    write_text("untouched", "x");
    make_folder("rubbish");
    assert_int_equal(symlink(scratch_path("untouched"), scratch_path("rubbish/link")), 0);
    assert_int_equal(mkfifo(scratch_path("rubbish/pipe"), 0600), 0);
    for (int i = 0; i < DEEP; i++) {
        const char *const name = i == 0 ? "rubbish" : "d";
        if (i > 0)
            assert_int_equal(mkdirat(at, name, 0700), 0);
        const int below = openat(at, name, O_RDONLY | O_DIRECTORY);
        assert_true(below >= 0);
        close(at);
        at = below;
    }
    assert_int_equal(fchmod(at, 0), 0);
    close(at);
    assert_true(folder_remove(scratch_path("rubbish")));
    assert_int_equal(access(scratch_path("rubbish"), F_OK), -1);
    assert_int_equal(access(scratch_path("untouched"), F_OK), 0);
    assert_true(folder_remove(scratch_path("rubbish")));        /* gone is gone */
    assert_false(folder_remove(scratch_path("untouched")));
    assert_true(unlink(scratch_path("untouched")) == 0);
}

static void test_folders_of_dead_graders_are_removed(void **state)
{
    lesson_path mine, next;
    file_error error;
    int lock, next_lock;

    (void)state;
    make_folder("tmp/convlab-grade-dead00");
    make_folder("tmp/convlab-grade-dead00/0");
    write_text("tmp/convlab-grade-dead00/0/object.so", "x");
    write_text("tmp/convlab-grade-file", "x");
    write_text("tmp/another", "x");
    assert_int_equal(folder_make(mine, &lock, &error), STATUS_OK);
    assert_int_equal(scratch_entries(scratch_path("tmp")), 3);
    assert_int_equal(folder_make(next, &next_lock, &error), STATUS_OK);
    assert_int_equal(access(mine, F_OK), 0);            /* its grader lives */
    close(lock);
    close(next_lock);
    assert_int_equal(unlink(scratch_path("tmp/another")), 0);
    assert_int_equal(unlink(scratch_path("tmp/convlab-grade-file")), 0);
    assert_true(folder_remove(mine) && folder_remove(next));
    expect_nothing_left();

    setenv("TMPDIR", "/nowhere", 1);
    assert_int_equal(folder_make(mine, &lock, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "/nowhere"));
    setenv("TMPDIR", scratch_path("tmp"), 1);
}

/* ---- Sessions ---- */

static session_counts run_well(const session_options *o)
{
    file_error error = { "" };
    session_counts counts;

    if (session_run(&settings, o, &counts, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    expect_nothing_left();
    return counts;
}

static void expect_counts(session_counts c, int graded, int kept, int unreadable, int broken)
{
    assert_int_equal(c.graded, graded);
    assert_int_equal(c.kept, kept);
    assert_int_equal(c.unreadable, unreadable);
    assert_int_equal(c.broken, broken);
    assert_int_equal(c.left, 0);
    assert_int_equal(c.stopped_by, 0);
}

static bool is_running(const char *name)
{
    char command[128];

    snprintf(command, sizeof command, "grep -qsx %s /proc/[0-9]*/comm", name);
    return system(command) == 0;
}

static void test_a_session(void **state)
{
    const char *const paths[] = {
        submit("s1", "fine"),   submit("s2", "die"),  submit("s3", "hang"), submit("s4", "broken"),
        submit("s5", "litter"), submit("s6", "exit"), lasting("in/s7.zip"),
        submit("s8", "leave"),
    };
    session_options o = options_for("session/in/folders", paths, 8);

    (void)state;
    write_text("in/s7.zip", "noise");
    o.unit_seconds = 0.7;
    expect_counts(run_well(&o), 2, 0, 1, 5);
    expect_result("s1", true, 20.0, NULL);
    expect_result("s2", false, 0.0, "signal 9");
    expect_result("s3", false, 0.0, "more than 1 s");
    expect_result("s4", true, 10.0, NULL);
    expect_result("s5", true, 20.0, NULL);
    expect_result("s6", false, 0.0, "result is missing");
    expect_result("s7", true, 0.0, "cannot be read");
    expect_result("s8", false, 0.0, "signal 6");
    assert_int_equal(access(in_out("", "gradebook.csv"), R_OK), 0);
    assert_false(is_running("left-behind"));
    expect_counts(run_well(&o), 0, 2, 1, 5);
    o.again = true;
    o.path_count = 1;
    expect_counts(run_well(&o), 1, 0, 0, 0);
}

static void test_jobs_run_at_the_same_time(void **state)
{
    const char *const paths[] = { submit("t1", "slow"), submit("t2", "slow"), submit("t3", "slow"),
                                  submit("t4", "slow") };
    session_options o = options_for("at-once", paths, 4);

    (void)state;
    o.jobs = 4;
    const double begin = session_clock();
    expect_counts(run_well(&o), 4, 0, 0, 0);
    assert_true(session_clock() - begin < 1.1);         /* one by one: 1.2 s and more */
}

static void test_a_signal_stops_and_the_same_command_goes_on(void **state)
{
    const char *const paths[] = { submit("u1", "fine"), submit("u2", "hang"), submit("u3", "hang"),
                                  submit("u4", "fine") };
    session_options o = options_for("stopped", paths, 4);
    session_counts counts;
    file_error error = { "" };
    int status_of = 0;

    (void)state;
    const pid_t pid = fork();
    if (pid == 0) {
        const status s = session_run(&settings, &o, &counts, &error);
        _exit(s == STATUS_OK && counts.stopped_by == SIGTERM && counts.left == 3 ? 0 : 1);
    }
    wait_for_zero("u3");
    kill(pid, SIGTERM);
    assert_int_equal(waitpid(pid, &status_of, 0), pid);
    assert_int_equal(status_of, 0);
    expect_nothing_left();
    expect_result("u1", true, 20.0, NULL);
    expect_result("u2", false, 0.0, "not finished");
    assert_int_equal(access(in_out("", "gradebook.csv"), F_OK), -1);
    submit("u2", "fine");
    submit("u3", "fine");
    expect_counts(run_well(&o), 3, 1, 0, 0);
}

static void test_a_killed_session_leaves_no_job(void **state)
{
    const char *const paths[] = { submit("v1", "hang") };
    const session_options o = options_for("killed", paths, 1);
    session_counts counts;
    int status_of = 0;

    (void)state;
    const pid_t pid = fork();
    if (pid == 0)
        _exit(session_run(&settings, &o, &counts, NULL) == STATUS_OK);
    wait_for_zero("v1");
    prctl(PR_SET_CHILD_SUBREAPER, 1);                   /* its job would come to us */
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status_of, 0), pid);
    assert_int_not_equal(wait(&status_of), -1);
    assert_int_equal(status_of, SIGKILL);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    expect_result("v1", false, 0.0, "not finished");
    submit("v1", "fine");
    expect_counts(run_well(&o), 1, 0, 0, 0);            /* and removes what it left in tmp */
}

static void test_sessions_that_cannot_be_run(void **state)
{
    const char *const paths[] = { submit("w1", "fine"), scratch_path("in/w1.zip") };
    session_options o = options_for("cannot", paths, 2);
    session_counts counts;
    file_error error = { "" };

    (void)state;
    assert_int_equal(session_run(&settings, &o, &counts, &error), STATUS_IO);
    o.path_count = 1;
    o.exercise = "none";
    assert_int_equal(session_run(&settings, &o, &counts, &error), STATUS_VALUE);
    o.exercise = NULL;
    write_text("a-file", "x");
    o.out = scratch_path("a-file");
    assert_int_equal(session_run(&settings, &o, &counts, &error), STATUS_IO);
    o.out = scratch_path("a-file/below");
    assert_int_equal(session_run(&settings, &o, &counts, &error), STATUS_IO);

    make_folder("cannot");
    o.out = out;
    const int lock = open(in_out("", ".lock"), O_RDWR | O_CREAT, 0600);
    assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(session_run(&settings, &o, &counts, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "another grader"));
    o.gradebook = false;                                /* a unit shares the folder */
    expect_counts(run_well(&o), 1, 0, 0, 0);
    assert_int_equal(access(in_out("", "gradebook.csv"), F_OK), -1);
    close(lock);

    o.gradebook = true;
    make_folder("cannot/gradebook.csv");
    assert_int_equal(session_run(&settings, &o, &counts, &error), STATUS_IO);
    setenv("TMPDIR", "/nowhere", 1);
    assert_int_equal(session_run(&settings, &o, &counts, &error), STATUS_IO);
    setenv("TMPDIR", scratch_path("tmp"), 1);
    assert_int_equal(symlink("/nowhere/lock", in_out("", "other-lock")), 0);
    assert_int_equal(rename(in_out("", "other-lock"), scratch_path("cannot/.lock")), 0);
    assert_int_equal(session_run(&settings, &o, &counts, &error), STATUS_IO);
    assert_non_null(strstr(error.text, ".lock"));
}

static void test_a_result_that_cannot_be_written_ends_nothing(void **state)
{
    const char *const paths[] = { submit("x1", "fine"), submit("x2", "fine") };
    const session_options o = options_for("blocked", paths, 2);

    (void)state;
    make_folder("blocked");
    write_text("blocked/x1", "a file in the folder's place");
    expect_counts(run_well(&o), 1, 0, 0, 1);
    expect_result("x2", true, 20.0, NULL);
}

/* ---- Progress ---- */

static void test_progress_in_a_log_is_a_line_each(void **state)
{
    char text[1024];
    session_progress p;
    FILE *const to = tmpfile();

    (void)state;
    assert_non_null(to);
    session_progress_begin(&p, to, 3);
    assert_false(p.bar);
    session_progress_add(&p, "ann", "kept", PROGRESS_KEPT);
    p.began -= 7200.0;
    session_progress_add(&p, "bob", "1 of 2 points", PROGRESS_DONE);
    session_progress_add(&p, "cy", "2 of 2 points", PROGRESS_TROUBLE);
    session_progress_end(&p);
    rewind(to);
    text[fread(text, 1, sizeof text - 1, to)] = '\0';
    assert_non_null(strstr(text, "[1/3, 33 %] ann: kept\n"));
    assert_non_null(strstr(text, "[2/3, 66 %] bob: 1 of 2 points; 2:00:00 left\n"));
    assert_non_null(strstr(text, "[3/3, 100 %] cy: 2 of 2 points; 0:00 left\n"));

    rewind(to);                                         /* as if `to` were a terminal */
    p = (session_progress){ .to = to, .bar = true, .count = 4, .began = session_clock() - 60.0 };
    session_progress_add(&p, "ann", "x", PROGRESS_DONE);
    session_progress_add(&p, "bob", "cannot be read", PROGRESS_TROUBLE);
    session_progress_end(&p);
    rewind(to);
    text[fread(text, 1, sizeof text - 1, to)] = '\0';
    assert_non_null(strstr(text, "[############............]  50 %  2/4  1:00 left"));
    assert_null(strstr(text, "ann: x"));
    assert_non_null(strstr(text, "\r\033[Kbob: cannot be read\n"));
    p.count = 0;
    session_progress_tick(&p);
    fclose(to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_a_grading_is_made_once),
        cmocka_unit_test(test_other_settings_are_refused),
        cmocka_unit_test(test_a_damaged_grading_is_refused),
        cmocka_unit_test(test_many_agree_on_one_secret),
        cmocka_unit_test(test_a_zero_result_comes_first),
        cmocka_unit_test(test_what_is_complete_is_kept),
        cmocka_unit_test(test_what_cannot_be_read),
        cmocka_unit_test(test_one_exercise_alone),
        cmocka_unit_test(test_results_that_cannot_be_written),
        cmocka_unit_test(test_folders_are_removed_whatever_is_in_them),
        cmocka_unit_test(test_folders_of_dead_graders_are_removed),
        cmocka_unit_test(test_a_session),
        cmocka_unit_test(test_jobs_run_at_the_same_time),
        cmocka_unit_test(test_a_signal_stops_and_the_same_command_goes_on),
        cmocka_unit_test(test_a_killed_session_leaves_no_job),
        cmocka_unit_test(test_sessions_that_cannot_be_run),
        cmocka_unit_test(test_a_result_that_cannot_be_written_ends_nothing),
        cmocka_unit_test(test_progress_in_a_log_is_a_line_each),
    };
    return cmocka_run_group_tests(tests, make_course, remove_course);
}
