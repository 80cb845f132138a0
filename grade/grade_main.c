/* grade_main.c: `convlab-grade`, in which `convlab grade` goes on: options, and what to do. */
#define _GNU_SOURCE             /* sched_getaffinity */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grade/grade_session.h"
#include "grade/outputs.h"
#include "grade/remote.h"
#include "lessons/subprocess.h"

#ifndef CONVLAB_VERSION
#define CONVLAB_VERSION "unknown"
#endif
#ifndef CONVLAB_COMMIT
#define CONVLAB_COMMIT ""
#endif

enum { EXIT_OK, EXIT_BROKEN, EXIT_USAGE, EXIT_INPUT, EXIT_MISSING, EXIT_SIGNAL = 128 };
enum { WHY_BYTES = 4096, MOST_JOBS = 4096, MOST_SECONDS = 86400 };

static const char help_text[] =
    "usage: convlab grade SUBMISSION... [--course DIR] [--lesson NAME] [options]\n"
    "       convlab grade --gradebook DIR\n"
    "       convlab grade --self-test [--tier TIER]\n"
    "       convlab grade --list [SUBMISSION...]\n"
    "\n"
    "Grades folders, zip and tar files of C and CUDA code that nobody has to trust: one result\n"
    "per submission, a feedback for its author, and a gradebook. A run that was interrupted goes\n"
    "on where it was when it is started again.\n"
    "\n"
    "  --course DIR         a checkout or an exported course (default: that of the program)\n"
    "  --lesson NAME        this lesson only; then files need not be in a folder of its name\n"
    "  --exercise NAME      with --lesson: this exercise only\n"
    "  --out DIR            where results go (default: graded)\n"
    "  --jobs N             submissions at a time (default: the processors)\n"
    "  --call-seconds S     for one call of a student's function (default: 5)\n"
    "  --exercise-seconds S for all of one exercise (default: 60)\n"
    "  --format LIST        text,gradescope,junit,prairielearn,classroom50,csv or all (default)\n"
    "  --again              grade those with a complete result as well, with the same secret\n"
    "  --no-gradebook       results only; many such runs may share --out at the same time\n"
    "  --secret HEX         draw the problems of an earlier grading, whose results tell it\n"
    "  --tier TIER          namespaces or landlock (default: the best that works here)\n"
    "  --practice           nothing is scored: results are stamped so, and no tier is needed\n"
    "  --hardware           CUDA exercises on the GPU as well, not only in the simulator\n"
    "  --gradebook DIR      write gradebook.csv from the results in DIR\n"
    "  --self-test          try on this machine what a submission must not be able to do\n"
    "  --list               exercises and their points; or submissions and what they are called\n"
    "  --help, --version\n"
    "\n"
    "CONVLAB_LANG=ko: what the lessons explain is in Korean.\n"
    "\n"
    "Exit codes: 0 all graded, 1 a submission could not be graded or a denial failed, 2 wrong\n"
    "usage, 3 something cannot be read or written, 4 no such tier, device or program here, 130\n"
    "stopped by Ctrl-C.\n";

typedef struct {
    const char *course, *lesson, *exercise, *out, *formats, *secret, *tier, *gradebook;
    int jobs;
    double call_seconds, exercise_seconds;
    bool again, no_gradebook, practice, hardware, self_test, list;
} arguments;

static int fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int fail(int code, const char *format, ...)
{
    va_list rest;

    fputs("convlab grade: ", stderr);
    va_start(rest, format);
    vfprintf(stderr, format, rest);
    va_end(rest);
    fputc('\n', stderr);
    return code;
}

/* ---- Options ---- */

