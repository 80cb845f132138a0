/* api_copy.c: the CUDA runtime API: copies and fills.
 *
 * All of them are one operation: rows of bytes, with a pitch between them and a pitch between
 * slices. Each row is checked against the allocation that its pointer lies in, the kind of a copy
 * against where the pointers lead. */
#include <stdio.h>
#include <string.h>

#include "cusim/runtime/machine.h"

/* ---- Checks ---- */

static cudaError_t refuse(const cusim_copy_node *c, const void *p, size_t bytes, const char *role,
                          const char *wanted)
{
    char text[200];

    if (cusim_set.check) {
        cusim_place_text(p, bytes, text, sizeof text);
        cusim_find(CUSIM_BAD_COPY, (const char *)c->caller - 1, NULL, 0, -1,
                   "%s of %zu bytes: the %s %p %s%s%s", c->what, bytes, role, p,
                   wanted ? wanted : "is ", wanted ? ", but is " : "", text);
    }
    return cudaErrorInvalidValue;
}

/* The bytes from the first row to the end of the last. */
static size_t extent_of(const cusim_copy_node *c, size_t pitch, size_t slice)
{
    return (c->depth - 1) * slice + (c->height - 1) * pitch + c->width;
}

/* device, host: the kind says that the pointer leads there. */
static cudaError_t check_side(const cusim_copy_node *c, const void *p, size_t bytes,
                              const char *role, bool device, bool host)
{
    const cusim_place place = cusim_place_of(p, bytes);

    if (place == CUSIM_PLACE_BAD || !p)
        return refuse(c, p, bytes, role, NULL);
    if (device && place == CUSIM_PLACE_HOST)
        return refuse(c, p, bytes, role, "should be memory of the device");
    if (host && place == CUSIM_PLACE_DEVICE)
        return refuse(c, p, bytes, role, "should be memory of the host");
    return cudaSuccess;
}

static cudaError_t check_copy(const cusim_copy_node *c)
{
    const size_t to_bytes = extent_of(c, c->to_pitch, c->to_slice);
    const bool to_device = c->is_fill || c->kind == cudaMemcpyHostToDevice ||
                           c->kind == cudaMemcpyDeviceToDevice;
    const bool from_device = c->kind == cudaMemcpyDeviceToHost ||
                             c->kind == cudaMemcpyDeviceToDevice;
    const bool given = c->kind != cudaMemcpyDefault;
    cudaError_t error = check_side(c, c->to, to_bytes, "destination", to_device,
                                   given && !to_device);

    if (error == cudaSuccess && !c->is_fill)
        error = check_side(c, c->from, extent_of(c, c->from_pitch, c->from_slice), "source",
                           from_device, given && !from_device);
    return error;
}

/* ---- The work ---- */

static bool seen_by_device(cusim_place place)
{
    return place == CUSIM_PLACE_DEVICE || place == CUSIM_PLACE_BOTH;
}

static void fill_row(const cusim_copy_node *c, unsigned char *to)
{
    if (c->element == 1) {
        memset(to, (int)c->value, c->width);
        return;
    }
    for (size_t i = 0; i < c->width; i += c->element)
        memcpy(to + i, &c->value, c->element);  /* low bytes first */
}

static void do_row(const cusim_copy_node *c, unsigned char *to, const unsigned char *from)
{
    cusim_wall(to, c->width, cusim_entry, c->caller);
    const bool to_device = cusim_set.check && seen_by_device(cusim_place_of(to, c->width));

    if (c->is_fill) {
        fill_row(c, to);
    } else {
        if (cusim_set.check && !to_device && seen_by_device(cusim_place_of(from, c->width)))
            cusim_check_host_reads(from, c->width, c->caller);
        memmove(to, from, c->width);
    }
    if (to_device)
        cusim_check_host_wrote(to, c->width);
}

