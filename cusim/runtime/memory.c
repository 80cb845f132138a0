/* memory.c: device memory.
 *
 * All of it lies in one large mapping, the arena, so that one comparison tells device pointers from
 * host pointers. Allocations follow each other with gaps; what is freed is used again only when the
 * arena's end or QUARANTINE is reached, so that a stale pointer meets garbage. Managed and pinned
 * memory comes from the arena too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cusim/runtime/machine.h"

enum { ALIGN = 256, GAP = 256, CHECKED_GAP = 4096, QUARANTINE = 1024 };
/* Of a large allocation only the beginning is filled with garbage; freed memory of at least a page
 * table's worth goes back to the system. */
static const size_t most_garbage = (size_t)64 << 20, give_back = (size_t)1 << 20;

/* A part of the arena up to the next one. */
typedef struct {
    cusim_allocation a;
    size_t room;                /* with the gap */
} span;

typedef struct {
    const unsigned char *p;
    size_t bytes;
} host_range;

unsigned char *cusim_arena;
size_t cusim_arena_bytes;

static span **spans;            /* by address */
static size_t span_count, spans_room, freed_count;
static size_t arena_used, live_bytes;
static uint64_t serials;
static host_range *registered;
static size_t registered_count;
static cusim_variable *variables;
static cusim_variable **variables_sorted;
static size_t variable_count;

/* ---- Look-up ---- */

