/* test_grade_jail.c: the jail: what it denies (its own self-test, in every tier that this machine
 * has), how its limits end a program, that nothing is left, and how it refuses to start. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <seccomp.h>

#include "grade/jail.h"
#include "grade/jail_parts.h"
#include "tests/support/scratch.h"

enum { OUTPUT_BYTES = 1 << 15 };

/* ---- What this machine has ---- */

static bool have[JAIL_TIERS];

static jail_options small(void)
{
    return (jail_options){ .visible = { { "/usr", NULL }, { "/bin", NULL }, { "/lib", NULL },
                                        { access("/lib64", F_OK) ? NULL : "/lib64", NULL } },
                           .memory_bytes = 256 << 20, .disk_bytes = 4 << 20, .tasks = 16,
                           .cpus = 1, .cpu_seconds = 2 };
}

static jail *start(jail_tier tier, const jail_options *o, const char *script, file_error *error)
{
    char *const argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)script, NULL };

    return jail_start(tier, o, argv, NULL, 0, error);
}

static int look_at_tiers(void **state)
{
    const jail_options o = small();
    file_error error;

    for (jail_tier t = JAIL_NONE; t < JAIL_TIERS; t = (jail_tier)(t + 1)) {
        jail *const j = start(t, &o, "exit 0", &error);
        have[t] = j != NULL;
        if (!j)
            print_message("[   INFO   ] %s\n", error.text);
        jail_stop(j, NULL);
    }
    return scratch_make(state);
}

#define EACH_TIER(t) \
    for (jail_tier t = JAIL_NONE; t < JAIL_TIERS; t = (jail_tier)(t + 1)) \
        if (have[t])

/* Runs a script and returns how it ended; *said (or NULL) is to be freed. */
static jail_end run(jail_tier tier, const jail_options *o, const char *script, char **said)
{
    file_error error = { "" };
    jail_end end = { .ended = false };
    jail *const j = start(tier, o, script, &error);

    if (!j)
        fail_msg("%s", error.text);
    if (!jail_wait(j, 8.0, &end))
        end.ended = false;
    if (said)
        *said = jail_output(j, NULL);
    if (!jail_stop(j, &error))
        fail_msg("%s", error.text);
    return end;
}

/* ---- Names, tiers ---- */

static void test_tiers_have_names(void **state)
{
    (void)state;
    EACH_TIER(t)
        assert_int_equal(jail_tier_named(jail_tier_name(t)), t);
    assert_int_equal(jail_tier_named("chroot"), JAIL_TIERS);
}

static void test_the_best_tier_is_found_and_the_others_explained(void **state)
{
    char why[1024], again[1024];
    const jail_tier found = jail_find(why, sizeof why);

    (void)state;
    assert_int_equal(jail_find(again, sizeof again), found);
    assert_string_equal(why, again);
    assert_true(have[found]);
    if (found == JAIL_NAMESPACES)
        assert_string_equal(why, "");
    else
        assert_non_null(strstr(why, "namespaces: "));
}

/* Runs `what` in a process of its own. Before the first jail_find() of this one: it remembers. */
static void in_a_process(void (*what)(FILE *out), char *said, size_t size)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        FILE *const out = fdopen(ends[1], "w");
        what(out);
        exit(0);
    }
    close(ends[1]);
    FILE *const in = fdopen(ends[0], "r");
    said[fread(said, 1, size - 1, in)] = '\0';
    fclose(in);
    waitpid(pid, NULL, 0);
}

static void find_without_bwrap(FILE *out)
{
    char why[1024];

    setenv("PATH", "/nowhere", 1);
    fprintf(out, "%s: ", jail_tier_name(jail_find(why, sizeof why)));
    fprintf(out, "%s\n", why);
}

static void test_without_bwrap_the_tier_is_refused_with_words(void **state)
{
    char said[2048];

    (void)state;
    in_a_process(find_without_bwrap, said, sizeof said);
    assert_non_null(strstr(said, "namespaces: bwrap is not in PATH (Debian: bubblewrap)"));
    if (have[JAIL_LANDLOCK])
        assert_int_equal(strncmp(said, "landlock: ", 10), 0);
}

