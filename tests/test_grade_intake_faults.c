/* test_grade_intake_faults.c: reading submissions and policies while the machine fails: every call
 * of the operating system and every allocation once. What is read then is either the same as ever
 * or refused as our failure; never less.
 *
 * The program's own definitions stand before libc's. Under AddressSanitizer, which has an allocator
 * of its own, allocations do not fail. */
#define _GNU_SOURCE             /* RTLD_NEXT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>

#include "grade/policy.h"
#include "grade/secret.h"
#include "grade/submission.h"
#include "tests/support/scratch.h"

/* ---- Failing calls ---- */

static int until_call;                  /* 1: the next one fails; 0: none */
static int call_errno;

static bool call_fails(void)
{
    if (until_call == 0 || --until_call > 0)
        return false;
    errno = call_errno;
    return true;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fstat(int file, struct stat *info)
{
    return call_fails() ? -1 : REAL(fstat)(file, info);
}

int lstat(const char *restrict path, struct stat *restrict info)
{
    return call_fails() ? -1 : REAL(lstat)(path, info);
}

int fstatat(int folder, const char *restrict path, struct stat *restrict info, int flags)
{
    return call_fails() ? -1 : REAL(fstatat)(folder, path, info, flags);
}

int openat(int folder, const char *path, int flags, ...)
{
    return call_fails() ? -1 : REAL(openat)(folder, path, flags, 0);
}

int open(const char *path, int flags, ...)
{
    va_list arguments;

    va_start(arguments, flags);
    const int mode = va_arg(arguments, int);
    va_end(arguments);
    return call_fails() ? -1 : REAL(open)(path, flags, mode);
}

ssize_t read(int file, void *bytes, size_t size)
{
    return call_fails() ? -1 : REAL(read)(file, bytes, size);
}

DIR *fdopendir(int folder)
{
    return call_fails() ? NULL : REAL(fdopendir)(folder);
}

struct dirent *readdir(DIR *folder)
{
    return call_fails() ? NULL : REAL(readdir)(folder);
}

ssize_t getrandom(void *bytes, size_t size, unsigned flags)
{
    return call_fails() ? -1 : REAL(getrandom)(bytes, size, flags);
}

#ifndef __SANITIZE_ADDRESS__
static int until_memory;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

static bool spare_libarchive;

static bool memory_fails(void *caller)
{
    Dl_info where;

    if (until_memory == 0 ||
        (spare_libarchive && dladdr(caller, &where) && strstr(where.dli_fname, "libarchive")) ||
        --until_memory > 0)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return memory_fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return memory_fails(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    return memory_fails(__builtin_return_address(0)) ? NULL : __libc_realloc(block, size);
}
#endif

/* ---- What is read ---- */

static course one;

static int make(void **state)
{
    static const char policy_text[] =
        "{ \"exercises\": { \"forward\": { \"groups\": [ { \"name\": \"g\", \"points\": 3, "
        "\"shape\": { \"h\": 3 } }, { \"name\": \"h\", \"points\": 4 } ], \"memory\": "
        "{ \"points\": 2 } } } }";
    lesson *const l = &one.lessons[0];

    scratch_make(state);
    one.count = 1;
    snprintf(l->name, sizeof l->name, "conv");
    snprintf(l->folder, sizeof l->folder, "01-conv");
    snprintf(l->path, sizeof l->path, "%s", scratch_path("01-conv"));
    l->exercise_count = 2;
    l->exercises[0] = (exercise){ .name = "forward", .kind = EXERCISE_WRITE, .file = "a.c",
                                  .concept = "conv2d", .pass = "forward", .cases = 5 };
    l->exercises[1] = (exercise){ .name = "predict", .kind = EXERCISE_PREDICT, .file = "b.txt" };
    mkdir(scratch_path("01-conv"), 0700);
    scratch_write("01-conv/grading.json", policy_text, strlen(policy_text));
    mkdir(scratch_path("alice"), 0700);
    mkdir(scratch_path("alice/01-conv"), 0700);
    scratch_write("alice/01-conv/a.c", "int x;\n", 7);
    scratch_write("alice/01-conv/b.txt", "rows = 3\n", 9);
    return 0;
}

static void pack(const char *path, bool zip, bool gz)
{
    struct archive *const a = archive_write_new();

    if (zip)
        archive_write_set_format_zip(a);
    else
        archive_write_set_format_pax(a);
    if (gz)
        archive_write_add_filter_gzip(a);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    for (int i = 0; i < 2; i++) {
        struct archive_entry *const e = archive_entry_new();
        archive_entry_set_pathname(e, i ? "alice/conv/b.txt" : "alice/conv/a.c");
        archive_entry_set_filetype(e, AE_IFREG);
        archive_entry_set_perm(e, 0644);
        archive_entry_set_size(e, 3);
        archive_write_header(a, e);
        archive_write_data(a, "abc", 3);
        archive_entry_free(e);
    }
    archive_write_close(a);
    archive_write_free(a);
}

typedef struct {
    status verdict;
    int count;
    char hash[65];
    bool told;                          /* an error, or a remark */
} reading;

static reading read_submission(const char *path)
{
    static submission s;
    file_error error = { "" };
    reading r = { .verdict = submission_open(&s, path, &one, NULL, &error), .count = s.count };

    memcpy(r.hash, s.sha256, sizeof r.hash);
    r.told = error.text[0] || s.remark.text[0];
    submission_close(&s);
    return r;
}

static reading read_policy(const char *path)
{
    static policy p;
    file_error error = { "" };
    reading r = { .verdict = policy_open(&p, &one.lessons[0], &error) };

    (void)path;
    r.count = p.points;
    r.told = error.text[0];
    policy_close(&p);
    return r;
}

/* The number of calls it takes is not known before: until one run has no failure left. */
static void fail_each(reading (*again)(const char *path), const char *path, int *until, int why)
{
    enum { MOST = 3000 };
    const reading right = again(path);
    int refused = 0, i = 1;

    assert_int_equal(right.verdict, STATUS_OK);
    assert_false(right.told);
    for (; i < MOST; i++) {
        call_errno = why;
        *until = i;
        const reading r = again(path);
        const bool unused = *until > 0;
        *until = 0;
        if (unused)
            break;
        if (r.verdict == STATUS_OK && (r.count != right.count || strcmp(r.hash, right.hash) != 0))
            fail_msg("%s: failure %d: %d instead of %d", path, i, r.count, right.count);
        if (r.verdict != STATUS_OK && (!r.told || r.verdict == STATUS_VALUE))
            fail_msg("%s: failure %d: told as %s", path, i, status_string(r.verdict));
        refused += r.verdict != STATUS_OK;
    }
    assert_true(i > 1 && i < MOST && refused > 0);
}

static void test_calls_fail(void **state)
{
    (void)state;
    pack(scratch_path("alice.zip"), true, false);
    pack(scratch_path("alice.tar.gz"), false, true);
    for (int i = 0; i < 2; i++) {
        fail_each(read_submission, scratch_path("alice"), &until_call, i ? EIO : ENOMEM);
        fail_each(read_submission, scratch_path("alice.zip"), &until_call, EIO);
        fail_each(read_submission, scratch_path("alice.tar.gz"), &until_call, EMFILE);
        fail_each(read_policy, "", &until_call, EIO);
    }
}

/* What a student made so that it cannot be opened costs them that file, and says so. */
static void test_permission_is_not_our_failure(void **state)
{
    int told = 0;

    (void)state;
    for (int i = 1; i < 40; i++) {
        call_errno = EACCES;
        until_call = i;
        const reading r = read_submission(scratch_path("alice"));
        const bool unused = until_call > 0;
        until_call = 0;
        if (unused)
            break;
        assert_true(r.told);
        told += r.verdict == STATUS_OK;
    }
    assert_true(told >= 4);
}

static void test_interrupted_calls_go_on(void **state)
{
    secret s = { { 0 } };

    (void)state;
    until_call = 1;
    call_errno = EINTR;
    assert_true(secret_draw(&s));
    until_call = 1;
    call_errno = ENOSYS;
    assert_false(secret_draw(&s));
    until_call = 4;                             /* the first read of a file */
    call_errno = EINTR;
    const reading r = read_submission(scratch_path("alice.zip"));
    assert_int_equal(r.verdict, STATUS_OK);
    assert_int_equal(r.count, 2);
    until_call = 0;
}

#ifndef __SANITIZE_ADDRESS__
static void test_allocations_fail(void **state)
{
    (void)state;
    spare_libarchive = true;
    fail_each(read_submission, scratch_path("alice"), &until_memory, ENOMEM);
    fail_each(read_submission, scratch_path("alice.zip"), &until_memory, ENOMEM);
    fail_each(read_submission, scratch_path("alice.tar.gz"), &until_memory, ENOMEM);
    fail_each(read_policy, "", &until_memory, ENOMEM);
    spare_libarchive = false;
}

/* libarchive 3.6 does not survive each failed allocation. A process that it takes along has said
 * nothing about the submission; one that lives on must not have lost a file of it. */
static void libarchive_without_memory(const char *path)
{
    enum { MOST = 3000, UNUSED = 10, WRONG = 11 };
    int code = 0, i = 0;

    while (code != UNUSED && ++i < MOST) {
        int ended;
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            signal(SIGSEGV, SIG_DFL);
            close(STDERR_FILENO);
            until_memory = i;
            const reading r = read_submission(path);
            if (until_memory > 0)
                exit(UNUSED);
            exit(r.verdict == STATUS_OK ? (r.count != 2 || r.told ? WRONG : 0)
                                        : (r.verdict == STATUS_VALUE ? WRONG : 0));
        }
        assert_int_equal(waitpid(child, &ended, 0), child);
        code = WIFEXITED(ended) ? WEXITSTATUS(ended) : 0;
        if (code == WRONG)
            fail_msg("%s: failed allocation %d was told as the archive's fault", path, i);
    }
    if (i <= 10 || i == MOST)
        fail_msg("%s: %d allocations", path, i);
}

static void test_libarchives_allocations_fail(void **state)
{
    (void)state;
    libarchive_without_memory(scratch_path("alice.zip"));
    libarchive_without_memory(scratch_path("alice.tar.gz"));
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls_fail),
        cmocka_unit_test(test_permission_is_not_our_failure),
        cmocka_unit_test(test_interrupted_calls_go_on),
#ifndef __SANITIZE_ADDRESS__
        cmocka_unit_test(test_allocations_fail),
        cmocka_unit_test(test_libarchives_allocations_fail),
#endif
    };
    return cmocka_run_group_tests(tests, make, scratch_remove);
}
