/* test_grade_jail_faults.c: jails on machines unlike this one, which files and answers of the
 * test's own stand for: control groups of version 2 or mounted in part, other ranges of user ids, a
 * jailer that tells something else. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "grade/jail_parts.h"
#include "tests/support/scratch.h"

/* ---- What is not as it is ---- */

static const char *group_files;         /* those that a new group has; NULL: none */
static const char *uid_map;             /* instead of the process's own */
static int told_code = -1;              /* instead of the exit code that the jailer tells */
static void (*spoil)(jail_message *m);  /* changes what the jailer says of the end */

static void make_group_files(const char *folder)
{
    char names[256], path[1024], *rest = names;

    snprintf(names, sizeof names, "%s", group_files);
    for (char *name; (name = strtok_r(rest, " ", &rest));) {
        snprintf(path, sizeof path, "%s/%s", folder, name);
        close(open(path, O_CREAT | O_WRONLY, 0600));
    }
}

int mkdir(const char *path, mode_t mode)
{
    int (*const real)(const char *, mode_t) = (int (*)(const char *, mode_t))dlsym(RTLD_NEXT,
                                                                                  "mkdir");
    const int result = real(path, mode);

    if (group_files && result == 0 && strstr(path, "/convlab-"))
        make_group_files(path);
    return result;
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
    FILE *(*const real)(const char *, const char *) =
        (FILE * (*)(const char *, const char *))dlsym(RTLD_NEXT, "fopen");

    return real(uid_map && strcmp(path, "/proc/self/uid_map") == 0 ? uid_map : path, mode);
}

ssize_t recv(int fd, void *to, size_t size, int flags)
{
    ssize_t (*const real)(int, void *, size_t, int) =
        (ssize_t(*)(int, void *, size_t, int))dlsym(RTLD_NEXT, "recv");
    const ssize_t got = real(fd, to, size, flags);
    jail_message *const m = to;

    if (told_code >= 0 && got == (ssize_t)sizeof *m && m->word == JAIL_SAYS_ENDED)
        m->value = told_code << 8;
    if (spoil && got == (ssize_t)sizeof *m && m->word == JAIL_SAYS_ENDED)
        spoil(m);
    return got;
}

/* ---- Control groups ---- */

static const char *write_proc(const char *cgroup, const char *mountinfo)
{
    static char proc[PATH_MAX];
    char mounts[2048], stat_name[64], stat_text[256];

    mkdir(scratch_path("proc"), 0700);
    mkdir(scratch_path("proc/self"), 0700);
    snprintf(mounts, sizeof mounts, mountinfo, scratch_path("group"), scratch_path("group"));
    scratch_write("proc/self/cgroup", cgroup, strlen(cgroup));
    scratch_write("proc/self/mountinfo", mounts, strlen(mounts));
    snprintf(stat_name, sizeof stat_name, "proc/%d", (int)getpid());
    mkdir(scratch_path(stat_name), 0700);
    snprintf(stat_name, sizeof stat_name, "proc/%d/stat", (int)getpid());
    snprintf(stat_text, sizeof stat_text, "%d (a ) b) R 1 1 1 0 -1 4 5 6 7 8 9 10 11 12 13 20 0 1 "
                                          "4711 2\n", (int)getpid());
    scratch_write(stat_name, stat_text, strlen(stat_text));
    return strcpy(proc, scratch_path("proc"));
}

static void remove_group(jail_group *g)
{
    char command[PATH_MAX + 64];

    (void)jail_group_remove(g);
    snprintf(command, sizeof command, "rm -rf '%s'/ours/convlab-*", scratch_path("group"));
    assert_int_equal(system(command), 0);
}

static const jail_options limits = { .memory_bytes = 1 << 20, .tasks = 4 };

