/* conformance_pool.c: cases of pooling. */
#include "check/conformance/conformance_case.h"

#include "check/conformance/conformance_geometry.h"
#include "kernels/pool2d/pool2d.h"
#include "reference/pool2d_reference.h"

static pool2d_shape pool_shape(const image *m, const window *k)
{
    return (pool2d_shape){
        .n = m->n, .c = m->c, .h = m->h, .w = m->w, .kernel_h = k->kernel[0],
        .kernel_w = k->kernel[1], .stride_h = k->stride[0], .stride_w = k->stride[1],
        .pad_top = k->begin[0], .pad_bottom = k->end[0], .pad_left = k->begin[1],
        .pad_right = k->end[1], .dilation_h = k->dilation[0], .dilation_w = k->dilation[1] };
}

/* ---- Maximum ---- */

typedef enum {
    INDEX_IN_PLANE,     /* PyTorch */
    INDEX_IN_TENSOR,    /* ONNX */
    INDEX_BY_COLUMNS    /* ONNX, storage_order 1: each plane column by column */
} index_kind;

/* Index number i, that of a kernel within its plane, as the dialect counts. */
static int64_t told_index(const pool2d_shape *s, ptrdiff_t i, int64_t index, index_kind kind)
{
    const int64_t plane = (int64_t)s->h * s->w, number = i / ((ptrdiff_t)s->oh * s->ow);

    if (index < 0 || kind == INDEX_IN_PLANE)
        return index;
    if (kind == INDEX_BY_COLUMNS)
        index = index % s->w * s->h + index / s->w;
    return number * plane + index;
}

/* shape initialised; y its outputs' shape. */
static void max_pool(conformance_case *c, const pool2d_shape *s, extents y_shape, index_kind kind)
{
    const float *const x = case_floats(c, case_input(c, 0, true));
    const float *const dy = case_upstream(c, y_shape);
    case_output *const y = case_expect(c, "output", 0, y_shape, false);
    case_output *const places = case_expect(c, "output", 1, y_shape, true);
    case_output *const dx = case_gradient(c, 0);
    int32_t *const index = case_memory(c, y->count, sizeof *index);
    exact *const truth = case_memory(c, y->count, sizeof *truth);

    if (!case_ready(c))
        return;
    pool2d_reference_max_forward(s, x, y->truth, truth);
    for (ptrdiff_t i = 0; i < y->count; i++) {
        index[i] = (int32_t)truth[i].value;
        places->truth_whole[i] = told_index(s, i, index[i], kind);
    }
    if (dx)
        pool2d_reference_max_backward(s, dy, index, dx->truth);
    case_judge_reference(c, "pool2d");
    for (size_t k = 0; k < pool2d_variant_count; k++) {
        const pool2d_variant *const row = &pool2d_variants[k];
        if (!case_wants(c, &row->info))
            continue;
        status r = pool2d_max_forward(row, s, x, y->got, index);
        if (r == STATUS_OK && dx)
            r = pool2d_max_backward(row, s, dy, index, dx->got);
        for (ptrdiff_t i = 0; r == STATUS_OK && i < y->count; i++)
            places->got_whole[i] = told_index(s, i, index[i], kind);
        case_judge(c, "pool2d", &row->info, r);
    }
}

/* ---- Average ---- */

static void average_pool(conformance_case *c, const pool2d_shape *s, extents y_shape)
{
    const float *const x = case_floats(c, case_input(c, 0, true));
    const float *const dy = case_upstream(c, y_shape);
    case_output *const y = case_expect(c, "output", 0, y_shape, false);
    case_output *const dx = case_gradient(c, 0);

    if (s->dilation_h != 1 || s->dilation_w != 1)
        case_skip(c, "average pooling with dilation");
    if (!case_ready(c))
        return;
    pool2d_reference_average_forward(s, x, y->truth);
    if (dx)
        pool2d_reference_average_backward(s, dy, dx->truth);
    case_judge_reference(c, "pool2d");
    for (size_t k = 0; k < pool2d_variant_count; k++) {
        const pool2d_variant *const row = &pool2d_variants[k];
        if (!case_wants(c, &row->info))
            continue;
        status r = pool2d_average_forward(row, s, x, y->got);
        if (r == STATUS_OK && dx)
            r = pool2d_average_backward(row, s, dy, dx->got);
        case_judge(c, "pool2d", &row->info, r);
    }
}

/* ---- ONNX ---- */

/* How many windows ceil_mode gives if none is dropped, as ONNX before opset 22 wants it. */
static int64_t windows(int extent, int pads, int kernel, int stride, int dilation)
{
    const int64_t room = (int64_t)extent + pads - (int64_t)dilation * (kernel - 1) - 1;
    return (room + stride - 1) / stride + 1;
}

