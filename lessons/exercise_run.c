/* exercise_run.c: the worker: one exercise, one object, one verdict. */
#include "lessons/exercise_run.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check/check_trial.h"
#include "lessons/demo.h"
#include "lessons/drawn_shape.h"
#include "lessons/exercise_build.h"
#include "lessons/fault_words.h"
#include "lessons/feedback.h"
#include "lessons/protect.h"
#include "lessons/race.h"
#include "lessons/subprocess.h"
#include "lessons/wrap.h"

enum { TEXT_BYTES = 1024, OTHER_SEEDS = 8, REPEATS = 5 };

/* What was never set holds -1.69e38, in variables (exercise_build.c) and behind malloc
 * (protect.c); whoever adds something to it still has about as much. */
static const double fill_value = 1e37;

#define RECORD "\036convlab-verdict "

#define LIMIT_MEMORY (UINT64_C(2) << 30)
#define LIMIT_FILE   (UINT64_C(8) << 20)

/* What the worker works on. */
static struct {
    const course *course;
    const lesson *lesson;
    const exercise *exercise;
    const student_contract *contract;
    const char *object, *source;
    exercise_wish wish;
    const check_concept *drawn;     /* restricted to the exercise's shapes */
    const check_concept *concept;   /* the same, protected */
    int pass;
    student_row row;
    FILE *out;
} job;

/* ---- Ends ---- */

static _Noreturn void finish(bool passed)
{
    fprintf(job.out, "\n" RECORD "%s\n", passed ? "passed" : "failed");
    fflush(job.out);
    _exit(0);
}

bool exercise_read_record(char *said, bool *passed)
{
    char *last = NULL;

    for (char *at = said; (at = strstr(at, "\n" RECORD)); at++)
        last = at;
    if (!last)
        return false;
    *passed = strcmp(last + sizeof RECORD, "passed\n") == 0;
    *last = '\0';
    return true;
}

/* The exercise itself is broken: nothing that the student can mend. */
static _Noreturn void give_up(const char *why)
{
    wrap_printf(job.out,
                say("The lesson itself has a mistake; please tell whoever wrote it: %s/%s: %s",
                    "수업 자체에 오류가 있습니다. 만든 사람에게 알려 주세요: %s/%s: %s"),
                job.lesson->folder, job.exercise->name, why);
    finish(false);
}

static void doomed(const fault *f)
{
    fault_print(job.out, f, job.object);
    fprintf(job.out, "\n" RECORD "failed\n");
    fflush(job.out);
}

/* ---- Setting up ---- */

const student_contract *exercise_contract(const course *c, const lesson *l, const exercise *e,
                                          file_error *error)
{
    const student_contract *found = student_contract_find(student_contracts, e->concept);

    if (!found) {
        const lesson_demo *const table = demo_load(c, l, error);
        if (!table)
            return NULL;
        found = student_contract_find(table->contracts, e->concept);
    }
    for (int i = 0; found && i < found->concept->pass_count; i++)
        if (strcmp(found->concept->pass[i].name, e->pass) == 0 && found->pass[i].field)
            return found;
    file_refuse(error, STATUS_VALUE, "%s: exercise %s: expected a concept and a pass of it, found "
                                     "'%s', '%s'", l->path, e->name, e->concept, e->pass);
    return NULL;
}

static void limit(int which, uint64_t value)
{
    const struct rlimit limits = { value, value };
    setrlimit(which, &limits);
}

static void limit_process(bool host)
{
    signal(SIGXFSZ, SIG_IGN);                   /* a write beyond the limit fails instead */
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, LIMIT_FILE);
#ifndef __SANITIZE_ADDRESS__                    /* whose own memory is larger, */
    if (host)                                   /* as is that of the simulated device */
        limit(RLIMIT_DATA, LIMIT_MEMORY);
#else
    (void)host;
#endif
}

static _Noreturn void missing_function(void)
{
    wrap_printf(job.out,
                say("%s has no function named '%s'. Keep the name that the starter gives it; it "
                    "may not be static.",
                    "%s에 '%s' 함수가 없습니다. 시작 파일의 이름을 그대로 쓰고, static으로 만들지 마세요."),
                job.exercise->file, job.exercise->function);
    finish(false);
}

