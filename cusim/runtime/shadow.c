/* shadow.c: the memory that checked mode watches, and what it knows of each byte.
 *
 * Three regions: the arena of device memory, the shared memory of the running block, and the span
 * of the program's data that holds __device__ and __constant__ variables. The shadow of a region is
 * reserved as addresses only and takes memory where it is touched: a byte per word for the states,
 * 16 bytes per word for races, and 16 per byte where threads touch single bytes of a word. */
#include "cusim/runtime/shadow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cusim/runtime/machine.h"

shadow_region shadow_regions[REGIONS];

void *shadow_memory(void *p)
{
    if (!p)
        cusim_fatal("no memory for checked mode");
    return p;
}

static void *reserve(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        cusim_fatal("no room for the shadow of device memory: %zu bytes of addresses; CUSIM_MEMORY "
                    "makes the device smaller", bytes);
    return p;
}

static void map_region(shadow_region *r, uintptr_t base, size_t bytes)
{
    r->state = reserve(bytes / 4);
    r->words = reserve(bytes / 4 * sizeof *r->words);
    r->parts = reserve(bytes * sizeof *r->parts);
    r->base = base;
    r->bytes = bytes;
}

static void unmap_region(shadow_region *r)
{
    if (r->bytes == 0)
        return;
    munmap(r->state, r->bytes / 4);
    munmap(r->words, r->bytes / 4 * sizeof *r->words);
    munmap(r->parts, r->bytes * sizeof *r->parts);
    r->bytes = 0;
}

/* All variables are registered before main, but for those of a library loaded later. */
static void prepare_variables(void)
{
    static const cusim_variable *newest;
    enum { PAGE = 4096 };
    const cusim_variable *v = cusim_variable_list();
    uintptr_t from = UINTPTR_MAX, to = 0;

    if (v == newest)
        return;
    newest = v;
    for (; v; v = v->next) {
        const uintptr_t at = (uintptr_t)v->address;
        from = at < from ? at : from;
        to = at + v->bytes > to ? at + v->bytes : to;
    }
    from -= from % PAGE;
    to += PAGE - to % PAGE;
    unmap_region(&shadow_regions[REGION_VARIABLES]);
    if (to - from > (size_t)64 << 30)           /* in libraries far apart: too much to watch */
        return;
    map_region(&shadow_regions[REGION_VARIABLES], from, to - from);
    for (v = newest; v; v = v->next)
        shadow_mark(v->address, v->bytes,
                    v->kind == CUSIM_CONSTANT ? SHADOW_GONE : SHADOW_WRITTEN);
}

void shadow_prepare(void)
{
    if (shadow_regions[REGION_DEVICE].bytes == 0 && cusim_arena)
        map_region(&shadow_regions[REGION_DEVICE], (uintptr_t)cusim_arena,
                   cusim_arena_bytes & ~(size_t)15);
    if (shadow_regions[REGION_SHARED].bytes == 0 && cusim_shared_arena)
        map_region(&shadow_regions[REGION_SHARED], (uintptr_t)cusim_shared_arena,
                   CUSIM_SHARED_SPAN);
    prepare_variables();
}

void shadow_mark(const void *p, size_t bytes, shadow_state state)
{
    const shadow_region *r = shadow_at(p, bytes);
    if (!r)
        return;
    size_t offset = (uintptr_t)p - r->base;
    const size_t end = offset + bytes;

    for (; offset < end && (offset % 4 || end - offset < 4); offset++) {
        unsigned char *s = &r->state[offset / 4];
        const unsigned shift = 2 * (unsigned)(offset % 4);
        *s = (unsigned char)((*s & ~(3u << shift)) | (unsigned)state << shift);
    }
    if (offset < end) {
        const size_t whole = (end - offset) / 4 * 4;
        memset(r->state + offset / 4, (int)state * 0x55, whole / 4);
        if (offset + whole < end)
            shadow_mark((void *)(r->base + offset + whole), end - offset - whole, state);
    }
}

/* ---- Memory that the shadow takes ---- */

bool shadow_holds(const void *p)
{
    for (int i = 0; i < REGIONS; i++) {
        const shadow_region *r = &shadow_regions[i];
        const uintptr_t at = (uintptr_t)p;
        if (at - (uintptr_t)r->state < r->bytes / 4 ||
            at - (uintptr_t)r->words < r->bytes / 4 * sizeof *r->words ||
            at - (uintptr_t)r->parts < r->bytes * sizeof *r->parts)
            return true;
    }
    return false;
}

static void drop(void *from, size_t bytes)
{
    enum { PAGE = 4096 };
    const uintptr_t start = ((uintptr_t)from + PAGE - 1) / PAGE * PAGE;
    const uintptr_t end = ((uintptr_t)from + bytes) / PAGE * PAGE;
    if (end > start)
        madvise((void *)start, end - start, MADV_DONTNEED);
}

void shadow_forget(const void *p, size_t bytes)
{
    const shadow_region *r = shadow_at(p, bytes);
    if (!r)
        return;
    const size_t offset = (uintptr_t)p - r->base;
    drop(r->words + offset / 4, bytes / 4 * sizeof *r->words);
    drop(r->parts + offset, bytes * sizeof *r->parts);
}

static size_t resident_bytes(void)
{
    unsigned long size, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f)
        return 0;
    if (fscanf(f, "%lu %lu", &size, &resident) != 2)
        resident = 0;
    fclose(f);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

void shadow_trim(void)
{
    static size_t limit;
    if (limit == 0) {
        const size_t memory = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
        limit = memory / 3;
    }
    if (resident_bytes() >= limit)
        shadow_forget_all();
}

void shadow_forget_all(void)
{
    for (int i = 0; i < REGIONS; i++) {
        const shadow_region *r = &shadow_regions[i];
        if (r->bytes)
            shadow_forget((void *)r->base, r->bytes);
    }
}
