/* onednn_pool.c: pooling by oneDNN, max with its index and average, forward and backward.
 *
 * Idea: the library keeps the place of a maximum as its number kh*kernel_w + kw within the window,
 *       in a memory of its own, of bytes or int32, for its backward pass alone. To hold it against
 *       our index, ih*w + iw, load() and store() translate, of the row onednn-nchw too. That is not
 *       timed: who uses the library never does it. Images of onednn-nchw stay nchw, which the
 *       library pools as it is; for `onednn` channels are blocked.
 * Limit: an image's extent rounded up (ceil_mode) is more padding to the library, which then counts
 *       in averages with count_include_pad; and a window with nothing of the image in it gives the
 *       least float, not -INFINITY. Such shapes are left out, and NaN and infinities, which its
 *       maximum drops. */
#ifdef PEER_ONEDNN

#include "bench/peers/onednn_state.h"
#include "kernels/pool2d/pool2d.h"

typedef struct {
    dnnl_memory_desc_t x, y, place;             /* ours; place: the number within the window */
    dnnl_memory_desc_t their_x, their_y;
    dnnl_dims_t stride, window, dilation, pad_before, pad_after;
    dnnl_alg_kind_t algorithm;
} windows;

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* True if each window has an element of the image, along one axis. */
static bool all_reach(int extent, int out, int kernel, int stride, int dilation, int pad)
{
    for (int o = 0; o < out; o++) {
        int k = 0, at = o * stride - pad;
        for (; k < kernel && (at < 0 || at >= extent); k++)
            at += dilation;
        if (k == kernel)
            return false;
    }
    return true;
}

/* False for what the library would do otherwise. */
static bool describe(const pool2d_shape *s, bool max, bool blocked, windows *v)
{
    const int window_h = s->dilation_h * (s->kernel_h - 1) + 1;
    const int window_w = s->dilation_w * (s->kernel_w - 1) + 1;
    const int bottom = larger(s->pad_bottom, (s->oh - 1) * s->stride_h + window_h - s->h -
                                                 s->pad_top);
    const int right = larger(s->pad_right, (s->ow - 1) * s->stride_w + window_w - s->w -
                                               s->pad_left);
    const bool dilated = s->dilation_h > 1 || s->dilation_w > 1;
    const bool beyond = bottom > s->pad_bottom || right > s->pad_right;

    if (s->n == 0 || (!max && (dilated || (beyond && s->count_include_pad))) ||
        !all_reach(s->h, s->oh, s->kernel_h, s->stride_h, s->dilation_h, s->pad_top) ||
        !all_reach(s->w, s->ow, s->kernel_w, s->stride_w, s->dilation_w, s->pad_left))
        return false;
    *v = (windows){ .x = onednn_dense(4, (const dnnl_dims_t){ s->n, s->c, s->h, s->w }),
                    .y = onednn_dense(4, (const dnnl_dims_t){ s->n, s->c, s->oh, s->ow }),
                    .stride = { s->stride_h, s->stride_w },
                    .window = { s->kernel_h, s->kernel_w },
                    .dilation = { s->dilation_h - 1, s->dilation_w - 1 },
                    .pad_before = { s->pad_top, s->pad_left },
                    .pad_after = { bottom, right },
                    .algorithm = max                    ? dnnl_pooling_max
                                 : s->count_include_pad ? dnnl_pooling_avg_include_padding
                                                        : dnnl_pooling_avg_exclude_padding };
    v->place = v->y;
    v->place.data_type = dnnl_s32;
    v->their_x = blocked ? onednn_blocked(&v->x) : v->x;
    v->their_y = blocked ? onednn_blocked(&v->y) : v->y;
    return true;
}

/* ---- The place of a maximum, in their words and in ours ---- */

typedef struct {
    const pool2d_shape *s;
    int32_t *index, *place;
} places;

static places places_of(const onednn_state *s, const check_problem *p)
{
    return (places){ (const pool2d_shape *)p->shape, check_data(p, "index"),
                     onednn_data(s, DNNL_ARG_WORKSPACE) };
}

