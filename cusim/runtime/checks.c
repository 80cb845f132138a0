/* checks.c: checked mode's hooks, and the first question about each access: may it touch this
 * memory, and does this memory hold anything?
 *
 * A read is of garbage if none of its bytes was ever written: a struct is copied with its padding,
 * and a word of which one byte counts is read whole. What the host copies back may be partly unused
 * for the same reason. Managed and pinned memory counts as written, since the host may fill it
 * unseen (memcpy, fread). */
#include "cusim/runtime/shadow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cusim/runtime/machine.h"

enum { MAX_SHARED_SITES = 256, GARBAGE_READS = 64, CUDA_MISALIGNED_ADDRESS = 716 };

/* Shared variables of the running kernel, for messages. Their addresses are those of the block that
 * came by last. */
static const cusim_shared_site *sites[MAX_SHARED_SITES];
static int site_count;

/* ---- Descriptions ---- */

static const cusim_shared_site *site_near(const void *p, size_t *distance)
{
    const cusim_shared_site *best = NULL;
    for (int i = 0; i < site_count; i++) {
        const uintptr_t at = (uintptr_t)p, from = (uintptr_t)sites[i]->address;
        const size_t d = at < from ? from - at : at - from < sites[i]->bytes ? 0
                                                : at - from - sites[i]->bytes + 1;
        if (!best || d < *distance) {
            best = sites[i];
            *distance = d;
        }
    }
    return best;
}

static size_t dynamic_bytes(void)
{
    return cusim_now.launch ? cusim_now.launch->config.shared_bytes : 0;
}

/* "`name[3][2]`", or "`name`" where it is one element. */
static void name_element(char *text, size_t room, const cusim_shared_site *s, const void *p)
{
    size_t offset = (uintptr_t)p - (uintptr_t)s->address, whole = s->bytes;
    size_t n = (size_t)snprintf(text, room, "`%s", s->name);
    for (int i = 0; i < 3; i++) {
        const size_t part = s->element_bytes.at[i];
        if (part > 0 && part < whole && n < room) {
            n += (size_t)snprintf(text + n, room - n, "[%zu]", offset / part);
            offset %= part;
            whole = part;
        }
    }
    if (n < room)
        snprintf(text + n, room - n, "` in shared memory");
}

static void name_allocation(char *text, size_t bytes, const cusim_allocation *a)
{
    const void *const caller = (const char *)a->caller - 1;
    const char *function;
    char place[512];
    const int n = snprintf(text, bytes, "the %zu-byte allocation", a->bytes);

    cusim_source_of(caller, &function, NULL, NULL);
    if (function && n > 0 && (size_t)n < bytes)
        snprintf(text + n, bytes - (size_t)n, " made at %s",
                 finding_place(place, sizeof place, caller));
}

const char *describe_address(char *text, size_t bytes, const void *p)
{
    const uintptr_t at = (uintptr_t)p;
    const cusim_variable *v;
    const cusim_allocation *a;
    size_t distance = 0;

    if (at - (uintptr_t)cusim_shared_arena < CUSIM_SHARED_SPAN) {
        const cusim_shared_site *s = site_near(p, &distance);
        const size_t offset = at - (uintptr_t)cusim_shared_arena;
        if (s && distance == 0) {
            name_element(text, bytes, s, p);
        } else {
            snprintf(text, bytes, "byte %zu of the dynamic shared memory", offset);
        }
    } else if ((v = cusim_variable_at(p)) != NULL) {
        snprintf(text, bytes, "byte %zu of the variable `%s`", at - (uintptr_t)v->address, v->name);
    } else if ((a = cusim_allocation_at(p)) != NULL) {
        char name[600];
        name_allocation(name, sizeof name, a);
        snprintf(text, bytes, "byte %zu of %s", at - (uintptr_t)a->address, name);
    } else {
        snprintf(text, bytes, "address %p", p);
    }
    return text;
}

/* "4 bytes past the end of NAME", "4 bytes before NAME", "in NAME". */
static void describe_distance(char *text, size_t bytes, const char *name, uintptr_t at,
                              uintptr_t from, size_t size)
{
    if (at < from)
        snprintf(text, bytes, "%zu byte%s before %s", from - at, from - at == 1 ? "" : "s", name);
    else if (at > from + size)
        snprintf(text, bytes, "%zu byte%s past the end of %s", at - from - size,
                 at - from - size == 1 ? "" : "s", name);
    else
        snprintf(text, bytes, "%s %s", at == from + size ? "just past the end of"
                                                         : "over the end of", name);
}

