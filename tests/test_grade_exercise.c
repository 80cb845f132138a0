/* test_grade_exercise.c: one exercise graded for real, with compiler and worker in a jail: right,
 * wrong, faulty and hostile files, in C and in CUDA. */
#define _GNU_SOURCE             /* asprintf */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "grade/grade_source.h"
#include "grade/remote.h"
#include "tests/support/grade/grading.h"
#include "tests/support/scratch.h"

/* No point, and somewhere it says why. */
static void assert_nothing(const char *lesson_name, const char *exercise_name, const char *text,
                           const char *why)
{
    result_exercise r = grade_text(lesson_name, exercise_name, text);
    const bool good = r.points == 0.0 && r.state == RESULT_FAILED && says(&r, why);

    if (!good)
        show(&r);
    assert_true(good);
    release(&r);
}

static void assert_full(const char *lesson_name, const char *exercise_name, const char *text)
{
    result_exercise r = grade_text(lesson_name, exercise_name, text);
    const bool good = r.points == r.max && r.max > 0.0 && r.state == RESULT_PASSED;

    if (!good)
        show(&r);
    assert_true(good);
    release(&r);
}

/* ---- Honest files ---- */

static void test_solutions_get_all_and_starters_nothing(void **state)
{
    static const char *const exercises[][2] = { { "conv", "forward" }, { "conv", "predict" },
                                                { "im2col", "fold" }, { "cuda-conv", "add" } };

    (void)state;
    for (size_t i = 0; i < sizeof exercises / sizeof exercises[0]; i++) {
        char *text = text_of(exercises[i][0], exercises[i][1], "solutions");
        assert_full(exercises[i][0], exercises[i][1], text);
        free(text);
        if (i > 1)                              /* a starter compiles as long as a solution */
            continue;
        text = text_of(exercises[i][0], exercises[i][1], "exercises");
        result_exercise r = grade_text(exercises[i][0], exercises[i][1], text);
        assert_true(r.points == 0.0);
        assert_int_equal(r.state, RESULT_FAILED);
        release(&r);
        free(text);
    }
}

static void test_missing_file(void **state)
{
    (void)state;
    result_exercise r = grade_text("conv", "forward", NULL);
    assert_int_equal(r.state, RESULT_MISSING);
    assert_true(r.points == 0.0 && r.max > 0.0);
    release(&r);
}

static void test_answers_count_one_by_one(void **state)
{
    char *const text = text_of("conv", "predict", "solutions");
    char *const number = strpbrk(strrchr(text, '='), "0123456789");

    (void)state;
    *number = *number == '9' ? '8' : '9';
    result_exercise r = grade_text("conv", "predict", text);
    assert_true(r.points > 0.0 && r.points < r.max);
    assert_int_equal(r.part[0].passed, r.part[0].cases - 1);
    release(&r);
    r = grade_text("conv", "predict", "x = ");
    assert_true(r.points == 0.0);
    release(&r);
    free(text);
}

#define HEAD "#include \"kernels/activation/activation.h\"\n"
#define RELU "void activation_relu_student(const activation_shape *s, const float *x, float *y)\n"
#define RIGHT "for (ptrdiff_t i = 0; i < s->count; i++) y[i] = x[i] < 0 ? 0 : x[i];"