static void find_as_another_user(FILE *out)
{
    char why[1024];

    if (setgid(65534) || setuid(65534))
        _exit(1);
    const jail_tier found = jail_find(why, sizeof why);
    fprintf(out, "%s\n%s\n", jail_tier_name(found), why);
    file_error error = { "" };
    const jail_options o = small();
    assert_null(start(JAIL_LANDLOCK, &o, "exit 0", &error));
    fprintf(out, "%s\n", error.text);
}

static void test_an_ordinary_user_has_no_landlock_tier(void **state)
{
    char said[2048];

    (void)state;
    if (geteuid() != 0)
        skip();
    in_a_process(find_as_another_user, said, sizeof said);
    assert_non_null(strstr(said, "landlock: a user id of its own needs root"));
}

/* ---- The self-test ---- */

static void self_test(jail_tier tier, FILE *out)
{
    fprintf(out, "not denied: %d\n", jail_self_test(tier, out));
}

static void self_test_landlock(FILE *out)
{
    self_test(JAIL_LANDLOCK, out);
}

static void self_test_namespaces(FILE *out)
{
    self_test(JAIL_NAMESPACES, out);
}

static void self_test_none(FILE *out)
{
    self_test(JAIL_NONE, out);
}

static int lines_with(const char *text, const char *word)
{
    int count = 0;

    for (; (text = strstr(text, word)); text++)
        count++;
    return count;
}

typedef struct {
    void (*what)(FILE *out);
    pid_t pid;
    FILE *out;
    char *said;
} self_run;

static void begin(self_run *r, void (*what)(FILE *out))
{
    r->out = tmpfile();
    assert_non_null(r->out);
    r->pid = fork();
    if (r->pid == 0) {
        what(r->out);
        exit(0);
    }
}

static void finish(self_run *r)
{
    waitpid(r->pid, NULL, 0);
    r->said = calloc(1, OUTPUT_BYTES);
    rewind(r->out);
    r->said[fread(r->said, 1, OUTPUT_BYTES - 1, r->out)] = '\0';
    fclose(r->out);
}

/* What a failing test has to say: the lines that are not "denied". */
static void show_others(const char *said)
{
    for (const char *at = said; *at; at += strcspn(at, "\n"), at += *at == '\n')
        if (strncmp(at, "denied", 6) != 0)
            print_message("[   INFO   ] %.*s\n", (int)strcspn(at, "\n"), at);
}

/* All at once: most of their time is waiting for limits. */
static void test_everything_is_denied_where_it_should_be(void **state)
{
    self_run of[JAIL_TIERS] = { { .pid = 0 } };

    (void)state;
    begin(&of[JAIL_NONE], self_test_none);
    if (have[JAIL_LANDLOCK])
        begin(&of[JAIL_LANDLOCK], self_test_landlock);
    if (have[JAIL_NAMESPACES])
        begin(&of[JAIL_NAMESPACES], self_test_namespaces);
    EACH_TIER(t)
        finish(&of[t]);
    EACH_TIER(t) {
        if (t != JAIL_NONE)
            show_others(of[t].said);
        assert_int_equal(strstr(of[t].said, "\nnot denied: 0\n") == NULL, t == JAIL_NONE);
        if (t != JAIL_NONE)
            assert_true(lines_with(of[t].said, "denied   ") >= 90);
    }
    /* The same attempts succeed where nothing holds them: the test can fail. */
    assert_true(lines_with(of[JAIL_NONE].said, "ALLOWED  ") >= 50);
    assert_non_null(strstr(of[JAIL_NONE].said, "ALLOWED  reading /etc/passwd"));
    assert_non_null(strstr(of[JAIL_NONE].said, "ALLOWED  a Unix socket"));
    assert_non_null(strstr(of[JAIL_NONE].said, "ALLOWED  starting another process"));
    EACH_TIER(t)
        free(of[t].said);
}

/* ---- How a program ends, what it gets ---- */

static void test_ends_are_told(void **state)
{
    const jail_options o = small();

    (void)state;
    EACH_TIER(t) {
        char *said = NULL;
        jail_end end = run(t, &o, "echo hello; echo there >&2; exit 139", &said);

        assert_true(end.ended);
        assert_int_equal(end.code, 139);
        assert_int_equal(end.signal, 0);
        assert_false(end.memory);
        assert_false(end.disk);
        assert_string_equal(said, "hello\nthere\n");
        free(said);
        end = run(t, &o, "ulimit -t 1; while :; do :; done", NULL);
        assert_true(end.ended);
        assert_int_equal(end.code, -1);
        assert_true(end.signal == SIGXCPU || end.signal == SIGKILL);
    }
}

