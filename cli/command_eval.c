/* command_eval.c: `convlab eval CHECKPOINT`: accuracy on the test images, per class. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "nets/checkpoint.h"
#include "nets/evaluate.h"
#include "nets/run_report.h"

enum { EVAL_BATCH = 100 };

typedef struct {
    const char *checkpoint, *net, *data, *confusion, *logits, *variant;
    bool raw_pixels, train_mode;
    uint64_t seed;
    double dropout;
    int batch, images;          /* images 0: all */
} eval_options;

/* A run folder stands for the model in it. */
static const char *model_path(const char *given, char path[DATASET_PATH_BYTES])
{
    struct stat s;

    if (stat(given, &s) != 0 || !S_ISDIR(s.st_mode))
        return given;
    snprintf(path, DATASET_PATH_BYTES, "%s/model.safetensors", given);
    return path;
}

/* The network that --net or the file names. Returns CLI_OK, or a code after a complaint. */
static int choose_network(const eval_options *o, const safetensors_file *file, const char *path,
                          const network **net)
{
    const char *const named = safetensors_metadata(file, "network");
    const char *const name = o->net ? o->net : named;

    *net = name ? network_find(name) : NULL;
    if (o->net && !*net)
        return cli_fail(&command_eval, CLI_USAGE, "--net: unknown network '%s'", o->net);
    if (!name)
        return cli_fail(&command_eval, CLI_INPUT, "%s: does not say which network it is of; "
                        "--net NAME does", path);
    if (!*net)
        return cli_fail(&command_eval, CLI_INPUT, "%s: is of network '%s', which is unknown here",
                        path, name);
    if ((*net)->loss != LOSS_CROSS_ENTROPY)
        return cli_fail(&command_eval, CLI_USAGE, "network %s is no classifier", name);
    return CLI_OK;
}

static void print_classes(const evaluation *e, const char *set_name)
{
    printf("Accuracy: %.4f\n\n%-12s %8s %8s %9s\n", (double)e->correct / e->count, "class",
           "images", "correct", "accuracy");
    for (int label = 0; label < e->classes; label++) {
        int images = 0;
        for (int answer = 0; answer < e->classes; answer++)
            images += e->confusion[label][answer];
        const int correct = e->confusion[label][label];
        printf("%-12s %8d %8d", dataset_class_name(set_name, label), images, correct);
        if (images)
            printf(" %9.4f\n", (double)correct / images);
        else
            printf(" %9s\n", "-");
    }
}

static int write_confusion(const evaluation *e, const char *set_name, const char *path)
{
    file_error error;

    if (run_report_confusion(e, set_name, path, &error) != STATUS_OK)
        return cli_fail(&command_eval, CLI_INPUT, "%s", error.text);
    return CLI_OK;
}

/* What was judged and how: logits[count][classes], labels[count], images[count][c][h][w]. */
static int write_logits(const dataset *set, const float *logits, const char *path)
{
    const int64_t n = set->count;
    int64_t *const labels = malloc((size_t)n * sizeof *labels);
    const safetensors_tensor tensors[] = {
        { "logits", SAFETENSORS_F32, 2, { n, set->classes }, logits },
        { "labels", SAFETENSORS_I64, 1, { n }, labels },
        { "images", SAFETENSORS_U8, 4, { n, set->c, set->h, set->w }, set->pixels },
    };
    file_error error;

    if (!labels)
        return cli_fail(&command_eval, CLI_INPUT, "--logits: out of memory");
    for (int i = 0; i < set->count; i++)
        labels[i] = set->labels[i];
    const status s = safetensors_write(path, sizeof tensors / sizeof tensors[0], tensors, 1,
                                       &(safetensors_string){ "data", set->name }, &error);
    free(labels);
    return s == STATUS_OK ? CLI_OK : cli_fail(&command_eval, CLI_INPUT, "%s", error.text);
}

/* logits[set->count][set->classes], or NULL where nobody wants them. */
static int evaluate_and_print(const eval_options *o, plan *p, const dataset *set, float *logits)
{
    rng random;
    evaluation e;

    rng_seed(&random, o->seed);
    const status s = evaluate(p, set, &(evaluate_options){ .raw_pixels = o->raw_pixels,
                                                           .train_mode = o->train_mode,
                                                           .random = &random,
                                                           .logits = logits }, &e);
    if (s != STATUS_OK)
        return cli_fail(&command_eval, CLI_INPUT, "%s: network %s (images %dx%d) cannot judge it: "
                        "%s", set->name, p->net->name, p->net->input.h, p->net->input.w,
                        status_string(s));
    if (o->raw_pixels || o->train_mode)
        fprintf(stderr, "convlab eval: evaluated wrongly, as asked:%s%s\n",
                o->raw_pixels ? " pixels 0..255" : "", o->train_mode ? " training mode" : "");
    print_classes(&e, set->name);
    int code = o->confusion ? write_confusion(&e, set->name, o->confusion) : CLI_OK;
    if (code == CLI_OK && logits)
        code = write_logits(set, logits, o->logits);
    return code;
}

