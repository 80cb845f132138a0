/* remote.h: a row of a concept's table whose functions run in another process.
 *
 * Idea: the checking engine runs here, unchanged, with the reference, the bound, the seeds and the
 *       clock. Only the student's function is elsewhere: the row that the engine gets holds a stub,
 *       which sends the arguments to a worker in a jail and brings back the bytes of the outputs.
 *       What the worker prints, how it ends and what it claims decide nothing.
 * Memory: tensors that are only read lie in a sealed file that the worker can map for reading and
 *       nobody but us can write; outputs and workspace in a file that both can write, copied once
 *       into memory of ours before anything looks at them. In the worker each tensor lies against a
 *       page that nobody may touch, after it or before it, in turns; the bytes on its other side
 *       come back as well, so that the engine sees what was written there. Outputs arrive poisoned.
 * Clock: a worker stands still except for a call. Inputs are written before it goes on and outputs
 *       copied once it has stopped again, and the clock runs in between, so that work done before
 *       or after the call gains nothing. */
#ifndef REMOTE_H
#define REMOTE_H

#include "check/check.h"
#include "grade/jail.h"
#include "lessons/student_row.h"

typedef enum {
    REMOTE_FINE,
    REMOTE_NO_FUNCTION,     /* the object has no such function */
    REMOTE_NOT_LOADED,      /* it cannot be loaded: .finding; if that is "", the worker ended by
                               itself meanwhile: .code */
    REMOTE_CRASH,           /* a signal ended the worker: .signal */
    REMOTE_LATE,            /* no answer in time */
    REMOTE_EXIT,            /* the worker ended by itself before it answered: .code */
    REMOTE_MEMORY,          /* its memory was used up */
    REMOTE_WORKSPACE,       /* asked for more workspace than there is: .bytes */
    REMOTE_DEVICE,          /* CUDA: a launch failed, or cusim found something: .finding */
    REMOTE_NO_WORKER,       /* ours: the worker could not be started, or asked: .error */
    REMOTE_TOO_LARGE,       /* ours: the problem does not fit into the shared files */
    REMOTE_FAULTS
} remote_fault;

typedef struct {
    remote_fault fault;
    int signal, code;
    size_t bytes;
    double seconds;                         /* REMOTE_LATE: that it had */
    char finding[CHECK_FINDING_BYTES];      /* what the worker said of it: the student's making */
    file_error error;
} remote_state;

/* True of a fault that no code of a student's can bring about: nothing is known of that code. */
bool remote_is_ours(const remote_state *s);

typedef struct {
    jail_tier tier;
    const char *worker;         /* path of build/convlab-worker, convlab-worker-cusim, ... */
    const char *object;         /* path of the student's object; OBJECT.lines beside it, if there
                                   is one, tells the simulator its lines */
    const char *function;
    const char *workspace;      /* its workspace_bytes function, or NULL */
    const student_contract *contract;
    int pass;
    bool device;                /* a CUDA worker: it carries tensors to the device itself */
    bool gpu;                   /* and not a simulated one: after a finding a new worker starts,
                                   since nothing is sure in a process whose GPU has failed */
    bool sanitizer;             /* the object was built with AddressSanitizer */
    int cpus;                   /* processors and OpenMP threads; 0: as many as there are */
    double call_seconds;        /* for one call; a tenth of it once one was late */
    double in_all_seconds;      /* for all calls until remote_close() */
    const char *const *environment;     /* for the worker, or NULL */
} remote_options;

typedef struct remote remote;

/* Makes the shared files and starts a worker. NULL only without memory; a worker that did not start
 * shows in remote_last(). The strings of *o are not copied, but for the paths. */
remote *remote_open(const remote_options *o);

/* Ends the worker. What the first worker wrote that wrote anything is kept in *said (or NULL), to
 * be freed: raw bytes of the student's making, a NUL behind. False: the jail left something, see
 * *error. */
bool remote_close(remote *r, char **said, file_error *error);

/* A copy of `c` (the contract's concept or a restricted copy of it) whose run() goes to the workers
 * for the rows of all open remotes, and is that of `c` for other rows. There is one such copy, made
 * for the remote that asked last: when its time is up no more shapes are drawn. After a fault the
 * run looks like a refused shape (CHECK_STATUS), and the next run starts another worker; only
 * another fault counts then (others look skipped) until remote_forget().
 * Hazard: tensors and workspace have to be the engine's (check_shape, check_trial_run), since its
 * guards travel with them. */
const check_concept *remote_concept(remote *r, const check_concept *c);

/* The row to give to the engine. It is a SPACE_HOST row in any case: its tensors are host memory
 * here. */
const student_row *remote_row(const remote *r);

/* What happened last; remote_forget() makes it REMOTE_FINE again. */
const remote_state *remote_last(const remote *r);
void remote_forget(remote *r);

/* Seconds of the last run: from before the worker went on until it stood still again. */
double remote_seconds(const remote *r);

/* The same in processor time of the worker, all its threads together, as the kernel has it; 0 if it
 * cannot be known. */
double remote_cpu_seconds(const remote *r);

/* A CUDA worker whose environment has CUSIM_PROFILE=1 and whose object was built for it: the
 * profile of all calls so far as JSON, to be freed; it is of the student's making, as everything
 * that a worker says. NULL: there is none; if that is our fault, remote_last() says so. */
char *remote_profile(remote *r);

/* Workers started so far. */
int remote_starts(const remote *r);

/* One of the suite's own rows behind the same stub, the same files and the same clock: what a
 * student's speed is compared with. `self` is the path of the program that holds it: it is started
 * with --serve CONCEPT/VARIANT/PASS and calls remote_serve(). No jail: it is our own code. */
remote *remote_open_own(const char *self, const student_contract *contract, int pass,
                        const char *variant, int cpus, double call_seconds);

/* The other side of remote_open_own(). Never returns. */
_Noreturn void remote_serve(const char *what);

#endif
