/* openblas_peer.c: OpenBLAS: matrix products, and the layers that are one: linear and pointwise
 * convolution.
 *
 * Idea: each pass is cblas_sgemm on our tensors as they are, as one would write it who has nothing
 *       but a BLAS. A bias is copied into y before the product is added to it; its gradient is
 *       cblas_sgemv with a vector of ones. conv1x1 is one product per image.
 * Layout: row major, as ours; nothing is carried anywhere, all the work is timed.
 * Limit: an image's product may be too small to occupy all threads. */
#ifdef PEER_OPENBLAS

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "bench/peers/host_peers.h"
#include "bench/peers/peer_product.h"
#include "kernels/conv1x1/conv1x1.h"
#include "kernels/linear/linear.h"

typedef enum { FORWARD, BACKWARD_DATA, BACKWARD_WEIGHTS } layer_pass;

typedef struct {
    peer_product product;           /* gemm only */
    layer_pass pass;                /* the others */
    float *ones;                    /* NULL: not needed */
} blas_state;

/* Row major C = op(A) * op(B) + beta * C, densely packed. */
static void multiply(bool transpose_a, bool transpose_b, int M, int N, int K, const float *a,
                     const float *b, float beta, float *c)
{
    cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, M, N, K, 1.0f, a, transpose_a ? M : K, b,
                transpose_b ? K : N, beta, c, N);
}

/* A state with `ones` ones, if any. */
static void *open_state(blas_state from, int ones)
{
    blas_state *const s = malloc(sizeof *s);

    if (!s)
        return NULL;
    *s = from;
    if (ones > 0 && !(s->ones = malloc((size_t)ones * sizeof *s->ones))) {
        free(s);
        return NULL;
    }
    for (int i = 0; i < ones; i++)
        s->ones[i] = 1.0f;
    return s;
}

static void close_state(void *state)
{
    blas_state *const s = state;

    free(s->ones);
    free(s);
}

static layer_pass pass_of(const check_problem *p, int pass)
{
    return peer_pass_is(p, pass, "forward")         ? FORWARD
           : peer_pass_is(p, pass, "backward_data") ? BACKWARD_DATA
                                                    : BACKWARD_WEIGHTS;
}

/* ---- gemm ---- */

static void *open_gemm(const check_problem *p, int pass)
{
    const peer_product r = peer_product_of(p, pass);

    /* A BLAS does not look at A and B then, not for a NaN either. */
    return r.shape.alpha == 0.0f ? NULL : open_state((blas_state){ .product = r }, 0);
}

static void run_gemm(void *state, const check_problem *p)
{
    const peer_product *const r = &((const blas_state *)state)->product;
    const gemm_shape *const s = &r->shape;

    cblas_sgemm(CblasRowMajor, s->transpose_a ? CblasTrans : CblasNoTrans,
                s->transpose_b ? CblasTrans : CblasNoTrans, s->M, s->N, s->K, s->alpha,
                check_data(p, r->a), s->lda, check_data(p, r->b), s->ldb, s->beta,
                check_data(p, r->c), s->ldc);
}

/* ---- linear ---- */

static void *open_linear(const check_problem *p, int pass)
{
    const linear_shape *const s = (const linear_shape *)p->shape;
    const layer_pass which = pass_of(p, pass);

    return open_state((blas_state){ .pass = which }, which == BACKWARD_WEIGHTS ? s->n : 0);
}

static void run_linear(void *state, const check_problem *p)
{
    const linear_shape *const s = (const linear_shape *)p->shape;
    const blas_state *const own = state;
    const int n = s->n, in = s->in_features, out = s->out_features;
    const float *const x = check_data(p, "x"), *const w = check_data(p, "w");
    const float *const b = check_data(p, "b"), *const dy = check_data(p, "dy");
    float *const y = check_data(p, "y"), *const db = check_data(p, "db");

    switch (own->pass) {
    case FORWARD:
        for (ptrdiff_t i = 0; b && i < n; i++)
            memcpy(y + i * out, b, (size_t)out * sizeof *y);
        multiply(false, true, n, out, in, x, w, b ? 1.0f : 0.0f, y);
        break;
    case BACKWARD_DATA:
        multiply(false, false, n, in, out, dy, w, 0.0f, check_data(p, "dx"));
        break;
    case BACKWARD_WEIGHTS:
        multiply(true, false, out, in, n, dy, x, 0.0f, check_data(p, "dw"));
        if (db) {
            memset(db, 0, (size_t)out * sizeof *db);    /* sgemv leaves it alone for n == 0 */
            cblas_sgemv(CblasRowMajor, CblasTrans, n, out, 1.0f, dy, out, own->ones, 1, 0.0f, db,
                        1);
        }
    }
}

