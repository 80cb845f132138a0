/* command_graph.c: `convlab graph NET`: what a network is made of, and how gradients flow back. */
#include <stdio.h>

#include "cli/cli.h"
#include "nets/net.h"

enum { SHAPE_BYTES = 48, COUNT_BYTES = 32 };

/* 32x28x28, or 10 */
static const char *shape_text(net_extent e, char text[SHAPE_BYTES])
{
    if (e.h == 1 && e.w == 1)
        snprintf(text, SHAPE_BYTES, "%d", e.c);
    else
        snprintf(text, SHAPE_BYTES, "%dx%dx%d", e.c, e.h, e.w);
    return text;
}

/* "-" for 0 */
static const char *count_text(int64_t count, char text[COUNT_BYTES])
{
    snprintf(text, COUNT_BYTES, "%lld", (long long)count);
    return count ? text : "-";
}

/* conv2d 3x3 pad 1, max pool 2x2 stride 2, dropout 0.5, add input */
static const char *kind_text(const net_layer *l, char text[SHAPE_BYTES])
{
    const char *const kind = layer_kind_name(l);
    int used = snprintf(text, SHAPE_BYTES, "%s", kind);
    const size_t room = SHAPE_BYTES - (size_t)used;

    switch (l->kind) {
    case LAYER_CONV2D:
    case LAYER_MAX_POOL2D:
        used += snprintf(text + used, room, " %dx%d", l->kernel, l->kernel);
        if (l->stride > 1)
            used += snprintf(text + used, SHAPE_BYTES - (size_t)used, " stride %d", l->stride);
        if (l->pad > 0)
            snprintf(text + used, SHAPE_BYTES - (size_t)used, " pad %d", l->pad);
        break;
    case LAYER_DROPOUT:
        snprintf(text + used, room, " %g", l->p);
        break;
    case LAYER_ADD:
        snprintf(text + used, room, " %s", l->skip);
        break;
    default:
        break;
    }
    return text;
}

static void print_table(const network *net, const net_extent *out)
{
    const char *const row = "%-10s %-27s %12s %12s %14s\n";
    char kind[SHAPE_BYTES], shape[SHAPE_BYTES], count[COUNT_BYTES], work[COUNT_BYTES];
    int64_t parameters = 0, multiply_adds = 0;
    net_extent in = net->input;

    printf(row, "layer", "kind", "output", "parameters", "multiply-adds");
    printf(row, "input", "", shape_text(in, shape), "-", "-");
    for (int i = 0; i < net->layer_count; i++) {
        const net_layer *const l = &net->layers[i];
        const int64_t own = net_layer_parameters(l, in);
        const int64_t own_work = net_layer_multiply_adds(l, in, out[i]);
        printf(row, l->name, kind_text(l, kind), shape_text(out[i], shape), count_text(own, count),
               count_text(own_work, work));
        parameters += own;
        multiply_adds += own_work;
        in = out[i];
    }
    printf(row, "total", "", "", count_text(parameters, count), count_text(multiply_adds, work));
}

static void print_forward(const network *net)
{
    printf("\nforward:\n  input");
    for (int i = 0; i < net->layer_count; i++) {
        const net_layer *const l = &net->layers[i];
        printf("%s -> %s", i % 5 == 4 ? "\n  " : "", l->name);
        if (l->kind == LAYER_ADD)
            printf(" (+ %s)", l->skip);
    }
    printf("%s\n", net->loss == LOSS_CROSS_ENTROPY ? " -> cross-entropy" : "");
}

/* The name that PyTorch's grad_fn has for a layer's backward pass. */
static const char *grad_fn(const net_layer *l)
{
    static const char *const activations[ACTIVATION_KINDS] = {
        "ReluBackward0", "LeakyReluBackward0", "SigmoidBackward0", "TanhBackward0"
    };
    switch (l->kind) {
    case LAYER_CONV2D:
    case LAYER_CONV1X1: return "ConvolutionBackward0";
    case LAYER_LINEAR: return "AddmmBackward0";
    case LAYER_BATCHNORM2D: return "NativeBatchNormBackward0";
    case LAYER_ACTIVATION: return activations[l->activation];
    case LAYER_MAX_POOL2D: return "MaxPool2DWithIndicesBackward0";
    case LAYER_FLATTEN: return "ReshapeAliasBackward0";
    case LAYER_DROPOUT: return "MulBackward0";
    case LAYER_ADD: return "AddBackward0";
    }
    return "?";
}

