/* conformance_matrix.c: cases of matrix products and of the fully connected layer. */
#include "check/conformance/conformance_case.h"

#include <string.h>

#include "kernels/gemm/gemm.h"
#include "kernels/linear/linear.h"
#include "reference/gemm_reference.h"
#include "reference/linear_reference.h"

/* ---- Gemm ---- */

/* The bias, repeated to the shape of Y, or zeroes. */
static const float *gemm_bias(conformance_case *c, extents y)
{
    const safetensors_tensor *const t = case_input(c, 2, false);
    const extents shape = case_extents(c, t);

    if (!t)
        return c->result->outcome == CONFORMANCE_PASSED
                   ? case_memory(c, case_product(c, y, 0, 2), sizeof(float)) : NULL;
    const float *const values = case_floats(c, t);
    const extents both = case_broadcast(c, shape, y);
    if (case_ok(c) && !extents_equal(both, y))
        case_malformed(c, "%s does not broadcast to Y", t->name);
    return case_ok(c) ? case_repeat(c, values, shape, y) : values;
}

void case_onnx_gemm(conformance_case *c)
{
    enum { BROADCAST_IS_SAID = 7 };
    const safetensors_tensor *const a = case_input(c, 0, true), *const b = case_input(c, 1, true);
    const extents ea = case_extents(c, a), eb = case_extents(c, b);
    const bool trans_a = case_bool(c, "transA", false), trans_b = case_bool(c, "transB", false);

    if (c->opset < BROADCAST_IS_SAID)
        case_bool(c, "broadcast", false);
    if (case_ok(c) && (ea.rank != 2 || eb.rank != 2 ||
                       ea.extent[trans_a ? 0 : 1] != eb.extent[trans_b ? 1 : 0]))
        case_malformed(c, "input_0 and input_1 are no matrices that fit");
    const int M = ea.extent[trans_a ? 1 : 0], N = eb.extent[trans_b ? 0 : 1];
    gemm_shape s = gemm_shape_dense(M, N, ea.extent[trans_a ? 0 : 1], trans_a, trans_b);
    const extents y_shape = extents_of(2, M, N, 0, 0);
    const float *const values_a = case_floats(c, a), *const values_b = case_floats(c, b);
    case_output *const y = case_expect(c, "output", 0, y_shape, false);
    const float *const bias = gemm_bias(c, y_shape);
    s.alpha = (float)case_real(c, "alpha", 1.0);
    s.beta = (float)case_real(c, "beta", 1.0);
    if (!case_input(c, 2, false))
        s.beta = 0.0f;
    if (!case_ready(c) || !case_shape_ok(c, "gemm", gemm_shape_check(&s)))
        return;
    gemm_reference_forward(&s, values_a, values_b, bias, y->truth);
    case_judge_reference(c, "gemm");
    for (size_t i = 0; i < gemm_variant_count; i++) {
        const gemm_variant *const row = &gemm_variants[i];
        if (!case_wants(c, &row->info))
            continue;
        void *const work = case_memory(c, (ptrdiff_t)gemm_workspace_bytes(row, &s), 1);
        if (!work)
            return;
        memcpy(y->got, bias, (size_t)y->count * sizeof *bias);
        case_judge(c, "gemm", &row->info,
                   gemm_forward(row, &s, values_a, values_b, y->got, work));
    }
}

/* ---- MatMul: one product for each matrix of the batch ---- */

typedef struct {
    int batch;
    gemm_shape shape;                   /* of one product */
    const float *a, *b, *dy;            /* [batch] matrices each, repeated where that is meant */
    float *zeroes;                      /* as large as a, b or y: what gemm's beta 0 ignores */
    case_output *y, *da, *db;
} products;

