/* bench_main.c: `convlab-bench`: measures every row of every table, beside peers and ceilings. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench_device.h"
#include "bench/bench_entries.h"
#include "bench/compare.h"
#include "bench/gbench.h"
#include "bench/bench_machine.h"
#include "bench/peer.h"
#include "bench/processes.h"
#include "bench/self_test.h"
#include "bench/step_bench.h"
#include "kernels/core/device.h"

enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_INPUT, EXIT_MISSING };

static const char help_text[] =
    "usage: convlab-bench [options]\n"
    "\n"
    "Times every row of every concept against the others, its peers and this machine's measured\n"
    "ceilings. Outputs are held against the reference before, and compared again after.\n"
    "\n"
    "  --quick              one or two shapes of each concept, in less than a minute\n"
    "  --concept NAME       only this concept, and the ceilings\n"
    "  --warm, --cold       only with warm, only with cold caches (default: both)\n"
    "  --threads N          threads (default: all cores)\n"
    "  --isa SET            base, avx2 or avx512 (default: the best)\n"
    "  --space host|cuda    where rows run (default: cuda where there is a GPU, else host)\n"
    "  --budget SECONDS     for each group of rows that are compared (default: 0.3; quick: 0.1)\n"
    "  --patience TIMES     up to so many times the budget while the group's A/A row is noisier\n"
    "                       than the margin (default: 3; with --self-test: 20)\n"
    "  --slowest SECONDS    leave out rows of which one call takes longer (default: 1.5)\n"
    "  --ceilings SECONDS   for measuring the ceilings (default: 12; quick: 4); 0: no roofs\n"
    "  --no-steps           leave out the networks' training steps\n"
    "  --processes N        measure what is quick, warm, in N more processes, and note how much\n"
    "                       they differ (default: 0); with --compare: in how many processes rows\n"
    "                       that look changed are measured again (default: 5)\n"
    "  --compare BASE.json  then compare with the results in that file: exit code 1 if a row\n"
    "                       became slower that is not noise\n"
    "  --with NEW.json      compare with BASE.json these results; measure nothing\n"
    "  --margin X           a change that counts (default: 0.02)\n"
    "  --force              compare even if BASE.json is from another machine\n"
    "  --self-test[=RUNS]   does the method hold here? A/A intervals that contain 1, a planted\n"
    "                       slow-down of 5 % that is found, no difference where none is\n"
    "  --help, --version\n"
    "\n"
    "and those of Google Benchmark, of which the most useful are\n"
    "  --benchmark_filter=REGEX       rows whose name matches; -REGEX: all others\n"
    "  --benchmark_list_tests         names only\n"
    "  --benchmark_out=FILE           results as JSON, for make report and --compare\n"
    "  --benchmark_repetitions=N      measure each group N times\n"
    "  --benchmark_format=json|csv    on stdout, instead of the table\n"
    "\n"
    "The table: time of a call; GFLOP/s, or GB/s of what does none; share of the roof that binds;\n"
    "time / time of the group's base row with a 95 % interval; verdict. `control` is the base row\n"
    "once more (A/A): its interval shows the noise. Exit codes: 0 success, 1 a wrong output or a\n"
    "regression, 2 wrong usage, 3 a file cannot be used or written, 4 no such device.\n";

typedef struct {
    entries_options entries;
    bool steps, force;
    int self_test_runs;             /* 0: none */
    int processes;                  /* 0: not given */
    const char *base, *with, *space, *isa;
    double margin;
    char live[PATH_MAX];            /* file for --compare without --benchmark_out */
} settings;

static int complain(int code, const char *format, const char *a, const char *b)
{
    fprintf(stderr, "convlab-bench: ");
    fprintf(stderr, format, a, b);
    fputc('\n', stderr);
    return code;
}

/* ---- Options ---- */

static bool take_number(const char *option, const char *text, double low, double high,
                        double *value)
{
    char *end;
    char range[80];

    errno = 0;
    *value = strtod(text, &end);
    if (end != text && !*end && !errno && *value >= low && *value <= high)
        return true;
    snprintf(range, sizeof range, "--%s: expected %g to %g, found '%%s'%%s", option, low, high);
    complain(EXIT_USAGE, range, text, "");
    return false;
}

