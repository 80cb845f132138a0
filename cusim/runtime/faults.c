/* faults.c: a kernel that crashes or does not end.
 *
 * Like a GPU, cusim survives: the signal's handler leaves the thread where it is and goes back to
 * the launch, which then says what happened and fails with CUDA's error. The handler itself only
 * takes notes, on a stack of its own, since the thread's may have overflowed. A signal that no
 * kernel caused gets what it would have got without cusim. */
#define _GNU_SOURCE             /* registers of the interrupted code, gettid */
#include "cusim/runtime/faults.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include "cusim/runtime/machine.h"
#include "cusim/runtime/schedule.h"

enum { FRAMES = 48, HANDLER_STACK = 256 * 1024, TICK_MS = 20, TICKS_OF_GRACE = 50 };
static const uintptr_t near_null = 64 * 1024;

static const int crash_signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
enum { CRASH_SIGNALS = sizeof crash_signals / sizeof *crash_signals, TIMER = SIGVTALRM };

static struct {
    int signal, code;
    void *address;
    bool is_write;
    void *pcs[FRAMES];          /* of the interrupted code, innermost first */
    int pc_count;
} fault;

static struct sigaction before[CRASH_SIGNALS];
static int ticks;
static _Thread_local bool prepared, launching;
static _Thread_local timer_t timer;

extern const char __executable_start, etext;

/* ---- In the handler ---- */

static void *pc_of(const ucontext_t *u)
{
#if defined(__x86_64__)
    return (void *)u->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (void *)u->uc_mcontext.pc;
#endif
}

static bool was_write(const ucontext_t *u)
{
#if defined(__x86_64__)
    return (u->uc_mcontext.gregs[REG_ERR] & 2) != 0;
#else
    (void)u;
    return false;
#endif
}

static _Unwind_Reason_Code take_frame(struct _Unwind_Context *context, void *interrupted)
{
    void *const pc = (void *)_Unwind_GetIP(context);

    if (fault.pc_count == 0 && pc != interrupted)
        return _URC_NO_REASON;                  /* still the handler's own frames */
    if (fault.pc_count == FRAMES)
        return _URC_END_OF_STACK;
    fault.pcs[fault.pc_count++] = pc;
    return _URC_NO_REASON;
}

static void take_notes(int number, const siginfo_t *info, const ucontext_t *u)
{
    fault.signal = number;
    fault.code = info->si_code;
    fault.address = info->si_addr;
    fault.is_write = was_write(u);
    fault.pc_count = 0;
    _Unwind_Backtrace(take_frame, pc_of(u));
    if (fault.pc_count == 0)
        fault.pcs[fault.pc_count++] = pc_of(u);
}

static void on_crash(int number, siginfo_t *info, void *context)
{
    if (launching && cusim_now.running) {
        take_notes(number, info, context);
        cusim_abort_launch(0);
    }
    for (int i = 0; i < CRASH_SIGNALS; i++)     /* it comes again, to whom it would have come */
        if (crash_signals[i] == number)
            sigaction(number, &before[i], NULL);
    if (info->si_code <= 0)
        raise(number);
}

/* Within the C library the launch is not ended if that can be avoided: it may be in the middle of
 * malloc. */
static void on_timer(int number, siginfo_t *info, void *context)
{
    const char *const pc = pc_of(context);

    if (!launching || !cusim_now.running)
        return;
    if ((pc < &__executable_start || pc >= &etext) && ticks++ < TICKS_OF_GRACE)
        return;
    take_notes(number, info, context);
    cusim_abort_launch(0);
}

/* ---- Around a launch ---- */

/* For one launch only: the program may have handlers of its own. */
static void install(void)
{
    struct sigaction action = { .sa_sigaction = on_crash,
                                .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

    sigemptyset(&action.sa_mask);
    for (int i = 0; i < CRASH_SIGNALS; i++)
        sigaction(crash_signals[i], &action, &before[i]);
    if (cusim_set.time_limit_s > 0.0) {
        action.sa_sigaction = on_timer;
        action.sa_flags |= SA_RESTART;
        sigaction(TIMER, &action, NULL);
    }
}

static void uninstall(void)
{
    for (int i = 0; i < CRASH_SIGNALS; i++)
        sigaction(crash_signals[i], &before[i], NULL);
}

/* For each operating-system thread that launches: a stack for the handlers, and a timer. */
static void prepare(void)
{
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = TIMER };
    void *const p = mmap(NULL, HANDLER_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                         -1, 0);
    const stack_t stack = { .ss_sp = p, .ss_size = HANDLER_STACK };

    event._sigev_un._tid = gettid();
    if (p == MAP_FAILED || sigaltstack(&stack, NULL) != 0)
        cusim_fatal("no memory for the stack of signal handlers");
    if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) != 0)
        cusim_fatal("no timer for the time limit of kernels");
    prepared = true;
}

static void set_timer(double seconds)
{
    const time_t whole = (time_t)seconds;
    const struct itimerspec when = {
        .it_value = { .tv_sec = whole, .tv_nsec = (long)((seconds - (double)whole) * 1e9) },
        .it_interval = { .tv_nsec = TICK_MS * 1000000 }
    };

    timer_settime(timer, 0, &when, NULL);
}

