/* command_lesson.c: `convlab lesson`: a lesson's text, its exercises, the map of the course. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lessons/demo.h"
#include "lessons/exercise_check.h"
#include "lessons/lesson_text.h"
#include "lessons/progress.h"
#include "lessons/student_files.h"
#include "lessons/wrap.h"

enum { POLL_MS = 200 };

static course all;                  /* too large for the stack */

typedef struct {
    const lesson *lesson;
    const exercise *only;           /* --exercise; NULL: all, in order */
    int hint;
    exercise_wish wish;
    exercise_programs programs;
} session;

static void path_of_self(lesson_path path)
{
    const ssize_t length = readlink("/proc/self/exe", path, sizeof(lesson_path) - 1);
    path[length > 0 ? length : 0] = '\0';
}

/* A path as one would type it here. */
static const char *shown(const char *path)
{
    lesson_path here;

    if (!getcwd(here, sizeof here))
        return path;
    const size_t length = strlen(here);
    return strncmp(path, here, length) == 0 && path[length] == '/' ? path + length + 1 : path;
}

/* ---- Text ---- */

/* Through a pager if somebody sits at a terminal. */
static int show_text(const lesson *l)
{
    const bool terminal = isatty(STDOUT_FILENO) && isatty(STDIN_FILENO);
    const char *const pager = getenv("PAGER");
    const bool colour = feedback_colour_wanted(STDOUT_FILENO);
    file_error error;

    fflush(stdout);
    FILE *const paged = terminal ? popen(pager && *pager ? pager : "less -FRX", "w") : NULL;
    const bool good = lesson_text_print(&all, l, paged ? paged : stdout, colour, &error);
    if (paged)
        pclose(paged);
    return good ? CLI_OK : cli_fail(&command_lesson, CLI_INPUT, "%s", error.text);
}

/* ---- Exercises ---- */

static void print_state(const lesson *l, const exercise *e, const char *color, const char *state)
{
    printf("  %d %-10s %s%-9s%s %s (%s)\n", (int)(e - l->exercises) + 1, e->name,
           cli_color(color), state, cli_color("\033[0m"), lesson_say(&e->title), e->file);
}

static void print_hints(const session *s, const exercise *e)
{
    for (int i = 0; i < s->hint; i++) {
        putchar('\n');
        wrap_printf(stdout, say("Hint %d: %s", "힌트 %d: %s"), i + 1, lesson_say(&e->hints[i]));
    }
    if (s->hint < LESSON_HINTS)
        printf(say("\nStuck? HINT=%d make lesson-%s gives %s hint.\n",
                   "\n막혔나요? HINT=%d make lesson-%s 로 %s 힌트를 볼 수 있습니다.\n"), s->hint + 1,
               s->lesson->name, s->hint ? say("one more", "다음") : say("a first", "첫"));
}

/* Checks one exercise; what is to be read about it comes back in *told, to be freed. */
static bool check_one(const session *s, const exercise *e, char **told)
{
    size_t size;
    FILE *const out = open_memstream(told, &size);

    if (!out)
        abort();
    const bool passed = exercise_check(&all, s->lesson, e, &s->programs, s->wish, out);
    fclose(out);
    return passed;
}

static void print_end(const session *s)
{
    const lesson *const next = s->lesson + 1;

    printf("%s", say("\nAll exercises of this lesson are done. ", "\n이 수업의 연습 문제를 모두 풀었습니다. "));
    if (next < all.lessons + all.count)
        printf(say("Next: make lesson-%s (%s)\n", "다음: make lesson-%s (%s)\n"), next->name,
               lesson_say(&next->title));
    else
        printf("%s", say("It was the last one.\n", "마지막 수업이었습니다.\n"));
}

