/* builtin_types.h: vector types and those of the runtime API. */
#ifndef CUSIM_BUILTIN_TYPES_H
#define CUSIM_BUILTIN_TYPES_H

#include "cuda_runtime_api.h"

#endif
