/* net.h: a network as a static description: a chain of layers, and skips back into it.
 *
 * Tensors have numbers: tensor 0 is the network's input, tensor i + 1 the output of layer i. Layers
 * have the names of PyTorch's modules, so that saved weights go under the names that the same
 * network has there. nets/plan.h makes something that runs of it. */
#ifndef NET_H
#define NET_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/activation/activation.h"
#include "kernels/conv1x1/conv1x1.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/core/status.h"
#include "kernels/init/init.h"
#include "kernels/pool2d/pool2d.h"

enum {
    NETWORK_COUNT = 7,
    NETWORK_MAX_LAYERS = 32
};

typedef enum {
    LAYER_CONV2D,
    LAYER_CONV1X1,
    LAYER_LINEAR,
    LAYER_BATCHNORM2D,
    LAYER_ACTIVATION,
    LAYER_MAX_POOL2D,
    LAYER_FLATTEN,          /* a view: the same floats, seen as [n][c*h*w] */
    LAYER_DROPOUT,
    LAYER_ADD               /* adds an earlier tensor: the skip connection */
} layer_kind;

typedef struct {
    layer_kind kind;
    const char *name;       /* "layer1.0", unique in the network */
    const char *alias;      /* the module's second name in PyTorch's state_dict, or NULL */
    int outputs;            /* convolution: channels; linear: features */
    int kernel, stride, pad;        /* conv2d and max pool, square */
    init_kind init;         /* weight of convolution and linear: Kaiming or Xavier */
    activation_kind activation;
    double p;               /* dropout: probability of dropping */
    const char *skip;       /* add: name of the layer whose output is added, "input" for tensor 0 */
} net_layer;

typedef enum { LOSS_NONE, LOSS_CROSS_ENTROPY, LOSS_MSE } network_loss;

typedef struct {
    int c, h, w;            /* of one image; [c] alone is c x 1 x 1 */
} net_extent;

typedef struct {
    const char *name;       /* "cnn-basic", as typed on the command line */
    const char *idea;       /* one line for lists */
    const net_layer *layers;
    int layer_count;
    net_extent input;
    int border;             /* zeros that are put around a data set's images to fill the input */
    network_loss loss;
    const char *data;       /* the tutorial's data set; NULL if it is not trained on one */
    int batch, epochs;      /* the tutorial's recipe, with Adam */
    double lr;
    const char *printed;    /* what the tutorials print */
} network;

/* The networks of the tutorials. */
extern const network networks[NETWORK_COUNT];

/* The network of that name, or NULL. */
const network *network_find(const char *name);

/* The number of the tensor that an add layer adds: 0 for "input". Asserts that it exists. */
int network_skip_tensor(const network *net, const net_layer *layer);

/* Elements of one image's tensor. */
ptrdiff_t net_extent_count(net_extent e);

/* A layer's output extent for its input extent. Returns STATUS_OK or STATUS_SHAPE. */
status net_layer_output(const net_layer *layer, net_extent in, net_extent *out);

/* Output extents of all layers: out[layer_count]. Returns STATUS_OK or STATUS_SHAPE. */
status network_extents(const network *net, net_extent *out);

/* What a layer's kernel is told for a batch of n: shapes that are not yet initialised. */
conv2d_shape net_conv2d_shape(const net_layer *layer, net_extent in, int n);
pool2d_shape net_pool2d_shape(const net_layer *layer, net_extent in, int n);

/* Trainable numbers of a layer, and its multiply-adds for one image (convolution and linear; 0 for
 * the others, whose work does not count beside that). */
int64_t net_layer_parameters(const net_layer *layer, net_extent in);
int64_t net_layer_multiply_adds(const net_layer *layer, net_extent in, net_extent out);

/* "conv2d", "max pool", ... */
const char *layer_kind_name(const net_layer *layer);

#endif