/* Opens an object and finds the function; NULL if it has none. */
static void *load_function(const char *object, const char *name)
{
    void *const loaded = dlopen(object, RTLD_NOW | RTLD_LOCAL);

    if (!loaded) {
        fprintf(job.out, "%s\n", dlerror());
        finish(false);
    }
    if (dlsym(loaded, "main")) {
        wrap_printf(job.out,
                    say("%s has a main(): take it out. The file is one part of a program that has "
                        "its own.",
                        "%s에 main()이 있습니다. 지우세요. 이 파일은 이미 main이 있는 프로그램의 한 부분입니다."),
                    job.exercise->file);
        finish(false);
    }
    return dlsym(loaded, name);
}

static void make_row(student_row *row, const char *object)
{
    const exercise *const e = job.exercise;
    void *const function = load_function(object, e->function);
    void *const workspace = e->workspace ? load_function(object, e->workspace) : NULL;

    if (!function || (e->workspace && !workspace))
        missing_function();
    student_row_make(row, job.contract, job.pass,
                     e->kind == EXERCISE_CUDA ? SPACE_CUDA : SPACE_HOST, function, workspace);
}

static void set_up(const course *c, const lesson *l, const exercise *e, const char *object,
                   const char *source, exercise_wish wish)
{
    file_error error;

    job.course = c, job.lesson = l, job.exercise = e;
    job.object = object, job.source = source, job.wish = wish;
    fcntl(SUBPROCESS_FD, F_SETFD, FD_CLOEXEC);
    job.out = fdopen(SUBPROCESS_FD, "w");
    if (!job.out)
        _exit(2);
    job.contract = exercise_contract(c, l, e, &error);
    if (!job.contract || !(job.drawn = drawn_shape_restrict(job.contract->concept, e->shape,
                                                            &error)))
        give_up(error.text);
    while (strcmp(job.drawn->pass[job.pass].name, e->pass) != 0)
        job.pass++;
    limit_process(e->kind != EXERCISE_CUDA);
    make_row(&job.row, object);
}

/* ---- Telling ---- */

static feedback_style style(void)
{
    return (feedback_style){ feedback_language_wanted(), job.wish.colour };
}

/* The command that checks this very problem again. */
static void print_replay(const check_result *r)
{
    char shape[TEXT_BYTES];

    drawn_shape_format(job.exercise->shape, r->param, shape, sizeof shape);
    fprintf(job.out, say("Again, this problem alone:\n", "이 문제만 다시:\n"));
    fprintf(job.out, "  build/convlab lesson %s --exercise %s --shape %s --seed %" PRIu64 "\n",
            job.lesson->name, job.exercise->name, shape, r->seed);
}

static void print_shape(const int *param)
{
    char shape[TEXT_BYTES];

    drawn_shape_format(job.exercise->shape, param, shape, sizeof shape);
    fprintf(job.out, say("Smallest shape where it happens: %s\n\n",
                         "이런 일이 생기는 가장 작은 모양: %s\n\n"),
            strcmp(shape, "simplest") == 0 ? say("every extent 1", "모든 크기가 1") : shape);
}

static bool same_result(const check_case *a, const check_case *b)
{
    return a->outcome == b->outcome && memcmp(&a->got, &b->got, sizeof a->got) == 0;
}

/* False where threads race: what is different with other variables may be so without them. */
static bool repeats(const check_result *r)
{
    check_case again;

    if (r->failure.outcome == CHECK_THREADS)
        return false;
    for (int i = 0; i < REPEATS; i++) {
        protect_forget();
        if (check_shape(job.concept, &job.row, job.pass, r->param, r->seed, &again) != STATUS_OK ||
            !same_result(&again, &r->failure))
            return false;
    }
    return true;
}

/* True, and told, if the failing problem gives something else when variables without a value hold
 * zeros: then one of them was read. */
