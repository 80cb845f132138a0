/* shared.c: the shared memory of the running block.
 *
 * Dynamic memory begins at the start of the arena, for the whole run; the variables far behind it,
 * as the block's threads come by their declarations, each at a multiple of 128 bytes with a gap. So
 * no array runs into the next one unseen, and dynamic memory that the launch forgot is nobody's. */
#include "cusim/runtime/schedule.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cusim/runtime/machine.h"

enum { ALIGN = 128, GAP = 128, STATIC_START = 256 * 1024 };
_Static_assert((size_t)STATIC_START > (size_t)CUSIM_SHARED_BYTES, "dynamic memory fits before it");

unsigned char *cusim_shared_arena;

__attribute__((constructor(101)))
static void map_shared(void)
{
    void *const p = mmap(NULL, CUSIM_SHARED_SPAN, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED)
        cusim_fatal("no memory for shared memory");
    cusim_shared_arena = p;
}

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

void *cusim_dynamic_shared(void)
{
    return cusim_shared_arena;
}

void cusim_shared_start(sim_block *b, size_t dynamic_bytes)
{
    b->shared.count = b->shared.static_bytes = 0;
    b->shared.used = STATIC_START;
    if (dynamic_bytes > 0)
        cusim_garbage(cusim_shared_arena, dynamic_bytes);
}

/* Ends the launch if the block's variables need more than a multiprocessor gives. */
static void refuse_too_much(const cusim_shared_site *site, size_t static_bytes)
{
    const cusim_config *const c = &cusim_now.launch->config;
    const size_t opted = cusim_opted_shared(cusim_now.launch->site->function);
    const size_t together = static_bytes + c->shared_bytes;

    if (site->bytes <= CUSIM_DEFAULT_SHARED && static_bytes <= CUSIM_DEFAULT_SHARED &&
        (together <= CUSIM_DEFAULT_SHARED ||
         (c->shared_bytes <= opted && together <= CUSIM_OPTIN_SHARED)))
        return;
    cusim_find_at(CUSIM_BAD_LAUNCH, site->file, site->line,
                  "shared variable %s: the block needs %zu bytes of static and %zu of dynamic "
                  "shared memory; it may have %d together, or %d after cudaFuncSetAttribute if at "
                  "most %d are static",
                  site->name, static_bytes, c->shared_bytes, CUSIM_DEFAULT_SHARED,
                  CUSIM_OPTIN_SHARED, CUSIM_DEFAULT_SHARED);
    cusim_abort_launch(cudaErrorInvalidValue);
}

static void add_site(sim_shared *s, cusim_shared_site *site, unsigned char *address)
{
    if (s->count == s->room) {
        const size_t room = s->room ? 2 * s->room : 16;
        cusim_shared_site **const sites = realloc(s->sites, room * sizeof *sites);
        if (!sites)
            cusim_fatal("no memory for shared variables");
        s->sites = sites;
        unsigned char **const addresses = realloc(s->addresses, room * sizeof *addresses);
        if (!addresses)
            cusim_fatal("no memory for shared variables");
        s->addresses = addresses;
        s->room = room;
    }
    s->sites[s->count] = site;
    s->addresses[s->count++] = address;
}

void *cusim_shared_slow(cusim_shared_site *site)
{
    sim_shared *const s = &cusim_block->shared;

    site->block = cusim_block_serial;
    for (size_t i = 0; i < s->count; i++)
        if (s->sites[i] == site)
            return site->address = s->addresses[i];
    s->static_bytes += site->bytes;
    refuse_too_much(site, s->static_bytes);
    const size_t start = round_up(s->used, site->align > ALIGN ? site->align : ALIGN);
    s->used = start + round_up(site->bytes, ALIGN) + GAP;
    if (s->used > CUSIM_SHARED_SPAN)
        cusim_fatal("more shared variables in one block than cusim has addresses for");
    site->address = cusim_shared_arena + start;
    add_site(s, site, site->address);
    cusim_garbage(site->address, site->bytes);
    if (cusim_set.check)
        cusim_check_shared(site);
    if (cusim_set.profile)
        cusim_profile_shared(site);
    return site->address;
}

const cusim_shared_site *cusim_shared_at(const void *p)
{
    const sim_shared *const s = &cusim_block->shared;

    for (size_t i = 0; i < s->count; i++)
        if ((const unsigned char *)p >= s->addresses[i] &&
            (const unsigned char *)p < s->addresses[i] + s->sites[i]->bytes) {
            s->sites[i]->address = s->addresses[i];
            return s->sites[i];
        }
    return NULL;
}

/* Copies what the block uses between the arena and its own copy, where the variables come first. */
static void exchange_contents(sim_block *b, bool save)
{
    sim_shared *const s = &b->shared;
    const size_t dynamic = cusim_now.launch->config.shared_bytes, rest = s->used - STATIC_START;
    unsigned char *const variables = cusim_shared_arena + STATIC_START;

    if (save) {
        memcpy(s->saved, variables, rest);
        memcpy(s->saved + rest, cusim_shared_arena, dynamic);
    } else {
        memcpy(variables, s->saved, rest);
        memcpy(cusim_shared_arena, s->saved + rest, dynamic);
    }
}

void cusim_shared_save(sim_block *b)
{
    sim_shared *const s = &b->shared;
    const size_t bytes = cusim_now.launch->config.shared_bytes + s->used - STATIC_START;

    if (bytes > s->saved_room) {
        free(s->saved);
        s->saved = malloc(bytes);
        if (!s->saved)
            cusim_fatal("no memory for the shared memory of several blocks");
        s->saved_room = bytes;
    }
    if (bytes > 0)
        exchange_contents(b, true);
}

void cusim_shared_restore(sim_block *b)
{
    if (b->shared.saved)
        exchange_contents(b, false);
}
