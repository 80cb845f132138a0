/* peer_cudnn.cu: cuDNN: convolution, average pooling, batch normalisation, softmax, on plain NCHW.
 *
 * Idea:   the functions that frameworks called for ten years, on our tensors as they are. For a
 *         convolution cuDNN tries its algorithms when the peer is opened, on memory of its own, and
 *         the fastest serves. A bias is added by cudnnAddTensor; its gradient is
 *         cudnnConvolutionBackwardBias. All of that is timed.
 * Equal precision: CUDNN_FMA_MATH computes in fp32; CUDNN_DEFAULT_MATH, which lets fp32 tensors be
 *         multiplied in tf32, is another row. Algorithms by Winograd or FFT are left out: they
 *         compute a window from sums and differences of its neighbours, so that an output whose
 *         terms are all 0 is not 0, which the engine rightly refuses. So are those that add in an
 *         order that changes from call to call.
 * Not done: max pooling, which here gives an index and there none; batches of 0, dilated or
 *         unevenly padded windows of pooling, unevenly padded convolutions.
 * Source: NVIDIA, "cuDNN", legacy API of version 9: cudnn_cnn, cudnn_ops. */
#include "bench/peers/peer_gpu.cuh"

#if __has_include(<cudnn.h>) && !defined __CUSIM__

#include <cudnn.h>
#include <stdio.h>
#include <stdlib.h>

extern "C" {
#include "kernels/batchnorm2d/batchnorm2d.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/pool2d/pool2d.h"
#include "kernels/softmax_ce/softmax_ce.h"
}

static const size_t MOST_WORKSPACE = (size_t)1 << 30;
static const float one = 1.0f, zero = 0.0f;

/* What any of the operations needs; unused ones are NULL. */
typedef struct {
    int pass;                                       /* number in the concept's table */
    cudnnHandle_t handle;
    cudnnTensorDescriptor_t x, y, channel;          /* channel: 1 x channels x 1 x 1 */
    cudnnFilterDescriptor_t w;
    cudnnConvolutionDescriptor_t convolution;
    cudnnPoolingDescriptor_t pooling;
    int algorithm;                                  /* of the pass's own enumeration */
    size_t workspace_bytes;
    void *workspace;
} cudnn_state;

static bool good(cudnnStatus_t s, const char *what)
{
    if (s != CUDNN_STATUS_SUCCESS)
        launch_failed(what, cudnnGetErrorString(s));
    return s == CUDNN_STATUS_SUCCESS;
}

static void close_state(void *state)
{
    cudnn_state *const s = (cudnn_state *)state;

    if (s->pooling)
        (void)good(cudnnDestroyPoolingDescriptor(s->pooling), "cudnnDestroyPoolingDescriptor");
    if (s->convolution)
        (void)good(cudnnDestroyConvolutionDescriptor(s->convolution),
                   "cudnnDestroyConvolutionDescriptor");
    if (s->w)
        (void)good(cudnnDestroyFilterDescriptor(s->w), "cudnnDestroyFilterDescriptor");
    for (cudnnTensorDescriptor_t tensor : { s->x, s->y, s->channel })
        if (tensor)
            (void)good(cudnnDestroyTensorDescriptor(tensor), "cudnnDestroyTensorDescriptor");
    if (s->handle)
        (void)good(cudnnDestroy(s->handle), "cudnnDestroy");
    device_free(s->workspace);
    free(s);
}

static bool set_tensor(cudnnTensorDescriptor_t *t, int n, int c, int h, int w)
{
    return good(cudnnCreateTensorDescriptor(t), "cudnnCreateTensorDescriptor") &&
           good(cudnnSetTensor4dDescriptor(*t, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, n, c, h, w),
                "cudnnSetTensor4dDescriptor");
}

static cudnn_state *open_state(int pass)
{
    cudnn_state *const s = (cudnn_state *)calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->pass = pass;
    if (good(cudnnCreate(&s->handle), "cudnnCreate") &&
        good(cudnnSetStream(s->handle, cudaStreamPerThread), "cudnnSetStream"))
        return s;
    close_state(s);
    return NULL;
}

/* The state if everything went well so far, else NULL, and the failure is only "not supported". */
static void *opened(cudnn_state *s, bool well)
{
    if (well)
        return s;
    close_state(s);
    (void)launch_status();
    return NULL;
}

