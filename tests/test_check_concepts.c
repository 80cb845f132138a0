/* test_check_concepts.c: every concept, pass and variant against the reference, one test each. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "check/check.h"
#include "kernels/core/cpu.h"
#include "kernels/core/device.h"

#ifdef __SANITIZE_ADDRESS__                     /* five times slower, and not after values */
enum { CASES = 20, CASES_OTHER_ISA = 5 };
#else
enum { CASES = 60, CASES_OTHER_ISA = 15 };
#endif
enum { CASES_DEVICE = 30, SEED = 1, NAME_BYTES = 80, TEXT_BYTES = 1500 };

typedef struct {
    const check_concept *concept;
    const void *row;
    int pass;
    char name[NAME_BYTES];
} subject;

static check_result check_row(const subject *s, long cases)
{
    check_result result;

    check_variant(s->concept, s->row, s->pass, SEED, cases, &result);
    if (result.failed) {
        char verdict[TEXT_BYTES], replay[TEXT_BYTES];
        check_describe_case(&result.failure, verdict, sizeof verdict);
        check_format_replay(s->concept, s->row, s->pass, &result, replay, sizeof replay);
        cpu_isa_force(cpu_isa_best());
        fail_msg("%s\n%s", verdict, replay);
    }
    return result;
}

static void test_row(void **state)
{
    const subject *const s = *state;
    const bool host = check_variant_info(s->row)->space == SPACE_HOST;
    const int cases = host ? CASES : CASES_DEVICE;

    if (!host && device_missing()) {
        print_message("%s: %s\n", s->name, device_missing());
        skip();
    }
    for (int set = ISA_BASE; host && cpu_isa_force((isa)set) && cpu_isa() != cpu_isa_best(); set++)
        check_row(s, CASES_OTHER_ISA);
    const check_result result = check_row(s, cases);
    assert_int_equal(result.passed + result.skipped, cases);
    if (result.passed == 0)
        skip();
    assert_true(result.worst <= 1.0);

    /* A check that passes over most elements would prove nothing. */
    if (s->concept->pass[s->pass].gradient_of) {
        assert_true(result.differences >= result.passed / 2);
        assert_true(result.verified * 2 >= result.differences);
    }
}

/* A concept's tables are consistent: what a pass names exists, names differ. */
static void test_tables(void **state)
{
    (void)state;
    for (const check_concept *const *c = check_concepts; *c; c++) {
        assert_ptr_equal(check_concept_find((*c)->name), *c);
        assert_true((*c)->param_count > 0 && (*c)->param_count <= CHECK_MAX_PARAMS);
        assert_true((*c)->pass_count > 0 && (*c)->pass_count <= CHECK_MAX_PASSES);
        assert_true(*(*c)->variant_count >= 2);
        for (size_t i = 0; i < *(*c)->variant_count; i++)
            for (size_t k = 0; k < i; k++)
                assert_string_not_equal(check_variant_info(check_variant_row(*c, i))->name,
                                        check_variant_info(check_variant_row(*c, k))->name);
    }
    assert_null(check_concept_find("conv"));
}

static size_t count_rows(void)
{
    size_t count = 0;
    for (const check_concept *const *c = check_concepts; *c; c++)
        count += (size_t)(*c)->pass_count * *(*c)->variant_count;
    return count;
}

static void list_rows(subject *subjects, struct CMUnitTest *tests)
{
    for (const check_concept *const *c = check_concepts; *c; c++)
        for (int pass = 0; pass < (*c)->pass_count; pass++)
            for (size_t i = 0; i < *(*c)->variant_count; i++, subjects++, tests++) {
                *subjects = (subject){ *c, check_variant_row(*c, i), pass, "" };
                snprintf(subjects->name, NAME_BYTES, "%s %s %s", (*c)->name, (*c)->pass[pass].name,
                         check_variant_info(subjects->row)->name);
                *tests = (struct CMUnitTest){ subjects->name, test_row, NULL, NULL, subjects };
            }
}

int main(void)
{
    const size_t count = count_rows();
    subject subjects[count];
    struct CMUnitTest tests[count + 1];

    list_rows(subjects, tests);
    tests[count] = (struct CMUnitTest)cmocka_unit_test(test_tables);
    return cmocka_run_group_tests_name("check_concepts", tests, NULL, NULL);
}