static cudaError_t run_copy(cusim_node *node)
{
    const cusim_copy_node *const c = (const cusim_copy_node *)node;
    const cudaError_t error = check_copy(c);    /* in a graph anew: memory may have been freed */

    if (cusim_sticky)
        return cusim_sticky;
    if (error != cudaSuccess)
        return error;
    for (size_t z = 0; z < c->depth; z++)
        for (size_t y = 0; y < c->height; y++)
            do_row(c, c->to + z * c->to_slice + y * c->to_pitch,
                   c->is_fill ? NULL : c->from + z * c->from_slice + y * c->from_pitch);
    return cudaSuccess;
}

/* 0, or the error; with *nothing true there is nothing to do. */
static cudaError_t shape_error(const cusim_copy_node *c, bool *nothing)
{
    *nothing = c->width == 0 || c->height == 0 || c->depth == 0;
    if (c->kind < cudaMemcpyHostToHost || c->kind > cudaMemcpyDefault)
        return cudaErrorInvalidMemcpyDirection;
    if (c->height > 1 && (c->to_pitch < c->width || (!c->is_fill && c->from_pitch < c->width)))
        return cudaErrorInvalidPitchValue;
    return cudaSuccess;
}

cudaError_t cusim_copy_prepare(cusim_copy_node *c)
{
    bool nothing;

    c->node = (cusim_node){ .type = c->is_fill ? cudaGraphNodeTypeMemset : cudaGraphNodeTypeMemcpy,
                            .bytes = sizeof *c, .run = run_copy };
    return shape_error(c, &nothing);
}

/* A copy that the host waits for (is_async false) may not be captured. */
static cudaError_t submit(cusim_copy_node c, bool is_async, cudaStream_t stream)
{
    bool nothing = false;
    cudaError_t error = cusim_stream_valid(stream);

    if (error == cudaSuccess && !is_async)
        error = cusim_capture_forbids();
    if (error == cudaSuccess)
        error = shape_error(&c, &nothing);
    if (error == cudaSuccess)
        error = cusim_copy_prepare(&c);
    if (error == cudaSuccess && !nothing)
        error = is_async ? cusim_submit(stream, &c.node) : run_copy(&c.node);
    return cusim_done(error);
}

static cusim_copy_node flat(void *to, const void *from, size_t bytes, cudaMemcpyKind kind)
{
    return (cusim_copy_node){ .to = to, .from = from, .width = bytes, .height = 1, .depth = 1,
                              .kind = kind, .element = 1 };
}

static cusim_copy_node filled(void *to, int value, size_t bytes)
{
    cusim_copy_node c = flat(to, NULL, bytes, cudaMemcpyHostToDevice);

    c.is_fill = true;
    c.value = (unsigned)value;
    return c;
}

/* Part of what is called, whose frame it notes. */
__attribute__((always_inline))
static inline cusim_copy_node told_as(cusim_copy_node c, const char *what, const void *caller)
{
    cusim_entry = CUSIM_FRAME;
    c.what = what;
    c.caller = caller;
    return c;
}

static cusim_copy_node in_rows(cusim_copy_node c, size_t to_pitch, size_t from_pitch, size_t height)
{
    c.to_pitch = to_pitch;
    c.from_pitch = from_pitch;
    c.height = height;
    return c;
}

/* ---- Copies ---- */

cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind kind)
{
    return submit(told_as(flat(to, from, bytes, kind), "cudaMemcpy", CUSIM_CALLER), false, NULL);
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream)
{
    return submit(told_as(flat(to, from, bytes, kind), "cudaMemcpyAsync", CUSIM_CALLER), true,
                  stream);
}

cudaError_t cudaMemcpy2D(void *to, size_t to_pitch, const void *from, size_t from_pitch,
                         size_t width, size_t height, cudaMemcpyKind kind)
{
    const cusim_copy_node c = told_as(flat(to, from, width, kind), "cudaMemcpy2D", CUSIM_CALLER);

    return submit(in_rows(c, to_pitch, from_pitch, height), false, NULL);
}

