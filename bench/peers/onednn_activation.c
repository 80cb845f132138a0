/* onednn_activation.c: activations by oneDNN, forward and backward.
 *
 * Idea: tanh takes its gradient from y, relu from x, as ours.
 * Layout: flat, as ours.
 * Limit: relu turns NaN into 0, and its gradient 0 * infinity into NaN. sigmoid is missing: where
 *        it is less than 1e-38 the library gives 0, which our bound does not allow. */
#ifdef PEER_ONEDNN

#include "bench/peers/onednn_state.h"
#include "kernels/activation/activation.h"

void *onednn_open_activation(const check_problem *p, int pass)
{
    const activation_shape *const s = (const activation_shape *)p->shape;
    const bool forward = peer_pass_is(p, pass, "forward");
    const bool by_x = s->kind != ACTIVATION_TANH;
    const float slope = s->kind == ACTIVATION_LEAKY_RELU ? s->slope : 0.0f;
    const dnnl_alg_kind_t function = by_x      ? dnnl_eltwise_relu
                                     : forward ? dnnl_eltwise_tanh
                                               : dnnl_eltwise_tanh_use_dst_for_bwd;
    dnnl_eltwise_desc_t before, d;

    if (s->count == 0 || s->kind == ACTIVATION_SIGMOID)
        return NULL;
    const dnnl_memory_desc_t flat = onednn_dense(1, (const dnnl_dims_t){ s->count });
    if (dnnl_eltwise_forward_desc_init(&before, dnnl_forward_training, function, &flat, slope,
                                       0.0f) != dnnl_success)
        return NULL;
    if (forward) {
        onednn_state *const state = onednn_open(&before, NULL, NULL);
        onednn_bind(state, p, DNNL_ARG_SRC, ONEDNN_READ, "x", &flat);
        onednn_bind(state, p, DNNL_ARG_DST, ONEDNN_WRITE, "y", &flat);
        return onednn_ready(state);
    }
    if (dnnl_eltwise_backward_desc_init(&d, function, &flat, &flat, slope, 0.0f) != dnnl_success)
        return NULL;
    onednn_state *const state = onednn_open(&d, NULL, onednn_describe(&before, NULL, NULL));
    onednn_bind(state, p, by_x ? DNNL_ARG_SRC : DNNL_ARG_DST, ONEDNN_READ, by_x ? "x" : "y", &flat);
    onednn_bind(state, p, DNNL_ARG_DIFF_DST, ONEDNN_READ, "dy", &flat);
    onednn_bind(state, p, DNNL_ARG_DIFF_SRC, ONEDNN_WRITE, "dx", &flat);
    return onednn_ready(state);
}

#endif