/* Where a wrong address lies, seen from what is nearest. */
static void describe_outside(char *text, size_t bytes, const void *p)
{
    const uintptr_t at = (uintptr_t)p, shared = (uintptr_t)cusim_shared_arena;
    char name[640];
    size_t distance = 0;

    if (at - shared < CUSIM_SHARED_SPAN) {
        const cusim_shared_site *s = site_near(p, &distance);
        const size_t dynamic = dynamic_bytes();
        if (s && (dynamic == 0 || at - shared - dynamic + 1 > distance)) {
            snprintf(name, sizeof name, "the shared variable `%s` of %zu bytes", s->name, s->bytes);
            describe_distance(text, bytes, name, at, (uintptr_t)s->address, s->bytes);
        } else if (dynamic) {
            snprintf(name, sizeof name, "the %zu bytes of dynamic shared memory of this launch",
                     dynamic);
            describe_distance(text, bytes, name, at, shared, dynamic);
        } else {
            snprintf(text, bytes, "in dynamic shared memory, of which this launch has none");
        }
        return;
    }
    const cusim_variable *near = NULL;
    if (shadow_at(p, 1) == &shadow_regions[REGION_VARIABLES]) {
        for (const cusim_variable *v = cusim_variable_list(); v; v = v->next) {
            if ((uintptr_t)v->address <= at && (!near || v->address > near->address))
                near = v;
        }
    }
    const cusim_allocation *a = near ? NULL : cusim_allocation_near(p);
    if (near) {
        snprintf(name, sizeof name, "the variable `%s` of %zu bytes", near->name, near->bytes);
        describe_distance(text, bytes, name, at, (uintptr_t)near->address, near->bytes);
    } else if (a) {
        name_allocation(name, sizeof name, a);
        describe_distance(text, bytes, name, at, (uintptr_t)a->address, a->bytes);
    } else {
        snprintf(text, bytes, "in device memory, of which nothing is allocated");
    }
}

static const char *verb(const race_access *a)
{
    return a->is_atomic ? "atomic operation on" : a->kind & CUSIM_TOUCH_WRITE ? "write of"
                                                                              : "read of";
}

static const char *plural(const race_access *a)
{
    return a->bytes == 1 ? "" : "s";
}

/* ---- One access ---- */

static void tell_bounds(const race_access *a, bool was_freed)
{
    char text[1024];
    const finding_party me = finding_here(a->pc);
    const cusim_finding_kind kind = was_freed ? CUSIM_USE_AFTER_FREE : CUSIM_OUT_OF_BOUNDS;
    if (finding_again(kind, a->pc, NULL))
        return;
    if (was_freed)
        describe_address(text, sizeof text, a->address);
    else
        describe_outside(text, sizeof text, a->address);
    finding_add(kind, &me, NULL, false, "%s %zu byte%s%s %s", verb(a), a->bytes, plural(a),
                was_freed ? " after cudaFree:" : "", text);
}

/* ---- Reads of garbage ---- */

/* Where a barrier is missing, a thread may read before another writes. That is a race, and the
 * garbage is what comes of it; so such reads are told at the end of the launch, unless a race has
 * explained them. Of each place in the code a few are kept. */
typedef struct {
    race_access access;
    finding_party me;
    bool is_explained;
} garbage_read;

typedef struct garbage_place {
    const void *pc;
    garbage_read reads[GARBAGE_READS];
    int count;
    uint64_t more;
    struct garbage_place *next;
} garbage_place;
static garbage_place *garbage_places;

static void note_garbage(const race_access *a)
{
    garbage_place **at = &garbage_places;
    while (*at && (*at)->pc != a->pc)
        at = &(*at)->next;
    if (!*at) {
        *at = shadow_memory(calloc(1, sizeof **at));
        (*at)->pc = a->pc;
    }
    garbage_place *const g = *at;
    if (g->count < GARBAGE_READS)
        g->reads[g->count++] = (garbage_read){ *a, finding_here(a->pc), false };
    else
        g->more++;
}

