/* command_check.c: `convlab check`: every variant against the reference. */
#include "cli/cli.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check/check.h"
#include "kernels/core/device.h"

enum {
    DEFAULT_CASES = 100,
    NAME_BYTES = 64,
    TEXT_BYTES = 1024,
    HEAD_LINES = 3                      /* seed, space, names of the columns */
};

/* Where a row can run. */
typedef enum { PLACE_HOST, PLACE_CUSIM, PLACE_CUDA, PLACES } place;

static const char *const place_names[PLACES] = { "host", "cusim", "cuda" };

typedef struct {
    const check_concept *concept;       /* NULL: all */
    char variant[NAME_BYTES];           /* "": all */
    const char *pass;                   /* NULL: all */
    bool wanted[PLACES];
    bool checked;                       /* cusim with its checks */
    const char *shape;                  /* NULL: drawn */
    int param[CHECK_MAX_PARAMS];
    uint64_t seed;
    long cases;
} selection;

typedef struct {
    int passed, failed, skipped;        /* rows */
} totals;

static uint64_t fresh_seed(void)
{
    uint32_t bits;
    return getentropy(&bits, sizeof bits) == 0 ? bits : (uint64_t)time(NULL);
}

/* ---- What to run ---- */

/* Appends ", name" to a list. */
static void append(char *list, size_t size, const char *name)
{
    const size_t used = strlen(list);
    snprintf(list + used, size - used, "%s%s", used ? ", " : "", name);
}

/* CONCEPT or CONCEPT/VARIANT. */
static int select_target(const char *target, selection *s)
{
    char known[TEXT_BYTES] = "", name[NAME_BYTES];
    const size_t length = strcspn(target, "/");

    snprintf(name, sizeof name, "%.*s", (int)(length < NAME_BYTES ? length : NAME_BYTES), target);
    s->concept = check_concept_find(name);
    if (!s->concept) {
        for (const check_concept *const *c = check_concepts; *c; c++)
            append(known, sizeof known, (*c)->name);
        return cli_fail(&command_check, CLI_USAGE, "unknown concept '%s'; there are %s", name,
                        known);
    }
    if (!target[length])
        return CLI_OK;
    snprintf(s->variant, sizeof s->variant, "%s", target + length + 1);
    for (size_t i = 0; i < *s->concept->variant_count; i++) {
        const char *const row = check_variant_info(check_variant_row(s->concept, i))->name;
        if (strcmp(row, s->variant) == 0)
            return CLI_OK;
        append(known, sizeof known, row);
    }
    return cli_fail(&command_check, CLI_USAGE, "%s has no variant '%s'; there are %s", name,
                    s->variant, known);
}

/* True if this program can run the rows of that place itself. */
static bool is_here(place p, bool checked)
{
    switch (p) {
    case PLACE_HOST: return true;
    case PLACE_CUSIM: return device_kind_built() == DEVICE_CUSIM && device_checks() == checked;
    case PLACE_CUDA: return device_kind_built() == DEVICE_CUDA;
    case PLACES: break;
    }
    return false;
}

/* The program that does it otherwise. */
static const char *sibling_of(place p)
{
    return p == PLACE_CUDA ? "cuda" : "checked";
}

/* NULL if rows can run in that place, else what is missing. */
static const char *missing(place p, bool checked)
{
    static char why[TEXT_BYTES];

    if (p == PLACE_HOST)
        return NULL;
    if (is_here(p, checked))
        return device_missing();
    if (p == PLACE_CUDA && access("/dev/nvidiactl", F_OK) != 0)
        return "there is no GPU; --space cusim runs the same kernels in the simulator";
    if (p == PLACE_CUSIM && !checked)
        return "this program has no plain simulator; build/convlab has";
    return cli_sibling(sibling_of(p), why, sizeof why) ? NULL : why;
}

/* "host,cusim": all of them must be available. NULL: those that are. */
static int select_places(const char *list, selection *s)
{
    for (place p = 0; p < PLACES; p++)
        s->wanted[p] = !list && !missing(p, s->checked);
    while (list) {
        const size_t length = strcspn(list, ",");
        place p = 0;
        while (p < PLACES && !(strlen(place_names[p]) == length &&
                               memcmp(place_names[p], list, length) == 0))
            p++;
        if (p == PLACES)
            return cli_fail(&command_check, CLI_USAGE,
                            "--space: expected host, cusim or cuda, found '%.*s'",
                            (int)(length < TEXT_BYTES ? length : TEXT_BYTES), list);
        const char *const why = missing(p, s->checked);
        if (why)
            return cli_fail(&command_check, CLI_UNAVAILABLE, "--space %s: %s", place_names[p],
                            why);
        s->wanted[p] = true;
        list = list[length] ? list + length + 1 : NULL;
    }
    return CLI_OK;
}