static void test_environment_descriptors_and_folder(void **state)
{
    static const char *const environment[] = { "COLOUR=red", NULL };
    const char *const folder = scratch_path("tmp");
    jail_options o = small();

    (void)state;
    setenv("CONVLAB_SECRET", "1", 1);
    mkdir(folder, 0755);
    chmod(scratch_path(""), 0755);
    o.environment = environment;
    o.programs = true;
    EACH_TIER(t) {
        char *said = NULL;
        jail_end end = run(t, &o, "pwd; /usr/bin/env | /usr/bin/sort; read x; echo end $?", &said);

        assert_int_equal(end.code, 0);
        assert_string_equal(said, "/\nCOLOUR=red\nLC_ALL=C\nPATH=/usr/bin:/bin\nPWD=/\nend 1\n");
        free(said);
        o.scratch = folder;
        end = run(t, &o, "echo $TMPDIR; pwd; echo x > file; cat file; mkdir -p a/b; :> a/b/c",
                  &said);
        assert_int_equal(end.code, 0);
        char expected[1024];
        snprintf(expected, sizeof expected, "%s\n%s\nx\n", jail_scratch(t, &o),
                 jail_scratch(t, &o));
        assert_string_equal(said, expected);
        free(said);
        assert_int_equal(scratch_entries(folder), 0);
        o.scratch = NULL;
    }
    unsetenv("CONVLAB_SECRET");
}

static void test_kept_descriptors_are_3_and_on(void **state)
{
    const jail_options o = small();
    char *const argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)"echo a >&3; echo b >&4",
                           NULL };

    (void)state;
    EACH_TIER(t) {
        int one[2], two[2];
        char text[4] = "";
        file_error error;
        jail_end end;

        assert_int_equal(pipe2(one, O_CLOEXEC), 0);
        assert_int_equal(pipe2(two, O_CLOEXEC), 0);
        const int keep[] = { one[1], two[1] };
        jail *const j = jail_start(t, &o, argv, keep, 2, &error);
        assert_non_null(j);
        close(one[1]), close(two[1]);
        assert_int_equal(read(one[0], text, 4), 2);
        assert_int_equal(text[0], 'a');
        assert_int_equal(read(two[0], text, 4), 2);
        assert_int_equal(text[0], 'b');
        /* Nobody but the program held the other ends. */
        assert_true(jail_wait(j, 5.0, &end));
        assert_int_equal(read(one[0], text, 4), 0);
        assert_true(jail_stop(j, &error));
        close(one[0]), close(two[0]);
    }
}

static void test_waiting_has_an_end(void **state)
{
    const jail_options o = small();

    (void)state;
    EACH_TIER(t) {
        struct pollfd fd;
        file_error error;
        jail_end end;
        jail *const j = start(t, &o, "read x <&1; while :; do :; done", &error);

        assert_non_null(j);
        fd = (struct pollfd){ .fd = jail_descriptor(j), .events = POLLIN };
        const double before = jail_clock();
        assert_false(jail_wait(j, 0.05, &end));
        assert_true(jail_clock() - before < 1.0);
        assert_int_equal(poll(&fd, 1, 0), 0);
        assert_true(jail_stop(j, &error));
    }
    EACH_TIER(t) {
        struct pollfd fd;
        file_error error;
        jail_end end;
        jail *const j = start(t, &o, "exit 3", &error);

        assert_non_null(j);
        fd = (struct pollfd){ .fd = jail_descriptor(j), .events = POLLIN };
        assert_int_equal(poll(&fd, 1, 5000), 1);
        for (int i = 0; i < 3; i++) {       /* once it is known it stays so */
            assert_true(jail_wait(j, 0.0, &end));
            assert_int_equal(end.code, 3);
            assert_int_equal(poll(&fd, 1, 1000), 1);
        }
        assert_false(jail_freeze(j, true));
        assert_true(jail_stop(j, &error));
    }
}

