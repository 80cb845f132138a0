/* test_grade_remote_faults.c: rows that run elsewhere, in a jail or in none, while the machine
 * fails: every call of the operating system and every allocation of the parent once. What fails is
 * told as ours, or nothing came of it; it is never the row's fault, and nothing is left. */
#define _GNU_SOURCE             /* failing_calls.h */
#include "tests/faults/failing_calls.h"

#include <setjmp.h>
#include <stddef.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "check/check_adapters.h"
#include "check/check_trial.h"
#include "grade/jail_parts.h"
#include "grade/remote_parts.h"
#include "lessons/subprocess.h"
#include "tests/support/scratch.h"

enum { MOST_RUNS = 2000 };

static char self[4096];
static const student_contract *contract;
static int pass;

static int make(void **state)
{
    if (scratch_make(state) != 0 || readlink("/proc/self/exe", self, sizeof self - 1) <= 0)
        return -1;
    contract = student_contract_find(student_contracts, "activation");
    if (!contract || chmod(scratch_path(""), 0755) != 0)
        return -1;
    while (strcmp(contract->concept->pass[pass].name, "forward") != 0)
        pass++;
    return 0;
}

/* The first row of the suite, served by this program; a call, a workspace, a profile. */
static remote_fault use_own(char *why, size_t size)
{
    check_result found;
    remote *const r = remote_open_own(self, contract, pass, "naive", 1, 5.0);

    snprintf(why, size, "no memory");
    if (!r)
        return REMOTE_NO_WORKER;
    check_variant(remote_concept(r, contract->concept), remote_row(r), pass, 5, 1, &found);
    free(remote_profile(r));
    remote_state last = *remote_last(r);
    snprintf(why, size, "%s", last.error.text);
    if (last.fault == REMOTE_FINE && found.failed && found.failure.outcome != CHECK_MEMORY)
        fail_msg("a right row was found wrong: %s", check_outcome_name(found.failure.outcome));
    file_error left = { "" };
    if (!remote_close(r, NULL, &left))
        assert_true(*left.text);
    return last.fault;
}

static int entries(void)
{
    return scratch_entries("/proc/self/fd");
}

static void test_own_rows(void **state)
{
    const int descriptors = entries();
    const char *failed = "";
    int runs = 0;

    (void)state;
    for (; failed && runs < MOST_RUNS; runs++) {
        char why[sizeof(file_error)];

        failing_arm();
        const remote_fault fault = use_own(why, sizeof why);
        failed = failing_disarm();
        if (fault != REMOTE_FINE && fault != REMOTE_NO_WORKER)
            fail_msg("%s fails: told as the row's fault %d", failed ? failed : "nothing", fault);
        if (fault != REMOTE_FINE && !*why)
            fail_msg("%s fails: nothing is said", failed ? failed : "nothing");
        assert_int_equal(entries(), descriptors);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        if (!failed && fault != REMOTE_FINE)
            fail_msg("nothing fails: %s", why);
    }
    assert_true(runs > 3 && runs < MOST_RUNS);
}

/* A program in each tier: start, output, end. */
static bool use_jail(jail_tier tier, file_error *error)
{
    jail_options o = { .visible = { { "/usr", NULL }, { "/bin", NULL }, { "/lib", NULL },
                                    { access("/lib64", F_OK) ? NULL : "/lib64", NULL } },
                       .memory_bytes = 256 << 20, .tasks = 8, .cpus = 1, .cpu_seconds = 2,
                       .programs = true, .scratch = scratch_path(""), .disk_bytes = 1 << 20 };
    char *const argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)"echo hello; exit 3", NULL };
    jail_end end = { .ended = false };

    jail *const j = jail_start(tier, &o, argv, NULL, 0, error);
    if (!j)
        return false;
    (void)jail_wait(j, 5.0, &end);
    free(jail_output(j, NULL));
    if (end.ended && !end.memory && end.code != 3)
        fail_msg("%s: exit code %d", jail_tier_name(tier), end.code);
    return jail_stop(j, error);
}

static void each_call_of_a_jail(jail_tier tier)
{
    file_error error = { "" };
    const char *failed = "";
    int runs = 0;

    if (!use_jail(tier, &error)) {
        print_message("%s\n", error.text);
        return;
    }
    const int descriptors = entries();
    for (; failed && runs < MOST_RUNS; runs++) {
        error.text[0] = '\0';
        failing_arm();
        const bool good = use_jail(tier, &error);
        jail_sweep();
        failed = failing_disarm();
        if (!good && !*error.text)
            fail_msg("%s: %s fails: nothing is said", jail_tier_name(tier),
                     failed ? failed : "nothing");
        assert_int_equal(entries(), descriptors);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    }
    assert_true(runs < MOST_RUNS);
}

static void test_jails(void **state)
{
    (void)state;
    each_call_of_a_jail(JAIL_NAMESPACES);
    each_call_of_a_jail(JAIL_LANDLOCK);
    each_call_of_a_jail(JAIL_NONE);
}

/* A tier that cannot be tried does not work, and it is said why. */
static void test_trials_of_a_tier(void **state)
{
    const char *failed = "";
    int refused = 0;

    (void)state;
    for (int runs = 0; failed && runs < MOST_RUNS; runs++) {
        file_error error = { "" };

        failing_arm();
        const bool works = jail_works(JAIL_NONE, &error);
        failed = failing_disarm();
        assert_true(works || *error.text);
        refused += !works;
    }
    assert_true(refused > 0);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--serve") == 0)
        remote_serve(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trials_of_a_tier),        /* first: a place fails only once */
        cmocka_unit_test(test_jails),
        cmocka_unit_test(test_own_rows),
    };
    return cmocka_run_group_tests(tests, make, scratch_remove);
}