static int select_pass(const char *pass, selection *s)
{
    char known[TEXT_BYTES] = "";

    s->pass = pass;
    for (const check_concept *const *c = check_concepts; pass && *c; c++) {
        if (s->concept && s->concept != *c)
            continue;
        for (int i = 0; i < (*c)->pass_count; i++) {
            if (strcmp((*c)->pass[i].name, pass) == 0)
                return CLI_OK;
            if (s->concept)
                append(known, sizeof known, (*c)->pass[i].name);
        }
    }
    if (!pass)
        return CLI_OK;
    if (!s->concept)
        return cli_fail(&command_check, CLI_USAGE, "--pass: no concept has a pass '%s'", pass);
    return cli_fail(&command_check, CLI_USAGE, "--pass: %s has no pass '%s'; there are %s",
                    s->concept->name, pass, known);
}

static int select_shape(const char *text, selection *s)
{
    char message[TEXT_BYTES];

    s->shape = text;
    if (!text)
        return CLI_OK;
    if (!s->concept)
        return cli_fail(&command_check, CLI_USAGE, "--shape needs a concept to belong to");
    if (!check_parse_shape(s->concept, text, s->param, message, sizeof message))
        return cli_fail(&command_check, CLI_USAGE, "--shape: %s", message);
    const status verdict = check_verdict(s->concept, s->param);
    if (verdict == STATUS_OK)
        return CLI_OK;
    check_format_shape(s->concept, s->param, message, sizeof message);
    return cli_fail(&command_check, CLI_USAGE, "--shape: %s: %s: %s", s->concept->name,
                    verdict == STATUS_MEMORY ? "larger than a check may be (1 GiB)"
                                             : status_string(verdict), message);
}

/* ---- Running and telling ---- */

static void print_failure(const check_concept *c, const void *row, int pass,
                          const check_result *result)
{
    char text[TEXT_BYTES];

    check_describe_case(&result->failure, text, sizeof text);
    printf("    %s\n", text);
    if (result->failure.outcome == CHECK_NO_PROBLEM)
        return;
    check_format_shape(c, result->param, text, sizeof text);
    printf("    smallest failing shape: %s\n", text);
    check_format_replay(c, row, pass, result, text, sizeof text);
    printf("    replay: %s\n", text);
}

static void print_row(const check_concept *c, const variant_info *info, int pass,
                      const char *verdict, const char *color, const char *rest)
{
    printf("%-12s %-20s %-18s %s%-7s%s %s\n", c->name, c->pass[pass].name, info->name,
           cli_color(color), verdict, cli_color("\033[0m"), rest);
}

static void run_row(const selection *s, const check_concept *c, const void *row, int pass,
                    totals *sum)
{
    const variant_info *const info = check_variant_info(row);
    check_result result;
    char rest[TEXT_BYTES];

    if (s->shape)
        check_variant_at(c, row, pass, s->param, s->seed, s->cases, &result);
    else
        check_variant(c, row, pass, s->seed, s->cases, &result);
    snprintf(rest, sizeof rest, "%7ld %8ld %9.3g%s%s", result.passed, result.skipped, result.worst,
             result.failed ? "  " : "",
             result.failed ? check_outcome_name(result.failure.outcome) : "");
    if (result.failed) {
        sum->failed++;
        print_row(c, info, pass, "FAILED", "\033[31m", rest);
        print_failure(c, row, pass, &result);
    } else if (result.passed == 0) {
        sum->skipped++;
        snprintf(rest, sizeof rest, "%7ld %8ld           no shape that this variant supports",
                 result.passed, result.skipped);
        print_row(c, info, pass, "skipped", "\033[33m", rest);
    } else {
        sum->passed++;
        print_row(c, info, pass, "passed", "\033[32m", rest);
    }
    fflush(stdout);
}

static bool is_chosen(const selection *s, const variant_info *info, variant_space space)
{
    return info->space == space && (!*s->variant || strcmp(info->name, s->variant) == 0);
}

/* All chosen rows of one space. */
static void run_here(const selection *s, variant_space space, totals *sum)
{
    for (const check_concept *const *c = check_concepts; *c; c++) {
        if (s->concept && s->concept != *c)
            continue;
        for (int pass = 0; pass < (*c)->pass_count; pass++) {
            if (s->pass && strcmp((*c)->pass[pass].name, s->pass) != 0)
                continue;
            for (size_t i = 0; i < *(*c)->variant_count; i++) {
                const void *const row = check_variant_row(*c, i);
                if (is_chosen(s, check_variant_info(row), space))
                    run_row(s, *c, row, pass, sum);
            }
        }
    }
}

