/* plan.c: choice of variants, and one block of memory for a network. */
#include "nets/plan.h"

#include <assert.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/core/device.h"
#include "kernels/core/extent.h"
#include "nets/resident.h"

enum { ALIGNMENT = 64, ALIGNED_FLOATS = ALIGNMENT / sizeof(float) };

/* ---- which row runs ---- */

/* choose_CONCEPT(name, space, s): the row of that name, or the last one of that space with full
 * precision where there is none of that name; NULL if it does not support the shape. */
#define DEFINE_CHOOSE(concept)                                                                    \
    static const concept##_variant *choose_##concept(const char *name, variant_space space,       \
                                                     const concept##_shape *s)                    \
    {                                                                                             \
        const concept##_variant *last = NULL;                                                     \
        for (size_t i = 0; i < concept##_variant_count; i++) {                                    \
            const concept##_variant *const v = &concept##_variants[i];                            \
            const bool fits = v->info.space == space && (!v->supports || v->supports(s));         \
            if (strcmp(v->info.name, name) == 0)                                                  \
                return fits ? v : NULL;                                                           \
            if (fits && v->info.precision == PRECISION_FP32)                                      \
                last = v;                                                                         \
        }                                                                                         \
        return last;                                                                              \
    }

DEFINE_CHOOSE(conv2d)
DEFINE_CHOOSE(conv1x1)
DEFINE_CHOOSE(linear)
DEFINE_CHOOSE(batchnorm2d)
DEFINE_CHOOSE(activation)
DEFINE_CHOOSE(pool2d)
DEFINE_CHOOSE(dropout)
DEFINE_CHOOSE(add)
DEFINE_CHOOSE(softmax_ce)
DEFINE_CHOOSE(mse)

static const adam_variant *choose_adam(const char *name, variant_space space)
{
    const adam_variant *last = NULL;

    for (size_t i = 0; i < adam_variant_count; i++) {
        if (strcmp(adam_variants[i].info.name, name) == 0)
            return &adam_variants[i];
        if (adam_variants[i].info.space == space)
            last = &adam_variants[i];
    }
    return last;
}

/* Every table that a network may use. Each row begins with its variant_info. */
static const struct {
    const void *rows;
    const size_t *count;
    size_t row_bytes;
} tables[] = {
    { conv2d_variants, &conv2d_variant_count, sizeof conv2d_variants[0] },
    { conv1x1_variants, &conv1x1_variant_count, sizeof conv1x1_variants[0] },
    { linear_variants, &linear_variant_count, sizeof linear_variants[0] },
    { batchnorm2d_variants, &batchnorm2d_variant_count, sizeof batchnorm2d_variants[0] },
    { activation_variants, &activation_variant_count, sizeof activation_variants[0] },
    { pool2d_variants, &pool2d_variant_count, sizeof pool2d_variants[0] },
    { dropout_variants, &dropout_variant_count, sizeof dropout_variants[0] },
    { add_variants, &add_variant_count, sizeof add_variants[0] },
    { softmax_ce_variants, &softmax_ce_variant_count, sizeof softmax_ce_variants[0] },
    { mse_variants, &mse_variant_count, sizeof mse_variants[0] },
    { adam_variants, &adam_variant_count, sizeof adam_variants[0] },
};
enum { TABLES = sizeof tables / sizeof tables[0] };

static const variant_info *table_row(int table, size_t row)
{
    return (const variant_info *)((const char *)tables[table].rows +
                                  row * tables[table].row_bytes);
}

bool plan_variant_known(const char *name, variant_space *space)
{
    for (int t = 0; t < TABLES; t++)
        for (size_t i = 0; i < *tables[t].count; i++) {
            const variant_info *const row = table_row(t, i);
            if (strcmp(row->name, name) == 0) {
                *space = row->space;
                return true;
            }
        }
    *space = SPACE_CUDA;
    return strcmp(name, "cuda") == 0;
}