cudaError_t cudaMemcpy2DAsync(void *to, size_t to_pitch, const void *from, size_t from_pitch,
                              size_t width, size_t height, cudaMemcpyKind kind,
                              cudaStream_t stream)
{
    const cusim_copy_node c =
        told_as(flat(to, from, width, kind), "cudaMemcpy2DAsync", CUSIM_CALLER);

    return submit(in_rows(c, to_pitch, from_pitch, height), true, stream);
}

cusim_copy_node cusim_copy_3d(const cudaMemcpy3DParms *p)
{
    const cudaPitchedPtr to = p->dstPtr, from = p->srcPtr;
    const size_t to_slice = to.pitch * to.ysize, from_slice = from.pitch * from.ysize;
    const size_t to_offset = p->dstPos.z * to_slice + p->dstPos.y * to.pitch + p->dstPos.x;
    const size_t from_offset =
        p->srcPos.z * from_slice + p->srcPos.y * from.pitch + p->srcPos.x;
    cusim_copy_node c = flat((char *)to.ptr + to_offset, (char *)from.ptr + from_offset,
                             p->extent.width, p->kind);

    c = in_rows(c, to.pitch, from.pitch, p->extent.height);
    c.to_slice = to_slice;
    c.from_slice = from_slice;
    c.depth = p->extent.depth;
    return c;
}

__attribute__((always_inline))
static inline cudaError_t copy_3d(const cudaMemcpy3DParms *p, bool is_async, cudaStream_t stream,
                                  const void *caller)
{
    if (!p || p->srcArray || p->dstArray)
        return cusim_done(p ? cudaErrorNotSupported : cudaErrorInvalidValue);
    return submit(told_as(cusim_copy_3d(p), "cudaMemcpy3D", caller), is_async, stream);
}

cudaError_t cudaMemcpy3D(const cudaMemcpy3DParms *p)
{
    return copy_3d(p, false, NULL, CUSIM_CALLER);
}

cudaError_t cudaMemcpy3DAsync(const cudaMemcpy3DParms *p, cudaStream_t stream)
{
    return copy_3d(p, true, stream, CUSIM_CALLER);
}

cudaError_t cudaMemcpyPeerAsync(void *to, int to_device, const void *from, int from_device,
                                size_t bytes, cudaStream_t stream)
{
    if (to_device != 0 || from_device != 0)
        return cusim_done(cudaErrorInvalidDevice);
    return submit(told_as(flat(to, from, bytes, cudaMemcpyDeviceToDevice), "cudaMemcpyPeer",
                          CUSIM_CALLER), true, stream);
}

cudaError_t cudaMemcpyPeer(void *to, int to_device, const void *from, int from_device,
                           size_t bytes)
{
    if (to_device != 0 || from_device != 0)
        return cusim_done(cudaErrorInvalidDevice);
    return submit(told_as(flat(to, from, bytes, cudaMemcpyDeviceToDevice), "cudaMemcpyPeer",
                          CUSIM_CALLER), false, NULL);
}

/* ---- Fills ---- */

cudaError_t cudaMemset(void *p, int value, size_t bytes)
{
    return submit(told_as(filled(p, value, bytes), "cudaMemset", CUSIM_CALLER), false, NULL);
}

cudaError_t cudaMemsetAsync(void *p, int value, size_t bytes, cudaStream_t stream)
{
    return submit(told_as(filled(p, value, bytes), "cudaMemsetAsync", CUSIM_CALLER), true, stream);
}

cudaError_t cudaMemset2D(void *p, size_t pitch, int value, size_t width, size_t height)
{
    const cusim_copy_node c = told_as(filled(p, value, width), "cudaMemset2D", CUSIM_CALLER);

    return submit(in_rows(c, pitch, 0, height), false, NULL);
}

cudaError_t cudaMemset2DAsync(void *p, size_t pitch, int value, size_t width, size_t height,
                              cudaStream_t stream)
{
    const cusim_copy_node c = told_as(filled(p, value, width), "cudaMemset2DAsync", CUSIM_CALLER);

    return submit(in_rows(c, pitch, 0, height), true, stream);
}