/* Vectors become matrices of one row (a) or one column (b); y loses that axis again. */
static bool read_products(conformance_case *c, products *p)
{
    const safetensors_tensor *const a = case_input(c, 0, true), *const b = case_input(c, 1, true);
    extents ea = case_extents(c, a), eb = case_extents(c, b), y = { 0 };
    const bool row = ea.rank == 1, column = eb.rank == 1;

    if (case_ok(c) && (ea.rank == 0 || eb.rank == 0))
        case_malformed(c, "a matrix product of a scalar");
    if (!case_ok(c))
        return false;
    if (row)
        ea = extents_of(2, 1, ea.extent[0], 0, 0);
    if (column)
        eb = extents_of(2, eb.extent[0], 1, 0, 0);
    const int M = ea.extent[ea.rank - 2], K = ea.extent[ea.rank - 1];
    const int N = eb.extent[eb.rank - 1];
    if (eb.extent[eb.rank - 2] != K)
        case_malformed(c, "input_0 has rows of %d, input_1 columns of %d", K,
                       eb.extent[eb.rank - 2]);
    extents front_a = ea, front_b = eb;         /* the batch */
    front_a.rank -= 2;
    front_b.rank -= 2;
    y = case_broadcast(c, front_a, front_b);
    p->batch = case_product(c, y, 0, y.rank);
    extents all_a = y, all_b = y;
    for (int i = 0; i < 2; i++) {
        all_a.extent[all_a.rank++] = ea.extent[ea.rank - 2 + i];
        all_b.extent[all_b.rank++] = eb.extent[eb.rank - 2 + i];
    }
    const bool repeated = !extents_equal(all_a, ea) || !extents_equal(all_b, eb);
    if (!row)
        y.extent[y.rank++] = M;
    if (!column)
        y.extent[y.rank++] = N;
    p->shape = gemm_shape_dense(M, N, K, false, false);
    const float *const values_a = case_floats(c, a), *const values_b = case_floats(c, b);
    if (!case_ok(c))
        return false;
    p->y = case_expect(c, "output", 0, y, false);
    p->a = case_repeat(c, values_a, ea, all_a);
    p->b = case_repeat(c, values_b, eb, all_b);
    p->dy = case_upstream(c, y);
    p->da = case_gradient(c, 0);
    p->db = case_gradient(c, 1);
    if (repeated && (p->da || p->db))
        case_skip(c, "the gradient of a batch that is broadcast");
    const ptrdiff_t size_a = case_product(c, all_a, 0, all_a.rank);
    const ptrdiff_t size_b = case_product(c, all_b, 0, all_b.rank);
    p->zeroes = case_memory(c, size_a + size_b + p->y->count, sizeof *p->zeroes);
    return case_ready(c) && case_shape_ok(c, "gemm", gemm_shape_check(&p->shape));
}

static status run_products(const gemm_variant *row, const products *p, void *work)
{
    const gemm_shape *const s = &p->shape;
    const ptrdiff_t size_a = (ptrdiff_t)s->M * s->K, size_b = (ptrdiff_t)s->K * s->N;
    const ptrdiff_t size_y = (ptrdiff_t)s->M * s->N;
    status r = STATUS_OK;

    for (int i = 0; i < p->batch && r == STATUS_OK; i++) {
        const float *const a = p->a + i * size_a, *const b = p->b + i * size_b;
        r = gemm_forward(row, s, a, b, p->y->got + i * size_y, work);
        if (r == STATUS_OK && p->da)
            r = gemm_backward_a(row, s, p->dy + i * size_y, b, p->da->got + i * size_a, work);
        if (r == STATUS_OK && p->db)
            r = gemm_backward_b(row, s, a, p->dy + i * size_y, p->db->got + i * size_b, work);
    }
    return r;
}

static void products_reference(const products *p)
{
    const gemm_shape *const s = &p->shape;
    const ptrdiff_t size_a = (ptrdiff_t)s->M * s->K, size_b = (ptrdiff_t)s->K * s->N;
    const ptrdiff_t size_y = (ptrdiff_t)s->M * s->N;

    for (int i = 0; i < p->batch; i++) {
        const float *const a = p->a + i * size_a, *const b = p->b + i * size_b;
        gemm_reference_forward(s, a, b, p->zeroes, p->y->truth + i * size_y);
        if (p->da)
            gemm_reference_backward_a(s, p->dy + i * size_y, b, p->zeroes,
                                      p->da->truth + i * size_a);
        if (p->db)
            gemm_reference_backward_b(s, a, p->dy + i * size_y, p->zeroes,
                                      p->db->truth + i * size_b);
    }
}