void garbage_explained(uintptr_t address, uint64_t block)
{
    for (garbage_place *g = garbage_places; g; g = g->next) {
        for (int i = 0; i < g->count; i++) {
            garbage_read *r = &g->reads[i];
            const uintptr_t from = (uintptr_t)r->access.address;
            if (r->me.block == block && address < from + r->access.bytes && address + 4 > from)
                r->is_explained = true;
        }
    }
}

static void tell_garbage(void)
{
    char text[1024];
    while (garbage_places) {
        garbage_place *g = garbage_places;
        bool told = false;
        for (int i = 0; i < g->count; i++) {
            const race_access *a = &g->reads[i].access;
            if (g->reads[i].is_explained)
                continue;
            describe_address(text, sizeof text, a->address);
            finding_add(CUSIM_UNINITIALISED, &g->reads[i].me, NULL, false,
                        "%s %zu byte%s that nothing has written: %s", verb(a), a->bytes, plural(a),
                        text);
            told = true;
        }
        while (told && g->more-- > 0)
            finding_again(CUSIM_UNINITIALISED, g->pc, NULL);
        garbage_places = g->next;
        free(g);
    }
}

static void tell_constant(const race_access *a)
{
    char text[512];
    const finding_party me = finding_here(a->pc);
    if (finding_again(CUSIM_CONSTANT_WRITE, a->pc, NULL))
        return;
    describe_address(text, sizeof text, a->address);
    finding_add(CUSIM_CONSTANT_WRITE, &me, NULL, false,
                "%s %zu byte%s in __constant__ memory, which kernels only read: %s", verb(a),
                a->bytes, plural(a), text);
}

/* The states of the bytes of an access, where not all are written. True: nothing is left to say. */
static bool is_bad(const shadow_region *r, const race_access *a)
{
    const size_t offset = (uintptr_t)a->address - r->base;
    unsigned seen = 0;
    const void *first[4] = { NULL };

    for (size_t i = a->bytes; i-- > 0;) {
        const shadow_state s = shadow_of(r, offset + i);
        seen |= 1u << s;
        first[s] = (const char *)a->address + i;
    }
    if (seen & 1u << SHADOW_NONE) {
        if (r == &shadow_regions[REGION_VARIABLES] && host_memory_named(a))
            return true;
        tell_bounds(a, false);
        return true;
    }
    if (seen & 1u << SHADOW_GONE) {
        const cusim_allocation *m = cusim_allocation_at(first[SHADOW_GONE]);
        if (r != &shadow_regions[REGION_VARIABLES])     /* else its room is a gap again */
            tell_bounds(a, m && m->freed);
        else if (a->kind & CUSIM_TOUCH_WRITE)
            tell_constant(a);
        return true;
    }
    const bool reads = !(a->kind & CUSIM_TOUCH_WRITE) || (a->is_atomic && !a->is_exchange);
    if (reads && seen == 1u << SHADOW_GARBAGE)
        note_garbage(a);
    if (a->kind & CUSIM_TOUCH_WRITE && seen & 1u << SHADOW_GARBAGE)
        shadow_mark(a->address, a->bytes, SHADOW_WRITTEN);
    return false;
}

static void tell_misaligned(const race_access *a, const finding_party *me)
{
    char text[512];
    describe_address(text, sizeof text, a->address);
    finding_add(CUSIM_MISALIGNED, me, NULL, false,
                "%s %zu bytes at an address that is no multiple of %zu: %s", verb(a), a->bytes,
                a->bytes, text);
}

/* The last access of 16 bytes at a multiple of 8 only: right for a struct of two doubles, wrong for
 * a float4, on which the processor will crash. */
static struct {
    race_access access;
    finding_party me;
} half_aligned;

/* A GPU ends the kernel at such an access, and so do we: vector instructions of the processor at
 * hand would crash on it. */
static void check_alignment(const race_access *a)
{
    const finding_party me = finding_here(a->pc);
    if ((uintptr_t)a->address % (a->bytes < 16 ? a->bytes : 8) == 0) {
        half_aligned.access = *a;
        half_aligned.me = me;
        return;
    }
    tell_misaligned(a, &me);
    cusim_abort_launch(CUDA_MISALIGNED_ADDRESS);
}