static float *floats(const check_problem *p, const char *name)
{
    return (float *)check_data(p, name);
}

/* ---- conv2d ---- */

enum { CONV_FORWARD, CONV_BACKWARD_DATA, CONV_BACKWARD_WEIGHTS };

/* Takes the first, fastest algorithm that succeeded with the wanted arithmetic, adds in a fixed
 * order, and is one of those allowed. */
template <class PERF>
static bool choose(cudnn_state *s, const PERF *tried, int count, cudnnMathType_t math,
                   unsigned allowed)
{
    for (int i = 0; i < count; i++)
        if (tried[i].status == CUDNN_STATUS_SUCCESS && tried[i].mathType == math &&
            tried[i].determinism == CUDNN_DETERMINISTIC && tried[i].memory <= MOST_WORKSPACE &&
            (allowed >> tried[i].algo & 1)) {
            s->algorithm = (int)tried[i].algo;
            s->workspace_bytes = tried[i].memory;
            return device_alloc(&s->workspace, s->workspace_bytes) == STATUS_OK;
        }
    return false;
}

static bool choose_forward(cudnn_state *s, cudnnMathType_t math)
{
    cudnnConvolutionFwdAlgoPerf_t tried[2 * CUDNN_CONVOLUTION_FWD_ALGO_COUNT];
    const unsigned allowed = 1u << CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM |
                             1u << CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM |
                             1u << CUDNN_CONVOLUTION_FWD_ALGO_GEMM |
                             1u << CUDNN_CONVOLUTION_FWD_ALGO_DIRECT;
    int count = 0;

    return good(cudnnFindConvolutionForwardAlgorithm(s->handle, s->x, s->w, s->convolution, s->y,
                                                     2 * CUDNN_CONVOLUTION_FWD_ALGO_COUNT, &count,
                                                     tried),
                "cudnnFindConvolutionForwardAlgorithm") &&
           choose(s, tried, count, math, allowed);
}

static bool choose_backward_data(cudnn_state *s, cudnnMathType_t math)
{
    cudnnConvolutionBwdDataAlgoPerf_t tried[2 * CUDNN_CONVOLUTION_BWD_DATA_ALGO_COUNT];
    int count = 0;

    return good(cudnnFindConvolutionBackwardDataAlgorithm(
                    s->handle, s->w, s->y, s->convolution, s->x,
                    2 * CUDNN_CONVOLUTION_BWD_DATA_ALGO_COUNT, &count, tried),
                "cudnnFindConvolutionBackwardDataAlgorithm") &&
           choose(s, tried, count, math, 1u << CUDNN_CONVOLUTION_BWD_DATA_ALGO_1);
}

static bool choose_backward_weights(cudnn_state *s, cudnnMathType_t math)
{
    cudnnConvolutionBwdFilterAlgoPerf_t tried[2 * CUDNN_CONVOLUTION_BWD_FILTER_ALGO_COUNT];
    int count = 0;

    return good(cudnnFindConvolutionBackwardFilterAlgorithm(
                    s->handle, s->x, s->y, s->convolution, s->w,
                    2 * CUDNN_CONVOLUTION_BWD_FILTER_ALGO_COUNT, &count, tried),
                "cudnnFindConvolutionBackwardFilterAlgorithm") &&
           choose(s, tried, count, math, 1u << CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1);
}

static bool describe_convolution(cudnn_state *s, const conv2d_shape *c, cudnnMathType_t math)
{
    return set_tensor(&s->x, c->n, c->c, c->h, c->w) &&
           set_tensor(&s->y, c->n, c->oc, c->oh, c->ow) &&
           set_tensor(&s->channel, 1, c->oc, 1, 1) &&
           good(cudnnCreateFilterDescriptor(&s->w), "cudnnCreateFilterDescriptor") &&
           good(cudnnSetFilter4dDescriptor(s->w, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, c->oc,
                                           c->c / c->groups, c->kernel_h, c->kernel_w),
                "cudnnSetFilter4dDescriptor") &&
           good(cudnnCreateConvolutionDescriptor(&s->convolution),
                "cudnnCreateConvolutionDescriptor") &&
           good(cudnnSetConvolution2dDescriptor(s->convolution, c->pad_top, c->pad_left,
                                                c->stride_h, c->stride_w, c->dilation_h,
                                                c->dilation_w, CUDNN_CROSS_CORRELATION,
                                                CUDNN_DATA_FLOAT),
                "cudnnSetConvolution2dDescriptor") &&
           good(cudnnSetConvolutionGroupCount(s->convolution, c->groups),
                "cudnnSetConvolutionGroupCount") &&
           good(cudnnSetConvolutionMathType(s->convolution, math), "cudnnSetConvolutionMathType");
}