static bool take_count(const char *option, const char *text, int *value)
{
    double number;

    if (!take_number(option, text, 1.0, 1024.0, &number))
        return false;
    *value = (int)number;
    return *value == number || complain(EXIT_USAGE, "--%s: expected a whole number, found '%s'",
                                        option, text) == 0;
}

enum {
    OPTION_QUICK = 256, OPTION_CONCEPT, OPTION_WARM, OPTION_COLD, OPTION_THREADS, OPTION_ISA,
    OPTION_SPACE, OPTION_BUDGET, OPTION_PATIENCE, OPTION_SLOWEST, OPTION_CEILINGS, OPTION_NO_STEPS,
    OPTION_COMPARE, OPTION_WITH, OPTION_PROCESSES, OPTION_MARGIN, OPTION_FORCE, OPTION_SELF_TEST
};

static const struct option options[] = {
    { "quick", no_argument, NULL, OPTION_QUICK },
    { "concept", required_argument, NULL, OPTION_CONCEPT },
    { "warm", no_argument, NULL, OPTION_WARM },
    { "cold", no_argument, NULL, OPTION_COLD },
    { "threads", required_argument, NULL, OPTION_THREADS },
    { "isa", required_argument, NULL, OPTION_ISA },
    { "space", required_argument, NULL, OPTION_SPACE },
    { "budget", required_argument, NULL, OPTION_BUDGET },
    { "patience", required_argument, NULL, OPTION_PATIENCE },
    { "slowest", required_argument, NULL, OPTION_SLOWEST },
    { "ceilings", required_argument, NULL, OPTION_CEILINGS },
    { "no-steps", no_argument, NULL, OPTION_NO_STEPS },
    { "compare", required_argument, NULL, OPTION_COMPARE },
    { "with", required_argument, NULL, OPTION_WITH },
    { "processes", required_argument, NULL, OPTION_PROCESSES },
    { "margin", required_argument, NULL, OPTION_MARGIN },
    { "force", no_argument, NULL, OPTION_FORCE },
    { "self-test", optional_argument, NULL, OPTION_SELF_TEST },
    { NULL, 0, NULL, 0 },
};

/* One option; false after a complaint. */
static bool take_option(int option, settings *s)
{
    group_options *const group = &s->entries.group;

    switch (option) {
    case OPTION_QUICK: return s->entries.quick = true;
    case OPTION_CONCEPT: s->entries.concept = optarg; return true;
    case OPTION_WARM: return s->entries.warm = true;
    case OPTION_COLD: return s->entries.cold = true;
    case OPTION_THREADS: return take_count("threads", optarg, &group->threads);
    case OPTION_ISA: s->isa = optarg; return true;
    case OPTION_SPACE: s->space = optarg; return true;
    case OPTION_BUDGET: return take_number("budget", optarg, 0.001, 3600.0, &group->seconds);
    case OPTION_PATIENCE: return take_number("patience", optarg, 1.0, 1000.0, &group->patience);
    case OPTION_SLOWEST: return take_number("slowest", optarg, 1e-6, 3600.0, &group->slowest);
    case OPTION_CEILINGS:
        return take_number("ceilings", optarg, 0.0, 3600.0, &s->entries.ceiling_seconds);
    case OPTION_NO_STEPS: s->steps = false; return true;
    case OPTION_COMPARE: s->base = optarg; return true;
    case OPTION_WITH: s->with = optarg; return true;
    case OPTION_PROCESSES: return take_count("processes", optarg, &s->processes);
    case OPTION_MARGIN: return take_number("margin", optarg, 0.0, 1.0, &s->margin);
    case OPTION_FORCE: return s->force = true;
    case OPTION_SELF_TEST:
        s->self_test_runs = 20;
        return !optarg || take_count("self-test", optarg, &s->self_test_runs);
    default: return false;          /* getopt has complained */
    }
}

