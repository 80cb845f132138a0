/* conformance_geometry.h: images and windows of convolution and pooling, as both dialects say
 * them; internal. One-dimensional ops are two-dimensional ones of height 1. */
#ifndef CONFORMANCE_GEOMETRY_H
#define CONFORMANCE_GEOMETRY_H

#include "check/conformance/conformance_case.h"

typedef struct {
    int spatial;            /* 1 or 2 axes after the channels */
    bool batched;           /* PyTorch: false where the first axis is the channels */
    int n, c, h, w;
} image;

typedef struct {            /* [0]: h, [1]: w */
    int kernel[2], stride[2], begin[2], end[2], dilation[2];
} window;

/* What input x is. ONNX: the rank says how many axes are spatial (`spatial` is 0). */
image case_image(conformance_case *c, const safetensors_tensor *x, int spatial);

/* The shape of an image with other channels and extents. */
extents image_extents(const image *m, int channels, int h, int w);

/* Attributes kernel_shape, strides, pads, dilations, auto_pad. `weights` of a convolution give the
 * kernel's extents; NULL for pooling, where kernel_shape is required. */
window case_onnx_window(conformance_case *c, const image *m, const safetensors_tensor *weights);

/* Arguments kernel_size (pooling only), stride, padding and dilation. */
window case_torch_window(conformance_case *c, const image *m, const safetensors_tensor *weights);

#endif