static void *open_conv2d_in(const check_problem *p, int pass, cudnnMathType_t math)
{
    const conv2d_shape *const c = (const conv2d_shape *)p->shape;

    if (c->n == 0 || c->pad_top != c->pad_bottom || c->pad_left != c->pad_right)
        return NULL;
    const int which = peer_gpu_pass_is(p, pass, "forward")         ? CONV_FORWARD
                      : peer_gpu_pass_is(p, pass, "backward_data") ? CONV_BACKWARD_DATA
                                                                   : CONV_BACKWARD_WEIGHTS;
    cudnn_state *const s = open_state(which);
    bool well = s && describe_convolution(s, c, math);

    switch (which) {
    case CONV_FORWARD: well = well && choose_forward(s, math); break;
    case CONV_BACKWARD_DATA: well = well && choose_backward_data(s, math); break;
    default: well = well && choose_backward_weights(s, math);
    }
    return s ? opened(s, well) : NULL;
}

static void *open_conv2d(const check_problem *p, int pass)
{
    return open_conv2d_in(p, pass, CUDNN_FMA_MATH);
}

static void *open_conv2d_tf32(const check_problem *p, int pass)
{
    return device_capability() < 80 ? NULL : open_conv2d_in(p, pass, CUDNN_DEFAULT_MATH);
}

static void run_conv2d(void *state, const check_problem *p)
{
    const cudnn_state *const s = (const cudnn_state *)state;
    const float *const x = floats(p, "x"), *const w = floats(p, "w"), *const b = floats(p, "b");
    const float *const dy = floats(p, "dy");
    float *const y = floats(p, "y"), *const db = floats(p, "db");

    switch (s->pass) {
    case CONV_FORWARD:
        if (good(cudnnConvolutionForward(s->handle, &one, s->x, x, s->w, w, s->convolution,
                                         (cudnnConvolutionFwdAlgo_t)s->algorithm, s->workspace,
                                         s->workspace_bytes, &zero, s->y, y),
                 "cudnnConvolutionForward") && b)
            (void)good(cudnnAddTensor(s->handle, &one, s->channel, b, &one, s->y, y),
                       "cudnnAddTensor");
        break;
    case CONV_BACKWARD_DATA:
        (void)good(cudnnConvolutionBackwardData(s->handle, &one, s->w, w, s->y, dy, s->convolution,
                                                (cudnnConvolutionBwdDataAlgo_t)s->algorithm,
                                                s->workspace, s->workspace_bytes, &zero, s->x,
                                                floats(p, "dx")),
                   "cudnnConvolutionBackwardData");
        break;
    default:
        if (good(cudnnConvolutionBackwardFilter(s->handle, &one, s->x, x, s->y, dy, s->convolution,
                                                (cudnnConvolutionBwdFilterAlgo_t)s->algorithm,
                                                s->workspace, s->workspace_bytes, &zero, s->w,
                                                floats(p, "dw")),
                 "cudnnConvolutionBackwardFilter") && db)
            (void)good(cudnnConvolutionBackwardBias(s->handle, &one, s->y, dy, &zero, s->channel,
                                                    db),
                       "cudnnConvolutionBackwardBias");
    }
}

/* ---- pool2d ---- */

enum { AVERAGE_FORWARD, AVERAGE_BACKWARD };

/* cuDNN rounds the output's extent down and divides by the whole window where padding counts: the
 * same as we where no window sticks out. */
static bool fits(int extent, int window, int stride, int pad, int other_pad, int output)
{
    return pad == other_pad && (extent + 2 * pad - window) / stride + 1 == output;
}