/* What was not given. */
static void choose_defaults(settings *s)
{
    entries_options *const e = &s->entries;
    size_t caches[4] = { 0 }, last = 0;

    if (!e->warm && !e->cold)
        e->warm = e->cold = true;
    if (e->group.seconds == 0.0)
        e->group.seconds = e->quick ? 0.1 : 0.3;
    if (e->group.patience == 0.0)
        e->group.patience = s->self_test_runs > 0 ? 20.0 : 3.0;
    if (e->ceiling_seconds < 0.0)
        e->ceiling_seconds = e->quick ? 4.0 : 12.0;
    ceiling_caches(caches);
    for (int i = 0; i < 3; i++)
        last = caches[i] > last ? caches[i] : last;
    if (last == 0)
        last = (size_t)32 << 20;    /* unknown: most are smaller */
    e->group.cold_bytes = last + last / 4;
    e->group.margin = s->margin;
}

static int choose_space(settings *s)
{
    const bool gpu = device_kind_built() == DEVICE_CUDA && !device_missing();
    entries_options *const e = &s->entries;

    if (!s->space)
        s->space = gpu ? "cuda" : "host";
    e->host = strcmp(s->space, "host") == 0;
    e->device = strcmp(s->space, "cuda") == 0;
    if (!e->host && !e->device)
        return complain(EXIT_USAGE, "--space: expected host or cuda, found '%s'%s", s->space, "");
    if (e->device && !gpu) {
        const char *const why = bench_device_missing();
        return complain(EXIT_MISSING, "--space cuda: %s%s", why ? why : "there is no GPU", "");
    }
    if (e->device) {
        e->group.cold_bytes = bench_device_cache_bytes();
        e->group.cold_bytes += e->group.cold_bytes / 4;
    }
    return EXIT_OK;
}

static int choose_isa(const char *name)
{
    for (int set = 0; name && set < ISA_COUNT; set++)
        if (strcmp(name, isa_name((isa)set)) == 0)
            return cpu_isa_force((isa)set)
                       ? EXIT_OK
                       : complain(EXIT_MISSING, "--isa %s: this processor lacks it%s", name, "");
    return name ? complain(EXIT_USAGE, "--isa: expected base, avx2 or avx512, found '%s'%s", name,
                           "")
                : EXIT_OK;
}

static int check_settings(settings *s)
{
    if (s->entries.concept && !check_concept_find(s->entries.concept)) {
        char known[600] = "";
        for (const check_concept *const *c = check_concepts; *c; c++) {
            const size_t used = strlen(known);
            snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", (*c)->name);
        }
        return complain(EXIT_USAGE, "--concept: unknown concept '%s'; there are %s",
                        s->entries.concept, known);
    }
    if (s->with && !s->base)
        return complain(EXIT_USAGE, "--with %s: needs --compare BASE.json%s", s->with, "");
    const int code = choose_isa(s->isa);
    return code ? code : choose_space(s);
}

/* EXIT_OK, or the exit code after a complaint. */
static int parse(int argc, char **argv, settings *s)
{
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!take_option(option, s))
            return EXIT_USAGE;
    if (optind < argc)
        return complain(EXIT_USAGE, "expected options, found '%s'%s", argv[optind], "");
    const int code = check_settings(s);
    if (code == EXIT_OK)
        choose_defaults(s);
    return code;
}

/* ---- Running ---- */

static volatile int stopped;

static void stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
    entries_stop();
}

static void report_context(const settings *s, int argc, char **argv)
{
    const int threads = s->entries.group.threads;
    char line[600] = "", cold[32];
    machine_facts facts;
    const char *how;

    machine_look(&facts, threads, s->entries.device ? device_name() : NULL);
    machine_report(&facts, threads, argc, argv);
    for (size_t i = 0; peer_library(i); i++) {
        const size_t used = strlen(line);
        snprintf(line + used, sizeof line - used, "%s%s", used ? "; " : "", peer_library(i));
    }
    gbench_context("peers", *line ? line : "none");
    for (size_t i = 0; peer_missing(i, &how); i++) {
        fprintf(stderr, "no %s: %s\n", peer_missing(i, &how), how);
        gbench_context(peer_missing(i, &how), how);
    }
    snprintf(cold, sizeof cold, "%zu", s->entries.group.cold_bytes);
    gbench_context("cold_bytes", cold);
    gbench_context("space", s->space);
    if (s->entries.table && !gbench_lists())
        printf("%s; %s\n%d threads on %d cores (%s); load average %s; peers: %s\n\n", facts.cpu,
               facts.caches, threads, facts.cores, isa_name(cpu_isa()), facts.load,
               *line ? line : "none");
    if (threads > facts.cores)
        fprintf(stderr, "convlab-bench: %d threads on %d cores: they wait for each other\n",
                threads, facts.cores);
}

