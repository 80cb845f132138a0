/* conformance_case.h: what the handlers of conformance cases share; internal.
 *
 * A handler turns one operator's inputs and attributes into calls of a concept's kernels:
 *
 *     1. read everything: inputs, attributes, what is expected of each output
 *     2. if (!case_ready(c)) return;
 *     3. let the reference fill each output's `truth`
 *     4. for each row of the concept's table that case_wants(): call it, then case_judge()
 *
 * Complaints are sticky: the first one counts, and every reader goes on with harmless values (0,
 * an empty shape, memory for nothing), so that a handler asks once, at case_ready(), whether all
 * went well. All memory that a case hands out lives until the case ends. */
#ifndef CONFORMANCE_CASE_H
#define CONFORMANCE_CASE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check/conformance/conformance.h"
#include "kernels/core/variant.h"
#include "reference/exact.h"

enum { CASE_MAX_OUTPUTS = 128, CASE_MAX_INPUTS = 64 };

typedef struct {
    int rank;
    int extent[SAFETENSORS_MAX_RANK];
} extents;

/* An output or gradient: what a variant writes, and what is known of it. */
typedef struct {
    char name[32];
    const safetensors_tensor *want;     /* NULL where the file does not hold it: not judged */
    ptrdiff_t count;
    float *got;                         /* [count]; NULL for whole numbers */
    exact *truth;                       /* [count]; the reference's */
    double *carried;                    /* [count]; how much a rounding error of saved values that
                                           the kernel reads moves this element, in units of u */
    double *truth_carried;              /* [count]; the same, where they are off by one rounding */
    int64_t *got_whole, *truth_whole;   /* [count]; whole numbers: indices and masks */
} case_output;

typedef struct conformance_case {
    conformance_result *result;
    const char *only_variant;           /* NULL: all */
    bool torch;
    int opset;                          /* ONNX */
    safetensors_file file;
    bool *used;                         /* [file.tensor_count] */
    json_t *attributes, *read;
    json_t *inputs, *outputs;           /* ONNX: lists of argument names; NULL for torch */
    int output_count;
    case_output output[CASE_MAX_OUTPUTS];
    void **block;                       /* memory handed out */
    int block_count;
} conformance_case;

/* ---- Complaints (the first one stays) ---- */

