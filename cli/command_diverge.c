/* command_diverge.c: `convlab diverge NET`: two executions in step; where do they part? */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/diverge/diverge.h"
#include "cli/cli.h"

enum { TEXT_BYTES = 1024, MAX_THREADS = 1024 };

/* ---- what comes out ---- */

static void print_side(const diverge_options *o, int side)
{
    const diverge_side *const s = &o->side[side];

    if (strcmp(s->variant, diverge_reference) == 0)
        printf("%c  the reference, in double, rounded once per layer\n", "AB"[side]);
    else
        printf("%c  %s, %d thread%s, %s%s\n", "AB"[side], s->variant, s->threads,
               s->threads == 1 ? "" : "s", isa_name(s->isa),
               side == 1 && o->shuffle ? ", images of a batch in another order" : "");
}

static void print_rows(const diverge *d)
{
    printf("\n%-10s %-13s %-17s %9s %9s %9s %9s\n", "layer", "pass", "tensor", "elements",
           "A", "B", "unequal");
    for (int i = 0; i < d->row_count; i++) {
        const diverge_row *const r = &d->rows[i];
        printf("%-10s %-13s %-17s %9td %9.3f %9.3f %9lld\n", r->layer ? r->layer->name : "loss",
               diverge_pass_name(r->pass), r->tensor, r->count, r->worst[0], r->worst[1],
               (long long)r->unequal);
    }
    printf("A, B: largest error as a fraction of its bound, over all steps; unequal: elements "
           "whose\nbits differ between A and B for the same inputs, over all steps\n");
}

static void print_step(const diverge *d)
{
    const double a = (double)d->loss[0], b = (double)d->loss[1];

    if (d->step == 1)
        printf("\n%6s %14s %14s %9s\n", "step", "loss of A", "loss of B", "apart");
    printf("%6lld %14.9f %14.9f %9.1e\n", (long long)d->step, a, b, b - a);
    fflush(stdout);
}

/* ---- running ---- */

static int exit_code(status s)
{
    switch (s) {
    case STATUS_SHAPE:
    case STATUS_VALUE: return CLI_USAGE;
    case STATUS_UNSUPPORTED:
    case STATUS_DEVICE: return CLI_UNAVAILABLE;
    default: return CLI_INPUT;
    }
}

static int compare(const diverge_options *o, int steps)
{
    diverge *const d = malloc(sizeof *d);
    file_error error;
    char text[TEXT_BYTES];

    if (!d)
        return cli_fail(&command_diverge, CLI_INPUT, "out of memory");
    status s = diverge_init(d, o, &error);
    if (s != STATUS_OK) {
        free(d);
        return cli_fail(&command_diverge, exit_code(s), "%s", error.text);
    }
    printf("%s on %s, %d images per step, seed %llu\n", o->net->name,
           o->set ? o->set->name : "random numbers", o->batch, (unsigned long long)o->seed);
    print_side(o, 0);
    print_side(o, 1);
    while (d->step < steps && !d->found && s == STATUS_OK) {
        s = diverge_step(d);
        if (s == STATUS_OK && !d->found && o->net->loss != LOSS_NONE)
            print_step(d);
    }
    int code = CLI_OK;
    if (s != STATUS_OK) {
        code = cli_fail(&command_diverge, exit_code(s), "step %lld: %s", (long long)d->step + 1,
                        status_string(s));
    } else if (d->found) {
        diverge_describe(d, text, sizeof text);
        printf("\n%sdiverges%s at %s\n", cli_color("\033[31m"), cli_color("\033[0m"), text);
        code = CLI_FAILED;
    } else {
        print_rows(d);
        printf("\nnothing diverges: in %d steps all %lld elements of either side lie within what "
               "rounding explains\n", steps, (long long)d->compared);
    }
    diverge_free(d);
    free(d);
    return code;
}

static int load_and_compare(diverge_options *o, const char *data, int steps)
{
    dataset set;
    file_error error;

    if (!o->net->data) {
        if (data)
            return cli_fail(&command_diverge, CLI_USAGE, "--data: no data set fits %s, which gets "
                            "random numbers", o->net->name);
        return compare(o, steps);
    }
    if (dataset_load(data ? data : "digits", SPLIT_TRAIN, &set, &error) != STATUS_OK)
        return cli_fail(&command_diverge, CLI_INPUT, "%s", error.text);
    o->set = &set;
    const int code = compare(o, steps);
    dataset_free(&set);
    return code;
}

/* ---- what was asked for ---- */

static int find_network(const char *name, diverge_options *o)
{
    char list[TEXT_BYTES] = "";
    size_t used = 0;
    const network *const net = network_find(name);

    for (int i = 0; i < NETWORK_COUNT && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, " %s", networks[i].name);
    if (!net)
        return cli_fail(&command_diverge, CLI_USAGE, "unknown network '%s'; there are:%s", name,
                        list);
    *o = diverge_options_default(net);
    return CLI_OK;
}