static int processors(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

static bool take_jobs(arguments *a, const char *text)
{
    char *rest;

    errno = 0;
    const long count = strtol(text, &rest, 10);
    if (rest == text || *rest || errno || count < 1 || count > MOST_JOBS) {
        fail(EXIT_USAGE, "--jobs: expected a whole number from 1 to %d, found '%s'", (int)MOST_JOBS,
             text);
        return false;
    }
    a->jobs = (int)count;
    return true;
}

static bool take_seconds(const char *option, const char *text, double *seconds)
{
    char *rest;

    *seconds = strtod(text, &rest);
    if (rest != text && !*rest && *seconds >= 0.1 && *seconds <= MOST_SECONDS)
        return true;
    fail(EXIT_USAGE, "--%s: expected seconds from 0.1 to %d, found '%s'", option,
         (int)MOST_SECONDS, text);
    return false;
}

static bool take_formats(arguments *a, const char *list)
{
    file_error error;

    a->formats = list;
    if (outputs_known(list, &error))
        return true;
    fail(EXIT_USAGE, "--format: %s", error.text);
    return false;
}

static bool take_secret(arguments *a, const char *text)
{
    secret key;

    a->secret = text;
    if (secret_read(&key, text))
        return true;
    fail(EXIT_USAGE, "--secret: expected 32 hexadecimal digits, found '%s'", text);
    return false;
}

static bool take_tier(arguments *a, const char *text)
{
    a->tier = text;
    if (jail_tier_named(text) != JAIL_TIERS)
        return true;
    fail(EXIT_USAGE, "--tier: expected namespaces or landlock, found '%s'", text);
    return false;
}

static const struct option options[] = {
    { "course", required_argument, NULL, 'c' },    { "lesson", required_argument, NULL, 'l' },
    { "exercise", required_argument, NULL, 'e' },  { "out", required_argument, NULL, 'o' },
    { "call-seconds", required_argument, NULL, 'C' },
    { "exercise-seconds", required_argument, NULL, 'E' },
    { "jobs", required_argument, NULL, 'j' },      { "format", required_argument, NULL, 'f' },
    { "again", no_argument, NULL, 'a' },           { "no-gradebook", no_argument, NULL, 'n' },
    { "secret", required_argument, NULL, 's' },    { "tier", required_argument, NULL, 't' },
    { "practice", no_argument, NULL, 'p' },        { "hardware", no_argument, NULL, 'w' },
    { "gradebook", required_argument, NULL, 'g' }, { "self-test", no_argument, NULL, 'd' },
    { "list", no_argument, NULL, 'i' },            { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'v' },         { NULL, 0, NULL, 0 },
};

/* False if there is nothing more to do; *code is then the exit code. */
static bool take_option(arguments *a, int found, int *code)
{
    *code = EXIT_USAGE;
    switch (found) {
    case 'c': a->course = optarg; return true;
    case 'l': a->lesson = optarg; return true;
    case 'e': a->exercise = optarg; return true;
    case 'o': a->out = optarg; return true;
    case 'j': return take_jobs(a, optarg);
    case 'C': return take_seconds("call-seconds", optarg, &a->call_seconds);
    case 'E': return take_seconds("exercise-seconds", optarg, &a->exercise_seconds);
    case 'f': return take_formats(a, optarg);
    case 'a': return a->again = true;
    case 'n': return a->no_gradebook = true;
    case 's': return take_secret(a, optarg);
    case 't': return take_tier(a, optarg);
    case 'p': return a->practice = true;
    case 'w': return a->hardware = true;
    case 'g': a->gradebook = optarg; return true;
    case 'd': return a->self_test = true;
    case 'i': return a->list = true;
    case 'h':
        fputs(help_text, stdout);
        *code = EXIT_OK;
        return false;
    case 'v':
        printf("convlab %s\n", CONVLAB_VERSION);
        *code = EXIT_OK;
        return false;
    default: return false;
    }
}

static bool parse(arguments *a, int argc, char **argv, int *code)
{
    int found;

    opterr = 0;
    while ((found = getopt_long(argc, argv, ":", options, NULL)) != -1) {
        if (!take_option(a, found, code)) {
            if (found == '?' || found == ':')
                fail(EXIT_USAGE, "%s: %s (convlab grade --help lists them)", argv[optind - 1],
                     found == ':' ? "a value is missing"
                                  : "unknown option, or one that takes no value");
            return false;
        }
    }
    const int left = argc - optind;
    if (a->exercise && !a->lesson)
        *code = fail(EXIT_USAGE, "--exercise: expected a --lesson that it belongs to");
    else if (a->gradebook && (left > 0 || a->self_test || a->list))
        *code = fail(EXIT_USAGE, "--gradebook takes a folder of results and nothing else");
    else if (a->self_test && (left > 0 || a->list))
        *code = fail(EXIT_USAGE, "--self-test takes no submissions");
    else if (left == 0 && !a->gradebook && !a->self_test && !a->list)
        *code = fail(EXIT_USAGE, "no submission is named; convlab grade --help tells how");
    else
        return true;
    return false;
}

/* ---- Tiers ---- */

/* The one that was asked for, or the best. */
static int choose_tier(const arguments *a, jail_tier *tier, char why[WHY_BYTES])
{
    file_error error;

    *tier = jail_find(why, WHY_BYTES);
    if (!a->tier)
        return EXIT_OK;
    const jail_tier wanted = jail_tier_named(a->tier);
    if (wanted != *tier && wanted != JAIL_NONE && !jail_works(wanted, &error))
        return fail(EXIT_MISSING, "--tier %s does not work on this machine: %s", a->tier,
                    error.text);
    *tier = wanted;
    return EXIT_OK;
}

/* The same, for a grading: without a tier nothing is scored. */
static int choose_scored_tier(const arguments *a, jail_tier *tier)
{
    char why[WHY_BYTES] = "";

    const int code = choose_tier(a, tier, why);
    if (code != EXIT_OK || *tier != JAIL_NONE || a->practice)
        return code;
    if (a->tier)
        return fail(EXIT_USAGE, "--tier none: only with --practice, which scores nothing");
    return fail(EXIT_MISSING, "nothing here can hold untrusted code, so nothing is graded:\n%s\n"
                              "Install bubblewrap, or run as root where Landlock is on (Linux "
                              "5.13). --practice grades\nall the same, with every result stamped "
                              "\"unscored\": only for code that you trust.", why);
}

static int self_test(const arguments *a)
{
    char why[WHY_BYTES] = "";
    jail_tier tier;

    const int code = choose_tier(a, &tier, why);
    printf("tier: %s\n%s%s", jail_tier_name(tier), why, *why ? "\n" : "");
    if (code != EXIT_OK)
        return code;
    if (tier == JAIL_NONE)
        return fail(EXIT_MISSING, "nothing here can hold untrusted code: only --practice is left");
    fflush(stdout);
    const int open = jail_self_test(tier, stdout);
    if (open != 0)
        return fail(EXIT_BROKEN, "%d of these %s not denied in tier %s: do not grade here", open,
                    open == 1 ? "was" : "were", jail_tier_name(tier));
    printf("all of it is denied: submissions can be scored here, in tier %s\n",
           jail_tier_name(tier));
    return EXIT_OK;
}

/* ---- The course ---- */

static course all;
static policy policies[LESSON_MAX];

static int open_course(const arguments *a, const lesson **only)
{
    lesson_path root;
    file_error error;

    if (a->course && (!realpath(a->course, root) || setenv("CONVLAB_ROOT", root, 1) != 0))
        return fail(EXIT_INPUT, "--course: expected a folder, found '%s': %s", a->course,
                    strerror(errno));
    if (course_open(&all, &error) != STATUS_OK)
        return fail(EXIT_INPUT, "%s", error.text);
    *only = a->lesson ? course_find(&all, a->lesson) : NULL;
    if (a->lesson && !*only)
        return fail(EXIT_USAGE, "--lesson: %s has no lesson '%s'; convlab grade --list shows them",
                    all.root, a->lesson);
    if (a->exercise && !lesson_exercise(*only, a->exercise))
        return fail(EXIT_USAGE, "--exercise: lesson %s has no exercise '%s'", (*only)->name,
                    a->exercise);
    if (*all.complaint.text && !*only)          /* a lesson would be left out without a word */
        return fail(EXIT_INPUT, "%s", all.complaint.text);
    for (int i = 0; i < all.count; i++)
        if ((!*only || *only == &all.lessons[i]) &&
            (policy_open(&policies[i], &all.lessons[i], &error) != STATUS_OK ||
             policy_check(&policies[i], &all, &error) != STATUS_OK))
            return fail(EXIT_INPUT, "%s", error.text);
    return EXIT_OK;
}

static void close_course(void)
{
    for (int i = 0; i < all.count; i++)
        policy_close(&policies[i]);
    course_close(&all);
}

static int list_exercises(const lesson *only)
{
    int points = 0;

    printf("%-14s %-12s %-8s %6s  %s\n", "lesson", "exercise", "kind", "points", "file");
    for (int i = 0; i < all.count; i++) {
        const lesson *const l = &all.lessons[i];
        if (only && l != only)
            continue;
        for (int at = 0; at < l->exercise_count; at++)
            printf("%-14s %-12s %-8s %6d  %s/%s\n", l->name, l->exercises[at].name,
                   exercise_kind_name(l->exercises[at].kind), policies[i].exercise[at].points,
                   l->folder, l->exercises[at].file);
        points += policies[i].points;
    }
    printf("%d points in all\n", points);
    return EXIT_OK;
}

/* What each is called in the gradebook; for scripts that spread them over machines. */
static int list_submissions(const char *const *paths, int count)
{
    char id[SUBMISSION_ID_BYTES];
    file_error error;

    const status s = session_names(paths, count, &error);
    if (s != STATUS_OK)
        return fail(s == STATUS_VALUE ? EXIT_USAGE : EXIT_INPUT, "%s", error.text);
    for (int i = 0; i < count; i++) {
        submission_id(paths[i], id);
        printf("%s\t%s\n", id, paths[i]);
    }
    return EXIT_OK;
}

/* ---- Grading ---- */

static int report(const session_counts *c, const char *out, bool gradebook)
{
    printf("%d graded, %d already graded, %d unreadable, %d not graded", c->graded, c->kept,
           c->unreadable, c->broken);
    if (c->stopped_by) {
        printf(", %d left\n", c->left);
        fail(EXIT_SIGNAL, "stopped by signal %d; the same command goes on where it was",
             c->stopped_by);
        return EXIT_SIGNAL + c->stopped_by;
    }
    printf(gradebook ? "; %s/gradebook.csv\n" : "; %s\n", out);
    return c->broken ? EXIT_BROKEN : c->unreadable ? EXIT_INPUT : EXIT_OK;
}

/* As the worker sees it, outside of any jail. */
static bool gpu_works(const grade_programs *p)
{
    char *const argv[] = { (char *)p->worker_cuda, "--ready", NULL };
    const subprocess_result r = subprocess_run(argv, SUBPROCESS_OUTPUT, NULL, 30.0);
    const bool works = r.started && r.code == 0;

    if (!works)
        fail(EXIT_MISSING, "--hardware: %s; CUDA exercises run in the simulator without it",
             r.said && *r.said ? r.said : "convlab-worker-cuda does not run");
    free(r.said);
    return works;
}

static int grade(const arguments *a, const lesson *only, const char *const *paths, int count)
{
    static grade_programs programs;
    grade_settings g = { .course = &all, .policies = policies, .programs = &programs,
                         .hardware = a->hardware, .call_seconds = a->call_seconds,
                         .exercise_seconds = a->exercise_seconds };
    session_options o = { .paths = paths, .path_count = count, .out = a->out,
                          .formats = a->formats, .only = only, .exercise = a->exercise,
                          .secret = a->secret, .version = CONVLAB_VERSION,
                          .commit = CONVLAB_COMMIT, .jobs = a->jobs ? a->jobs : processors(),
                          .again = a->again, .gradebook = !a->no_gradebook,
                          .practice = a->practice };
    session_counts counts;
    file_error error;

    const int code = choose_scored_tier(a, &g.tier);
    if (code != EXIT_OK)
        return code;
    if (!grade_programs_find(&programs, &error))
        return fail(EXIT_MISSING, "%s", error.text);
    if (a->hardware && !*programs.worker_cuda)
        return fail(EXIT_MISSING, "--hardware: convlab-worker-cuda has not been built (make "
                                  "graders does it where nvcc is)");
    if (a->hardware && !grade_nvcc_find(programs.nvcc))
        return fail(EXIT_MISSING, "--hardware: nvcc is not in PATH");
    if (a->hardware && !gpu_works(&programs))
        return EXIT_MISSING;
    jail_sweep();
    const status s = session_run(&g, &o, &counts, &error);
    if (s != STATUS_OK)
        return fail(s == STATUS_VALUE ? EXIT_USAGE : EXIT_INPUT, "%s", error.text);
    return report(&counts, a->out, o.gradebook);
}

static int run(int argc, char **argv)
{
    arguments a = { .out = "graded", .formats = "all", .call_seconds = 5.0,
                    .exercise_seconds = 60.0 };
    const lesson *only = NULL;
    file_error error;
    int code;

    if (!parse(&a, argc, argv, &code))
        return code;
    const char *const *const paths = (const char *const *)argv + optind;
    const int count = argc - optind;
    if (a.self_test)
        return self_test(&a);
    if (a.gradebook)
        return gradebook_write(a.gradebook, &error) == STATUS_OK
                   ? EXIT_OK
                   : fail(EXIT_INPUT, "%s", error.text);
    if (a.list && count > 0)
        return list_submissions(paths, count);
    code = open_course(&a, &only);
    if (code == EXIT_OK)
        code = a.list ? list_exercises(only) : grade(&a, only, paths, count);
    close_course();
    return code;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--serve") == 0)
        remote_serve(argv[2]);
    signal(SIGPIPE, SIG_IGN);                   /* a closed pipe is a write error, told below */
    const int code = run(argc, argv);

    if (fflush(stdout) != 0 || ferror(stdout))
        return fail(code == EXIT_OK ? EXIT_INPUT : code, "cannot write to standard output: %s",
                    strerror(errno));
    return code;
}