static int run_set(const eval_options *o, plan *p, dataset *set)
{
    float *logits = NULL;

    if (o->images > set->count)
        return cli_fail(&command_eval, CLI_USAGE, "--images %d: %s has %d test images", o->images,
                        set->name, set->count);
    if (o->images)
        set->count = o->images;
    if (o->logits && !(logits = calloc((size_t)set->count * (size_t)set->classes, sizeof *logits)))
        return cli_fail(&command_eval, CLI_INPUT, "--logits: out of memory");
    const int code = evaluate_and_print(o, p, set, logits);
    free(logits);
    return code;
}

static int run_plan(const eval_options *o, const safetensors_file *file, const char *path,
                    const network *net)
{
    const char *const trained_on = safetensors_metadata(file, "data");
    plan_options po = plan_options_default(net, o->batch);
    file_error error;
    dataset set;
    plan p;

    po.variant = o->variant;
    po.dropout = o->dropout;
    const status s = plan_init(&p, net, &po);
    if (s != STATUS_OK)
        return cli_fail(&command_eval, s == STATUS_MEMORY ? CLI_INPUT : CLI_UNAVAILABLE,
                        "network %s, batch %d, variant %s: %s", net->name, o->batch, o->variant,
                        status_string(s));
    int code = CLI_OK;
    if (checkpoint_restore_model(file, path, &p, &error) != STATUS_OK ||
        dataset_load(o->data ? o->data : trained_on ? trained_on : net->data, SPLIT_TEST, &set,
                     &error) != STATUS_OK) {
        code = cli_fail(&command_eval, CLI_INPUT, "%s", error.text);
    } else {
        code = run_set(o, &p, &set);
        dataset_free(&set);
    }
    plan_free(&p);
    return code;
}

static int run(int argc, char **argv)
{
    eval_options o = { .variant = "openmp", .seed = 777, .dropout = -1.0, .batch = EVAL_BATCH };
    const char *space = NULL;
    const cli_option options[] = {
        { "data", CLI_TEXT, &o.data, "NAME", "data set or folder (default: as trained)", 0, 0 },
        { "net", CLI_TEXT, &o.net, "NET", "network, where the file does not name it", 0, 0 },
        { "raw-pixels", CLI_FLAG, &o.raw_pixels, NULL, "feed 0..255: a tutorial's mistake", 0, 0 },
        { "train-mode", CLI_FLAG, &o.train_mode, NULL, "leave dropout on: the other one", 0, 0 },
        { "seed", CLI_UINT64, &o.seed, "N", "of --train-mode's dropout (default: 777)", 0, 0 },
        { "dropout", CLI_DOUBLE, &o.dropout, "P", "for every dropout layer", 0, 1 },
        { "batch", CLI_INT, &o.batch, "N", "images at a time (default: 100)", 1, 100000 },
        { "images", CLI_INT, &o.images, "N", "only the first N test images (default: all)", 1,
          INT_MAX },
        { "confusion", CLI_TEXT, &o.confusion, "FILE", "write the confusion matrix as CSV", 0, 0 },
        { "logits", CLI_TEXT, &o.logits, "FILE", "write the network's outputs as safetensors", 0,
          0 },
        { "variant", CLI_TEXT, &o.variant, "V", "which kernels run (default: openmp)", 0, 0 },
        { "space", CLI_TEXT, &space, "SPACE", "of a CUDA variant: cuda (default) or cusim", 0, 0 },
        { 0 },
    };
    char folder_model[DATASET_PATH_BYTES];
    safetensors_file file;
    const network *net;
    file_error error;
    int count, code;

    if (!cli_parse(&command_eval, options, argc, argv, 1, 1, &o.checkpoint, &count, &code) ||
        (code = cli_check_variant(&command_eval, o.variant, space, argc, argv)) != CLI_OK)
        return code;
    const char *const path = model_path(o.checkpoint, folder_model);
    if (safetensors_read(path, &file, &error) != STATUS_OK)
        return cli_fail(&command_eval, CLI_INPUT, "%s", error.text);
    code = choose_network(&o, &file, path, &net);
    if (code == CLI_OK)
        code = run_plan(&o, &file, path, net);
    safetensors_free(&file);
    return code;
}

const cli_command command_eval = {
    .name = "eval",
    .synopsis = "CHECKPOINT [--data NAME] [options]",
    .summary = "accuracy of a trained network on the test images, in all and per class",
    .details = "CHECKPOINT is a run folder, a checkpoint.safetensors or model.safetensors of one,\n"
               "or a state_dict that PyTorch saved with safetensors (then with --net).\n"
               "The file of --logits has tensors logits F32 [n][classes], before any softmax,\n"
               "labels I64 [n], and images U8 [n][c][h][w], the pixels 0..255 of the data set.",
    .run = run,
};