static size_t output_length(const jail *j)
{
    size_t size = 0;

    free(jail_output(j, &size));
    return size;
}

static void test_a_frozen_program_computes_nothing(void **state)
{
    const jail_options o = small();

    (void)state;
    EACH_TIER(t) {
        file_error error;
        jail *const j = start(t, &o, "while :; do echo x; i=0; while [ $i -lt 200 ]; do "
                                     "i=$((i+1)); done; done", &error);
        assert_non_null(j);
        while (output_length(j) == 0)
            usleep(1000);
        assert_true(jail_freeze(j, true));
        const size_t before = output_length(j);
        usleep(50000);
        assert_int_equal(output_length(j), before);
        assert_true(jail_freeze(j, false));
        while (output_length(j) == before)
            usleep(1000);
        assert_true(jail_freeze(j, true));          /* a frozen one can be stopped */
        assert_true(jail_stop(j, &error));
    }
}

static void test_what_has_ended_is_not_frozen(void **state)
{
    const jail_options o = small();
    char byte;

    (void)state;
    EACH_TIER(t) {
        file_error error = { "" };
        jail_end end;

        jail *j = start(t, &o, "exit 3", &error);
        assert_non_null(j);
        /* The end has been told, but nobody has listened yet. */
        while (recv(jail_descriptor(j), &byte, 1, MSG_PEEK) <= 0)
            usleep(1000);
        assert_false(jail_freeze(j, true));
        assert_true(jail_wait(j, 0.0, &end));
        assert_int_equal(end.code, 3);
        assert_true(jail_stop(j, &error));
    }
}

static void test_several_processes_are_not_frozen(void **state)
{
    jail_options o = small();
    file_error error;

    (void)state;
    o.programs = true;
    jail *const j = start(JAIL_NONE, &o, "while :; do :; done", &error);
    assert_non_null(j);
    assert_false(jail_freeze(j, true));
    assert_true(jail_stop(j, &error));
}

static void test_a_deep_tree_is_cleared_away(void **state)
{
    const char *const folder = scratch_path("deep");
    jail_options o = small();

    (void)state;
    mkdir(folder, 0755);
    chmod(scratch_path(""), 0755);
    o.programs = true;
    o.scratch = folder;
    EACH_TIER(t) {
        const jail_end end = run(t, &o, "i=0; while [ $i -lt 90 ]; do mkdir d; cd d; :> f; "
                                        "i=$((i+1)); done; chmod 0 .; chmod 0 ..; exit 5", NULL);
        assert_true(end.code == 5 || end.disk);
        assert_int_equal(scratch_entries(folder), 0);
        struct stat st;
        assert_int_equal(stat(folder, &st), 0);
        assert_int_equal(st.st_uid, geteuid());
    }
}

/* ---- Nothing is left ---- */

static int count_entries(const char *folder, const char *prefix)
{
    DIR *const d = opendir(folder);
    int count = 0;

    for (struct dirent *e; d && (e = readdir(d));)
        count += strncmp(e->d_name, prefix, strlen(prefix)) == 0;
    if (d)
        closedir(d);
    return count;
}

/* Control groups with our number in their names, wherever they are. */
static int count_groups(pid_t pid)
{
    char command[128], text[32] = "";

    snprintf(command, sizeof command, "find /sys/fs/cgroup -name 'convlab-%d-*' | wc -l", (int)pid);
    FILE *const f = popen(command, "r");
    assert_non_null(f);
    assert_non_null(fgets(text, sizeof text, f));
    pclose(f);
    return atoi(text);
}

static void test_nothing_is_left(void **state)
{
    const char *const folder = scratch_path("left");
    jail_options o = small();

    (void)state;
    mkdir(folder, 0755);
    o.programs = true;
    o.scratch = folder;
    const int descriptors = count_entries("/proc/self/fd", "");
    const int shared = count_entries("/dev/shm", "");
    EACH_TIER(t) {
        for (int i = 0; i < 5; i++) {
            file_error error;
            jail *const j = start(t, &o, "for i in 1 2 3; do sleep 1000 & done; :> file; "
                                         "setsid sleep 1000 & wait", &error);
            assert_non_null(j);
            usleep(20000);
            if (!jail_stop(j, &error))
                fail_msg("%s", error.text);
        }
    }
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(count_entries("/proc/self/fd", ""), descriptors);
    assert_int_equal(count_entries("/dev/shm", ""), shared);
    assert_int_equal(scratch_entries(folder), 0);
    assert_int_equal(count_groups(getpid()), 0);
}

