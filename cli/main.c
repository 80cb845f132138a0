/* main.c: finds the command and runs it; makes sure that what was printed has arrived. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

#ifndef CONVLAB_VERSION
#define CONVLAB_VERSION "unknown"
#endif

static const cli_command *const commands[] = {
    &command_info,  &command_check, &command_conformance,
    &command_train, &command_eval,  &command_graph, &command_diverge,
    &command_lesson, &command_grade, &command_plot,
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_usage(FILE *out)
{
    fprintf(out, "usage: convlab COMMAND [options]\n\n"
                 "Kernels of convolutional networks in C: checked, measured and put to work.\n\n"
                 "commands:\n");
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(out, "\n'convlab COMMAND --help' tells the options of a command.\n"
                 "Exit codes: 0 success, 1 a check failed, 2 wrong usage, 3 unreadable or\n"
                 "malformed input or unwritable output, 4 a requested device or variant is not\n"
                 "available, 130 stopped by Ctrl-C.\n");
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_usage(stdout);
        return CLI_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("convlab %s\n", CONVLAB_VERSION);
        return CLI_OK;
    }
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            return commands[i]->run(argc - 1, argv + 1);
    fprintf(stderr, "convlab: unknown command '%s'; 'convlab --help' lists them\n", argv[1]);
    return CLI_USAGE;
}

/* A closed standard descriptor would be handed to the next file that is opened, and messages would
 * end up in it. Occupy it with something that refuses to be written. */
static void occupy_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDONLY) != fd)
            _exit(CLI_INPUT);
}

int main(int argc, char **argv)
{
    occupy_standard_descriptors();
    signal(SIGPIPE, SIG_IGN);                   /* a closed pipe is a write error, told below */
    const int code = dispatch(argc, argv);

    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "convlab: cannot write to standard output: %s\n", strerror(errno));
        return code == CLI_OK ? CLI_INPUT : code;
    }
    return code;
}
