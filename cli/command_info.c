/* command_info.c: `convlab info`: this machine, what can run on it, and the data sets found.
 *
 * Everything is gathered into one JSON value, which is printed as it is or as text. */
#include <ctype.h>
#include <jansson.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/check.h"
#include "cli/cli.h"
#include "data/dataset.h"
#include "kernels/core/cpu.h"
#include "kernels/core/device.h"

static json_t *processor_model(void)
{
    FILE *const file = fopen("/proc/cpuinfo", "r");
    char line[512];
    json_t *model = NULL;

    while (file && !model && fgets(line, sizeof line, file)) {
        char *value = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !value)
            continue;
        value[strcspn(value, "\n")] = '\0';
        for (value++; isspace((unsigned char)*value); value++)
            ;
        model = json_string(value);
    }
    if (file)
        fclose(file);
    return model ? model : json_string("unknown");
}

static json_t *caches(void)
{
    static const struct {
        const char *name;
        int key;
    } levels[] = { { "L1d", _SC_LEVEL1_DCACHE_SIZE },
                   { "L2", _SC_LEVEL2_CACHE_SIZE },
                   { "L3", _SC_LEVEL3_CACHE_SIZE } };
    json_t *const sizes = json_object();

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        const long bytes = sysconf(levels[i].key);
        if (bytes > 0)
            json_object_set_new(sizes, levels[i].name, json_integer(bytes));
    }
    return sizes;
}

static json_t *machine(void)
{
    json_t *const sets = json_array();

    for (int i = 0; i <= (int)cpu_isa_best(); i++)
        json_array_append_new(sets, json_string(isa_name((isa)i)));
    return json_pack("{s:o, s:i, s:i, s:o, s:s, s:o, s:s}", "processor", processor_model(),
                     "cores", (int)sysconf(_SC_NPROCESSORS_ONLN), "threads",
                     omp_get_max_threads(), "instruction_sets", sets, "instruction_set_chosen",
                     isa_name(cpu_isa()), "cache_bytes", caches(), "gpu",
                     access("/dev/nvidiactl", F_OK) == 0 ? "present" : "none");
}

/* Where a row of that space runs: "host", "cusim", "cuda" or "nowhere" (no device). */
static const char *runs_in(variant_space space)
{
    if (space == SPACE_HOST)
        return "host";
    if (device_missing())
        return "nowhere";
    return device_kind_built() == DEVICE_CUSIM ? "cusim" : "cuda";
}

static json_t *concepts(void)
{
    json_t *const list = json_array();

    for (const check_concept *const *c = check_concepts; *c; c++) {
        json_t *const rows = json_array();
        for (size_t i = 0; i < *(*c)->variant_count; i++) {
            const variant_info *const v = check_variant_info(check_variant_row(*c, i));
            const char *const where = runs_in(v->space);
            json_array_append_new(
                rows, json_pack("{s:s, s:s, s:b, s:s, s:s}", "name", v->name, "space",
                                v->space == SPACE_HOST ? "host" : "cuda", "can_run",
                                strcmp(where, "nowhere") != 0, "runs_in", where, "idea",
                                v->idea));
        }
        json_array_append_new(list,
                              json_pack("{s:s, s:o}", "name", (*c)->name, "variants", rows));
    }
    return list;
}

static json_t *data_sets(void)
{
    json_t *const list = json_array();

    for (int i = 0; i < DATASET_KNOWN_COUNT; i++) {
        char path[DATASET_PATH_BYTES];
        const bool found = dataset_find(dataset_known[i], path);
        json_array_append_new(list, json_pack("{s:s, s:b, s:s}", "name", dataset_known[i], "found",
                                              found, "path", found ? path : ""));
    }
    return list;
}

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void print_machine(const json_t *m)
{
    const char *name;
    const json_t *value;
    size_t i;

    printf("processor         %s\n", text(m, "processor"));
    printf("cores, threads    %d, %d\n", (int)json_integer_value(json_object_get(m, "cores")),
           (int)json_integer_value(json_object_get(m, "threads")));
    printf("instruction sets ");
    json_array_foreach (json_object_get(m, "instruction_sets"), i, value)
        printf(" %s", json_string_value(value));
    printf("; kernels use %s (--isa chooses another)\ncaches           ",
           text(m, "instruction_set_chosen"));
    json_object_foreach ((json_t *)json_object_get(m, "cache_bytes"), name, value)
        printf(" %s %d KiB", name, (int)(json_integer_value(value) / 1024));
    printf("\nGPU               %s\n", text(m, "gpu"));
}

static void print_text(const json_t *all)
{
    const json_t *concept, *row, *set;
    size_t i, j;

    print_machine(json_object_get(all, "machine"));
    printf("\nconcepts and their variants\n");
    json_array_foreach (json_object_get(all, "concepts"), i, concept)
        json_array_foreach (json_object_get(concept, "variants"), j, row)
            printf("  %-12s %-18s %-5s in %-7s %s\n", j == 0 ? text(concept, "name") : "",
                   text(row, "name"), text(row, "space"), text(row, "runs_in"),
                   text(row, "idea"));
    printf("\ndata sets\n");
    json_array_foreach (json_object_get(all, "data_sets"), i, set)
        printf("  %-14s %s\n", text(set, "name"),
               json_is_true(json_object_get(set, "found")) ? text(set, "path")
                                                           : "not found; `make data` gets it");
}

static int run(int argc, char **argv)
{
    bool as_json = false;
    const cli_option options[] = {
        { "json", CLI_FLAG, &as_json, NULL, "print one JSON object instead of text", 0, 0 },
        { .name = NULL },
    };
    int positional_count, code;

    if (!cli_parse(&command_info, options, argc, argv, 0, 0, NULL, &positional_count, &code))
        return code;
    json_t *const all = json_pack("{s:s, s:o, s:o, s:o}", "version", CONVLAB_VERSION, "machine",
                                  machine(), "concepts", concepts(), "data_sets", data_sets());
    if (!all)
        return cli_fail(&command_info, CLI_INPUT, "out of memory");
    if (as_json) {
        json_dumpf(all, stdout, JSON_INDENT(2));
        putchar('\n');
    } else {
        print_text(all);
    }
    json_decref(all);
    return CLI_OK;
}

const cli_command command_info = {
    .name = "info",
    .synopsis = "[--json]",
    .summary = "this machine, every concept's variants, the data sets found",
    .run = run,
};