bool cusim_check_crash(void)
{
    if (half_aligned.me.block != cusim_now.block_linear ||
        half_aligned.me.thread != cusim_now.thread || !half_aligned.access.pc)
        return false;
    tell_misaligned(&half_aligned.access, &half_aligned.me);
    return true;
}

static void check(const race_access *a)
{
    if (race_attention)
        race_attend(a);
    shadow_region *r = shadow_at(a->address, a->bytes);
    if (!r) {
        if (!cusim_on_stack(a->address))
            host_memory_touched(a);
        return;
    }
    if (a->kind & CUSIM_TOUCH_ALIGNED && (uintptr_t)a->address & (a->bytes - 1))
        check_alignment(a);
    if (!shadow_written(r, (uintptr_t)a->address - r->base, a->bytes) && is_bad(r, a))
        return;
    race_touch(r, a);
}

void cusim_check_access(const void *p, size_t bytes, unsigned kind, const void *pc)
{
    if (cusim_now.running && race_quick(p, bytes, kind, pc))
        return;
    const race_access a = { p, bytes, kind, false, false, pc };
    if (cusim_now.running) {
        check(&a);
        return;
    }
    const shadow_region *r = shadow_at(p, bytes);
    if (r && r != &shadow_regions[REGION_SHARED])
        host_touched_device(r, &a);
}

void cusim_check_atomic(const void *p, size_t bytes, int is_write, const void *caller)
{
    const race_access a = { p, bytes, (is_write ? CUSIM_TOUCH_WRITE : 0) | CUSIM_TOUCH_ALIGNED,
                            true, is_write == 2, (const char *)caller - 1 };
    if (cusim_now.running)
        check(&a);
}

/* ---- Memory comes and goes ---- */

void cusim_check_allocated(const cusim_allocation *a, bool initialised)
{
    shadow_prepare();
    shadow_forget(a->address, a->bytes);
    shadow_mark(a->address, a->bytes,
                initialised || a->kind != CUSIM_MEMORY_DEVICE ? SHADOW_WRITTEN : SHADOW_GARBAGE);
}

void cusim_check_freed(const cusim_allocation *a)
{
    shadow_mark(a->address, a->bytes, SHADOW_GONE);
}

void cusim_check_host_wrote(const void *device, size_t bytes)
{
    const shadow_region *r;
    shadow_prepare();
    r = shadow_at(device, bytes);
    if (r == &shadow_regions[REGION_DEVICE])
        shadow_mark(device, bytes, SHADOW_WRITTEN);
}

void cusim_check_host_reads(const void *device, size_t bytes, const void *caller)
{
    const race_access a = { device, bytes, CUSIM_TOUCH_READ, false, false,
                            (const char *)caller - 1 };
    const shadow_region *r = shadow_at(device, bytes);
    char text[600];

    if (r != &shadow_regions[REGION_DEVICE] || bytes == 0)
        return;
    for (size_t i = 0; i < bytes; i++) {
        if (shadow_of(r, (uintptr_t)device - r->base + i) != SHADOW_GARBAGE)
            return;
    }
    if (finding_again(CUSIM_UNINITIALISED, a.pc, NULL))
        return;
    const finding_party me = finding_here(a.pc);
    describe_address(text, sizeof text, device);
    finding_add(CUSIM_UNINITIALISED, &me, NULL, false,
                "%zu byte%s are copied that nothing has written, from %s", bytes, plural(&a), text);
}

/* ---- Shared memory of the running block ---- */

/* The variables lie in this span; dynamic memory at the start of the region. All else is in state
 * NONE. */
static size_t variables_from = CUSIM_SHARED_SPAN, variables_to;

/* The states of a block while others run. */
typedef struct kept_state {
    uint64_t block;
    unsigned char *state;
    struct kept_state *next;
} kept_state;
static kept_state *kept;

static void copy_states(unsigned char *to, const unsigned char *from)
{
    memcpy(to, from, (dynamic_bytes() + 3) / 4);
    if (variables_from < variables_to)
        memcpy(to + variables_from / 4, from + variables_from / 4,
               (variables_to - variables_from + 3) / 4);
}

static void clear_states(void)
{
    unsigned char *state = shadow_regions[REGION_SHARED].state;
    memset(state, 0, (dynamic_bytes() + 3) / 4);
    if (variables_from < variables_to)
        memset(state + variables_from / 4, 0, (variables_to - variables_from + 3) / 4);
}

