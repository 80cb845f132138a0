/* net.c: shapes and sizes of a network's layers. */
#include "nets/net.h"

#include <assert.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

const network *network_find(const char *name)
{
    for (int i = 0; i < NETWORK_COUNT; i++)
        if (strcmp(networks[i].name, name) == 0)
            return &networks[i];
    return NULL;
}

int network_skip_tensor(const network *net, const net_layer *layer)
{
    int tensor = 0;

    assert(layer->kind == LAYER_ADD);
    if (strcmp(layer->skip, "input") == 0)
        return 0;
    while (strcmp(net->layers[tensor].name, layer->skip) != 0) {
        tensor++;
        assert(&net->layers[tensor] < layer);
    }
    return tensor + 1;
}

ptrdiff_t net_extent_count(net_extent e)
{
    return (ptrdiff_t)e.c * e.h * e.w;
}

conv2d_shape net_conv2d_shape(const net_layer *layer, net_extent in, int n)
{
    return (conv2d_shape){
        .n = n, .c = in.c, .h = in.h, .w = in.w, .oc = layer->outputs,
        .kernel_h = layer->kernel, .kernel_w = layer->kernel,
        .stride_h = layer->stride, .stride_w = layer->stride,
        .pad_top = layer->pad, .pad_bottom = layer->pad,
        .pad_left = layer->pad, .pad_right = layer->pad,
        .dilation_h = 1, .dilation_w = 1, .groups = 1,
    };
}

pool2d_shape net_pool2d_shape(const net_layer *layer, net_extent in, int n)
{
    return (pool2d_shape){
        .n = n, .c = in.c, .h = in.h, .w = in.w,
        .kernel_h = layer->kernel, .kernel_w = layer->kernel,
        .stride_h = layer->stride, .stride_w = layer->stride,
        .pad_top = layer->pad, .pad_bottom = layer->pad,
        .pad_left = layer->pad, .pad_right = layer->pad,
        .dilation_h = 1, .dilation_w = 1,
    };
}

status net_layer_output(const net_layer *layer, net_extent in, net_extent *out)
{
    status s = STATUS_OK;

    *out = in;
    switch (layer->kind) {
    case LAYER_CONV2D: {
        conv2d_shape shape = net_conv2d_shape(layer, in, 1);
        s = conv2d_shape_init(&shape);
        *out = (net_extent){ shape.oc, shape.oh, shape.ow };
        break;
    }
    case LAYER_CONV1X1:
        out->c = layer->outputs;
        break;
    case LAYER_LINEAR:
        s = in.h == 1 && in.w == 1 ? STATUS_OK : STATUS_SHAPE;
        out->c = layer->outputs;
        break;
    case LAYER_MAX_POOL2D: {
        pool2d_shape shape = net_pool2d_shape(layer, in, 1);
        s = pool2d_shape_init(&shape);
        *out = (net_extent){ shape.c, shape.oh, shape.ow };
        break;
    }
    case LAYER_FLATTEN:
        s = net_extent_count(in) <= INT_MAX ? STATUS_OK : STATUS_SHAPE;
        *out = (net_extent){ (int)net_extent_count(in), 1, 1 };
        break;
    case LAYER_BATCHNORM2D:
    case LAYER_ACTIVATION:
    case LAYER_DROPOUT:
    case LAYER_ADD:
        break;
    }
    return s;
}

status network_extents(const network *net, net_extent *out)
{
    net_extent in = net->input;

    assert(net->layer_count <= NETWORK_MAX_LAYERS);
    for (int i = 0; i < net->layer_count; i++) {
        const net_layer *const layer = &net->layers[i];
        const status s = net_layer_output(layer, in, &out[i]);
        if (s != STATUS_OK)
            return s;
        if (layer->kind == LAYER_ADD) {
            const int skip = network_skip_tensor(net, layer);
            const net_extent other = skip ? out[skip - 1] : net->input;
            if (other.c != in.c || other.h != in.h || other.w != in.w)
                return STATUS_SHAPE;
        }
        in = out[i];
    }
    return STATUS_OK;
}

int64_t net_layer_parameters(const net_layer *layer, net_extent in)
{
    const int64_t outputs = layer->outputs;

    switch (layer->kind) {
    case LAYER_CONV2D: return outputs * in.c * layer->kernel * layer->kernel + outputs;
    case LAYER_CONV1X1:
    case LAYER_LINEAR: return outputs * in.c + outputs;
    case LAYER_BATCHNORM2D: return 2 * (int64_t)in.c;
    default: return 0;
    }
}

int64_t net_layer_multiply_adds(const net_layer *layer, net_extent in, net_extent out)
{
    const int64_t outputs = net_extent_count(out);

    switch (layer->kind) {
    case LAYER_CONV2D: return outputs * in.c * layer->kernel * layer->kernel;
    case LAYER_CONV1X1:
    case LAYER_LINEAR: return outputs * in.c;
    default: return 0;
    }
}

const char *layer_kind_name(const net_layer *layer)
{
    static const char *const activations[ACTIVATION_KINDS] = { "relu", "leaky relu", "sigmoid",
                                                               "tanh" };
    switch (layer->kind) {
    case LAYER_CONV2D: return "conv2d";
    case LAYER_CONV1X1: return "conv1x1";
    case LAYER_LINEAR: return "linear";
    case LAYER_BATCHNORM2D: return "batchnorm2d";
    case LAYER_ACTIVATION: return activations[layer->activation];
    case LAYER_MAX_POOL2D: return "max pool";
    case LAYER_FLATTEN: return "flatten";
    case LAYER_DROPOUT: return "dropout";
    case LAYER_ADD: return "add";
    }
    return "?";
}