static bool tell_uninitialised(const check_result *r)
{
    char object[PATH_MAX], *message;
    check_case other;
    student_row row;
    const bool filled = isfinite(r->failure.got) && fabs(r->failure.got) > fill_value &&
                        !(fabs(r->failure.want) > fill_value);

    if (!filled && !repeats(r))
        return false;
    snprintf(object, sizeof object, "%.4000s.zero", job.object);
    const bool built = exercise_build(job.course, job.exercise, job.contract, job.source, object,
                                      BUILD_ZERO, &message);
    free(message);
    if (!built)
        return false;
    make_row(&row, object);
    protect_begin(load_function(object, job.exercise->function), &row, doomed);
    protect_forget();
    const bool ran = check_shape(job.concept, &row, job.pass, r->param, r->seed, &other) ==
                     STATUS_OK;
    protect_begin(load_function(job.object, job.exercise->function), &job.row, doomed);
    protect_forget();
    unlink(object);
    if ((!ran || same_result(&other, &r->failure)) && !filled)
        return false;
    wrap_print(job.out,
          say("A variable is read before it has a value: the result depends on what happened to "
              "lie in memory. The compiler's warnings above, if there are any, name it; else look "
              "for sums and arrays that are not set to 0.",
              "변수를 값을 넣기 전에 읽었습니다. 메모리에 우연히 있던 값에 따라 결과가 달라집니다. 위에 컴파일러 "
              "경고가 있으면 그 변수입니다. 없으면 0으로 시작하지 않은 합이나 배열을 찾아보세요."), 0);
    fputc('\n', job.out);
    return true;
}

static _Noreturn void fail_by_fault(const fault *f, const check_result *r)
{
    fault_print(job.out, f, job.object);
    print_shape(r->param);
    print_replay(r);
    finish(false);
}

/* An access beyond a tensor that hit no page: other contents bring other sides of the pages, and
 * then its line is known. */
static void look_for_line(check_result *r)
{
    check_case ignored;

    for (uint64_t i = 0; i < OTHER_SEEDS; i++) {
        check_shape(job.concept, &job.row, job.pass, r->param, r->seed + i, &ignored);
        if (protect_fault()->kind != FAULT_NONE) {
            r->seed += i;
            fail_by_fault(protect_fault(), r);
        }
    }
}

static void tell_memory(void)
{
    if (!protect_no_memory())
        return;
    wrap_print(job.out,
               say("An allocation failed: an exercise may use 2 GiB. A kernel allocates nothing, "
                   "it works in the buffers it is given.",
                   "메모리 할당이 실패했습니다. 연습 문제는 2 GiB까지 쓸 수 있습니다. 커널은 메모리를 할당하지 않고 "
                   "주어진 버퍼만 씁니다."), 0);
    fputc('\n', job.out);
}

static _Noreturn void fail(check_result *r)
{
    const bool host = job.exercise->kind != EXERCISE_CUDA;
    const check_outcome outcome = r->failure.outcome;

    if (outcome == CHECK_NO_PROBLEM && protect_fault()->kind == FAULT_NONE)
        give_up("no legal shape could be drawn");
    if (host && protect_fault()->kind != FAULT_NONE) {
        fault last = *protect_fault();
        check_case again;
        protect_forget();                       /* shrinking may have tried another one last */
        check_shape(job.concept, &job.row, job.pass, r->param, r->seed, &again);
        if (protect_fault()->kind != FAULT_NONE)
            last = *protect_fault();
        fail_by_fault(&last, r);
    }
    if (host && (outcome == CHECK_GUARD || outcome == CHECK_OUTSIDE))
        look_for_line(r);
    if (host)
        tell_memory();
    const bool uninitialised = host && outcome != CHECK_UNWRITTEN && tell_uninitialised(r);
    fflush(job.out);
    if (!uninitialised || outcome != CHECK_THREADS)
        feedback_print(job.out, job.concept, &job.row, job.pass, r, style());
    print_replay(r);
    finish(false);
}

/* ---- Checking ---- */

/* This problem as it is, where check_variant_at() would go on to simpler ones: it may come from the
 * grader, which found it among fewer shapes. */
static void check_this(const int *param, check_result *r)
{
    *r = (check_result){ .seed = job.wish.seed };
    memcpy(r->param, param, (size_t)job.drawn->param_count * sizeof *param);
    if (check_shape(job.concept, &job.row, job.pass, param, r->seed, &r->failure) != STATUS_OK)
        r->failure.outcome = CHECK_NO_PROBLEM;
    r->failed = check_failed(&r->failure);
    r->passed = r->failure.outcome == CHECK_PASSED;
}