static kept_state *kept_of(uint64_t block)
{
    kept_state *k = kept;
    while (k && k->block != block)
        k = k->next;
    return k;
}

static void drop_kept(void)
{
    while (kept) {
        kept_state *k = kept;
        kept = k->next;
        free(k->state);
        free(k);
    }
}

void cusim_check_block_switch(uint64_t from_block, uint64_t to_block)
{
    kept_state *k = kept_of(from_block);
    if (!k) {
        k = shadow_memory(calloc(1, sizeof *k));
        k->block = from_block;
        k->state = shadow_memory(calloc(CUSIM_SHARED_SPAN / 4, 1));
        k->next = kept;
        kept = k;
    }
    copy_states(k->state, shadow_regions[REGION_SHARED].state);
    k = kept_of(to_block);
    if (k)
        copy_states(shadow_regions[REGION_SHARED].state, k->state);
    race_block_switch(to_block);
}

void cusim_check_shared(const cusim_shared_site *site)
{
    const size_t offset = (uintptr_t)site->address - (uintptr_t)cusim_shared_arena;
    shadow_mark(site->address, site->bytes, SHADOW_GARBAGE);
    if (offset < variables_from)
        variables_from = offset / 4 * 4;
    if (offset + site->bytes > variables_to)
        variables_to = offset + site->bytes;
    for (int i = 0; i < site_count; i++) {
        if (sites[i] == site)
            return;
    }
    if (site_count < MAX_SHARED_SITES)
        sites[site_count++] = site;
}

/* ---- Launches, blocks, barriers ---- */

void cusim_check_launch(const cusim_launch_state *l)
{
    (void)l;
    shadow_prepare();
    site_count = 0;
    half_aligned.access.pc = NULL;
    race_launch();
}

void cusim_check_block(void)
{
    static unsigned blocks;
    if (blocks++ % 1024 == 0)
        shadow_trim();
    race_block();
    clear_states();
    shadow_mark(cusim_shared_arena, dynamic_bytes(), SHADOW_GARBAGE);
}

void cusim_check_barrier(void)
{
    race_barrier();
}

void cusim_check_warp_barrier(int warp, unsigned lanes)
{
    race_warp_barrier(warp, lanes);
}

void cusim_check_grid_barrier(void)
{
    race_grid_barrier();
}

void cusim_check_fence(int scope)
{
    (void)scope;
    race_fence();
}

/* Taken for a barrier of the whole block: at worst a race is missed. */
void cusim_check_named_barrier(const unsigned lanes[CUSIM_MAX_WARPS])
{
    (void)lanes;
    race_barrier();
}

void cusim_check_launch_end(void)
{
    race_launch_end();
    tell_garbage();
    memset(shadow_regions[REGION_SHARED].state, 0, CUSIM_SHARED_SPAN / 4);
    variables_from = CUSIM_SHARED_SPAN;
    variables_to = 0;
    drop_kept();
}

/* ---- The end of the program ---- */

/* One finding for each line that allocated. */
static void tell_leaks(void)
{
    const cusim_allocation *a;
    for (size_t i = 0; (a = cusim_allocation_number(i)) != NULL; i++) {
        size_t count = 0, bytes = 0;
        bool is_first = true;
        const cusim_allocation *b;
        for (size_t j = 0; (b = cusim_allocation_number(j)) != NULL; j++) {
            if (b->caller != a->caller)
                continue;
            is_first = is_first && j >= i;
            count++;
            bytes += b->bytes;
        }
        if (!is_first)
            continue;
        const finding_party at = { (const char *)a->caller - 1, 0, -1 };
        finding_add(CUSIM_LEAK, &at, NULL, false,
                    "%zu bytes in %zu allocation%s never freed", bytes, count,
                    count == 1 ? ", which is" : "s, which are");
    }
}

void cusim_check_exit(int code)
{
    const char *cause = NULL, *file = NULL;
    int line = 0;
    if (code == 0 && cusim_sticky == cudaSuccess)   /* else it had reasons not to clean up */
        tell_leaks();
    if (cusim_unread_error(&cause, &file, &line))
        cusim_find_at(CUSIM_UNREAD_ERROR, file, line, "the program never looked at an error: %s",
                      cause ? cause : "unknown");
}