int plan_variant_names(const char *names[PLAN_MAX_VARIANT_NAMES])
{
    int count = 0;

    for (int t = 0; t < TABLES; t++)
        for (size_t i = 0; i < *tables[t].count; i++) {
            const char *const name = table_row(t, i)->name;
            bool known = count == PLAN_MAX_VARIANT_NAMES;
            for (int k = 0; k < count; k++)
                known = known || strcmp(names[k], name) == 0;
            if (!known)
                names[count++] = name;
        }
    return count;
}

/* ---- tensors that are saved ---- */

static plan_tensor *add_tensor(plan *p, const net_layer *layer, const char *what, int rank,
                               int a, int b, int c, int d)
{
    assert(p->tensor_count < PLAN_MAX_TENSORS);
    plan_tensor *const t = &p->tensors[p->tensor_count++];

    snprintf(t->name, sizeof t->name, "%s.%s", layer->name, what);
    if (layer->alias)
        snprintf(t->alias, sizeof t->alias, "%s.%s", layer->alias, what);
    t->rank = rank;
    t->shape[0] = a;
    t->shape[1] = b;
    t->shape[2] = c;
    t->shape[3] = d;
    t->count = (ptrdiff_t)a * b * c * d;
    return t;
}

static void add_layer_tensors(plan *p, plan_layer *l)
{
    const net_layer *const layer = l->layer;
    const int out = layer->outputs, k = layer->kernel;

    switch (layer->kind) {
    case LAYER_CONV2D:
    case LAYER_CONV1X1:
        l->weight = add_tensor(p, layer, "weight", 4, out, l->in.c, k, k);
        l->bias = add_tensor(p, layer, "bias", 1, out, 1, 1, 1);
        break;
    case LAYER_LINEAR:
        l->weight = add_tensor(p, layer, "weight", 2, out, l->in.c, 1, 1);
        l->bias = add_tensor(p, layer, "bias", 1, out, 1, 1, 1);
        break;
    case LAYER_BATCHNORM2D:
        l->weight = add_tensor(p, layer, "weight", 1, l->in.c, 1, 1, 1);
        l->bias = add_tensor(p, layer, "bias", 1, l->in.c, 1, 1, 1);
        l->running_mean = add_tensor(p, layer, "running_mean", 1, l->in.c, 1, 1, 1);
        l->running_var = add_tensor(p, layer, "running_var", 1, l->in.c, 1, 1, 1);
        break;
    default:
        break;
    }
}

plan_tensor *plan_find(plan *p, const char *name)
{
    for (int i = 0; i < p->tensor_count; i++)
        if (strcmp(p->tensors[i].name, name) == 0 || strcmp(p->tensors[i].alias, name) == 0)
            return &p->tensors[i];
    return NULL;
}

static bool is_running_statistic(const plan *p, const plan_tensor *t)
{
    for (int i = 0; i < p->net->layer_count; i++)
        if (t == p->layers[i].running_mean || t == p->layers[i].running_var)
            return true;
    return false;
}

/* ---- one block of memory ---- */

/* Hands out aligned pieces of a block; with base NULL it only counts. */
typedef struct {
    char *base;
    size_t used;
    bool overflow;
} arena;

static void *take(arena *a, ptrdiff_t count, size_t element_bytes)
{
    const size_t at = a->used;
    size_t bytes;

    if (__builtin_mul_overflow((size_t)count, element_bytes, &bytes) ||
        __builtin_add_overflow(bytes, (size_t)ALIGNMENT - 1, &bytes) ||
        __builtin_add_overflow(at, bytes / ALIGNMENT * ALIGNMENT, &a->used))
        a->overflow = true;
    return a->base && count > 0 ? a->base + at : NULL;
}

static float *take_floats(arena *a, ptrdiff_t count)
{
    return take(a, count, sizeof(float));
}

static float *part(float *array, ptrdiff_t offset)
{
    return array ? array + offset : NULL;
}

static void place_tensors(plan *p, arena *a)
{
    ptrdiff_t offset = 0;

    p->values = take_floats(a, p->parameter_count);
    p->grads = take_floats(a, p->parameter_count);
    p->m = take_floats(a, p->parameter_count);
    p->v = take_floats(a, p->parameter_count);
    for (int i = 0; i < p->tensor_count; i++) {
        plan_tensor *const t = &p->tensors[i];
        if (is_running_statistic(p, t)) {
            t->value = take_floats(a, t->count);
            continue;
        }
        t->value = part(p->values, offset);
        t->grad = part(p->grads, offset);
        t->m = part(p->m, offset);
        t->v = part(p->v, offset);
        offset += (t->count + ALIGNED_FLOATS - 1) / ALIGNED_FLOATS * ALIGNED_FLOATS;
    }
    p->parameter_count = offset;
}

