/* protect.c: signal handlers around the student's function. */
#define _GNU_SOURCE             /* dladdr, pthread_getattr_np, names of registers */
#include "lessons/protect.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <malloc.h>
#include <omp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum {
    HANDLER_STACK = 1 << 18,
    FRAMES = 48,
    NEAR_BYTES = 1 << 20,           /* the walls of check_guard.c */
    NULL_BYTES = 1 << 16,
    STACK_SLACK = 1 << 18,
    PERTURB = 1                     /* malloc's memory then holds 0xfe: as floats, -1.7e38 */
};

static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM };
enum { SIGNALS = sizeof signals / sizeof signals[0] };

static struct {
    const void *row;
    void *base;                     /* of the student's object */
    void (*doomed)(const fault *f);
    pid_t thread;
    char *stack_low;
    sigjmp_buf back;
    volatile sig_atomic_t inside;
    const check_problem *problem;
    int pass;
    fault last;
    bool no_memory;
    double per_run, given, in_all, started; /* seconds; `given`: per_run before the first loop */
} state;

static const check_concept *inner;
static check_concept outer;
static bool with_pages;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- What happened, and where ---- */

static bool is_students(const void *address)
{
    Dl_info info;
    return dladdr(address, &info) && info.dli_fbase == state.base;
}

/* The innermost address of the student's: the interrupted one, or that of a call. */
static void *find_place(void *interrupted)
{
    void *frames[FRAMES];

    if (interrupted && is_students(interrupted))
        return interrupted;
    const int count = backtrace(frames, FRAMES);
    for (int i = 0; i < count; i++)
        if (is_students(frames[i]))
            return (char *)frames[i] - 1;
    return NULL;
}

static void read_context(const ucontext_t *c, void **instruction, char **stack, bool *writing)
{
#if defined(__x86_64__)
    enum { WRITE_FAULT = 2 };
    *instruction = (void *)c->uc_mcontext.gregs[REG_RIP];
    *stack = (char *)c->uc_mcontext.gregs[REG_RSP];
    *writing = c->uc_mcontext.gregs[REG_ERR] & WRITE_FAULT;
#elif defined(__aarch64__)
    *instruction = (void *)c->uc_mcontext.pc;
    *stack = (char *)c->uc_mcontext.sp;
    *writing = false;
#else
    *instruction = *stack = NULL;
    *writing = false;
#endif
}

static void note_tensor(fault *f, const char *address)
{
    ptrdiff_t nearest = NEAR_BYTES;

    for (int i = 0; i < state.problem->tensor_count; i++) {
        const check_tensor *const t = &state.problem->tensor[i];
        const ptrdiff_t size = t->type == CHECK_BYTE ? 1 : 4;
        const ptrdiff_t offset = address - (const char *)t->data;
        const ptrdiff_t distance = offset < 0 ? -offset : offset - t->count * size;
        if (distance < 0 || distance >= nearest)
            continue;
        nearest = distance;
        f->tensor = t->name;
        f->count = t->count;
        f->element = offset < 0 ? -((-offset + size - 1) / size) : offset / size;
    }
}

/* Arguments of the pass that this shape does not have. */
static void note_absent(fault *f)
{
    const check_pass *const pass = &inner->pass[state.pass];
    const char *const lists[] = { pass->reads, pass->writes };
    size_t used = 0;

    for (int i = 0; i < 2; i++)
        for (const char *at = lists[i]; at && *at && used < sizeof f->absent;) {
            char name[32];
            const int length = (int)strcspn(at, " ");
            snprintf(name, sizeof name, "%.*s", length, at);
            if (*name && !check_find(state.problem, name))
                used += (size_t)snprintf(f->absent + used, sizeof f->absent - used, "%s%s",
                                         used ? ", " : "", name);
            at += length + (at[length] == ' ');
        }
}

static void note_memory(fault *f, const char *address, const char *stack)
{
    if (stack && stack < state.stack_low + STACK_SLACK) {
        f->kind = FAULT_STACK;
        return;
    }
    f->kind = FAULT_MEMORY;
    f->null = (uintptr_t)address < NULL_BYTES;
    f->no_memory = errno == ENOMEM;
    if (f->null)
        note_absent(f);
    else
        note_tensor(f, address);
}

static void doom(void)
{
    signal(SIGALRM, SIG_DFL);
    alarm(5);
    state.inside = 0;
    state.doomed(&state.last);
    _exit(1);
}