/* A grader that is killed takes its jails with it; its groups go at the next sweep. */
static void test_a_killed_grader_leaves_nothing(void **state)
{
    const jail_options o = small();
    char *const argv[] = { (char *)"/bin/sh", (char *)"-c",
                           (char *)"trap '' TERM HUP; echo x >&3; while :; do :; done", NULL };

    (void)state;
    EACH_TIER(t) {
        int ends[2];
        char byte;

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        const pid_t grader = fork();
        if (grader == 0) {
            file_error error;
            jail_end end;
            jail *const j = jail_start(t, &o, argv, &ends[1], 1, &error);
            if (j)
                jail_wait(j, 100, &end);
            _exit(1);
        }
        close(ends[1]);
        assert_int_equal(read(ends[0], &byte, 1), 1);
        kill(grader, SIGKILL);
        waitpid(grader, NULL, 0);
        struct pollfd fd = { .fd = ends[0], .events = POLLIN };
        while (poll(&fd, 1, 3000) == 1 && read(ends[0], &byte, 1) == 1)
            ;
        assert_int_equal(poll(&fd, 1, 0), 1);       /* end of file: nobody has the other end */
        close(ends[0]);
        jail_sweep();
        assert_int_equal(count_groups(grader), 0);
    }
}

static void test_strays_of_our_users_are_swept(void **state)
{
    file_error error;
    uid_t user, other;
    int held, also;

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_true(jail_user_claim(&user, &held, &error));
    assert_true(jail_user_claim(&other, &also, &error));
    assert_true(user != other);
    close(also);
    const pid_t stray = fork();
    if (stray == 0) {
        if (setresgid(user, user, user) || setresuid(user, user, user))
            _exit(1);
        execl("/bin/sleep", "sleep", "100", NULL);
        _exit(1);
    }
    usleep(50000);
    int how;
    jail_user_sweep();          /* somebody holds the id: it is not a stray */
    usleep(20000);
    assert_int_equal(waitpid(stray, &how, WNOHANG), 0);
    close(held);
    jail_user_sweep();
    assert_int_equal(waitpid(stray, &how, 0), stray);
    assert_true(WIFSIGNALED(how));
}

/* ---- Failing calls ---- */

/* Calls of the grader that can fail, wrapped: the one whose turn it is fails. */
static int turn = -1;           /* counts down to it; -1: none fails */

static bool its_turn(void)
{
    if (turn < 0)
        return false;
    errno = EMFILE;
    return turn-- == 0;
}

#define WRAP(type, name, parameters, arguments, failure) \
    type name parameters; \
    type name parameters \
    { \
        static type(*real) parameters; \
        if (!real) \
            *(void **)&real = dlsym(RTLD_NEXT, #name); \
        return its_turn() ? (failure) : real arguments; \
    }

WRAP(int, memfd_create, (const char *name, unsigned flags), (name, flags), -1)
WRAP(int, ftruncate, (int fd, off_t size), (fd, size), -1)
WRAP(int, socketpair, (int a, int b, int c, int pair[2]), (a, b, c, pair), -1)
WRAP(int, socket, (int a, int b, int c), (a, b, c), -1)
WRAP(int, listen, (int fd, int count), (fd, count), -1)
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode), -1)
WRAP(int, mkstemp, (char *path), (path), -1)
WRAP(char *, mkdtemp, (char *path), (path), NULL)
WRAP(int, posix_spawn, (pid_t *pid, const char *path, const posix_spawn_file_actions_t *a,
                        const posix_spawnattr_t *b, char *const *c, char *const *d),
     (pid, path, a, b, c, d), EAGAIN)
WRAP(int, posix_spawn_file_actions_adddup2, (posix_spawn_file_actions_t *a, int from, int to),
     (a, from, to), ENOMEM)