static void test_version_2(void **state)
{
    static const struct { const char *files; jail_options o; bool memory, used; } cases[] = {
        { "memory.max pids.max cgroup.procs", { .memory_bytes = 1 << 20, .tasks = 4 }, true, true },
        { "memory.max cgroup.procs", { .memory_bytes = 1 << 20 }, true, true },
        { "pids.max cgroup.procs", { .tasks = 4 }, false, true },
        { "pids.max cgroup.procs", { .memory_bytes = 1 << 20, .tasks = 4 }, false, false },
        { "memory.max", { .memory_bytes = 1 << 20, .tasks = 4 }, false, false },
    };
    jail_group g;

    (void)state;
    const char *const proc = write_proc("0::/ours\n", "22 1 0:21 / %s rw - cgroup2 none rw\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        group_files = cases[i].files;
        jail_group_make(&g, proc, &cases[i].o);
        group_files = NULL;
        assert_int_equal(g.memory, cases[i].memory);
        assert_int_equal(*g.folder[0] != '\0', cases[i].used);
        assert_true(jail_group_enter(&g, getpid()));
        if (cases[i].used && g.memory) {
            char events[JAIL_GROUP_PATH + 32];
            FILE *const f = fopen(strcat(strcpy(events, g.folder[0]), "/memory.events"), "w");
            assert_non_null(f);
            fputs("low 0\noom_kill 1\n", f);
            fclose(f);
            assert_true(jail_group_memory_ended(&g));
        }
        remove_group(&g);
    }
}

/* A container sees its part of a hierarchy at the top of the mount; others cannot be used. */
static void test_mounts_of_a_part(void **state)
{
    static const struct { const char *cgroup, *mounts; bool used; } cases[] = {
        { "0::/pod/ours\n", "22 1 0:21 /pod %s rw - cgroup2 none rw\n", true },
        { "0::/pod/ours\n", "22 1 0:21 /other %s rw - cgroup2 none rw\n", false },
        { "0::/ours\n", "22 1 0:21 / %s rw - tmpfs none rw\n22 1 0:21 / %s rw - cgroup2 none rw\n",
          true },
        { "0::/ours\n", "22 1 0:21\n22 1 0:21 / %s rw - cgroup2\n", false },
        { "7:memory:/ours\n", "22 1 0:21 / %s rw - cgroup none rw,memory\n", false },
        { "7:pids:/ours\n", "22 1 0:21 / %s rw - cgroup none rw,pids\n", true },
    };
    jail_group g;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const proc = write_proc(cases[i].cgroup, cases[i].mounts);

        group_files = "memory.max pids.max";
        jail_group_make(&g, proc, &limits);
        group_files = NULL;
        assert_int_equal(*g.folder[0] || *g.folder[1], cases[i].used);
        jail_group_sweep(proc);
        remove_group(&g);
    }
}

/* Without a start time no group is made, since it would look like a dead one's. */
static void test_without_a_start_time(void **state)
{
    static const char *const texts[] = { "", "1 (a", "1 (a) Z 1", "1 (a) R 1 2 3" };
    char name[64];
    jail_group g;

    (void)state;
    snprintf(name, sizeof name, "proc/%d/stat", (int)getpid());
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *const proc =
            write_proc("0::/ours\n", "22 1 0:21 / %s rw - cgroup2 none rw\n");
        scratch_write(name, texts[i], strlen(texts[i]));
        group_files = "memory.max pids.max";
        jail_group_make(&g, proc, &limits);
        group_files = NULL;
        assert_false(g.memory);
        assert_int_equal(scratch_entries(scratch_path("group/ours")), 0);
    }
}

/* ---- User ids ---- */

static void test_ranges_of_user_ids(void **state)
{
    static const struct { const char *map; uid_t first; } cases[] = {
        { "0 0 4294967295\n", 2000000000 }, { "0 100000 65536\n", 60578 },
        { "0 1000 1\n1 100000 65536\n", 60578 }, { "0 1000 1\n", 0 }, { "nonsense\n", 0 },
        { "60578 5 499\n", 0 },
    };
    file_error error;
    uid_t user;
    int held;

    (void)state;
    if (geteuid() != 0)
        skip();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static char path[PATH_MAX];

        strcpy(path, scratch_write("uid_map", cases[i].map, strlen(cases[i].map)));
        uid_map = path;
        const bool had = jail_user_claim(&user, &held, &error);
        jail_user_sweep();
        uid_map = NULL;
        assert_int_equal(had, cases[i].first != 0);
        if (had) {
            assert_in_range(user, cases[i].first, cases[i].first + 499);
            close(held);
        } else {
            assert_non_null(strstr(error.text, "uid_map"));
        }
    }
}

/* ---- Tiers ---- */

static void test_a_trial_that_tells_something_else(void **state)
{
    file_error error = { "" };
    char why[1024] = "";

    (void)state;
    assert_true(jail_works(JAIL_NONE, &error) || *error.text);
    told_code = 9;
    assert_false(jail_works(JAIL_NONE, &error));
    assert_non_null(strstr(error.text, "the trial program told 9 instead of"));
    /* In no tier then; this process remembers it. */
    assert_int_equal(jail_find(why, sizeof why), JAIL_NONE);
    assert_non_null(strstr(why, "namespaces: "));
    assert_non_null(strstr(why, "\nlandlock: "));
    told_code = -1;
    assert_int_equal(jail_find(NULL, 0), JAIL_NONE);
}