static void handle(int number, siginfo_t *info, void *context)
{
    const bool other_thread = syscall(SYS_gettid) != state.thread;
    void *instruction;
    char *stack;
    bool writing;

    if (!state.inside) {                        /* ours, not the student's: as if unhandled */
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    if (number == SIGALRM && other_thread) {
        syscall(SYS_tgkill, getpid(), state.thread, SIGALRM);
        return;
    }
    read_context(context, &instruction, &stack, &writing);
    fault *const f = &state.last;
    *f = (fault){ .place = find_place(instruction), .writing = writing,
                  .seconds = state.given };
    switch (number) {
    case SIGALRM: f->kind = FAULT_LOOP; break;
    case SIGFPE: f->kind = FAULT_ARITHMETIC; break;
    case SIGSEGV: case SIGBUS: note_memory(f, info->si_addr, other_thread ? NULL : stack); break;
    default: f->kind = FAULT_ABORT; break;
    }
    if (other_thread || omp_in_parallel())
        doom();
    siglongjmp(state.back, 1);
}

static void leaving(int code, void *unused)
{
    (void)code, (void)unused;
    if (!state.inside)
        return;
    state.last = (fault){ .kind = FAULT_EXIT, .place = find_place(NULL) };
    doom();
}

/* ---- One run ---- */

static void set_alarm(double seconds)
{
    const long whole = (long)seconds;
    const struct itimerval timer = {
        .it_value = { whole, (suseconds_t)(1e6 * (seconds - (double)whole)) }
    };
    setitimer(ITIMER_REAL, &timer, NULL);
}

/* Not the student's row: a known-wrong one may stray as well, and against a guard page. That ends
 * its run, and says nothing of the student. */
static status run_another(const check_problem *p, const void *variant, int pass, void *workspace)
{
    const fault before = state.last;

    state.problem = p;
    if (sigsetjmp(state.back, 1) == 0) {
        state.inside = 1;
        const status returned = inner->run(p, variant, pass, workspace);
        state.inside = 0;
        return returned;
    }
    state.inside = 0;
    state.last = before;
    return STATUS_DEVICE;
}

/* After a fault only another one counts as a failure, so that a crash is not shrunk to a shape
 * where the result is merely wrong. */
static status run(const check_problem *p, const void *variant, int pass, void *workspace)
{
    if (variant != state.row)
        return run_another(p, variant, pass, workspace);
    state.problem = p;
    state.pass = pass;
    errno = 0;
    if (sigsetjmp(state.back, 1) == 0) {
        set_alarm(state.per_run);
        state.inside = 1;
        const status returned = inner->run(p, variant, pass, workspace);
        state.inside = 0;
        set_alarm(0.0);
        state.no_memory |= errno == ENOMEM;
        return state.last.kind == FAULT_NONE ? returned : STATUS_UNSUPPORTED;
    }
    state.inside = 0;
    set_alarm(0.0);
    state.no_memory |= state.last.no_memory;
    if (state.last.kind == FAULT_LOOP)
        state.per_run = fmin(state.per_run, 0.1);
    return STATUS_DEVICE;
}

static status describe(check_problem *p)
{
    if (now() - state.started > state.in_all)
        return STATUS_SHAPE;
    if (with_pages)
        check_guard_pages(p->seed & 1 ? CHECK_PAGES_BEFORE : CHECK_PAGES_AFTER);
    return inner->describe(p);
}

const check_concept *protect_concept(const check_concept *c, bool pages)
{
    inner = c;
    outer = *c;
    outer.run = run;
    outer.describe = describe;
    with_pages = pages;
    check_guard_pages(CHECK_PAGES_NONE);
    return &outer;
}

/* ---- The process ---- */

static void find_stack(void)
{
    pthread_attr_t attributes;
    void *low = NULL;
    size_t bytes;

    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &low, &bytes);
        pthread_attr_destroy(&attributes);
    }
    state.stack_low = low;
}

void protect_begin(const void *function, const void *row, void (*doomed)(const fault *f))
{
    static char handler_stack[HANDLER_STACK];
    void *frames[2];
    Dl_info info = { 0 };

    (void)dladdr(function, &info);
    state.row = row;
    state.base = info.dli_fbase;
    state.doomed = doomed;
    state.thread = (pid_t)syscall(SYS_gettid);
    find_stack();
    (void)backtrace(frames, 2);                 /* loads what it needs now, not in a handler */
    mallopt(M_PERTURB, PERTURB);
    sigaltstack(&(stack_t){ .ss_sp = handler_stack, .ss_size = HANDLER_STACK }, NULL);
    for (int i = 0; i < SIGNALS; i++) {
        struct sigaction action = { .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
        action.sa_sigaction = handle;
        sigaction(signals[i], &action, NULL);
    }
    on_exit(leaving, NULL);
    protect_time(1.0, 10.0);
}

void protect_time(double seconds_per_run, double seconds_in_all)
{
    state.per_run = state.given = seconds_per_run;
    state.in_all = seconds_in_all;
    state.started = now();
}

const fault *protect_fault(void)
{
    return &state.last;
}

void protect_forget(void)
{
    state.last = (fault){ .kind = FAULT_NONE };
}

bool protect_no_memory(void)
{
    return state.no_memory;
}