void case_skip(conformance_case *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void case_malformed(conformance_case *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A failure that is no single element. */
void case_fail(conformance_case *c, const char *concept, const char *variant, const char *tensor,
               const char *format, ...) __attribute__((format(printf, 5, 6)));

/* No complaint so far. */
bool case_ok(const conformance_case *c);

/* The same, once all is read: an attribute that nobody asked for is a reason to skip. False also
 * where an output's shape is wrong already: there is nothing to run then. */
bool case_ready(conformance_case *c);

/* A shape check of a kernel's contract: anything but STATUS_OK skips the case. */
bool case_shape_ok(conformance_case *c, const char *concept, status verdict);

/* ---- Attributes. `fallback` stands for one that is left out. ---- */

bool case_has(conformance_case *c, const char *name);
void case_require(conformance_case *c, const char *name);   /* malformed without it */
int case_int(conformance_case *c, const char *name, int fallback);
double case_real(conformance_case *c, const char *name, double fallback);
bool case_bool(conformance_case *c, const char *name, bool fallback);  /* true, false, 1 or 0 */
const char *case_text(conformance_case *c, const char *name, const char *fallback);

/* Fills value[count] from a list of `count` numbers; PyTorch may say one number for all of them.
 * Returns false, and leaves value alone, where the attribute is left out. */
bool case_ints(conformance_case *c, const char *name, int count, int *value);

/* The same for real numbers, for which a list is a list. */
bool case_reals(conformance_case *c, const char *name, int count, double *value);

/* Length of a list; 0 where it is left out or no list. */
int case_list_length(conformance_case *c, const char *name);

/* ---- Inputs ---- */

/* Number of arguments, left out ones included. */
int case_input_count(const conformance_case *c);

/* Input i, or NULL where it is left out; malformed if it is required. */
const safetensors_tensor *case_input(conformance_case *c, int i, bool required);

/* Its elements: float32 (any other type is skipped); or whole numbers of any type, as int32. */
const float *case_floats(conformance_case *c, const safetensors_tensor *t);
const int32_t *case_whole(conformance_case *c, const safetensors_tensor *t);

/* The first element of a required input with exactly one element, a float or a whole number. */
double case_scalar(conformance_case *c, int i);

/* ---- Shapes ---- */

extents case_extents(conformance_case *c, const safetensors_tensor *t);
extents extents_of(int rank, int a, int b, int c, int d);
bool extents_equal(extents a, extents b);
int case_product(conformance_case *c, extents e, int from, int to);    /* of [from, to) */

/* Malformed unless the tensor (NULL is fine) has this shape. */
void case_expect_shape(conformance_case *c, const safetensors_tensor *t, extents want);

/* axis counted from the front; malformed unless in [-rank, rank) (or == rank, if `end`). */
int case_axis(conformance_case *c, int axis, int rank, bool end);

/* The shape of two operands after NumPy's broadcasting; malformed where they do not fit. */
extents case_broadcast(conformance_case *c, extents a, extents b);

/* x, of shape `from`, repeated to the shape `to`: a copy. Only after case_expect() has found that
 * the file agrees with that shape. */
const float *case_repeat(conformance_case *c, const float *x, extents from, extents to);

/* ---- Memory and outputs ---- */

/* Zeroed, 64-byte aligned, never NULL unless memory is out (which is then a complaint). */
void *case_memory(conformance_case *c, ptrdiff_t count, size_t size);

/* An output of this shape. Where the file holds a tensor of that name it is judged, and must have
 * the same shape; `whole` for whole numbers. Never NULL. The prefix "unjudged" is for what a
 * kernel writes beside something that the file asks for. */
case_output *case_expect(conformance_case *c, const char *prefix, int i, extents shape,
                         bool whole);

/* grad_input_i, shaped like input i; NULL where the file does not hold it. */
case_output *case_gradient(conformance_case *c, int i);

/* grad_output_0, which must have this shape; NULL where there is none. */
const float *case_upstream(conformance_case *c, extents shape);

/* The value of each element of truth, rounded to float, and the error, in units of u, that the
 * bound allows a float in its place. */
float *case_rounded(conformance_case *c, const exact *truth, ptrdiff_t count);
double *case_errors(conformance_case *c, const exact *truth, ptrdiff_t count);

/* One rounding of each value, in units of u. */
double *case_one_rounding(conformance_case *c, const exact *truth, ptrdiff_t count);

/* How far a number moves when it becomes a float. */
double case_float_error(double x);

/* ---- Running ---- */

/* True if the row is to be run here; outputs are then poisoned. */
bool case_wants(conformance_case *c, const variant_info *info);

/* Holds the outputs against the file after a row has run. */
void case_judge(conformance_case *c, const char *concept, const variant_info *info,
                status verdict);

/* Holds the reference's values against the file. */
void case_judge_reference(conformance_case *c, const char *concept);

/* ---- The handlers ---- */

typedef void case_handler(conformance_case *c);

case_handler case_onnx_conv, case_onnx_max_pool, case_onnx_average_pool, case_onnx_global_average,
    case_onnx_global_max, case_onnx_pad, case_onnx_gemm, case_matmul, case_onnx_softmax,
    case_onnx_log_softmax, case_onnx_nll, case_onnx_cross_entropy, case_onnx_batch_norm,
    case_onnx_dropout, case_flatten, case_concat, case_onnx_add, case_onnx_sum, case_relu,
    case_onnx_leaky_relu, case_sigmoid, case_tanh, case_onnx_adam, case_onnx_momentum;

case_handler case_torch_conv1d, case_torch_conv2d, case_torch_max_pool1d, case_torch_max_pool2d,
    case_torch_avg_pool1d, case_torch_avg_pool2d, case_torch_pad, case_torch_linear,
    case_torch_softmax, case_torch_log_softmax, case_torch_nll, case_torch_cross_entropy,
    case_torch_mse, case_torch_batch_norm, case_torch_dropout, case_torch_add,
    case_torch_leaky_relu, case_torch_adam, case_torch_sgd;

#endif