static void test_points_in_proportion(void **state)
{
    (void)state;
    policy_put("activation", "{ \"exercises\": { \"relu\": { \"groups\": ["
                       "{ \"name\": \"all\", \"points\": 4, \"cases\": 20 },"
                       "{ \"name\": \"each\", \"points\": 10, \"cases\": 20, \"partial\": true },"
                       "{ \"name\": \"odd\", \"points\": 2, \"cases\": 5,"
                       "  \"shape\": { \"count\": [3, 5, 7] } } ],"
                       "\"memory\": { \"points\": 2, \"cases\": 4 } } } }");
    result_exercise r = grade_text("activation", "relu",
                                   HEAD RELU "{ if (s->count % 2 == 0) return; " RIGHT " }");
    assert_int_equal(r.part_count, 4);
    assert_int_equal(r.part[0].state, RESULT_FAILED);
    assert_true(r.part[0].points == 0.0);
    assert_true(r.part[1].points > 0.0 && r.part[1].points < 10.0);
    assert_true(r.part[1].points == 10.0 * (double)r.part[1].passed / 20.0);
    assert_true(r.part[2].points == 2.0);
    assert_true(r.part[3].points == 2.0);       /* watched where it passed */
    assert_true(says(&r, "--exercise relu --seed"));
    const double points = r.points;
    release(&r);
    r = grade_text("activation", "relu", HEAD RELU "{ if (s->count % 2 == 0) return; " RIGHT " }");
    assert_true(r.points == points);            /* the same secret, the same problems */
    release(&r);
    policy_back("activation");
}

/* What is simplest in a group need not be what is simplest in the exercise: the command is for that
 * one. A group that is all or nothing stops at its first failure. */
static void test_shape_of_a_narrow_group(void **state)
{
    (void)state;
    policy_put("activation", "{ \"exercises\": { \"relu\": { \"groups\": ["
                       "{ \"name\": \"many\", \"points\": 4, \"cases\": 5,"
                       "  \"shape\": { \"count\": [257, 1000] } } ] } } }");
    result_exercise r = grade_text("activation", "relu",
                                   HEAD RELU "{ (void)s, (void)x; y[0] = 1; }");
    assert_true(says(&r, "--shape count=257\n"));
    assert_non_null(strstr(r.part[0].text, "0 of 5 problems were right before the first that "
                                           "failed; at the shape count=257: "));
    release(&r);
    policy_back("activation");
    /* A shape that the exercise itself does not have cannot be asked for. */
    policy_put("activation", "{ \"exercises\": { \"relu\": { \"groups\": ["
                       "{ \"name\": \"others\", \"points\": 4, \"cases\": 5,"
                       "  \"shape\": { \"kind\": 2 } } ] } } }");
    r = grade_text("activation", "relu", HEAD RELU "{ (void)s, (void)x; y[0] = 1; }");
    assert_int_equal(r.part[0].state, RESULT_FAILED);
    assert_false(says(&r, "build/convlab lesson"));
    release(&r);
    policy_back("activation");
}

/* ---- Faults ---- */

static void test_faults(void **state)
{
    static const struct { const char *body, *why; } faults[] = {
        { "*(volatile int *)0 = 1;", "SIGSEGV" },
        { "y[s->count] = 1; y[s->count + 4096] = 1;", "SIGSEGV" },
        { "abort();", "SIGABRT" },
        { "exit(7);", "exit code 7" },
        { "for (volatile int i = 0;; i++) ;", "did not come back" },
        { "", "problems were right" },
    };
    char text[1024];

    (void)state;
    settings.call_seconds = 0.3;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        snprintf(text, sizeof text, "#include <stdlib.h>\n#include <unistd.h>\n" HEAD RELU "{ %s }",
                 faults[i].body);
        assert_nothing("activation", "relu", text, faults[i].why);
    }
    assert_nothing("activation", "relu", HEAD "static int nothing;", "no function named");
    assert_nothing("activation", "relu", HEAD "char much[1L << 44];\n"
                   RELU "{ much[s->count] = 1; y[0] = x[0]; }", "cannot be loaded: ");
    assert_nothing("activation", "relu", "#include <unistd.h>\n" HEAD
                   "__attribute__((constructor)) static void c(void) { _exit(0); }\n"
                   RELU "{" RIGHT "}", "exit code 0 while relu_student.c was loaded");
    settings.call_seconds = 1.0;
}

