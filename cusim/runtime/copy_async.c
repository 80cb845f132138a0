/* copy_async.c: cp.async, the copy from global to shared memory that a thread starts and waits for.
 *
 * The bytes arrive when the thread waits for them and no sooner, so that a missing wait shows. If
 * it leaves the kernel without waiting, they never do. */
#include "cusim/runtime/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "cusim/runtime/machine.h"

enum { COPIES_PER_CHUNK = 256 };

typedef struct copy_chunk {
    struct copy_chunk *next;
    sim_copy copies[COPIES_PER_CHUNK];
} copy_chunk;

static copy_chunk *chunks;
static sim_copy *free_copies;

static void free_chunk_of_copies(copy_chunk *c)
{
    for (int i = 0; i < COPIES_PER_CHUNK; i++) {
        c->copies[i].next = free_copies;
        free_copies = &c->copies[i];
    }
}

void cusim_copies_reset(void)
{
    free_copies = NULL;
    for (copy_chunk *c = chunks; c; c = c->next)
        free_chunk_of_copies(c);
}

static void note_access(const void *p, size_t bytes, bool is_write, const void *place)
{
    if (cusim_set.check)
        cusim_check_access(p, bytes,
                           is_write ? CUSIM_TOUCH_WRITE | CUSIM_TOUCH_COPY : CUSIM_TOUCH_READ,
                           (const char *)place - 1);
    if (cusim_set.profile)
        cusim_profile_access(p, bytes, is_write, false, place);
    if (is_write)
        cusim_wall(p, bytes, NULL, place);
}

void cusim_copy_async(void *shared_to, const void *global_from, size_t bytes, size_t source_bytes)
{
    sim_thread *const self = sim_self();
    sim_copy **end = &self->copies;

    if (!free_copies) {
        copy_chunk *const c = malloc(sizeof *c);
        if (!c)
            cusim_fatal("no memory for asynchronous copies");
        c->next = chunks;
        chunks = c;
        free_chunk_of_copies(c);
    }
    sim_copy *const c = free_copies;
    free_copies = c->next;
    *c = (sim_copy){ .to = shared_to, .from = global_from, .bytes = bytes,
                     .source_bytes = source_bytes < bytes ? source_bytes : bytes,
                     .group = self->copy_group, .place = __builtin_return_address(0) };
    if (c->source_bytes > 0)
        note_access(global_from, c->source_bytes, false, c->place);
    while (*end)
        end = &(*end)->next;
    *end = c;
}

void cusim_copy_async_commit(void)
{
    sim_self()->copy_group++;
}

static void drop_first(sim_thread *self)
{
    sim_copy *const c = self->copies;

    self->copies = c->next;
    c->next = free_copies;
    free_copies = c;
}

/* Does the copies of all groups before `group`. */
static void finish_copies(sim_thread *self, int group)
{
    while (self->copies && self->copies->group < group) {
        const sim_copy *const c = self->copies;
        note_access(c->to, c->bytes, true, c->place);
        if (c->source_bytes > 0)
            memcpy(c->to, c->from, c->source_bytes);
        memset((char *)c->to + c->source_bytes, 0, c->bytes - c->source_bytes);
        drop_first(self);
    }
}

void cusim_copy_async_wait(int groups_left)
{
    finish_copies(sim_self(), sim_self()->copy_group - groups_left);
}

void cusim_copies_left(void)
{
    sim_thread *const self = sim_self();

    while (self->copies)
        drop_first(self);
}
