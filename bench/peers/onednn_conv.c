/* onednn_conv.c: convolution by oneDNN, also pointwise, forward and both gradients.
 *
 * Idea: the direct algorithm (no Winograd: it errs more than our bound allows), layouts of images
 *       and weights left to the library. A gradient's primitive wants the forward one as a hint.
 * Layout: ours is nchw and [g][oc/g][c/g][kernel_h][kernel_w]. */
#ifdef PEER_ONEDNN

#include "bench/peers/onednn_state.h"
#include "kernels/conv1x1/conv1x1.h"
#include "kernels/conv2d/conv2d.h"

typedef struct {
    dnnl_memory_desc_t x, w, b, y;              /* ours; also those of the gradients */
    dnnl_memory_desc_t any_x, any_w, any_y;     /* theirs to choose */
    dnnl_dims_t stride, dilation, pad_before, pad_after;
    bool bias;
} windows;

static windows describe(const conv2d_shape *s, bool bias)
{
    const dnnl_dim_t group_oc = s->oc / s->groups, group_c = s->c / s->groups;
    windows v = {
        .x = onednn_dense(4, (const dnnl_dims_t){ s->n, s->c, s->h, s->w }),
        .b = onednn_dense(1, (const dnnl_dims_t){ s->oc }),
        .y = onednn_dense(4, (const dnnl_dims_t){ s->n, s->oc, s->oh, s->ow }),
        .stride = { s->stride_h, s->stride_w },
        .dilation = { s->dilation_h - 1, s->dilation_w - 1 },
        .pad_before = { s->pad_top, s->pad_left },
        .pad_after = { s->pad_bottom, s->pad_right },
        .bias = bias,
    };

    if (s->groups > 1)
        v.w = onednn_dense(5, (const dnnl_dims_t){ s->groups, group_oc, group_c, s->kernel_h,
                                                   s->kernel_w });
    else
        v.w = onednn_dense(4, (const dnnl_dims_t){ s->oc, s->c, s->kernel_h, s->kernel_w });
    v.any_x = onednn_any(&v.x);
    v.any_w = onednn_any(&v.w);
    v.any_y = onednn_any(&v.y);
    return v;
}

static bool init_forward(const windows *v, dnnl_convolution_desc_t *d)
{
    return dnnl_dilated_convolution_forward_desc_init(
               d, dnnl_forward_training, dnnl_convolution_direct, &v->any_x, &v->any_w,
               v->bias ? &v->b : NULL, &v->any_y, v->stride, v->dilation, v->pad_before,
               v->pad_after) == dnnl_success;
}

static void *open_forward(const check_problem *p, const windows *v)
{
    dnnl_convolution_desc_t d;

    if (!init_forward(v, &d))
        return NULL;
    onednn_state *const s = onednn_open(&d, NULL, NULL);
    onednn_bind(s, p, DNNL_ARG_SRC, ONEDNN_READ, "x", &v->x);
    onednn_bind(s, p, DNNL_ARG_WEIGHTS, ONEDNN_READ, "w", &v->w);
    if (v->bias)
        onednn_bind(s, p, DNNL_ARG_BIAS, ONEDNN_READ, "b", &v->b);
    onednn_bind(s, p, DNNL_ARG_DST, ONEDNN_WRITE, "y", &v->y);
    return onednn_ready(s);
}

static void *open_backward_data(const check_problem *p, const windows *v)
{
    dnnl_convolution_desc_t forward, d;

    if (!init_forward(v, &forward) ||
        dnnl_dilated_convolution_backward_data_desc_init(
            &d, dnnl_convolution_direct, &v->any_x, &v->any_w, &v->any_y, v->stride, v->dilation,
            v->pad_before, v->pad_after) != dnnl_success)
        return NULL;
    onednn_state *const s = onednn_open(&d, NULL, onednn_describe(&forward, NULL, NULL));
    onednn_bind(s, p, DNNL_ARG_DIFF_DST, ONEDNN_READ, "dy", &v->y);
    onednn_bind(s, p, DNNL_ARG_WEIGHTS, ONEDNN_READ, "w", &v->w);
    onednn_bind(s, p, DNNL_ARG_DIFF_SRC, ONEDNN_WRITE, "dx", &v->x);
    return onednn_ready(s);
}

static void *open_backward_weights(const check_problem *p, const windows *v)
{
    dnnl_convolution_desc_t forward, d;

    if (!init_forward(v, &forward) ||
        dnnl_dilated_convolution_backward_weights_desc_init(
            &d, dnnl_convolution_direct, &v->any_x, &v->any_w, v->bias ? &v->b : NULL, &v->any_y,
            v->stride, v->dilation, v->pad_before, v->pad_after) != dnnl_success)
        return NULL;
    onednn_state *const s = onednn_open(&d, NULL, onednn_describe(&forward, NULL, NULL));
    onednn_bind(s, p, DNNL_ARG_SRC, ONEDNN_READ, "x", &v->x);
    onednn_bind(s, p, DNNL_ARG_DIFF_DST, ONEDNN_READ, "dy", &v->y);
    onednn_bind(s, p, DNNL_ARG_DIFF_WEIGHTS, ONEDNN_WRITE, "dw", &v->w);
    if (v->bias)
        onednn_bind(s, p, DNNL_ARG_DIFF_BIAS, ONEDNN_WRITE, "db", &v->b);
    return onednn_ready(s);
}

static void *open_windows(const check_problem *p, int pass, const conv2d_shape *shape)
{
    if (shape->n == 0)                          /* nothing to time */
        return NULL;
    const windows v = describe(shape, check_find(p, "b") != NULL);
    if (peer_pass_is(p, pass, "forward"))
        return open_forward(p, &v);
    return peer_pass_is(p, pass, "backward_data") ? open_backward_data(p, &v)
                                                  : open_backward_weights(p, &v);
}

void *onednn_open_conv2d(const check_problem *p, int pass)
{
    return open_windows(p, pass, (const conv2d_shape *)p->shape);
}

void *onednn_open_conv1x1(const check_problem *p, int pass)
{
    const conv1x1_shape *const s = (const conv1x1_shape *)p->shape;
    const conv2d_shape same = { .n = s->n, .c = s->c, .h = s->h, .w = s->w, .oc = s->oc,
                                .oh = s->h, .ow = s->w, .kernel_h = 1, .kernel_w = 1,
                                .stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1,
                                .groups = 1 };

    return open_windows(p, pass, &same);
}

#endif
