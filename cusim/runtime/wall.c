/* wall.c: where a program that is not trusted may write.
 *
 * Idea: the compiler tells of each store (instrument.c), the C library's functions that store are
 *       the runtime's own (device_heap.c), and the API is the runtime's anyway. So all that such
 *       a program writes can be held against a short list of what is its own; the simulator's
 *       settings, findings and counters, the C library's memory and everything else are not in
 *       it. Nothing needs to be moved, and what nobody thought of is forbidden.
 * Own:  device and shared memory; objects that were loaded after the wall was put up; the heap
 *       below; an exception until it is thrown; of the stack what lies above the frame that
 *       stores, up to the return address of the first function of the program or to where the
 *       fiber begins: other frames, of the runtime and of other fibers, hold return addresses.
 * Heap: one run of addresses for each power of two, so that the address tells the size. What is
 *       free is noted elsewhere: the C library keeps such notes where a program may write.
 * A program has one thread of the system here. */
#define _GNU_SOURCE             /* dl_iterate_phdr */
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cusim/include/cusim.h"
#include "cusim/runtime/findings.h"
#include "cusim/runtime/machine.h"

enum { CLASSES = 26, GIVE_BACK = 1 << 20, ALIGNED = 2 << 20 };
static const uintptr_t smallest = 16;           /* bytes of a block of the first class */
static const uintptr_t span = (uintptr_t)1 << 30;       /* addresses of a class */

typedef struct {
    uintptr_t from, bytes;
} range;

typedef struct {
    uint32_t used;              /* blocks that were taken from the span */
    uint32_t freed;             /* the first of the list, counted from 1; 0: none */
    uint32_t *next;             /* of each block that is in it */
} size_class;

bool cusim_walled;
const void *cusim_entry;

static const char *stack_given, *stack_top;     /* from outside; of the program's functions */
static int trusted_images = -1;
static bool (*callable)(const void *function);
static range image;             /* the last that was written to */
static range exception;         /* that is being made */
static range heap;
static size_class classes[CLASSES];

static bool holds(range r, uintptr_t at, size_t bytes)
{
    return at - r.from < r.bytes && bytes <= r.bytes - (at - r.from);
}

/* ---- Up and down ---- */

static int count_image(struct dl_phdr_info *info, size_t size, void *count)
{
    (void)info, (void)size;
    ++*(int *)count;
    return 0;
}

static void *reserve(size_t bytes)
{
    void *const p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED)
        cusim_fatal("no addresses for the heap of the program");
    return p;
}

static void first_time(void)
{
    uint32_t *next = reserve(2 * span / smallest * sizeof *next);

    trusted_images = 0;
    dl_iterate_phdr(count_image, &trusted_images);
    heap.bytes = CLASSES * span;
    heap.from = ((uintptr_t)reserve(heap.bytes + ALIGNED) + ALIGNED - 1) / ALIGNED * ALIGNED;
    for (int i = 0; i < CLASSES; i++) {
        classes[i].next = next;
        next += span / (smallest << i);
    }
}

/* A return address that was left there looks like one. */
__attribute__((noinline)) static void clear_stack(void)
{
    char stale[32 * 1024];

    memset(stale, 0, sizeof stale);
    __asm__ volatile("" : : "r"(stale) : "memory");
}

void cusim_wall_up(const void *stack, bool (*may_call)(const void *function))
{
    if (trusted_images < 0)
        first_time();
    clear_stack();
    stack_given = stack_top = stack;
    callable = may_call;
    cusim_walled = true;
}

void cusim_wall_enter(const void *caller, const void *frame)
{
    const char *at = frame;

    if (cusim_now.running || (stack_top < stack_given && at < stack_top))
        return;
    while (at < stack_given && *(const void *const *)at != caller)
        at += sizeof(void *);
    stack_top = at < stack_given ? at : stack_given;
}

void cusim_wall_down(void)
{
    cusim_walled = false;
}

/* ---- What is the program's own ---- */

typedef struct {
    uintptr_t at;
    int number;
    range found;
} image_search;