WRAP(int, posix_spawn_file_actions_init, (posix_spawn_file_actions_t *a), (a), ENOMEM)
WRAP(int, posix_spawnattr_init, (posix_spawnattr_t *a), (a), ENOMEM)
WRAP(scmp_filter_ctx, seccomp_init, (uint32_t action), (action), NULL)
WRAP(int, seccomp_attr_set, (scmp_filter_ctx f, enum scmp_filter_attr a, uint32_t v), (f, a, v),
     -ENOMEM)
WRAP(int, seccomp_export_bpf, (const scmp_filter_ctx f, int fd), (f, fd), -EIO)
/* The filter is made of more than a hundred rules: they have a turn of their own. */
static int rule_turn = -1;

int seccomp_rule_add_array(scmp_filter_ctx f, uint32_t action, int number, unsigned count,
                           const struct scmp_arg_cmp *array);
int seccomp_rule_add(scmp_filter_ctx f, uint32_t action, int number, unsigned count, ...)
{
    struct scmp_arg_cmp one = { .arg = 0 };
    va_list more;

    va_start(more, count);
    if (count > 0)
        one = va_arg(more, struct scmp_arg_cmp);
    va_end(more);
    if (rule_turn >= 0 && rule_turn-- == 0)
        return -ENOMEM;
    return seccomp_rule_add_array(f, action, number, count, &one);
}

static void test_a_filter_without_one_of_its_rules_is_none(void **state)
{
    static jail_plan plan;
    jail_options o = small();
    file_error error = { "" };

    (void)state;
    o.programs = o.timers = true;
    o.visible[0].from = "/dev/null";
    for (int n = 0; n < 1000; n++) {
        rule_turn = n;
        const bool made = jail_filter_make(&plan, &o, &error);
        if (made && rule_turn >= 0) {
            rule_turn = -1;
            return;
        }
        assert_false(made);
        assert_string_equal(error.text, "seccomp filter: Cannot allocate memory");
    }
    fail();
}

WRAP(ssize_t, recv, (int fd, void *to, size_t size, int flags), (fd, to, size, flags), -1)
WRAP(ssize_t, send, (int fd, const void *from, size_t size, int flags), (fd, from, size, flags), -1)
WRAP(ssize_t, write, (int fd, const void *from, size_t size), (fd, from, size), -1)
WRAP(ssize_t, pread, (int fd, void *to, size_t size, off_t at), (fd, to, size, at), -1)
WRAP(int, poll, (struct pollfd *fds, nfds_t count, int ms), (fds, count, ms), -1)
WRAP(FILE *, fopen, (const char *path, const char *mode), (path, mode), NULL)
WRAP(pid_t, waitpid, (pid_t pid, int *how, int options), (pid, how, options), -1)
WRAP(int, rmdir, (const char *path), (path), -1)
WRAP(int, open, (const char *path, int flags, ...), (path, flags, 0600), -1)
WRAP(int, sched_getaffinity, (pid_t pid, size_t size, cpu_set_t *set), (pid, size, set), -1)

/* Each call fails once: a jail does not start, with words, or it works in spite of it; and nothing
 * is left either way. */
static void test_each_call_may_fail(void **state)
{
    const char *const folder = scratch_path("fail");
    jail_options o = small();

    (void)state;
    mkdir(folder, 0755);
    chmod(scratch_path(""), 0755);
    o.programs = true;
    o.scratch = folder;
    EACH_TIER(t) {
        const int descriptors = count_entries("/proc/self/fd", "");
        bool again = true;

        for (int n = 0; again; n++) {
            file_error error = { "" };
            jail_end end = { .ended = false };

            turn = n;
            jail *const j = start(t, &o, "exit 4", &error);
            again = turn < 0;               /* it was somebody's turn */
            turn = -1;
            if (!j)
                assert_true(strlen(error.text) > strlen(jail_tier_name(t)) + 2);
            else if (!jail_wait(j, 5.0, &end) || end.code != 4 || !jail_stop(j, &error))
                fail_msg("%s %d: %d %s", jail_tier_name(t), n, end.code, error.text);
            assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        }
        assert_int_equal(count_entries("/proc/self/fd", ""), descriptors);
        assert_int_equal(count_groups(getpid()), 0);
    }
}

