/* bench_case.c: the list of what is measured.
 *
 * Layers: every layer of every network at batch 1, 10 and 100, in every pass that training or
 *         evaluation runs it in (so no data gradient of a first layer). A network without a loss is
 *         a part, not a model: it stops at batch 10.
 * Extras: what no network has, and concepts without a layer of their own.
 * Sweeps: one extent grows and the others stay. Their base is small enough for the plainest row at
 *         the far end (about 1 GFLOP), and large enough to fill the machine.
 * Shapes are written as on the command line of `convlab check --shape`. */
#include "bench/bench_case.h"

#include <assert.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nets/net.h"

enum { SHAPE_TEXT_BYTES = 256 };

typedef struct {
    bench_case *cases;
    size_t count, room;
    bool no_memory;
} case_list;

/* ---- the list ---- */

static bool same_problem(const bench_case *a, const bench_case *b)
{
    return a->concept == b->concept && a->pass == b->pass &&
           memcmp(a->param, b->param, (size_t)a->concept->param_count * sizeof a->param[0]) == 0;
}

static void append(case_list *l, const bench_case *c)
{
    for (size_t i = 0; i < l->count && !c->sweep; i++)
        if (!l->cases[i].sweep && same_problem(&l->cases[i], c)) {
            l->cases[i].quick |= c->quick;
            return;
        }
    if (l->count == l->room) {
        const size_t room = l->room ? 2 * l->room : 256;
        bench_case *const grown = realloc(l->cases, room * sizeof *grown);
        if (!grown) {
            l->no_memory = true;
            return;
        }
        l->cases = grown;
        l->room = room;
    }
    l->cases[l->count++] = *c;
}

/* Adds one pass of a shape. */
static void add_pass(case_list *l, const check_concept *concept, int pass, const char *label,
                     int batch, const char *shape, bench_case how)
{
    char message[200];

    how.concept = concept;
    how.pass = pass;
    how.batch = batch;
    snprintf(how.label, sizeof how.label, "%s", label);
    const bool parsed = check_parse_shape(concept, shape, how.param, message, sizeof message);
    assert(parsed && check_verdict(concept, how.param) == STATUS_OK);
    if (parsed)
        append(l, &how);
}

/* ---- layers ---- */

/* The concept that computes a layer, and its shape for a batch of n; "" for a view. */
static const char *layer_shape(const net_layer *layer, net_extent in, int n,
                               char text[SHAPE_TEXT_BYTES])
{
    const long count = (long)(n * net_extent_count(in));
    const int k = layer->kernel, stride = layer->stride, pad = layer->pad;

    switch (layer->kind) {
    case LAYER_CONV2D:
        snprintf(text, SHAPE_TEXT_BYTES,
                 "n=%d,c=%d,h=%d,w=%d,oc=%d,kernel_h=%d,kernel_w=%d,stride_h=%d,stride_w=%d,"
                 "pad_top=%d,pad_bottom=%d,pad_left=%d,pad_right=%d,bias=1", n, in.c, in.h, in.w,
                 layer->outputs, k, k, stride, stride, pad, pad, pad, pad);
        return "conv2d";
    case LAYER_CONV1X1:
        snprintf(text, SHAPE_TEXT_BYTES, "n=%d,c=%d,h=%d,w=%d,oc=%d,bias=1", n, in.c, in.h, in.w,
                 layer->outputs);
        return "conv1x1";
    case LAYER_LINEAR:
        snprintf(text, SHAPE_TEXT_BYTES, "n=%d,in_features=%d,out_features=%d,bias=1", n, in.c,
                 layer->outputs);
        return "linear";
    case LAYER_BATCHNORM2D:
        snprintf(text, SHAPE_TEXT_BYTES, "n=%d,c=%d,h=%d,w=%d", n, in.c, in.h, in.w);
        return "batchnorm2d";
    case LAYER_ACTIVATION:
        snprintf(text, SHAPE_TEXT_BYTES, "kind=%d,count=%ld", (int)layer->activation, count);
        return "activation";
    case LAYER_MAX_POOL2D:
        snprintf(text, SHAPE_TEXT_BYTES,
                 "n=%d,c=%d,h=%d,w=%d,kernel_h=%d,kernel_w=%d,stride_h=%d,stride_w=%d,pad_top=%d,"
                 "pad_bottom=%d,pad_left=%d,pad_right=%d", n, in.c, in.h, in.w, k, k, stride,
                 stride, pad, pad, pad, pad);
        return "pool2d";
    case LAYER_DROPOUT:
        snprintf(text, SHAPE_TEXT_BYTES, "count=%ld,p_percent=%d", count,
                 (int)(100.0 * layer->p + 0.5));
        return "dropout";
    case LAYER_ADD:
        snprintf(text, SHAPE_TEXT_BYTES, "count=%ld", count);
        return "add";
    case LAYER_FLATTEN:
        break;
    }
    return "";
}

