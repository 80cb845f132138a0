/* exercise_check.c: the parent of the worker: it compiles, waits, and believes nothing but the
 * record that comes through the pipe. */
#define _GNU_SOURCE             /* asprintf */
#include "lessons/exercise_check.h"

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/whole_file.h"
#include "lessons/exercise_build.h"
#include "lessons/profile_limits.h"
#include "lessons/student_files.h"
#include "lessons/subprocess.h"
#include "lessons/wrap.h"

enum { HOST_S = 30, CUDA_S = 90, LINE_BYTES = 160, PRINTED_LINES = 20, TREE_FDS = 8 };

/* ---- A folder for one run ---- */

static bool make_run_folder(const course *c, const lesson *l, lesson_path folder)
{
    lesson_path parent;

    path_join(parent, c->root, "build/lessons", l->name);
    path_join(folder, parent, "run-XXXXXX", NULL);
    return mkdtemp(folder) != NULL;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info, (void)kind, (void)where;
    return remove(path);
}

/* ---- The worker ---- */

/* The command line of a worker; freed with free_worker(). */
typedef struct {
    char *argv[20];
    int count;
} worker_command;

static void put(worker_command *w, const char *format, const char *value)
{
    char *text;

    if (asprintf(&text, format, value) < 0)
        abort();
    w->argv[w->count++] = text;
}

static worker_command worker(const char *program, const lesson *l, const exercise *e,
                             const char *object, exercise_wish wish)
{
    worker_command w = { .count = 0 };
    char seed[32];

    snprintf(seed, sizeof seed, "%" PRIu64, wish.seed);
    put(&w, "%s", program);
    put(&w, "%s", "lesson");
    put(&w, "%s", l->name);
    put(&w, "--exercise=%s", e->name);
    put(&w, "--worker=%s", object);
    put(&w, "--seed=%s", seed);
    if (wish.shape)
        put(&w, "--shape=%s", wish.shape);
    if (wish.colour)
        put(&w, "%s", "--colour");
    return w;
}

static void free_worker(worker_command *w)
{
    for (int i = 0; i < w->count; i++)
        free(w->argv[i]);
}

/* One line; control characters would play with the terminal. */
static void print_clean(const char *line, int times, FILE *out)
{
    fputs("  | ", out);
    for (; *line; line++)
        if ((unsigned char)*line >= ' ' && *line != 0x7f)
            fputc(*line, out);
    if (times > 1)
        fprintf(out, say("  (%d times)", "  (%d번)"), times);
    fputc('\n', out);
}

/* What the student's own printf said; a line that repeats is counted. */
static void print_printed(const char *path, FILE *out)
{
    char line[LINE_BYTES], last[LINE_BYTES] = "";
    FILE *const file = fopen(path, "r");
    int lines = 0, times = 0;

    while (file && lines < PRINTED_LINES && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        if (times && strcmp(line, last) == 0) {
            times++;
            continue;
        }
        if (times)
            print_clean(last, times, out);
        else
            fprintf(out, "%s", say("\nYour program printed:\n", "\n여러분의 프로그램이 출력한 것:\n"));
        memcpy(last, line, sizeof last);
        times = 1;
        lines++;
    }
    if (times)
        print_clean(last, times, out);
    if (lines == PRINTED_LINES)
        fprintf(out, "%s", say("  | ... and perhaps more\n", "  | ... 더 있을 수 있음\n"));
    if (file)
        fclose(file);
}

/* The worker left without a record. */
static void print_ended(const subprocess_result *r, double seconds, FILE *out)
{
    if (!r->started)
        fprintf(out, "%s", say("The checking program could not be started.\n",
                               "검사 프로그램을 시작할 수 없습니다.\n"));
    else if (r->late)
        fprintf(out, say("It was stopped after %.0f s: an endless loop?\n",
                         "%.0f초 뒤에 멈췄습니다. 무한 반복이 아닌가요?\n"), seconds);
    else if (r->signal)
        fprintf(out, say("It crashed before the check was done: %s.\n",
                         "검사가 끝나기 전에 죽었습니다: %s.\n"), strsignal(r->signal));
    else
        wrap_printf(out, say("The program ended with exit code %d before the check was done. A "
                             "kernel returns to its caller; it does not call exit or _exit.",
                             "검사가 끝나기 전에 프로그램이 종료 코드 %d로 끝났습니다. 커널은 자신을 부른 곳으로 돌아가야 "
                             "하며, exit이나 _exit을 부르지 않습니다."), r->code);
}

