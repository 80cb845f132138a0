/* profile.c: the profile's hooks. They put warps together again.
 *
 * cusim runs the 32 lanes of a warp one after another; a GPU runs them together. So each lane notes
 * what it does: the basic blocks that it enters and its accesses to memory, with the address of the
 * code. When lanes have gone far enough their notes are played in step: of the next notes of all
 * lanes, those in the deepest function at the lowest address are one instruction of the warp, and
 * these lanes are active. Lanes that part at a branch so meet again behind it, as on a GPU, because
 * the code of both sides stands before the place where they join (the profile is compiled with
 * -fno-reorder-blocks for that). Where compiled code is in another order lanes meet later than they
 * would; that is the approximation here. A lane whose notes are played out while it can still run
 * holds up the others' notes, so what is counted does not depend on the order of threads.
 *
 * Cost: 16 bytes and a few dozen machine instructions per note; at most ROOM notes per lane. */
#include "cusim/runtime/profile.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 512 };

typedef enum { NOTE_BLOCK, NOTE_LOAD, NOTE_STORE, NOTE_ATOMIC } note_kind;

/* `what` orders the notes that lanes play next: 255 - depth of calls (8 bits), address of the code
 * (48), kind (2), bytes (6). Equal means: the same instruction. */
typedef struct {
    uint64_t what;
    uint64_t address;           /* of an access */
} note;

typedef struct {
    note *notes;                /* [ROOM], those from head to tail are yet to be played */
    unsigned head, tail;
    unsigned depth;
    /* The last basic block that was played, and the lanes that executed it together. */
    uint64_t last_step;         /* 0: none */
    uintptr_t last_pc;
    unsigned last_lanes;
} lane_notes;

static lane_notes lanes_of[CUSIM_MAX_WARPS][CUSIM_WARP];
static uint64_t steps;
static profile_kernel *kernels, *kernel;        /* all, and the one that runs */
static size_t block_shared_bytes;               /* static shared memory of this block so far */

static void *checked(void *memory)
{
    if (!memory) {
        fputs("cusim: out of memory for the profile\n", stderr);
        exit(EXIT_FAILURE);
    }
    return memory;
}

/* ---- Tables ---- */

static size_t place_of(const profile_map *m, uint64_t key)
{
    size_t at = (size_t)(key * 0x9E3779B97F4A7C15u >> 32) & (m->room - 1);
    while (m->keys[at] && m->keys[at] != key)
        at = (at + 1) & (m->room - 1);
    return at;
}

static void grow(profile_map *m)
{
    const profile_map old = *m;

    m->room = old.room ? 2 * old.room : 64;
    m->keys = checked(calloc(m->room, sizeof *m->keys));
    m->numbers = checked(calloc(m->room, sizeof *m->numbers));
    for (size_t i = 0; i < old.room; i++)
        if (old.keys[i]) {
            const size_t at = place_of(m, old.keys[i]);
            m->keys[at] = old.keys[i];
            m->numbers[at] = old.numbers[i];
        }
    free(old.keys);
    free(old.numbers);
}

/* The number of key; records is the array [used] that goes with the map, and grows with it. */
static size_t number_of(profile_map *m, uint64_t key, void **records, size_t record_bytes)
{
    if (2 * m->used >= m->room) {
        grow(m);
        *records = checked(realloc(*records, m->room * record_bytes));
    }

    const size_t at = place_of(m, key);
    if (!m->keys[at]) {
        m->keys[at] = key;
        m->numbers[at] = (uint32_t)m->used;
        memset((char *)*records + m->used++ * record_bytes, 0, record_bytes);
    }
    return m->numbers[at];
}

static profile_block *basic_block(uintptr_t pc)
{
    void *records = kernel->basic_blocks;
    const size_t i = number_of(&kernel->block_map, pc, &records, sizeof *kernel->basic_blocks);
    kernel->basic_blocks = records;
    kernel->basic_blocks[i].pc = pc;
    return &kernel->basic_blocks[i];
}

static profile_site *access_site(uintptr_t pc, profile_space space, profile_op op)
{
    const uint64_t key = (uint64_t)pc << 4 | (uint64_t)space << 2 | (uint64_t)op;
    void *records = kernel->sites;
    const size_t i = number_of(&kernel->site_map, key, &records, sizeof *kernel->sites);
    kernel->sites = records;
    kernel->sites[i].pc = pc;
    kernel->sites[i].space = space;
    kernel->sites[i].op = op;
    return &kernel->sites[i];
}

/* ---- Notes become instructions of the warp ---- */

/* These lanes parted at the end of the block that they last executed together. */
static void count_parting(lane_notes *lanes, int lane)
{
    const uint64_t step = lanes[lane].last_step;

    basic_block(lanes[lane].last_pc)->divergent++;
    for (int l = 0; l < CUSIM_WARP; l++)
        if (lanes[l].last_step == step)
            lanes[l].last_step = 0;
}

