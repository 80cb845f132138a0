/* report_main.c: convlab-report: the arguments, and the exit code. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "bench/report.h"

#ifndef CONVLAB_VERSION
#define CONVLAB_VERSION "unknown"
#endif

enum { DONE = 0, WRONG_USAGE = 2, WRONG_INPUT = 3 };

static void print_usage(FILE *out)
{
    fprintf(out, "usage: convlab-report [--bench FILE.json] [--train DIR] [--out DIR]\n\n"
                 "Writes DIR/report.html, one page that needs nothing else, and its plots as SVG\n"
                 "and PNG. At least one of the first two must be there.\n\n"
                 "  --bench FILE.json  results of convlab-bench (make bench)\n"
                 "  --train DIR        a run folder of convlab train --out DIR (make train)\n"
                 "  --out DIR          where to write (build/report)\n"
                 "  --help, --version\n\n"
                 "Exit codes: 0 success, 2 wrong usage, 3 unreadable or malformed input or\n"
                 "unwritable output.\n");
}

/* Returns the exit code, or -1 to go on. */
static int parse(int argc, char **argv, report_options *o)
{
    static const struct option known[] = { { "bench", required_argument, NULL, 'b' },
                                           { "train", required_argument, NULL, 't' },
                                           { "out", required_argument, NULL, 'o' },
                                           { "help", no_argument, NULL, 'h' },
                                           { "version", no_argument, NULL, 'v' },
                                           { NULL, 0, NULL, 0 } };
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1)
        switch (c) {
        case 'b': o->bench = optarg; break;
        case 't': o->train = optarg; break;
        case 'o': o->out = optarg; break;
        case 'h': print_usage(stdout); return DONE;
        case 'v': printf("convlab-report %s\n", CONVLAB_VERSION); return DONE;
        default: return WRONG_USAGE;            /* getopt has said why */
        }
    if (optind < argc)
        fprintf(stderr, "convlab-report: unexpected argument '%s'\n", argv[optind]);
    else if (!o->bench && !o->train)
        fprintf(stderr, "convlab-report: nothing to report: expected --bench FILE.json, --train "
                        "DIR or both\n");
    else
        return -1;
    return WRONG_USAGE;
}

int main(int argc, char **argv)
{
    report_options options = { .out = "build/report" };
    file_error error = { "" };

    signal(SIGPIPE, SIG_IGN);                   /* gnuplot may die while it is written to */
    int code = parse(argc, argv, &options);
    if (code < 0 && !report_write(&options, &error)) {
        fprintf(stderr, "convlab-report: %s\n", error.text);
        return WRONG_INPUT;
    }
    if (code < 0) {
        code = DONE;
        printf("%s/report.html\n", options.out);
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "convlab-report: cannot write to standard output: %s\n", strerror(errno));
        return code == DONE ? WRONG_INPUT : code;
    }
    return code;
}