/* Right, but reads beyond its input where no page is missing. */
static void test_memory_is_watched(void **state)
{
    (void)state;
    result_exercise r = grade_text("activation", "relu",
                                   "#include <stdlib.h>\n" HEAD RELU
                                   "{ int *p = malloc(4); p[1] = (int)s->count; "
                                   "if (p[1] == -5) y[0] = 1; free(p); " RIGHT " }");
    result_part *memory = &r.part[r.part_count - 1];

    (void)state;
    assert_string_equal(memory->name, "memory");
    assert_int_equal(memory->state, RESULT_FAILED);
    assert_true(r.points == r.max - memory->max);
    assert_true(says(&r, "the sanitizer reports: relu_student.c"));
    release(&r);
    r = grade_text("activation", "relu", HEAD RELU
                   "{\n#ifndef __SANITIZE_ADDRESS__\n" RIGHT "\n#endif\n}");
    assert_true(r.points == r.max);             /* it is not told */
    release(&r);
}

/* It loses the points for memory, and no others. */
static void test_what_cannot_be_watched(void **state)
{
    static const struct { const char *text, *why; } files[] = {
        { "static void f(void) { __asm__ volatile(\"nop\"); }\n", "inline assembly" },
        { "#define P(a, b) a##b\n__attribute__((P(no_san, itize)(\"address\"))) "
          "static void f(void) {}\n", "'no_sanitize'" },
        { "#include <sys/mman.h>\nstatic void f(void) { mprotect(0, 0, 0); }\n", "'mprotect'" },
        { "#ifdef X\n# 1 \"/usr/include/x.h\" 1\n#endif\nstatic void f(void) {}\n", "'#line'" },
    };
    char text[1024];

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(text, sizeof text, HEAD "%s" RELU "{ f(); " RIGHT "}", files[i].text);
        result_exercise r = grade_text("activation", "relu", text);
        const bool good = r.points == r.max - r.part[r.part_count - 1].max &&
                          says(&r, files[i].why) && says(&r, "cannot be watched");
        if (!good)
            show(&r);
        assert_true(good);
        release(&r);
    }
}

static void test_printing_is_kept_clean(void **state)
{
    (void)state;
    result_exercise r = grade_text("activation", "relu", "#include <stdio.h>\n" HEAD RELU
                                   "{ printf(\"hello \\033[31m\\n\"); fflush(stdout); " RIGHT "}");
    assert_true(r.points == r.max);
    assert_non_null(r.printed);
    assert_non_null(strstr(r.printed, "hello"));
    assert_null(strchr(r.printed, '\033'));
    release(&r);
}

static void test_time_is_up(void **state)
{
    (void)state;
    settings.exercise_seconds = 0.0;
    assert_nothing("activation", "relu", HEAD RELU "{" RIGHT "}", "time for this exercise was up");
    settings.exercise_seconds = 1.5;
    settings.call_seconds = 5.0;
    result_exercise r = grade_text("activation", "relu",
                                   HEAD RELU "{ for (volatile int i = 0;; i++) ; }");
    assert_true(r.points == 0.0);
    assert_true(r.seconds < 4.0);
    release(&r);
    settings.exercise_seconds = 12.0;
    settings.call_seconds = 1.0;
}

/* ---- What the compiler is asked ---- */

static void test_compiler_sees_nothing(void **state)
{
    static const struct { const char *text, *why; } attacks[] = {
        { "#include \"/etc/passwd\"\n", "No such file" },
        { "#include \"lessons/05-activation/solutions/relu_student.c\"\n", "No such file" },
        { "#include \"kernels/activation/activation_variants.h\"\n", "No such file" },
        { "#include \"reference/activation_reference.h\"\n", "No such file" },
        { "__asm__(\".incbin \\\"/etc/passwd\\\"\");\n", "file not found" },
        { "#include __FILE__\n", "nested depth" },
        { "int broken(\n", "does not compile" },
        { "void activation_relu_student(int);\n", "The exercise wants" },
        { "int dlopen_like(void);\nint f(void) { return dlopen_like(); }\n",
          "undefined reference" },
    };
    char text[1024], path[256];

    (void)state;
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        snprintf(text, sizeof text, HEAD "%s" RELU "{" RIGHT "}", attacks[i].text);
        assert_nothing("activation", "relu", text, attacks[i].why);
    }
    /* By full names, too. */
    snprintf(path, sizeof path, "%.200s/kernels/activation/activation.c", root);
    snprintf(text, sizeof text, "#include \"%s\"\n" RELU "{" RIGHT "}", path);
    assert_nothing("activation", "relu", text, "No such file");
}

