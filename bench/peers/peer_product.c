/* peer_product.c: which product a pass of gemm is.
 *
 *   d op(A) = alpha * dC * op(B)^T            d op(B) = alpha * op(A)^T * dC
 *
 * and the transpose of that where A or B is stored transposed. */
#include "bench/peers/peer_product.h"

#include "bench/peers/host_peers.h"

peer_product peer_product_of(const check_problem *p, int pass)
{
    const gemm_shape *const s = (const gemm_shape *)p->shape;
    const bool ta = s->transpose_a, tb = s->transpose_b;
    peer_product r = { .shape = { .alpha = s->alpha } };
    gemm_shape *const q = &r.shape;

    if (peer_pass_is(p, pass, "forward")) {
        *q = *s;
        r.a = "a", r.b = "b", r.c = "c";
    } else if (peer_pass_is(p, pass, "backward_a")) {
        q->M = ta ? s->K : s->M, q->N = ta ? s->M : s->K, q->K = s->N;
        q->transpose_a = ta && tb, q->transpose_b = ta || !tb;
        q->lda = ta ? s->ldb : s->ldc, q->ldb = ta ? s->ldc : s->ldb, q->ldc = s->lda;
        r.a = ta ? "b" : "dc", r.b = ta ? "dc" : "b", r.c = "da";
    } else {
        q->M = tb ? s->N : s->K, q->N = tb ? s->K : s->N, q->K = s->M;
        q->transpose_a = tb || !ta, q->transpose_b = ta && tb;
        q->lda = tb ? s->ldc : s->lda, q->ldb = tb ? s->lda : s->ldc, q->ldc = s->ldb;
        r.a = tb ? "dc" : "a", r.b = tb ? "a" : "dc", r.c = "db";
    }
    return r;
}
