/* check.h: the checking engine. Draws problems, runs one variant of one concept on each, and holds
 * every output element against the reference (the rules are in the README, "What correct means").
 *
 * The engine knows no concept. A concept describes itself by a check_concept: its parameters (the
 * shape as named integers), its passes, the tensors that they read and write, and functions that
 * draw a shape, run a variant and compute the reference. One file per concept holds that adapter,
 * such as check/check_conv2d.c; check_concepts[] lists them all. */
#ifndef CHECK_H
#define CHECK_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check/check_random.h"
#include "kernels/core/status.h"
#include "kernels/core/variant.h"
#include "reference/exact.h"

enum {
    CHECK_MAX_PARAMS = 24,
    CHECK_MAX_TENSORS = 20,
    CHECK_MAX_PASSES = 8,
    CHECK_MAX_RANK = 4,
    CHECK_FINDING_BYTES = 600,
    CHECK_SHAPE_BYTES = 256,                    /* room for any concept's shape struct */
    CHECK_MAX_BYTES = 1 << 30                   /* what one problem may take: a shape from the
                                                   command line can ask for anything */
};

/* One number of a shape, as in --shape n=2,c=3,.... Shrinking moves it towards `simplest`. */
typedef struct {
    const char *name;
    int simplest;
} check_param;

/* How the engine fills a tensor that a pass reads. */
typedef enum {
    CHECK_FILL_NORMAL,      /* standard normal, now and then scaled by a power of two */
    CHECK_FILL_POSITIVE,    /* in [0.25, 4): variances, gains that may not be 0 */
    CHECK_FILL_OWN          /* by the concept's prepare(); zeroes before that */
} check_fill;

typedef enum { CHECK_FLOAT, CHECK_INT32, CHECK_BYTE } check_type;

typedef struct {
    const char *name;       /* "x"; the gradient of "x" is "dx" */
    check_type type;
    check_fill fill;
    bool special;           /* now and then one NaN or infinity among the input values */
    int rank, extent[CHECK_MAX_RANK];
    ptrdiff_t count;        /* product of the extents */
    void *data;             /* float, int32_t or uint8_t [count]; what run() passes on */
    exact *expected;        /* [count] while the reference runs for a tensor that the pass writes */
} check_tensor;

typedef struct check_concept check_concept;

/* One drawn problem: a shape and the tensors that it needs. */
typedef struct {
    const check_concept *concept;
    int param[CHECK_MAX_PARAMS];
    uint64_t seed;          /* of the tensors' contents */
    int tensor_count;
    check_tensor tensor[CHECK_MAX_TENSORS];
    alignas(16) unsigned char shape[CHECK_SHAPE_BYTES];    /* the concept's own shape struct */
} check_problem;

/* A pass names the tensors that it touches, separated by spaces. */
typedef struct {
    const char *name;       /* "forward", "backward_data" */
    const char *reads;      /* "x w b" */
    const char *writes;     /* "y"; an output that is also in `reads` is updated in place */
    const char *gradient_of;/* the forward pass that this one differentiates; NULL for forward ones.
                               Every "dT" it writes is checked by central differences of that pass
                               with respect to "T", for the upstream gradients "dT" that it reads.
                               What it reads and that pass writes comes from the reference. */
    const char *linear_in;  /* those T in which that forward pass is linear (or affine): the adjoint
                               identity <dy, f(T) - f(0)> = <dT, T> is checked; NULL for none */
} check_pass;

struct check_concept {
    const char *name;
    const void *variants;               /* the concept's table; a row begins with a variant_info */
    size_t variant_bytes;               /* sizeof one row */
    const size_t *variant_count;
    int param_count;
    check_param param[CHECK_MAX_PARAMS];
    int pass_count;
    check_pass pass[CHECK_MAX_PASSES];

    /* Draws param[]. Must be legal most of the time: the engine draws again when it is not. */
    void (*draw)(check_random *r, int *param);

    /* param[] -> shape and tensors (check_declare). Returns the concept's own verdict on the
     * shape: STATUS_OK, STATUS_SHAPE, STATUS_VALUE. Declares nothing else than tensors that exist
     * for this shape: an optional one (a bias) is left out, and check_data() is then NULL. */
    status (*describe)(check_problem *p);

    /* Fills what CHECK_FILL_OWN promises; NULL if there is none. */
    void (*prepare)(check_problem *p, check_random *r);

    /* Bytes of workspace; NULL: none. */
    size_t (*workspace_bytes)(const check_problem *p, const void *variant);

    /* Calls the public entry for pass number `pass`. STATUS_UNSUPPORTED: skipped. */
    status (*run)(const check_problem *p, const void *variant, int pass, void *workspace);

    /* Computes `expected` of every tensor that the pass writes, from `data` of those it reads. */
    void (*reference)(const check_problem *p, int pass);

    /* For libraries that are not ours: what 2 and 4 threads give may differ in its bits from what 1
     * gives, but each is held against the reference. */
    bool threads_may_differ;

    /* For them, too: true of a variant out of which NaN and infinities come differently; it is
     * given none. NULL: true of none. */
    bool (*finite_only)(const void *variant);
};

/* All concepts, in the order of DESIGN section 2; NULL-terminated. */
extern const check_concept *const check_concepts[];

/* The concept of that name, or NULL. */
const check_concept *check_concept_find(const char *name);

/* Row number i of a concept's table; its variant_info. */
const void *check_variant_row(const check_concept *c, size_t i);
const variant_info *check_variant_info(const void *row);

/* ---- For adapters ---- */

/* Declares one tensor: p->tensor[] gains a row with its count; contents come later. */
check_tensor *check_declare(check_problem *p, const char *name, check_type type, check_fill fill,
                            int rank, const int *extent);