cudaError_t cudaMemset3D(cudaPitchedPtr p, int value, cudaExtent extent)
{
    cusim_copy_node c = in_rows(filled(p.ptr, value, extent.width), p.pitch, 0, extent.height);

    c.to_slice = p.pitch * p.ysize;
    c.depth = extent.depth;
    return submit(told_as(c, "cudaMemset3D", CUSIM_CALLER), false, NULL);
}

/* ---- Symbols ---- */

static const cusim_variable *variable_of(const void *symbol)
{
    const cusim_variable *const v = cusim_variable_at(symbol);

    return v && v->address == symbol ? v : NULL;
}

/* Exactly one of to and from is the symbol. */
static cudaError_t copy_symbol(cusim_copy_node c, const void *symbol, size_t offset, bool is_async,
                               cudaStream_t stream)
{
    const cusim_variable *const v = variable_of(symbol);
    const bool to_symbol = c.to == symbol;

    if (!v)
        return cusim_done(cudaErrorInvalidSymbol);
    if (c.kind == (to_symbol ? cudaMemcpyDeviceToHost : cudaMemcpyHostToDevice))
        return cusim_done(cudaErrorInvalidMemcpyDirection);
    if (to_symbol)
        c.to += offset;
    else
        c.from += offset;
    if (offset > v->bytes || c.width > v->bytes - offset) {
        if (cusim_set.check)
            cusim_find(CUSIM_BAD_COPY, (const char *)c.caller - 1, NULL, 0, -1,
                       "%s of %zu bytes at offset %zu: the variable %s has %zu bytes", c.what,
                       c.width, offset, v->name, v->bytes);
        return cusim_done(cudaErrorInvalidValue);
    }
    return submit(c, is_async, stream);
}

cudaError_t cudaMemcpyToSymbol(const void *symbol, const void *from, size_t bytes, size_t offset,
                               cudaMemcpyKind kind)
{
    const cusim_copy_node c = flat((void *)(uintptr_t)symbol, from, bytes, kind);

    return copy_symbol(told_as(c, "cudaMemcpyToSymbol", CUSIM_CALLER), symbol, offset, false, NULL);
}

cudaError_t cudaMemcpyToSymbolAsync(const void *symbol, const void *from, size_t bytes,
                                    size_t offset, cudaMemcpyKind kind, cudaStream_t stream)
{
    const cusim_copy_node c = flat((void *)(uintptr_t)symbol, from, bytes, kind);

    return copy_symbol(told_as(c, "cudaMemcpyToSymbolAsync", CUSIM_CALLER), symbol, offset, true,
                       stream);
}

cudaError_t cudaMemcpyFromSymbol(void *to, const void *symbol, size_t bytes, size_t offset,
                                 cudaMemcpyKind kind)
{
    const cusim_copy_node c = flat(to, symbol, bytes, kind);

    return copy_symbol(told_as(c, "cudaMemcpyFromSymbol", CUSIM_CALLER), symbol, offset, false,
                       NULL);
}

cudaError_t cudaMemcpyFromSymbolAsync(void *to, const void *symbol, size_t bytes, size_t offset,
                                      cudaMemcpyKind kind, cudaStream_t stream)
{
    const cusim_copy_node c = flat(to, symbol, bytes, kind);

    return copy_symbol(told_as(c, "cudaMemcpyFromSymbolAsync", CUSIM_CALLER), symbol, offset, true,
                       stream);
}

cudaError_t cudaGetSymbolAddress(void **p, const void *symbol)
{
    const cusim_variable *const v = variable_of(symbol);

    if (!CUSIM_TAKES(p) || !v)
        return cusim_done(p ? cudaErrorInvalidSymbol : cudaErrorInvalidValue);
    *p = v->address;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaGetSymbolSize(size_t *bytes, const void *symbol)
{
    const cusim_variable *const v = variable_of(symbol);

    if (!CUSIM_TAKES(bytes) || !v)
        return cusim_done(bytes ? cudaErrorInvalidSymbol : cudaErrorInvalidValue);
    *bytes = v->bytes;
    return cusim_done(cudaSuccess);
}
