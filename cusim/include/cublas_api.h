/* cublas_api.h: what cublas_v2.h has. */
#ifndef CUSIM_CUBLAS_API_H
#define CUSIM_CUBLAS_API_H

#include "cublas_v2.h"

#endif