/* ---- conv1x1 ---- */

static void *open_conv1x1(const check_problem *p, int pass)
{
    const conv1x1_shape *const s = (const conv1x1_shape *)p->shape;
    const layer_pass which = pass_of(p, pass);

    return open_state((blas_state){ .pass = which }, which == BACKWARD_WEIGHTS ? s->h * s->w : 0);
}

static void fill_planes(const float *b, int planes, int plane, float *y)
{
    for (int oc = 0; oc < planes; oc++)
        for (int i = 0; i < plane; i++)
            *y++ = b[oc];
}

static void run_conv1x1(void *state, const check_problem *p)
{
    const conv1x1_shape *const s = (const conv1x1_shape *)p->shape;
    const blas_state *const own = state;
    const int plane = s->h * s->w, c = s->c, oc = s->oc;
    const float *const w = check_data(p, "w"), *const b = check_data(p, "b");
    float *const dw = check_data(p, "dw"), *const db = check_data(p, "db");

    if (own->pass == BACKWARD_WEIGHTS && s->n == 0)
        memset(dw, 0, (size_t)oc * (size_t)c * sizeof *dw);
    if (own->pass == BACKWARD_WEIGHTS && db)
        memset(db, 0, (size_t)oc * sizeof *db);
    for (ptrdiff_t n = 0; n < s->n; n++) {
        const ptrdiff_t in = n * c * plane, out = n * oc * plane;
        const float *const x = (const float *)check_data(p, "x") + in;
        const float *const dy = (const float *)check_data(p, "dy") + out;
        float *const y = (float *)check_data(p, "y") + out;

        switch (own->pass) {
        case FORWARD:
            if (b)
                fill_planes(b, oc, plane, y);
            multiply(false, false, oc, plane, c, w, x, b ? 1.0f : 0.0f, y);
            break;
        case BACKWARD_DATA:
            multiply(true, false, c, plane, oc, w, dy, 0.0f, (float *)check_data(p, "dx") + in);
            break;
        case BACKWARD_WEIGHTS:
            multiply(false, true, oc, c, plane, dy, x, n > 0 ? 1.0f : 0.0f, dw);
            if (db)
                cblas_sgemv(CblasRowMajor, CblasNoTrans, oc, plane, 1.0f, dy, plane, own->ones, 1,
                            1.0f, db, 1);
        }
    }
}

/* ---- The library ---- */

/* Kernels for processors with AVX2. For one younger than itself OpenBLAS takes its oldest. */
static bool knows_processor(void)
{
    static const char *const modern[] = { "Haswell", "Zen", "Excavator", "SkylakeX", "Cooperlake",
                                          "SapphireRapids" };

    for (size_t i = 0; i < sizeof modern / sizeof *modern; i++)
        if (strcasecmp(openblas_get_corename(), modern[i]) == 0)
            return true;
    return false;
}

void openblas_peer_start(char **argv)
{
#ifdef __x86_64__
    if (getenv("OPENBLAS_CORETYPE") || knows_processor() || !__builtin_cpu_supports("avx2"))
        return;
    const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
    if (setenv("OPENBLAS_CORETYPE", wide ? "SkylakeX" : "Haswell", 1) == 0)
        execv("/proc/self/exe", argv);          /* returns only if it cannot */
#else
    (void)argv;
#endif
}

const char *openblas_peer_library(void)
{
    static char name[128];
    char config[64] = "";

    sscanf(openblas_get_config(), "OpenBLAS %63s", config);
    snprintf(name, sizeof name, "OpenBLAS %s %.24s", config, openblas_get_corename());
    return name;
}

void openblas_peer_threads(int threads)
{
    openblas_set_num_threads(threads);
}

#define ROW(CONCEPT, IDEA)                                                                     \
    { .info = { "openblas", SPACE_HOST, PRECISION_FP32, IDEA }, .concept = #CONCEPT,           \
      .open = open_##CONCEPT, .run = run_##CONCEPT, .close = close_state }

const peer openblas_peers[] = {
    ROW(gemm, "cblas_sgemm"),
    ROW(conv1x1, "cblas_sgemm per image, bias by copying, its gradient by cblas_sgemv"),
    ROW(linear, "cblas_sgemm, bias by copying, its gradient by cblas_sgemv"),
    { .concept = NULL },
};

#endif