static void index_from_place(onednn_state *state, const check_problem *p)
{
    const places v = places_of(state, p);
    const pool2d_shape *const s = v.s;
    ptrdiff_t i = 0;

    for (ptrdiff_t plane = 0; plane < (ptrdiff_t)s->n * s->c; plane++)
        for (int oh = 0; oh < s->oh; oh++)
            for (int ow = 0; ow < s->ow; ow++, i++) {
                const int kh = v.place[i] / s->kernel_w, kw = v.place[i] % s->kernel_w;
                v.index[i] = (oh * s->stride_h - s->pad_top + kh * s->dilation_h) * s->w +
                             ow * s->stride_w - s->pad_left + kw * s->dilation_w;
            }
}

static void place_from_index(onednn_state *state, const check_problem *p)
{
    const places v = places_of(state, p);
    const pool2d_shape *const s = v.s;
    ptrdiff_t i = 0;

    for (ptrdiff_t plane = 0; plane < (ptrdiff_t)s->n * s->c; plane++)
        for (int oh = 0; oh < s->oh; oh++)
            for (int ow = 0; ow < s->ow; ow++, i++) {
                const int ih = v.index[i] / s->w, iw = v.index[i] % s->w;
                const int kh = (ih - oh * s->stride_h + s->pad_top) / s->dilation_h;
                const int kw = (iw - ow * s->stride_w + s->pad_left) / s->dilation_w;
                v.place[i] = kh * s->kernel_w + kw;
            }
}

/* ---- Opening ---- */

static bool init_forward(const windows *v, dnnl_pooling_v2_desc_t *d)
{
    return dnnl_pooling_v2_forward_desc_init(d, dnnl_forward_training, v->algorithm, &v->their_x,
                                             &v->their_y, v->stride, v->window, v->dilation,
                                             v->pad_before, v->pad_after) == dnnl_success;
}

static void *open_forward(const check_problem *p, const windows *v)
{
    dnnl_pooling_v2_desc_t d;

    if (!init_forward(v, &d))
        return NULL;
    onednn_state *const s = onednn_open(&d, NULL, NULL);
    onednn_bind(s, p, DNNL_ARG_SRC, ONEDNN_READ, "x", &v->x);
    onednn_bind(s, p, DNNL_ARG_DST, ONEDNN_WRITE, "y", &v->y);
    if (v->algorithm == dnnl_pooling_max &&
        onednn_bind_own(s, DNNL_ARG_WORKSPACE, ONEDNN_WRITE, &v->place))
        s->after_store = index_from_place;
    return onednn_ready(s);
}

static void *open_backward(const check_problem *p, const windows *v)
{
    dnnl_pooling_v2_desc_t forward, d;

    if (!init_forward(v, &forward) ||
        dnnl_pooling_v2_backward_desc_init(&d, v->algorithm, &v->their_x, &v->their_y, v->stride,
                                           v->window, v->dilation, v->pad_before,
                                           v->pad_after) != dnnl_success)
        return NULL;
    onednn_state *const s = onednn_open(&d, NULL, onednn_describe(&forward, NULL, NULL));
    onednn_bind(s, p, DNNL_ARG_DIFF_DST, ONEDNN_READ, "dy", &v->y);
    onednn_bind(s, p, DNNL_ARG_DIFF_SRC, ONEDNN_WRITE, "dx", &v->x);
    if (v->algorithm == dnnl_pooling_max &&
        onednn_bind_own(s, DNNL_ARG_WORKSPACE, ONEDNN_READ, &v->place))
        s->before_load = place_from_index;
    return onednn_ready(s);
}

static void *open_pool(const check_problem *p, int pass, bool blocked)
{
    const bool max = peer_pass_is(p, pass, "max_forward") || peer_pass_is(p, pass, "max_backward");
    windows v;

    if (!describe((const pool2d_shape *)p->shape, max, blocked, &v))
        return NULL;
    return peer_pass_is(p, pass, "max_forward") || peer_pass_is(p, pass, "average_forward")
               ? open_forward(p, &v)
               : open_backward(p, &v);
}

void *onednn_open_pool2d_blocked(const check_problem *p, int pass)
{
    return open_pool(p, pass, true);
}

void *onednn_open_pool2d_nchw(const check_problem *p, int pass)
{
    return open_pool(p, pass, false);
}

#endif