/* The common case: float, filled with normal numbers, rank 4 with extents a, b, c, d (or 1). */
check_tensor *check_declare_float(check_problem *p, const char *name, int a, int b, int c, int d);

/* The tensor of that name or NULL; its data (or expected values) or NULL if there is none. */
const check_tensor *check_find(const check_problem *p, const char *name);
void *check_data(const check_problem *p, const char *name);
exact *(check_expected)(const check_problem *p, const char *name);  /* cmocka.h has such a macro */

/* ---- For callers ---- */

/* True if `name` is one of the names in `list`, separated by spaces; list may be NULL. */
bool check_names(const char *list, const char *name);

typedef enum {
    CHECK_PASSED,
    CHECK_SKIPPED,          /* the variant does not support this shape or lacks this pass */
    CHECK_MISMATCH,         /* an element lies outside its bound */
    CHECK_UNWRITTEN,        /* an output element was left as it was */
    CHECK_STALE,            /* computed from what an output held before: added, not overwritten */
    CHECK_SCRATCH,          /* computed from workspace that was never written */
    CHECK_OUTSIDE,          /* computed from what lies outside a tensor */
    CHECK_GUARD,            /* written outside an output or the workspace */
    CHECK_INPUT_CHANGED,
    CHECK_THREADS,          /* not bitwise the same for 1, 2 and 4 threads, or when run again */
    CHECK_ADJOINT,          /* <dy, f(x)> differs from <f*(dy), x> */
    CHECK_DIFFERENCES,      /* a gradient differs from central differences */
    CHECK_STATUS,           /* the entry refused a legal shape */
    CHECK_FINDING,          /* cusim saw a race, an access out of bounds, or the like */
    CHECK_DEVICE,           /* the device failed: a kernel crashed, hung or asserted */
    CHECK_NO_PROBLEM,       /* the concept drew nothing but impossible shapes */
    CHECK_MEMORY            /* the engine could not allocate the problem */
} check_outcome;

enum { CHECK_OUTCOMES = CHECK_MEMORY + 1 };

typedef struct {
    check_outcome outcome;
    status verdict;         /* what the entry returned, for CHECK_STATUS */
    double worst;           /* largest error as a fraction of its bound */
    int differences;        /* elements held against central differences, and how many of them */
    int verified;           /* could be judged: no kink near, not drowned in rounding */
    const char *tensor;     /* where it failed: tensor, flat index, what was there, what belongs */
    ptrdiff_t index;        /* CHECK_GUARD: below 0 or beyond the last; the workspace's in bytes */
    int coordinate[CHECK_MAX_RANK];
    int rank;               /* 0: the failure has no coordinates */
    double got, want, bound;
    char finding[CHECK_FINDING_BYTES];          /* cusim's words, for CHECK_FINDING */
} check_case;

typedef struct {
    long passed, skipped;   /* cases */
    double worst;           /* over all cases */
    long differences, verified;
    bool failed;
    check_case failure;     /* of the shrunk problem, if failed */
    int param[CHECK_MAX_PARAMS];
    uint64_t seed;          /* replay: the shrunk shape and the seed of its contents */
} check_result;

/* Runs `cases` drawn problems (all from `seed`: the same seed draws the same problems for every row
 * and pass of a concept) through one row and pass, stops at the first failure and shrinks it. */
void check_variant(const check_concept *c, const void *row, int pass, uint64_t seed, long cases,
                   check_result *result);

/* Runs one problem of the given shape and content seed. Returns the describe() status if the shape
 * is impossible, else STATUS_OK and the outcome in *result. */
status check_shape(const check_concept *c, const void *row, int pass, const int *param,
                   uint64_t seed, check_case *result);

/* Runs `cases` problems of the given shape, the first with contents from `seed` itself, stops at
 * the first failure and shrinks it. The shape must be legal. */
void check_variant_at(const check_concept *c, const void *row, int pass, const int *param,
                      uint64_t seed, long cases, check_result *result);

/* describe()'s verdict on a shape, or STATUS_MEMORY if its tensors want more than
 * CHECK_MAX_BYTES. */
status check_verdict(const check_concept *c, const int *param);

/* Makes a failing shape as small as it gets while it still fails; param and *failure, the failing
 * case, are updated. */
void check_shrink(const check_concept *c, const void *row, int pass, int *param, uint64_t seed,
                  check_case *failure);

/* True for every outcome but CHECK_PASSED and CHECK_SKIPPED. */
bool check_failed(const check_case *result);

/* "n=1,c=2,h=3" -> param. Parameters that are not named get `simplest`. On a mistake returns false
 * and says in message[size] what was expected and what was found. */
bool check_parse_shape(const check_concept *c, const char *text, int *param, char *message,
                       size_t size);

/* param -> "n=1,c=2,h=3" in text[size]; cut short if it does not fit. */
void check_format_shape(const check_concept *c, const int *param, char *text, size_t size);

/* The command that runs the failure of `result` again, in text[size]. */
void check_format_replay(const check_concept *c, const void *row, int pass,
                         const check_result *result, char *text, size_t size);

/* Where the memory of the problems to come lies. Normally guards of known contents surround each
 * tensor, and what went wrong is found after the run. With a page that nobody may touch at its end,
 * or before its start, an access beyond it is a SIGSEGV at once, in the very line that does it. */
typedef enum { CHECK_PAGES_NONE, CHECK_PAGES_AFTER, CHECK_PAGES_BEFORE } check_pages;
void check_guard_pages(check_pages pages);

/* One line for people: "x[0][2][1][1]: got 3, want 2.5, allowed error 1.2e-07". */
void check_describe_case(const check_case *result, char *text, size_t size);

/* A few words: "outside the allowed error". Static. */
const char *check_outcome_name(check_outcome o);

#endif
