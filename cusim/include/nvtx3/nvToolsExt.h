/* nvtx3/nvToolsExt.h: marks for a profiler that is not there: they do nothing. */
#ifndef CUSIM_NVTOOLSEXT_H
#define CUSIM_NVTOOLSEXT_H

static inline int nvtxRangePushA(const char *name)
{
    (void)name;
    return 0;
}
static inline int nvtxRangePop(void) { return 0; }
static inline void nvtxMarkA(const char *name) { (void)name; }
#define nvtxRangePush nvtxRangePushA
#define nvtxMark nvtxMarkA

#endif