/* The same from there on: whatever is told, nothing is left; but for the very calls that remove. */
static void test_each_later_call_may_fail(void **state)
{
    const jail_options o = small();

    (void)state;
    EACH_TIER(t) {
        const int descriptors = count_entries("/proc/self/fd", "");
        bool again = true;

        for (int n = 0; again; n++) {
            file_error error = { "" };
            jail_end end = { .ended = false };
            jail *const j = start(t, &o, "echo hello; while :; do :; done", &error);

            assert_non_null(j);
            turn = n;
            jail_freeze(j, true);
            jail_wait(j, 0.001, &end);
            free(jail_output(j, NULL));
            if (!jail_stop(j, &error))
                assert_true(strlen(error.text) > 0);
            again = turn < 0;
            turn = -1;
            waitpid(-1, NULL, 0);
        }
        assert_int_equal(count_entries("/proc/self/fd", ""), descriptors);
        assert_int_equal(count_groups(getpid()), 0);
    }
}

/* What the self-test could not try counts as not denied. */
static void test_the_self_test_fails_closed(void **state)
{
    FILE *const out = tmpfile();

    (void)state;
    assert_non_null(out);
    for (int n = 0; n < 7; n++) {
        turn = n;
        assert_true(jail_self_test(JAIL_NONE, out) > 90);
        assert_int_equal(turn, -1);
    }
    fclose(out);
}

/* ---- Refusals ---- */