static void play_block(lane_notes *lanes, unsigned group, uintptr_t pc)
{
    for (int l = 0; l < CUSIM_WARP; l++)
        if (group >> l & 1 && lanes[l].last_step && lanes[l].last_lanes & ~group)
            count_parting(lanes, l);

    profile_block *b = basic_block(pc);
    b->warps++;
    b->lanes += (unsigned)__builtin_popcount(group);

    steps++;
    for (int l = 0; l < CUSIM_WARP; l++)
        if (group >> l & 1) {
            lanes[l].last_step = steps;
            lanes[l].last_pc = pc;
            lanes[l].last_lanes = group;
        }
}

/* What memory p lies in; false if it does not count: a thread's own, or that of the host. */
static bool space_of(const unsigned char *p, profile_space *space)
{
    static const cusim_variable *last;

    if (p >= cusim_shared_arena && p < cusim_shared_arena + CUSIM_SHARED_SPAN) {
        *space = PROFILE_SHARED;
        return true;
    }
    if (p >= cusim_arena && p < cusim_arena + cusim_arena_bytes) {
        *space = PROFILE_GLOBAL;
        return true;
    }
    if (!last || p < (unsigned char *)last->address ||
        p >= (unsigned char *)last->address + last->bytes)
        last = cusim_variable_at(p);
    *space = last && last->kind == CUSIM_CONSTANT ? PROFILE_CONSTANT : PROFILE_GLOBAL;
    return last != NULL;
}

static void play_access(const lane_notes *lanes, unsigned group, uintptr_t pc, note_kind kind,
                        int bytes)
{
    const profile_op op = kind == NOTE_LOAD ? PROFILE_LOAD
                        : kind == NOTE_STORE ? PROFILE_STORE : PROFILE_ATOMIC;
    uint64_t address[CUSIM_WARP];
    unsigned in_space[PROFILE_SPACES] = { 0 };

    for (int l = 0; l < CUSIM_WARP; l++) {
        if (!(group >> l & 1))
            continue;
        unsigned char *p = (unsigned char *)(uintptr_t)lanes[l].notes[lanes[l].head].address;
        profile_space space;
        if (!space_of(p, &space))
            continue;
        in_space[space] |= 1u << l;
        address[l] = space == PROFILE_SHARED ? (uint64_t)(p - cusim_shared_arena) : (uintptr_t)p;
    }
    for (int space = 0; space < PROFILE_SPACES; space++)
        if (in_space[space])
            profile_count(&access_site(pc, (profile_space)space, op)->traffic, (profile_space)space,
                          op, in_space[space], address, bytes);
}

static bool may_go_on(int thread)
{
    return thread < cusim_now.launch->threads && !cusim_thread_waits(thread);
}

/* Plays the notes of a warp: all of them, or as far as it is sure which lanes act together. */
static void play(int warp, bool all)
{
    lane_notes *lanes = lanes_of[warp];

    for (;;) {
        uint64_t first = UINT64_MAX;
        unsigned group = 0;
        for (int l = 0; l < CUSIM_WARP; l++) {
            if (lanes[l].head == lanes[l].tail) {
                if (!all && may_go_on(warp * CUSIM_WARP + l))
                    return;
                continue;
            }
            const uint64_t what = lanes[l].notes[lanes[l].head].what;
            if (what < first) {
                first = what;
                group = 0;
            }
            if (what == first)
                group |= 1u << l;
        }
        if (!group)
            return;

        const uintptr_t pc = (uintptr_t)(first >> 8 & 0xFFFFFFFFFFFF);
        const note_kind kind = (note_kind)(first >> 6 & 3);
        if (kind == NOTE_BLOCK)
            play_block(lanes, group, pc);
        else
            play_access(lanes, group, pc, kind, (int)(first & 63));

        for (int l = 0; l < CUSIM_WARP; l++)
            if (group >> l & 1 && ++lanes[l].head == lanes[l].tail)
                lanes[l].head = lanes[l].tail = 0;
    }
}

/* Makes room for a note of the running lane. Lanes that are behind must come up first. */
static void make_room(lane_notes *lane, int warp)
{
    play(warp, false);
    while (lane->tail - lane->head == ROOM) {
        cusim_let_others_run();
        play(warp, false);
    }
    if (lane->tail == ROOM) {
        memmove(lane->notes, lane->notes + lane->head, (ROOM - lane->head) * sizeof *lane->notes);
        lane->tail -= lane->head;
        lane->head = 0;
    }
}

static void add_note(note_kind kind, const void *pc, size_t bytes, const void *address)
{
    const int warp = cusim_now.thread / CUSIM_WARP;
    lane_notes *lane = &lanes_of[warp][cusim_now.thread % CUSIM_WARP];

    if (!lane->notes)
        lane->notes = checked(malloc(ROOM * sizeof *lane->notes));
    if (lane->tail == ROOM)
        make_room(lane, warp);
    lane->notes[lane->tail++] = (note){
        .what = (uint64_t)(255 - (lane->depth & 255)) << 56 |
                ((uint64_t)(uintptr_t)pc & 0xFFFFFFFFFFFF) << 8 | (uint64_t)kind << 6 | bytes,
        .address = (uintptr_t)address
    };
}

