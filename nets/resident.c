/* resident.c: the twin of a plan on the device, and training there. */
#include "nets/resident.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/core/device.h"
#include "nets/gather.h"
#include "nets/step.h"

struct plan_device {
    plan twin;                  /* its pointers are device memory, its names and shapes home's */
    char *memory;               /* the twin of home->memory */
    bool ahead;                 /* training has changed the state there; home's is old */

    float *cost;                /* [1]; these, too, are device memory */
    int64_t *step;              /* [1] */
    int32_t *images;            /* [batch]: numbers of the step's images */
    uint8_t *pixels, *labels;   /* the data set */
    gather_shape gather;
    int64_t step_there;         /* what *step holds */

    device_graph *graph;        /* one training step; recorded for: */
    int graph_n, graph_steps;
    double graph_lr;
};

/* ---- the twin ---- */

/* A pointer into home's memory, moved to the device; others, NULL among them, stay. */
static void *moved(const plan *home, void *pointer)
{
    const char *const from = home->memory;
    char *const p = pointer;

    return p && p >= from && p < from + home->memory_bytes ? home->device->memory + (p - from)
                                                           : pointer;
}

#define MOVE(pointer) ((pointer) = moved(home, (pointer)))

static void move_tensors(const plan *home, plan *twin)
{
    for (int i = 0; i < twin->tensor_count; i++) {
        plan_tensor *const t = &twin->tensors[i];
        MOVE(t->value);
        MOVE(t->grad);
        MOVE(t->m);
        MOVE(t->v);
    }
}

/* The twin's own copy of one of home's tensors. */
static plan_tensor *own(const plan *home, plan *twin, const plan_tensor *t)
{
    return t ? &twin->tensors[t - home->tensors] : NULL;
}

static void move_layers(const plan *home, plan *twin)
{
    for (int i = 0; i < home->net->layer_count; i++) {
        plan_layer *const l = &twin->layers[i];
        MOVE(l->x);
        MOVE(l->y);
        MOVE(l->dx);
        MOVE(l->dy);
        MOVE(l->saved_mean);
        MOVE(l->saved_invstd);
        MOVE(l->index);
        MOVE(l->mask);
        MOVE(l->skip);
        MOVE(l->dskip);
        l->weight = own(home, twin, l->weight);
        l->bias = own(home, twin, l->bias);
        l->running_mean = own(home, twin, l->running_mean);
        l->running_var = own(home, twin, l->running_var);
    }
}

/* Copies home and moves every pointer. */
static void make_twin(const plan *home, plan *twin)
{
    *twin = *home;
    twin->device = NULL;
    move_tensors(home, twin);
    move_layers(home, twin);
    MOVE(twin->input);
    MOVE(twin->dinput);
    MOVE(twin->output);
    MOVE(twin->doutput);
    MOVE(twin->labels);
    MOVE(twin->target);
    MOVE(twin->log_probabilities);
    MOVE(twin->values);
    MOVE(twin->grads);
    MOVE(twin->m);
    MOVE(twin->v);
    MOVE(twin->loss_out);
    MOVE(twin->one);
    MOVE(twin->scratch);
    MOVE(twin->workspace);
    MOVE(twin->memory);
}

status resident_open(plan *home)
{
    struct plan_device *const d = calloc(1, sizeof *d);
    void *memory, *cost, *step, *images;

    if (!d)
        return STATUS_MEMORY;
    home->device = d;
    status s = device_alloc(&memory, home->memory_bytes);
    d->memory = memory;
    if (s == STATUS_OK)
        s = device_alloc(&cost, sizeof *d->cost);
    if (s == STATUS_OK) {
        d->cost = cost;
        s = device_alloc(&step, sizeof *d->step);
    }
    if (s == STATUS_OK) {
        d->step = step;
        s = device_alloc(&images, (size_t)home->options.batch * sizeof *d->images);
    }
    if (s == STATUS_OK) {
        d->images = images;
        d->step_there = -1;
        make_twin(home, &d->twin);
        s = resident_up(home);
    }
    if (s != STATUS_OK)
        resident_close(home);
    return s;
}

void resident_close(plan *home)
{
    struct plan_device *const d = home->device;

    if (!d)
        return;
    device_graph_free(d->graph);
    device_free(d->memory);
    device_free(d->cost);
    device_free(d->step);
    device_free(d->images);
    device_free(d->pixels);
    device_free(d->labels);
    free(d);
    home->device = NULL;
}

plan *resident_twin(plan *home)
{
    return &home->device->twin;
}

/* What a plan holds beside its memory. */
static void copy_counters(plan *to, const plan *from)
{
    to->step = from->step;
    for (int i = 0; i < from->net->layer_count; i++)
        to->layers[i].batches_tracked = from->layers[i].batches_tracked;
}

status resident_up(plan *home)
{
    struct plan_device *const d = home->device;
    const status s = resident_fetch(home);

    copy_counters(&d->twin, home);
    return s == STATUS_OK ? device_upload(d->memory, home->memory, home->memory_bytes) : s;
}

status resident_down(plan *home)
{
    struct plan_device *const d = home->device;
    const status s = device_download(home->memory, d->memory, home->memory_bytes);

    copy_counters(home, &d->twin);
    home->loss = *home->loss_out;
    d->ahead = false;
    return s;
}

/* ---- training ---- */

