/* profile_json.c: the profile as JSON, {"device": {...}, "kernels": [{...}, ...]}; the names are
 * those of the table, and README.md lists them. What is unknown is null. */
#include "cusim/runtime/profile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { SECTOR_BYTES = 32 };

static void write_string(FILE *to, const char *text)
{
    fputc('"', to);
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(to, "\\%c", *c);
        else if ((unsigned char)*c < 0x20)
            fprintf(to, "\\u%04x", (unsigned)*c);
        else
            fputc(*c, to);
    }
    fputc('"', to);
}

static void write_number(FILE *to, const char *name, uint64_t n)
{
    fprintf(to, ", \"%s\": %llu", name, (unsigned long long)n);
}

static void write_traffic(FILE *to, profile_space space, profile_op op, const profile_traffic *t)
{
    const char *unit = profile_unit_names[space];

    fprintf(to, "\"requests\": %llu", (unsigned long long)t->requests);
    write_number(to, "lanes", t->lanes);
    write_number(to, "bytes_requested", t->bytes);
    write_number(to, unit, t->units);
    fprintf(to, ", \"ideal_%s\": %llu", unit, (unsigned long long)t->ideal_units);
    fprintf(to, ", \"%s_per_request\": %.6g", unit, profile_ratio(t->units, t->requests));
    fprintf(to, ", \"worst_%s\": %llu", unit, (unsigned long long)t->worst_units);
    if (space == PROFILE_GLOBAL) {
        write_number(to, "bytes_distinct", t->distinct_bytes);
        write_number(to, "bytes_moved", t->units * SECTOR_BYTES);
        fprintf(to, ", \"efficiency\": %.6g",
                profile_ratio(t->distinct_bytes, t->units * SECTOR_BYTES));
    } else if (space == PROFILE_SHARED) {
        write_number(to, "conflicts", t->units - t->ideal_units);
    }
    if (op == PROFILE_ATOMIC)
        write_number(to, "worst_lanes_at_one_address", t->worst_together);
}

static void write_place(FILE *to, uintptr_t pc)
{
    const profile_source s = profile_source_of(pc);

    fputs("\"file\": ", to);
    if (s.file) {
        write_string(to, s.file);
        fprintf(to, ", \"line\": %d", s.line);
    } else {
        fputs("null, \"line\": null", to);
    }
}

static void write_sums(FILE *to, const profile_summary *s)
{
    for (int space = 0; space < PROFILE_SPACES; space++) {
        fprintf(to, ",\n      \"%s\": {", profile_space_names[space]);
        for (int op = 0; op < PROFILE_OPS; op++) {
            fprintf(to, "%s\n        \"%s\": {", op ? "," : "", profile_op_names[op]);
            write_traffic(to, (profile_space)space, (profile_op)op, &s->traffic[space][op]);
            fputs("}", to);
        }
        fputs("}", to);
    }
    fprintf(to, ",\n      \"bytes_moved\": %llu", (unsigned long long)s->bytes_moved);
    fprintf(to, ", \"average_active_lanes\": %.6g", profile_ratio(s->block_lanes, s->block_warps));
    write_number(to, "divergent_branches", s->divergent);
    if (!s->flop_known) {
        fputs(", \"branches\": null, \"flop\": null, \"special_functions\": null, "
              "\"flop_per_byte\": null", to);
        return;
    }
    write_number(to, "branches", s->branches);
    write_number(to, "flop", s->flop);
    write_number(to, "special_functions", s->special);
    if (s->bytes_moved)
        fprintf(to, ", \"flop_per_byte\": %.6g", profile_ratio(s->flop, s->bytes_moved));
    else
        fputs(", \"flop_per_byte\": null", to);
}

static void write_occupancy(FILE *to, const profile_summary *s)
{
    fprintf(to, ",\n      \"occupancy\": {\"fraction\": %.6g, \"warps_per_sm\": %d, "
                "\"blocks_per_sm\": %d, \"limited_by\": \"%s\", \"shared_bytes\": %zu, ",
            (double)s->occupancy.warps / CUSIM_SM_WARPS, s->occupancy.warps, s->occupancy.blocks,
            s->occupancy.limit, s->shared_bytes);
    if (s->registers)
        fprintf(to, "\"registers\": %d}", s->registers);
    else
        fputs("\"registers\": null}", to);
}

/* Every place that accesses memory, and every one where lanes part. */
static void write_lines(FILE *to, const profile_kernel *k)
{
    fputs(",\n      \"accesses\": [", to);
    for (size_t i = 0; i < k->site_map.used; i++) {
        const profile_site *site = &k->sites[i];
        fputs(i ? ",\n        {" : "\n        {", to);
        write_place(to, site->pc);
        fprintf(to, ", \"space\": \"%s\", \"op\": \"%s\", ", profile_space_names[site->space],
                profile_op_names[site->op]);
        write_traffic(to, site->space, site->op, &site->traffic);
        fputc('}', to);
    }
    fputs("],\n      \"divergence\": [", to);
    bool first = true;
    for (size_t i = 0; i < k->block_map.used; i++) {
        const profile_block *b = &k->basic_blocks[i];
        if (!b->divergent || b->branch_in_header)
            continue;
        fputs(first ? "\n        {" : ",\n        {", to);
        first = false;
        write_place(to, b->branch_pc ? b->branch_pc + 1 : b->pc);
        write_number(to, "executions", b->warps);
        write_number(to, "divergent", b->divergent);
        fputc('}', to);
    }
    fputs("]", to);
}

static void write_dim(FILE *to, const char *name, cusim_dim d)
{
    fprintf(to, ", \"%s\": [%u, %u, %u]", name, d.x, d.y, d.z);
}

static void write_kernel(FILE *to, const profile_kernel *k, const profile_summary *s)
{
    fputs("    {\"name\": ", to);
    write_string(to, k->name);
    fputs(", \"file\": ", to);
    write_string(to, k->file ? k->file : "");
    fprintf(to, ", \"line\": %d,\n      \"launches\": %llu", k->line,
            (unsigned long long)k->launches);
    write_dim(to, "grid", k->grid);
    fprintf(to, ", \"grids_differ\": %s", k->grids_differ ? "true" : "false");
    write_dim(to, "block", k->block);
    write_number(to, "threads", k->threads);
    write_number(to, "warps", k->warps);
    write_number(to, "blocks", k->blocks);
    write_number(to, "barriers", k->barriers);
    write_number(to, "tensor_flop", k->tensor_flop);
    write_sums(to, s);
    write_occupancy(to, s);
    write_lines(to, k);
    fputc('}', to);
}

void profile_print_json(FILE *to, const profile_kernel *kernels, bool flop_known)
{
    fprintf(to, "{\"device\": {\"name\": \"cusim\", \"compute_capability\": \"8.0\"},\n"
                "  \"kernels\": [\n");
    for (const profile_kernel *k = kernels; k; k = k->next) {
        const profile_summary s = profile_sum(k, flop_known);
        write_kernel(to, k, &s);
        fputs(k->next ? ",\n" : "\n", to);
    }
    fputs("  ]}\n", to);
}

bool profile_write_json(const char *path, const profile_kernel *kernels, bool flop_known)
{
    FILE *to = fopen(path, "w");

    if (to)
        profile_print_json(to, kernels, flop_known);
    if (!to || ferror(to) | fclose(to)) {
        fprintf(stderr, "cusim: cannot write the profile to %s: %s\n", path, strerror(errno));
        return false;
    }
    return true;
}
