/* nvtx3/nvToolsExtCudaRt.h: names for streams and events, which nobody would see. */
#ifndef CUSIM_NVTOOLSEXTCUDART_H
#define CUSIM_NVTOOLSEXTCUDART_H

#include "nvToolsExt.h"

#define nvtxNameCudaStreamA(stream, name) ((void)(stream), (void)(name))
#define nvtxNameCudaEventA(event, name) ((void)(event), (void)(name))

#endif
