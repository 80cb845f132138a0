/* test_grade_hardware.c: --hardware, with stand-ins for what needs a GPU: nvcc is a script around
 * the simulator's compiler, which defines STAND_IN, and the GPU's worker is the simulator's. What
 * is behind #ifdef STAND_IN is thus right in the simulator and wrong "on the GPU", or the other
 * way round. If there is a real nvcc it compiles a solution in the jail. */
#include "tests/support/grade/spoilt_worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "grade/grade_build.h"
#include "grade/remote.h"
#include "lessons/exercise_check.h"
#include "lessons/subprocess.h"
#include "tests/support/grade/grading.h"
#include "tests/support/scratch.h"

static lesson_path toolkit;

/* ---- The stand-in ---- */

/* It takes the options that the grader gives to nvcc, and no other. */
static const char stand_in[] =
    "#!/bin/sh\n"
    "set -e\n"
    "home=$(dirname \"$0\")/../lib keep= map=\n"
    "while [ $# -gt 0 ]; do\n"
    "    case $1 in\n"
    "    -Xcompiler|-cudart|-gencode|-Xlinker) shift ;;\n"
    "    -shared|-lm|-O2|-std=c++17) ;;\n"
    "    -Xlinker=*) map=-Wl,${1#*=} ;;\n"
    "    -I|-include) keep=\"$keep $1 $2\"; shift ;;\n"
    "    -o) out=$2; shift ;;\n"
    "    *.cu) source=$1 ;;\n"
    "    *) echo \"nvcc: $1?\" >&2; exit 1 ;;\n"
    "    esac\n"
    "    shift\n"
    "done\n"
    "CUSIM_CXX=g++ \"$home/build/cusim-cc\" -O2 -fPIC -DSTAND_IN $keep -c \"$source\" \\\n"
    "    -o \"$out.o\"\n"
    "g++ -shared -Wl,-Bsymbolic $map \"$out.o\" -o \"$out\"\n";

static void write_script(const char *text)
{
    FILE *const file = fopen(programs.nvcc, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(programs.nvcc, 0755), 0);
}

/* In build/, since a compiler in a jail has a /tmp of its own. */
static void make_toolkit(void)
{
    lesson_path from, lib;

    path_join(toolkit, root, "build/stand-in-XXXXXX", NULL);
    assert_non_null(mkdtemp(toolkit));
    path_join(lib, toolkit, "lib", NULL);
    path_join(programs.nvcc, toolkit, "bin/nvcc", NULL);
    path_join(from, toolkit, "bin", NULL);
    run_program((const char *const[]){ "mkdir", "-p", from, lib, NULL });
    path_join(from, lib, "build", NULL);
    run_program((const char *const[]){ "mkdir", from, NULL });
    run_program((const char *const[]){ "cp", programs.cusim_cc, from, NULL });
    path_join(from, lib, "cusim", NULL);
    run_program((const char *const[]){ "mkdir", from, NULL });
    path_join(from, root, "cusim/include", NULL);
    path_join(lib, lib, "cusim", NULL);
    run_program((const char *const[]){ "cp", "-r", from, lib, NULL });
    run_program((const char *const[]){ "chmod", "-R", "a+rX", toolkit, NULL });
    write_script(stand_in);
}

static int set_up(void **state)
{
    if (grading_set_up(state) != 0)
        return -1;
    path_join(programs.worker_cuda, root, "build/convlab-worker-cusim", NULL);
    make_toolkit();
    settings.hardware = true;
    settings.exercise_seconds = 15.0;
    return 0;
}

static int tear_down(void **state)
{
    run_program((const char *const[]){ "rm", "-r", toolkit, NULL });
    return grading_tear_down(state);
}

static void assert_first(result_exercise *r, result_state state, double points, const char *text)
{
    assert_part(r, 0, state, points, text);
}

/* ---- The policy and the files ---- */

#define COUNTS "[1, 2, 3, 4, 5, 6, 7, 8]"
static const char plain[] =
    "{ \"exercises\": { \"add\": { \"groups\": [ { \"name\": \"a\", \"points\": 4, \"cases\": 4, "
    "\"shape\": { \"count\": " COUNTS " } } ], \"memory\": { \"points\": 1, \"cases\": 1 } } } }";