/* Reads the attributes. Returns false after a complaint. */
static bool onnx_shape(conformance_case *c, image *m, pool2d_shape *s)
{
    *m = case_image(c, case_input(c, 0, true), 0);
    const window k = case_onnx_window(c, m, NULL);

    *s = pool_shape(m, &k);
    s->ceil_mode = case_bool(c, "ceil_mode", false);
    if (!case_ok(c) || !case_shape_ok(c, "pool2d", pool2d_shape_init(s)))
        return false;
    if (s->ceil_mode &&
        (windows(s->h, s->pad_top + s->pad_bottom, s->kernel_h, s->stride_h, s->dilation_h) !=
             s->oh ||
         windows(s->w, s->pad_left + s->pad_right, s->kernel_w, s->stride_w, s->dilation_w) !=
             s->ow))
        case_skip(c, "a last window that begins beyond the image and its padding");
    return case_ok(c);
}

void case_onnx_max_pool(conformance_case *c)
{
    image m;
    pool2d_shape s;
    const int order = case_int(c, "storage_order", 0);

    if (onnx_shape(c, &m, &s))
        max_pool(c, &s, image_extents(&m, s.c, s.oh, s.ow),
                 order ? INDEX_BY_COLUMNS : INDEX_IN_TENSOR);
}

void case_onnx_average_pool(conformance_case *c)
{
    image m;
    pool2d_shape s;
    const bool count_include_pad = case_bool(c, "count_include_pad", false);

    if (!onnx_shape(c, &m, &s))
        return;
    s.count_include_pad = count_include_pad;
    average_pool(c, &s, image_extents(&m, s.c, s.oh, s.ow));
}

/* Any number of spatial axes: they are one to global pooling. */
static bool global_shape(conformance_case *c, pool2d_shape *s, extents *y)
{
    const extents x = case_extents(c, case_input(c, 0, true));

    if (case_ok(c) && x.rank < 3)
        case_malformed(c, "input_0: a tensor of rank %d is no image", x.rank);
    *y = x;
    for (int i = 2; i < x.rank; i++)
        y->extent[i] = 1;
    const int h = x.rank == 4 ? x.extent[2] : 1;
    const int w = x.rank == 4 ? x.extent[3] : case_product(c, x, 2, x.rank);
    if (!case_ok(c))
        return false;
    *s = pool2d_shape_global(x.extent[0], x.extent[1], h, w);
    return case_shape_ok(c, "pool2d", pool2d_shape_init(s));
}

void case_onnx_global_average(conformance_case *c)
{
    pool2d_shape s;
    extents y;

    if (global_shape(c, &s, &y))
        average_pool(c, &s, y);
}

void case_onnx_global_max(conformance_case *c)
{
    pool2d_shape s;
    extents y;

    if (global_shape(c, &s, &y))
        max_pool(c, &s, y, INDEX_IN_TENSOR);
}

/* ---- PyTorch ---- */

static bool torch_shape(conformance_case *c, int spatial, image *m, pool2d_shape *s)
{
    *m = case_image(c, case_input(c, 0, true), spatial);
    const window k = case_torch_window(c, m, NULL);

    *s = pool_shape(m, &k);
    s->ceil_mode = case_bool(c, "ceil_mode", false);
    return case_ok(c) && case_shape_ok(c, "pool2d", pool2d_shape_init(s));
}

static void torch_max_pool(conformance_case *c, int spatial)
{
    image m;
    pool2d_shape s;

    case_bool(c, "return_indices", true);       /* they are there or not */
    if (torch_shape(c, spatial, &m, &s))
        max_pool(c, &s, image_extents(&m, s.c, s.oh, s.ow), INDEX_IN_PLANE);
}

static void torch_avg_pool(conformance_case *c, int spatial)
{
    image m;
    pool2d_shape s;
    const bool count_include_pad = case_bool(c, "count_include_pad", true);

    if (case_has(c, "divisor_override"))
        case_skip(c, "divisor_override: pooling here divides by the number of elements");
    if (!torch_shape(c, spatial, &m, &s))
        return;
    s.count_include_pad = count_include_pad;
    average_pool(c, &s, image_extents(&m, s.c, s.oh, s.ow));
}

void case_torch_max_pool1d(conformance_case *c)
{
    torch_max_pool(c, 1);
}

void case_torch_max_pool2d(conformance_case *c)
{
    torch_max_pool(c, 2);
}

void case_torch_avg_pool1d(conformance_case *c)
{
    torch_avg_pool(c, 1);
}

void case_torch_avg_pool2d(conformance_case *c)
{
    torch_avg_pool(c, 2);
}