void case_matmul(conformance_case *c)
{
    products p = { 0 };

    if (!read_products(c, &p))
        return;
    products_reference(&p);
    case_judge_reference(c, "gemm");
    for (size_t i = 0; i < gemm_variant_count; i++) {
        const gemm_variant *const row = &gemm_variants[i];
        if (!case_wants(c, &row->info))
            continue;
        void *const work = case_memory(c, (ptrdiff_t)gemm_workspace_bytes(row, &p.shape), 1);
        if (!work)
            return;
        case_judge(c, "gemm", &row->info, run_products(row, &p, work));
    }
}

/* ---- torch.linear: x of any rank, its last axis the features ---- */

typedef struct {
    linear_shape shape;
    const float *x, *w, *b, *dy;
    case_output *y, *dx, *dw, *db;
} fully_connected;

static bool read_linear(conformance_case *c, fully_connected *f)
{
    const safetensors_tensor *const x = case_input(c, 0, true), *const w = case_input(c, 1, true);
    const safetensors_tensor *const b = case_input(c, 2, false);
    const extents weights = case_extents(c, w);
    extents y = case_extents(c, x);

    if (case_ok(c) && (y.rank < 1 || weights.rank != 2 ||
                       y.extent[y.rank - 1] != weights.extent[1]))
        case_malformed(c, "input_0 and input_1 do not fit");
    if (!case_ok(c))
        return false;
    y.extent[y.rank - 1] = weights.extent[0];
    f->shape = (linear_shape){ .n = case_product(c, y, 0, y.rank - 1),
                               .in_features = weights.extent[1],
                               .out_features = weights.extent[0] };
    f->x = case_floats(c, x);
    f->w = case_floats(c, w);
    f->b = case_floats(c, b);
    case_expect_shape(c, b, extents_of(1, weights.extent[0], 0, 0, 0));
    f->y = case_expect(c, "output", 0, y, false);
    f->dy = case_upstream(c, y);
    f->dx = case_gradient(c, 0);
    f->dw = case_gradient(c, 1);
    f->db = case_gradient(c, 2);
    if (f->db && !f->dw)
        f->dw = case_expect(c, "unjudged", 1, weights, false);
    return case_ready(c) && case_shape_ok(c, "linear", linear_shape_check(&f->shape));
}

void case_torch_linear(conformance_case *c)
{
    fully_connected f = { 0 };

    if (!read_linear(c, &f))
        return;
    linear_reference_forward(&f.shape, f.x, f.w, f.b, f.y->truth);
    if (f.dx)
        linear_reference_backward_data(&f.shape, f.dy, f.w, f.dx->truth);
    if (f.dw)
        linear_reference_backward_weights(&f.shape, f.x, f.dy, f.dw->truth,
                                          f.db ? f.db->truth : NULL);
    case_judge_reference(c, "linear");
    for (size_t i = 0; i < linear_variant_count; i++) {
        const linear_variant *const row = &linear_variants[i];
        if (!case_wants(c, &row->info))
            continue;
        void *const work = case_memory(c, (ptrdiff_t)linear_workspace_bytes(row, &f.shape), 1);
        if (!work)
            return;
        status r = linear_forward(row, &f.shape, f.x, f.w, f.b, f.y->got, work);
        if (r == STATUS_OK && f.dx)
            r = linear_backward_data(row, &f.shape, f.dy, f.w, f.dx->got, work);
        if (r == STATUS_OK && f.dw)
            r = linear_backward_weights(row, &f.shape, f.x, f.dy, f.dw->got,
                                        f.db ? f.db->got : NULL, work);
        case_judge(c, "linear", &row->info, r);
    }
}
