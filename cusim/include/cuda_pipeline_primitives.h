/* cuda_pipeline_primitives.h: what cuda_pipeline.h has. */
#ifndef CUSIM_CUDA_PIPELINE_PRIMITIVES_H
#define CUSIM_CUDA_PIPELINE_PRIMITIVES_H

#include "cuda_pipeline.h"

#endif
