/* remote_parts.h: what the files of remote.h share; nobody else includes it but its tests.
 *
 *   remote.c          the concept that runs rows elsewhere; faults
 *   remote_call.c     one call: where its tensors lie, carrying them there and back, the clock
 *   remote_worker.c   the worker: starting it, talking to it, how it ended
 *   remote_serve.c    the suite's own rows */
#ifndef REMOTE_PARTS_H
#define REMOTE_PARTS_H

#include <ffi.h>

#include "grade/remote.h"
#include "grade/worker_protocol.h"

/* Memory of ours behind a region. */
typedef struct {
    unsigned char *home;        /* the data */
    bool comes_back;            /* the data; else only what lies beside it, if that */
} remote_piece;

struct remote {
    remote_options options;
    remote *next;               /* all that are open */

    /* The row and its stubs. */
    student_row row;
    ffi_closure *call_closure, *space_closure;
    ffi_cif call_cif, space_cif;
    ffi_type *call_types[WORKER_MAX_ARGUMENTS], *space_types[1];

    /* The shared files: ours to write, and how much of each has memory behind it. */
    int inputs, outputs;
    unsigned char *file[2];
    size_t allocated[2];

    /* The worker. */
    jail *jail;
    int socket;
    pid_t pid;                          /* here, as the kernel told with HELLO; 0: it did not */
    int starts;
    bool own;                           /* a row of the suite's */
    bool prepared;                      /* the worker has mapped `plan` */
    bool rests;
    char *worker_path, *object_path;    /* absolute; object: of our own rows, what to serve */

    /* The call at hand. */
    const check_problem *problem;
    int pass;                           /* not options.pass where one function serves several */
    size_t workspace_bytes;             /* as told last */
    worker_plan plan;
    remote_piece piece[WORKER_MAX_REGIONS];
    size_t used[2];
    bool failed;                        /* until the run has come back to the engine */

    remote_state last;
    double seconds, spent;              /* of the last run; of all */
    double cpu_seconds;                 /* of the last run */
    double call_seconds;                /* options.call_seconds, or less after a loop */
    bool looped;                        /* there was one */
    char *said;                         /* of the first worker that wrote anything */
    file_error left;                    /* what a jail could not remove */
};

/* Processor time of the worker since its start, all threads of it; 0 if it cannot be known. */
double remote_cpu(const remote *r);

/* Notes a fault, and that the run at hand has failed. */
void remote_note(remote *r, remote_state what);
void remote_note_ours(remote *r, remote_fault fault, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Of the closures: user data is the remote. */
void remote_handle_call(ffi_cif *cif, void *nothing, void **arguments, void *user);
void remote_handle_space(ffi_cif *cif, void *result, void **arguments, void *user);

/* True if there is a worker that has said it is ready; starts one if there is none. */
bool remote_have_worker(remote *r);

/* Between two questions nothing of the worker computes: a thread left behind would take time from
 * what we measure next. */
void remote_wake(remote *r);
void remote_rest(remote *r);

/* Ends it, if there is one. */
void remote_end_worker(remote *r);

/* Asks, and waits for the answer that carries the question's ticket; false after noting why none
 * came. `bytes` of *q are sent. */
bool remote_ask(remote *r, worker_question *q, size_t bytes, worker_answer *a);

/* Seconds that are left for one call, and for all. */
double remote_time_left(const remote *r);

#endif
