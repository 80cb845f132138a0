/* cli.h: what the commands of `convlab` share: exit codes, options, the program's manners.
 *
 * One file per command: cli/command_NAME.c defines command_NAME; cli/main.c lists them. Results go
 * to stdout, progress and diagnostics to stderr. */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum {
    CLI_OK = 0,
    CLI_FAILED = 1,         /* a check failed */
    CLI_USAGE = 2,          /* wrong usage */
    CLI_INPUT = 3,          /* unreadable or malformed input, or output that cannot be written */
    CLI_UNAVAILABLE = 4     /* a requested device or variant is not available */
};

typedef struct {
    const char *name;       /* "train" */
    const char *synopsis;   /* "NET [--data NAME or DIR] [options]" */
    const char *summary;    /* one line for `convlab --help` */
    const char *details;    /* further lines for `convlab train --help`; NULL for none */
    int (*run)(int argc, char **argv);          /* argv[0] is the command; returns an exit code */
} cli_command;

extern const cli_command command_info;
extern const cli_command command_check;
extern const cli_command command_conformance;
extern const cli_command command_train;
extern const cli_command command_eval;
extern const cli_command command_graph;
extern const cli_command command_diverge;
extern const cli_command command_lesson;
extern const cli_command command_grade;
extern const cli_command command_plot;

typedef enum {
    CLI_FLAG,               /* target: bool, set to true */
    CLI_INT,                /* target: int */
    CLI_UINT64,             /* target: uint64_t, decimal or 0x... */
    CLI_DOUBLE,             /* target: double */
    CLI_TEXT,               /* target: const char *, points into argv */
    CLI_TEXT_PAIR           /* target: const char *[2]: the first and the second time it is given */
} cli_kind;

typedef struct {
    const char *name;       /* "epochs" for --epochs */
    cli_kind kind;
    void *target;           /* keeps its value where the option is not given */
    const char *argument;   /* "N", for the help; NULL for a flag */
    const char *help;       /* one line, with the default if there is one; NULL: not listed */
    double low, high;       /* accepted range of CLI_INT and CLI_DOUBLE, both ends included */
} cli_option;

/* Parses a command's arguments: `--name value` or `--name=value`, in any order among the positional
 * ones. --help is always understood, and so are the options that every command has:
 *   --threads N   OpenMP threads           --isa SET   base, avx2 or avx512
 *   options      ends with a row whose name is NULL
 *   positional   [most] receives pointers into argv
 * Returns true if the command is to go on; otherwise help or a complaint has been printed and
 * *code is the exit code. */
bool cli_parse(const cli_command *command, const cli_option *options, int argc, char **argv,
               int least, int most, const char **positional, int *positional_count, int *code);

/* "convlab COMMAND: " + message + newline on stderr; returns `code`, for the caller to return. */
int cli_fail(const cli_command *command, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The programs that are built beside this one from the same sources: "checked", whose simulator
 * looks for races and stray accesses, and "cuda", compiled by nvcc for a GPU. Writes the path of
 * convlab-NAME to path[size]; returns false, with a sentence about what is missing in path, if it
 * has not been built. */
bool cli_sibling(const char *name, char *path, size_t size);

/* For commands that run networks: is there such a --variant, and can it run where --space says
 * ("cuda", also meant by NULL, or "cusim"; host variants take none)? A variant for a GPU goes on in
 * convlab-cuda with the same arguments, and then this does not return. CLI_OK: it can run here;
 * else an exit code after a complaint. */
int cli_check_variant(const cli_command *command, const char *variant, const char *space, int argc,
                      char **argv);

/* Starts arguments[0] with `arguments` (NULL at the end) and gives what it prints on stdout, or
 * NULL if it cannot be started. The caller closes the stream and then waits for *child. */
FILE *cli_open_program(char **arguments, pid_t *child);

/* True if stderr is a terminal that may show a progress bar. */
bool cli_is_terminal(void);

/* The escape sequence if stdout is a terminal and NO_COLOR is unset or empty, else "". */
const char *cli_color(const char *escape);

#endif