/* Whether networks run a layer in this pass. */
static bool pass_is_used(const char *concept, const char *pass, bool first_layer)
{
    if (strcmp(concept, "pool2d") == 0)
        return strncmp(pass, "max_", 4) == 0;
    if (strcmp(concept, "batchnorm2d") == 0)
        return strcmp(pass, "eval_backward") != 0;
    return !first_layer || strcmp(pass, "backward_data") != 0;
}

/* One layer at one batch. */
static void add_layer(case_list *l, const check_concept *concept, const network *net, int layer,
                      net_extent in, int batch)
{
    char shape[SHAPE_TEXT_BYTES], label[BENCH_LABEL_BYTES];

    if (strcmp(layer_shape(&net->layers[layer], in, batch, shape), concept->name) != 0)
        return;
    snprintf(label, sizeof label, "%s.%s", net->name, net->layers[layer].name);
    const bool first = net->loss != LOSS_NONE &&
                       (layer == 0 || (layer == 1 && net->layers[0].kind == LAYER_FLATTEN));
    for (int pass = 0; pass < concept->pass_count; pass++)
        if (pass_is_used(concept->name, concept->pass[pass].name, first))
            add_pass(l, concept, pass, label, batch, shape, (bench_case){ 0 });
}

/* The loss and the optimiser's step of a network. */
static void add_ends(case_list *l, const check_concept *concept, const network *net,
                     const net_extent *out, int batch)
{
    char shape[SHAPE_TEXT_BYTES], label[BENCH_LABEL_BYTES];
    int64_t parameters = 0;

    if (strcmp(concept->name, "softmax_ce") == 0 && net->loss == LOSS_CROSS_ENTROPY) {
        snprintf(shape, sizeof shape, "n=%d,classes=%d,reduction=1", batch,
                 out[net->layer_count - 1].c);
        snprintf(label, sizeof label, "%s.loss", net->name);
        for (int pass = 0; pass < concept->pass_count; pass++)
            if (strncmp(concept->pass[pass].name, "ce_", 3) == 0)
                add_pass(l, concept, pass, label, batch, shape, (bench_case){ 0 });
    }
    if (strcmp(concept->name, "adam") == 0 && batch == 1) {
        for (int i = 0; i < net->layer_count; i++)
            parameters += net_layer_parameters(&net->layers[i], i ? out[i - 1] : net->input);
        snprintf(shape, sizeof shape, "count=%lld,step=100", (long long)parameters);
        snprintf(label, sizeof label, "%s.parameters", net->name);
        add_pass(l, concept, 0, label, batch, shape, (bench_case){ 0 });
    }
}

static void add_networks(case_list *l, const check_concept *concept)
{
    static const int batches[] = { 1, 10, 100 };

    for (int i = 0; i < NETWORK_COUNT; i++) {
        const network *const net = &networks[i];
        net_extent out[NETWORK_MAX_LAYERS];
        const int batch_count = net->loss == LOSS_NONE ? 2 : 3;
        if (network_extents(net, out) != STATUS_OK)
            continue;
        for (int layer = 0; layer < net->layer_count; layer++)
            for (int b = 0; b < batch_count; b++)
                add_layer(l, concept, net, layer, layer ? out[layer - 1] : net->input, batches[b]);
        for (int b = 0; b < batch_count; b++)
            add_ends(l, concept, net, out, batches[b]);
    }
}

/* ---- extras and sweeps ---- */

typedef struct {
    const char *concept, *pass;         /* "*": all passes that begin with what stands before it */
    const char *label;
    int batch;
    const char *shape;
    bool quick;
} listed_case;