static void test_compiler_bomb(void **state)
{
    static const char bomb[] =
        "#define A x x x x x x x x x x\n#define B A A A A A A A A A A\n"
        "#define C B B B B B B B B B B\n#define D C C C C C C C C C C\n"
        "#define E D D D D D D D D D D\n#define F E E E E E E E E E E\n"
        "#define G F F F F F F F F F F\n#define H G G G G G G G G G G\n"
        "int x = H H H H H;\n";

    (void)state;
    settings.exercise_seconds = 1.0;
    result_exercise r = grade_text("activation", "relu", bomb);
    assert_true(r.points == 0.0);
    assert_int_equal(r.state, RESULT_FAILED);
    assert_true(r.seconds < 8.0);
    assert_true(says(&r, "stopped"));
    release(&r);
    settings.exercise_seconds = 12.0;
}

/* ---- Speed ---- */

static const char speed_policy[] =
    "{ \"exercises\": { \"multiply\": { \"groups\": [ { \"name\": \"all\", \"points\": 1, "
    "\"cases\": 2, \"shape\": { \"m\": [2, 3], \"n\": [2, 3], \"k\": [2, 3] } } ], "
    "\"speed\": { \"points\": 4, \"at\": { \"m\": 64, \"n\": 96, \"k\": 64 }, "
    "\"from\": 1.1, \"to\": 1.2, \"threads\": 1 } } } }";

/* The solution, with a hook where it begins. */
static char *multiply_with(const char *hook)
{
    char *const text = text_of("im2col", "multiply", "solutions"), *made;
    const char *const brace = strstr(text, "gemm_multiply_student");
    const char *const body = brace ? strstr(brace, ")\n{\n") : NULL;

    assert_non_null(body);
    assert_true(asprintf(&made, "#include <string.h>\n%.*s%s%s", (int)(body + 4 - text), text, hook,
                         body + 4) > 0);
    free(text);
    return made;
}

static void test_speed(void **state)
{
    (void)state;
    settings.exercise_seconds = 6.0;
    policy_put("im2col", speed_policy);
    char *text = text_of("im2col", "multiply", "solutions");
    result_exercise r = grade_text("im2col", "multiply", text);
    if (r.points != r.max)
        show(&r);
    assert_true(r.points == r.max);
    assert_true(r.part[1].low <= r.part[1].value && r.part[1].value <= r.part[1].high);
    assert_true(r.part[1].value > 1.2);
    release(&r);
    free(text);
    /* Right for a while, then in a hurry. */
    text = multiply_with("    static int calls;\n    if (++calls > 11) return;\n");
    r = grade_text("im2col", "multiply", text);
    if (r.part[1].state != RESULT_VOID)
        show(&r);
    assert_int_equal(r.part[1].state, RESULT_VOID);
    assert_true(r.part[1].points == 0.0 && r.points == 1.0);
    release(&r);
    free(text);
    /* Slow. */
    text = multiply_with("    for (volatile int i = 0; i < 3000000; i++) ;\n");
    r = grade_text("im2col", "multiply", text);
    assert_int_equal(r.part[1].state, RESULT_FAILED);
    assert_true(r.points == 1.0 && r.part[1].value < 1.0);
    release(&r);
    free(text);
    policy_back("im2col");
    settings.exercise_seconds = 12.0;
}

/* ---- CUDA ---- */

#define CUDA_HEAD \
    "#include <cuda_runtime.h>\nextern \"C\" {\n#include \"kernels/add/add.h\"\n}\n"
#define CUDA_KERNEL \
    "static __global__ void k(ptrdiff_t n, const float *a, const float *b, float *y)\n" \
    "{ const ptrdiff_t i = (ptrdiff_t)blockIdx.x * 256 + threadIdx.x; " \
    "if (i < n) y[i] = a[i] + b[i]; }\n"