/* The number of spans that begin at or before p. */
static size_t spans_up_to(const void *p)
{
    size_t low = 0, high = span_count;

    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (spans[middle]->a.address <= (const unsigned char *)p)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool in_arena(const void *p)
{
    return (uintptr_t)p - (uintptr_t)cusim_arena < cusim_arena_bytes;
}

const cusim_allocation *cusim_allocation_at(const void *p)
{
    const size_t n = in_arena(p) ? spans_up_to(p) : 0;

    if (n == 0 || (const unsigned char *)p >= spans[n - 1]->a.address + spans[n - 1]->a.bytes)
        return NULL;
    return &spans[n - 1]->a;
}

const cusim_allocation *cusim_allocation_near(const void *p)
{
    const size_t n = in_arena(p) ? spans_up_to(p) : 0;
    const unsigned char *const at = p;

    if (!in_arena(p) || span_count == 0)
        return NULL;
    if (n == 0)
        return &spans[0]->a;
    const cusim_allocation *const before = &spans[n - 1]->a;
    if (n == span_count)
        return before;
    const cusim_allocation *const after = &spans[n]->a;
    const unsigned char *const end = before->address + before->bytes;
    return at < end || at - end <= after->address - at ? before : after;
}

const cusim_allocation *cusim_allocation_number(size_t at)
{
    static size_t last_at, last_span;   /* asked for in turn */
    size_t i = at > 0 && at == last_at + 1 ? last_span + 1 : 0;
    size_t skip = i > 0 ? 0 : at;

    for (; i < span_count; i++)
        if (!spans[i]->a.freed && skip-- == 0) {
            last_at = at;
            last_span = i;
            return &spans[i]->a;
        }
    return NULL;
}

/* ---- Variables ---- */

/* Copied, since a program may write to its own. */
void cusim_register_variable(const cusim_variable *variable)
{
    cusim_variable *const mine = malloc(sizeof *mine);

    if (!mine)
        cusim_fatal("no memory for the list of device variables");
    *mine = *variable;
    mine->next = variables;
    variables = mine;
    variable_count++;
    free(variables_sorted);
    variables_sorted = NULL;
}

const cusim_variable *cusim_variable_list(void)
{
    return variables;
}

static int by_address(const void *a, const void *b)
{
    const uintptr_t x = (uintptr_t)(*(cusim_variable *const *)a)->address;
    const uintptr_t y = (uintptr_t)(*(cusim_variable *const *)b)->address;

    return (x > y) - (x < y);
}

static void sort_variables(void)
{
    size_t n = 0;

    variables_sorted = malloc(variable_count * sizeof *variables_sorted);
    if (!variables_sorted)
        cusim_fatal("no memory for the list of device variables");
    for (cusim_variable *v = variables; v; v = v->next)
        variables_sorted[n++] = v;
    qsort(variables_sorted, variable_count, sizeof *variables_sorted, by_address);
}

const cusim_variable *cusim_variable_at(const void *p)
{
    size_t low = 0, high = variable_count;

    if (variable_count == 0)
        return NULL;
    if (!variables_sorted)
        sort_variables();
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if ((uintptr_t)variables_sorted[middle]->address <= (uintptr_t)p)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const cusim_variable *const v = variables_sorted[low - 1];
    return (uintptr_t)p - (uintptr_t)v->address < v->bytes ? v : NULL;
}

/* ---- Room in the arena ---- */

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

static bool map_arena(void)
{
    const size_t bytes = 2 * cusim_set.memory_bytes + ((size_t)64 << 20);

    if (cusim_arena)
        return true;
    void *const p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return false;
    cusim_arena = p;
    cusim_arena_bytes = bytes;
    return true;
}

/* A span inserted before number `at`; NULL without memory. */
static span *insert_span(size_t at)
{
    if (span_count == spans_room) {
        const size_t room = spans_room ? 2 * spans_room : 64;
        span **const more = realloc(spans, room * sizeof *more);
        if (!more)
            return NULL;
        spans = more;
        spans_room = room;
    }
    span *const s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    memmove(spans + at + 1, spans + at, (span_count++ - at) * sizeof *spans);
    spans[at] = s;
    return s;
}

/* Joins freed spans after number `at` to it until it has that much room. */
static bool join_freed(size_t at, size_t room)
{
    size_t last = at;
    size_t together = 0;

    while (last < span_count && spans[last]->a.freed && together < room)
        together += spans[last++]->room;
    if (together < room)
        return false;
    for (size_t i = at + 1; i < last; i++)
        free(spans[i]);
    memmove(spans + at + 1, spans + last, (span_count - last) * sizeof *spans);
    span_count -= last - at - 1;
    freed_count -= last - at - 1;
    spans[at]->room = together;
    return true;
}

/* A freed span with that much room: the smallest there is, else neighbours joined. */
static span *reuse(size_t room)
{
    size_t best = span_count;

    for (size_t i = 0; i < span_count; i++)
        if (spans[i]->a.freed && spans[i]->room >= room &&
            (best == span_count || spans[i]->room < spans[best]->room))
            best = i;
    for (size_t i = 0; best == span_count && i < span_count; i++)
        if (spans[i]->a.freed && join_freed(i, room))
            best = i;
    if (best == span_count)
        return NULL;
    span *const s = spans[best];
    if (s->room - room >= give_back) {          /* the rest stays free */
        span *const rest = insert_span(best + 1);
        if (rest) {
            rest->a = (cusim_allocation){ .address = s->a.address + room, .freed = true };
            rest->room = s->room - room;
            s->room = room;
            freed_count++;
        }
    }
    freed_count--;
    return s;
}

static span *take_span(size_t room)
{
    const bool fresh = arena_used + room <= cusim_arena_bytes;

    if (!fresh || freed_count > QUARANTINE) {
        span *const s = reuse(room);
        if (s || !fresh)
            return s;
    }
    span *const s = insert_span(span_count);
    if (s) {
        s->a.address = cusim_arena + arena_used;
        s->room = room;
        arena_used += room;
    }
    return s;
}

static cudaError_t allocate(void **p, size_t bytes, int kind, const void *caller)
{
    const size_t gap = cusim_set.check ? CHECKED_GAP : GAP;

    if (bytes > cusim_set.memory_bytes - live_bytes || !map_arena())
        return cudaErrorMemoryAllocation;
    span *const s = take_span(round_up(bytes, ALIGN) + gap);
    if (!s)
        return cudaErrorMemoryAllocation;
    s->a = (cusim_allocation){ .address = s->a.address, .bytes = bytes, .caller = caller,
                               .serial = ++serials };
    s->a.kind = (unsigned)kind;
    live_bytes += bytes;
    cusim_garbage(s->a.address, bytes < most_garbage ? bytes : most_garbage);
    if (cusim_set.check)        /* stores of the host outside .cu files are not seen */
        cusim_check_allocated(&s->a, kind != CUSIM_MEMORY_DEVICE);
    *p = s->a.address;
    return cudaSuccess;
}

cudaError_t cusim_allocate(void **p, size_t bytes, int kind, const void *caller)
{
    if (!p)
        return cudaErrorInvalidValue;
    *p = NULL;
    if (bytes == 0)
        return cudaSuccess;
    CUSIM_LOCKED;
    return allocate(p, bytes, kind, caller);
}

static void release(span *s)
{
    unsigned char *const from = (unsigned char *)round_up((uintptr_t)s->a.address, 4096);
    unsigned char *const to =
        (unsigned char *)((uintptr_t)(s->a.address + s->a.bytes) / 4096 * 4096);

    s->a.freed = true;
    freed_count++;
    live_bytes -= s->a.bytes;
    if (cusim_set.check)
        cusim_check_freed(&s->a);
    if (s->a.bytes >= give_back)
        (void)madvise(from, (size_t)(to - from), MADV_DONTNEED);
    else
        cusim_garbage(s->a.address, s->a.bytes);
}

cudaError_t cusim_release(void *p, const void *caller)
{
    CUSIM_LOCKED;
    const size_t n = in_arena(p) ? spans_up_to(p) : 0;
    span *const s = n > 0 ? spans[n - 1] : NULL;

    if (!p)
        return cudaSuccess;
    if (s && s->a.address == p && !s->a.freed) {
        release(s);
        return cudaSuccess;
    }
    if (cusim_set.check && s && s->a.address == p) {
        cusim_find(CUSIM_USE_AFTER_FREE, (const char *)caller - 1, NULL, 0, -1,
                   "the %zu bytes at %p are freed twice", s->a.bytes, p);
    } else if (cusim_set.check) {
        char text[160];
        cusim_place_text(p, 1, text, sizeof text);
        cusim_find(CUSIM_BAD_COPY, (const char *)caller - 1, NULL, 0, -1,
                   "%p cannot be freed: it is %s", p,
                   s && p < (void *)(s->a.address + s->a.bytes) ? "inside an allocation" : text);
    }
    return cudaErrorInvalidValue;
}

void cusim_release_all(void)
{
    CUSIM_LOCKED;
    for (size_t i = 0; i < span_count; i++)
        if (!spans[i]->a.freed)
            release(spans[i]);
}

void cusim_memory_room(size_t *free_bytes, size_t *total_bytes)
{
    *free_bytes = cusim_set.memory_bytes - live_bytes;
    *total_bytes = cusim_set.memory_bytes;
}

/* ---- Memory of the host that is made known ---- */

cudaError_t cusim_register_host(const void *p, size_t bytes)
{
    host_range *more;

    if (!p || bytes == 0)
        return cudaErrorInvalidValue;
    if (in_arena(p) || cusim_host_registered(p))
        return cudaErrorHostMemoryAlreadyRegistered;
    more = realloc(registered, (registered_count + 1) * sizeof *more);
    if (!more)
        return cudaErrorMemoryAllocation;
    registered = more;
    registered[registered_count++] = (host_range){ p, bytes };
    return cudaSuccess;
}

cudaError_t cusim_unregister_host(const void *p)
{
    for (size_t i = 0; i < registered_count; i++)
        if (registered[i].p == p) {
            registered[i] = registered[--registered_count];
            return cudaSuccess;
        }
    return cudaErrorHostMemoryNotRegistered;
}

bool cusim_host_registered(const void *p)
{
    for (size_t i = 0; i < registered_count; i++)
        if ((uintptr_t)p - (uintptr_t)registered[i].p < registered[i].bytes)
            return true;
    return false;
}

/* ---- Where a pointer of the host's call leads ---- */

static bool fits(const void *p, size_t bytes, const void *start, size_t room)
{
    const size_t offset = (size_t)((uintptr_t)p - (uintptr_t)start);

    return bytes <= room - offset;
}

cusim_place cusim_place_of(const void *p, size_t bytes)
{
    CUSIM_LOCKED;
    const cusim_variable *const v = cusim_variable_at(p);

    if (in_arena(p)) {
        const cusim_allocation *const a = cusim_allocation_at(p);
        if (!a || a->freed || !fits(p, bytes, a->address, a->bytes))
            return CUSIM_PLACE_BAD;
        return a->kind == CUSIM_MEMORY_DEVICE ? CUSIM_PLACE_DEVICE : CUSIM_PLACE_BOTH;
    }
    if (v) {
        if (!fits(p, bytes, v->address, v->bytes))
            return CUSIM_PLACE_BAD;
        return v->kind == CUSIM_MANAGED ? CUSIM_PLACE_BOTH : CUSIM_PLACE_DEVICE;
    }
    return cusim_host_registered(p) ? CUSIM_PLACE_BOTH : CUSIM_PLACE_HOST;
}

void cusim_place_text(const void *p, size_t bytes, char *text, size_t room)
{
    const cusim_allocation *const a = cusim_allocation_at(p);
    const cusim_variable *const v = cusim_variable_at(p);

    if (a && a->freed)
        snprintf(text, room, "device memory that has been freed");
    else if (a && !fits(p, bytes, a->address, a->bytes))
        snprintf(text, room, "in an allocation of %zu bytes, of which %zu follow", a->bytes,
                 a->bytes - (size_t)((const unsigned char *)p - a->address));
    else if (v && !fits(p, bytes, v->address, v->bytes))
        snprintf(text, room, "in the variable %s, which has %zu bytes", v->name, v->bytes);
    else if (in_arena(p) && !a)
        snprintf(text, room, "device memory that belongs to no allocation");
    else if (a || v)
        snprintf(text, room, "device memory");
    else
        snprintf(text, room, p ? "memory of the host" : "NULL");
}
