/* test_grade_remote.c: rows that run in another process: every row of the suite gives the same bits
 * there, and what a student's function does wrong is found and named. */
#define _GNU_SOURCE             /* open_memstream, usleep */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "check/check_adapters.h"
#include "check/check_trial.h"
#include "grade/remote_parts.h"
#include "lessons/demo.h"
#include "lessons/subprocess.h"
#include "tests/support/scratch.h"

static const char *self;

/* ---- The suite's own rows ---- */

static size_t bytes_of(const check_tensor *t)
{
    return (size_t)t->count * (t->type == CHECK_BYTE ? 1 : 4);
}

/* What the row leaves in the tensors, all of them one after the other; NULL: it did not run. */
static unsigned char *outcome(const check_concept *c, const void *row, int pass, const int *param,
                              uint64_t seed, size_t *size)
{
    status verdict;
    check_case found;
    check_trial *const t = check_trial_open(c, pass, param, seed, &verdict);
    unsigned char *all = NULL;

    assert_non_null(t);
    const check_problem *const p = check_trial_problem(t);
    *size = 0;
    if (check_trial_run(t, row, &found)) {
        assert_int_equal(found.outcome, CHECK_PASSED);
        for (int i = 0; i < p->tensor_count; i++)
            *size += bytes_of(&p->tensor[i]);
        all = malloc(*size + 1);
        assert_non_null(all);
        size_t at = 0;
        for (int i = 0; i < p->tensor_count; i++) {
            memcpy(all + at, p->tensor[i].data, bytes_of(&p->tensor[i]));
            at += bytes_of(&p->tensor[i]);
        }
    }
    check_trial_close(t);
    return all;
}

static void same_bits(const check_concept *c, const check_concept *there, const void *row,
                      const void *stub, int pass)
{
    check_random r = { 11 };
    int compared = 0;

    for (uint64_t seed = 1; seed <= 40 && compared < 6; seed++) {
        int param[CHECK_MAX_PARAMS];
        size_t here_size, there_size;
        c->draw(&r, param);
        if (check_verdict(c, param) != STATUS_OK)
            continue;
        unsigned char *const direct = outcome(c, row, pass, param, seed, &here_size);
        unsigned char *const carried = outcome(there, stub, pass, param, seed, &there_size);
        assert_int_equal(here_size, there_size);
        if (direct) {
            assert_memory_equal(direct, carried, here_size);
            compared++;
        }
        free(direct);
        free(carried);
    }
    assert_true(compared > 2);
}

static void one_row(const student_contract *contract, const void *row, int pass)
{
    const check_concept *const c = contract->concept;
    const char *const name = check_variant_info(row)->name;
    check_result result;

    remote *const r = remote_open_own(self, contract, pass, name, 0, 10.0);
    assert_non_null(r);
    if (remote_last(r)->fault != REMOTE_FINE)
        print_error("%s/%s/%d: %s\n", c->name, name, pass, remote_last(r)->error.text);
    assert_int_equal(remote_last(r)->fault, REMOTE_FINE);
    const check_concept *const there = remote_concept(r, c);
    check_variant(there, remote_row(r), pass, 3, 8, &result);
    if (result.failed || remote_last(r)->fault != REMOTE_FINE)
        print_error("%s/%s/%s: %s, fault %d\n", c->name, name, c->pass[pass].name,
                    check_outcome_name(result.failure.outcome), (int)remote_last(r)->fault);
    assert_false(result.failed);
    assert_int_equal(remote_last(r)->fault, REMOTE_FINE);
    same_bits(c, there, row, remote_row(r), pass);
    assert_true(remote_seconds(r) > 0.0);
    assert_int_equal(remote_starts(r), 1);
    assert_true(remote_close(r, NULL, NULL));
}

/* Returns how many rows it tried. */
static int all_rows(const student_contract *contract)
{
    const check_concept *const c = contract->concept;
    int count = 0;

    for (size_t i = 0; i < *c->variant_count; i++)
        for (int pass = 0; pass < c->pass_count; pass++) {
            const unsigned char *const row = check_variant_row(c, i);
            void *function = NULL;
            if (check_variant_info(row)->space != SPACE_HOST || !contract->pass[pass].field)
                continue;
            memcpy(&function, row + contract->pass[pass].offset, sizeof function);
            if (!function)
                continue;
            one_row(contract, row, pass);
            count++;
        }
    return count;
}

static void test_every_row_is_the_same_elsewhere(void **state)
{
    int count = 0;

    (void)state;
    for (const student_contract *contract = student_contracts; contract->concept; contract++)
        count += all_rows(contract);
    assert_true(count > 70);
}

static void test_lessons_own_rows(void **state)
{
    static const char *const objects[] = { "skip", "im2col", "mnist", "fashion" };
    int count = 0;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        lesson lesson_of = { .exercise_count = 0 };
        const course in = { .root = "." };
        file_error error;
        snprintf(lesson_of.name, sizeof lesson_of.name, "%s", objects[i]);
        const lesson_demo *const table = demo_load(&in, &lesson_of, &error);
        if (!table) {
            print_message("%s\n", error.text);
            skip();
        }
        for (const student_contract *c = table->contracts; c->concept; c++)
            count += all_rows(c);
    }
    assert_int_equal(count, 8);
}

/* ---- Students' functions ---- */

/* add's forward pass in many ways; all of them are in one object. */
#define ARGUMENTS "(const add_shape *s, const float *a, const float *b, float *y)"
#define RIGHT "add(s, a, b, y);"

