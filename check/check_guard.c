/* check_guard.c: memory that notices what a kernel should not do.
 *
 * Idea: everything that a kernel has no right to read holds signalling NaNs whose payload says
 *       what they are. Arithmetic keeps the payload and sets the quiet bit. So a float that still
 *       is the poison, bit for bit, was never written, and one with the same payload but quiet was
 *       computed from it. Guards around the data tell of writes beyond it in the same way.
 * Limit: what is read and then thrown away, or lies further off than a guard, is not seen here;
 *       the sanitizers see that. */
#include "check/check_engine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { GUARD_BYTES = 256, ALIGNMENT = 64 };
enum { WALL_BYTES = 1 << 20, PAGE_BYTES = 1 << 16 };    /* a multiple of any system's page */

#define EXPONENT_BITS UINT32_C(0x7f800000)
#define QUIET_BIT     UINT32_C(0x00400000)
#define PAYLOAD_BITS  UINT32_C(0x003fffff)

enum { PAYLOAD_OUTPUT = 0x21c0de, PAYLOAD_WORKSPACE = 0x22c0de, PAYLOAD_GUARD = 0x23c0de };

static uint32_t poison(uint32_t payload)
{
    return EXPONENT_BITS | payload;             /* quiet bit clear: signalling */
}

static void fill(unsigned char *to, size_t bytes, uint32_t payload)
{
    const uint32_t word = poison(payload);
    const size_t whole = bytes / sizeof word;

    for (size_t i = 0; i < whole; i++)
        memcpy(to + i * sizeof word, &word, sizeof word);
    memcpy(to + whole * sizeof word, &word, bytes % sizeof word);
}

static check_pages guard_pages = CHECK_PAGES_NONE;

void check_guard_pages(check_pages pages)
{
    guard_pages = pages;
}

bool check_guard_paged(void)
{
    return guard_pages != CHECK_PAGES_NONE;
}

/* A block between two walls of pages that nobody may touch; the data lie against one of them. */
static bool open_between_walls(check_guarded *g, size_t bytes, size_t offset)
{
    const size_t needed = GUARD_BYTES + bytes + ALIGNMENT;

    g->total = (needed + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    g->mapping_bytes = g->total + 2 * WALL_BYTES;
    void *const all = mmap(NULL, g->mapping_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED)
        return false;
    g->mapping = all;
    g->block = (unsigned char *)all + WALL_BYTES;
    if (guard_pages == CHECK_PAGES_BEFORE)
        g->lead = 0;
    else if (offset > 0)
        g->lead = g->total - bytes;
    else
        g->lead = (g->total - bytes) / ALIGNMENT * ALIGNMENT;
    return mprotect(g->block, g->total, PROT_READ | PROT_WRITE) == 0;
}

static bool open_block(check_guarded *g, size_t bytes, size_t offset)
{
    g->lead = GUARD_BYTES + offset;
    g->total = (g->lead + bytes + GUARD_BYTES + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    g->block = aligned_alloc(ALIGNMENT, g->total);
    return g->block != NULL;
}

void *check_guard_open(check_guarded *g, size_t bytes, size_t offset)
{
    g->bytes = bytes;
    if (!(guard_pages == CHECK_PAGES_NONE ? open_block(g, bytes, offset)
                                          : open_between_walls(g, bytes, offset)))
        return NULL;
    fill(g->block, g->lead, PAYLOAD_GUARD);
    fill(g->block + g->lead + bytes, g->total - g->lead - bytes, PAYLOAD_GUARD);
    return g->block + g->lead;
}

void check_guard_close(check_guarded *g)
{
    if (g->mapping)
        munmap(g->mapping, g->mapping_bytes);
    else
        free(g->block);
    *g = (check_guarded){ 0 };
}

/* The first byte that is not as fill() left it; `bytes` if there is none. */
static size_t first_spoilt(const unsigned char *guard, size_t bytes)
{
    const uint32_t word = poison(PAYLOAD_GUARD);
    unsigned char pattern[sizeof word];
    size_t i = 0;

    memcpy(pattern, &word, sizeof word);
    while (i < bytes && guard[i] == pattern[i % sizeof word])
        i++;
    return i;
}

bool check_guard_intact(const check_guarded *g, ptrdiff_t *stray)
{
    const size_t after = g->lead + g->bytes, tail = g->total - after;
    const size_t before = first_spoilt(g->block, g->lead);
    const size_t beyond = first_spoilt(g->block + after, tail);

    *stray = before < g->lead ? (ptrdiff_t)before - (ptrdiff_t)g->lead
                              : (ptrdiff_t)(g->bytes + beyond);
    return before == g->lead && beyond == tail;
}

void check_poison_workspace(void *data, size_t bytes)
{
    fill(data, bytes, PAYLOAD_WORKSPACE);
}

static unsigned char pattern_of_run(int run)
{
    static const unsigned char patterns[] = { 0xa5, 0x5a, 0xc3 };
    return patterns[(size_t)run % sizeof patterns];
}

void check_poison_output(check_type type, void *data, size_t bytes, int run)
{
    if (type == CHECK_FLOAT)
        fill(data, bytes, PAYLOAD_OUTPUT);
    else
        memset(data, pattern_of_run(run), bytes);
}

check_outcome check_poison_of(check_type type, const void *element, int run)
{
    uint32_t bits;

    if (type != CHECK_FLOAT) {
        const unsigned char *const bytes = element;
        for (size_t i = 0; i < check_element_bytes(type); i++)
            if (bytes[i] != pattern_of_run(run))
                return CHECK_PASSED;
        return CHECK_UNWRITTEN;
    }
    memcpy(&bits, element, sizeof bits);
    if ((bits & EXPONENT_BITS) != EXPONENT_BITS)
        return CHECK_PASSED;
    switch (bits & PAYLOAD_BITS) {
    case PAYLOAD_OUTPUT: return bits & QUIET_BIT ? CHECK_STALE : CHECK_UNWRITTEN;
    case PAYLOAD_WORKSPACE: return CHECK_SCRATCH;
    case PAYLOAD_GUARD: return CHECK_OUTSIDE;
    default: return CHECK_PASSED;
    }
}
