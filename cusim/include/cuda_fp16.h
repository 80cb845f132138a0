/* cuda_fp16.h: half and half2. */
#ifndef CUSIM_CUDA_FP16_H
#define CUSIM_CUDA_FP16_H

#include "cuda_runtime.h"
#include "cusim/small_float.h"

#define CUSIM_HALF __half
#define CUSIM_HALF2 __half2
#define CUSIM_NAME half
#define CUSIM_FORMAT half_format
#include "cusim/half_template.inc"
#undef CUSIM_HALF
#undef CUSIM_HALF2
#undef CUSIM_NAME
#undef CUSIM_FORMAT

typedef __half half;
typedef __half2 half2;
typedef __half nv_half;
typedef __half2 nv_half2;

#endif