static void place_layer(plan *p, arena *a, int i)
{
    plan_layer *const l = &p->layers[i];
    const ptrdiff_t count = p->options.batch * net_extent_count(l->out);

    l->x = i ? p->layers[i - 1].y : p->input;
    l->dx = i ? p->layers[i - 1].dy : p->dinput;
    if (l->layer->kind == LAYER_FLATTEN) {
        l->y = l->x;
        l->dy = l->dx;
        return;
    }
    l->y = take_floats(a, count);
    l->dy = take_floats(a, count);
    if (l->layer->kind == LAYER_BATCHNORM2D) {
        l->saved_mean = take_floats(a, l->in.c);
        l->saved_invstd = take_floats(a, l->in.c);
    }
    if (l->layer->kind == LAYER_MAX_POOL2D)
        l->index = take(a, count, sizeof *l->index);
    if (l->layer->kind == LAYER_DROPOUT)
        l->mask = take(a, count, sizeof *l->mask);
    if (l->layer->kind == LAYER_ADD) {
        const int skip = network_skip_tensor(p->net, l->layer);
        l->skip = skip ? p->layers[skip - 1].y : p->input;
        l->dskip = skip ? p->layers[skip - 1].dy : p->dinput;
    }
}

/* Sets every pointer of the plan. The first pieces are those that begin as zeros; *zeroed is their
 * size. */
static void place(plan *p, arena *a, ptrdiff_t scratch_count, size_t workspace_bytes,
                  size_t *zeroed)
{
    const int batch = p->options.batch, last = p->net->layer_count - 1;
    const ptrdiff_t inputs = batch * net_extent_count(p->net->input);
    const ptrdiff_t outputs = batch * net_extent_count(p->layers[last].out);

    place_tensors(p, a);
    *zeroed = a->used;
    p->loss_out = take_floats(a, 1);
    p->one = take_floats(a, 1);
    p->input = take_floats(a, inputs);
    p->dinput = p->options.input_gradient ? take_floats(a, inputs) : NULL;
    for (int i = 0; i <= last; i++)
        place_layer(p, a, i);
    p->output = p->layers[last].y;
    p->doutput = p->layers[last].dy;
    if (p->options.loss == LOSS_CROSS_ENTROPY) {
        p->labels = take(a, batch, sizeof *p->labels);
        p->log_probabilities = take_floats(a, outputs);
    }
    if (p->options.loss == LOSS_MSE)
        p->target = take_floats(a, outputs);
    p->scratch = take_floats(a, scratch_count);
    p->workspace = take(a, (ptrdiff_t)workspace_bytes, 1);
}

/* ---- making a plan ---- */

