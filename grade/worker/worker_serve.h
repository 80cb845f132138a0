/* worker_serve.h: the parts of a worker: the loop that answers the grader, what it needs of a CUDA
 * device, and the filter. */
#ifndef WORKER_SERVE_H
#define WORKER_SERVE_H

#include <stdbool.h>
#include <stddef.h>

#include "grade/worker_protocol.h"

/* A program that holds a CUDA device defines one; worker_serve() finds it if it is there. */
typedef struct {
    bool gpu;                           /* behind a driver, which asks for more of the system */
    /* Loads the driver's libraries, and prints the other files that it needs, a line each. */
    void (*load)(void);
    /* Starts the device, before anything of a student's is here. False: why[WORKER_TEXT_BYTES]. */
    bool (*start)(char *why);
    /* Room for the plan's regions that go to the device; in address[i] for each of those. What an
     * earlier plan had is freed. */
    bool (*prepare)(const worker_plan *plan, void **address);
    /* Carries them there from home[i]. */
    bool (*upload)(const worker_plan *plan, unsigned char *const *home, void *const *address);
    /* Waits for the device, and carries back what may be written. */
    bool (*download)(const worker_plan *plan, unsigned char *const *home, void *const *address);
    /* What went wrong, in text[WORKER_TEXT_BYTES]; the device is as new then. */
    void (*explain)(char *text);
    /* The profile as JSON, at most `most` bytes of it; returns how many. */
    size_t (*profile)(char *to, size_t most);
    /* Draws the order of its threads anew. */
    void (*order)(uint64_t seed);
} worker_device;

extern const worker_device worker_device_here __attribute__((weak));

/* Says something that was not asked for. */
void worker_tell(worker_say say, const char *text);

/* Answers until the grader is gone; then ends the process. `workspace` may be NULL. */
_Noreturn void worker_serve(void *function, void *workspace);

/* Takes from this process what no kernel needs: other processes, files to write, sockets, tracing.
 * gpu: all threads lose it, and keep what a driver needs. False: it could not. */
bool worker_filter(bool gpu);

#endif
