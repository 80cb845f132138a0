/* command_check.c: `convlab check`: every variant against the reference. */
#include "cli/cli.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check/check.h"

enum { DEFAULT_CASES = 100, NAME_BYTES = 64, TEXT_BYTES = 1024 };

/* Where a row can run. */
typedef struct {
    const char *name;
    variant_space space;
    const char *missing;        /* why it is not available; NULL where it is */
} place;

static const place places[] = {
    { "host", SPACE_HOST, NULL },
    { "cusim", SPACE_CUDA, "this build has no CUDA variants and no cusim to run them" },
    { "cuda", SPACE_CUDA, "this build has no CUDA variants" },
};
enum { PLACES = sizeof places / sizeof places[0] };

typedef struct {
    const check_concept *concept;       /* NULL: all */
    char variant[NAME_BYTES];           /* "": all */
    const char *pass;                   /* NULL: all */
    bool wanted[PLACES];
    bool all_places;                    /* no --space: what cannot run here is told as skipped */
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

/* "host,cusim": all of them must be available. */
static int select_places(const char *list, selection *s)
{
    s->all_places = !list;
    for (int i = 0; i < PLACES; i++)
        s->wanted[i] = !list && !places[i].missing;
    while (list) {
        const size_t length = strcspn(list, ",");
        int i = 0;
        while (i < PLACES && !(strlen(places[i].name) == length &&
                               memcmp(places[i].name, list, length) == 0))
            i++;
        if (i == PLACES)
            return cli_fail(&command_check, CLI_USAGE,
                            "--space: expected host, cusim or cuda, found '%.*s'",
                            (int)(length < TEXT_BYTES ? length : TEXT_BYTES), list);
        if (places[i].missing)
            return cli_fail(&command_check, CLI_UNAVAILABLE, "--space %s: %s", places[i].name,
                            places[i].missing);
        s->wanted[i] = true;
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
    printf("%-12s %-20s %-10s %s%-7s%s %s\n", c->name, c->pass[pass].name, info->name,
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

/* True if the row is to run; notes it as skipped where that is worth a line. */
static bool can_run(const selection *s, const check_concept *c, const variant_info *info, int pass,
                    totals *sum)
{
    for (int i = 0; i < PLACES; i++)
        if (s->wanted[i] && places[i].space == info->space)
            return true;
    if (s->all_places) {
        sum->skipped++;
        print_row(c, info, pass, "skipped", "\033[33m", "needs a GPU or cusim");
    }
    return false;
}

static totals run_selection(const selection *s)
{
    totals sum = { 0 };

    for (const check_concept *const *c = check_concepts; *c; c++) {
        if (s->concept && s->concept != *c)
            continue;
        for (int pass = 0; pass < (*c)->pass_count; pass++) {
            if (s->pass && strcmp((*c)->pass[pass].name, s->pass) != 0)
                continue;
            for (size_t i = 0; i < *(*c)->variant_count; i++) {
                const void *const row = check_variant_row(*c, i);
                const variant_info *const info = check_variant_info(row);
                if (!*s->variant || strcmp(info->name, s->variant) == 0)
                    if (can_run(s, *c, info, pass, &sum))
                        run_row(s, *c, row, pass, &sum);
            }
        }
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
    printf("%-12s %-20s %-10s %-7s %7s %8s %9s\n", "concept", "pass", "variant", "verdict", "cases",
           "skipped", "worst");
    const totals sum = run_selection(&s);
    printf("%d passed, %d failed, %d skipped\n", sum.passed, sum.failed, sum.skipped);
    return sum.failed ? CLI_FAILED : CLI_OK;
}

const cli_command command_check = {
    .name = "check",
    .synopsis = "[CONCEPT[/VARIANT]] [--space LIST] [--seed N] [--cases N] [--shape S] [--pass P]",
    .summary = "hold every kernel against the double-precision reference",
    .details = "Each row is one concept, pass and variant, run with 1, 2 and 4 threads on problems "
               "drawn\nfrom the seed. 'worst' is the largest error as a fraction of what float "
               "arithmetic allows;\nmore than 1 fails. A failure is shrunk and told with the "
               "command that replays it.",
    .run = run,
};
