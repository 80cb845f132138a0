/* conformance_geometry.c: images and windows, as both dialects say them. */
#include "check/conformance/conformance_geometry.h"

#include <limits.h>
#include <string.h>

enum { MOST_SPATIAL = 2 };

image case_image(conformance_case *c, const safetensors_tensor *x, int spatial)
{
    const extents e = case_extents(c, x);
    image m = { .spatial = spatial ? spatial : e.rank - 2, .batched = true, .n = 1, .c = 1, .h = 1,
                .w = 1 };

    if (!case_ok(c))
        return (image){ 1, true, 1, 1, 1, 1 };
    m.batched = e.rank == m.spatial + 2;
    if (m.spatial < 1 || (!m.batched && !(c->torch && e.rank == m.spatial + 1)))
        case_malformed(c, "%s: a tensor of rank %d is no image", x->name, e.rank);
    else if (m.spatial > MOST_SPATIAL)
        case_skip(c, "%d spatial axes; kernels here have %d at most", m.spatial, MOST_SPATIAL);
    if (!case_ok(c))
        return (image){ 1, true, 1, 1, 1, 1 };
    m.n = m.batched ? e.extent[0] : 1;
    m.c = e.extent[e.rank - m.spatial - 1];
    m.h = m.spatial == 2 ? e.extent[e.rank - 2] : 1;
    m.w = e.extent[e.rank - 1];
    return m;
}

extents image_extents(const image *m, int channels, int h, int w)
{
    extents e = { 0 };

    if (m->batched)
        e.extent[e.rank++] = m->n;
    e.extent[e.rank++] = channels;
    if (m->spatial == 2)
        e.extent[e.rank++] = h;
    e.extent[e.rank++] = w;
    return e;
}

/* The kernel's extents from the weights, or zeroes. */
static window plain_window(conformance_case *c, const image *m, const safetensors_tensor *weights)
{
    window k = { { 1, 1 }, { 1, 1 }, { 0, 0 }, { 0, 0 }, { 1, 1 } };
    const extents e = case_extents(c, weights);

    if (!weights || !case_ok(c))
        return k;
    if (e.rank != m->spatial + 2) {
        case_malformed(c, "%s: expected rank %d, found %d", weights->name, m->spatial + 2, e.rank);
        return k;
    }
    for (int i = 2 - m->spatial; i < 2; i++)
        k.kernel[i] = e.extent[e.rank - 2 + i];
    return k;
}

/* Malformed unless kernel, stride and dilation are at least 1; puts 1 in their place. */
static void require_positive(conformance_case *c, window *k)
{
    for (int i = 0; i < 2; i++)
        if (k->kernel[i] < 1 || k->stride[i] < 1 || k->dilation[i] < 1) {
            case_malformed(c, "a window's extent, stride or dilation is not positive");
            k->kernel[i] = k->stride[i] = k->dilation[i] = 1;
        }
}

/* Padding with which the output has ceil(extent / stride) elements; an odd one goes to one end. */
static void pad_to_same(conformance_case *c, const image *m, window *k, bool odd_at_end)
{
    const int extent[2] = { m->h, m->w };

    for (int i = 2 - m->spatial; i < 2; i++) {
        const int64_t outputs = ((int64_t)extent[i] + k->stride[i] - 1) / k->stride[i];
        const int64_t span = ((int64_t)k->kernel[i] - 1) * k->dilation[i] + 1;
        const int64_t total = (outputs - 1) * k->stride[i] + span - extent[i];
        if (total > INT_MAX)
            case_skip(c, "padding beyond 2^31 - 1");
        const int pad = total > 0 && total <= INT_MAX ? (int)total : 0;
        k->begin[i] = odd_at_end ? pad / 2 : pad - pad / 2;
        k->end[i] = pad - k->begin[i];
    }
}

window case_onnx_window(conformance_case *c, const image *m, const safetensors_tensor *weights)
{
    window k = plain_window(c, m, weights);
    const int first = 2 - m->spatial;
    const window from_weights = k;
    int pads[4] = { 0 };

    if (!case_ints(c, "kernel_shape", m->spatial, &k.kernel[first]) && !weights)
        case_require(c, "kernel_shape");
    if (weights && memcmp(k.kernel, from_weights.kernel, sizeof k.kernel) != 0)
        case_malformed(c, "attribute 'kernel_shape' is not the shape of %s", weights->name);
    case_ints(c, "strides", m->spatial, &k.stride[first]);
    case_ints(c, "dilations", m->spatial, &k.dilation[first]);
    require_positive(c, &k);
    const char *const mode = case_text(c, "auto_pad", "NOTSET");
    if (strcmp(mode, "SAME_UPPER") == 0 || strcmp(mode, "SAME_LOWER") == 0) {
        pad_to_same(c, m, &k, strcmp(mode, "SAME_UPPER") == 0);
    } else if (strcmp(mode, "NOTSET") == 0) {
        case_ints(c, "pads", 2 * m->spatial, pads);
        for (int i = first; i < 2; i++) {
            k.begin[i] = pads[i - first];
            k.end[i] = pads[m->spatial + i - first];
        }
    } else if (strcmp(mode, "VALID") != 0) {
        case_malformed(c, "attribute 'auto_pad': expected NOTSET, SAME_UPPER, SAME_LOWER or "
                       "VALID, found %s", mode);
    }
    return k;
}

/* padding='same' (stride 1) and 'valid' of convolution; numbers otherwise. */
static void torch_padding(conformance_case *c, const image *m, window *k, bool words)
{
    const int first = 2 - m->spatial;
    const bool is_word = json_is_string(json_object_get(c->attributes, "padding"));
    const char *const word = words && is_word ? case_text(c, "padding", "") : NULL;

    if (!word) {
        if (case_ints(c, "padding", m->spatial, &k->begin[first]))
            memcpy(k->end, k->begin, sizeof k->end);
    } else if (strcmp(word, "same") == 0) {
        if (k->stride[0] != 1 || k->stride[1] != 1)
            case_malformed(c, "padding 'same' with a stride");
        pad_to_same(c, m, k, true);
    } else if (strcmp(word, "valid") != 0) {
        case_malformed(c, "attribute 'padding': expected numbers, 'same' or 'valid', found '%s'",
                       word);
    }
}

window case_torch_window(conformance_case *c, const image *m, const safetensors_tensor *weights)
{
    window k = plain_window(c, m, weights);
    const int first = 2 - m->spatial;
    const json_t *const stride = json_object_get(c->attributes, "stride");

    if (!weights) {
        case_require(c, "kernel_size");
        case_ints(c, "kernel_size", m->spatial, &k.kernel[first]);
        memcpy(k.stride, k.kernel, sizeof k.stride);
    }
    if (!weights && json_is_array(stride) && json_array_size(stride) == 0)
        case_list_length(c, "stride");          /* an empty list is the kernel's extents, too */
    else
        case_ints(c, "stride", m->spatial, &k.stride[first]);
    case_ints(c, "dilation", m->spatial, &k.dilation[first]);
    require_positive(c, &k);
    torch_padding(c, m, &k, weights != NULL);
    return k;
}
