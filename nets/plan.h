/* plan.h: a network made ready to run: who computes each layer, and the memory for all of it.
 *
 * A plan is made once, before training. It is the one place that decides which variant's row runs
 * each layer, in which memory layout, and what is fused; nets/step.h only carries it out. Today:
 * NCHW everywhere, nothing fused, one variant for all. Nothing is allocated after the plan is made.
 * A CUDA variant's plan has a twin on the device (nets/resident.h).
 *
 * Layout: tensors float32, row major, [n][c][h][w] with n up to the planned batch; parameters,
 *         gradients and both moments of the optimiser lie in four arrays of the same layout, each
 *         tensor padded with zeros to whole cache lines, so that one optimiser step covers all. */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/activation/activation.h"
#include "kernels/adam/adam.h"
#include "kernels/add/add.h"
#include "kernels/batchnorm2d/batchnorm2d.h"
#include "kernels/conv1x1/conv1x1.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/core/rng.h"
#include "kernels/dropout/dropout.h"
#include "kernels/linear/linear.h"
#include "kernels/mse/mse.h"
#include "kernels/pool2d/pool2d.h"
#include "kernels/softmax_ce/softmax_ce.h"
#include "nets/net.h"

enum {
    PLAN_NAME_BYTES = 64,
    PLAN_MAX_TENSORS = 4 * NETWORK_MAX_LAYERS,
    PLAN_MAX_VARIANT_NAMES = 64
};

typedef struct {
    int batch;              /* the largest n that will run; at least 1 */
    const char *variant;    /* "openmp", "cuda": see plan_init */
    network_loss loss;      /* LOSS_NONE: the caller writes the gradient of the output */
    double dropout;         /* probability in place of every dropout layer's own; < 0 keeps those */
    bool input_gradient;    /* also compute the gradient of the network's input */
} plan_options;

/* A tensor that is saved: a parameter, or a running statistic (no gradient, no moments). */
typedef struct {
    char name[PLAN_NAME_BYTES];     /* "layer1.0.weight" */
    char alias[PLAN_NAME_BYTES];    /* its second name, or "" */
    int rank;
    int shape[4];
    ptrdiff_t count;
    float *value;
    float *grad, *m, *v;            /* NULL for a running statistic */
} plan_tensor;

typedef struct {
    const net_layer *layer;
    net_extent in, out;
    const variant_info *variant;    /* of the row that runs it; NULL for a view */
    union {                         /* by layer->kind; shapes for the planned batch */
        struct { const conv2d_variant *v; conv2d_shape s; } conv2d;
        struct { const conv1x1_variant *v; conv1x1_shape s; } conv1x1;
        struct { const linear_variant *v; linear_shape s; } linear;
        struct { const batchnorm2d_variant *v; batchnorm2d_shape s; } batchnorm2d;
        struct { const activation_variant *v; activation_shape s; } activation;
        struct { const pool2d_variant *v; pool2d_shape s; } pool2d;
        struct { const dropout_variant *v; dropout_shape s; } dropout;
        struct { const add_variant *v; add_shape s; } add;
    } run;
    float *x, *y;                   /* input and output; the same for a view */
    float *dx, *dy;                 /* their gradients; dx is NULL where nobody wants it */
    bool accumulate;                /* x feeds a skip too: its gradient is the sum of both */
    plan_tensor *weight, *bias;     /* NULL where there are none; gamma and beta for batch norm */
    plan_tensor *running_mean, *running_var;
    int64_t batches_tracked;        /* batch norm: forward passes in training */
    float *saved_mean, *saved_invstd;       /* batch norm: for the backward pass */
    int32_t *index;                 /* max pool: where each maximum was */
    uint8_t *mask;                  /* dropout */
    float *skip, *dskip;            /* add: the other summand and its gradient (NULL: not wanted) */
} plan_layer;

typedef struct {
    const network *net;
    plan_options options;
    plan_layer layers[NETWORK_MAX_LAYERS];  /* [net->layer_count] */
    plan_tensor tensors[PLAN_MAX_TENSORS];  /* in the order of PyTorch's state_dict */
    int tensor_count;

    float *input, *dinput;          /* [batch][c][h][w]; dinput is NULL unless asked for */
    float *output, *doutput;        /* of the last layer */
    int32_t *labels;                /* cross-entropy: [batch] */
    float *target;                  /* MSE: like output */
    float loss;                     /* of the last step: a mean over the batch */

    const softmax_ce_variant *ce;
    const mse_variant *mse;
    const adam_variant *adam;
    const add_variant *accumulate;  /* sums the gradients of a tensor that is read twice */
    float *log_probabilities;       /* cross-entropy: [batch][classes] */

    ptrdiff_t parameter_count;      /* floats in each of the next four, padding included */
    float *values, *grads, *m, *v;
    int64_t step;                   /* optimiser steps done */
    float *loss_out;                /* [1]: where kernels write the loss */
    float *one;                     /* [1]: 1.0, the loss's own gradient */

    float *scratch;                 /* a tensor as large as the largest that is read twice */
    void *workspace;                /* shared by all layers, for this many OpenMP threads */
    int threads;
    void *memory;                   /* holds everything above */
    size_t memory_bytes;
    size_t state_bytes;             /* its first part: parameters and all that lives on */
    variant_space space;            /* of the rows that run it */
    struct plan_device *device;     /* the twin that runs a SPACE_CUDA plan; NULL on the host */
} plan;

/* The options of the tutorials: variant "openmp", the network's loss and dropout. */
plan_options plan_options_default(const network *net, int batch);

/* Plans `net` and allocates everything. Each layer runs the row named options->variant of its
 * concept's table; where that table has no such row, the last row of the same space and of full
 * precision that supports the shape (tables go from the plainest to the fastest). "cuda" is no
 * row's name and so means the fastest on the device. The plan can then run on as many OpenMP
 * threads as are set now, or on fewer: workspaces grow with the threads. Parameters and running
 * statistics are zeros until plan_initialise() or a checkpoint fills them.
 * The caller releases it with plan_free(), and must not copy or move *p. Returns STATUS_OK, or with
 * *p zeroed STATUS_SHAPE (batch < 1, or sizes overflow), STATUS_VALUE (dropout not in [0, 1]),
 * STATUS_UNSUPPORTED (the row cannot do this shape), STATUS_DEVICE (there is no device
 * to run it) or STATUS_MEMORY. */
status plan_init(plan *p, const network *net, const plan_options *options);
void plan_free(plan *p);

/* Draws initial parameters from *r in PyTorch's order, resets running statistics, moments and the
 * step. Returns STATUS_OK. */
status plan_initialise(plan *p, rng *r);

/* The tensor of that name, or NULL. */
plan_tensor *plan_find(plan *p, const char *name);

/* Whether some table has a variant of that name ("cuda" counts as one), and where it runs. */
bool plan_variant_known(const char *name, variant_space *space);

/* The distinct names of variants in the tables that networks use. Returns how many. */
int plan_variant_names(const char *names[PLAN_MAX_VARIANT_NAMES]);

#endif