/* Chooses the row of one layer. *workspace grows to what it needs. */
static status choose_row(plan_layer *l, const plan_options *o, variant_space space,
                         size_t *workspace)
{
    const net_layer *const layer = l->layer;
    const ptrdiff_t count = o->batch * net_extent_count(l->out);
    const int n = o->batch;
    size_t bytes = 0;

/* Puts the row into the union; without one the shape is not supported. */
#define CHOOSE(concept)                                                                           \
    l->run.concept.v = choose_##concept(o->variant, space, &l->run.concept.s);                    \
    if (!l->run.concept.v)                                                                        \
        return STATUS_UNSUPPORTED;                                                                \
    l->variant = &l->run.concept.v->info

    switch (layer->kind) {
    case LAYER_CONV2D:
        l->run.conv2d.s = net_conv2d_shape(layer, l->in, n);
        if (conv2d_shape_init(&l->run.conv2d.s) != STATUS_OK)
            return STATUS_SHAPE;
        CHOOSE(conv2d);
        bytes = conv2d_workspace_bytes(l->run.conv2d.v, &l->run.conv2d.s);
        break;
    case LAYER_CONV1X1:
        l->run.conv1x1.s = (conv1x1_shape){ n, l->in.c, l->in.h, l->in.w, layer->outputs };
        CHOOSE(conv1x1);
        bytes = conv1x1_workspace_bytes(l->run.conv1x1.v, &l->run.conv1x1.s);
        break;
    case LAYER_LINEAR:
        l->run.linear.s = (linear_shape){ n, l->in.c, layer->outputs };
        CHOOSE(linear);
        bytes = linear_workspace_bytes(l->run.linear.v, &l->run.linear.s);
        break;
    case LAYER_BATCHNORM2D:
        l->run.batchnorm2d.s =
            (batchnorm2d_shape){ n, l->in.c, l->in.h, l->in.w, .eps = 1e-5f, .momentum = 0.1f };
        CHOOSE(batchnorm2d);
        break;
    case LAYER_ACTIVATION:
        l->run.activation.s = (activation_shape){ .kind = layer->activation, .count = count };
        CHOOSE(activation);
        break;
    case LAYER_MAX_POOL2D:
        l->run.pool2d.s = net_pool2d_shape(layer, l->in, n);
        if (pool2d_shape_init(&l->run.pool2d.s) != STATUS_OK)
            return STATUS_SHAPE;
        CHOOSE(pool2d);
        break;
    case LAYER_DROPOUT:
        l->run.dropout.s = (dropout_shape){ count, o->dropout < 0.0 ? layer->p : o->dropout };
        if (dropout_shape_check(&l->run.dropout.s) != STATUS_OK)
            return STATUS_VALUE;
        CHOOSE(dropout);
        break;
    case LAYER_ADD:
        l->run.add.s.count = count;
        CHOOSE(add);
        break;
    case LAYER_FLATTEN:
        break;
    }
#undef CHOOSE
    if (bytes > *workspace)
        *workspace = bytes;
    return STATUS_OK;
}

static status choose_rest(plan *p)
{
    const char *const name = p->options.variant;
    const net_extent out = p->layers[p->net->layer_count - 1].out;
    const softmax_ce_shape ce = softmax_ce_shape_plain(p->options.batch, out.c);
    const mse_shape mse = { p->options.batch * net_extent_count(out), true };
    const add_shape add = { p->options.batch * net_extent_count(p->net->input) };

    p->ce = choose_softmax_ce(name, p->space, &ce);
    p->mse = choose_mse(name, p->space, &mse);
    p->adam = choose_adam(name, p->space);
    p->accumulate = choose_add(name, p->space, &add);
    return p->ce && p->mse && p->adam && p->accumulate ? STATUS_OK : STATUS_UNSUPPORTED;
}

/* Marks the layers whose input also feeds a skip, and returns the elements of the largest such
 * tensor. */
static ptrdiff_t mark_skips(plan *p)
{
    ptrdiff_t largest = 0;

    for (int i = 0; i < p->net->layer_count; i++) {
        if (p->layers[i].layer->kind != LAYER_ADD)
            continue;
        plan_layer *const reader = &p->layers[network_skip_tensor(p->net, p->layers[i].layer)];
        const ptrdiff_t count = p->options.batch * net_extent_count(reader->in);
        assert(!reader->accumulate && reader->layer->kind != LAYER_FLATTEN);
        reader->accumulate = true;
        if (count > largest)
            largest = count;
    }
    return largest;
}

static status describe(plan *p, size_t *workspace)
{
    net_extent extents[NETWORK_MAX_LAYERS], in = p->net->input;

    if (p->options.batch < 1)
        return STATUS_SHAPE;
    if (!plan_variant_known(p->options.variant, &p->space))
        p->space = SPACE_HOST;                  /* every table then gives its fastest */
    if (p->space == SPACE_CUDA && device_missing())
        return STATUS_DEVICE;
    if (network_extents(p->net, extents) != STATUS_OK)
        return STATUS_SHAPE;
    for (int i = 0; i < p->net->layer_count; i++) {
        plan_layer *const l = &p->layers[i];
        l->layer = &p->net->layers[i];
        l->in = in;
        l->out = in = extents[i];
        if (!extent_product(4, (int[]){ p->options.batch, l->in.c, l->in.h, l->in.w }, NULL) ||
            !extent_product(4, (int[]){ p->options.batch, l->out.c, l->out.h, l->out.w }, NULL))
            return STATUS_SHAPE;
        const status s = choose_row(l, &p->options, p->space, workspace);
        if (s != STATUS_OK)
            return s;
        add_layer_tensors(p, l);
    }
    return choose_rest(p);
}

