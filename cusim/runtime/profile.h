/* profile.h: what the files of the profile share.
 *
 *   profile.c         the hooks: what each lane does is noted, and warps are put together again
 *   profile_count.c   one request of a warp: sectors, bank conflicts
 *   profile_flop.c    floating-point operations, from the machine code
 *   profile_resources.c  registers, where nvcc told them
 *   profile_report.c  the table, and profile_json.c the JSON file
 *   occupancy.c       blocks per multiprocessor
 */
#ifndef CUSIM_PROFILE_H
#define CUSIM_PROFILE_H

#include <stdio.h>

#include "cusim/runtime/occupancy.h"
#include "cusim/runtime/runtime.h"

/* ---- One request: the lanes of a warp that execute one access together ---- */

typedef enum { PROFILE_GLOBAL, PROFILE_SHARED, PROFILE_CONSTANT, PROFILE_SPACES } profile_space;
typedef enum { PROFILE_LOAD, PROFILE_STORE, PROFILE_ATOMIC, PROFILE_OPS } profile_op;

/* Sums over requests. A unit is what the hardware handles one after another: in global memory a
 * sector of 32 bytes, in shared memory a pass over the 32 banks, in constant memory one address. */
typedef struct {
    uint64_t requests;
    uint64_t lanes;
    uint64_t bytes;             /* asked for, over all lanes */
    uint64_t distinct_bytes;    /* global memory: a byte that several lanes ask for counts once */
    uint64_t units;
    uint64_t ideal_units;       /* the fewest that could hold the same bytes */
    uint64_t worst_units;       /* of one request; in shared memory: of one part, the "ways" */
    uint64_t worst_together;    /* atomics: most lanes at one address in one request */
} profile_traffic;

/* Adds one request of `lanes` (bit l: lane l takes part) for `bytes` (1..16) at address[l].
 * Addresses in shared memory count from its start, which lies in bank 0. */
void profile_count(profile_traffic *t, profile_space space, profile_op op, unsigned lanes,
                   const uint64_t address[CUSIM_WARP], int bytes);

void profile_add(profile_traffic *sum, const profile_traffic *t);

/* ---- What is known of a kernel ---- */

/* An index from 64-bit keys (not 0) to 0, 1, 2, ... in the order in which they come. */
typedef struct {
    uint64_t *keys;             /* in open addressing; 0: free */
    uint32_t *numbers;
    size_t room, used;
} profile_map;

typedef struct {
    uintptr_t pc;               /* return address of the access's callback */
    profile_space space;
    profile_op op;
    profile_traffic traffic;
} profile_site;

typedef struct {
    uintptr_t pc;               /* return address of the block's callback */
    uint64_t warps;             /* how often a warp, or a part of one, executed it */
    uint64_t lanes;             /* sum of the lanes that took part */
    uint64_t divergent;         /* how often these lanes parted at its end */
    /* From the machine code (profile_flop.c): */
    uintptr_t branch_pc;        /* its conditional jump, or 0 */
    unsigned flop, special;     /* of one execution by one lane */
    /* From the source lines (profile_report.c): */
    bool in_header, branch_in_header;       /* of a function of cusim's, which a GPU has not */
} profile_block;

/* All launches of one kernel with the same block and the same dynamic shared memory. */
typedef struct profile_kernel {
    const char *name;
    const char *file;
    int line;                   /* of the first launch */
    cusim_dim grid, block;      /* the largest grid */
    bool grids_differ;
    size_t dynamic_bytes, static_bytes;
    uint64_t launches, blocks, threads, warps, barriers, tensor_flop;
    profile_map site_map, block_map;
    profile_site *sites;
    profile_block *basic_blocks;
    struct profile_kernel *next;
} profile_kernel;

/* ---- Floating-point operations (profile_flop.c) ---- */

/* Fills in what the machine code tells of each block. False: there is no objdump. */
bool profile_disassemble(profile_kernel *kernels);

/* One line of objdump's disassembly, from the mnemonic on. */
typedef struct {
    unsigned flop, special;
    bool is_branch;             /* a conditional jump */
    bool ends_block;            /* the call that starts the next basic block */
} profile_instruction;
profile_instruction profile_read_instruction(const char *text);

/* ---- Registers (profile_resources.c) ---- */

/* What ptxas said of the kernel, whose name is as a launch writes it; NULL if unknown, or if
 * several instances of a template differ and the name does not tell which it is. */
const cusim_resources *profile_resources_of(const char *kernel);

/* ---- Reports (profile_report.c, profile_json.c) ---- */

/* A kernel's sums. */
typedef struct {
    profile_traffic traffic[PROFILE_SPACES][PROFILE_OPS];
    uint64_t bytes_moved;           /* sectors of global memory times 32 */
    uint64_t block_warps, block_lanes;      /* basic blocks executed by warps, by lanes */
    uint64_t branches, divergent;
    uint64_t flop, special;         /* flop: with those of tensor cores */
    bool flop_known;
    int registers;                  /* 0: unknown */
    size_t shared_bytes;            /* static and dynamic */
    cusim_occupancy occupancy;
} profile_summary;
void profile_find_headers(profile_kernel *kernels);
profile_summary profile_sum(const profile_kernel *k, bool flop_known);

extern const char *const profile_space_names[PROFILE_SPACES];
extern const char *const profile_op_names[PROFILE_OPS];
extern const char *const profile_unit_names[PROFILE_SPACES];

double profile_ratio(uint64_t part, uint64_t whole);        /* 0 if whole is */

/* Both tell where a place in the code is. */
typedef struct {
    const char *file;               /* NULL: unknown */
    int line;
} profile_source;
profile_source profile_source_of(uintptr_t pc);

void profile_report(profile_kernel *kernels, bool flop_known);          /* on stderr */
void profile_print_json(FILE *to, const profile_kernel *kernels, bool flop_known);
bool profile_write_json(const char *path, const profile_kernel *kernels, bool flop_known);

#endif