#define CUDA_ADD \
    "extern \"C\" void add_forward_student(const add_shape *s, const float *a, const float *b, " \
    "float *y)\n"
#define CUDA_LAUNCH \
    "if (s->count) k<<<(unsigned)((s->count + 255) / 256), 256>>>(s->count, a, b, y);"

static void test_cuda_is_not_forged(void **state)
{
    static const struct { const char *text, *why; } attacks[] = {
        { "extern \"C\" long syscall(long, ...);\nlong f() { return syscall(39); }\n",
          "'syscall'" },
        { "#define P(a, b) a##b\nextern \"C\" void P(__ts, an_read4)(void *);\n",
          "'__tsan_read4'" },
        { "#line 1 \"/usr/include/x.h\"\n", "'#line'" },
    };
    char text[2048];

    (void)state;
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        snprintf(text, sizeof text, CUDA_HEAD CUDA_KERNEL "%s" CUDA_ADD "{" CUDA_LAUNCH "}",
                 attacks[i].text);
        assert_nothing("cuda-conv", "add", text, attacks[i].why);
    }
    /* Its own header, so to say. */
    assert_nothing("cuda-conv", "add",
                   "#ifdef X\nstatic void f() { asm(\"nop\"); }\n#else\n#define X\n"
                   "#include __FILE__\n" CUDA_HEAD CUDA_KERNEL CUDA_ADD "{" CUDA_LAUNCH
                   "}\n#endif\n",
                   "assembly of the host");
}

static void test_cuda_findings_and_profile(void **state)
{
    (void)state;
    /* One thread too many. */
    result_exercise r = grade_text(
        "cuda-conv", "add",
        CUDA_HEAD "static __global__ void k(ptrdiff_t n, const float *a, const float *b, "
                  "float *y)\n{ const ptrdiff_t i = (ptrdiff_t)blockIdx.x * 256 + threadIdx.x; "
                  "if (i <= n) y[i] = a[i] + b[i]; }\n" CUDA_ADD "{" CUDA_LAUNCH "}");
    assert_true(r.points < r.max);
    assert_true(says(&r, "device reports"));
    assert_true(says(&r, ", add_student.cu:6"));
    release(&r);
    /* The host does the work, and no kernel asks anything of the memory. */
    r = grade_text(
        "cuda-conv", "add",
        CUDA_HEAD "#include <stdlib.h>\n" CUDA_ADD
                  "{ const size_t size = (size_t)s->count * 4;\n"
                  "  float *const p = (float *)malloc(size + 1);\n"
                  "  float *const q = (float *)malloc(size + 1);\n"
                  "  cudaMemcpy(p, a, size, cudaMemcpyDeviceToHost);\n"
                  "  cudaMemcpy(q, b, size, cudaMemcpyDeviceToHost);\n"
                  "  for (ptrdiff_t i = 0; i < s->count; i++) p[i] += q[i];\n"
                  "  cudaMemcpy(y, p, size, cudaMemcpyHostToDevice);\n"
                  "  free(p); free(q); }");
    const result_part *const profile = &r.part[r.part_count - 1];
    assert_string_equal(profile->name, "profile");
    if (profile->points != 0.0)
        show(&r);
    assert_true(profile->points == 0.0);
    release(&r);
}

static void assert_words(bool (*rule)(const char *, size_t, const char *const *, file_error *),
                         const char *text, const char *word)
{
    static const char *const headers[] = { "/usr/", NULL };
    file_error why = { "" };

    assert_int_equal(rule(text, strlen(text), headers, &why), !*word);
    assert_non_null(strstr(why.text, word));
}