static const char preamble[] =
    "#define _GNU_SOURCE\n"
    "#include <errno.h>\n#include <fcntl.h>\n#include <pthread.h>\n#include <stdint.h>\n"
    "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <sys/mman.h>\n"
    "#include <sys/socket.h>\n#include <sys/syscall.h>\n#include <unistd.h>\n"
    "#include \"grade/worker_protocol.h\"\n"
    "#include \"kernels/add/add.h\"\n#include \"kernels/linear/linear.h\"\n"
    "static void add" ARGUMENTS
    "{ for (ptrdiff_t i = 0; i < s->count; i++) y[i] = a[i] + b[i]; }\n"
    "static void say(uint64_t ticket, worker_say what) {\n"
    "    worker_answer x = { what, ticket, 0, \"\" }; send(3, &x, sizeof x, MSG_DONTWAIT); }\n"
    "static struct { const add_shape *s; const float *a, *b; float *y; } all;\n"
    "static void *work(void *u) { add(all.s, all.a, all.b, all.y); return NULL; }\n"
    "static void *spoil(void *u) { for (;;) *(volatile float *)all.y = 7; }\n";

typedef struct {
    const char *name, *text;
    check_outcome outcome;
    remote_fault fault;
} attempt;

static const attempt attempts[] = {
    { "right", RIGHT, CHECK_PASSED, REMOTE_FINE },
    { "openmp", "\n#pragma omp parallel for\n"
      "for (ptrdiff_t i = 0; i < s->count; i++) y[i] = a[i] + b[i];", CHECK_PASSED, REMOTE_FINE },
    { "threads", "pthread_t t; all.s = s; all.a = a; all.b = b; all.y = y;\n"
      "if (pthread_create(&t, NULL, work, NULL) == 0) pthread_join(t, NULL);",
      CHECK_PASSED, REMOTE_FINE },
    { "allocates", "char *t = malloc(10 << 20); memset(t, 1, 10 << 20); " RIGHT " free(t);",
      CHECK_PASSED, REMOTE_FINE },

    { "null", "*(volatile int *)0 = 1;", CHECK_STATUS, REMOTE_CRASH },
    { "aborts", "abort();", CHECK_STATUS, REMOTE_CRASH },
    { "exits", RIGHT "exit(0);", CHECK_STATUS, REMOTE_EXIT },
    { "closes", RIGHT "close(3);", CHECK_STATUS, REMOTE_EXIT },
    { "writes_input", "*(float *)a = 1; " RIGHT, CHECK_STATUS, REMOTE_CRASH },
    { "writes_shape", RIGHT "((add_shape *)s)->count = 0;", CHECK_STATUS, REMOTE_CRASH },
    { "maps_inputs", RIGHT "if (mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, 4, 0) == MAP_FAILED &&\n"
      "mprotect((void *)((uintptr_t)a & -4096ul), 4096, PROT_READ | PROT_WRITE)) abort();",
      CHECK_STATUS, REMOTE_CRASH },
    { "cuts_files", RIGHT "if (ftruncate(4, 0) && ftruncate(5, 0) && ftruncate(5, 1 << 30))\n"
      "abort();", CHECK_STATUS, REMOTE_CRASH },
    { "far_beyond", RIGHT "y[s->count + 5000] = 1;", CHECK_STATUS, REMOTE_CRASH },
    { "reads_behind", "volatile float t = a[s->count + 15]; " RIGHT, CHECK_STATUS, REMOTE_CRASH },
    { "reads_before", "volatile float t = b[-1]; " RIGHT, CHECK_STATUS, REMOTE_CRASH },
    { "forks", RIGHT "if (fork() < 0) abort();", CHECK_STATUS, REMOTE_CRASH },
    { "makes", RIGHT "if (open(\"x\", O_CREAT | O_WRONLY, 0600) < 0 &&\n"
      "socket(AF_INET, SOCK_DGRAM, 0) < 0 && syscall(SYS_memfd_create, \"x\", 0) < 0 &&\n"
      "syscall(SYS_kill, getppid(), 0) < 0 && syscall(SYS_tgkill, getppid(), getppid(), 0) < 0 &&\n"
      "syscall(SYS_ptrace, 0, 0, 0, 0) < 0 && syscall(SYS_execve, 0, 0, 0) < 0) abort();",
      CHECK_STATUS, REMOTE_CRASH },
    { "loops", "for (;;) *(volatile float *)y = 0;", CHECK_STATUS, REMOTE_LATE },

    { "unwritten", "for (ptrdiff_t i = 1; i < s->count; i++) y[i] = a[i] + b[i];",
      CHECK_UNWRITTEN, REMOTE_FINE },
    { "stale", "for (ptrdiff_t i = 0; i < s->count; i++) y[i] += a[i] + b[i];",
      CHECK_STALE, REMOTE_FINE },
    { "lazy", "static int n; if (n++ < 30) " RIGHT, CHECK_UNWRITTEN, REMOTE_FINE },
    { "repeats", "static int n; static float kept[1 << 20]; if (n++ < 15) { " RIGHT
      "memcpy(kept, y, 4 * s->count); } else memcpy(y, kept, 4 * s->count);",
      CHECK_MISMATCH, REMOTE_FINE },

    { "answers_early", "for (int i = 0; i < 40; i++) { say(0, WORKER_DONE); say(i, WORKER_DONE);\n"
      "send(3, \"x\", 1, MSG_DONTWAIT); }" RIGHT, CHECK_PASSED, REMOTE_FINE },
    { "floods", "for (;;) say(0, WORKER_DONE);", CHECK_STATUS, REMOTE_LATE },
    { "spoils_later", "static pthread_t t; all.y = y; " RIGHT "if (!t && s->count > 9)\n"
      "pthread_create(&t, NULL, spoil, NULL);", CHECK_MISMATCH, REMOTE_FINE },

    { "near_behind", RIGHT "y[s->count + 1] = 1;", CHECK_GUARD, REMOTE_FINE },
    { "near_before", RIGHT "y[-3] = 1;", CHECK_GUARD, REMOTE_FINE },
    { "prints", "printf(\"%d\\n\", getpid()); fflush(stdout); " RIGHT, CHECK_PASSED, REMOTE_FINE },
    { "sleeps", "usleep(100000); " RIGHT, CHECK_PASSED, REMOTE_FINE },
    { "works", "_Pragma(\"omp parallel num_threads(s->count == 4 ? 4 : 1)\")\n"
      "for (volatile int i = 0; i < 1000000; i++) ; " RIGHT, CHECK_PASSED, REMOTE_FINE },
    { "at_one", "if (s->count == 1) abort(); " RIGHT, CHECK_STATUS, REMOTE_CRASH },
    { NULL, NULL, CHECK_PASSED, REMOTE_FINE },
};