status resident_load(plan *home, const dataset *set, int size)
{
    struct plan_device *const d = home->device;
    const size_t pixels = (size_t)set->count * (size_t)set->c * (size_t)set->h * (size_t)set->w;
    void *p, *l;

    status s = device_alloc(&p, pixels);
    d->pixels = p;
    if (s == STATUS_OK) {
        s = device_alloc(&l, (size_t)set->count);
        d->labels = l;
    }
    if (s == STATUS_OK)
        s = device_upload(d->pixels, set->pixels, pixels);
    if (s == STATUS_OK)
        s = device_upload(d->labels, set->labels, (size_t)set->count);
    d->gather = (gather_shape){ .c = set->c, .h = set->h, .w = set->w,
                                .to_h = size ? size : set->h, .to_w = size ? size : set->w };
    return s;
}

#ifndef CONVLAB_CUDA            /* gather.cu is not there; nor is a device that would need it */
void gather_images(const gather_shape *s, const uint8_t *pixels, const uint8_t *labels,
                   const int32_t *images, float *x, int32_t *labels_out)
{
    (void)s, (void)pixels, (void)labels, (void)images, (void)x, (void)labels_out;
}

void gather_cost(const float *loss, int steps, float *cost)
{
    (void)loss, (void)steps, (void)cost;
}
#endif

/* Everything that happens in a step, recorded or done at once. */
static status step_there(struct plan_device *d, int n, double lr, int epoch_steps)
{
    plan *const twin = &d->twin;
    gather_shape g = d->gather;

    g.n = n;
    gather_images(&g, d->pixels, d->labels, d->images, twin->input, twin->labels);
    status s = step_forward(twin, n, STEP_TRAIN, NULL);
    if (s == STATUS_OK)
        s = step_loss(twin, n);
    if (s == STATUS_OK)
        s = step_loss_gradient(twin, n);
    if (s == STATUS_OK)
        s = step_backward(twin, n);
    if (s == STATUS_OK)
        s = step_update_counted(twin, lr, d->step);
    if (s == STATUS_OK)
        gather_cost(twin->loss_out, epoch_steps, d->cost);
    return s;
}

static status record(struct plan_device *d, int n, double lr, int epoch_steps)
{
    device_graph *graph = NULL;

    device_graph_free(d->graph);
    d->graph = NULL;
    status s = device_graph_begin();
    if (s != STATUS_OK)
        return s;
    s = step_there(d, n, lr, epoch_steps);
    const status ended = device_graph_end(&graph);
    if (s != STATUS_OK || ended != STATUS_OK) {
        device_graph_free(graph);
        return s != STATUS_OK ? s : ended;
    }
    d->graph = graph;
    d->graph_n = n;
    d->graph_lr = lr;
    d->graph_steps = epoch_steps;
    return STATUS_OK;
}

/* Masks in the order of the layers, by the host's generator, and over to the device. */
static status draw_masks(plan *home, int n, rng *r)
{
    status s = STATUS_OK;

    for (int i = 0; i < home->net->layer_count && s == STATUS_OK; i++) {
        plan_layer *const l = &home->layers[i];
        dropout_shape shape = l->run.dropout.s;
        if (l->layer->kind != LAYER_DROPOUT || shape.p <= 0.0 || shape.p >= 1.0)
            continue;
        shape.count = n * net_extent_count(l->out);
        s = dropout_draw(&dropout_variants[0], &shape, r, l->mask);
        if (s == STATUS_OK)
            s = device_upload(home->device->twin.layers[i].mask, l->mask, (size_t)shape.count);
    }
    return s;
}

status resident_train(plan *home, const int32_t *images, int n, double lr, rng *r,
                      int epoch_steps)
{
    struct plan_device *const d = home->device;
    status s = STATUS_OK;

    if (d->step_there != home->step)
        s = device_upload(d->step, &home->step, sizeof home->step);
    if (s == STATUS_OK)
        s = device_upload(d->images, images, (size_t)n * sizeof *images);
    if (s == STATUS_OK)
        s = draw_masks(home, n, r);
    if (s == STATUS_OK && (!d->graph || d->graph_n != n || d->graph_lr != lr ||
                           d->graph_steps != epoch_steps))
        s = record(d, n, lr, epoch_steps);
    if (s == STATUS_OK)
        s = device_graph_launch(d->graph);
    if (s != STATUS_OK)
        return s;
    d->ahead = true;
    d->step_there = ++home->step;
    for (int i = 0; i < home->net->layer_count; i++)
        home->layers[i].batches_tracked += home->layers[i].layer->kind == LAYER_BATCHNORM2D;
    copy_counters(&d->twin, home);
    return STATUS_OK;
}

status resident_fetch(plan *home)
{
    struct plan_device *const d = home->device;

    if (!d->ahead)
        return STATUS_OK;
    d->ahead = false;
    return device_download(home->memory, d->memory, home->state_bytes);
}

status resident_read(const plan *home, float *loss, float *cost)
{
    const struct plan_device *const d = home->device;
    const status s = device_download(loss, d->twin.loss_out, sizeof *loss);

    return s == STATUS_OK ? device_download(cost, d->cost, sizeof *cost) : s;
}

status resident_set_cost(plan *home, float cost)
{
    return device_upload(home->device->cost, &cost, sizeof cost);
}

int resident_graph_nodes(const plan *home)
{
    return home->device->graph ? device_graph_nodes(home->device->graph) : 0;
}