static const char partial[] =
    "{ \"exercises\": { \"add\": { \"groups\": [ { \"name\": \"a\", \"points\": 20, \"cases\": 20, "
    "\"partial\": true, \"shape\": { \"count\": " COUNTS " } } ] } } }";

/* A file that is right but for `here`, which comes before the launch. */
static char *add_with(const char *before, const char *here)
{
    char *text;

    assert_true(asprintf(&text,
        "#include <cuda_runtime.h>\n#include <stdlib.h>\n"
        "extern \"C\" {\n#include \"kernels/add/add.h\"\n}\n"
        "static __global__ void k(ptrdiff_t n, const float *a, const float *b, float *y)\n"
        "{ const ptrdiff_t i = (ptrdiff_t)blockIdx.x * 256 + threadIdx.x;\n"
        "  if (i < n) y[i] = a[i] + b[i]; }\n%s\n"
        "extern \"C\" void add_forward_student(const add_shape *s, const float *a, const float *b, "
        "float *y)\n{\n%s\n    if (s->count) "
        "k<<<(unsigned)((s->count + 255) / 256), 256>>>(s->count, a, b, y);\n}\n",
        before, here) > 0);
    return text;
}

static result_exercise grade_add(const char *before, const char *here)
{
    char *const text = add_with(before, here);
    const result_exercise r = grade_text("cuda-conv", "add", text);

    free(text);
    return r;
}

/* ---- What is graded ---- */

static void test_right_in_both(void **state)
{
    (void)state;
    policy_put("cuda-conv", plain);
    setenv("CUDA_VISIBLE_DEVICES", "5", 1);             /* it is told which GPU is meant */
    result_exercise r = grade_add("#include <string.h>",
                                  "#ifdef STAND_IN\nconst char *const g = "
                                  "getenv(\"CUDA_VISIBLE_DEVICES\");\n"
                                  "if (!g || strcmp(g, \"5\")) return;\n#endif");
    unsetenv("CUDA_VISIBLE_DEVICES");
    assert_true(r.points == r.max);
    assert_first(&r, RESULT_PASSED, 4.0, NULL);
    r = grade_add("", "#ifndef STAND_IN\nreturn;\n#endif");
    assert_null(strstr(r.part[0].text, "GPU"));         /* wrong in the simulator: no GPU needed */
    assert_first(&r, RESULT_FAILED, 0.0, "problems were right");
    policy_back("cuda-conv");
}

static void test_wrong_on_the_gpu(void **state)
{
    static const struct { const char *before, *here, *why; } wrong[] = {
        { "", "if (s->count > 1) return;", "wrong on the GPU: at the shape " },
        { "", "abort();", "SIGABRT" },
        { "", "k<<<1, 1>>>(s->count, a, b, (float *)8); return;", "GPU" },
        { "", "for (volatile int i = 0;; i++) ;", "did not come back" },
        { "#ifdef STAND_IN\n#define add_forward_student static_one\n#endif", "",
          "wrong on the GPU: " },
        { "#ifdef STAND_IN\n#error not here\n#endif", "", "nvcc does not compile it" },
    };
    char here[256];

    (void)state;
    policy_put("cuda-conv", plain);
    settings.call_seconds = 0.3;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        snprintf(here, sizeof here, "#ifdef STAND_IN\n%s\n#endif", wrong[i].here);
        result_exercise r = grade_add(wrong[i].before, here);
        assert_int_equal(r.state, RESULT_FAILED);
        assert_true(r.points == 0.0);                   /* nothing is sure about memory either */
        assert_non_null(strstr(r.part[0].text, "right in the simulator, wrong on the GPU"));
        assert_first(&r, RESULT_FAILED, 0.0, wrong[i].why);
    }
    settings.call_seconds = 1.0;
    policy_back("cuda-conv");
}

