/* worker_targets.h: where the code of a watched object may go when it does not say so itself.
 *
 * Idea:  an object on whose watching points hang is compiled so that each of its indirect calls and
 *        jumps, and each of its returns, asks here first (worker_thunks.c; grade_build.c has the
 *        compiler's options). It may call the beginning of a function of its own, or a function
 *        that it imports by a name which a student may use; it may return behind a call. So finding
 *        a function of the sanitizer or the simulator in memory gains nothing: it cannot be called.
 * State: one table in pages that nobody can write to once it is filled.
 * Limit: x86-64. Elsewhere no object asks. */
#ifndef WORKER_TARGETS_H
#define WORKER_TARGETS_H

#include <stdbool.h>
#include <stdint.h>

/* What runs in the middle of the student's code, with results in vector registers that nobody has
 * saved; it must not call anything without this mark. Under AddressSanitizer it reads code and
 * return addresses as they are. */
#ifdef __x86_64__
#define WORKER_ASKED __attribute__((target("general-regs-only"), no_sanitize("address")))
#else
#define WORKER_ASKED __attribute__((no_sanitize("address")))
#endif

/* Reads which functions the object has and wants, before it is loaded from the same path. `cuda`:
 * it is CUDA for the simulator, and not C. Of a file that is no object, or too large a one, less is
 * known and so less allowed. */
void worker_targets_learn(const char *object, bool cuda);

/* It has been loaded: from now on its place is known without a search. */
void worker_targets_placed(void);

/* Whether the object asks at all, and whether it is the one that has this code. */
bool worker_targets_asked(void);
bool worker_targets_own(uintptr_t code);

bool worker_may_call(uintptr_t to);
bool worker_may_return(uintptr_t to);

#endif