/* linear's forward pass, with workspace. */
static const struct {
    const char *name, *claim, *more;
    remote_fault fault;
    check_outcome outcome;
} askers[] = {
    { "w_used", "1000", "memset(workspace, 1, 1000);", REMOTE_FINE, CHECK_PASSED },
    { "w_none", "0", "if (workspace) abort();", REMOTE_FINE, CHECK_PASSED },
    { "w_stray", "100", "((char *)workspace)[-1] = 1;", REMOTE_FINE, CHECK_GUARD },
    { "w_huge", "(size_t)1 << 40", "", REMOTE_WORKSPACE, CHECK_STATUS },
    { "w_most", "SIZE_MAX", "", REMOTE_WORKSPACE, CHECK_STATUS },
    { "w_crash", "*(volatile int *)0", "", REMOTE_CRASH, CHECK_STATUS },
    { "w_unset", "4096", "y[0] = *(float *)workspace; return;", REMOTE_FINE, CHECK_SCRATCH },
};
enum { ASKERS = sizeof askers / sizeof askers[0] };

/* Compiles text[] into an object of that name in the scratch folder. */
static const char *compiled(const char *name, const char *text, const char *option)
{
    char source[64], object[64];
    lesson_path path, folder;

    snprintf(source, sizeof source, "%s.c", name);
    snprintf(object, sizeof object, "%s.so", name);
    snprintf(path, sizeof path, "%s", scratch_path(object));
    snprintf(folder, sizeof folder, "%s", scratch_path(""));
    char *const argv[] = { "cc", "-std=gnu11", "-w", "-shared", "-fPIC", "-O1", "-fopenmp", "-I.",
                           (char *)option, (char *)scratch_write(source, text, strlen(text)), "-o",
                           path, NULL };
    subprocess_result r = subprocess_run(argv, SUBPROCESS_OUTPUT, NULL, 60.0);
    if (r.code != 0)
        print_error("%s\n", r.said);
    assert_int_equal(r.code, 0);
    free(r.said);
    assert_int_equal(chmod(folder, 0711), 0);   /* for the jail's own user */
    return scratch_path(object);
}

static lesson_path everything;

static int compile_everything(void **state)
{
    char *text = NULL;
    size_t size;
    FILE *const out = open_memstream(&text, &size);

    if (!out || scratch_make(state) != 0)
        return -1;
    fputs(preamble, out);
    for (const attempt *s = attempts; s->name; s++)
        fprintf(out, "void %s" ARGUMENTS "\n{ %s }\n", s->name, s->text);
    for (int i = 0; i < ASKERS; i++)
        fprintf(out, "size_t %s_bytes(const linear_shape *s) { return %s; }\n"
                "void %s(const linear_shape *s, const float *x, const float *w, const float *b,\n"
                "float *y, void *workspace) { %s\n"
                "for (int n = 0; n < s->n; n++) for (int o = 0; o < s->out_features; o++) {\n"
                "float sum = b ? b[o] : 0; for (int i = 0; i < s->in_features; i++)\n"
                "sum += x[n * s->in_features + i] * w[o * s->in_features + i];\n"
                "y[n * s->out_features + o] = sum; } }\n", askers[i].name, askers[i].claim,
                askers[i].name, askers[i].more);
    fclose(out);
    snprintf(everything, sizeof everything, "%s", compiled("everything", text, "-g0"));
    free(text);
    return 0;
}

static remote_options options(const char *object, const char *function)
{
    return (remote_options){ .tier = JAIL_NONE, .worker = "build/convlab-worker",
                             .object = object, .function = function,
                             .contract = student_contract_find(student_contracts, "add"),
                             .call_seconds = 0.3, .in_all_seconds = 60.0 };
}

static remote *opened(const remote_options *o)
{
    remote *const r = remote_open(o);

    assert_non_null(r);
    if (remote_last(r)->fault == REMOTE_NO_WORKER)
        print_error("%s\n", remote_last(r)->error.text);
    return r;
}

static remote *open_student(const char *function)
{
    const remote_options o = options(everything, function);
    return opened(&o);
}

