/* grading.c: what tests that grade an exercise share. */
#include "tests/support/grade/grading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/whole_file.h"
#include "lessons/subprocess.h"
#include "tests/support/scratch.h"

course lessons;
lesson_path root;
grade_programs programs;
grade_settings settings;
static policy policies[LESSON_MAX], kept;

int grading_set_up(void **state)
{
    char why[4096];
    file_error error;

    (void)scratch_make(state);
    assert_non_null(getcwd(root, sizeof root));
    setenv("CONVLAB_ROOT", root, 1);
    setenv("CONVLAB_LANG", "en", 1);
    setenv("TMPDIR", scratch_path(""), 1);
    assert_int_equal(chmod(scratch_path(""), 0711), 0);
    assert_int_equal(course_open(&lessons, &error), STATUS_OK);
    for (int i = 0; i < lessons.count; i++)
        assert_int_equal(policy_open(&policies[i], &lessons.lessons[i], &error), STATUS_OK);
    path_join(programs.worker, root, "build/convlab-worker", NULL);
    path_join(programs.worker_asan, root, "build/convlab-worker-asan", NULL);
    path_join(programs.worker_cusim, root, "build/convlab-worker-cusim", NULL);
    path_join(programs.cusim_cc, root, "build/cusim-cc", NULL);
    assert_true(readlink("/proc/self/exe", programs.self, sizeof programs.self - 1) > 0);
    settings = (grade_settings){ .course = &lessons, .policies = policies,
                                 .programs = &programs, .tier = jail_find(why, sizeof why),
                                 .call_seconds = 1.0, .exercise_seconds = 12.0 };
    return secret_read(&settings.key, "00112233445566778899aabbccddeeff") ? 0 : -1;
}

int grading_tear_down(void **state)
{
    for (int i = 0; i < lessons.count; i++)
        policy_close(&policies[i]);
    course_close(&lessons);
    return scratch_remove(state);
}

/* ---- One grading ---- */

static const lesson *lesson_of(const char *name)
{
    const lesson *const l = course_find(&lessons, name);

    assert_non_null(l);
    return l;
}

static int number_of(const lesson *l, const char *exercise_name)
{
    return (int)(lesson_exercise(l, exercise_name) - l->exercises);
}

result_exercise grade_text(const char *lesson_name, const char *exercise_name, const char *text)
{
    static submission s;
    const lesson *const l = lesson_of(lesson_name);
    const int at = number_of(l, exercise_name);
    result_exercise r;

    memset(&s, 0, sizeof s);
    snprintf(s.id, sizeof s.id, "ada");
    if (text) {
        s.file[0] = (submission_file){ l, l->exercises[at].file, (uint8_t *)text, strlen(text) };
        s.count = 1;
    }
    grade_exercise_prepare(&settings, l, at, &r);
    grade_exercise(&settings, &s, l, at, &r);
    return r;
}

void release(result_exercise *r)
{
    for (int i = 0; i < r->part_count; i++)
        free(r->part[i].text);
    free(r->title);
    free(r->feedback);
    free(r->printed);
}

char *text_of(const char *lesson_name, const char *exercise_name, const char *folder)
{
    const lesson *const l = lesson_of(lesson_name);
    lesson_path path;
    uint8_t *bytes;
    size_t size;
    file_error error;

    path_join(path, l->path, folder, l->exercises[number_of(l, exercise_name)].file);
    assert_int_equal(file_read_whole(path, 1 << 20, &bytes, &size, &error), STATUS_OK);
    bytes = realloc(bytes, size + 1);
    assert_non_null(bytes);
    bytes[size] = '\0';
    return (char *)bytes;
}

/* ---- The policy ---- */

static policy *policy_of(const char *lesson_name)
{
    return &policies[lesson_of(lesson_name) - lessons.lessons];
}

void policy_put(const char *lesson_name, const char *json)
{
    policy *const p = policy_of(lesson_name);
    file_error error = { "" };

    kept = *p;
    if (policy_parse(p, lesson_of(lesson_name), json, strlen(json), "test", &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

void policy_back(const char *lesson_name)
{
    policy_close(policy_of(lesson_name));
    *policy_of(lesson_name) = kept;
}

/* ---- What came of it ---- */

void show(const result_exercise *r)
{
    for (int i = 0; i < r->part_count; i++)
        print_message("%s/%s: %s %s %g of %g: %s\n", r->lesson, r->exercise, r->part[i].name,
                      result_state_name(r->part[i].state), r->part[i].points, r->part[i].max,
                      r->part[i].text ? r->part[i].text : "");
    print_message("%s\n", r->feedback ? r->feedback : "");
}

bool says(const result_exercise *r, const char *what)
{
    for (int i = 0; i < r->part_count; i++)
        if (r->part[i].text && strstr(r->part[i].text, what))
            return true;
    return r->feedback && strstr(r->feedback, what);
}

void assert_part(result_exercise *r, int at, result_state state, double points, const char *text)
{
    const result_part *const p = &r->part[at];
    const bool good = at < r->part_count && p->state == state && p->points >= points - 1e-9 &&
                      p->points <= points + 1e-9 &&
                      (!text || (p->text && strstr(p->text, text)));

    if (!good)
        show(r);
    assert_true(good);
    release(r);
}

void run_program(const char *const *argv)
{
    const subprocess_result r = subprocess_run((char *const *)argv, SUBPROCESS_OUTPUT, NULL, 60.0);

    if (!r.started || r.code != 0)
        fail_msg("%s: %s", argv[0], r.said ? r.said : "");
    free(r.said);
}