static int check_lesson(const session *s)
{
    const lesson *const l = s->lesson;
    const exercise *failed = NULL;
    char *told = NULL, *last = NULL;

    printf("%s%s: %s%s\n\n", cli_color("\033[1m"), l->name, lesson_say(&l->title),
           cli_color("\033[0m"));
    for (const exercise *e = l->exercises; e < l->exercises + l->exercise_count; e++) {
        if (s->only && s->only != e)
            continue;
        if (failed) {
            print_state(l, e, "", say("waits", "기다림"));
            continue;
        }
        if (check_one(s, e, &told)) {
            print_state(l, e, "\033[32m", say("done", "완료"));
            free(last);
            last = told;
        } else {
            print_state(l, e, "\033[31m", say("not yet", "아직"));
            failed = e;
        }
        fflush(stdout);
    }
    if (!failed) {
        printf("\n%s", last);
        free(last);
        if (!s->only)
            print_end(s);
        return CLI_OK;
    }
    free(last);
    lesson_path path;
    student_path(&all, l, failed->file, path);
    printf("\n%s%s%s  %s\n\n%s", cli_color("\033[1m"), failed->name, cli_color("\033[0m"),
           shown(path), told);
    free(told);
    print_hints(s, failed);
    return CLI_FAILED;
}

static int run_lesson(const session *s, bool text)
{
    const bool begun = student_has(&all, s->lesson);
    file_error error;

    if (!student_prepare(&all, s->lesson, &error))
        return cli_fail(&command_lesson, CLI_INPUT, "%s", error.text);
    if (text || !begun) {
        const int code = show_text(s->lesson);
        if (text || code)
            return code;
        lesson_path folder;
        student_path(&all, s->lesson, NULL, folder);
        printf(say("\nYour files are in %s/; nobody but you changes them. The text again:\n"
                   "build/convlab lesson %s --text\n\n",
                   "\n여러분의 파일은 %s/에 있고, 여러분 말고는 아무도 바꾸지 않습니다. 글을 다시 보려면:\n"
                   "build/convlab lesson %s --text\n\n"), shown(folder), s->lesson->name);
    }
    return check_lesson(s);
}

/* ---- Watching and putting back ---- */

/* Changes with every save of one of the lesson's files. */
static uint64_t stamp(const lesson *l)
{
    uint64_t sum = 0;
    lesson_path path;
    struct stat info;

    for (int i = 0; i < l->exercise_count; i++) {
        student_path(&all, l, l->exercises[i].file, path);
        if (stat(path, &info) == 0)
            sum = sum * 31 + (uint64_t)info.st_mtim.tv_sec * 1000000007 +
                  (uint64_t)info.st_mtim.tv_nsec + (uint64_t)info.st_size;
    }
    return sum;
}

static int watch(const session *s)
{
    for (;;) {
        const uint64_t before = stamp(s->lesson);
        const int code = run_lesson(s, false);
        if (code != CLI_FAILED)
            return code;
        printf("%s", say("\n-- watching; save a file to check again, Ctrl-C ends --\n",
                         "\n-- 지켜보는 중; 파일을 저장하면 다시 검사합니다. Ctrl-C로 끝냅니다 --\n"));
        fflush(stdout);
        while (stamp(s->lesson) == before)
            nanosleep(&(struct timespec){ .tv_nsec = POLL_MS * 1000000L }, NULL);
    }
}

static bool confirmed(const char *file)
{
    printf(say("Put the starter of %s back? Your file is kept. [y/N] ",
               "%s의 시작 파일을 다시 놓을까요? 지금 파일은 보관됩니다. [y/N] "), file);
    fflush(stdout);
    const int answer = getchar();
    for (int rest = answer; rest != '\n' && rest != EOF;)
        rest = getchar();
    return answer == 'y' || answer == 'Y';
}