static void *open_pool2d(const check_problem *p, int pass)
{
    const pool2d_shape *const c = (const pool2d_shape *)p->shape;
    const bool forward = peer_gpu_pass_is(p, pass, "average_forward");

    if (c->n == 0 || (!forward && !peer_gpu_pass_is(p, pass, "average_backward")) ||
        c->dilation_h != 1 || c->dilation_w != 1 ||
        !fits(c->h, c->kernel_h, c->stride_h, c->pad_top, c->pad_bottom, c->oh) ||
        !fits(c->w, c->kernel_w, c->stride_w, c->pad_left, c->pad_right, c->ow))
        return NULL;
    cudnn_state *const s = open_state(forward ? AVERAGE_FORWARD : AVERAGE_BACKWARD);
    if (!s)
        return NULL;
    const bool well =
        set_tensor(&s->x, c->n, c->c, c->h, c->w) && set_tensor(&s->y, c->n, c->c, c->oh, c->ow) &&
        good(cudnnCreatePoolingDescriptor(&s->pooling), "cudnnCreatePoolingDescriptor") &&
        good(cudnnSetPooling2dDescriptor(s->pooling,
                                         c->count_include_pad
                                             ? CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING
                                             : CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING,
                                         CUDNN_PROPAGATE_NAN, c->kernel_h, c->kernel_w, c->pad_top,
                                         c->pad_left, c->stride_h, c->stride_w),
             "cudnnSetPooling2dDescriptor");
    return opened(s, well);
}

/* The backward function wants x and y, which an average does not read: ours are there. */
static void run_pool2d(void *state, const check_problem *p)
{
    const cudnn_state *const s = (const cudnn_state *)state;
    const float *const x = floats(p, "x"), *const dy = floats(p, "dy");
    float *const y = floats(p, "y"), *const dx = floats(p, "dx");

    if (s->pass == AVERAGE_FORWARD)
        (void)good(cudnnPoolingForward(s->handle, s->pooling, &one, s->x, x, &zero, s->y, y),
                   "cudnnPoolingForward");
    else
        (void)good(cudnnPoolingBackward(s->handle, s->pooling, &one, s->y, y, s->y, dy, s->x, x,
                                        &zero, s->x, dx),
                   "cudnnPoolingBackward");
}

/* ---- batchnorm2d ---- */

enum { TRAIN_FORWARD, TRAIN_BACKWARD, EVAL_FORWARD };

static void *open_batchnorm2d(const check_problem *p, int pass)
{
    const batchnorm2d_shape *const c = (const batchnorm2d_shape *)p->shape;
    const int which = peer_gpu_pass_is(p, pass, "train_forward")    ? TRAIN_FORWARD
                      : peer_gpu_pass_is(p, pass, "train_backward") ? TRAIN_BACKWARD
                      : peer_gpu_pass_is(p, pass, "eval_forward")   ? EVAL_FORWARD
                                                                    : -1;

    if (c->n == 0 || which < 0 || (double)c->eps < CUDNN_BN_MIN_EPSILON)
        return NULL;
    cudnn_state *const s = open_state(which);
    return s ? opened(s, set_tensor(&s->x, c->n, c->c, c->h, c->w) &&
                             set_tensor(&s->channel, 1, c->c, 1, 1))
             : NULL;
}

static void run_batchnorm2d(void *state, const check_problem *p)
{
    const cudnn_state *const s = (const cudnn_state *)state;
    const batchnorm2d_shape *const c = (const batchnorm2d_shape *)p->shape;
    const cudnnBatchNormMode_t mode = CUDNN_BATCHNORM_SPATIAL;
    const float *const x = floats(p, "x"), *const gamma = floats(p, "gamma");
    const float *const beta = floats(p, "beta");
    float *const y = floats(p, "y"), *const mean = floats(p, "running_mean");
    float *const var = floats(p, "running_var"), *const saved_mean = floats(p, "saved_mean");
    float *const saved_invstd = floats(p, "saved_invstd");

    switch (s->pass) {
    case TRAIN_FORWARD:
        (void)good(cudnnBatchNormalizationForwardTraining(
                       s->handle, mode, &one, &zero, s->x, x, s->x, y, s->channel, gamma, beta,
                       (double)c->momentum, mean, var, (double)c->eps, saved_mean, saved_invstd),
                   "cudnnBatchNormalizationForwardTraining");
        break;
    case TRAIN_BACKWARD:
        (void)good(cudnnBatchNormalizationBackward(
                       s->handle, mode, &one, &zero, &one, &zero, s->x, x, s->x, floats(p, "dy"),
                       s->x, floats(p, "dx"), s->channel, gamma, floats(p, "dgamma"),
                       floats(p, "dbeta"), (double)c->eps, saved_mean, saved_invstd),
                   "cudnnBatchNormalizationBackward");
        break;
    default:
        (void)good(cudnnBatchNormalizationForwardInference(
                       s->handle, mode, &one, &zero, s->x, x, s->x, y, s->channel, gamma, beta,
                       mean, var, (double)c->eps),
                   "cudnnBatchNormalizationForwardInference");
    }
}

