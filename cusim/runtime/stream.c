/* stream.c: streams, events, and what goes into them.
 *
 * A stream does at once what it is given, so there is nothing to wait for; only capture makes a
 * difference between streams. The default stream, whatever the program calls it (0, legacy, per
 * thread), is one stream. A capture spreads to another stream as in CUDA: by waiting for an event
 * that was recorded in a stream being captured. */
#include <stdlib.h>
#include <time.h>

#include "cusim/runtime/machine.h"

struct CUstream_st {
    struct CUstream_st *next;
    unsigned flags;
    int priority;
    struct CUgraph_st *capture;         /* NULL: not being captured */
    cudaStreamCaptureMode mode;
    bool origin;                        /* the capture began here */
    bool invalid;                       /* the capture was broken by a forbidden call */
};

struct CUevent_st {
    struct CUevent_st *next;
    unsigned flags;
    bool recorded;
    struct timespec when;
    struct CUgraph_st *capture;         /* recorded in a capture, not in time */
};

enum { LEAST_PRIORITY = 0, GREATEST_PRIORITY = -5 };

static struct CUstream_st default_stream;       /* not in the list */
static struct CUstream_st *streams;
static struct CUevent_st *events;

/* NULL: no such stream. */
static struct CUstream_st *stream_of(cudaStream_t stream)
{
    CUSIM_LOCKED;
    struct CUstream_st *s = streams;

    if (stream == NULL || stream == cudaStreamLegacy || stream == cudaStreamPerThread)
        return &default_stream;
    while (s && s != stream)
        s = s->next;
    return s;
}

static bool event_known(cudaEvent_t event)
{
    CUSIM_LOCKED;
    struct CUevent_st *e = events;

    while (e && e != event)
        e = e->next;
    return e != NULL;
}

cudaError_t cusim_stream_valid(cudaStream_t stream)
{
    return stream_of(stream) ? cudaSuccess : cudaErrorInvalidResourceHandle;
}

/* ---- Capture ---- */

struct CUgraph_st *cusim_capturing(cudaStream_t stream)
{
    const struct CUstream_st *const s = stream_of(stream);

    return s ? s->capture : NULL;
}

static void invalidate(const struct CUgraph_st *capture)
{
    if (default_stream.capture == capture)
        default_stream.invalid = true;
    for (struct CUstream_st *s = streams; s; s = s->next)
        if (s->capture == capture)
            s->invalid = true;
}

cudaError_t cusim_capture_forbids(void)
{
    CUSIM_LOCKED;
    struct CUstream_st *s = default_stream.capture ? &default_stream : streams;

    while (s && !(s->capture && s->mode != cudaStreamCaptureModeRelaxed))
        s = s == &default_stream ? streams : s->next;
    if (!s)
        return cudaSuccess;
    invalidate(s->capture);
    return cudaErrorStreamCaptureUnsupported;
}

cudaError_t cusim_submit(cudaStream_t stream, cusim_node *node)
{
    CUSIM_LOCKED;
    struct CUstream_st *const s = stream_of(stream);
    cudaError_t error = s ? cudaSuccess : cudaErrorInvalidResourceHandle;

    if (s && s->capture) {
        if (s->invalid)
            error = cudaErrorStreamCaptureInvalidated;
        else
            return cusim_graph_follow(s->capture, node) ? cudaSuccess : cudaErrorMemoryAllocation;
    }
    if (error == cudaSuccess)
        error = node->run(node);
    if (node->destroy)
        node->destroy(node);
    return error;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode)
{
    struct CUstream_st *const s = stream_of(stream);

    if (!s)
        return cusim_done(cudaErrorInvalidResourceHandle);
    if (stream == cudaStreamLegacy)
        return cusim_done(cudaErrorStreamCaptureUnsupported);
    if (s->capture)
        return cusim_done(cudaErrorIllegalState);
    if (mode < cudaStreamCaptureModeGlobal || mode > cudaStreamCaptureModeRelaxed)
        return cusim_done(cudaErrorInvalidValue);
    s->capture = cusim_graph_new();
    s->mode = mode;
    s->origin = true;
    s->invalid = false;
    return cusim_done(s->capture ? cudaSuccess : cudaErrorMemoryAllocation);
}