static bool run_worker(worker_command *w, double seconds, const char *printed, FILE *out)
{
    bool passed = false;

    w->argv[w->count] = NULL;
    subprocess_result r = subprocess_run(w->argv, SUBPROCESS_PRIVATE, printed, seconds);
    const bool recorded = exercise_read_record(r.said, &passed);
    fputs(r.said, out);
    if (!recorded)
        print_ended(&r, seconds, out);
    print_printed(printed, out);
    free(r.said);
    return recorded && passed;
}

/* ---- An exercise ---- */

/* Runs a right solution once more, counted by cusim: tells the table, compares with the limits. */
static bool check_profile(const course *c, const lesson *l, const exercise *e,
                          const student_contract *contract, const exercise_programs *programs,
                          const char *source, const char *folder, exercise_wish wish, FILE *out)
{
    lesson_path object, printed, json;
    char *message;

    path_join(object, folder, "profile.so", NULL);
    path_join(printed, folder, "profile.txt", NULL);
    path_join(json, folder, "profile.json", NULL);
    const bool built = exercise_build(c, e, contract, source, object, BUILD_PROFILE, &message);
    free(message);
    if (!built) {
        fprintf(out, "%s", say("It does not compile for the profile.\n",
                               "프로파일용으로 컴파일되지 않습니다.\n"));
        return false;
    }
    worker_command w = worker(programs->self, l, e, object, wish);
    put(&w, "%s", "--profile");
    w.argv[w.count] = NULL;
    setenv("CUSIM_PROFILE", "1", 1);
    setenv("CUSIM_PROFILE_JSON", json, 1);
    subprocess_result r = subprocess_run(w.argv, SUBPROCESS_PRIVATE, printed, CUDA_S);
    unsetenv("CUSIM_PROFILE");
    unsetenv("CUSIM_PROFILE_JSON");
    fputs(r.said, out);
    free(r.said);
    free_worker(&w);
    return profile_tell(printed, json, e->at_most, out);
}

static bool check_kernel(const course *c, const lesson *l, const exercise *e,
                         const exercise_programs *programs, const char *source,
                         const char *folder, exercise_wish wish, FILE *out)
{
    const bool cuda = e->kind == EXERCISE_CUDA;
    lesson_path object, printed;
    file_error error;
    char *message;

    const student_contract *const contract = exercise_contract(c, l, e, &error);
    if (!contract) {
        fprintf(out, "%s\n", error.text);
        return false;
    }
    path_join(object, folder, "student.so", NULL);
    path_join(printed, folder, "printed.txt", NULL);
    const bool built = exercise_build(c, e, contract, source, object,
                                      cuda ? BUILD_CHECKED : BUILD_PATTERN, &message);
    if (*message)
        fprintf(out, "%s\n%s\n", built ? say("The compiler warns:", "컴파일러의 경고:")
                                       : say("It does not compile:", "컴파일되지 않습니다:"), message);
    free(message);
    if (!built)
        return false;
    worker_command w = worker(cuda ? programs->checked : programs->self, l, e, object, wish);
    put(&w, "--source=%s", source);
    const bool passed = run_worker(&w, cuda ? CUDA_S : HOST_S, printed, out);
    free_worker(&w);
    if (!cuda || !passed || !e->at || wish.shape)
        return passed;
    return check_profile(c, l, e, contract, programs, source, folder, wish, out);
}

bool exercise_check(const course *c, const lesson *l, const exercise *e,
                    const exercise_programs *programs, exercise_wish wish, FILE *out)
{
    lesson_path source, folder;

    student_path(c, l, e->file, source);
    if (access(source, R_OK) != 0) {
        fprintf(out, say("%s: cannot be read: %s. make reset-%s brings the starter back.\n",
                         "%s: 읽을 수 없습니다: %s. make reset-%s로 시작 파일을 다시 가져옵니다.\n"), source,
                strerror(errno), l->name);
        return false;
    }
    if (e->kind == EXERCISE_PREDICT)
        return exercise_predict(c, l, e, source, out);
    if (e->kind == EXERCISE_CUDA && !programs->checked) {
        fprintf(out, "%s", say("build/convlab-checked is missing: make checked builds it.\n",
                               "build/convlab-checked가 없습니다. make checked로 만드세요.\n"));
        return false;
    }
    if (!make_run_folder(c, l, folder)) {
        fprintf(out, "%s: %s\n", folder, strerror(errno));
        return false;
    }
    const bool passed = check_kernel(c, l, e, programs, source, folder, wish, out);
    nftw(folder, remove_one, TREE_FDS, FTW_DEPTH | FTW_PHYS);
    return passed;
}
