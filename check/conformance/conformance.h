/* conformance.h: other people's tests: cases that this project did not compute.
 *
 * A case is one safetensors file: input_0, input_1, ..., what an operator must make of them
 * (output_0, ...), and, where there is a grad_output_0, the gradients grad_input_i that belong to
 * it. The metadata says `op`, `attributes` (a JSON object) and, for ONNX, `opset`, `inputs` and
 * `outputs`. An op that begins with "torch." has PyTorch's arguments, any other ONNX attributes.
 *
 * Every host variant of the op's concept is run on the inputs, and so is the reference. A kernel
 * may differ from the file by what rounding explains (the bound of check.h; where the file holds
 * float32 numbers, which somebody else had to round as well, by twice that), the reference from
 * float64 numbers by 1e-11 of their magnitude. */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include <stddef.h>

#include "data/safetensors.h"
#include "kernels/core/status.h"

enum { CONFORMANCE_MAX_FAILURES = 64 };

typedef enum {
    CONFORMANCE_PASSED,     /* the reference and every variant run gave what the file says */
    CONFORMANCE_FAILED,
    CONFORMANCE_SKIPPED,    /* cannot be expressed here; `reason` says why */
    CONFORMANCE_MALFORMED   /* no case, or not one that makes sense; `reason` says where */
} conformance_outcome;

/* One tensor that one variant got wrong. */
typedef struct {
    char variant[48];       /* "conv2d/im2col"; "conv2d/reference" */
    char tensor[32];        /* "grad_input_1" */
    int rank;
    ptrdiff_t coordinate[SAFETENSORS_MAX_RANK]; /* of the worst element */
    double got, want, allowed;
    ptrdiff_t wrong, count; /* elements beyond what is allowed, of how many */
    char note[160];         /* what failed, where it is no single element; else "" */
} conformance_failure;

typedef struct {
    conformance_outcome outcome;
    char op[64];            /* "" where the file does not say */
    char reason[512];       /* of skipping, or what is malformed; else "" */
    int runs;               /* variants that were run and judged */
    int failure_count;      /* those beyond CONFORMANCE_MAX_FAILURES are not kept */
    conformance_failure failure[CONFORMANCE_MAX_FAILURES];
} conformance_result;

/* Runs one case. `variant` names the only variant to run; NULL runs all of them. */
void conformance_run(const char *path, const char *variant, conformance_result *result);

/* One line: the variant, the tensor, the worst element, what is there and what belongs there. */
void conformance_describe(const conformance_failure *failure, char *text, size_t size);

/* The case files below the given folders, recursively, each folder's sorted by name; a path that
 * is a file stands for itself. On STATUS_OK *paths is a list of *count paths, to be released with
 * conformance_paths_free(). STATUS_IO (no such folder, not readable, no case at all) or
 * STATUS_MEMORY otherwise, said in *error. */
status conformance_paths(int root_count, const char *const *roots, char ***paths,
                         ptrdiff_t *count, file_error *error);
void conformance_paths_free(char **paths, ptrdiff_t count);

#endif