void cusim_faults_begin(void)
{
    if (!prepared)
        prepare();
    install();
    launching = true;
    ticks = 0;
    if (cusim_set.time_limit_s > 0.0)
        set_timer(cusim_set.time_limit_s);
}

void cusim_faults_end(void)
{
    if (cusim_set.time_limit_s > 0.0)
        set_timer(0.0);
    launching = false;
    uninstall();
}

/* ---- What is said ---- */

/* The innermost frame of the program's own code. */
static const void *place_of_fault(void)
{
    const char *function, *file;
    int line;

    for (int i = 0; i < fault.pc_count; i++) {
        const char *const pc = (const char *)fault.pcs[i] - (i > 0);
        if (cusim_source_of(pc, &function, &file, &line) && !strstr(file, "cusim/runtime/"))
            return pc;
    }
    return fault.pcs[0];
}

static void describe_access(char *text, size_t room)
{
    const uintptr_t at = (uintptr_t)fault.address;
    const char *const access = fault.is_write ? "write" : "read";

    if (fault.signal == SIGSEGV && fault.code == SI_KERNEL)
        snprintf(text, room, "access through a pointer that was never set, or that is no multiple "
                             "of 16 (float4)");
    else if (at < near_null)
        snprintf(text, room, "%s at address 0x%llx, near the null pointer", access,
                 (unsigned long long)at);
    else
        snprintf(text, room, "%s at address 0x%llx, where there is no memory", access,
                 (unsigned long long)at);
}

cudaError_t cusim_fault_told(void)
{
    cusim_finding_kind kind = CUSIM_CRASH;
    cudaError_t error = cudaErrorLaunchFailure;
    char text[192];

    switch (fault.signal) {
    case TIMER:
        kind = CUSIM_TIMEOUT;
        error = cudaErrorLaunchTimeout;
        snprintf(text, sizeof text,
                 "the kernel has run for %g s (CUSIM_TIME_LIMIT); this thread was running",
                 cusim_set.time_limit_s);
        break;
    case SIGFPE:
        snprintf(text, sizeof text, "%s", fault.code == FPE_INTDIV
                 ? "integer division by zero (a GPU gives an undefined number)"
                 : "arithmetic exception");
        break;
    case SIGILL:
        error = cudaErrorIllegalInstruction;
        snprintf(text, sizeof text, "illegal instruction");
        break;
    case SIGABRT:
        snprintf(text, sizeof text, "the thread called abort()");
        break;
    default:
        if (cusim_on_guard(fault.address)) {
            error = cudaErrorHardwareStackError;
            snprintf(text, sizeof text, "stack overflow: a thread has 512 KiB of local memory");
        } else if (cusim_set.check && fault.code == SI_KERNEL && cusim_check_crash()) {
            return cudaErrorMisalignedAddress;
        } else {
            error = cudaErrorIllegalAddress;
            describe_access(text, sizeof text);
        }
    }
    cusim_now.running = true;                   /* it was this thread's doing */
    cusim_find(kind, place_of_fault(), NULL, 0, -1, "%s", text);
    cusim_now.running = false;
    return error;
}

/* ---- Ends that a kernel asks for ---- */

void cusim_trap(void)
{
    cusim_find(CUSIM_CRASH, (const char *)__builtin_return_address(0) - 1, NULL, 0, -1,
               "the kernel called __trap()");
    cusim_abort_launch(cudaErrorLaunchFailure);
}

void cusim_assert_fail(const char *expression, const char *file, unsigned line,
                       const char *function)
{
    const cusim_dim b = cusim_block_idx, t = cusim_thread_idx;

    if (!cusim_now.running)
        __assert_fail(expression, file, line, function);
    cusim_find_at(CUSIM_CRASH, file, (int)line,
                  "%s:%u: %s: block: [%u,%u,%u], thread: [%u,%u,%u] Assertion `%s` failed.", file,
                  line, function, b.x, b.y, b.z, t.x, t.y, t.z, expression);
    cusim_abort_launch(cudaErrorAssert);
}

/* ---- Signs of waiting ---- */

void cusim_atomic(const void *p, size_t bytes, int is_write)
{
    cusim_spin();
    if (cusim_set.check)
        cusim_check_atomic(p, bytes, is_write, __builtin_return_address(0));
    if (cusim_set.profile && cusim_now.running)
        cusim_profile_access(p, bytes, is_write != 0, true, __builtin_return_address(0));
    if (is_write && cusim_walled)
        cusim_wall_store(p, bytes, __builtin_return_address(0));
}

void cusim_fence(int scope)
{
    if (cusim_set.check && cusim_now.running)
        cusim_check_fence(scope);
    cusim_spin();
}

/* Cycles of a clock of CUSIM_CLOCK_KHZ. */
long long cusim_clock(void)
{
    struct timespec now;

    cusim_spin();
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * (CUSIM_CLOCK_KHZ * 1000LL) +
           (long long)((double)now.tv_nsec * (CUSIM_CLOCK_KHZ * 1e-6));
}