/* Leaves every stream that takes part, and forgets events recorded in it. */
static void end_capture(const struct CUgraph_st *capture)
{
    CUSIM_LOCKED;
    if (default_stream.capture == capture)
        default_stream.capture = NULL;
    for (struct CUstream_st *s = streams; s; s = s->next)
        if (s->capture == capture)
            s->capture = NULL;
    for (struct CUevent_st *e = events; e; e = e->next)
        if (e->capture == capture)
            e->capture = NULL;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph)
{
    struct CUstream_st *const s = stream_of(stream);

    if (!s || !CUSIM_TAKES(graph))
        return cusim_done(s ? cudaErrorInvalidValue : cudaErrorInvalidResourceHandle);
    *graph = NULL;
    if (!s->capture)
        return cusim_done(cudaErrorIllegalState);
    if (!s->origin)
        return cusim_done(cudaErrorStreamCaptureUnmatched);
    struct CUgraph_st *const captured = s->capture;
    const bool invalid = s->invalid;
    end_capture(captured);
    if (invalid) {
        cusim_graph_free(captured);
        return cusim_done(cudaErrorStreamCaptureInvalidated);
    }
    *graph = captured;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus *status)
{
    const struct CUstream_st *const s = stream_of(stream);

    if (!s || !CUSIM_TAKES(status))
        return cusim_done(s ? cudaErrorInvalidValue : cudaErrorInvalidResourceHandle);
    *status = !s->capture ? cudaStreamCaptureStatusNone
              : s->invalid ? cudaStreamCaptureStatusInvalidated : cudaStreamCaptureStatusActive;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode *mode)
{
    static _Thread_local cudaStreamCaptureMode current = cudaStreamCaptureModeGlobal;

    if (!CUSIM_TAKES(mode))
        return cusim_done(cudaErrorInvalidValue);
    const cudaStreamCaptureMode old = current;
    current = *mode;
    *mode = old;
    return cusim_done(cudaSuccess);
}

/* ---- Streams ---- */

cudaError_t cudaStreamCreateWithPriority(cudaStream_t *stream, unsigned flags, int priority)
{
    if (!CUSIM_TAKES(stream) || (flags & ~(unsigned)cudaStreamNonBlocking))
        return cusim_done(cudaErrorInvalidValue);
    struct CUstream_st *const s = calloc(1, sizeof *s);
    if (!s)
        return cusim_done(cudaErrorMemoryAllocation);
    s->flags = flags;
    s->priority = priority < GREATEST_PRIORITY ? GREATEST_PRIORITY
                  : priority > LEAST_PRIORITY ? LEAST_PRIORITY : priority;
    CUSIM_LOCKED;
    s->next = streams;
    *stream = streams = s;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags)
{
    return cudaStreamCreateWithPriority(stream, flags, LEAST_PRIORITY);
}

cudaError_t cudaStreamCreate(cudaStream_t *stream)
{
    return cudaStreamCreateWithPriority(stream, cudaStreamDefault, LEAST_PRIORITY);
}

cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    CUSIM_LOCKED;
    struct CUstream_st **at = &streams;

    while (*at && *at != stream)
        at = &(*at)->next;
    if (!*at)
        return cusim_done(cudaErrorInvalidResourceHandle);
    struct CUgraph_st *const capture = stream->capture;
    if (capture && stream->origin) {
        end_capture(capture);
        cusim_graph_free(capture);
    }
    *at = stream->next;
    free(stream);
    return cusim_done(cudaSuccess);
}

/* Waiting for a stream that is being captured breaks the capture. */
static cudaError_t wait_for(cudaStream_t stream)
{
    const struct CUstream_st *const s = stream_of(stream);

    if (!s)
        return cusim_done(cudaErrorInvalidResourceHandle);
    if (!s->capture)
        return cusim_done(cudaSuccess);
    invalidate(s->capture);
    return cusim_done(cudaErrorStreamCaptureUnsupported);
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    return wait_for(stream);
}

cudaError_t cudaStreamQuery(cudaStream_t stream)
{
    return wait_for(stream);
}

