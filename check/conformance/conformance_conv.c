/* conformance_conv.c: cases of convolution and of padding. */
#include "check/conformance/conformance_case.h"

#include <string.h>

#include "check/conformance/conformance_geometry.h"
#include "kernels/conv1x1/conv1x1.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/pad2d/pad2d.h"
#include "reference/conv2d_reference.h"
#include "reference/pad2d_reference.h"

/* ---- Convolution ---- */

typedef struct {
    conv2d_shape shape;
    const float *x, *w, *b, *dy;        /* b and dy NULL where there are none */
    case_output *y, *dx, *dw, *db;      /* gradients NULL where nobody asks for them */
} convolution;

static void conv_reference(const convolution *v)
{
    conv2d_reference_forward(&v->shape, v->x, v->w, v->b, v->y->truth);
    if (v->dx)
        conv2d_reference_backward_data(&v->shape, v->dy, v->w, v->dx->truth);
    if (v->dw)
        conv2d_reference_backward_weights(&v->shape, v->x, v->dy, v->dw->truth,
                                          v->db ? v->db->truth : NULL);
}

static void run_conv2d(conformance_case *c, const convolution *v)
{
    for (size_t i = 0; i < conv2d_variant_count; i++) {
        const conv2d_variant *const row = &conv2d_variants[i];
        if (!case_wants(c, &row->info))
            continue;
        void *const work = case_memory(c, (ptrdiff_t)conv2d_workspace_bytes(row, &v->shape), 1);
        if (!work)
            return;
        status s = conv2d_forward(row, &v->shape, v->x, v->w, v->b, v->y->got, work);
        if (s == STATUS_OK && v->dx)
            s = conv2d_backward_data(row, &v->shape, v->dy, v->w, v->dx->got, work);
        if (s == STATUS_OK && v->dw)
            s = conv2d_backward_weights(row, &v->shape, v->x, v->dy, v->dw->got,
                                        v->db ? v->db->got : NULL, work);
        case_judge(c, "conv2d", &row->info, s);
    }
}

/* A window of one element that moves by one is the business of conv1x1 as well. */
static void run_conv1x1(conformance_case *c, const convolution *v)
{
    const conv2d_shape *const s = &v->shape;
    const conv1x1_shape p = { s->n, s->c, s->h, s->w, s->oc };

    if (s->kernel_h != 1 || s->kernel_w != 1 || s->oh != s->h || s->ow != s->w || s->pad_top ||
        s->pad_left || s->stride_h != 1 || s->stride_w != 1 || s->groups != 1)
        return;
    for (size_t i = 0; i < conv1x1_variant_count; i++) {
        const conv1x1_variant *const row = &conv1x1_variants[i];
        if (!case_wants(c, &row->info))
            continue;
        void *const work = case_memory(c, (ptrdiff_t)conv1x1_workspace_bytes(row, &p), 1);
        if (!work)
            return;
        status r = conv1x1_forward(row, &p, v->x, v->w, v->b, v->y->got, work);
        if (r == STATUS_OK && v->dx)
            r = conv1x1_backward_data(row, &p, v->dy, v->w, v->dx->got, work);
        if (r == STATUS_OK && v->dw)
            r = conv1x1_backward_weights(row, &p, v->x, v->dy, v->dw->got,
                                         v->db ? v->db->got : NULL, work);
        case_judge(c, "conv1x1", &row->info, r);
    }
}

typedef window window_reader(conformance_case *c, const image *m,
                             const safetensors_tensor *weights);

