/* peer_product.h: the passes of gemm as one product C = alpha * op(A) * op(B) + beta * C each, for
 * libraries that have nothing else. */
#ifndef PEER_PRODUCT_H
#define PEER_PRODUCT_H

#include "check/check.h"
#include "kernels/gemm/gemm.h"

typedef struct {
    gemm_shape shape;
    const char *a, *b, *c;      /* names of the tensors; C is overwritten, or added to (beta) */
} peer_product;

/* Pass number `pass` of a problem of concept gemm. */
peer_product peer_product_of(const check_problem *p, int pass);

#endif
