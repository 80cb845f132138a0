/* test_grade_hardware.c: --hardware, with stand-ins for what needs a GPU: nvcc is a script around
 * the simulator's compiler, which defines STAND_IN, and the GPU's worker is the simulator's. What
 * is behind #ifdef STAND_IN is thus right in the simulator and wrong "on the GPU", or the other
 * way round. If there is a real nvcc it compiles a solution in the jail. */
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

#include "data/whole_file.h"
#include "grade/grade_build.h"
#include "grade/grade_exercise.h"
#include "grade/remote.h"
#include "lessons/exercise_check.h"
#include "lessons/subprocess.h"
#include "tests/support/scratch.h"

static lesson_path root, toolkit;
static course lessons;
static policy policies[LESSON_MAX];
static grade_programs programs;
static grade_settings settings;

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

static void run_program(const char *const *argv)
{
    const subprocess_result r = subprocess_run((char *const *)argv, SUBPROCESS_OUTPUT, NULL, 60.0);

    if (!r.started || r.code != 0)
        fail_msg("%s: %s", argv[0], r.said ? r.said : "");
    free(r.said);
}

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
    path_join(programs.worker_cuda, root, "build/convlab-worker-cusim", NULL);
    path_join(programs.cusim_cc, root, "build/cusim-cc", NULL);
    assert_true(readlink("/proc/self/exe", programs.self, sizeof programs.self - 1) > 0);
    make_toolkit();
    settings = (grade_settings){ .course = &lessons, .policies = policies, .programs = &programs,
                                 .tier = jail_find(why, sizeof why), .hardware = true,
                                 .call_seconds = 1.0, .exercise_seconds = 15.0 };
    return secret_read(&settings.key, "00112233445566778899aabbccddeeff") ? 0 : -1;
}

static int tear_down(void **state)
{
    for (int i = 0; i < lessons.count; i++)
        policy_close(&policies[i]);
    course_close(&lessons);
    run_program((const char *const[]){ "rm", "-r", toolkit, NULL });
    return scratch_remove(state);
}

/* ---- One grading ---- */

static result_exercise grade_text(const char *lesson_name, const char *exercise_name,
                                  const char *text)
{
    static submission s;
    const lesson *const l = course_find(&lessons, lesson_name);
    result_exercise r;

    assert_non_null(l);
    const int at = (int)(lesson_exercise(l, exercise_name) - l->exercises);
    memset(&s, 0, sizeof s);
    snprintf(s.id, sizeof s.id, "ada");
    s.file[0] = (submission_file){ l, l->exercises[at].file, (uint8_t *)text, strlen(text) };
    s.count = 1;
    grade_exercise_prepare(&settings, l, at, &r);
    grade_exercise(&settings, &s, l, at, &r);
    return r;
}

static void release(result_exercise *r)
{
    for (int i = 0; i < r->part_count; i++)
        free(r->part[i].text);
    free(r->title);
    free(r->feedback);
    free(r->printed);
}

static void show(const result_exercise *r)
{
    for (int i = 0; i < r->part_count; i++)
        print_message("%s: %s %g of %g: %s\n", r->part[i].name,
                      result_state_name(r->part[i].state), r->part[i].points, r->part[i].max,
                      r->part[i].text ? r->part[i].text : "");
    print_message("%s\n", r->feedback ? r->feedback : "");
}

/* The first group's state and points, and what its text has. Then *r is released. */
static void assert_first(result_exercise *r, result_state state, double points, const char *text)
{
    const result_part *const p = &r->part[0];
    const bool good = p->state == state && p->points >= points - 1e-9 &&
                      p->points <= points + 1e-9 &&
                      (!text || (p->text && strstr(p->text, text)));

    if (!good)
        show(r);
    assert_true(good);
    release(r);
}

/* ---- The policy and the files ---- */

static policy kept;

static void policy_put(const char *json)
{
    const lesson *const l = course_find(&lessons, "cuda-conv");
    policy *const p = &policies[l - lessons.lessons];
    file_error error = { "" };

    kept = *p;
    if (policy_parse(p, l, json, strlen(json), "test", &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

static void policy_back(void)
{
    policy *const p = &policies[course_find(&lessons, "cuda-conv") - lessons.lessons];

    policy_close(p);
    *p = kept;
}

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
    policy_put(plain);
    result_exercise r = grade_add("", "");
    assert_true(r.points == r.max);
    assert_first(&r, RESULT_PASSED, 4.0, NULL);
    r = grade_add("", "#ifndef STAND_IN\nreturn;\n#endif");
    assert_null(strstr(r.part[0].text, "GPU"));         /* wrong in the simulator: no GPU needed */
    assert_first(&r, RESULT_FAILED, 0.0, "problems were right");
    policy_back();
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
    policy_put(plain);
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
    policy_back();
}

/* The lower of both counts, and each problem has a chance of its own, also after a crash. */
static void test_in_proportion(void **state)
{
    (void)state;
    policy_put(partial);
    result_exercise r = grade_add("", "#ifdef STAND_IN\nif (s->count % 2) abort();\n#endif");
    assert_true(r.part[0].points > 2.0 && r.part[0].points < 18.0);
    assert_first(&r, RESULT_FAILED, r.part[0].points, "wrong on the GPU: at the shape ");
    r = grade_add("", "#ifndef STAND_IN\nif (s->count % 2) return;\n#endif");
    assert_true(r.part[0].points > 2.0 && r.part[0].points < 18.0);
    assert_first(&r, RESULT_FAILED, r.part[0].points, "of 20 problems were right");
    policy_back();
}

static void test_time_is_up(void **state)
{
    (void)state;
    policy_put(partial);
    settings.exercise_seconds = 3.0;
    settings.call_seconds = 4.0;
    result_exercise r = grade_add("#include <unistd.h>\n#include <time.h>",
                                  "#ifdef STAND_IN\nfor (const time_t t = time(NULL); "
                                  "time(NULL) < t + 2;) ;\n#endif");
    assert_true(r.seconds < 12.0);
    assert_first(&r, RESULT_FAILED, r.part[0].points, "the time for this exercise was up after ");
    settings.exercise_seconds = 15.0;
    settings.call_seconds = 1.0;
    policy_back();
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
    policy_put(plain);
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
    policy_back();
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
        cmocka_unit_test(test_time_is_up),
        cmocka_unit_test(test_other_exercises_need_no_gpu),
        cmocka_unit_test(test_our_failures),
        cmocka_unit_test(test_real_nvcc),
        cmocka_unit_test(test_nvcc_elsewhere),
        cmocka_unit_test(test_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