/* What a layer's backward pass reads beside the gradient that reaches it. */
static const char *backward_needs(const net_layer *l)
{
    switch (l->kind) {
    case LAYER_CONV2D:
    case LAYER_CONV1X1:
    case LAYER_LINEAR: return "its input and weight";
    case LAYER_BATCHNORM2D: return "its input, weight, batch mean and variance";
    case LAYER_ACTIVATION:
        return l->activation == ACTIVATION_SIGMOID || l->activation == ACTIVATION_TANH
                   ? "its output" : "its input";
    case LAYER_MAX_POOL2D: return "the place of each maximum";
    case LAYER_DROPOUT: return "its mask";
    case LAYER_FLATTEN:
    case LAYER_ADD: break;
    }
    return "nothing more";
}

static void print_backward(const network *net)
{
    printf("\nbackward (each takes the gradient of its output from the one above):\n");
    if (net->loss == LOSS_CROSS_ENTROPY)
        printf("  %-10s %-30s gives d %s\n      from the labels and log-probabilities\n", "loss",
               "NllLoss, LogSoftmaxBackward0", net->layers[net->layer_count - 1].name);
    for (int i = net->layer_count - 1; i >= 0; i--) {
        const net_layer *const l = &net->layers[i];
        const char *const before = i > 0 ? net->layers[i - 1].name : "input";
        const bool weights = l->kind == LAYER_CONV2D || l->kind == LAYER_CONV1X1 ||
                             l->kind == LAYER_LINEAR || l->kind == LAYER_BATCHNORM2D;
        printf("  %-10s %-30s gives ", l->name, grad_fn(l));
        if (weights)
            printf("d %s.weight, d %s.bias%s", l->name, l->name, i > 0 ? ", " : "");
        if (i > 0)
            printf("d %s", before);
        else if (!weights)
            printf("nothing: nobody asks for d input");
        if (l->kind == LAYER_ADD)
            printf(" and, unchanged, d %s", l->skip);
        printf("\n      from %s\n", backward_needs(l));
    }
}

static int run(int argc, char **argv)
{
    const cli_option options[] = { { 0 } };
    net_extent out[NETWORK_MAX_LAYERS];
    const char *name;
    char list[256] = "";
    int count, code;
    size_t used = 0;

    if (!cli_parse(&command_graph, options, argc, argv, 1, 1, &name, &count, &code))
        return code;
    for (int i = 0; i < NETWORK_COUNT && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, " %s", networks[i].name);
    const network *const net = network_find(name);
    if (!net)
        return cli_fail(&command_graph, CLI_USAGE, "unknown network '%s'; there are:%s", name,
                        list);
    if (network_extents(net, out) != STATUS_OK)
        return cli_fail(&command_graph, CLI_FAILED, "%s: its layers do not fit together", name);
    printf("%s%s%s: %s\n", cli_color("\033[1m"), net->name, cli_color("\033[0m"), net->idea);
    if (net->data)
        printf("tutorial: %s, batch %d, %d epochs, Adam %g", net->data, net->batch, net->epochs,
               net->lr);
    printf("%sprinted there: %s\n\n", net->data ? "; " : "", net->printed);
    print_table(net, out);
    print_forward(net);
    print_backward(net);
    return CLI_OK;
}

const cli_command command_graph = {
    .name = "graph",
    .synopsis = "NET",
    .summary = "shapes, parameters and multiply-adds of a network; its forward and backward chain",
    .details = "Multiply-adds are those of one image's forward pass.",
    .run = run,
};