/* spatial: number of spatial axes, 0 where the rank says it; groups: that attribute's name. */
static void conv(conformance_case *c, int spatial, window_reader *read_window, const char *groups)
{
    const safetensors_tensor *const x = case_input(c, 0, true), *const w = case_input(c, 1, true);
    const safetensors_tensor *const b = case_input(c, 2, false);
    const image m = case_image(c, x, spatial);
    const window k = read_window(c, &m, w);
    const extents filters = case_extents(c, w);
    convolution v = {
        .shape = { .n = m.n, .c = m.c, .h = m.h, .w = m.w, .oc = filters.extent[0],
                   .kernel_h = k.kernel[0], .kernel_w = k.kernel[1], .stride_h = k.stride[0],
                   .stride_w = k.stride[1], .pad_top = k.begin[0], .pad_bottom = k.end[0],
                   .pad_left = k.begin[1], .pad_right = k.end[1], .dilation_h = k.dilation[0],
                   .dilation_w = k.dilation[1], .groups = case_int(c, groups, 1) },
        .x = case_floats(c, x), .w = case_floats(c, w), .b = case_floats(c, b) };

    if (!case_ok(c) || !case_shape_ok(c, "conv2d", conv2d_shape_init(&v.shape)))
        return;
    if (filters.extent[1] != m.c / v.shape.groups)
        case_malformed(c, "%s: expected %d channels per group, found %d", w->name,
                       m.c / v.shape.groups, filters.extent[1]);
    case_expect_shape(c, b, extents_of(1, v.shape.oc, 0, 0, 0));
    const extents y = image_extents(&m, v.shape.oc, v.shape.oh, v.shape.ow);
    v.y = case_expect(c, "output", 0, y, false);
    v.dy = case_upstream(c, y);
    v.dx = case_gradient(c, 0);
    v.dw = case_gradient(c, 1);
    v.db = case_gradient(c, 2);
    if (v.db && !v.dw)
        v.dw = case_expect(c, "unjudged", 1, filters, false);
    if (!case_ready(c))
        return;
    conv_reference(&v);
    case_judge_reference(c, "conv2d");
    run_conv2d(c, &v);
    run_conv1x1(c, &v);
}

void case_onnx_conv(conformance_case *c)
{
    conv(c, 0, case_onnx_window, "group");
}

void case_torch_conv1d(conformance_case *c)
{
    conv(c, 1, case_torch_window, "groups");
}

void case_torch_conv2d(conformance_case *c)
{
    conv(c, 2, case_torch_window, "groups");
}

/* ---- Padding ----
 *
 * Any axis may be padded. The last two are padded by one call; each further one, from the back to
 * the front, by a call in which it is the height and all after it, padded already, the width. */

typedef struct {
    int calls;
    pad2d_shape call[SAFETENSORS_MAX_RANK];
    ptrdiff_t count[SAFETENSORS_MAX_RANK];      /* elements that the call writes */
    extents y;
} padding;

/* begin and end [rank]; what is not a plain border is skipped. */
static padding plan_padding(conformance_case *c, extents x, const int *begin, const int *end,
                            float value)
{
    padding p = { .y = x };
    int inner = 1;

    for (int i = 0; i < x.rank; i++) {
        if (begin[i] < 0 || end[i] < 0)
            case_skip(c, "negative padding, which crops");
        if (__builtin_add_overflow(x.extent[i], begin[i], &p.y.extent[i]) ||
            __builtin_add_overflow(p.y.extent[i], end[i], &p.y.extent[i]))
            case_skip(c, "an extent beyond 2^31 - 1");
    }
    for (int axis = x.rank - 1; axis >= 0 && case_ok(c); axis--) {
        pad2d_shape s = { .n = 1, .c = 1, .h = 1, .w = inner, .value = value };
        if (axis == x.rank - 1) {
            s.w = x.extent[axis];
            s.pad_left = begin[axis];
            s.pad_right = end[axis];
            if (axis > 0)
                axis--;
        }
        if (p.calls > 0 && begin[axis] == 0 && end[axis] == 0) {
            inner = case_product(c, p.y, axis, x.rank);
            continue;
        }
        if (axis < x.rank - 1) {
            s.h = x.extent[axis];
            s.pad_top = begin[axis];
            s.pad_bottom = end[axis];
        }
        s.n = case_product(c, x, 0, axis);
        if (!case_shape_ok(c, "pad2d", pad2d_shape_init(&s)))
            break;
        inner = case_product(c, p.y, axis, x.rank);
        p.count[p.calls] = (ptrdiff_t)s.n * s.oh * s.ow;
        p.call[p.calls++] = s;
    }
    return p;
}