static void refused(jail_tier tier, const jail_options *o, char *const *argv, int keep_count,
                    const char *told)
{
    const int keep[JAIL_MAX_KEPT + 1] = { 0 };
    file_error error = { "" };
    const int before = count_entries("/proc/self/fd", "");

    assert_null(jail_start(tier, o, argv, keep, keep_count, &error));
    if (!strstr(error.text, told) || strncmp(error.text, jail_tier_name(tier),
                                             strlen(jail_tier_name(tier))) != 0)
        fail_msg("'%s' has no '%s'", error.text, told);
    assert_int_equal(count_entries("/proc/self/fd", ""), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void test_what_cannot_start_says_why(void **state)
{
    char *const missing[] = { (char *)"/usr/bin/no-such-program", NULL };
    char *const fine[] = { (char *)"/bin/true", NULL };
    char **const many = calloc(JAIL_MAX_STRINGS + 2, sizeof *many);

    (void)state;
    assert_non_null(many);
    for (int i = 0; i <= JAIL_MAX_STRINGS; i++)
        many[i] = fine[0];
    EACH_TIER(t) {
        jail_options o = small();

        refused(t, &o, missing, 0, "/usr/bin/no-such-program: No such file");
        refused(t, &o, fine, JAIL_MAX_KEPT + 1, "descriptors");
        refused(t, &o, many, 0, "too long");
        o.scratch = "/no-such-folder";
        refused(t, &o, fine, 0, "/no-such-folder: No such file");
        o.scratch = NULL;
        o.visible[0].from = "/no-such-file";
        refused(t, &o, fine, 0, "/no-such-file: No such file");
    }
    free(many);
}

static void test_landlock_names_a_file_that_its_user_cannot_read(void **state)
{
    char *const argv[] = { (char *)"/bin/true", NULL };
    jail_options o = small();

    (void)state;
    if (!have[JAIL_LANDLOCK])
        skip();
    const char *const path = scratch_write("private", "x", 1);
    chmod(path, 0600);
    o.visible[0].from = path;
    refused(JAIL_LANDLOCK, &o, argv, 0, "private: Permission denied");
}

/* ---- Control groups, by their files ---- */

static void write_proc(const char *cgroup, const char *mountinfo)
{
    mkdir(scratch_path("proc"), 0700);
    mkdir(scratch_path("proc/self"), 0700);
    scratch_write("proc/self/cgroup", cgroup, strlen(cgroup));
    scratch_write("proc/self/mountinfo", mountinfo, strlen(mountinfo));
}

/* In folders that are no control groups nothing can be limited: none is used, none stays. */
static void test_groups_that_cannot_limit_are_not_used(void **state)
{
    const jail_options o = small();
    char mounts[2048];
    jail_group g;

    (void)state;
    mkdir(scratch_path("group"), 0700);
    mkdir(scratch_path("group/ours"), 0700);
    static const char *const own[] = { "0::/ours\n", "3:cpu,memory:/ours\n1:pids:/ours\n",
                                       "1:name=x:/\n", "nonsense\n", "" };
    static const char *const type[] = { "cgroup2", "cgroup", "cgroup", "cgroup", "tmpfs" };
    for (int i = 0; i < 5; i++) {
        snprintf(mounts, sizeof mounts,
                 "nonsense\n22 1 0:21 / %s rw - %s none rw,memory\n"
                 "22 1 0:21 / %s rw - %s none rw,pids\n", scratch_path("group"), type[i],
                 scratch_path("group"), type[i]);
        write_proc(own[i], mounts);
        jail_group_make(&g, scratch_path("proc"), &o);
        assert_false(g.memory);
        assert_true(jail_group_enter(&g, getpid()));
        assert_false(jail_group_memory_ended(&g));
        assert_true(jail_group_remove(&g));
        assert_int_equal(scratch_entries(scratch_path("group/ours")), 0);
    }
    jail_group_make(&g, scratch_path("no-proc"), &o);
    assert_false(g.memory);
}

static void test_stale_groups_are_swept_wherever_they_are(void **state)
{
    char mounts[1024];

    (void)state;
    mkdir(scratch_path("sweep"), 0700);
    mkdir(scratch_path("sweep/ours"), 0700);
    mkdir(scratch_path("sweep/ours/convlab-999999999-1-1"), 0700);
    mkdir(scratch_path("sweep/ours/convlab-x"), 0700);
    mkdir(scratch_path("sweep/ours/convlab-77-5-1"), 0700);     /* whose owner cannot be read */
    mkdir(scratch_path("sweep/other"), 0700);
    mkdir(scratch_path("sweep/other/convlab-999999999-1-2"), 0700);
    mkdir(scratch_path("sweep/other/convlab-999999999-1-3"), 0700);
    scratch_write("sweep/other/convlab-999999999-1-3/busy", "", 0);
    snprintf(mounts, sizeof mounts, "22 1 0:21 / %s rw - cgroup2 none rw\n",
             scratch_path("sweep"));
    write_proc("0::/ours\n", mounts);
    mkdir(scratch_path("proc/77"), 0700);
    mkdir(scratch_path("proc/77/stat"), 0700);
    jail_group_sweep(scratch_path("proc"));
    assert_int_equal(scratch_entries(scratch_path("sweep/ours")), 2);
    assert_int_equal(scratch_entries(scratch_path("sweep/other")), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tiers_have_names),
        cmocka_unit_test(test_without_bwrap_the_tier_is_refused_with_words),
        cmocka_unit_test(test_an_ordinary_user_has_no_landlock_tier),
        cmocka_unit_test(test_the_best_tier_is_found_and_the_others_explained),
        cmocka_unit_test(test_everything_is_denied_where_it_should_be),
        cmocka_unit_test(test_ends_are_told),
        cmocka_unit_test(test_environment_descriptors_and_folder),
        cmocka_unit_test(test_kept_descriptors_are_3_and_on),
        cmocka_unit_test(test_waiting_has_an_end),
        cmocka_unit_test(test_a_frozen_program_computes_nothing),
        cmocka_unit_test(test_what_has_ended_is_not_frozen),
        cmocka_unit_test(test_several_processes_are_not_frozen),
        cmocka_unit_test(test_a_deep_tree_is_cleared_away),
        cmocka_unit_test(test_nothing_is_left),
        cmocka_unit_test(test_a_killed_grader_leaves_nothing),
        cmocka_unit_test(test_strays_of_our_users_are_swept),
        cmocka_unit_test(test_a_filter_without_one_of_its_rules_is_none),
        cmocka_unit_test(test_each_call_may_fail),
        cmocka_unit_test(test_each_later_call_may_fail),
        cmocka_unit_test(test_the_self_test_fails_closed),
        cmocka_unit_test(test_what_cannot_start_says_why),
        cmocka_unit_test(test_landlock_names_a_file_that_its_user_cannot_read),
        cmocka_unit_test(test_groups_that_cannot_limit_are_not_used),
        cmocka_unit_test(test_stale_groups_are_swept_wherever_they_are),
    };

    return cmocka_run_group_tests(tests, look_at_tiers, scratch_remove);
}
