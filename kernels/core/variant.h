/* variant.h: what every row of every concept's table of variants has in common.
 *
 * A concept (kernels/conv2d/, ...) keeps one table of its variants, plainest first, fastest last
 * within a space. The first member of each row is a variant_info, so that a check, a benchmark or a
 * lesson can walk any table without knowing the concept. */
#ifndef VARIANT_H
#define VARIANT_H

typedef enum {
    SPACE_HOST,     /* pointers are host memory */
    SPACE_CUDA      /* pointers are device memory; run by a GPU, or by cusim where there is none */
} variant_space;

typedef enum {
    PRECISION_FP32, /* 24-bit significands throughout */
    PRECISION_TF32, /* factors of products rounded to 11 bits, sums in fp32 */
    PRECISION_TF32X3, /* factors split into two tf32 halves, the product of the low ones left out */
    PRECISION_BF16  /* factors of products rounded to 8 bits, sums in fp32 */
} variant_precision;

typedef struct {
    const char *name;   /* "im2col", as typed on the command line */
    variant_space space;
    variant_precision precision;
    const char *idea;   /* one line for lists and plots */
} variant_info;

/* Unit roundoff: the largest relative error of one rounding to nearest. */
static inline double precision_roundoff(variant_precision p)
{
    switch (p) {
    case PRECISION_TF32: return 0x1p-11;
    case PRECISION_TF32X3: return 0x1.8p-22;    /* two low halves rounded, one product dropped */
    case PRECISION_BF16: return 0x1p-8;
    case PRECISION_FP32: break;
    }
    return 0x1p-24;
}

#endif