/* Those that a short run measures have quick set; they may repeat a layer. */
static const listed_case extras[] = {
    { "gemm", "*", "extra.square256", 1, "m=256,n=256,k=256", true },
    { "gemm", "*", "extra.square512", 1, "m=512,n=512,k=512", false },
    { "gemm", "forward", "extra.columns", 1, "m=64,n=196,k=288", false },
    { "gemm", "forward", "extra.tall", 1, "m=3136,n=10,k=100,transpose_a=1", false },
    { "gemm", "forward", "extra.flat", 1, "m=100,n=10,k=3136,transpose_b=1", false },
    { "conv2d", "*", "extra.quick", 10,
      "n=10,c=32,h=14,w=14,oc=64,kernel_h=3,kernel_w=3,pad_top=1,pad_bottom=1,pad_left=1,"
      "pad_right=1,bias=1", true },
    { "conv2d", "*", "extra.stride2", 10,
      "n=10,c=32,h=28,w=28,oc=64,kernel_h=3,kernel_w=3,stride_h=2,stride_w=2,pad_top=1,"
      "pad_bottom=1,pad_left=1,pad_right=1,bias=1", false },
    { "conv2d", "*", "extra.depthwise", 10,
      "n=10,c=64,h=28,w=28,oc=64,kernel_h=3,kernel_w=3,pad_top=1,pad_bottom=1,pad_left=1,"
      "pad_right=1,groups=64,bias=1", false },
    { "conv2d", "*", "extra.dilated", 10,
      "n=10,c=32,h=28,w=28,oc=32,kernel_h=3,kernel_w=3,pad_top=2,pad_bottom=2,pad_left=2,"
      "pad_right=2,dilation_h=2,dilation_w=2,bias=1", false },
    { "pad2d", "*", "extra.border1", 10,
      "n=10,c=32,h=28,w=28,pad_top=1,pad_bottom=1,pad_left=1,pad_right=1", true },
    { "pad2d", "*", "extra.border2", 100,
      "n=100,c=1,h=28,w=28,pad_top=2,pad_bottom=2,pad_left=2,pad_right=2", false },
    { "conv1x1", "*", "extra.quick", 1, "n=1,c=256,h=28,w=28,oc=64,bias=1", true },
    { "pool2d", "max_*", "extra.quick", 10,
      "n=10,c=32,h=28,w=28,kernel_h=2,kernel_w=2,stride_h=2,stride_w=2", true },
    { "pool2d", "average_*", "extra.average2", 10,
      "n=10,c=32,h=28,w=28,kernel_h=2,kernel_w=2,stride_h=2,stride_w=2", false },
    { "pool2d", "average_*", "extra.global", 10, "n=10,c=256,h=7,w=7,kernel_h=7,kernel_w=7",
      false },
    { "batchnorm2d", "train_*", "extra.quick", 10, "n=10,c=32,h=14,w=14", true },
    { "batchnorm2d", "eval_*", "extra.eval", 10, "n=10,c=32,h=14,w=14", false },
    { "linear", "*", "extra.quick", 10, "n=10,in_features=2048,out_features=625,bias=1", true },
    { "activation", "*", "extra.quick", 1, "kind=0,count=250880", true },
    { "activation", "*", "extra.leaky", 1, "kind=1,count=250880", false },
    { "activation", "*", "extra.sigmoid", 1, "kind=2,count=250880", false },
    { "activation", "*", "extra.tanh", 1, "kind=3,count=250880", false },
    { "dropout", "*", "extra.quick", 1, "count=62500", true },
    { "add", "*", "extra.quick", 1, "count=200704", true },
    { "concat", "*", "extra.channels", 10, "inputs=2,outer=10,inner=196,e0=64,e1=64", true },
    { "concat", "*", "extra.features", 100, "inputs=3,outer=100,inner=1,e0=256,e1=128,e2=10",
      false },
    { "softmax_ce", "ce_*", "extra.quick", 100, "n=100,classes=10,reduction=1", true },
    { "softmax_ce", "*", "extra.classes1000", 10, "n=10,classes=1000,reduction=1", false },
    { "softmax_ce", "ce_*", "extra.pixels", 4, "n=4,classes=10,inner=784,reduction=1", false },
    { "mse", "*", "lenet.mse", 100, "count=1000,mean=1", false },
    { "mse", "*", "extra.large", 1, "count=250880,mean=1", true },
    { "adam", "adam", "extra.quick", 1, "count=1379557,step=100", true },
    { "adam", "sgd", "extra.momentum", 1, "count=1379557,step=100,momentum_permille=900", false },
    { "init", "fill", "extra.kaiming", 1,
      "kind=0,count=640000,fan_in=2048,fan_out=625", true },
    { "init", "fill", "extra.xavier", 1,
      "kind=1,count=640000,fan_in=2048,fan_out=625", false },
};