/* The same in the other program; its rows are passed on, its sum is added. */
static void run_elsewhere(const selection *s, place p, totals *sum)
{
    char path[TEXT_BYTES], target[2 * NAME_BYTES], seed[NAME_BYTES], cases[NAME_BYTES];
    char line[2 * TEXT_BYTES];
    totals theirs = { 0 };
    bool finished = false;
    char *arguments[20];
    int count = 0, end = 0;
    pid_t child = 0;

    (void)cli_sibling(sibling_of(p), path, sizeof path);
    snprintf(target, sizeof target, "%s%s%s", s->concept ? s->concept->name : "",
             *s->variant ? "/" : "", s->variant);
    snprintf(seed, sizeof seed, "--seed=%" PRIu64, s->seed);
    snprintf(cases, sizeof cases, "--cases=%ld", s->cases);
    char *const options[] = { path, "check", "--space", (char *)place_names[p], seed, cases,
                              s->checked ? "--checked" : NULL, s->concept ? target : NULL,
                              s->pass ? "--pass" : NULL, (char *)s->pass,
                              s->shape ? "--shape" : NULL, (char *)s->shape };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (options[i])
            arguments[count++] = options[i];
    arguments[count] = NULL;

    fflush(stdout);
    FILE *const output = cli_open_program(arguments, &child);
    for (int number = 0; output && fgets(line, sizeof line, output); number++) {
        finished = sscanf(line, "%d passed, %d failed, %d skipped", &theirs.passed,
                          &theirs.failed, &theirs.skipped) == 3;
        if (!finished && number >= HEAD_LINES)
            fputs(line, stdout);
    }
    if (output) {
        fclose(output);
        waitpid(child, &end, 0);
    }
    if (!finished) {
        printf("    %s ended before it was done (%s %d)\n", path,
               WIFSIGNALED(end) ? "signal" : "exit code",
               WIFSIGNALED(end) ? WTERMSIG(end) : WEXITSTATUS(end));
        theirs.failed++;
    }
    sum->passed += theirs.passed;
    sum->failed += theirs.failed;
    sum->skipped += theirs.skipped;
}

static totals run_selection(const selection *s)
{
    totals sum = { 0 };

    for (place p = 0; p < PLACES; p++) {
        if (!s->wanted[p])
            continue;
        printf("space %s%s\n", place_names[p], p == PLACE_CUSIM && s->checked ? ", checked" : "");
        if (is_here(p, s->checked))
            run_here(s, p == PLACE_HOST ? SPACE_HOST : SPACE_CUDA, &sum);
        else
            run_elsewhere(s, p, &sum);
    }
    return sum;
}

static int run(int argc, char **argv)
{
    const char *space = NULL, *shape = NULL, *pass = NULL, *target = NULL;
    selection s = { .seed = fresh_seed() };
    int cases = 0, targets, code;
    const cli_option options[] = {
        { "space", CLI_TEXT, &space, "LIST", "host, cusim, cuda (default: all there are)", 0, 0 },
        { "checked", CLI_FLAG, &s.checked, NULL, "cusim looks for races, stray accesses, ...", 0,
          0 },
        { "seed", CLI_UINT64, &s.seed, "N", "draws the problems (default: a new one)", 0, 0 },
        { "cases", CLI_INT, &cases, "N", "problems per row (default: 100; 1 with --shape)", 1,
          INT_MAX },
        { "shape", CLI_TEXT, &shape, "S", "this shape only, as in n=1,c=3; the rest is simplest",
          0, 0 },
        { "pass", CLI_TEXT, &pass, "P", "this pass only", 0, 0 },
        { NULL, CLI_FLAG, NULL, NULL, NULL, 0, 0 },
    };

    if (!cli_parse(&command_check, options, argc, argv, 0, 1, &target, &targets, &code))
        return code;
    if ((targets && (code = select_target(target, &s))) || (code = select_places(space, &s)) ||
        (code = select_pass(pass, &s)) || (code = select_shape(shape, &s)))
        return code;
    s.cases = cases ? cases : shape ? 1 : DEFAULT_CASES;
    printf("seed %llu\n", (unsigned long long)s.seed);
    printf("%-12s %-20s %-18s %-7s %7s %8s %9s\n", "concept", "pass", "variant", "verdict", "cases",
           "skipped", "worst");
    const totals sum = run_selection(&s);
    printf("%d passed, %d failed, %d skipped\n", sum.passed, sum.failed, sum.skipped);
    return sum.failed ? CLI_FAILED : CLI_OK;
}

const cli_command command_check = {
    .name = "check",
    .synopsis = "[CONCEPT[/VARIANT]] [--space LIST] [--checked] [--seed N] [--cases N] [--shape S] "
                "[--pass P]",
    .summary = "hold every kernel against the double-precision reference",
    .details = "Each row is one concept, pass and variant, run on problems drawn from the seed: on "
               "the host with\n1, 2 and 4 threads, on the device (a GPU: cuda; the simulator: "
               "cusim) twice. 'worst' is the largest error as a fraction of what float "
               "arithmetic allows;\nmore than 1 fails. A failure is shrunk and told with the "
               "command that replays it.",
    .run = run,
};