static check_result check_it(remote *r, long cases)
{
    check_result result;

    check_variant(remote_concept(r, &check_add), remote_row(r), 0, 5, cases, &result);
    return result;
}

static void expect(const remote_options *o, check_outcome outcome, remote_fault fault)
{
    remote *const r = opened(o);
    const check_result result = check_it(r, 12);

    if (remote_last(r)->fault != fault || result.failure.outcome != outcome)
        print_error("%s: fault %d, outcome %s\n", o->function, (int)remote_last(r)->fault,
                    check_outcome_name(result.failure.outcome));
    assert_int_equal(remote_last(r)->fault, fault);
    assert_int_equal(result.failed, outcome != CHECK_PASSED);
    assert_int_equal(result.failure.outcome, outcome);
    assert_true(remote_close(r, NULL, NULL));
}

static void test_what_each_function_does_is_seen(void **state)
{
    (void)state;
    for (const attempt *s = attempts; s->name; s++) {
        const remote_options o = options(everything, s->name);
        /* Whether it is a page or a guard depends on the side. */
        if (strncmp(s->name, "near_", 5) != 0 && strcmp(s->name, "spoils_later") != 0)
            expect(&o, s->outcome, s->fault);
    }
}

/* Those that the tiers see with other eyes: the same in each that works here. */
static void test_the_tiers_agree(void **state)
{
    static const char *const some[] = { "right", "openmp", "null", "exits", "loops", "makes",
                                        "answers_early" };
    char why[512];

    (void)state;
    for (jail_tier t = JAIL_LANDLOCK; t <= jail_find(why, sizeof why); t++)
        for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
            const attempt *s = attempts;
            while (strcmp(s->name, some[i]) != 0)
                s++;
            remote_options o = options(everything, s->name);
            o.tier = t;
            o.call_seconds = 1.0;
            expect(&o, s->outcome, s->fault);
        }
}

static void test_objects_that_cannot_be_used(void **state)
{
    static const struct { const char *name, *text; remote_fault fault; } wrong[] = {
        { "missing", "void backward(void) { } int main(void) { return 0; }", REMOTE_NO_FUNCTION },
        { "undefined", "void there(void); void forward(void) { there(); }", REMOTE_NOT_LOADED },
        { "huge", "char much[1L << 44]; void forward(void) { much[0] = 1; }",
          REMOTE_NOT_LOADED },
        { "c_exits", "#include <unistd.h>\n__attribute__((constructor)) static void c(void)\n"
          "{ _exit(0); } void forward(void) { }", REMOTE_NOT_LOADED },
        { "c_aborts", "#include <stdlib.h>\n__attribute__((constructor)) static void c(void)\n"
          "{ abort(); } void forward(void) { }", REMOTE_CRASH },
        { "c_loops", "#include <unistd.h>\n__attribute__((constructor)) static void c(void)\n"
          "{ for (;;) pause(); } void forward(void) { }", REMOTE_LATE },
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const remote_options o = options(compiled(wrong[i].name, wrong[i].text, "-g0"), "forward");
        remote *const r = opened(&o);
        assert_int_equal(remote_last(r)->fault, wrong[i].fault);
        assert_true(remote_close(r, NULL, NULL));
        expect(&o, CHECK_STATUS, wrong[i].fault);
    }
    const remote_options o = options(scratch_write("text.so", "hello", 5), "forward");
    remote *const r = opened(&o);
    assert_int_equal(remote_last(r)->fault, REMOTE_NOT_LOADED);
    assert_string_equal(remote_last(r)->finding, "file too short");
    assert_true(remote_close(r, NULL, NULL));
}

static void test_workers_that_do_not_start(void **state)
{
    const char *const workers[] = { "build/none", "/bin/true", "/bin/false", "Makefile" };

    (void)state;
    for (size_t i = 0; i < sizeof workers / sizeof workers[0]; i++) {
        remote_options o = options(everything, "right");
        o.worker = workers[i];
        remote *const r = remote_open(&o);
        assert_non_null(r);
        assert_int_equal(remote_last(r)->fault, REMOTE_NO_WORKER);
        assert_true(strlen(remote_last(r)->error.text) > 0);
        assert_true(check_it(r, 3).failed);
        assert_int_equal(remote_last(r)->fault, REMOTE_NO_WORKER);
        assert_true(remote_close(r, NULL, NULL));
    }
    remote_options o = options("build/none.so", "right");
    remote *r = remote_open(&o);
    assert_non_null(r);
    assert_int_equal(remote_last(r)->fault, REMOTE_NO_WORKER);
    assert_true(remote_close(r, NULL, NULL));
    const student_contract *const add = student_contract_find(student_contracts, "add");
    assert_null(remote_open_own(self, add, 0, "nosuch", 1, 1.0));
    r = remote_open_own("/bin/true", add, 0, "naive", 1, 1.0);
    assert_non_null(r);
    assert_int_equal(remote_last(r)->fault, REMOTE_NO_WORKER);
    assert_true(remote_close(r, NULL, NULL));
    assert_true(remote_close(NULL, NULL, NULL));
}