/* "%d" is what grows. */
static const struct {
    listed_case base;
    int values[10];
} sweeps[] = {
    { { "gemm", "forward", "sweep-size.s%d", 1, "m=%d,n=%d,k=%d", false },
      { 64, 96, 128, 192, 256, 384, 512, 768, 1024 } },
    { { "conv2d", "forward", "sweep-batch.n%d", 0,
        "n=%d,c=32,h=16,w=16,oc=32,kernel_h=3,kernel_w=3,pad_top=1,pad_bottom=1,pad_left=1,"
        "pad_right=1,bias=1", false }, { 1, 2, 4, 8, 16, 32, 64, 128, 256 } },
    { { "conv2d", "*", "sweep-channels.c%d", 4,
        "n=4,c=%d,h=16,w=16,oc=%d,kernel_h=3,kernel_w=3,pad_top=1,pad_bottom=1,pad_left=1,"
        "pad_right=1,bias=1", false }, { 4, 8, 16, 32, 64, 128, 256 } },
    { { "conv2d", "forward", "sweep-image.h%d", 4,
        "n=4,c=32,h=%d,w=%d,oc=32,kernel_h=3,kernel_w=3,pad_top=1,pad_bottom=1,pad_left=1,"
        "pad_right=1,bias=1", false }, { 8, 16, 32, 64, 128 } },
    { { "conv2d", "forward", "sweep-kernel.k%d", 4,
        "n=4,c=32,h=16,w=16,oc=32,kernel_h=%d,kernel_w=%d,bias=1", false },
      { 1, 3, 5, 7, 9, 11 } },
};

/* What is measured with 1, 2, 4, ... threads. */
static const listed_case threaded[] = {
    { "gemm", "forward", "sweep-threads.square", 1, "m=512,n=512,k=512", false },
    { "conv2d", "*", "sweep-threads.conv", 100,
      "n=100,c=32,h=14,w=14,oc=64,kernel_h=3,kernel_w=3,pad_top=1,pad_bottom=1,pad_left=1,"
      "pad_right=1,bias=1", false },
    { "linear", "forward", "sweep-threads.fc", 100,
      "n=100,in_features=2048,out_features=625,bias=1", false },
    { "batchnorm2d", "train_forward", "sweep-threads.bn", 100, "n=100,c=16,h=28,w=28", false },
    { "activation", "forward", "sweep-threads.relu", 100, "kind=0,count=2508800", false },
};

/* "max_*" and "max_forward": true; "*" fits all. */
static bool pass_fits(const char *wanted, const char *pass)
{
    const size_t star = strcspn(wanted, "*");
    return wanted[star] ? strncmp(wanted, pass, star) == 0 : strcmp(wanted, pass) == 0;
}

static void add_listed(case_list *l, const check_concept *concept, const listed_case *c,
                       bench_case how)
{
    if (strcmp(c->concept, concept->name) != 0)
        return;
    how.quick = c->quick;
    for (int pass = 0; pass < concept->pass_count; pass++)
        if (pass_fits(c->pass, concept->pass[pass].name))
            add_pass(l, concept, pass, c->label, c->batch, c->shape, how);
}

/* Replaces each "%d" in `text`. */
static void put_number(const char *text, int number, char *out, size_t room)
{
    size_t used = 0;

    for (; *text && used + 12 < room; text++) {
        if (text[0] == '%' && text[1] == 'd') {
            used += (size_t)snprintf(out + used, room - used, "%d", number);
            text++;
        } else {
            out[used++] = *text;
        }
    }
    out[used] = '\0';
    assert(!*text);
}

static void add_sweeps(case_list *l, const check_concept *concept)
{
    for (size_t i = 0; i < sizeof sweeps / sizeof sweeps[0]; i++)
        for (const int *value = sweeps[i].values; *value; value++) {
            char label[BENCH_LABEL_BYTES], shape[SHAPE_TEXT_BYTES];
            listed_case point = sweeps[i].base;
            put_number(point.label, *value, label, sizeof label);
            put_number(point.shape, *value, shape, sizeof shape);
            point.label = label;
            point.shape = shape;
            point.batch = point.batch ? point.batch : *value;
            add_listed(l, concept, &point, (bench_case){ .sweep = true });
        }
    const int processors = omp_get_num_procs();
    for (size_t i = 0; i < sizeof threaded / sizeof threaded[0]; i++)
        for (int threads = 1; threads <= processors; threads *= 2)
            add_listed(l, concept, &threaded[i],
                       (bench_case){ .sweep = true, .threads = threads });
}

size_t bench_cases(bench_case **list)
{
    case_list l = { 0 };

    for (size_t i = 0; check_concepts[i]; i++) {
        add_networks(&l, check_concepts[i]);
        for (size_t k = 0; k < sizeof extras / sizeof extras[0]; k++)
            add_listed(&l, check_concepts[i], &extras[k], (bench_case){ 0 });
        add_sweeps(&l, check_concepts[i]);
    }
    if (l.no_memory) {
        free(l.cases);
        l = (case_list){ 0 };
    }
    *list = l.cases;
    return l.count;
}