plan_options plan_options_default(const network *net, int batch)
{
    return (plan_options){ .batch = batch, .variant = "openmp", .loss = net->loss,
                           .dropout = -1.0 };
}

status plan_init(plan *p, const network *net, const plan_options *options)
{
    size_t workspace = 0, zeroed;
    arena counted = { 0 };

    memset(p, 0, sizeof *p);
    p->net = net;
    p->options = *options;
    p->threads = omp_get_max_threads();
    status s = describe(p, &workspace);
    if (s == STATUS_OK) {
        const ptrdiff_t scratch = mark_skips(p);
        place(p, &counted, scratch, workspace, &zeroed);    /* sets parameter_count */
        counted = (arena){ 0 };
        place(p, &counted, scratch, workspace, &zeroed);
        p->memory = counted.overflow ? NULL : aligned_alloc(ALIGNMENT, counted.used);
        if (p->memory) {
            p->memory_bytes = counted.used;
            memset(p->memory, 0, zeroed);
            place(p, &(arena){ .base = p->memory }, scratch, workspace, &zeroed);
            p->state_bytes = zeroed;
            *p->loss_out = 0.0f;
            *p->one = 1.0f;
            s = p->space == SPACE_CUDA ? resident_open(p) : STATUS_OK;
            if (s == STATUS_OK)
                return STATUS_OK;
            free(p->memory);
        } else {
            s = counted.overflow ? STATUS_SHAPE : STATUS_MEMORY;
        }
    }
    memset(p, 0, sizeof *p);
    return s;
}

void plan_free(plan *p)
{
    resident_close(p);
    free(p->memory);
    memset(p, 0, sizeof *p);
}

/* ---- initial parameters ---- */

static void fill_constant(plan_tensor *t, float value)
{
    for (ptrdiff_t i = 0; i < t->count; i++)
        t->value[i] = value;
}

/* Weight, then bias, as the module's constructor draws them; Xavier draws the weight once more. */
static status draw_layer(plan_layer *l, rng *r)
{
    const int window = l->layer->kind == LAYER_CONV2D ? l->layer->kernel * l->layer->kernel : 1;
    init_shape s = { INIT_KAIMING_UNIFORM, l->weight->count, .fan_in = l->in.c * window,
                     .fan_out = l->layer->outputs * window, .slope = sqrt(5.0) };
    const init_variant *const v = &init_variants[0];

    status result = init_fill(v, &s, r, l->weight->value);
    s.kind = INIT_BIAS_UNIFORM;
    s.count = l->bias->count;
    if (result == STATUS_OK)
        result = init_fill(v, &s, r, l->bias->value);
    s.kind = l->layer->init;
    s.count = l->weight->count;
    if (result == STATUS_OK && s.kind != INIT_KAIMING_UNIFORM)
        result = init_fill(v, &s, r, l->weight->value);
    return result;
}

status plan_initialise(plan *p, rng *r)
{
    status result = STATUS_OK;

    for (int i = 0; i < p->net->layer_count && result == STATUS_OK; i++) {
        plan_layer *const l = &p->layers[i];
        if (l->layer->kind == LAYER_BATCHNORM2D) {
            fill_constant(l->weight, 1.0f);
            fill_constant(l->bias, 0.0f);
            fill_constant(l->running_mean, 0.0f);
            fill_constant(l->running_var, 1.0f);
            l->batches_tracked = 0;
        } else if (l->weight) {
            result = draw_layer(l, r);
        }
    }
    memset(p->m, 0, (size_t)p->parameter_count * sizeof *p->m);
    memset(p->v, 0, (size_t)p->parameter_count * sizeof *p->v);
    p->step = 0;
    return result;
}