static void test_forbidden_words(void **state)
{
    (void)state;
    assert_words(grade_source_allowed, "__attribute__((no_sanitize(\"thread\"))) void f();\n",
                 "'no_sanitize'");
    assert_words(grade_source_allowed, "__attribute__((constructor)) void f();\n", "'constructor'");
    assert_words(grade_source_allowed, "f() { cudaProfilerStop(); }\n", "'cudaProfilerStop'");
    assert_words(grade_source_allowed, "const char *t = R\"(x)\";\n", "'R\"'");
    assert_words(grade_source_allowed, "int section; asm(\"\");\n", "");
    assert_words(grade_source_watched, "void __asan_f(void) __attribute__((weak));\n",
                 "'__asan_f'");
    assert_words(grade_source_watched, "char c[] __attribute__((section (\".text\")));\n",
                 "'section'");
    assert_words(grade_source_watched, "char c[] __attribute__((section\n(\".text\")));\n",
                 "'section'");
    assert_words(grade_source_watched, "#pragma omp section\n{ section = 1; }\n", "");
    assert_words(grade_source_watched, "# 1 \"/usr/x.h\" 1\nasm\n# 2 \"x.c\" 2\nint x;\n", "");
    assert_words(grade_source_watched, "float __seg_gs *f(void);\n", "'__seg_gs'");
}

static void assert_symbol(bool (*rule)(const char *, size_t, file_error *), const char *line,
                          bool allowed)
{
    file_error why;

    assert_int_equal(rule(line, strlen(line), &why), allowed);
}

static void test_forbidden_symbols(void **state)
{
    (void)state;
    assert_symbol(grade_symbols_watched, "     U __asan_report_load4\n     U GOMP_parallel\n",
                  true);
    assert_symbol(grade_symbols_watched, "0000 i clones\n     U __ubsan_handle_add\n", true);
    assert_symbol(grade_symbols_watched, "     w __asan_unpoison_memory_region\n", false);
    assert_symbol(grade_symbols_watched, "     U mempcpy\n", false);
    assert_symbol(grade_symbols_watched, "     U cudaMalloc\n", false);
    assert_symbol(grade_symbols_allowed, "     U dlopen\n", false);
    assert_symbol(grade_symbols_allowed, "     U __asan_init\n", false);
}

static void test_source_rules(void **state)
{
    static const char *const headers[] = { "/usr/", NULL };
    static const char text[] = "# 1 \"/usr/a.h\" 1\nasm asm\n# 3 \"x.cu\" 2\nint asmx;\n";
    static const char up[] = "# 1 \"/usr/../x.cu\" 1\nasm\n";
    file_error why;

    (void)state;
    assert_false(grade_source_has_assembly(text, strlen(text), headers));
    assert_true(grade_source_has_assembly(up, strlen(up), headers));
    assert_true(grade_source_honest("a # 1\n", 6, &why));
    assert_false(grade_source_honest("/**/ %: 1\n", 10, &why));
    assert_false(grade_source_honest("#l\\\nine 3\n", 10, &why));
    assert_true(grade_symbols_allowed("0000 T f\n                 U expf@GLIBC_2.27\n", 43, &why));
    assert_false(grade_symbols_allowed("                 U open@GLIBC_2.2.5\n", 37, &why));
    assert_false(grade_symbols_allowed("0000000000001139 i f\n", 21, &why));
    assert_false(grade_symbols_allowed("   U cudaLaunchHostFunc\n", 24, &why));
}

/* ---- Policies that ask for what there is not ---- */

static const char gemm_group[] =
    "{ \"exercises\": { \"multiply\": { \"groups\": [ { \"name\": \"small\", \"points\": 1, "
    "\"cases\": 2, \"shape\": { \"m\": 2, \"n\": 2, \"k\": 2 } }, { \"name\": \"unseen\", "
    "\"points\": 0, \"cases\": 1 } ], %s } } }";

/* The parts that the JSON adds to a right solution end so. */
static void assert_gemm_part(const char *json, const char *hook, result_state state,
                             const char *why)
{
    char text[1024];

    snprintf(text, sizeof text, gemm_group, json);
    policy_put("im2col", text);
    char *const source = multiply_with(hook);
    result_exercise r = grade_text("im2col", "multiply", source);
    const result_part *const last = &r.part[r.part_count - 1];
    const bool good = last->state == state && last->points == 0.0 && says(&r, why);

    if (!good)
        show(&r);
    assert_true(good);
    release(&r);
    free(source);
    policy_back("im2col");
}

