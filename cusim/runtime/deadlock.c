/* deadlock.c: no thread of a block can go on. Who waits where, and for whom? */
#include "cusim/runtime/schedule.h"

#include <stdarg.h>
#include <stdio.h>

#include "cusim/include/cusim/api.h"

enum { GROUPS = 6, TEXT = 2048 };       /* groups of threads that are told */

static char text[TEXT];
static size_t used;

__attribute__((format(printf, 1, 2)))
static void say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const int n = vsnprintf(text + used, TEXT - used, format, arguments);
    va_end(arguments);
    used = n < 0 || (size_t)n >= TEXT - used ? TEXT - 1 : used + (size_t)n;
}

/* Threads of one group wait at one place for the same. */
static bool alike(const sim_thread *a, const sim_thread *b)
{
    if (a->waits != b->waits || a->place != b->place)
        return false;
    return a->waits != SIM_AT_EXCHANGE || a->held == b->held;
}

static void say_group(const sim_block *b, int first, int count)
{
    const sim_thread *const t = &b->threads[first];
    const cusim_dim at = cusim_thread_place(first);
    const char *function, *file;
    int line;

    say("\n    %d thread%s, the first (%u,%u,%u), ", count, count == 1 ? "" : "s", at.x, at.y,
        at.z);
    if (t->waits == SIM_AT_EXCHANGE) {
        const sim_exchange *const e = t->held;
        const unsigned missing = e->mask & ~e->arrived & ~b->warps[first / CUSIM_WARP].left;
        say("in %s with mask 0x%08x: lanes 0x%08x have not come",
            e->what ? e->what : "__syncwarp", e->mask, missing);
    } else if (t->waits == SIM_AT_NAMED) {
        const sim_named *const n = &b->named[t->barrier];
        say("at barrier %d: %d of %d have come", t->barrier, n->arrived, n->expected);
    } else if (t->waits == SIM_AT_GRID) {
        say("at the barrier of the grid");
    } else {
        say("at __syncthreads");
    }
    if (cusim_source_of((const char *)t->place - 1, &function, &file, &line))
        say(" (%s:%d)", file, line);
}

void cusim_deadlock(void)
{
    const sim_block *const b = cusim_block;
    const int threads = cusim_now.launch->threads;
    bool told[CUSIM_MAX_THREADS] = { false };
    int groups = 0, waiter = -1;

    used = 0;
    say("no thread of the block can go on; a GPU would hang.");
    for (int i = 0; i < threads; i++) {
        int count = 0;
        if (told[i] || b->threads[i].waits == SIM_LEFT)
            continue;
        if (waiter < 0)
            waiter = i;
        for (int j = i; j < threads; j++)
            if (alike(&b->threads[i], &b->threads[j])) {
                told[j] = true;
                count++;
            }
        if (groups++ < GROUPS)
            say_group(b, i, count);
    }
    if (groups > GROUPS)
        say("\n    and %d more groups", groups - GROUPS);
    if (b->left > 0)
        say("\n    %d have left the kernel", b->left);
    cusim_now.thread = waiter;
    cusim_find(CUSIM_DEADLOCK, (const char *)b->threads[waiter].place - 1, NULL, 0, -1, "%s", text);
    cusim_abort_launch(cudaErrorLaunchTimeout);
}
