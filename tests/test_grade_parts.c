/* test_grade_parts.c: the parts of an exercise (groups, answers, memory, speed, profile) that end
 * otherwise than well: ours fails, the time is up, the student's fails in that part alone, or what
 * was measured cannot be true. Whatever befalls one part, the others keep what they are worth. */
#include "tests/support/grade/spoilt_worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "grade/grade_exercise.h"
#include "grade/remote.h"
#include "tests/support/grade/grading.h"
#include "tests/support/scratch.h"

/* ---- What is graded ---- */

#define SHAPE "\"shape\": { \"m\": [2, 3], \"n\": [2, 3], \"k\": [2, 3] }"
#define GROUP(name, more) "{ \"name\": \"" name "\", \"points\": 2, \"cases\": 2, " SHAPE more " }"
#define POLICY(groups, parts) \
    "{ \"exercises\": { \"multiply\": { \"groups\": [ " groups " ]" parts " } } }"
#define MEMORY ", \"memory\": { \"points\": 2, \"cases\": 2 }"
#define SPEED(from, to, threads) \
    ", \"speed\": { \"points\": 4, \"at\": { \"m\": 64, \"n\": 96, \"k\": 64 }, \"from\": " from \
    ", \"to\": " to ", \"threads\": " threads " }"

static const char all_parts[] = POLICY(GROUP("a", ""), MEMORY SPEED("0.01", "0.02", "1"));

/* A right one, four sums at a time, and `hook` before it. */
static result_exercise grade_multiply(const char *policy_text, const char *hook)
{
    char text[2048];

    snprintf(text, sizeof text,
             "#include \"kernels/gemm/gemm.h\"\n#include <stdlib.h>\n"
             "void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b,\n"
             "                           float *c, void *workspace)\n{\n    (void)workspace;\n"
             "    %s\n"
             "    for (int i = 0; i < s->M; i++) {\n"
             "        for (int j = 0; j < s->N; j++) c[i * s->N + j] = 0;\n"
             "        for (int k = 0; k < s->K; k++)\n"
             "            for (int j = 0; j < s->N; j++)\n"
             "                c[i * s->N + j] += a[i * s->K + k] * b[k * s->N + j];\n"
             "    }\n}\n", hook);
    policy_put("im2col", policy_text);
    const result_exercise r = grade_text("im2col", "multiply", text);
    policy_back("im2col");
    return r;
}

/* How each part ended, a letter each: Passed, Failed, Void, Broken; only what passed has points,
 * and all of them. Somewhere `why` is said. Then *r is released. */
static void assert_ends(result_exercise *r, const char *letters, const char *why)
{
    bool good = (size_t)r->part_count == strlen(letters) && says(r, why);

    for (int i = 0; good && i < r->part_count; i++) {
        const result_part *const p = &r->part[i];
        const result_state wanted = letters[i] == 'P'   ? RESULT_PASSED
                                    : letters[i] == 'F' ? RESULT_FAILED
                                    : letters[i] == 'V' ? RESULT_VOID : RESULT_BROKEN;
        good = p->state == wanted && p->points == (wanted == RESULT_PASSED ? p->max : 0.0);
    }
    if (!good) {
        print_message("expected %s and '%s', found\n", letters, why);
        show(r);
    }
    assert_true(good);
    release(r);
}

/* ---- Ours ---- */

static void test_a_worker_that_is_not_to_be_had(void **state)
{
    static const struct {
        spoilt_how how;
        int worker, at;
        const char *ends, *why;
    } cases[] = {
        { NO_START, 1, 0, "BBB", "setsockopt: " },
        { NO_START, 2, 0, "PBP", "setsockopt: " },
        { NO_START, 3, 0, "PPB", "setsockopt: " },
        { NO_START, 4, 0, "PPB", "own row could not be started: setsockopt: " },
        { NO_QUESTION, 1, 1, "BFF", "getrandom: " },
        { NO_QUESTION, 2, 3, "PBP", "getrandom: " },
        { NO_QUESTION, 4, 1, "PPB", "own row could not be timed: getrandom: " },
        { NO_QUESTION, 4, 4, "PPB", "while it was timed it could not be run: getrandom: " },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spoil(cases[i].how, cases[i].worker, cases[i].at);
        result_exercise r = grade_multiply(all_parts, "");
        spoil(NOT_SPOILT, 0, 0);
        assert_ends(&r, cases[i].ends, cases[i].why);
    }
}