/* The lower of both counts, and each problem has a chance of its own, also after a crash. */
static void test_in_proportion(void **state)
{
    (void)state;
    policy_put("cuda-conv", partial);
    result_exercise r = grade_add("", "#ifdef STAND_IN\nif (s->count % 2) abort();\n#endif");
    assert_true(r.part[0].points > 2.0 && r.part[0].points < 18.0);
    assert_first(&r, RESULT_FAILED, r.part[0].points, "wrong on the GPU: at the shape ");
    r = grade_add("", "#ifndef STAND_IN\nif (s->count % 2) return;\n#endif");
    assert_true(r.part[0].points > 2.0 && r.part[0].points < 18.0);
    assert_first(&r, RESULT_FAILED, r.part[0].points, "of 20 problems were right");
    policy_back("cuda-conv");
}

/* The time is up in the GPU's first problem, which takes four answers after the two that it is
 * ready; or a question cannot be asked in a later one. */
static void test_partial_points_on_a_bad_day(void **state)
{
    (void)state;
    policy_put("cuda-conv", partial);
    spoil(HOURS_LATER, 2, 6);
    result_exercise r = grade_add("", "");
    spoil(NOT_SPOILT, 0, 0);
    assert_part(&r, 0, RESULT_FAILED, 1.0, "but the time for this exercise was up after 1 of 20");
    spoil(NO_QUESTION, 2, 30);                          /* ours comes before what was wrong */
    r = grade_add("", "#ifdef STAND_IN\nif (s->count % 2) return;\n#endif");
    spoil(NOT_SPOILT, 0, 0);
    assert_part(&r, 0, RESULT_BROKEN, 0.0, "on the GPU: it could not be run: getrandom");
    policy_back("cuda-conv");
}

/* A group that has no points has none to lose: it is not run again. */
static void test_groups_without_points(void **state)
{
    static const char three[] =
        "{ \"exercises\": { \"add\": { \"groups\": [ "
        "{ \"name\": \"a\", \"points\": 4, \"cases\": 1, \"shape\": { \"count\": 2 } }, "
        "{ \"name\": \"shown\", \"points\": 0, \"cases\": 1 }, "
        "{ \"name\": \"b\", \"points\": 2, \"cases\": 1, \"shape\": { \"count\": 7 } } ] } } }";
    static const char wrong_at_7[] = "if (s->count == 7) return;";

    (void)state;
    policy_put("cuda-conv", three);
    result_exercise r = grade_add("", wrong_at_7);
    assert_true(r.points == 4.0 && r.part_count == 2);
    assert_part(&r, 1, RESULT_FAILED, 0.0, "0 of 1 problems were right before");
    spoil(NO_QUESTION, 2, 1);
    r = grade_add("", wrong_at_7);
    assert_int_equal(r.part[1].state, RESULT_FAILED);
    spoil(NOT_SPOILT, 0, 0);
    assert_part(&r, 0, RESULT_BROKEN, 0.0, "on the GPU: it could not be run: getrandom");
    policy_back("cuda-conv");
}

static void test_other_exercises_need_no_gpu(void **state)
{
    static const char relu[] =
        "#include \"kernels/activation/activation.h\"\n"
        "void activation_relu_student(const activation_shape *s, const float *x, float *y)\n"
        "{ for (ptrdiff_t i = 0; i < s->count; i++) y[i] = x[i] > 0 ? x[i] : 0; }\n";
    const grade_programs before = programs;

    (void)state;
    programs.nvcc[0] = programs.worker_cuda[0] = '\0';
    result_exercise r = grade_text("activation", "relu", relu);
    assert_first(&r, RESULT_PASSED, r.part[0].max, NULL);
    r = grade_text("cuda-conv", "add", "nothing");      /* no points: nothing to take back */
    assert_first(&r, RESULT_FAILED, 0.0, "it does not compile");
    programs = before;
}

/* ---- Ours ---- */

static void assert_ours(const char *why)
{
    result_exercise r = grade_add("", "");

    if (r.part[1].state != RESULT_PASSED)
        show(&r);
    assert_int_equal(r.part[1].state, RESULT_PASSED);           /* memory, in the simulator */
    assert_first(&r, RESULT_BROKEN, 0.0, why);
}

