/* protect.h: runs the student's function so that what it does wrong is noted, not suffered.
 *
 * Idea: while the student's function runs, a crash or an alarm jumps back to before the call, and
 *       a note says what it was and where. To the checking engine the run then looks like a refused
 *       shape, so that the engine shrinks a crash like any other failure.
 * Hazard: one row in one process. Memory that the function had allocated is lost. In a parallel
 *       region there is no way back: the `doomed` function is called, and the process ends. */
#ifndef PROTECT_H
#define PROTECT_H

#include <stdbool.h>
#include <stddef.h>

#include "check/check.h"

typedef enum {
    FAULT_NONE,
    FAULT_MEMORY,           /* touched memory that is not its own */
    FAULT_STACK,            /* endless recursion, or an array too large for the stack */
    FAULT_LOOP,             /* did not come back in time */
    FAULT_ARITHMETIC,       /* divided an int by zero */
    FAULT_ABORT,            /* abort(), a failed assertion, a trap */
    FAULT_EXIT              /* exit() */
} fault_kind;

typedef struct {
    fault_kind kind;
    void *place;            /* address in the student's code; NULL: not known */
    bool writing;           /* FAULT_MEMORY: a store, as far as the processor tells */
    bool null;              /* FAULT_MEMORY: close to address 0 */
    const char *tensor;     /* FAULT_MEMORY: the tensor beside which it fell, or NULL */
    ptrdiff_t element;      /* index from the tensor's start, below 0 or beyond the last */
    ptrdiff_t count;        /* elements of that tensor */
    char absent[64];        /* arguments that are NULL for this shape: "b" */
    bool no_memory;         /* an allocation had failed */
    double seconds;         /* FAULT_LOOP: time it was given */
} fault;

/* Prepares the process: handlers, a stack for them, limits. `function` lies in the student's
 * object. `doomed` is called, perhaps in a signal handler, when the process cannot go on. */
void protect_begin(const void *function, const void *row, void (*doomed)(const fault *f));

/* A copy of the concept whose run() is protected for that row; there is one such copy. `pages`:
 * tensors lie against guard pages, at their ends in one half of the problems, before their starts
 * in the other. */
const check_concept *protect_concept(const check_concept *c, bool pages);

/* What happened last; FAULT_NONE: nothing. */
const fault *protect_fault(void);
void protect_forget(void);

/* True if malloc or its like had failed in a run since protect_begin(). */
bool protect_no_memory(void);

/* Time for one run. After the first that needs longer the next ones get a fraction of it, and no
 * more shapes are tried once the whole check has taken too long. */
void protect_time(double seconds_per_run, double seconds_in_all);

#endif
