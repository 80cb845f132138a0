/* subprocess.h: starts a program, keeps what it says, and ends it when it takes too long. */
#ifndef SUBPROCESS_H
#define SUBPROCESS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    bool started;
    bool late;              /* killed because its time was up */
    int code;               /* exit code; -1 if a signal ended it */
    int signal;             /* that signal, or 0 */
    char *said;             /* what came through the pipe, ended by a NUL; free() it */
    size_t size;
} subprocess_result;

/* Where the program's output goes. */
typedef enum {
    SUBPROCESS_OUTPUT,      /* stdout and stderr are the pipe */
    SUBPROCESS_PRIVATE      /* the pipe is descriptor SUBPROCESS_FD; stdout and stderr go to
                               `output` */
} subprocess_pipe;

enum { SUBPROCESS_FD = 97 };    /* far from what a program opens or closes by accident */

/* Runs argv (NULL at the end; argv[0] is looked for in PATH) in a process group of its own, which
 * is killed at the end, also on return in time. stdin is empty. `output` is the path of a file, or
 * NULL. */
subprocess_result subprocess_run(char *const *argv, subprocess_pipe where, const char *output,
                                 double seconds);

#endif