static void print_totals(FILE *out)
{
    const entries_totals *const t = entries_count();

    fprintf(out, "\n%d rows measured, %d skipped", t->measured, t->skipped);
    for (int v = 0; v < 4; v++)
        fprintf(out, ", %d %s", t->verdicts[v], measure_verdict_name((measure_verdict)v));
    fprintf(out, "\n");
    if (t->controls > 0)
        fprintf(out, "A/A: the interval contains 1 in %d of %d groups; widest +-%.1f %%\n",
                t->controls_right, t->controls, 100.0 * t->control_width);
    if (t->invalid > 0)
        fprintf(out, "%d INVALID: faster than their roofs, so the roofs were measured too low (was "
                     "the machine busy?) or the time is wrong\n", t->invalid);
    if (t->wrong > 0)
        fprintf(out, "%d rows of ours gave a WRONG output\n", t->wrong);
}

static compare_options comparing(const settings *s)
{
    compare_options how = compare_options_default();

    how.margin = s->margin;
    how.force = s->force;
    how.processes = s->processes > 0 ? s->processes : how.processes;
    return how;
}

/* ---- Fresh processes ---- */

enum { PROCESS_ARGUMENTS = 16, PROCESS_BYTES = 64 };
static const double PROCESS_BUDGET = 0.25;      /* of a group's budget, in each process */
static const double PROCESS_SLOWEST = 0.02;     /* s of a call, for --processes: what takes longer
                                                   moves more than luck with a few pages decides */

/* What a fresh process is told, so that it measures as we do. */
typedef struct {
    const char *argument[PROCESS_ARGUMENTS];
    char text[PROCESS_ARGUMENTS][PROCESS_BYTES];
    int count;
} orders;

static __attribute__((format(printf, 2, 3))) void order(orders *o, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vsnprintf(o->text[o->count], PROCESS_BYTES, format, list);
    va_end(list);
    o->argument[o->count] = o->text[o->count];
    o->count++;
}

static void give_orders(const settings *s, orders *o)
{
    const group_options *const group = &s->entries.group;

    *o = (orders){ .count = 0 };
    order(o, "--threads=%d", group->threads);
    order(o, "--isa=%s", isa_name(cpu_isa()));
    order(o, "--space=%s", s->space);
    order(o, "--budget=%g", fmax(PROCESS_BUDGET * group->seconds, 0.001));
    order(o, "--patience=%g", group->patience);
    order(o, "--ceilings=0");
    order(o, "--no-steps");
    if (s->entries.quick)
        order(o, "--quick");
    if (s->entries.concept)
        order(o, "--concept=%s", s->entries.concept);
}

/* The rows' yards in one fresh process; NAN where it has none. */
static bool measure_again(void *context, const char *const *names, size_t count, double *yards)
{
    const settings *const s = context;
    char *const filter = processes_filter(names, count);
    file_error error;
    result_file f;
    orders o;

    if (stopped || !filter) {
        free(filter);
        return false;
    }
    fprintf(stderr, "once more in a fresh process: %zu rows that look changed\n", count);
    give_orders(s, &o);
    order(&o, "--slowest=%g", s->entries.group.slowest);
    o.argument[o.count] = filter;
    const bool good = process_measure(o.argument, &f, &error);
    for (size_t i = 0; i < count; i++) {
        yards[i] = NAN;
        for (size_t k = 0; k < f.count; k++)
            if (strcmp(f.results[k].name, names[i]) == 0 && !*f.results[k].skipped)
                yards[i] = f.results[k].yard;
    }
    if (!good)
        complain(EXIT_INPUT, "%s%s", error.text, "");
    result_free(&f);
    free(filter);
    return good;
}