/* Workers that say what ours never would: whoever holds a student's code may. */
static void test_lies_of_a_worker(void **state)
{
    static const char text[] =
        "#include \"grade/worker_protocol.h\"\n#include <string.h>\n#include <unistd.h>\n"
        "#include <sys/socket.h>\n"
        "static worker_question q; static const char *mode;\n"
        "static void say(worker_say what, uint64_t value) {\n"
        "worker_answer a = { what, q.ticket, value, \"\" }; memset(a.text, 'x', sizeof a.text);\n"
        "send(3, &a, sizeof a, 0); }\n"
        "static int is(const char *name) { return strcmp(mode, name) == 0; }\n"
        "int main(int argc, char **argv) { if (argc < 3) return 0; mode = argv[2];\n"
        "say(is(\"rude\") ? WORKER_READY : WORKER_HELLO, 0); if (is(\"mute\")) pause();\n"
        "say(is(\"odd\") ? WORKER_DONE : WORKER_READY, 0);\n"
        "while (recv(3, &q, sizeof q, 0) > 0) {\n"
        "if (is(\"leaves\")) { close(3); pause(); }\n"
        "send(3, \"short\", 5, 0);\n"
        "switch (q.ask) {\n"
        "case WORKER_ASK_PREPARE: say(is(\"cannot\") ? WORKER_NOT_PREPARED\n"
        "    : is(\"finds\") ? WORKER_FINDING : WORKER_PREPARED, 0); break;\n"
        "case WORKER_ASK_PROFILE: say(WORKER_PROFILE, UINT64_MAX); break;\n"
        "default: say(WORKER_DONE, 0); } } return 0; }\n";
    static const struct {
        const char *mode;
        remote_fault open, run;
        check_outcome outcome;
    } all[] = {
        { "rude", REMOTE_NO_WORKER, REMOTE_NO_WORKER, CHECK_STATUS },
        { "mute", REMOTE_LATE, REMOTE_LATE, CHECK_STATUS },
        { "odd", REMOTE_NO_FUNCTION, REMOTE_NO_FUNCTION, CHECK_STATUS },
        { "leaves", REMOTE_FINE, REMOTE_LATE, CHECK_STATUS },
        { "cannot", REMOTE_FINE, REMOTE_MEMORY, CHECK_STATUS },
        { "finds", REMOTE_FINE, REMOTE_DEVICE, CHECK_STATUS },
        { "idles", REMOTE_FINE, REMOTE_FINE, CHECK_UNWRITTEN },
    };
    const int param[CHECK_MAX_PARAMS] = { 3 };
    char worker[600], *argv[] = { "cc", "-I.", "-w", NULL, "-o", worker, NULL };

    (void)state;
    snprintf(worker, sizeof worker, "%.500s", scratch_path("liar"));
    argv[3] = (char *)scratch_write("liar.c", text, sizeof text - 1);
    subprocess_result built = subprocess_run(argv, SUBPROCESS_OUTPUT, NULL, 60.0);
    assert_int_equal(built.code, 0);
    free(built.said);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        remote_options o = options(everything, all[i].mode);
        check_case found;
        o.worker = worker;
        remote *const r = remote_open(&o);
        assert_non_null(r);
        assert_int_equal(remote_last(r)->fault, all[i].open);
        const check_concept *const c = remote_concept(r, &check_add);
        assert_int_equal(check_shape(c, remote_row(r), 0, param, 1, &found), STATUS_OK);
        assert_int_equal(remote_last(r)->fault, all[i].run);
        assert_int_equal(found.outcome, all[i].outcome);
        assert_true(strlen(remote_last(r)->finding) < sizeof remote_last(r)->finding);
        assert_null(remote_profile(r));
        assert_true(remote_close(r, NULL, NULL));
    }
}

/* Whichever descriptor is the first that cannot be had. */
static void test_without_descriptors(void **state)
{
    const remote_options o = options(everything, "right");
    struct rlimit before;
    int failures = 0;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const int first = dup(0);
    assert_true(first >= 0);
    close(first);
    for (int more = 0; more < 16; more++) {
        const struct rlimit fewer = { (rlim_t)(first + more), before.rlim_max };
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &fewer), 0);
        remote *const r = remote_open(&o);
        if (r && remote_last(r)->fault != REMOTE_FINE) {
            assert_int_equal(remote_last(r)->fault, REMOTE_NO_WORKER);
            assert_true(strlen(remote_last(r)->error.text) > 0);
            failures++;
        }
        assert_true(remote_close(r, NULL, NULL));
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    }
    assert_true(failures >= 3);
    expect(&o, CHECK_PASSED, REMOTE_FINE);
}

static void test_nothing_else_is_served(void **state)
{
    static const char *const wrong[] = { "", "add", "add/naive", "add/none/0", "none/naive/0",
                                         "add/naive/99", "add/naive/-1", "add/naive/0@/none.so",
                                         "softmax_ce/naive/6" };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char *const argv[] = { (char *)self, "--serve", (char *)wrong[i], NULL };
        subprocess_result r = subprocess_run(argv, SUBPROCESS_OUTPUT, NULL, 60.0);
        assert_int_equal(r.code, WORKER_EXIT_USAGE);
        free(r.said);
    }
}

static void test_time_in_all_ends_it(void **state)
{
    remote_options o = options(everything, "sleeps");
    const double start = jail_clock();

    (void)state;
    o.call_seconds = 5.0;
    o.in_all_seconds = 0.5;
    remote *const r = opened(&o);
    assert_true(check_it(r, 1000).failed);
    assert_int_equal(remote_last(r)->fault, REMOTE_LATE);
    assert_true(jail_clock() - start < 3.0);
    assert_true(check_it(r, 5).failed);
    assert_int_equal(remote_last(r)->fault, REMOTE_LATE);
    assert_true(remote_close(r, NULL, NULL));
}