static int reset(const session *s, bool force)
{
    if (!force && !isatty(STDIN_FILENO))
        return cli_fail(&command_lesson, CLI_USAGE, "--reset: nobody can be asked here; FORCE=1 "
                                                    "(--force) does it without asking");
    for (const exercise *e = s->lesson->exercises;
         e < s->lesson->exercises + s->lesson->exercise_count; e++) {
        lesson_path kept;
        file_error error;
        if ((s->only && s->only != e) || (!force && !confirmed(e->file)))
            continue;
        if (!student_prepare(&all, s->lesson, &error) ||
            !student_reset(&all, s->lesson, e->file, kept, &error))
            return cli_fail(&command_lesson, CLI_INPUT, "%s", error.text);
        printf(say("%s: the starter again; yours is %s\n", "%s: 시작 파일로 되돌렸습니다. 이전 파일: %s\n"),
               e->file, shown(kept));
    }
    return CLI_OK;
}

/* ---- The map ---- */

static void print_map(const progress *of)
{
    const int next = progress_next(&all, of);

    for (int i = 0; i < all.count; i++) {
        const lesson *const l = &all.lessons[i];
        const char *const state = of[i].done   ? say("done", "완료")
                                  : of[i].locked ? say("locked", "잠김")
                                  : i == next    ? say("next", "다음")
                                                 : say("open", "열림");
        const char *const color = of[i].done ? "\033[32m" : i == next ? "\033[33m" : "";
        printf("  %2d %-14s %s%-8s%s %d/%d  %s", i + 1, l->name, cli_color(color), state,
               cli_color("\033[0m"), of[i].passed, l->exercise_count, lesson_say(&l->title));
        for (int need = 0; of[i].locked && need < l->need_count; need++)
            if (!of[course_find(&all, l->needs[need]) - all.lessons].done)
                printf(say("; first %s", "; 먼저 %s"), l->needs[need]);
        printf("\n");
    }
    if (next >= 0)
        printf(say("\nNext: make lesson-%s\n", "\n다음: make lesson-%s\n"), all.lessons[next].name);
    else
        printf("%s", say("\nEverything is done.\n", "\n모두 마쳤습니다.\n"));
}

/* ---- The command ---- */

static int find_lesson(session *s, const char *name, const char *only)
{
    char known[1024] = "";

    s->lesson = course_find(&all, name);
    for (int i = 0; !s->lesson && i < all.count; i++) {
        const size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, " %s", all.lessons[i].name);
    }
    if (!s->lesson)
        return cli_fail(&command_lesson, CLI_USAGE, "no lesson '%s'; there are:%s", name, known);
    s->only = only ? lesson_exercise(s->lesson, only) : NULL;
    for (int i = 0; only && !s->only && i < s->lesson->exercise_count; i++) {
        const size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, " %s", s->lesson->exercises[i].name);
    }
    if (!only || s->only)
        return CLI_OK;
    return cli_fail(&command_lesson, CLI_USAGE, "--exercise: %s has no '%s'; there are:%s",
                    s->lesson->name, only, known);
}

static int take_hint(session *s)
{
    const char *const wanted = getenv("HINT");

    if (s->hint == 0 && wanted && *wanted)
        s->hint = atoi(wanted);
    if (s->hint >= 0 && s->hint <= LESSON_HINTS)
        return CLI_OK;
    return cli_fail(&command_lesson, CLI_USAGE, "HINT: expected 1 to 3, found '%s'", wanted);
}

static int show_part(const lesson *l, const char *part)
{
    file_error error;

    if (demo_show(&all, l, part, stdout, feedback_colour_wanted(STDOUT_FILENO), &error))
        return CLI_OK;
    return cli_fail(&command_lesson, CLI_INPUT, "%s", error.text);
}

static int list_exercises(const lesson *l)
{
    for (const exercise *e = l->exercises; e < l->exercises + l->exercise_count; e++)
        printf("%s %s %s\n", e->name, e->file, exercise_kind_name(e->kind));
    return CLI_OK;
}