/* ---- softmax_ce ---- */

enum { SOFTMAX_FORWARD, SOFTMAX_BACKWARD, LOG_SOFTMAX_FORWARD, LOG_SOFTMAX_BACKWARD, SOFTMAXES };

static void *open_softmax_ce(const check_problem *p, int pass)
{
    static const char *const names[SOFTMAXES] = { "softmax_forward", "softmax_backward",
                                                  "log_softmax_forward", "log_softmax_backward" };
    const softmax_ce_shape *const c = (const softmax_ce_shape *)p->shape;
    int which = 0;

    while (which < SOFTMAXES && !peer_gpu_pass_is(p, pass, names[which]))
        which++;
    if (which == SOFTMAXES || c->n == 0 || c->inner == 0)
        return NULL;
    cudnn_state *const s = open_state(which);
    return s ? opened(s, set_tensor(&s->x, c->n, c->classes, c->inner, 1)) : NULL;
}

static void run_softmax_ce(void *state, const check_problem *p)
{
    const cudnn_state *const s = (const cudnn_state *)state;
    const bool plain = s->pass == SOFTMAX_FORWARD || s->pass == SOFTMAX_BACKWARD;
    const cudnnSoftmaxAlgorithm_t algorithm = plain ? CUDNN_SOFTMAX_ACCURATE : CUDNN_SOFTMAX_LOG;
    const cudnnSoftmaxMode_t mode = CUDNN_SOFTMAX_MODE_CHANNEL;

    if (s->pass == SOFTMAX_FORWARD || s->pass == LOG_SOFTMAX_FORWARD)
        (void)good(cudnnSoftmaxForward(s->handle, algorithm, mode, &one, s->x, floats(p, "x"),
                                       &zero, s->x, floats(p, "y")),
                   "cudnnSoftmaxForward");
    else
        (void)good(cudnnSoftmaxBackward(s->handle, algorithm, mode, &one, s->x, floats(p, "y"),
                                        s->x, floats(p, "dy"), &zero, s->x, floats(p, "dx")),
                   "cudnnSoftmaxBackward");
}

/* ---- The library ---- */

const char *cudnn_peer_library(void)
{
    static char name[64];
    const int version = (int)cudnnGetVersion();

    snprintf(name, sizeof name, "cuDNN %d.%d.%d", version / 10000, version / 100 % 100,
             version % 100);
    return name;
}

#define ROW(NAME, PRECISION, CONCEPT, OPEN, IDEA)                                              \
    { { NAME, SPACE_CUDA, PRECISION, IDEA }, #CONCEPT, true, OPEN, NULL, run_##CONCEPT, NULL,      \
      close_state }

const peer cudnn_peers[] = {
    ROW("cudnn", PRECISION_FP32, conv2d, open_conv2d, "fastest of direct and as a product"),
    ROW("cudnn-tf32", PRECISION_TF32, conv2d, open_conv2d_tf32, "the same on tensor cores"),
    ROW("cudnn", PRECISION_FP32, pool2d, open_pool2d, "cudnnPoolingForward and Backward"),
    ROW("cudnn", PRECISION_FP32, batchnorm2d, open_batchnorm2d, "spatial batch normalisation"),
    ROW("cudnn", PRECISION_FP32, softmax_ce, open_softmax_ce, "accurate softmax, log-softmax"),
    { },
};

#else

const peer cudnn_peers[1] = {};

const char *cudnn_peer_library(void)
{
    return NULL;
}

#endif