/* ---- Hooks ---- */

static profile_kernel *kernel_of(const cusim_launch_state *l)
{
    const cusim_dim block = l->config.block;

    for (profile_kernel *k = kernels; k; k = k->next)
        if (strcmp(k->name, l->site->kernel) == 0 && k->block.x == block.x &&
            k->block.y == block.y && k->block.z == block.z &&
            k->dynamic_bytes == l->config.shared_bytes)
            return k;

    profile_kernel *k = checked(calloc(1, sizeof *k));
    k->name = l->site->kernel;
    k->file = l->site->file;
    k->line = l->site->line;
    k->block = block;
    k->grid = l->config.grid;
    k->dynamic_bytes = l->config.shared_bytes;
    profile_kernel **end = &kernels;
    while (*end)
        end = &(*end)->next;
    return *end = k;
}

static uint64_t volume(cusim_dim d)
{
    return (uint64_t)d.x * d.y * d.z;
}

void cusim_profile_launch(const cusim_launch_state *l)
{
    const cusim_dim grid = l->config.grid;

    kernel = kernel_of(l);
    if (grid.x != kernel->grid.x || grid.y != kernel->grid.y || grid.z != kernel->grid.z)
        kernel->grids_differ = true;
    if (volume(grid) > volume(kernel->grid))
        kernel->grid = grid;
    kernel->launches++;
    kernel->blocks += volume(grid);
    kernel->threads += volume(grid) * (unsigned)l->threads;
    kernel->warps += volume(grid) * (unsigned)((l->threads + CUSIM_WARP - 1) / CUSIM_WARP);
}

/* Another block may still be under way, in a cooperative launch, but its lanes all wait at the
 * grid's barrier and their notes are played. */
void cusim_profile_block(void)
{
    block_shared_bytes = 0;
    for (int warp = 0; warp < CUSIM_MAX_WARPS; warp++)
        for (int l = 0; l < CUSIM_WARP; l++) {
            lane_notes *lane = &lanes_of[warp][l];
            lane->head = lane->tail = lane->depth = 0;
            lane->last_step = 0;
        }
}

void cusim_profile_shared(const cusim_shared_site *site)
{
    const size_t align = site->align ? site->align : 1;

    block_shared_bytes = (block_shared_bytes + align - 1) / align * align + site->bytes;
    if (block_shared_bytes > kernel->static_bytes)
        kernel->static_bytes = block_shared_bytes;
}

void cusim_profile_barrier(void)
{
    kernel->barriers++;
}

void cusim_profile_warp(int warp)
{
    play(warp, true);
}

/* False for a thread's own memory, and for the host. */
static bool counts(const void *p)
{
    return kernel && cusim_now.running && !cusim_on_stack(p);
}

void cusim_profile_access(const void *p, size_t bytes, bool is_write, bool is_atomic,
                          const void *caller)
{
    if (counts(p))
        add_note(is_atomic ? NOTE_ATOMIC : is_write ? NOTE_STORE : NOTE_LOAD, caller, bytes, p);
}

/* nvcc moves a structure member by member, unless it is aligned as a whole; most have members of
 * 4 bytes. */
void cusim_profile_structure(const void *p, size_t bytes, bool is_write, const void *caller)
{
    enum { MEMBER = 4 };
    const unsigned char *at = p;

    if (counts(p))
        for (size_t done = 0; done < bytes; done += MEMBER)
            add_note(is_write ? NOTE_STORE : NOTE_LOAD, caller,
                     bytes - done < MEMBER ? bytes - done : MEMBER, at + done);
}

void cusim_profile_block_start(const void *caller)
{
    if (kernel && cusim_now.running)
        add_note(NOTE_BLOCK, caller, 0, NULL);
}

void cusim_profile_function(bool enters)
{
    if (kernel && cusim_now.running) {
        lane_notes *lane = &lanes_of[cusim_now.thread / CUSIM_WARP][cusim_now.thread % CUSIM_WARP];
        lane->depth += enters ? 1 : -1u;
    }
}

void cusim_profile_flop(int lane_flop)
{
    if (kernel)
        kernel->tensor_flop += (uint64_t)lane_flop;
}

void cusim_flop(int lane_flop)
{
    if (cusim_set.profile)
        cusim_profile_flop(lane_flop);
}

void cusim_profile_launch_end(void)
{
    for (int warp = 0; warp < CUSIM_MAX_WARPS; warp++)
        play(warp, true);
    kernel = NULL;
}

void cusim_profile_exit(void)
{
    const bool flop_known = profile_disassemble(kernels);

    profile_find_headers(kernels);
    profile_report(kernels, flop_known);
    if (cusim_set.profile_json)
        profile_write_json(cusim_set.profile_json, kernels, flop_known);
}

void cusim_profile_print(FILE *to)
{
    profile_find_headers(kernels);
    profile_print_json(to, kernels, false);
}

/* What -fsanitize-coverage=trace-pc calls at the start of each basic block. */
void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    if (cusim_set.profile)
        cusim_profile_block_start(__builtin_return_address(0));
}