/* Calls after one that was late have a tenth of the time, and its words name its own. */
static void test_less_time_after_a_loop(void **state)
{
    remote_options o = options(everything, "loops");
    const int param[CHECK_MAX_PARAMS] = { 3 };
    static const double limits[] = { 0.8, 0.08, 0.08 };
    check_case found;

    (void)state;
    o.call_seconds = 0.8;
    remote *const r = opened(&o);
    const check_concept *const c = remote_concept(r, &check_add);
    for (int i = 0; i < 3; i++) {
        remote_forget(r);
        const double start = jail_clock();
        (void)check_shape(c, remote_row(r), 0, param, 1, &found);
        const double took = jail_clock() - start;
        assert_int_equal(remote_last(r)->fault, REMOTE_LATE);
        assert_true(fabs(remote_last(r)->seconds - limits[i]) < 1e-9);
        assert_true(took >= limits[i] && (i == 0 || took < 0.8));
    }
    assert_true(remote_close(r, NULL, NULL));
}

static void test_a_fault_stays_until_it_is_forgotten(void **state)
{
    remote *const r = open_student("at_one");
    const check_result result = check_it(r, 40);
    const int param[CHECK_MAX_PARAMS] = { 3 };
    check_case found;

    (void)state;
    assert_int_equal(remote_last(r)->fault, REMOTE_CRASH);
    assert_int_equal(remote_last(r)->signal, SIGABRT);
    assert_int_equal(result.param[0], 1);
    const check_concept *const c = remote_concept(r, &check_add);
    assert_int_equal(check_shape(c, remote_row(r), 0, param, 1, &found), STATUS_OK);
    assert_int_equal(found.outcome, CHECK_SKIPPED);     /* only another fault would count */
    remote_forget(r);
    assert_int_equal(check_shape(c, remote_row(r), 0, param, 1, &found), STATUS_OK);
    assert_int_equal(found.outcome, CHECK_PASSED);
    assert_true(remote_close(r, NULL, NULL));
}

/* A page that nobody may touch is on one side, and the engine's guard on the other. */
static void test_strays_are_found_on_both_sides(void **state)
{
    static const char *const names[] = { "near_behind", "near_before" };
    const int param[CHECK_MAX_PARAMS] = { 16 };

    (void)state;
    for (int i = 0; i < 2; i++) {
        remote *const r = open_student(names[i]);
        const check_concept *const c = remote_concept(r, &check_add);
        int crashes = 0, seen = 0;
        for (uint64_t seed = 0; seed < 16; seed++) {
            check_case found;
            remote_forget(r);
            assert_int_equal(check_shape(c, remote_row(r), 0, param, seed, &found), STATUS_OK);
            crashes += found.outcome == CHECK_STATUS && remote_last(r)->fault == REMOTE_CRASH;
            seen += found.outcome == CHECK_GUARD && strcmp(found.tensor, "y") == 0;
        }
        assert_int_equal(crashes + seen, 16);
        assert_true(crashes >= 4 && seen >= 4);
        assert_true(remote_close(r, NULL, NULL));
    }
}

/* A thread that goes on after the answer changes nothing that was copied before, and stands still
 * while the worker is not asked. */
static void test_threads_left_behind_stand_still(void **state)
{
    remote *const r = open_student("spoils_later");
    const int param[CHECK_MAX_PARAMS] = { 16 };
    check_case found;

    (void)state;
    const check_concept *const c = remote_concept(r, &check_add);
    (void)check_shape(c, remote_row(r), 0, param, 1, &found);
    const volatile float *const y = (const float *)(void *)(r->file[WORKER_FILE_OUTPUTS] +
                                                            r->plan.region[3].data);
    assert_true(r->rests);
    ((volatile float *)y)[0] = 1.0f;
    usleep(20000);
    assert_true(y[0] == 1.0f);
    assert_true(remote_close(r, NULL, NULL));
}

static void test_a_killed_worker_is_started_again(void **state)
{
    remote *const r = open_student("prints");
    char *said;

    (void)state;
    assert_false(check_it(r, 3).failed);
    char *const printed = jail_output(r->jail, NULL);
    assert_non_null(printed);
    const int pid = atoi(printed);
    free(printed);
    assert_true(pid > 1);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_true(check_it(r, 3).failed);
    assert_int_equal(remote_last(r)->fault, REMOTE_CRASH);
    assert_int_equal(remote_last(r)->signal, SIGKILL);
    remote_forget(r);
    assert_false(check_it(r, 3).failed);
    assert_true(remote_starts(r) >= 2);
    assert_true(remote_close(r, &said, NULL));
    assert_non_null(said);
    assert_int_equal(atoi(said), pid);
    free(said);
}

/* A question that cannot be sent though the worker is there, and a later crash do not count. */
static void test_what_is_our_fault_is_not_the_students(void **state)
{
    remote *const r = open_student("prints");
    int channel[2];

    (void)state;
    assert_false(check_it(r, 3).failed);
    const int socket = dup(r->socket);
    assert_int_equal(pipe(channel), 0);
    assert_true(socket >= 0 && dup2(channel[0], r->socket) >= 0);
    assert_true(check_it(r, 3).failed);
    assert_int_equal(remote_last(r)->fault, REMOTE_NO_WORKER);
    assert_non_null(strstr(remote_last(r)->error.text, "could not be sent"));
    remote_note(r, (remote_state){ .fault = REMOTE_CRASH });
    assert_true(remote_is_ours(remote_last(r)));
    remote_forget(r);
    assert_false(check_it(r, 3).failed);
    assert_true(remote_close(r, NULL, NULL));
    close(socket);
    close(channel[0]);
    close(channel[1]);
}