/* How much processes differ, into the file of the results. */
static int add_processes(const settings *s, char **argv, const char *out)
{
    static const char filter[] = "--benchmark_filter=";
    file_error error;
    orders o;

    give_orders(s, &o);
    order(&o, "--warm");
    order(&o, "--slowest=%g", PROCESS_SLOWEST);
    for (char **a = argv; *a; a++)
        if (strncmp(*a, filter, sizeof filter - 1) == 0)
            o.argument[o.count] = *a;
    return processes_add(out, o.argument, s->processes, &stopped,
                         s->entries.table ? stderr : NULL, &error)
               ? EXIT_OK
               : complain(EXIT_INPUT, "%s%s", error.text, "");
}

static int measure_all(settings *s, int argc, char **argv, const char *out)
{
    const struct sigaction interrupt = { .sa_handler = stop, .sa_flags = (int)SA_RESETHAND };
    int code = EXIT_OK;

    report_context(s, argc, argv);
    if (!entries_register(&s->entries))
        return complain(EXIT_INPUT, "out of memory%s%s", "", "");
    if (s->steps && s->entries.host && !s->entries.concept)
        step_bench_register(&(step_bench_options){ .threads = s->entries.group.threads,
                                                   .quick = s->entries.quick,
                                                   .table = s->entries.table });
    sigaction(SIGINT, &interrupt, NULL);
    const size_t count = gbench_run();
    if (gbench_failure())
        return complain(EXIT_INPUT, "cannot write the results: %s%s", gbench_failure(), "");
    if (count == 0)
        return EXIT_USAGE;          /* the library has complained */
    if (gbench_lists())
        return EXIT_OK;
    if (s->entries.table)
        print_totals(s->entries.table);
    if (s->processes > 0 && !s->base && out)
        code = add_processes(s, argv, out);
    if (s->base) {
        compare_options how = comparing(s);
        how.again = measure_again;
        how.context = s;
        code = compare_files(s->base, out, &how, s->entries.table ? stdout : stderr);
    }
    return code ? code : entries_count()->wrong > 0 ? EXIT_FAILED : EXIT_OK;
}

/* A comparison needs a file of the results; without --benchmark_out one of ours. */
static const char *choose_out(settings *s)
{
    if (s->base && !gbench_out(NULL)) {
        const char *const folder = getenv("TMPDIR");
        snprintf(s->live, sizeof s->live, "%s/convlab-bench-XXXXXX",
                 folder && *folder ? folder : "/tmp");
        const int descriptor = mkstemp(s->live);
        if (descriptor >= 0)
            close(descriptor);
        return gbench_out(descriptor >= 0 ? s->live : NULL);
    }
    return gbench_out(NULL);
}

static bool wants(int argc, char **argv, const char *option)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], option) == 0)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    settings s = { .steps = true, .margin = 0.02,
                   .entries = { .ceiling_seconds = -1.0,
                                .group = { .threads = omp_get_max_threads(), .slowest = 1.5 } } };
    const int given = argc;
    int code;

    peer_start(argv);
    if (wants(argc, argv, "--help") || wants(argc, argv, "--version")) {
        fputs(wants(argc, argv, "--help") ? help_text : "convlab-bench " CONVLAB_VERSION "\n",
              stdout);
        return EXIT_OK;
    }
    char **const command = malloc(((size_t)argc + 1) * sizeof *command);
    if (!command)
        return complain(EXIT_INPUT, "out of memory%s%s", "", "");
    memcpy(command, argv, ((size_t)argc + 1) * sizeof *command);     /* with the NULL behind */
    gbench_quiet();
    if (!gbench_initialise(&argc, argv)) {
        free(command);
        return EXIT_USAGE;
    }
    code = parse(argc, argv, &s);
    s.entries.table = gbench_is_quiet() && !gbench_lists() ? stdout : NULL;
    if (code == EXIT_OK && s.with) {
        const compare_options how = comparing(&s);
        code = compare_files(s.base, s.with, &how, stdout);
    } else if (code == EXIT_OK && s.self_test_runs > 0) {
        code = self_test(s.self_test_runs, &s.entries.group, stdout);
    } else if (code == EXIT_OK) {
        code = measure_all(&s, given, command, choose_out(&s));
    }
    if (*s.live)
        unlink(s.live);
    entries_close();
    gbench_shutdown();
    free(command);
    if (fflush(stdout) != 0 || ferror(stdout))
        return complain(EXIT_INPUT, "cannot write to stdout: %s%s", strerror(errno), "");
    return code;
}