static void test_our_failures(void **state)
{
    const grade_programs before = programs;

    (void)state;
    policy_put("cuda-conv", plain);
    programs.nvcc[0] = '\0';
    assert_ours("nvcc is not in PATH");
    programs = before;
    write_script("#!/bin/sh\necho unsupported GNU version >&2\nexit 1\n");
    assert_ours("unsupported GNU version");
    write_script(stand_in);
    snprintf(programs.worker_cuda, sizeof programs.worker_cuda, "/usr/bin/true");
    assert_ours("could not be run");
    programs = before;
    path_join(programs.worker_cuda, root, "build/convlab-worker-cuda", NULL);
    if (access(programs.worker_cuda, X_OK) == 0 && access("/dev/nvidiactl", F_OK) != 0)
        assert_ours("the GPU: ");
    programs = before;
    policy_back("cuda-conv");
}

/* ---- The real nvcc ---- */

static void test_real_nvcc(void **state)
{
    const lesson *const l = course_find(&lessons, "cuda-conv");
    const exercise *const e = lesson_exercise(l, "add");
    file_error error = { "" };
    grade_place place;
    lesson_path object, nvcc;
    char *message = NULL, *const text = add_with("", "");

    (void)state;
    if (!grade_nvcc_find(nvcc)) {
        free(text);
        skip();
    }
    const submission_file file = { l, e->file, (uint8_t *)text, strlen(text) };
    const bool opened =
        grade_place_open(&place, settings.tier, &lessons, l, e,
                         exercise_contract(&lessons, l, e, &error), &file, programs.cusim_cc,
                         &error);
    grade_place gpu = place;
    gpu.cusim_cc = "";
    snprintf(gpu.compiler, sizeof gpu.compiler, "%s", nvcc);
    const grade_built built =
        opened ? grade_build(&gpu, BUILD_GPU, 60.0, object, &message, &error)
                        : GRADE_NOT_BUILT;
    if (built != GRADE_BUILT)
        print_message("%s %s\n", error.text, message ? message : "");
    free(message);
    free(text);
    grade_place_close(&place);
    assert_int_equal(built, GRADE_BUILT);
}

/* PATH's nvcc may be a script that starts another, or a link. */
static void test_nvcc_elsewhere(void **state)
{
    char *const path = strdup(getenv("PATH")), text[PATH_MAX + 100];
    lesson_path folder, real, wrapper, found;

    (void)state;
    path_join(folder, scratch_path("path"), "", NULL);
    path_join(wrapper, folder, "nvcc", NULL);
    path_join(real, toolkit, "bin/nvcc", NULL);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(setenv("PATH", folder, 1), 0);
    assert_false(grade_nvcc_find(found));
    assert_string_equal(found, "");
    snprintf(text, sizeof text, "#!/bin/sh\necho '#$ _SPACE_= '\necho '#$ _HERE_=%s/bin'\n",
             toolkit);
    scratch_write("path/nvcc", text, strlen(text));
    assert_int_equal(chmod(wrapper, 0700), 0);
    assert_true(grade_nvcc_find(found));
    assert_string_equal(found, real);
    assert_int_equal(unlink(wrapper), 0);
    assert_int_equal(symlink(real, wrapper), 0);        /* it says nothing of the kind */
    assert_true(grade_nvcc_find(found));
    assert_string_equal(found, real);
    assert_int_equal(unlink(wrapper) | rmdir(folder), 0);
    setenv("PATH", path, 1);
    free(path);
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
        cmocka_unit_test(test_right_in_both),
        cmocka_unit_test(test_wrong_on_the_gpu),
        cmocka_unit_test(test_in_proportion),
        cmocka_unit_test(test_partial_points_on_a_bad_day),
        cmocka_unit_test(test_groups_without_points),
        cmocka_unit_test(test_other_exercises_need_no_gpu),
        cmocka_unit_test(test_our_failures),
        cmocka_unit_test(test_real_nvcc),
        cmocka_unit_test(test_nvcc_elsewhere),
        cmocka_unit_test(test_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