static void test_workspace(void **state)
{
    const int param[CHECK_MAX_PARAMS] = { 2, 3, 1, 0 };

    (void)state;
    for (int i = 0; i < ASKERS; i++) {
        char bytes[64];
        check_case found;
        remote_options o = options(everything, askers[i].name);
        snprintf(bytes, sizeof bytes, "%s_bytes", askers[i].name);
        o.workspace = bytes;
        o.contract = student_contract_find(student_contracts, "linear");
        remote *const r = opened(&o);
        const check_concept *const c = remote_concept(r, &check_linear);
        assert_int_equal(check_shape(c, remote_row(r), 0, param, 2, &found), STATUS_OK);
        if (found.outcome != askers[i].outcome)
            print_error("%s: %s\n", askers[i].name, check_outcome_name(found.outcome));
        assert_int_equal(remote_last(r)->fault, askers[i].fault);
        assert_int_equal(found.outcome, askers[i].outcome);
        assert_true(remote_close(r, NULL, NULL));
    }
}

/* Two at a time, and a row that is neither's. */
static void test_rows_side_by_side(void **state)
{
    const student_contract *const add = student_contract_find(student_contracts, "add");
    remote *const student = open_student("right");
    remote *const own = remote_open_own(self, add, 0, "naive", 1, 10.0);
    const int param[CHECK_MAX_PARAMS] = { 1000 };
    check_case found;

    (void)state;
    assert_non_null(own);
    const check_concept *const c = remote_concept(student, &check_add);
    const void *const rows[] = { remote_row(student), remote_row(own), check_variant_row(c, 0) };
    for (int i = 0; i < 9; i++) {
        assert_int_equal(check_shape(c, rows[i % 3], 0, param, (uint64_t)i, &found), STATUS_OK);
        assert_int_equal(found.outcome, CHECK_PASSED);
    }
    assert_true(remote_seconds(own) > 0.0);
    assert_true(remote_close(own, NULL, NULL));
    assert_true(remote_close(student, NULL, NULL));
}

/* Processor time has no pauses in it, and the work of all threads: four of them on one processor
 * get no more done in it than one. */
static void test_processor_time(void **state)
{
    remote_options o = options(everything, "sleeps");
    check_case found;
    double seconds[2];

    (void)state;
    remote *r = opened(&o);
    (void)check_shape(remote_concept(r, &check_add), remote_row(r), 0,
                      (int[CHECK_MAX_PARAMS]){ 10 }, 1, &found);
    assert_true(remote_seconds(r) >= 0.1);
    assert_true(remote_cpu_seconds(r) > 0.0 && remote_cpu_seconds(r) < 0.05);
    assert_true(remote_close(r, NULL, NULL));

    o = options(everything, "works");
    o.cpus = 1;
    r = opened(&o);
    for (int i = 0; i < 2; i++) {
        (void)check_shape(remote_concept(r, &check_add), remote_row(r), 0,
                          (int[CHECK_MAX_PARAMS]){ i == 0 ? 1 : 4 }, 1, &found);
        assert_int_equal(found.outcome, CHECK_PASSED);
        seconds[i] = remote_cpu_seconds(r);
    }
    assert_true(seconds[0] > 0.0 && seconds[0] <= remote_seconds(r));
    assert_true(seconds[1] > 2.5 * seconds[0]);
    assert_true(remote_close(r, NULL, NULL));
}

/* ---- Other workers ---- */

static void test_sanitizer(void **state)
{
    static const char text[] =
        "#include <stdlib.h>\n#include \"kernels/add/add.h\"\n"
        "static void via(const add_shape *s, const float *a, const float *b, float *y, long more)\n"
        "{ float *t = malloc(4 * s->count + 4); for (long i = 0; i < s->count; i++)\n"
        "t[i] = a[i] + b[i]; t[s->count + more] = 1;\n"
        "for (long i = 0; i < s->count; i++) y[i] = t[i]; free(t); }\n"
        "void good" ARGUMENTS "{ via(s, a, b, y, 0); }\n"
        "void bad" ARGUMENTS "{ via(s, a, b, y, 1); }\n";
    lesson_path object;
    char *said;

    (void)state;
    snprintf(object, sizeof object, "%s", compiled("sanitized", text, "-fsanitize=address"));
    remote_options o = options(object, "good");
    o.worker = "build/convlab-worker-asan";
    o.sanitizer = true;
    o.call_seconds = 5.0;
    expect(&o, CHECK_PASSED, REMOTE_FINE);
    o.function = "bad";
    remote *const r = opened(&o);
    assert_true(check_it(r, 3).failed);
    assert_int_equal(remote_last(r)->fault, REMOTE_EXIT);
    assert_true(remote_close(r, &said, NULL));
    assert_non_null(said);
    assert_non_null(strstr(said, "heap-buffer-overflow"));
    free(said);
}

