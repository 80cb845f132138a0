/* check_engine.h: what the files of the checking engine share; nobody outside check/ includes it
 * but its tests, and bench/ for the bound.
 *
 * A check_stage is one problem set up in memory. `input` holds what the tensors contain before a
 * run and is the truth; the guarded memory behind check_tensor.data is what kernels and reference
 * get to see, filled anew from `input` before every run. */
#ifndef CHECK_ENGINE_H
#define CHECK_ENGINE_H

#include "check/check.h"

/* One allocation: guard, room for `offset`, the data, guard. */
typedef struct {
    unsigned char *block;
    size_t lead;                /* bytes before the data */
    size_t bytes, total;        /* of the data, of all */
    void *mapping;              /* with pages for guards: what holds the block; else NULL */
    size_t mapping_bytes;
} check_guarded;

typedef struct {
    check_problem p;
    const void *row;
    int pass;                                   /* the one that is being checked */
    bool special;                               /* an input holds a NaN or infinity */
    check_guarded memory[CHECK_MAX_TENSORS];
    unsigned char *input[CHECK_MAX_TENSORS];
    unsigned char *output[CHECK_MAX_TENSORS];   /* check_stage_keep(); NULL before */
    exact *expected[CHECK_MAX_TENSORS];         /* check_stage_reference(); NULL before */
} check_stage;

/* ---- check_guard.c: guarded memory and poison ---- */

/* Allocates `bytes` of data that begin `offset` bytes after a 64-byte boundary, and
 * poisons the guards around them. Returns the data, or NULL without memory. With guard pages
 * (check_guard_pages) the data lie against one instead, unless offset is 0. */
void *check_guard_open(check_guarded *g, size_t bytes, size_t offset);
void check_guard_close(check_guarded *g);

/* True if check_guard_pages() asked for pages. */
bool check_guard_paged(void);

/* True if the guards are whole; else *stray is the first spoilt byte, counted from the data. */
bool check_guard_intact(const check_guarded *g, ptrdiff_t *stray);

/* Fills a workspace, or an output before run number `run`. Floats get a NaN of known payload, other
 * types a pattern that differs from run to run, since any pattern may be a legal value. */
void check_poison_workspace(void *data, size_t bytes);
void check_poison_output(check_type type, void *data, size_t bytes, int run);

/* Says of one output element whether it is poison: CHECK_UNWRITTEN, CHECK_STALE, CHECK_SCRATCH or
 * CHECK_OUTSIDE; CHECK_PASSED if it is none. */
check_outcome check_poison_of(check_type type, const void *element, int run);

/* ---- check_compare.c: the bound ---- */

/* Largest error that `want` allows a kernel of that precision. */
double check_allowed(exact want, variant_precision precision);

/* True if `got` lies within the bound; *fraction is its error as a fraction of that bound, INFINITY
 * where nothing is allowed. */
bool check_within(float got, exact want, variant_precision precision, double *fraction);

/* Element i of a tensor's data. */
double check_element(check_type type, const void *data, ptrdiff_t i);

/* What to say of one element, `got`, lying at `bytes`, that run number 0 wrote: CHECK_PASSED,
 * CHECK_MISMATCH or what check_poison_of() says. *fraction as for check_within(). */
check_outcome check_judge(check_type type, double got, const void *bytes, exact want,
                          variant_precision precision, double *fraction);

/* ---- check_stage.c: one problem in memory ---- */

/* Draws the contents. Returns describe()'s status, or STATUS_MEMORY. Close it in any case. */
status check_stage_open(check_stage *s, const check_concept *c, const void *row, int pass,
                        const int *param, uint64_t seed);
void check_stage_close(check_stage *s);

size_t check_element_bytes(check_type type);
const check_pass *check_stage_pass(const check_stage *s, int pass);

/* Number of the pass of that name; of the tensor "d" + name. -1: none. */
int check_pass_find(const check_concept *c, const char *name);
int check_gradient_find(const check_problem *p, const char *name);

/* A stream of its own for each purpose, so that contents do not hang on the order of drawing. */
check_random check_stream(uint64_t seed, const char *purpose);

/* Restores, poisons the outputs of `pass`, runs the row once and looks for writes where none
 * belong. Returns true if it ran and there are none, else *found says what happened. */
bool check_stage_run(check_stage *s, int pass, int run, check_case *found);

/* Copies what the tensors that `pass` writes hold now into `output`. */
bool check_stage_keep(check_stage *s, int pass);

/* Restores and computes `expected` of every tensor that `pass` writes. False: no memory. */
bool check_stage_reference(check_stage *s, int pass);

/* Notes in *found the tensor, the index and the coordinates of a failure. */
void check_locate(check_case *found, check_outcome outcome, const check_tensor *t,
                  ptrdiff_t index);

/* ---- check_device.c: rows that run on the device ---- */

/* As concept->run(), for a SPACE_CUDA row: carries tensors and workspace to the device, guards and
 * all, runs, and brings them back. Returns false after noting in *found that the device failed or
 * that cusim found something; else *returned is what the entry said. */
bool check_device_run(check_stage *s, int pass, const check_guarded *workspace, status *returned,
                      check_case *found);

/* " --space cusim" and the like, for a replay line. */
const char *check_device_option(void);

/* ---- check_gradient.c ---- */

/* The adjoint identity and central differences for the pass that is being checked; its outputs are
 * kept and lie within their bounds. On a failure *found describes it. */
void check_gradients(check_stage *s, check_case *found);

#endif