static void pad(conformance_case *c, const safetensors_tensor *x, const int *begin, const int *end,
                float value)
{
    const extents shape = case_extents(c, x);
    const padding p = plan_padding(c, shape, begin, end, value);
    const float *const from = case_floats(c, x), *const dy = case_upstream(c, p.y);
    case_output *const y = case_expect(c, "output", 0, p.y, false);
    case_output *const dx = case_gradient(c, 0);
    float *step[SAFETENSORS_MAX_RANK] = { 0 };
    exact *truth = NULL;

    if (p.calls == 0)
        case_skip(c, "a tensor without axes");
    if (!case_ready(c))
        return;
    for (int i = 0; i < p.calls; i++) {
        step[i] = case_memory(c, p.count[i], sizeof *step[i]);
        truth = i == p.calls - 1 ? y->truth : case_memory(c, p.count[i], sizeof *truth);
        const float *const before = i == 0 ? from : step[i - 1];
        if (!truth || !step[i])
            return;
        pad2d_reference_forward(&p.call[i], before, truth);
        for (ptrdiff_t k = 0; k < p.count[i]; k++)
            step[i][k] = (float)truth[k].value;
    }
    if (dx && p.calls == 1)
        pad2d_reference_backward(&p.call[0], dy, dx->truth);
    else if (dx)
        case_skip(c, "the gradient of padding more than two axes");
    case_judge_reference(c, "pad2d");
    for (size_t k = 0; k < pad2d_variant_count; k++) {
        const pad2d_variant *const row = &pad2d_variants[k];
        status s = STATUS_OK;
        if (!case_wants(c, &row->info))
            continue;
        for (int i = 0; i < p.calls && s == STATUS_OK; i++)
            s = pad2d_forward(row, &p.call[i], i == 0 ? from : step[i - 1],
                              i == p.calls - 1 ? y->got : step[i]);
        if (s == STATUS_OK && dx)
            s = pad2d_backward(row, &p.call[0], dy, dx->got);
        case_judge(c, "pad2d", &row->info, s);
    }
}

static void require_constant_mode(conformance_case *c)
{
    const char *const mode = case_text(c, "mode", "constant");

    if (strcmp(mode, "constant") != 0)
        case_skip(c, "mode '%s'; padding here is constant", mode);
}

/* Before opset 11 pads and value are attributes, later they are inputs. */
void case_onnx_pad(conformance_case *c)
{
    enum { PADS_AS_INPUT = 11, OLD_NAME = 1 };
    const safetensors_tensor *const x = case_input(c, 0, true);
    const int rank = x ? x->rank : 0;
    int pads[2 * SAFETENSORS_MAX_RANK] = { 0 };
    double value = 0.0;

    require_constant_mode(c);
    if (c->opset >= PADS_AS_INPUT) {
        const safetensors_tensor *const t = case_input(c, 1, true);
        const int32_t *const given = case_whole(c, t);
        case_expect_shape(c, t, extents_of(1, 2 * rank, 0, 0, 0));
        for (int i = 0; i < 2 * rank && case_ok(c); i++)
            pads[i] = given[i];
        if (case_input(c, 2, false))
            value = case_scalar(c, 2);
    } else {
        const char *const name = c->opset == OLD_NAME ? "paddings" : "pads";
        case_require(c, name);
        case_ints(c, name, 2 * rank, pads);
        value = case_real(c, "value", 0.0);
    }
    if (case_ok(c))
        pad(c, x, pads, pads + rank, (float)value);
}

/* torch.nn.functional.pad names the last axis first: left, right, top, bottom, ... */
void case_torch_pad(conformance_case *c)
{
    const safetensors_tensor *const x = case_input(c, 0, true);
    const int rank = x ? x->rank : 0, length = case_list_length(c, "pad");
    int begin[SAFETENSORS_MAX_RANK] = { 0 }, end[SAFETENSORS_MAX_RANK] = { 0 };
    int given[2 * SAFETENSORS_MAX_RANK] = { 0 };

    require_constant_mode(c);
    if (length % 2 != 0 || length > 2 * rank)
        case_malformed(c, "attribute 'pad': expected two numbers for each of up to %d axes", rank);
    else
        case_ints(c, "pad", length, given);
    for (int i = 0; i < rank; i++) {
        begin[rank - 1 - i] = given[2 * i];
        end[rank - 1 - i] = given[2 * i + 1];
    }
    const double value = case_real(c, "value", 0.0);
    if (case_ok(c))
        pad(c, x, begin, end, (float)value);
}
