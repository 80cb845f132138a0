/* worker_thunks.c: what a watched object goes through with each indirect call and each return.
 *
 * Idea:   gcc's -mindirect-branch=thunk-extern and -mfunction-return=thunk-extern write "call
 *         __x86_indirect_thunk_rax" for "call *%rax", and "jmp __x86_return_thunk" for "ret". They
 *         are made against speculation; here the thunks ask worker_targets.h.
 *         The functions of libraries that call what they are given a pointer to stand here too, in
 *         front of the libraries' own: qsort() must not call what its caller may not.
 * Layout: on entry the stack is as at the beginning of a function, so that nine registers later it
 *         is aligned as a call wants it. They are those that a call may change; a caller of a thunk
 *         knows of no call. Vector registers: see WORKER_ASKED.
 * Limit:  another thread can change what is on the stack after it was looked at. */
#define _GNU_SOURCE             /* RTLD_NEXT */
#if defined(__x86_64__) && (defined(__SANITIZE_ADDRESS__) || defined(WORKER_CUSIM))
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "grade/worker/worker_targets.h"
#include "grade/worker_protocol.h"

static _Noreturn void astray(void)
{
    static const char words[] = "the program tried to run code that is not its own\n";

    (void)!write(STDERR_FILENO, words, sizeof words - 1);
    _exit(WORKER_EXIT_ASTRAY);
}

/* Called by the thunks alone. */
void worker_check_call(uintptr_t to) __attribute__((visibility("hidden")));
void worker_check_return(uintptr_t to) __attribute__((visibility("hidden")));

WORKER_ASKED void worker_check_call(uintptr_t to)
{
    if (!worker_may_call(to))
        astray();
}

WORKER_ASKED void worker_check_return(uintptr_t to)
{
    if (!worker_may_return(to))
        astray();
}

/* ---- Thunks ---- */

#define BEGIN(name)                                                                              \
    ".globl " name "\n.type " name ", @function\n" name ":\n"                                    \
    "pushq %rax\npushq %rcx\npushq %rdx\npushq %rsi\npushq %rdi\n"                               \
    "pushq %r8\npushq %r9\npushq %r10\npushq %r11\n"
#define END(name)                                                                                \
    "popq %r11\npopq %r10\npopq %r9\npopq %r8\n"                                                 \
    "popq %rdi\npopq %rsi\npopq %rdx\npopq %rcx\npopq %rax\n" name "\n"
#define BY_REGISTER(r)                                                                           \
    __asm__(".text\n" BEGIN("__x86_indirect_thunk_" r) "movq %" r ", %rdi\n"                     \
            "call worker_check_call\n" END("jmp *%" r))

BY_REGISTER("rax");
BY_REGISTER("rbx");
BY_REGISTER("rcx");
BY_REGISTER("rdx");
BY_REGISTER("rsi");
BY_REGISTER("rdi");
BY_REGISTER("rbp");
BY_REGISTER("r8");
BY_REGISTER("r9");
BY_REGISTER("r10");
BY_REGISTER("r11");
BY_REGISTER("r12");
BY_REGISTER("r13");
BY_REGISTER("r14");
BY_REGISTER("r15");

__asm__(".text\n" BEGIN("__x86_return_thunk") "movq 72(%rsp), %rdi\n"
        "call worker_check_return\n" END("ret"));

/* ---- Functions that call back ---- */

/* The library's own function; looked up each time, since a pointer that lay about could be changed.
 * Libraries come here as well, with functions of theirs. */
static void *behind(const char *name, const void *caller, void (*function)(void))
{
    if (function && worker_targets_asked() && worker_targets_own((uintptr_t)caller))
        worker_check_call((uintptr_t)function);
    return dlsym(RTLD_NEXT, name);
}

#define BEHIND(name, function)                                                                   \
    ((__typeof__(&name))behind(#name, __builtin_return_address(0), (void (*)(void))(function)))

void qsort(void *array, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    BEHIND(qsort, compare)(array, count, size, compare);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*start)(void *), void *with)
{
    return BEHIND(pthread_create, start)(thread, how, start, with);
}

int pthread_once(pthread_once_t *once, void (*start)(void))
{
    return BEHIND(pthread_once, start)(once, start);
}

int pthread_key_create(pthread_key_t *key, void (*end)(void *))
{
    return BEHIND(pthread_key_create, end)(key, end);
}
#endif
