/* profile_report.c: the profile as a person reads it: each kernel's sums, then the lines of source
 * that cost most for nothing. On stderr, so that a program's own output stays as it is. */
#include "cusim/runtime/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECTOR_BYTES = 32, LINES = 12 };

const char *const profile_space_names[PROFILE_SPACES] = { "global", "shared", "constant" };
const char *const profile_op_names[PROFILE_OPS] = { "load", "store", "atomic" };
const char *const profile_unit_names[PROFILE_SPACES] = { "sectors", "passes", "addresses" };

double profile_ratio(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

profile_source profile_source_of(uintptr_t pc)
{
    profile_source s = { NULL, 0 };
    const char *function;

    if (!cusim_source_of((const void *)(pc - 1), &function, &s.file, &s.line))
        s.file = NULL;
    return s;
}

/* A shuffle or a conversion has branches here, but is one instruction on a GPU. */
void profile_find_headers(profile_kernel *kernels)
{
    for (profile_kernel *k = kernels; k; k = k->next)
        for (size_t i = 0; i < k->block_map.used; i++) {
            profile_block *b = &k->basic_blocks[i];
            b->in_header = cusim_source_in_header((const void *)(b->pc - 1));
            b->branch_in_header = b->branch_pc ? cusim_source_in_header((const void *)b->branch_pc)
                                               : b->in_header;
        }
}

profile_summary profile_sum(const profile_kernel *k, bool flop_known)
{
    profile_summary s = { .flop_known = flop_known };
    const cusim_resources *resources = profile_resources_of(k->name);
    size_t static_bytes = k->static_bytes;

    for (size_t i = 0; i < k->site_map.used; i++) {
        const profile_site *site = &k->sites[i];
        profile_add(&s.traffic[site->space][site->op], &site->traffic);
        if (site->space == PROFILE_GLOBAL)
            s.bytes_moved += site->traffic.units * SECTOR_BYTES;
    }
    for (size_t i = 0; i < k->block_map.used; i++) {
        const profile_block *b = &k->basic_blocks[i];
        s.flop += b->flop * b->lanes;
        s.special += b->special * b->lanes;
        if (!b->in_header) {
            s.block_warps += b->warps;
            s.block_lanes += b->lanes;
        }
        if (!b->branch_in_header) {
            s.divergent += b->divergent;
            if (b->branch_pc)
                s.branches += b->warps;
        }
    }
    s.flop += k->tensor_flop;
    if (resources) {
        s.registers = resources->registers;
        static_bytes = resources->shared_bytes;
    }
    s.shared_bytes = static_bytes + k->dynamic_bytes;
    s.occupancy = cusim_occupancy_of((int)(k->block.x * k->block.y * k->block.z), s.shared_bytes,
                                     s.registers);
    return s;
}

/* ---- The sums of a kernel ---- */

static const char *bytes_text(char text[24], uint64_t bytes)
{
    static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB" };
    double n = (double)bytes;
    int i = 0;

    for (; n >= 1024 && i < 4; i++)
        n /= 1024;
    snprintf(text, 24, i ? "%.2f %s" : "%.0f %s", n, names[i]);
    return text;
}

static void print_traffic(profile_space space, profile_op op, const profile_traffic *t)
{
    char name[32], text[24];

    snprintf(name, sizeof name, "%s %s", profile_space_names[space], profile_op_names[op]);
    fprintf(stderr, "  %-15s %9llu requests of a warp, %.2f %s each (at best %.2f)", name,
            (unsigned long long)t->requests, profile_ratio(t->units, t->requests),
            profile_unit_names[space], profile_ratio(t->ideal_units, t->requests));
    if (space == PROFILE_GLOBAL)
        fprintf(stderr, "; %s moved, %.1f %% used", bytes_text(text, t->units * SECTOR_BYTES),
                100 * profile_ratio(t->distinct_bytes, t->units * SECTOR_BYTES));
    else if (space == PROFILE_SHARED && t->units > t->ideal_units)
        fprintf(stderr, "; %llu bank conflicts, up to %llu ways",
                (unsigned long long)(t->units - t->ideal_units),
                (unsigned long long)t->worst_units);
    if (t->worst_together > 1)
        fprintf(stderr, "; up to %llu lanes at one address",
                (unsigned long long)t->worst_together);
    fputc('\n', stderr);
}

static void print_operations(const profile_kernel *k, const profile_summary *s)
{
    if (!s->flop_known) {
        fputs("  operations      unknown: objdump (package binutils) cannot read the program\n",
              stderr);
        return;
    }
    fprintf(stderr, "  operations      %9llu FLOP", (unsigned long long)s->flop);
    if (k->tensor_flop)
        fprintf(stderr, " (%llu in tensor cores)", (unsigned long long)k->tensor_flop);
    if (s->special)
        fprintf(stderr, ", %llu special functions", (unsigned long long)s->special);
    if (s->flop && s->bytes_moved)
        fprintf(stderr, "; %.3g FLOP per byte of global memory",
                profile_ratio(s->flop, s->bytes_moved));
    fputc('\n', stderr);
}

static void print_occupancy(const profile_summary *s)
{
    char shared[24];

    fprintf(stderr, "  occupancy       %8.1f %%: %d of %d warps, %d blocks, limited by %s",
            100.0 * s->occupancy.warps / CUSIM_SM_WARPS, s->occupancy.warps, CUSIM_SM_WARPS,
            s->occupancy.blocks, s->occupancy.limit);
    fprintf(stderr, " (%s of shared memory; ", bytes_text(shared, s->shared_bytes));
    if (s->registers)
        fprintf(stderr, "%d registers)\n", s->registers);
    else
        fputs("registers unknown)\n", stderr);
}

static void print_kernel(const profile_kernel *k, const profile_summary *s)
{
    fprintf(stderr, "\n%s   %llu launch%s, grid %s%ux%ux%u, block %ux%ux%u, %llu threads\n",
            k->name, (unsigned long long)k->launches, k->launches == 1 ? "" : "es",
            k->grids_differ ? "up to " : "", k->grid.x, k->grid.y, k->grid.z, k->block.x,
            k->block.y, k->block.z, (unsigned long long)k->threads);
    for (int space = 0; space < PROFILE_SPACES; space++)
        for (int op = 0; op < PROFILE_OPS; op++)
            if (s->traffic[space][op].requests)
                print_traffic((profile_space)space, (profile_op)op, &s->traffic[space][op]);
    if (k->barriers)
        fprintf(stderr, "  barriers        %9llu, %.2f per block\n",
                (unsigned long long)k->barriers, profile_ratio(k->barriers, k->blocks));
    fprintf(stderr, "  lanes           %9.2f of %d active on average; ",
            profile_ratio(s->block_lanes, s->block_warps), CUSIM_WARP);
    if (s->flop_known)
        fprintf(stderr, "%llu of %llu branches divergent\n", (unsigned long long)s->divergent,
                (unsigned long long)s->branches);
    else
        fprintf(stderr, "%llu divergent branches\n", (unsigned long long)s->divergent);
    print_operations(k, s);
    print_occupancy(s);
}

/* ---- Lines ---- */

typedef struct {
    const profile_kernel *kernel;
    const profile_site *site;           /* or */
    const profile_block *block;
    uint64_t waste;                     /* units beyond the best, or lanes that parted */
} costly;

static int by_waste(const void *a, const void *b)
{
    const costly *x = a, *y = b;

    return (x->waste < y->waste) - (x->waste > y->waste);
}

/* Keeps the LINES costliest in order. */
static void keep(costly *lines, int *count, costly one)
{
    if (one.waste == 0)
        return;
    if (*count == LINES && lines[LINES - 1].waste >= one.waste)
        return;
    lines[*count < LINES ? (*count)++ : LINES - 1] = one;
    qsort(lines, (size_t)*count, sizeof *lines, by_waste);
}

static void print_place(uintptr_t pc)
{
    const profile_source s = profile_source_of(pc);

    if (s.file)
        fprintf(stderr, "  %s:%d: ", s.file, s.line);
    else
        fprintf(stderr, "  code at %#zx: ", (size_t)pc);
}

static void print_line(const costly *c)
{
    if (c->block) {
        print_place(c->block->branch_pc ? c->block->branch_pc + 1 : c->block->pc);
        fprintf(stderr, "the lanes of a warp part in %.0f %% of %llu executions",
                100 * profile_ratio(c->block->divergent, c->block->warps),
                (unsigned long long)c->block->warps);
    } else {
        const profile_traffic *t = &c->site->traffic;
        print_place(c->site->pc);
        const profile_space space = c->site->space;
        fprintf(stderr, "%s %s, %.2f %s per request, at best %.2f", profile_space_names[space],
                profile_op_names[c->site->op], profile_ratio(t->units, t->requests),
                profile_unit_names[space], profile_ratio(t->ideal_units, t->requests));
        if (space == PROFILE_SHARED)
            fprintf(stderr, " (bank conflict of up to %llu ways)",
                    (unsigned long long)t->worst_units);
    }
    fprintf(stderr, " [%s]\n", c->kernel->name);
}

/* A border that only the last warp meets is not worth a line: one part in 50 must be wasted. */
static void print_lines(const profile_kernel *kernels)
{
    enum { PARTS = 50 };
    costly lines[LINES];
    int count = 0;

    for (const profile_kernel *k = kernels; k; k = k->next) {
        for (size_t i = 0; i < k->site_map.used; i++) {
            const profile_traffic *t = &k->sites[i].traffic;
            if ((t->units - t->ideal_units) * PARTS > t->units)
                keep(lines, &count,
                     (costly){ k, &k->sites[i], NULL, t->units - t->ideal_units });
        }
        for (size_t i = 0; i < k->block_map.used; i++) {
            const profile_block *b = &k->basic_blocks[i];
            if (!b->branch_in_header && b->divergent * PARTS > b->warps)
                keep(lines, &count, (costly){ k, NULL, b, b->divergent });
        }
    }
    if (count)
        fputs("\nlines worth looking at, the costliest first\n", stderr);
    for (int i = 0; i < count; i++)
        print_line(&lines[i]);
}

void profile_report(profile_kernel *kernels, bool flop_known)
{
    fprintf(stderr, "cusim profile, for a device of compute capability 8.0\n");
    if (!kernels)
        fputs("\nno kernel was launched\n", stderr);
    for (const profile_kernel *k = kernels; k; k = k->next) {
        const profile_summary s = profile_sum(k, flop_known);
        print_kernel(k, &s);
    }
    print_lines(kernels);
}
