/* onednn_product.c: matrix products by oneDNN: gemm by its matmul, linear by its inner product.
 *
 * Idea: alpha is matmul's output scale and beta the scale of what its post-operation `sum` finds in
 *       C. Layouts of all matrices are left to the library.
 * Layout: row major, transposed or with gaps between the rows: that is a stride. */
#ifdef PEER_ONEDNN

#include "bench/peers/onednn_state.h"
#include "bench/peers/peer_product.h"
#include "kernels/linear/linear.h"

/* ---- gemm ---- */

static bool init_matrix(dnnl_memory_desc_t *layout, int rows, int columns, bool transposed, int ld)
{
    return dnnl_memory_desc_init_by_strides(layout, 2, (const dnnl_dims_t){ rows, columns },
                                            dnnl_f32,
                                            (const dnnl_dims_t){ transposed ? 1 : ld,
                                                                 transposed ? ld : 1 }) ==
           dnnl_success;
}

/* alpha and beta; *attributes stays NULL where neither is needed. */
static bool init_factors(dnnl_primitive_attr_t *attributes, const gemm_shape *s)
{
    dnnl_post_ops_t after;

    *attributes = NULL;
    if (s->alpha == 1.0f && s->beta == 0.0f)
        return true;
    if (dnnl_primitive_attr_create(attributes) != dnnl_success)
        return false;
    bool good = dnnl_primitive_attr_set_output_scales(*attributes, 1, 0, &s->alpha) ==
                dnnl_success;
    if (good && s->beta != 0.0f && (good = dnnl_post_ops_create(&after) == dnnl_success)) {
        good = dnnl_post_ops_append_sum(after, s->beta) == dnnl_success &&
               dnnl_primitive_attr_set_post_ops(*attributes, after) == dnnl_success;
        dnnl_post_ops_destroy(after);
    }
    return good;
}

void *onednn_open_gemm(const check_problem *p, int pass)
{
    const peer_product r = peer_product_of(p, pass);
    const gemm_shape *const q = &r.shape;
    dnnl_memory_desc_t a, b, c;
    dnnl_primitive_attr_t attributes;
    dnnl_matmul_desc_t d;
    onednn_state *s = NULL;

    if (q->M == 0 || q->N == 0 || q->K == 0 ||
        !init_matrix(&a, q->M, q->K, q->transpose_a, q->lda) ||
        !init_matrix(&b, q->K, q->N, q->transpose_b, q->ldb) ||
        !init_matrix(&c, q->M, q->N, false, q->ldc))
        return NULL;
    const dnnl_memory_desc_t any_a = onednn_any(&a), any_b = onednn_any(&b), any_c = onednn_any(&c);
    if (init_factors(&attributes, q) &&
        dnnl_matmul_desc_init(&d, &any_a, &any_b, NULL, &any_c) == dnnl_success)
        s = onednn_open(&d, attributes, NULL);
    dnnl_primitive_attr_destroy(attributes);
    onednn_bind(s, p, DNNL_ARG_SRC, ONEDNN_READ, r.a, &a);
    onednn_bind(s, p, DNNL_ARG_WEIGHTS, ONEDNN_READ, r.b, &b);
    onednn_bind(s, p, DNNL_ARG_DST, q->beta == 0.0f ? ONEDNN_WRITE : ONEDNN_UPDATE, r.c, &c);
    return onednn_ready(s);
}

/* ---- linear ---- */

typedef struct {
    dnnl_memory_desc_t x, w, b, y, any_x, any_w, any_y;
    bool bias;
} layer;

static bool init_forward(const layer *v, dnnl_inner_product_desc_t *d)
{
    return dnnl_inner_product_forward_desc_init(d, dnnl_forward_training, &v->any_x, &v->any_w,
                                                v->bias ? &v->b : NULL, &v->any_y) == dnnl_success;
}

static void *open_forward(const check_problem *p, const layer *v)
{
    dnnl_inner_product_desc_t d;

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

static void *open_backward_data(const check_problem *p, const layer *v)
{
    dnnl_inner_product_desc_t forward, d;

    if (!init_forward(v, &forward) ||
        dnnl_inner_product_backward_data_desc_init(&d, &v->any_x, &v->any_w, &v->any_y) !=
            dnnl_success)
        return NULL;
    onednn_state *const s = onednn_open(&d, NULL, onednn_describe(&forward, NULL, NULL));
    onednn_bind(s, p, DNNL_ARG_DIFF_DST, ONEDNN_READ, "dy", &v->y);
    onednn_bind(s, p, DNNL_ARG_WEIGHTS, ONEDNN_READ, "w", &v->w);
    onednn_bind(s, p, DNNL_ARG_DIFF_SRC, ONEDNN_WRITE, "dx", &v->x);
    return onednn_ready(s);
}

static void *open_backward_weights(const check_problem *p, const layer *v)
{
    dnnl_inner_product_desc_t forward, d;

    if (!init_forward(v, &forward) ||
        dnnl_inner_product_backward_weights_desc_init(&d, &v->any_x, &v->any_w,
                                                      v->bias ? &v->b : NULL, &v->any_y) !=
            dnnl_success)
        return NULL;
    onednn_state *const s = onednn_open(&d, NULL, onednn_describe(&forward, NULL, NULL));
    onednn_bind(s, p, DNNL_ARG_SRC, ONEDNN_READ, "x", &v->x);
    onednn_bind(s, p, DNNL_ARG_DIFF_DST, ONEDNN_READ, "dy", &v->y);
    onednn_bind(s, p, DNNL_ARG_DIFF_WEIGHTS, ONEDNN_WRITE, "dw", &v->w);
    if (v->bias)
        onednn_bind(s, p, DNNL_ARG_DIFF_BIAS, ONEDNN_WRITE, "db", &v->b);
    return onednn_ready(s);
}

void *onednn_open_linear(const check_problem *p, int pass)
{
    const linear_shape *const s = (const linear_shape *)p->shape;

    if (s->n == 0)                              /* nothing to time */
        return NULL;
    layer v = { .x = onednn_dense(2, (const dnnl_dims_t){ s->n, s->in_features }),
                .w = onednn_dense(2, (const dnnl_dims_t){ s->out_features, s->in_features }),
                .b = onednn_dense(1, (const dnnl_dims_t){ s->out_features }),
                .y = onednn_dense(2, (const dnnl_dims_t){ s->n, s->out_features }),
                .bias = check_find(p, "b") != NULL };
    v.any_x = onednn_any(&v.x);
    v.any_w = onednn_any(&v.w);
    v.any_y = onednn_any(&v.y);
    if (peer_pass_is(p, pass, "forward"))
        return open_forward(p, &v);
    return peer_pass_is(p, pass, "backward_data") ? open_backward_data(p, &v)
                                                  : open_backward_weights(p, &v);
}

#endif