cudaError_t cudaStreamGetFlags(cudaStream_t stream, unsigned *flags)
{
    const struct CUstream_st *const s = stream_of(stream);

    if (!s || !CUSIM_TAKES(flags))
        return cusim_done(s ? cudaErrorInvalidValue : cudaErrorInvalidResourceHandle);
    *flags = s->flags;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaStreamGetPriority(cudaStream_t stream, int *priority)
{
    const struct CUstream_st *const s = stream_of(stream);

    if (!s || !CUSIM_TAKES(priority))
        return cusim_done(s ? cudaErrorInvalidValue : cudaErrorInvalidResourceHandle);
    *priority = s->priority;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaDeviceGetStreamPriorityRange(int *least, int *greatest)
{
    if (CUSIM_TAKES(least))
        *least = LEAST_PRIORITY;
    if (CUSIM_TAKES(greatest))
        *greatest = GREATEST_PRIORITY;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags)
{
    struct CUstream_st *const s = stream_of(stream);

    (void)flags;
    if (!s || !event_known(event))
        return cusim_done(cudaErrorInvalidResourceHandle);
    if (event->capture && s->capture && s->capture != event->capture)
        return cusim_done(cudaErrorStreamCaptureMerge);
    if (!event->capture && s->capture && event->recorded)
        return cusim_done(cudaErrorStreamCaptureIsolation);
    if (event->capture && !s->capture) {
        s->capture = event->capture;
        s->mode = cudaStreamCaptureModeGlobal;
        s->origin = s->invalid = false;
    }
    return cusim_done(cudaSuccess);
}

/* ---- Functions of the host in a stream ---- */

typedef struct {
    cusim_node node;
    cudaHostFn_t function;
    cudaStreamCallback_t callback;              /* instead of function */
    cudaStream_t stream;
    void *user_data;
} host_node;

static cudaError_t run_host(cusim_node *node)
{
    const host_node *const h = (const host_node *)node;

    if (cusim_sticky)
        return cusim_sticky;
    if (h->callback)
        h->callback(h->stream, cudaSuccess, h->user_data);
    else
        h->function(h->user_data);
    return cudaSuccess;
}

static const cusim_node node_of_host = {
    .type = cudaGraphNodeTypeHost, .bytes = sizeof(host_node), .run = run_host
};

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void *user_data)
{
    host_node h = { .node = node_of_host, .function = function, .user_data = user_data };

    return cusim_done(function ? cusim_submit(stream, &h.node) : cudaErrorInvalidValue);
}

cudaError_t cudaStreamAddCallback(cudaStream_t stream, cudaStreamCallback_t callback,
                                  void *user_data, unsigned flags)
{
    host_node h = { .node = node_of_host, .callback = callback, .stream = stream,
                    .user_data = user_data };

    if (!callback || flags != 0)
        return cusim_done(cudaErrorInvalidValue);
    if (cusim_capturing(stream))
        return cusim_done(cudaErrorStreamCaptureUnsupported);
    return cusim_done(cusim_submit(stream, &h.node));
}

cudaError_t cudaGraphAddHostNode(cudaGraphNode_t *node, cudaGraph_t graph,
                                 const cudaGraphNode_t *after, size_t after_count,
                                 const cudaHostNodeParams *params)
{
    host_node h = { .node = node_of_host };

    if (!params || !params->fn)
        return cusim_done(cudaErrorInvalidValue);
    h.function = params->fn;
    h.user_data = params->userData;
    return cusim_done(cusim_graph_add(node, graph, after, after_count, &h.node));
}

/* ---- Events ---- */

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags)
{
    if (!CUSIM_TAKES(event))
        return cusim_done(cudaErrorInvalidValue);
    struct CUevent_st *const e = calloc(1, sizeof *e);
    if (!e)
        return cusim_done(cudaErrorMemoryAllocation);
    e->flags = flags;
    CUSIM_LOCKED;
    e->next = events;
    *event = events = e;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaEventCreate(cudaEvent_t *event)
{
    return cudaEventCreateWithFlags(event, cudaEventDefault);
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    CUSIM_LOCKED;
    struct CUevent_st **at = &events;

    while (*at && *at != event)
        at = &(*at)->next;
    if (!*at)
        return cusim_done(cudaErrorInvalidResourceHandle);
    *at = event->next;
    free(event);
    return cusim_done(cudaSuccess);
}

cudaError_t cudaEventRecordWithFlags(cudaEvent_t event, cudaStream_t stream, unsigned flags)
{
    const struct CUstream_st *const s = stream_of(stream);

    (void)flags;
    if (!s || !event_known(event))
        return cusim_done(cudaErrorInvalidResourceHandle);
    event->capture = s->capture;
    if (!s->capture) {
        event->recorded = true;
        clock_gettime(CLOCK_MONOTONIC, &event->when);
    }
    return cusim_done(cudaSuccess);
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
{
    return cudaEventRecordWithFlags(event, stream, cudaEventRecordDefault);
}

static cudaError_t event_error(cudaEvent_t event)
{
    if (!event_known(event))
        return cudaErrorInvalidResourceHandle;
    return event->capture ? cudaErrorCapturedEvent : cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
    return cusim_done(event_error(event));
}

cudaError_t cudaEventQuery(cudaEvent_t event)
{
    return cusim_done(event_error(event));
}

cudaError_t cudaEventElapsedTime(float *time_ms, cudaEvent_t start, cudaEvent_t end)
{
    const float shortest_ms = 1e-3f;            /* two events are never at the same time */
    cudaError_t error = event_error(start);

    if (error == cudaSuccess)
        error = event_error(end);
    if (error == cudaSuccess && !CUSIM_TAKES(time_ms))
        error = cudaErrorInvalidValue;
    if (error == cudaSuccess &&
        (!start->recorded || !end->recorded ||
         ((start->flags | end->flags) & cudaEventDisableTiming)))
        error = cudaErrorInvalidResourceHandle;
    if (error != cudaSuccess)
        return cusim_done(error);
    const double ms = (double)(end->when.tv_sec - start->when.tv_sec) * 1e3 +
                      (double)(end->when.tv_nsec - start->when.tv_nsec) * 1e-6;
    *time_ms = ms >= 0.0 && ms < (double)shortest_ms ? shortest_ms : (float)ms;
    return cusim_done(cudaSuccess);
}

void cusim_streams_reset(void)
{
    while (streams)
        (void)cudaStreamDestroy(streams);
    while (events)
        (void)cudaEventDestroy(events);
    if (default_stream.capture) {
        cusim_graph_free(default_stream.capture);
        default_stream.capture = NULL;
    }
}
