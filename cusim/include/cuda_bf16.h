/* cuda_bf16.h: __nv_bfloat16 and __nv_bfloat162. */
#ifndef CUSIM_CUDA_BF16_H
#define CUSIM_CUDA_BF16_H

#include "cuda_runtime.h"
#include "cusim/small_float.h"

#define CUSIM_HALF __nv_bfloat16
#define CUSIM_HALF2 __nv_bfloat162
#define CUSIM_NAME bfloat16
#define CUSIM_FORMAT bfloat16_format
#include "cusim/half_template.inc"
#undef CUSIM_HALF
#undef CUSIM_HALF2
#undef CUSIM_NAME
#undef CUSIM_FORMAT

typedef __nv_bfloat16 nv_bfloat16;
typedef __nv_bfloat162 nv_bfloat162;

#endif