static void test_what_cannot_be_timed(void **state)
{
    (void)state;
    settings.exercise_seconds = 6.0;
    assert_gemm_part("\"speed\": { \"points\": 2, \"at\": { \"m\": -5 }, \"from\": 1, \"to\": 2 }",
                     "", RESULT_BROKEN, "'at'");
    assert_gemm_part("\"speed\": { \"points\": 2, \"at\": { \"m\": 32 }, \"from\": 1, \"to\": 2 }",
                     "    if (s->M > 10) *(volatile int *)0 = 1;\n", RESULT_FAILED, "SIGSEGV");
    assert_gemm_part("\"speed\": { \"points\": 2, \"at\": { \"m\": 32 }, \"from\": 1, \"to\": 2 }",
                     "    if (s->M == 2) return;\n", RESULT_FAILED, "it counts once");
    settings.exercise_seconds = 12.0;
}

static void test_rules_that_nothing_keeps(void **state)
{
    static const struct { const char *json; const char *why; } broken[] = {
        { "{ \"exercises\": { \"relu\": { \"groups\": [ { \"name\": \"a\", \"points\": 1, "
          "\"cases\": 2, \"shape\": { \"nothing\": 1 } } ] } } }", "'nothing'" },
        { "{ \"exercises\": { \"relu\": { \"groups\": [ { \"name\": \"a\", \"points\": 1, "
          "\"cases\": 2, \"shape\": { \"count\": -1 } } ] } } }", "" },
        { "{ \"exercises\": { \"relu\": { \"groups\": [ { \"name\": \"a\", \"points\": 1, "
          "\"partial\": true, \"cases\": 2, \"shape\": { \"count\": -1 } } ] } } }", "" },
        { "{ \"exercises\": { \"relu\": { \"groups\": [ { \"name\": \"a\", \"points\": 1, "
          "\"cases\": 2, \"shape\": { \"count\": 1000000000 } } ] } } }", "expected a number" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        policy_put("activation", broken[i].json);
        result_exercise r = grade_text("activation", "relu", HEAD RELU "{" RIGHT "}");
        const bool good = r.state == RESULT_BROKEN && r.points == 0.0 && says(&r, broken[i].why);
        if (!good)
            show(&r);
        assert_true(good);
        release(&r);
        policy_back("activation");
    }
}

/* A problem that is too large to be set up says nothing of the file. */
static void test_no_memory_for_a_problem(void **state)
{
    char *const text = text_of("conv", "forward", "solutions");

    (void)state;
    policy_put("conv", "{ \"exercises\": { \"forward\": { \"groups\": [ { \"name\": \"a\", "
                       "\"points\": 1, \"cases\": 1, \"shape\": { \"h\": 20000, \"w\": 20000 } } ] "
                       "} } }");
    result_exercise r = grade_text("conv", "forward", text);
    if (r.state != RESULT_BROKEN || !says(&r, "out of memory"))
        show(&r);
    assert_int_equal(r.state, RESULT_BROKEN);
    assert_true(r.points == 0.0 && says(&r, "out of memory"));
    release(&r);
    policy_back("conv");
    free(text);
}

static void test_loops_get_no_more_chances(void **state)
{
    (void)state;
    policy_put("activation", "{ \"exercises\": { \"relu\": { \"groups\": [ { \"name\": \"a\", "
                             "\"points\": 5, \"cases\": 50, \"partial\": true } ],"
                             "\"memory\": { \"points\": 1 } } } }");
    settings.call_seconds = 0.2;
    result_exercise r = grade_text("activation", "relu", HEAD RELU
                                   "{ if (s->count % 3 == 0) for (volatile int i = 0;; i++) ; "
                                   RIGHT " }");
    if (!says(&r, "did not come back"))
        show(&r);
    assert_true(says(&r, "did not come back"));
    assert_true(r.points < r.max && r.seconds < 6.0);
    release(&r);
    settings.call_seconds = 1.0;
    policy_back("activation");
}

static void test_profile_that_does_not_do(void **state)
{
    static const char format[] =
        "{ \"exercises\": { \"add\": { \"groups\": [ { \"name\": \"a\", \"points\": 1, "
        "\"cases\": 1, \"shape\": { \"count\": [1, 2, 3] } } ], \"profile\": { \"points\": 2, "
        "\"at\": { \"count\": 512 }, \"at_most\": { \"global_load_sectors\": %d } } } } }";
    static const struct { int limit; const char *body; } cases[] = {
        { 1, "" }, { 4, "if (s->count > 9) return;" },
    };
    char json[512], text[2048];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(json, sizeof json, format, cases[i].limit);
        snprintf(text, sizeof text, "#include <stdlib.h>\n" CUDA_HEAD CUDA_KERNEL CUDA_ADD
                 "{ %s " CUDA_LAUNCH "}", cases[i].body);
        policy_put("cuda-conv", json);
        result_exercise r = grade_text("cuda-conv", "add", text);
        const result_part *const last = &r.part[r.part_count - 1];
        if (last->state != RESULT_FAILED)
            show(&r);
        assert_int_equal(last->state, RESULT_FAILED);
        assert_true(r.points == 1.0);
        release(&r);
        policy_back("cuda-conv");
    }
}

