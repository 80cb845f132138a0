/* cu_refuse.c: what belongs to CUDA but not to cusim, by name. */
#include <string.h>

#include "cusim/compiler/cu_unit.h"

typedef struct {
    const char *name;
    const char *after;          /* only before this sign; NULL: anywhere */
    const char *what;
} refusal;

static const char texture[] = "texture memory", surface[] = "surface memory",
                  array[] = "arrays for textures", cluster[] = "clusters of thread blocks",
                  driver[] = "the driver API", bulk[] = "bulk copies", wide[] = "128-bit atomics",
                  dynamic[] = "dynamic parallelism", legacy[] = "removed since CUDA 9; "
                  "write the form that ends in _sync";

static const refusal refusals[] = {
    { "tex1D", NULL, texture }, { "tex1Dfetch", NULL, texture }, { "tex1DLod", NULL, texture },
    { "tex1DLayered", NULL, texture }, { "tex2D", NULL, texture }, { "tex2DLod", NULL, texture },
    { "tex2DLayered", NULL, texture }, { "tex2Dgather", NULL, texture },
    { "tex3D", NULL, texture }, { "tex3DLod", NULL, texture }, { "texCubemap", NULL, texture },
    { "texture", "<", texture }, { "cudaTextureObject_t", NULL, texture },
    { "cudaCreateTextureObject", NULL, texture }, { "cudaBindTexture", NULL, texture },
    { "cudaBindTexture2D", NULL, texture }, { "cudaBindTextureToArray", NULL, texture },
    { "cudaDestroyTextureObject", NULL, texture }, { "cudaTextureDesc", NULL, texture },
    { "surf1Dread", NULL, surface }, { "surf1Dwrite", NULL, surface },
    { "surf2Dread", NULL, surface }, { "surf2Dwrite", NULL, surface },
    { "surf3Dread", NULL, surface }, { "surf3Dwrite", NULL, surface },
    { "surface", "<", surface }, { "cudaSurfaceObject_t", NULL, surface },
    { "cudaCreateSurfaceObject", NULL, surface }, { "cudaBindSurfaceToArray", NULL, surface },
    { "cudaMallocArray", NULL, array }, { "cudaMalloc3DArray", NULL, array },
    { "cudaFreeArray", NULL, array }, { "cudaMemcpyToArray", NULL, array },
    { "cudaMemcpy2DToArray", NULL, array }, { "cudaMemcpyFromArray", NULL, array },
    { "cudaMemcpy2DFromArray", NULL, array }, { "cudaMallocMipmappedArray", NULL, array },
    { "__cluster_dims__", NULL, cluster }, { "cluster_group", NULL, cluster },
    { "this_cluster", NULL, cluster }, { "clusterIdx", NULL, cluster },
    { "clusterDim", NULL, cluster }, { "__clusterIdx", NULL, cluster },
    { "cudaLaunchAttributeClusterDimension", NULL, cluster },
    { "cudaOccupancyMaxActiveClusters", NULL, cluster },
    { "cuInit", NULL, driver }, { "cuDeviceGet", NULL, driver }, { "cuCtxCreate", NULL, driver },
    { "cuModuleLoad", NULL, driver }, { "cuModuleLoadData", NULL, driver },
    { "cuModuleLoadDataEx", NULL, driver }, { "cuModuleGetFunction", NULL, driver },
    { "cuLaunchKernel", NULL, driver }, { "cuMemAlloc", NULL, driver },
    { "cuMemcpyHtoD", NULL, driver }, { "cuMemcpyDtoH", NULL, driver },
    { "cuMemFree", NULL, driver }, { "cuTensorMapEncodeTiled", NULL, bulk },
    { "CUtensorMap", NULL, bulk }, { "cp_async_bulk", NULL, bulk },
    { "__nv_atomic_exchange_n", NULL, wide },
    { "cudaLaunchDevice", NULL, dynamic }, { "cudaLaunchDeviceV2", NULL, dynamic },
    { "cudaStreamFireAndForget", NULL, dynamic }, { "cudaStreamTailLaunch", NULL, dynamic },
    { "thrust", "::", "the Thrust library" }, { "cub", "::", "the CUB library" },
    { "cutlass", "::", "the CUTLASS library" }, { "cute", "::", "the CuTe library" },
    { "__shfl", "(", legacy }, { "__shfl_up", "(", legacy }, { "__shfl_down", "(", legacy },
    { "__shfl_xor", "(", legacy }, { "__any", "(", legacy }, { "__all", "(", legacy },
    { "__ballot", "(", legacy },
};

void cu_refuse(cu_unit *u, int i)
{
    const cu_token *const t = u->t + i;

    if (u->dry || (i > 0 && (cu_is(t - 1, ".") || cu_is(t - 1, "->"))))
        return;
    for (size_t n = 0; n < sizeof refusals / sizeof *refusals; n++) {
        const refusal *const r = &refusals[n];
        if (*t->text == *r->name && cu_is(t, r->name) && (!r->after || cu_is(t + 1, r->after))) {
            cu_error(u, t, "cusim does not cover '%s' (%s)", r->name, r->what);
            return;
        }
    }
}