static const char *compiled_cuda(const char *name, const char *option, const char *more,
                                 const char *threads)
{
    static const char text[] =
        "#include \"kernels/core/cuda_launch.cuh\"\n"
        "extern \"C\" {\n#include \"kernels/add/add.h\"\n}\n"
        "__global__ static void sum(long n, const float *a, const float *b, float *y)\n"
        "{ long i = (long)blockIdx.x * blockDim.x + threadIdx.x; if (i < n + MORE)\n"
        "y[i] = a[i] + b[i]; }\n"
        "extern \"C\" void forward" ARGUMENTS "\n{ if (s->count == 0) return;\n"
        "sum<<<cuda_blocks(s->count, 128), THREADS>>>(s->count, a, b, y);\n"
        "cuda_launched(\"sum\"); }\n";
    char source[64], middle[600], object[600], command[4096];

    snprintf(source, sizeof source, "%s.cu", name);
    snprintf(middle, sizeof middle, "%.500s.o", scratch_path(name));
    snprintf(object, sizeof object, "%.500s.so", scratch_path(name));
    snprintf(command, sizeof command,
             "build/cusim-cc -O2 -fPIC %s -DMORE=%s -DTHREADS=%s -I. -c %.500s -o %s && "
             "g++ -shared -Wl,-Bsymbolic %s -o %s", option, more, threads,
             scratch_write(source, text, sizeof text - 1), middle, middle, object);
    char *const argv[] = { "sh", "-c", command, NULL };
    subprocess_result r = subprocess_run(argv, SUBPROCESS_OUTPUT, NULL, 60.0);
    if (r.code != 0)
        print_error("%s\n", r.said);
    assert_int_equal(r.code, 0);
    free(r.said);
    snprintf(source, sizeof source, "%s.so", name);
    return scratch_path(source);
}

static void test_simulator(void **state)
{
    static const struct { const char *name, *option, *more, *threads, *told; } all[] = {
        { "cu_right", "--check", "0", "128", NULL },
        { "cu_beyond", "--check", "1", "128", "out-of-bounds" },
        { "cu_launch", "--check", "0", "5000", "bad-launch" },
        { "cu_unseen", "", "0", "5000", "could not be launched" },
    };
    static const char *const unchecked[] = { "CUSIM_PROFILE=0", NULL };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        remote_options o = options(compiled_cuda(all[i].name, all[i].option, all[i].more,
                                                 all[i].threads), "forward");
        o.worker = "build/convlab-worker-cusim";
        o.device = true;
        o.call_seconds = 10.0;
        o.environment = *all[i].option ? NULL : unchecked;
        remote *const r = opened(&o);
        const check_result result = check_it(r, 10);
        assert_int_equal(result.failed, all[i].told != NULL);
        assert_int_equal(remote_last(r)->fault, all[i].told ? REMOTE_DEVICE : REMOTE_FINE);
        if (all[i].told && !strstr(remote_last(r)->finding, all[i].told))
            print_error("%s: %s\n", all[i].name, remote_last(r)->finding);
        assert_true(!all[i].told || strstr(remote_last(r)->finding, all[i].told));
        assert_int_equal(remote_starts(r), 1);
        assert_true(remote_close(r, NULL, NULL));
    }
}

static void test_profile(void **state)
{
    static const char *const environment[] = { "CUSIM_PROFILE=1", NULL };
    remote_options o = options(compiled_cuda("cu_profile", "--profile", "0", "128"), "forward");

    (void)state;
    o.worker = "build/convlab-worker-cusim";
    o.device = true;
    o.call_seconds = 10.0;
    o.environment = environment;
    remote *const r = opened(&o);
    assert_false(check_it(r, 3).failed);
    char *const text = remote_profile(r);
    assert_non_null(text);
    json_t *const profile = json_loads(text, 0, NULL);
    json_t *const kernel = json_array_get(json_object_get(profile, "kernels"), 0);
    assert_string_equal(json_string_value(json_object_get(kernel, "name")), "sum");
    assert_true(json_integer_value(json_object_get(
        json_object_get(json_object_get(kernel, "global"), "load"), "requests")) > 0);
    json_decref(profile);
    free(text);
    assert_true(remote_close(r, NULL, NULL));
    remote *const host = open_student("right");
    assert_null(remote_profile(host));
    assert_int_equal(remote_last(host)->fault, REMOTE_FINE);
    assert_true(remote_close(host, NULL, NULL));
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--serve") == 0)
        remote_serve(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_is_the_same_elsewhere),
        cmocka_unit_test(test_lessons_own_rows),
        cmocka_unit_test(test_what_each_function_does_is_seen),
        cmocka_unit_test(test_the_tiers_agree),
        cmocka_unit_test(test_objects_that_cannot_be_used),
        cmocka_unit_test(test_workers_that_do_not_start),
        cmocka_unit_test(test_lies_of_a_worker),
        cmocka_unit_test(test_without_descriptors),
        cmocka_unit_test(test_nothing_else_is_served),
        cmocka_unit_test(test_time_in_all_ends_it),
        cmocka_unit_test(test_less_time_after_a_loop),
        cmocka_unit_test(test_a_fault_stays_until_it_is_forgotten),
        cmocka_unit_test(test_strays_are_found_on_both_sides),
        cmocka_unit_test(test_threads_left_behind_stand_still),
        cmocka_unit_test(test_a_killed_worker_is_started_again),
        cmocka_unit_test(test_what_is_our_fault_is_not_the_students),
        cmocka_unit_test(test_workspace),
        cmocka_unit_test(test_rows_side_by_side),
        cmocka_unit_test(test_processor_time),
        cmocka_unit_test(test_sanitizer),
        cmocka_unit_test(test_simulator),
        cmocka_unit_test(test_profile),
    };
    self = argv[0];
    return cmocka_run_group_tests(tests, compile_everything, scratch_remove);
}
