/* concat.h: joins tensors along one axis.
 *
 *   y[o][offset_k + e][i] = x_k[o][e][i]                offset_k = extent[0] + ... + extent[k - 1]
 *   dx_k[o][e][i] = dy[o][offset_k + e][i]
 *
 * Layout: float32, row major. Every axis before the joined one is folded into `outer`, every one
 *         after it into `inner`: x_k, dx_k [outer][extent[k]][inner], y, dy [outer][total][inner].
 * Cost:   no FLOP; 8 bytes per element.
 * Source: torch.cat; ONNX operator Concat. */
#ifndef CONCAT_H
#define CONCAT_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/core/status.h"
#include "kernels/core/variant.h"

enum { CONCAT_MAX_INPUTS = 16 };

typedef struct {
    int inputs;                                 /* 1 to CONCAT_MAX_INPUTS */
    int outer, inner;                           /* may be 0 */
    int extent[CONCAT_MAX_INPUTS];              /* along the joined axis; may be 0 */
    int total;                                  /* sum of extent; set by concat_shape_init */
} concat_shape;

/* Computes total. STATUS_SHAPE if inputs or an extent is out of range, the sum overflows int, or a
 * tensor would exceed PTRDIFF_MAX bytes. */
status concat_shape_init(concat_shape *s);

typedef struct {
    variant_info info;
    bool (*supports)(const concat_shape *s);    /* NULL: every shape */
    void (*forward)(const concat_shape *s, const float *const *x, float *y);
    void (*backward)(const concat_shape *s, const float *dy, float *const *dx);
} concat_variant;

extern const concat_variant concat_variants[];
extern const size_t concat_variant_count;

/* x and dx are arrays of `inputs` pointers in host memory. The caller owns every buffer; outputs
 * are overwritten and alias no input. Returns STATUS_OK, STATUS_SHAPE or STATUS_UNSUPPORTED. */
status concat_forward(const concat_variant *v, const concat_shape *s, const float *const *x,
                      float *y);
status concat_backward(const concat_variant *v, const concat_shape *s, const float *dy,
                       float *const *dx);

#endif