static void tell_nonsense(jail_message *m)
{
    m->value = 0x7f;                    /* it stopped: that is no end */
}

static void tell_limits(jail_message *m)
{
    m->memory = m->disk = true;
}

static void tell_left(jail_message *m)
{
    m->word = JAIL_SAYS_LEFT;
    memset(m->text, 'x', sizeof m->text);
}

static void test_ends_as_they_are_told(void **state)
{
    static void (*const tellings[])(jail_message *) = { tell_nonsense, tell_limits, tell_left };
    char *const argv[] = { (char *)"/bin/true", NULL };
    const jail_options o = { .tasks = 4 };

    (void)state;
    for (int i = 0; i < 3; i++) {
        file_error error = { "" };
        jail_end end = { .code = 99 };

        jail *const j = jail_start(JAIL_NONE, &o, argv, NULL, 0, &error);
        assert_non_null(j);
        spoil = tellings[i];
        const bool ended = jail_wait(j, 1.0, &end);
        spoil = NULL;
        assert_true(ended);
        assert_int_equal(end.memory, i == 1);
        assert_int_equal(end.disk, i == 1);
        assert_int_equal(end.code, i == 1 ? 0 : -1);
        assert_int_equal(jail_stop(j, &error), i != 2);
        assert_int_equal(strstr(error.text, "xxx") != NULL, i == 2);
    }
    assert_true(jail_stop(NULL, NULL));
}

/* Nothing is known then of how the program ended. */
static void test_a_jailer_that_is_gone(void **state)
{
    char *const argv[] = { (char *)"/bin/sleep", (char *)"1", NULL };
    const jail_options o = { .tasks = 4 };
    file_error error = { "" };
    jail_end end = { .code = 99 };

    (void)state;
    jail *const j = jail_start(JAIL_NONE, &o, argv, NULL, 0, &error);
    assert_non_null(j);
    assert_int_equal(kill(j->pid, SIGKILL), 0);
    assert_int_equal(waitpid(j->pid, NULL, 0), j->pid);
    assert_false(jail_freeze(j, true));
    assert_true(jail_wait(j, 1.0, &end));
    assert_int_equal(end.code, -1);
    assert_int_equal(end.signal, SIGKILL);
    assert_true(jail_stop(j, &error));
}

static void test_programs_are_looked_for_in_the_path(void **state)
{
    char list[PATH_MAX * 3], path[PATH_MAX], tight[8];

    (void)state;
    char *const before = strdup(getenv("PATH"));
    mkdir(scratch_path("bin"), 0755);
    mkdir(scratch_path("bin/folder"), 0755);
    scratch_write("bin/text", "x", 1);
    chmod(scratch_write("bin/tool", "#!/bin/sh\n", 10), 0755);
    snprintf(list, sizeof list, ":/nowhere::%s:", scratch_path("bin"));
    setenv("PATH", list, 1);
    assert_true(jail_find_program("tool", path, sizeof path));
    assert_false(jail_find_program("tool", tight, sizeof tight));
    assert_false(jail_find_program("text", path, sizeof path) && geteuid() != 0);
    assert_false(jail_find_program("folder", path, sizeof path));
    assert_false(jail_find_program("none", path, sizeof path));
    unsetenv("PATH");
    assert_false(jail_find_program("tool", path, sizeof path));
    setenv("PATH", before, 1);
    free(before);
}

static int make(void **state)
{
    const int made = scratch_make(state);

    mkdir(scratch_path("group"), 0700);
    mkdir(scratch_path("group/ours"), 0700);
    return made;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version_2),
        cmocka_unit_test(test_mounts_of_a_part),
        cmocka_unit_test(test_without_a_start_time),
        cmocka_unit_test(test_ranges_of_user_ids),
        cmocka_unit_test(test_programs_are_looked_for_in_the_path),
        cmocka_unit_test(test_ends_as_they_are_told),
        cmocka_unit_test(test_a_jailer_that_is_gone),
        cmocka_unit_test(test_a_trial_that_tells_something_else),
    };
    return cmocka_run_group_tests(tests, make, scratch_remove);
}