/* The course as a whole: its map, or the lesson that comes next. */
static int run_course(session *s, bool text, bool next)
{
    static progress of[LESSON_MAX];

    progress_find(&all, &s->programs, s->wish, of);
    const int which = progress_next(&all, of);
    if (!next || which < 0) {
        print_map(of);
        return CLI_OK;
    }
    s->lesson = &all.lessons[which];
    return run_lesson(s, text);
}

static int run(int argc, char **argv)
{
    const char *name, *only = NULL, *part = NULL, *object = NULL, *source = NULL;
    bool text = false, next = false, watching = false, resetting = false, force = false;
    bool profile = false, list = false;
    static lesson_path self, checked;
    session s = { .wish = { .seed = 1 } };
    file_error error;
    int count, code;
    const cli_option options[] = {
        { "exercise", CLI_TEXT, &only, "NAME", "this exercise only", 0, 0 },
        { "list", CLI_FLAG, &list, NULL, "the exercises: name, file, kind", 0, 0 },
        { "text", CLI_FLAG, &text, NULL, "the lesson's text", 0, 0 },
        { "show", CLI_TEXT, &part, "PART", "one computed part of the text", 0, 0 },
        { "hint", CLI_INT, &s.hint, "N", "hints 1 to N after a failure; also HINT=N", 1,
          LESSON_HINTS },
        { "watch", CLI_FLAG, &watching, NULL, "check again on every save", 0, 0 },
        { "next", CLI_FLAG, &next, NULL, "the first lesson that is open and not done", 0, 0 },
        { "reset", CLI_FLAG, &resetting, NULL, "put the starters back; your files are kept", 0, 0 },
        { "force", CLI_FLAG, &force, NULL, "--reset does not ask", 0, 0 },
        { "seed", CLI_UINT64, &s.wish.seed, "N", "draws the problems (default: 1)", 0, 0 },
        { "shape", CLI_TEXT, &s.wish.shape, "S", "check this shape only, as in h=4,w=3", 0, 0 },
        { "worker", CLI_TEXT, &object, "FILE", NULL, 0, 0 },
        { "source", CLI_TEXT, &source, "FILE", NULL, 0, 0 },
        { "profile", CLI_FLAG, &profile, NULL, NULL, 0, 0 },
        { "colour", CLI_FLAG, &s.wish.colour, NULL, NULL, 0, 0 },
        { NULL, CLI_FLAG, NULL, NULL, NULL, 0, 0 },
    };

    if (!cli_parse(&command_lesson, options, argc, argv, 0, 1, &name, &count, &code))
        return code;
    if (course_open(&all, &error) != STATUS_OK)
        return cli_fail(&command_lesson, CLI_INPUT, "%s", error.text);
    if (*all.complaint.text && !object)
        cli_fail(&command_lesson, CLI_INPUT, "%s", all.complaint.text);
    path_of_self(self);
    s.programs = (exercise_programs){ self, cli_sibling("checked", checked, sizeof checked)
                                                ? checked : NULL };
    s.wish.colour |= feedback_colour_wanted(STDOUT_FILENO);
    if ((code = take_hint(&s)) || (count && (code = find_lesson(&s, name, only))))
        return code;
    if (!count)
        return run_course(&s, text, next);
    if (object && s.only && profile)
        exercise_profile(&all, s.lesson, s.only, object, s.wish);
    if (object && s.only)
        exercise_run(&all, s.lesson, s.only, object, source, s.wish);
    if (list)
        return list_exercises(s.lesson);
    if (part)
        return show_part(s.lesson, part);
    if (resetting)
        return reset(&s, force);
    return watching ? watch(&s) : run_lesson(&s, text);
}

const cli_command command_lesson = {
    .name = "lesson",
    .synopsis = "[NAME] [--exercise NAME] [--text] [--show PART] [--hint N] [options]",
    .summary = "a lesson: its text, its exercises, and what is wrong with your solution",
    .details = "Without a name: the map of the course. The first time a lesson shows its text and "
               "puts its files into\nstudent/; then it checks them. CONVLAB_LANG=ko: in Korean.",
    .run = run,
};
