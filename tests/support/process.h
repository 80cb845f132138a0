/* process.h: runs a program and keeps what it says, for tests of the command line. */
#ifndef PROCESS_H
#define PROCESS_H

typedef struct {
    const char *stdout_path;    /* where stdout goes instead of being kept; "" closes it */
    long file_limit;            /* largest file it may write, in bytes; 0: no limit */
    int kill_signal;            /* sent once `kill_marker` exists as a file; 0: none */
    const char *kill_marker;
} process_options;

typedef struct {
    int code;                   /* exit code, or 128 + the signal that ended it */
    char *out, *err;            /* what it printed, ended by a NUL; "" for a stdout_path */
} process_result;

/* Runs argv (argv[0] a path or a name in PATH, NULL at the end). options may be NULL. Ends the test
 * program with a message if the machinery itself fails. Free with process_free(). */
process_result process_run(const process_options *options, const char *const *argv);
void process_free(process_result *result);

/* The program under test: $CONVLAB, or build/convlab. */
const char *process_convlab(void);

#endif
