/* cli.c: options over getopt_long, help, and complaints. */
#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <omp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernels/core/cpu.h"

enum { MAX_OPTIONS = 32, MAX_THREADS = 1024 };

/* What every command has beside its own options. */
static int threads;
static const char *isa_text;
static bool help;

static const cli_option common_options[] = {
    { "threads", CLI_INT, &threads, "N", "OpenMP threads (default: all cores)", 1, MAX_THREADS },
    { "isa", CLI_TEXT, &isa_text, "SET", "base, avx2 or avx512 (default: the best)", 0, 0 },
    { "help", CLI_FLAG, &help, NULL, "this text", 0, 0 },
};
enum { COMMON_OPTIONS = 3 };

int cli_fail(const cli_command *command, int code, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "convlab %s: ", command->name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return code;
}

bool cli_is_terminal(void)
{
    const char *const term = getenv("TERM");
    return isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
}

const char *cli_color(const char *escape)
{
    const char *const no_color = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && !(no_color && *no_color) ? escape : "";
}

static void print_option(const cli_option *o)
{
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s", o->name, o->argument ? " " : "",
             o->argument ? o->argument : "");
    printf("  %-24s %s\n", left, o->help);
}

static void print_help(const cli_command *command, const cli_option *options)
{
    printf("usage: convlab %s %s\n\n%s\n", command->name, command->synopsis, command->summary);
    if (command->details)
        printf("\n%s\n", command->details);
    printf("\noptions:\n");
    for (const cli_option *o = options; o->name; o++)
        if (o->help)
            print_option(o);
    for (int i = 0; i < COMMON_OPTIONS; i++)
        print_option(&common_options[i]);
}

static bool store_integer(const cli_option *o, const char *text)
{
    char *end;
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    if (end == text || *end || errno || (double)value < o->low || (double)value > o->high)
        return false;
    *(int *)o->target = (int)value;
    return true;
}

static bool store_double(const cli_option *o, const char *text)
{
    char *end;
    const double value = strtod(text, &end);
    if (end == text || *end || !(value >= o->low && value <= o->high))
        return false;
    *(double *)o->target = value;
    return true;
}

static bool store_uint64(const cli_option *o, const char *text)
{
    char *end;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 0);
    if (end == text || *end || errno || strchr(text, '-'))
        return false;
    *(uint64_t *)o->target = value;
    return true;
}

static bool store_next(const cli_option *o, const char *text)
{
    const char **const pair = o->target;
    if (pair[0] && pair[1])
        return false;
    pair[pair[0] != NULL] = text;
    return true;
}

/* Returns false after a complaint. */
static bool store(const cli_command *command, const cli_option *o, const char *text)
{
    switch (o->kind) {
    case CLI_FLAG:
        *(bool *)o->target = true;
        return true;
    case CLI_TEXT:
        *(const char **)o->target = text;
        return true;
    case CLI_TEXT_PAIR:
        if (store_next(o, text))
            return true;
        cli_fail(command, CLI_USAGE, "--%s: expected at most twice, found '%s' as well", o->name,
                 text);
        return false;
    case CLI_INT:
        if (store_integer(o, text))
            return true;
        cli_fail(command, CLI_USAGE, "--%s: expected a whole number from %.0f to %.0f, found '%s'",
                 o->name, o->low, o->high, text);
        return false;
    case CLI_DOUBLE:
        if (store_double(o, text))
            return true;
        cli_fail(command, CLI_USAGE, "--%s: expected a number from %g to %g, found '%s'", o->name,
                 o->low, o->high, text);
        return false;
    case CLI_UINT64:
        if (store_uint64(o, text))
            return true;
        cli_fail(command, CLI_USAGE, "--%s: expected a whole number from 0 to %llu, found '%s'",
                 o->name, ULLONG_MAX, text);
        return false;
    }
    return false;
}

/* Carries out --threads and --isa. Returns false after a complaint, with *code set. */
static bool apply_common(const cli_command *command, int *code)
{
    if (threads)
        omp_set_num_threads(threads);
    if (!isa_text)
        return true;
    for (int i = 0; i < ISA_COUNT; i++) {
        if (strcmp(isa_text, isa_name((isa)i)) != 0)
            continue;
        if (cpu_isa_force((isa)i))
            return true;
        *code = cli_fail(command, CLI_UNAVAILABLE, "--isa %s: this processor has %s at most",
                         isa_text, isa_name(cpu_isa_best()));
        return false;
    }
    *code = cli_fail(command, CLI_USAGE, "--isa: expected base, avx2 or avx512, found '%s'",
                     isa_text);
    return false;
}

bool cli_parse(const cli_command *command, const cli_option *options, int argc, char **argv,
               int least, int most, const char **positional, int *positional_count, int *code)
{
    const cli_option *rows[MAX_OPTIONS];
    struct option longs[MAX_OPTIONS + 1] = { 0 };
    int count = 0, found, chosen = 0;

    for (const cli_option *o = options; o->name && count < MAX_OPTIONS - COMMON_OPTIONS; o++)
        rows[count++] = o;
    for (int i = 0; i < COMMON_OPTIONS; i++)
        rows[count++] = &common_options[i];
    for (int i = 0; i < count; i++)
        longs[i] = (struct option){ rows[i]->name,
                                    rows[i]->kind == CLI_FLAG ? no_argument : required_argument,
                                    NULL, 1 };
    *code = CLI_USAGE;
    optind = 1;
    opterr = 0;
    while ((found = getopt_long(argc, argv, ":", longs, &chosen)) != -1) {
        if (found == '?' || found == ':') {
            cli_fail(command, CLI_USAGE, found == ':' ? "%s: a value is missing"
                                                      : "%s: unknown option, or one that takes no "
                                                        "value (convlab COMMAND --help lists them)",
                     argv[optind - 1]);
            return false;
        }
        if (!store(command, rows[chosen], optarg))
            return false;
    }
    if (help) {
        print_help(command, options);
        *code = CLI_OK;
        return false;
    }
    *positional_count = argc - optind;
    if (*positional_count < least || *positional_count > most) {
        if (*positional_count < least)
            cli_fail(command, CLI_USAGE, "something is missing; usage: convlab %s %s",
                     command->name, command->synopsis);
        else
            cli_fail(command, CLI_USAGE, "unexpected argument '%s'; usage: convlab %s %s",
                     argv[optind + most], command->name, command->synopsis);
        return false;
    }
    for (int i = 0; i < *positional_count; i++)
        positional[i] = argv[optind + i];
    return apply_common(command, code);
}