/* ---- Our own failures ---- */

static void test_our_failures_are_told(void **state)
{
    const grade_programs before = programs;
    file_error error;

    (void)state;
    programs.worker[0] = '\0';
    snprintf(programs.worker_cusim, sizeof programs.worker_cusim, "%s", "");
    result_exercise r = grade_text("activation", "relu", HEAD RELU "{" RIGHT "}");
    assert_int_equal(r.state, RESULT_BROKEN);
    assert_true(r.points == 0.0);
    release(&r);
    r = grade_text("cuda-conv", "add", "");
    assert_int_equal(r.state, RESULT_BROKEN);
    release(&r);
    programs = before;
    snprintf(programs.cusim_cc, sizeof programs.cusim_cc, "%s", "");
    r = grade_text("cuda-conv", "add", "");
    assert_int_equal(r.state, RESULT_BROKEN);
    assert_true(says(&r, "cusim-cc"));
    release(&r);
    programs = before;
    setenv("TMPDIR", "/nowhere", 1);
    r = grade_text("activation", "relu", HEAD RELU "{" RIGHT "}");
    assert_int_equal(r.state, RESULT_BROKEN);
    release(&r);
    setenv("TMPDIR", scratch_path(""), 1);
    grade_programs found;
    assert_false(grade_programs_find(&found, &error));          /* none beside the tests */
    assert_non_null(strstr(error.text, "convlab-worker"));
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
        cmocka_unit_test(test_solutions_get_all_and_starters_nothing),
        cmocka_unit_test(test_missing_file),
        cmocka_unit_test(test_answers_count_one_by_one),
        cmocka_unit_test(test_points_in_proportion),
        cmocka_unit_test(test_shape_of_a_narrow_group),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_memory_is_watched),
        cmocka_unit_test(test_what_cannot_be_watched),
        cmocka_unit_test(test_printing_is_kept_clean),
        cmocka_unit_test(test_time_is_up),
        cmocka_unit_test(test_compiler_sees_nothing),
        cmocka_unit_test(test_compiler_bomb),
        cmocka_unit_test(test_speed),
        cmocka_unit_test(test_cuda_is_not_forged),
        cmocka_unit_test(test_cuda_findings_and_profile),
        cmocka_unit_test(test_what_cannot_be_timed),
        cmocka_unit_test(test_rules_that_nothing_keeps),
        cmocka_unit_test(test_no_memory_for_a_problem),
        cmocka_unit_test(test_loops_get_no_more_chances),
        cmocka_unit_test(test_profile_that_does_not_do),
        cmocka_unit_test(test_source_rules),
        cmocka_unit_test(test_forbidden_words),
        cmocka_unit_test(test_forbidden_symbols),
        cmocka_unit_test(test_our_failures_are_told),
        cmocka_unit_test(test_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, grading_set_up, grading_tear_down);
}