static void check_drawn(void)
{
    int param[CHECK_MAX_PARAMS];
    char message[TEXT_BYTES];
    check_result r;

    if (!job.wish.shape) {
        check_variant(job.concept, &job.row, job.pass, job.wish.seed, job.exercise->cases, &r);
    } else {
        const char *const shape = strcmp(job.wish.shape, "simplest") == 0 ? NULL : job.wish.shape;
        for (int i = 0; i < job.drawn->param_count; i++)
            param[i] = job.drawn->param[i].simplest;
        if ((shape && !check_parse_shape(job.drawn, shape, param, message, sizeof message)) ||
            check_verdict(job.drawn, param) != STATUS_OK) {
            fprintf(job.out, "--shape: %s\n", shape && *message ? message : "impossible shape");
            finish(false);
        }
        check_this(param, &r);
    }
    if (r.failed)
        fail(&r);
    fprintf(job.out, say("Right: %ld problems, each element within what float arithmetic allows.\n",
                         "맞습니다: 문제 %ld개, 모든 원소가 float 계산이 허용하는 오차 안에 있습니다.\n"), r.passed);
}

/* Right, and fast as well? */
static void check_speed(void)
{
    const exercise *const e = job.exercise;
    int param[CHECK_MAX_PARAMS];
    file_error error;
    check_result r;
    race_result result;
    student_row row;
    char object[PATH_MAX], *message;

    if (!drawn_shape_read(job.drawn, e->at, param, &error))
        give_up(error.text);
    check_variant_at(job.concept, &job.row, job.pass, param, job.wish.seed, 1, &r);
    if (r.failed)
        fail(&r);
    snprintf(object, sizeof object, "%.4000s.fast", job.object);
    if (!exercise_build(job.course, e, job.contract, job.source, object, BUILD_FAST, &message))
        give_up("the file compiles with checks and not without");
    free(message);
    make_row(&row, object);
    if (e->threads > 0)
        omp_set_num_threads(e->threads);
    if (!race_run(job.drawn, check_variant_row(job.contract->concept, 0), &row, job.pass, param,
                  job.wish.seed, &result))
        give_up("the shape 'at' cannot be timed");
    drawn_shape_format(e->shape, param, object, sizeof object);
    fprintf(job.out, say("Timed in turns at %s:\n  %s %.3f ms, yours %.3f ms: %.2f times as fast "
                         "(%.2f to %.2f in %d rounds); wanted %.2f\n",
                         "%s에서 번갈아 잰 시간:\n  %s %.3f ms, 여러분 %.3f ms: %.2f배 빠름 (%.2f에서 %.2f, %d회); "
                         "목표 %.2f\n"),
            object, check_variant_info(check_variant_row(job.contract->concept, 0))->name,
            result.first_ms, result.second_ms, result.ratio, result.low, result.high,
            result.rounds, e->factor);
    if (result.ratio < e->factor) {
        fputs(say("Right, but not fast enough yet.\n", "맞지만 아직 충분히 빠르지 않습니다.\n"), job.out);
        finish(false);
    }
}

_Noreturn void exercise_run(const course *c, const lesson *l, const exercise *e,
                            const char *object, const char *source, exercise_wish wish)
{
    set_up(c, l, e, object, source, wish);
    if (e->kind == EXERCISE_CUDA) {
        job.concept = job.drawn;
    } else {
        protect_begin(load_function(object, e->function), &job.row, doomed);
        job.concept = protect_concept(job.drawn, true);
    }
    check_drawn();
    if (e->kind == EXERCISE_FASTER && !wish.shape)
        check_speed();
    finish(true);
}

_Noreturn void exercise_profile(const course *c, const lesson *l, const exercise *e,
                                const char *object, exercise_wish wish)
{
    int param[CHECK_MAX_PARAMS];
    file_error error;
    check_case found;
    status verdict;

    set_up(c, l, e, object, NULL, wish);
    if (!drawn_shape_read(job.drawn, e->at, param, &error))
        give_up(error.text);
    check_guard_pages(CHECK_PAGES_BEFORE);      /* all tensors aligned, as cudaMalloc does it */
    check_trial *const trial = check_trial_open(job.drawn, job.pass, param, wish.seed, &verdict);
    if (trial)
        (void)check_trial_run(trial, &job.row, &found);
    check_trial_close(trial);
    exit(0);                                    /* cusim's table is printed by exit() */
}