static int choose_isa(const char *option, const char *text, isa *set)
{
    if (!text)
        return CLI_OK;
    for (int i = 0; i < ISA_COUNT; i++) {
        if (strcmp(text, isa_name((isa)i)) != 0)
            continue;
        *set = (isa)i;
        return *set <= cpu_isa_best()
                   ? CLI_OK
                   : cli_fail(&command_diverge, CLI_UNAVAILABLE, "%s %s: this processor has %s at "
                              "most", option, text, isa_name(cpu_isa_best()));
    }
    return cli_fail(&command_diverge, CLI_USAGE, "%s: expected base, avx2 or avx512, found '%s'",
                    option, text);
}

/* Both sides from what was given; one --variant is for both. */
static int choose_sides(diverge_options *o, const char *const variants[2],
                        const char *const isas[2], const int threads[2])
{
    int code = CLI_OK;

    for (int side = 0; side < 2 && code == CLI_OK; side++) {
        const char *const name = variants[side] ? variants[side] : variants[0];
        if (name)
            o->side[side].variant = name;
        if (threads[side])
            o->side[side].threads = threads[side];
        if (code == CLI_OK)
            code = choose_isa(side ? "--isa-b" : "--isa-a", isas[side], &o->side[side].isa);
    }
    return code;
}

static int run(int argc, char **argv)
{
    const char *name, *data = NULL, *variants[2] = { NULL, NULL }, *isas[2] = { NULL, NULL };
    const char *space = NULL;
    int count, code, steps = 5, batch = 0, threads[2] = { 0, 0 };
    double lr = -1.0, dropout = -1.0;
    uint64_t seed = 777, shuffle_seed = UINT64_MAX;
    const cli_option options[] = {
        { "variant", CLI_TEXT_PAIR, variants, "V", "of side A; given again: of side B", 0, 0 },
        { "space", CLI_TEXT, &space, "SPACE", "of a CUDA variant: cuda (default) or cusim", 0, 0 },
        { "threads-a", CLI_INT, &threads[0], "N", "OpenMP threads of side A", 1, MAX_THREADS },
        { "threads-b", CLI_INT, &threads[1], "N", "OpenMP threads of side B", 1, MAX_THREADS },
        { "isa-a", CLI_TEXT, &isas[0], "SET", "instruction set of side A", 0, 0 },
        { "isa-b", CLI_TEXT, &isas[1], "SET", "instruction set of side B", 0, 0 },
        { "shuffle-sums", CLI_UINT64, &shuffle_seed, "SEED",
          "side B adds up the images of a batch in another order", 0, 0 },
        { "steps", CLI_INT, &steps, "N", "training steps (default: 5)", 1, 1e6 },
        { "batch", CLI_INT, &batch, "N", "images per step (default: 8 at most)", 1, 1e6 },
        { "data", CLI_TEXT, &data, "NAME", "data set or folder (default: digits)", 0, 0 },
        { "lr", CLI_DOUBLE, &lr, "X", "Adam's learning rate (default: 0.001)", 0, 1e3 },
        { "seed", CLI_UINT64, &seed, "N", "as torch.manual_seed (default: 777)", 0, 0 },
        { "dropout", CLI_DOUBLE, &dropout, "P", "for every dropout layer", 0, 1 },
        { 0 },
    };
    diverge_options o;

    if (!cli_parse(&command_diverge, options, argc, argv, 1, 1, &name, &count, &code) ||
        (code = find_network(name, &o)) != CLI_OK ||
        (code = choose_sides(&o, variants, isas, threads)) != CLI_OK)
        return code;
    o.batch = batch ? batch : o.batch;
    o.lr = lr >= 0.0 ? lr : o.lr;
    o.dropout = dropout;
    o.seed = seed;
    o.shuffle = shuffle_seed != UINT64_MAX;
    o.shuffle_seed = shuffle_seed;
    for (int side = 0; side < 2; side++) {
        const char *const variant = o.side[side].variant;
        variant_space where;
        const bool on_host = plan_variant_known(variant, &where) && where == SPACE_HOST;
        if (strcmp(variant, diverge_reference) != 0 &&
            (code = cli_check_variant(&command_diverge, variant, on_host ? NULL : space, argc,
                                      argv)) != CLI_OK)
            return code;
    }
    return load_and_compare(&o, data, steps);
}

const cli_command command_diverge = {
    .name = "diverge",
    .synopsis = "NET [--variant A --variant B] [options]",
    .summary = "trains two variants in step and names the first tensor where they part",
    .details =
        "The sides may differ in their variant (default: naive and openmp), threads, instruction\n"
        "set, or the order of their sums; the variant 'reference' is the reference in double.\n"
        "\n"
        "Rounding differences grow from layer to layer, so each layer and pass of each step is\n"
        "compared on its own: both sides get side A's tensors as inputs, and every element that\n"
        "either writes (activations, gradients, parameters, moments, running statistics) must lie\n"
        "within its rounding error of the reference. The first that does not is named with its\n"
        "step, layer, pass, tensor and place, and which side is wrong: exit code 1. If none is,\n"
        "a table tells how near each tensor came to its bound: exit code 0. The losses are those\n"
        "of both sides training freely: they drift apart by rounding alone, and prove nothing.\n"
        "\n"
        "The reference is slow: with 8 images a step takes about a second. --shuffle-sums hands\n"
        "side B the images of each batch in an order drawn from SEED, so that all sums over the\n"
        "batch are added up in another order.",
    .run = run,
};