/* Nothing is known of what a program does that outlives its jail. */
static void test_what_jails_leave(void **state)
{
    static const struct { int worker, at; const char *ends; } cases[] = {
        { 1, 1, "BBB" }, { 2, 1, "PBP" }, { 4, 1, "PPB" }, { 4, 2, "PPB" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spoil(SOMETHING_LEFT, cases[i].worker, cases[i].at);
        result_exercise r = grade_multiply(all_parts, "");
        spoil(NOT_SPOILT, 0, 0);
        assert_ends(&r, cases[i].ends, "a file of the test's");
    }
}

static void test_programs_that_are_not_there(void **state)
{
    const grade_programs before = programs;

    (void)state;
    snprintf(programs.worker_asan, sizeof programs.worker_asan, "/usr/bin/true");
    snprintf(programs.self, sizeof programs.self, "/usr/bin/true");
    result_exercise r = grade_multiply(all_parts, "");
    assert_true(says(&r, "own row could not be started: "));
    assert_ends(&r, "PBB", "could not be run");
    programs = before;
}

/* Of points in proportion those stay that were earned before. */
static void test_a_question_in_the_middle_of_a_group(void **state)
{
    (void)state;
    spoil(NO_QUESTION, 1, 3);
    result_exercise r = grade_multiply(POLICY(GROUP("a", ", \"partial\": true"), ""), "");
    spoil(NOT_SPOILT, 0, 0);
    assert_ends(&r, "B", "getrandom: ");
}

/* ---- The time is up ---- */

/* A problem takes four answers of a worker: the tensors are in place, and three calls are done. */
static void test_time_is_up_in_each_part(void **state)
{
    static const char two[] = POLICY(GROUP("a", "") ", " GROUP("b", ""), MEMORY);
    static const char partial[] = POLICY("{ \"name\": \"a\", \"points\": 2, \"cases\": 4, " SHAPE
                                         ", \"partial\": true }", "");
    static const struct {
        const char *policy;
        int worker, at;
        const char *ends, *why;
    } cases[] = {
        { two, 1, 6, "FFF", "the time for this exercise was up after 1 of 2 problems" },
        { two, 1, 6, "FFF", "the time for this exercise was up before" },
        { all_parts, 2, 6, "PFF", "the time for this exercise was up after 1 of 2 problems" },
        { all_parts, 4, 6, "PPF", "up before it could be timed often enough" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spoil(HOURS_LATER, cases[i].worker, cases[i].at);
        result_exercise r = grade_multiply(cases[i].policy, "");
        spoil(NOT_SPOILT, 0, 0);
        assert_ends(&r, cases[i].ends, cases[i].why);
    }
    spoil(HOURS_LATER, 1, 6);
    result_exercise r = grade_multiply(partial, "");
    spoil(NOT_SPOILT, 0, 0);
    assert_part(&r, 0, RESULT_FAILED, 0.5, "the time for this exercise was up after 1 of 4");
}

/* ---- Memory ---- */

static void test_wrong_only_while_it_is_watched(void **state)
{
    (void)state;
    /* Fresh pages are zero, what the sanitizer hands out is not; no report then. */
    result_exercise r = grade_multiply(POLICY(GROUP("a", ""), MEMORY),
                                       "volatile char *p = malloc(1 << 20); if (p[99]) return;");
    assert_ends(&r, "PF", "at the shape ");
    r = grade_multiply(POLICY(GROUP("a", ""), MEMORY),
                       "volatile int most = 2147483647; most = most + s->M;");
    assert_ends(&r, "PF", "the sanitizer reports: im2col_student.c:");
}

/* What fails says nothing of memory. */
static void test_nothing_to_watch(void **state)
{
    (void)state;
    result_exercise r = grade_multiply(POLICY(GROUP("a", ""), MEMORY), "return;");
    assert_ends(&r, "FF", "no group passed, so there is nothing to watch");
}

/* ---- Speed ---- */

static void test_too_fast_to_be_true(void **state)
{
    (void)state;
    spoil(NOT_SPOILT, 0, 0);
    spoilt.processor_share = 1e-5;
    result_exercise r = grade_multiply(all_parts, "");
    spoil(NOT_SPOILT, 0, 0);
    assert_ends(&r, "PPV", "GFLOP/s is more than this machine's processors can do");
}

static void test_without_processor_time(void **state)
{
    (void)state;
    spoil(NO_PROCESSOR_TIME, 1, 1);             /* it is never told: the other clock decides */
    result_exercise r = grade_multiply(all_parts, "");
    assert_ends(&r, "PPP", "");
    spoil(NO_PROCESSOR_TIME, 4, 7);             /* after the first pair */
    r = grade_multiply(all_parts, "");
    spoil(NOT_SPOILT, 0, 0);
    assert_ends(&r, "PPB", "a call took no time");
}

static void test_one_step(void **state)
{
    (void)state;
    result_exercise r = grade_multiply(POLICY(GROUP("a", ""), SPEED("0.01", "0.01", "0")), "");
    assert_ends(&r, "PP", "times as fast as 'naive'");
    r = grade_multiply(POLICY(GROUP("a", ""), SPEED("500", "500", "2")), "");
    assert_ends(&r, "PF", "all are given for 500.00");
}

static void test_wrong_only_while_it_is_timed(void **state)
{
    static const struct { const char *hook, *ends, *why; } cases[] = {
        { "if (s->M == 64) c[-1] = 1;", "PV", "a result of a timed call was wrong (" },
        { "if (s->M == 64) exit(3);", "PF", "while it was timed the program ended with exit code" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        result_exercise r = grade_multiply(POLICY(GROUP("a", ""), SPEED("0.01", "0.02", "1")),
                                           cases[i].hook);
        assert_ends(&r, cases[i].ends, cases[i].why);
    }
}

/* ---- Profile ---- */

static const char add_policy[] =
    "{ \"exercises\": { \"add\": { \"groups\": [ { \"name\": \"a\", \"points\": 1, \"cases\": 1, "
    "\"shape\": { \"count\": 2 } } ], \"profile\": { \"points\": 2, \"at\": { \"count\": 512 }, "
    "\"at_most\": { \"global_load_sectors\": 4 } } } } }";

/* The kernel adds, unless `hook` has done it. */
static result_exercise grade_add(const char *hook)
{
    char text[2048];

    snprintf(text, sizeof text,
             "#include <cuda_runtime.h>\n#include <stdlib.h>\n"
             "extern \"C\" {\n#include \"kernels/add/add.h\"\n}\n"
             "static __global__ void k(ptrdiff_t n, const float *a, const float *b, float *y)\n"
             "{ const ptrdiff_t i = (ptrdiff_t)blockIdx.x * 256 + threadIdx.x;\n"
             "  if (i < n) y[i] = a[i] + b[i]; }\n"
             "extern \"C\" void add_forward_student(const add_shape *s, const float *a,\n"
             "                                    const float *b, float *y)\n{\n    %s\n"
             "    k<<<(unsigned)((s->count + 255) / 256), 256>>>(s->count, a, b, y);\n}\n", hook);
    policy_put("cuda-conv", add_policy);
    const result_exercise r = grade_text("cuda-conv", "add", text);
    policy_back("cuda-conv");
    return r;
}

static void test_profiles(void **state)
{
    /* The host adds, and one thread shows itself. */
    static const char by_hand[] =
        "const size_t size = (size_t)s->count * 4;\n"
        "    float *const p = (float *)malloc(2 * size), *const q = p + s->count;\n"
        "    cudaMemcpy(p, a, size, cudaMemcpyDeviceToHost);\n"
        "    cudaMemcpy(q, b, size, cudaMemcpyDeviceToHost);\n"
        "    for (ptrdiff_t i = 0; i < s->count; i++) p[i] += q[i];\n"
        "    cudaMemcpy(y, p, size, cudaMemcpyHostToDevice);\n"
        "    free(p);\n    if (s->count > 9) { k<<<1, 1>>>(1, a, b, y); return; }\n";
    static const struct { spoilt_how how; int at; const char *hook, *ends, *why; } cases[] = {
        { NOT_SPOILT, 0, by_hand, "PV", "less traffic than the problem has data" },
        { NOT_SPOILT, 0, "if (s->count > 9) abort();", "PF",
          "while it was counted it crashed: SIGABRT" },
        { NO_START, 0, "", "PB", "setsockopt: " },
        { NO_QUESTION, 3, "", "PB", "getrandom: " },        /* the profile's own */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spoil(cases[i].how, 2, cases[i].at);
        result_exercise r = grade_add(cases[i].hook);
        spoil(NOT_SPOILT, 0, 0);
        assert_ends(&r, cases[i].ends, cases[i].why);
    }
}

/* ---- Answers ---- */

/* In a course of this name. */
static void make_demo(const char *name, const char *table)
{
    char text[512];
    lesson_path folder, object;

    snprintf(lessons.root, sizeof lessons.root, "%s", scratch_path(name));
    path_join(folder, lessons.root, "build/lessons/conv", NULL);
    path_join(object, folder, "demo.so", NULL);
    snprintf(text, sizeof text, "#include \"lessons/demo.h\"\n%s;\n", table);
    scratch_write("demo.c", text, strlen(text));
    run_program((const char *const[]){ "mkdir", "-p", folder, NULL });
    run_program((const char *const[]){ "cc", "-shared", "-fPIC", "-I", root, "-o", object,
                                       scratch_path("demo.c"), NULL });
}

/* A lesson of somebody else's whose demo does not answer what its exercise asks. */
static void test_demos_without_answers(void **state)
{
    lesson_path before;
    char *const text = text_of("conv", "predict", "solutions");

    (void)state;
    snprintf(before, sizeof before, "%s", lessons.root);
    snprintf(lessons.root, sizeof lessons.root, "%s", scratch_path(""));
    result_exercise r = grade_text("conv", "predict", text);
    assert_ends(&r, "B", "demo.so: not there");
    make_demo("a", "const lesson_demo lesson_demo_table = { .parts = NULL }");
    r = grade_text("conv", "predict", text);
    assert_ends(&r, "B", "the lesson's demo has no answers");
    make_demo("b", "static const demo_answer none[1];\n"
                   "const lesson_demo lesson_demo_table = { .answers = none }");
    r = grade_text("conv", "predict", "");
    assert_ends(&r, "B", "none are asked for");
    snprintf(lessons.root, sizeof lessons.root, "%s", before);
    run_program((const char *const[]){ "rm", "-r", scratch_path("a"), scratch_path("b"),
                                       scratch_path("demo.c"), NULL });
    free(text);
}

static void test_nothing_is_left(void **state)
{
    (void)state;
    assert_int_equal(scratch_entries(scratch_path("")), 0);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--serve") == 0)
        remote_serve(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_worker_that_is_not_to_be_had),
        cmocka_unit_test(test_what_jails_leave),
        cmocka_unit_test(test_programs_that_are_not_there),
        cmocka_unit_test(test_a_question_in_the_middle_of_a_group),
        cmocka_unit_test(test_time_is_up_in_each_part),
        cmocka_unit_test(test_wrong_only_while_it_is_watched),
        cmocka_unit_test(test_nothing_to_watch),
        cmocka_unit_test(test_too_fast_to_be_true),
        cmocka_unit_test(test_without_processor_time),
        cmocka_unit_test(test_one_step),
        cmocka_unit_test(test_wrong_only_while_it_is_timed),
        cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_demos_without_answers),
        cmocka_unit_test(test_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, grading_set_up, grading_tear_down);
}