static int look_into(struct dl_phdr_info *info, size_t size, void *of_search)
{
    image_search *const s = of_search;

    (void)size;
    if (s->number++ < trusted_images)
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *const part = &info->dlpi_phdr[i];
        const range r = { info->dlpi_addr + part->p_vaddr, part->p_memsz };
        if (part->p_type == PT_LOAD && part->p_flags & PF_W && holds(r, s->at, 1)) {
            s->found = r;
            return 1;
        }
    }
    return 0;
}

static bool in_own_image(uintptr_t at, size_t bytes)
{
    image_search s = { .at = at };

    if (holds(image, at, bytes))
        return true;
    if (dl_iterate_phdr(look_into, &s) == 0)
        return false;
    image = s.found;
    return holds(image, at, bytes);
}

static bool on_own_stack(uintptr_t at, size_t bytes, const void *frame)
{
    const char *const end = cusim_now.running ? cusim_stack_end(frame) : stack_top;

    return frame && end && (const char *)frame < end &&
           holds((range){ (uintptr_t)frame, (uintptr_t)end - (uintptr_t)frame }, at, bytes);
}

bool cusim_may_write(const void *p, size_t bytes, const void *frame)
{
    const uintptr_t at = (uintptr_t)p;

    return holds((range){ (uintptr_t)cusim_arena, cusim_arena_bytes }, at, bytes) ||
           on_own_stack(at, bytes, frame) ||
           holds((range){ (uintptr_t)cusim_shared_arena, CUSIM_SHARED_SPAN }, at, bytes) ||
           holds(heap, at, bytes) || holds(exception, at, bytes) || in_own_image(at, bytes);
}

bool cusim_may_call(const void *function)
{
    return !cusim_walled || !callable || callable(function);
}

void cusim_wall_exception(const void *p, size_t bytes)
{
    exception = (range){ (uintptr_t)p, bytes };
}

void cusim_wall_hit(const void *caller)
{
    char place[1024];

    if (cusim_now.running)
        cusim_abort_launch(cudaErrorIllegalAddress);
    finding_place(place, sizeof place, (const char *)caller - 1);
    fprintf(stderr, "cusim: %s: the program writes into memory that is not its own\n", place);
    fflush(NULL);
    _exit(CUSIM_WALL_CODE);
}

void cusim_wall(const void *p, size_t bytes, const void *frame, const void *caller)
{
    if (cusim_walled && bytes > 0 && !cusim_may_write(p, bytes, frame))
        cusim_wall_hit(caller);
}

void cusim_wall_store(const void *p, size_t bytes, const void *caller)
{
    if (!cusim_may_write(p, bytes, __builtin_frame_address(0)))
        cusim_wall_hit(caller);
}

/* ---- The heap ---- */

bool cusim_heap_holds(const void *p)
{
    return holds(heap, (uintptr_t)p, 1);
}

static int class_of(size_t bytes)
{
    int i = 0;

    while (i < CLASSES && smallest << i < bytes)
        i++;
    return i;
}

size_t cusim_heap_room(const void *p)
{
    return smallest << ((uintptr_t)p - heap.from) / span;
}

void *cusim_heap_take(size_t bytes)
{
    const int i = class_of(bytes);
    uint32_t number;

    if (i == CLASSES)
        return NULL;
    size_class *const c = &classes[i];
    if (c->freed) {
        number = c->freed - 1;
        c->freed = c->next[number];
    } else if (c->used < span / (smallest << i)) {
        number = c->used++;
    } else {
        return NULL;
    }
    return (void *)(heap.from + (uintptr_t)i * span + (uintptr_t)number * (smallest << i));
}

void cusim_heap_give(void *p)
{
    const uintptr_t offset = (uintptr_t)p - heap.from;
    const size_t room = cusim_heap_room(p);
    const uintptr_t number = offset % span / room;
    size_class *const c = &classes[offset / span];

    if (offset % room || number >= c->used)
        cusim_fatal("%p, which is freed, is not the start of an allocation", p);
    c->next[number] = c->freed;
    c->freed = (uint32_t)number + 1;
    if (room >= GIVE_BACK)
        (void)madvise(p, room, MADV_DONTNEED);
}
