/* test_conformance.c: `convlab conformance` on small cases worked out by hand: right ones pass,
 * each number of each output changed makes them fail, and what is no case is refused.
 * $CONVLAB_CONFORMANCE may name a folder of real cases; $CONVLAB the program. */
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "check/conformance/conformance.h"
#include "kernels/conv1x1/conv1x1.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/linear/linear.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"

enum { MAX_TENSORS = 13, MAX_VALUES = 12 };

#define F32 SAFETENSORS_F32
#define F64 SAFETENSORS_F64
#define I64 SAFETENSORS_I64
#define BOOL SAFETENSORS_BOOL
#define LN2 0.69314718055994530942

typedef struct {
    const char *name;
    safetensors_type type;
    int rank;
    int64_t shape[5];
    double value[MAX_VALUES];
} tensor;

/* opset NULL: PyTorch. */
typedef struct {
    const char *op, *attributes, *opset, *inputs, *outputs;
    tensor t[MAX_TENSORS];          /* ends with a name NULL */
} sample;

/* The numbers are worked out from the definitions of the ops; those of many digits by PyTorch. */
static const sample samples[] = {
    { "torch.conv2d", "{}", NULL, NULL, NULL,
      { { "input_0", F32, 4, { 1, 1, 2, 2 }, { 1, 2, 3, 4 } },
        { "input_1", F32, 4, { 1, 1, 1, 2 }, { 1, -1 } },
        { "input_2", F32, 1, { 1 }, { 0.5 } },
        { "output_0", F64, 4, { 1, 1, 2, 1 }, { -0.5, -0.5 } },
        { "grad_output_0", F32, 4, { 1, 1, 2, 1 }, { 1, 2 } },
        { "grad_input_0", F64, 4, { 1, 1, 2, 2 }, { 1, -1, 2, -2 } },
        { "grad_input_1", F64, 4, { 1, 1, 1, 2 }, { 7, 10 } },
        { "grad_input_2", F64, 1, { 1 }, { 3 } } } },
    { "torch.conv2d", "{\"padding\": \"same\", \"stride\": 1}", NULL, NULL, NULL,
      { { "input_0", F32, 3, { 1, 1, 3 }, { 1, 2, 3 } },
        { "input_1", F32, 4, { 1, 1, 1, 2 }, { 10, 1 } },
        { "output_0", F64, 3, { 1, 1, 3 }, { 12, 23, 30 } } } },
    { "torch.conv2d", "{\"stride\": [1, 1]}", NULL, NULL, NULL,
      { { "input_0", F32, 4, { 1, 2, 1, 2 }, { 1, 2, 3, 4 } },
        { "input_1", F32, 4, { 1, 2, 1, 1 }, { 2, -1 } },
        { "output_0", F64, 4, { 1, 1, 1, 2 }, { -1, 0 } },
        { "grad_output_0", F32, 4, { 1, 1, 1, 2 }, { 1, 1 } },
        { "grad_input_0", F64, 4, { 1, 2, 1, 2 }, { 2, 2, -1, -1 } },
        { "grad_input_1", F64, 4, { 1, 2, 1, 1 }, { 3, 7 } } } },
    { "torch.conv1d", "{\"padding\": [1], \"stride\": 2}", NULL, NULL, NULL,
      { { "input_0", F32, 3, { 1, 1, 3 }, { 1, 2, 3 } },
        { "input_1", F32, 3, { 1, 1, 2 }, { 10, 1 } },
        { "output_0", F64, 3, { 1, 1, 2 }, { 1, 23 } } } },
    { "torch.max_pool2d", "{\"kernel_size\": 2, \"stride\": 1}", NULL, NULL, NULL,
      { { "input_0", F32, 4, { 1, 1, 2, 3 }, { 1, 5, 2, 4, 3, 6 } },
        { "output_0", F64, 4, { 1, 1, 1, 2 }, { 5, 6 } },
        { "output_1", I64, 4, { 1, 1, 1, 2 }, { 1, 5 } },
        { "grad_output_0", F32, 4, { 1, 1, 1, 2 }, { 10, 20 } },
        { "grad_input_0", F64, 4, { 1, 1, 2, 3 }, { 0, 10, 0, 0, 0, 20 } } } },
    { "torch.avg_pool2d", "{\"kernel_size\": [2, 2], \"stride\": null, \"padding\": 1}", NULL,
      NULL, NULL,
      { { "input_0", F32, 4, { 1, 1, 2, 2 }, { 1, 2, 3, 4 } },
        { "output_0", F64, 4, { 1, 1, 2, 2 }, { 0.25, 0.5, 0.75, 1 } },
        { "grad_output_0", F32, 4, { 1, 1, 2, 2 }, { 4, 8, 12, 16 } },
        { "grad_input_0", F64, 4, { 1, 1, 2, 2 }, { 1, 2, 3, 4 } } } },
    { "torch.batch_norm", "{\"training\": false, \"eps\": 0.75}", NULL, NULL, NULL,
      { { "input_0", F32, 2, { 2, 1 }, { 3, 0 } }, { "input_1", F32, 1, { 1 }, { 2 } },
        { "input_2", F32, 1, { 1 }, { 1 } }, { "input_3", F32, 1, { 1 }, { 1 } },
        { "input_4", F32, 1, { 1 }, { 0.25 } }, { "output_0", F64, 2, { 2, 1 }, { 5, -1 } },
        { "output_1", F64, 1, { 1 }, { 1 } }, { "output_2", F64, 1, { 1 }, { 0.25 } },
        { "grad_output_0", F32, 2, { 2, 1 }, { 1, 3 } },
        { "grad_input_0", F64, 2, { 2, 1 }, { 2, 6 } },
        { "grad_input_1", F64, 1, { 1 }, { -1 } } } },
    { "torch.batch_norm", "{\"training\": true, \"momentum\": 0.5, \"eps\": 0}", NULL, NULL, NULL,
      { { "input_0", F32, 2, { 2, 1 }, { 1, 3 } }, { "input_1", F32, 1, { 1 }, { 2 } },
        { "input_2", F32, 1, { 1 }, { 1 } }, { "input_3", F32, 1, { 1 }, { 4 } },
        { "input_4", F32, 1, { 1 }, { 1 } }, { "output_0", F64, 2, { 2, 1 }, { -1, 3 } },
        { "output_1", F64, 1, { 1 }, { 3 } }, { "output_2", F64, 1, { 1 }, { 1.5 } },
        { "grad_output_0", F32, 2, { 2, 1 }, { 1, 3 } },
        { "grad_input_1", F64, 1, { 1 }, { 2 } }, { "grad_input_2", F64, 1, { 1 }, { 4 } } } },
    { "torch.batch_norm", "{\"training\": true, \"eps\": 0.001}", NULL, NULL, NULL,
      { { "input_0", F32, 3, { 2, 1, 2 }, { 1, 2, 4, 8 } }, { "input_1", F32, 1, { 1 }, { 1.5 } },
        { "input_2", F32, 1, { 1 }, { 0.25 } }, { "input_3", F32, 1, { 1 }, { 1 } },
        { "input_4", F32, 1, { 1 }, { 3 } },
        { "output_0", F64, 3, { 2, 1, 2 }, { -1.2885259094296162, -0.72906194236430122,
                                             0.38986599176632875, 2.6277218600275889 } },
        { "output_1", F64, 1, { 1 }, { 1.275 } },
        { "output_2", F64, 1, { 1 }, { 3.6583333333333337 } },
        { "grad_output_0", F32, 3, { 2, 1, 2 }, { 1, -2, 3, 5 } },
        { "grad_input_0", F64, 3, { 2, 1, 2 }, { 0.79767490637047744, -1.3233616790689087,
                                                 0.58866878777078335, -0.062982015072352238 } },
        { "grad_input_1", F64, 1, { 1 }, { 8.485203500490611 } },
        { "grad_input_2", F64, 1, { 1 }, { 7 } } } },
    { "torch.cross_entropy", "{\"reduction\": \"none\"}", NULL, NULL, NULL,
      { { "input_0", F32, 2, { 3, 2 }, { 0, 0, 0, 0, 5, 6 } },
        { "input_1", I64, 1, { 3 }, { 1, 0, -100 } },
        { "input_2", F32, 1, { 2 }, { 1, 3 } },
        { "output_0", F64, 1, { 3 }, { 3 * LN2, LN2, 0 } },
        { "grad_output_0", F32, 1, { 3 }, { 1, 2, 7 } },
        { "grad_input_0", F64, 2, { 3, 2 }, { 1.5, -1.5, -1, 1, 0, 0 } } } },
    { "torch.cross_entropy", "{\"label_smoothing\": 0.25}", NULL, NULL, NULL,
      { { "input_0", F32, 1, { 2 }, { 0, 0 } }, { "input_1", I64, 0, { 0 }, { 1 } },
        { "output_0", F64, 0, { 0 }, { LN2 } }, { "grad_output_0", F32, 0, { 0 }, { 2 } },
        { "grad_input_0", F64, 1, { 2 }, { 0.75, -0.75 } } } },
    { "torch.linear", "{}", NULL, NULL, NULL,
      { { "input_0", F32, 1, { 2 }, { 1, 2 } }, { "input_1", F32, 2, { 1, 2 }, { 3, 4 } },
        { "output_0", F64, 1, { 1 }, { 11 } }, { "grad_output_0", F32, 1, { 1 }, { 2 } },
        { "grad_input_0", F64, 1, { 2 }, { 6, 8 } },
        { "grad_input_1", F64, 2, { 1, 2 }, { 2, 4 } } } },
    { "torch.softmax", "{\"dim\": -1}", NULL, NULL, NULL,
      { { "input_0", F32, 2, { 1, 2 }, { 3, 3 } }, { "output_0", F64, 2, { 1, 2 }, { 0.5, 0.5 } },
        { "grad_output_0", F32, 2, { 1, 2 }, { 1, 0 } },
        { "grad_input_0", F64, 2, { 1, 2 }, { 0.25, -0.25 } } } },
    { "torch.log_softmax", "{\"dim\": 0}", NULL, NULL, NULL,
      { { "input_0", F32, 1, { 2 }, { 3, 3 } }, { "output_0", F64, 1, { 2 }, { -LN2, -LN2 } },
        { "grad_output_0", F32, 1, { 2 }, { 1, 0 } },
        { "grad_input_0", F64, 1, { 2 }, { 0.5, -0.5 } } } },
    { "torch.relu", "{\"inplace\": false}", NULL, NULL, NULL,
      { { "input_0", F32, 1, { 3 }, { -1, 0, 2 } }, { "output_0", F32, 1, { 3 }, { 0, 0, 2 } },
        { "grad_output_0", F32, 1, { 3 }, { 5, 6, 7 } },
        { "grad_input_0", F64, 1, { 3 }, { 0, 0, 7 } } } },
    { "torch.sigmoid", "{}", NULL, NULL, NULL,
      { { "input_0", F32, 0, { 0 }, { 0 } }, { "output_0", F64, 0, { 0 }, { 0.5 } },
        { "grad_output_0", F32, 0, { 0 }, { 8 } }, { "grad_input_0", F64, 0, { 0 }, { 2 } } } },
    { "torch.leaky_relu", "{\"negative_slope\": 0.1}", NULL, NULL, NULL,
      { { "input_0", F32, 1, { 2 }, { -3, 4 } }, { "output_0", F64, 1, { 2 }, { -3 * 0.1, 4 } },
        { "grad_output_0", F32, 1, { 2 }, { 5, 6 } },
        { "grad_input_0", F64, 1, { 2 }, { 5 * 0.1, 6 } } } },
    { "torch.cat", "{\"dim\": -1}", NULL, NULL, NULL,
      { { "input_0", F32, 2, { 2, 1 }, { 1, 2 } }, { "input_1", F32, 2, { 2, 2 }, { 3, 4, 5, 6 } },
        { "output_0", F64, 2, { 2, 3 }, { 1, 3, 4, 2, 5, 6 } },
        { "grad_output_0", F32, 2, { 2, 3 }, { 6, 5, 4, 3, 2, 1 } },
        { "grad_input_0", F64, 2, { 2, 1 }, { 6, 3 } },
        { "grad_input_1", F64, 2, { 2, 2 }, { 5, 4, 2, 1 } } } },
    { "torch.add", "{\"alpha\": 1}", NULL, NULL, NULL,
      { { "input_0", F32, 1, { 2 }, { 1, 2 } }, { "input_1", F32, 1, { 2 }, { 3, 5 } },
        { "output_0", F64, 1, { 2 }, { 4, 7 } }, { "grad_output_0", F32, 1, { 2 }, { 8, 9 } },
        { "grad_input_0", F64, 1, { 2 }, { 8, 9 } },
        { "grad_input_1", F64, 1, { 2 }, { 8, 9 } } } },
    { "torch.mse_loss", "{\"reduction\": \"none\"}", NULL, NULL, NULL,
      { { "input_0", F32, 1, { 2 }, { 1, 2 } }, { "input_1", F32, 1, { 2 }, { 3, 5 } },
        { "output_0", F64, 1, { 2 }, { 4, 9 } }, { "grad_output_0", F32, 1, { 2 }, { 1, 2 } },
        { "grad_input_0", F64, 1, { 2 }, { -4, -12 } },
        { "grad_input_1", F64, 1, { 2 }, { 4, 12 } } } },
    { "torch.adam", "{\"lr\": 0.25, \"betas\": [0.5, 0.75], \"eps\": 0.5, \"steps\": 2}", NULL,
      NULL, NULL,
      { { "input_0", F32, 1, { 1 }, { 1 } }, { "input_1", F32, 2, { 2, 1 }, { 0.5, 0.5 } },
        { "output_0", F64, 1, { 1 }, { 0.75 } } } },
    { "torch.sgd", "{\"lr\": 0.25, \"momentum\": 0.5, \"nesterov\": true}", NULL, NULL, NULL,
      { { "input_0", F32, 1, { 1 }, { 1 } }, { "input_1", F32, 2, { 2, 1 }, { 1, 2 } },
        { "output_0", F64, 1, { 1 }, { -0.1875 } } } },
    { "torch.pad", "{\"pad\": [1, 0, 0, 1], \"value\": 7}", NULL, NULL, NULL,
      { { "input_0", F32, 2, { 1, 2 }, { 1, 2 } },
        { "output_0", F64, 2, { 2, 3 }, { 7, 1, 2, 7, 7, 7 } },
        { "grad_output_0", F32, 2, { 2, 3 }, { 1, 2, 3, 4, 5, 6 } },
        { "grad_input_0", F64, 2, { 1, 2 }, { 2, 3 } } } },

    { "Softmax", "{}", "11", "[\"x\"]", "[\"y\"]",
      { { "input_0", F32, 3, { 1, 2, 2 }, { 3, 3, 3, 3 } },
        { "output_0", F32, 3, { 1, 2, 2 }, { 0.25, 0.25, 0.25, 0.25 } } } },
    { "Softmax", "{}", "13", "[\"x\"]", "[\"y\"]",
      { { "input_0", F32, 3, { 1, 2, 2 }, { 3, 3, 3, 3 } },
        { "output_0", F32, 3, { 1, 2, 2 }, { 0.5, 0.5, 0.5, 0.5 } } } },
    { "MaxPool", "{\"kernel_shape\": [2, 2], \"storage_order\": 1}", "12", "[\"x\"]",
      "[\"y\", \"z\"]",
      { { "input_0", F32, 4, { 2, 1, 2, 2 }, { 1, 4, 3, 2, 1, 3, 4, 2 } },
        { "output_0", F32, 4, { 2, 1, 1, 1 }, { 4, 4 } },
        { "output_1", I64, 4, { 2, 1, 1, 1 }, { 2, 5 } } } },
    { "MaxPool", "{\"kernel_shape\": [2, 2]}", "12", "[\"x\"]", "[\"y\", \"z\"]",
      { { "input_0", F32, 4, { 2, 1, 2, 2 }, { 1, 4, 3, 2, 1, 3, 4, 2 } },
        { "output_0", F32, 4, { 2, 1, 1, 1 }, { 4, 4 } },
        { "output_1", I64, 4, { 2, 1, 1, 1 }, { 1, 6 } } } },
    { "AveragePool", "{\"kernel_shape\": [2], \"auto_pad\": \"SAME_LOWER\"}", "11", "[\"x\"]",
      "[\"y\"]",
      { { "input_0", F32, 3, { 1, 1, 3 }, { 2, 4, 6 } },
        { "output_0", F32, 3, { 1, 1, 3 }, { 2, 3, 5 } } } },
    { "GlobalMaxPool", "{}", "1", "[\"x\"]", "[\"y\"]",
      { { "input_0", F32, 5, { 1, 1, 2, 1, 2 }, { 1, 2, 9, 4 } },
        { "output_0", F32, 5, { 1, 1, 1, 1, 1 }, { 9 } } } },
    { "Conv", "{\"auto_pad\": \"VALID\", \"strides\": [2]}", "11", "[\"x\", \"w\"]", "[\"y\"]",
      { { "input_0", F32, 3, { 1, 1, 4 }, { 1, 2, 3, 4 } },
        { "input_1", F32, 3, { 1, 1, 2 }, { 10, 1 } },
        { "output_0", F32, 3, { 1, 1, 2 }, { 12, 34 } } } },
    { "Gemm", "{\"transB\": 1, \"alpha\": 0.5, \"beta\": 2.0}", "13", "[\"a\", \"b\", \"c\"]",
      "[\"y\"]",
      { { "input_0", F32, 2, { 1, 2 }, { 1, 2 } },
        { "input_1", F32, 2, { 2, 2 }, { 3, 4, 5, 6 } }, { "input_2", F32, 0, { 0 }, { 1 } },
        { "output_0", F32, 2, { 1, 2 }, { 7.5, 10.5 } } } },
    { "MatMul", "{}", "13", "[\"a\", \"b\"]", "[\"y\"]",
      { { "input_0", F32, 3, { 2, 1, 2 }, { 1, 2, 3, 4 } },
        { "input_1", F32, 1, { 2 }, { 10, 1 } },
        { "output_0", F32, 2, { 2, 1 }, { 12, 34 } } } },
    { "torch.mm", "{}", NULL, NULL, NULL,
      { { "input_0", F32, 2, { 1, 2 }, { 1, 2 } },
        { "input_1", F32, 2, { 2, 2 }, { 3, 4, 5, 6 } },
        { "output_0", F64, 2, { 1, 2 }, { 13, 16 } },
        { "grad_output_0", F32, 2, { 1, 2 }, { 1, 10 } },
        { "grad_input_0", F64, 2, { 1, 2 }, { 43, 65 } },
        { "grad_input_1", F64, 2, { 2, 2 }, { 1, 10, 2, 20 } } } },
    { "BatchNormalization", "{\"training_mode\": 1, \"momentum\": 0.75, \"epsilon\": 0.0}", "15",
      "[\"x\", \"s\", \"b\", \"m\", \"v\"]", "[\"y\", \"nm\", \"nv\"]",
      { { "input_0", F32, 2, { 2, 1 }, { 1, 3 } }, { "input_1", F32, 1, { 1 }, { 2 } },
        { "input_2", F32, 1, { 1 }, { 1 } }, { "input_3", F32, 1, { 1 }, { 4 } },
        { "input_4", F32, 1, { 1 }, { 2 } }, { "output_0", F32, 2, { 2, 1 }, { -1, 3 } },
        { "output_1", F32, 1, { 1 }, { 3.5 } }, { "output_2", F32, 1, { 1 }, { 1.75 } } } },
    { "Dropout", "{\"seed\": 0}", "13", "[\"x\", \"\", \"t\"]", "[\"y\", \"mask\"]",
      { { "input_0", F32, 1, { 2 }, { 3, 4 } }, { "input_2", BOOL, 0, { 0 }, { 0 } },
        { "output_0", F32, 1, { 2 }, { 3, 4 } }, { "output_1", BOOL, 1, { 2 }, { 1, 1 } } } },
    { "Flatten", "{\"axis\": -1}", "13", "[\"x\"]", "[\"y\"]",
      { { "input_0", F32, 3, { 2, 1, 2 }, { 1, 2, 3, 4 } },
        { "output_0", F32, 2, { 2, 2 }, { 1, 2, 3, 4 } } } },
    { "Sum", "{}", "13", "[\"a\", \"b\", \"c\"]", "[\"y\"]",
      { { "input_0", F32, 1, { 2 }, { 1, 2 } }, { "input_1", F32, 1, { 1 }, { 10 } },
        { "input_2", F32, 0, { 0 }, { 100 } }, { "output_0", F32, 1, { 2 }, { 111, 112 } } } },
    { "Pad", "{\"pads\": [0, 1, 2, 0], \"value\": 5.0}", "6", "[\"x\"]", "[\"y\"]",
      { { "input_0", F32, 2, { 1, 1 }, { 3 } },
        { "output_0", F32, 2, { 3, 2 }, { 5, 3, 5, 5, 5, 5 } } } },
    { "Pad", "{}", "13", "[\"x\", \"p\"]", "[\"y\"]",
      { { "input_0", F32, 3, { 1, 1, 1 }, { 3 } },
        { "input_1", I64, 1, { 6 }, { 1, 0, 0, 0, 1, 0 } },
        { "output_0", F32, 3, { 2, 2, 1 }, { 0, 0, 3, 0 } } } },
    { "NegativeLogLikelihoodLoss", "{\"ignore_index\": 5}", "13", "[\"x\", \"t\", \"w\"]",
      "[\"l\"]",
      { { "input_0", F32, 3, { 1, 2, 3 }, { -1, -2, -3, -4, -5, -6 } },
        { "input_1", I64, 2, { 1, 3 }, { 0, 1, 5 } }, { "input_2", F32, 1, { 2 }, { 1, 3 } },
        { "output_0", F32, 0, { 0 }, { 4 } } } },
    { "SoftmaxCrossEntropyLoss", "{\"reduction\": \"sum\"}", "13", "[\"x\", \"t\"]",
      "[\"l\", \"p\"]",
      { { "input_0", F32, 2, { 2, 2 }, { 1, 1, 2, 2 } }, { "input_1", I64, 1, { 2 }, { 0, 1 } },
        { "output_0", F64, 0, { 0 }, { 2 * LN2 } },
        { "output_1", F64, 2, { 2, 2 }, { -LN2, -LN2, -LN2, -LN2 } } } },
    { "Adam", "{\"alpha\": 0.5, \"beta\": 0.75, \"epsilon\": 0.5}", "1",
      "[\"R\", \"T\", \"X\", \"G\", \"V\", \"H\"]", "[\"X\", \"V\", \"H\"]",
      { { "input_0", F32, 0, { 0 }, { 0.25 } }, { "input_1", I64, 0, { 0 }, { 0 } },
        { "input_2", F32, 1, { 1 }, { 1 } }, { "input_3", F32, 1, { 1 }, { 0.5 } },
        { "input_4", F32, 1, { 1 }, { 0 } }, { "input_5", F32, 1, { 1 }, { 0 } },
        { "output_0", F64, 1, { 1 }, { 11.0 / 12.0 } }, { "output_1", F64, 1, { 1 }, { 0.25 } },
        { "output_2", F64, 1, { 1 }, { 0.0625 } } } },
    { "Adam", "{\"alpha\": 0.5, \"beta\": 0.75, \"epsilon\": 0.5, \"norm_coefficient\": 0.5}", "1",
      "[\"R\", \"T\", \"X\", \"G\", \"V\", \"H\"]", "[\"X\", \"V\", \"H\"]",
      { { "input_0", F32, 0, { 0 }, { 0.25 } }, { "input_1", I64, 0, { 0 }, { 1 } },
        { "input_2", F32, 1, { 1 }, { 1 } }, { "input_3", F32, 1, { 1 }, { 0 } },
        { "input_4", F32, 1, { 1 }, { 0 } }, { "input_5", F32, 1, { 1 }, { 0 } },
        { "output_0", F64, 1, { 1 }, { 11.0 / 12.0 } }, { "output_1", F64, 1, { 1 }, { 0.25 } },
        { "output_2", F64, 1, { 1 }, { 0.0625 } } } },
    { "Momentum", "{\"alpha\": 0.5, \"beta\": 0.5, \"mode\": \"standard\", "
      "\"norm_coefficient\": 0.0}", "1", "[\"R\", \"T\", \"X\", \"G\", \"V\"]", "[\"X\", \"V\"]",
      { { "input_0", F32, 0, { 0 }, { 0.25 } }, { "input_1", I64, 0, { 0 }, { 1 } },
        { "input_2", F32, 1, { 1 }, { 1 } }, { "input_3", F32, 1, { 1 }, { 1 } },
        { "input_4", F32, 1, { 1 }, { 2 } }, { "output_0", F64, 1, { 1 }, { 0.625 } },
        { "output_1", F64, 1, { 1 }, { 1.5 } } } },
    { "Momentum", "{\"alpha\": 0.5, \"beta\": 0.5, \"mode\": \"nesterov\", "
      "\"norm_coefficient\": 0.0}", "1", "[\"R\", \"T\", \"X\", \"G\", \"V\"]", "[\"X\", \"V\"]",
      { { "input_0", F32, 0, { 0 }, { 0.25 } }, { "input_1", I64, 0, { 0 }, { 0 } },
        { "input_2", F32, 1, { 1 }, { 1 } }, { "input_3", F32, 1, { 1 }, { 1 } },
        { "input_4", F32, 1, { 1 }, { 2 } }, { "output_0", F64, 1, { 1 }, { 0.5 } },
        { "output_1", F64, 1, { 1 }, { 2 } } } },
};
enum { SAMPLES = sizeof samples / sizeof samples[0] };

/* ---- Writing and running cases ---- */

static ptrdiff_t count_of(const tensor *t)
{
    ptrdiff_t count = 1;

    for (int i = 0; i < t->rank; i++)
        count *= (ptrdiff_t)t->shape[i];
    return count;
}

static void fill(const tensor *t, void *bytes)
{
    for (ptrdiff_t i = 0; i < count_of(t); i++)
        switch (t->type) {
        case F32: ((float *)bytes)[i] = (float)t->value[i]; break;
        case F64: ((double *)bytes)[i] = t->value[i]; break;
        case I64: ((int64_t *)bytes)[i] = (int64_t)t->value[i]; break;
        default: ((uint8_t *)bytes)[i] = (uint8_t)t->value[i]; break;
        }
}

/* The path of the written case. */
static const char *write_case(const sample *s, const char *name)
{
    static double bytes[MAX_TENSORS][MAX_VALUES];
    safetensors_tensor tensors[MAX_TENSORS];
    safetensors_string metadata[5];
    file_error error = { "" };
    int count = 0, strings = 0;

    for (; count < MAX_TENSORS && s->t[count].name; count++) {
        const tensor *const t = &s->t[count];
        tensors[count] = (safetensors_tensor){ .name = t->name, .type = t->type, .rank = t->rank,
                                               .data = bytes[count] };
        memcpy(tensors[count].shape, t->shape, sizeof t->shape);
        fill(t, bytes[count]);
    }
    if (s->op)
        metadata[strings++] = (safetensors_string){ "op", s->op };
    if (s->attributes)
        metadata[strings++] = (safetensors_string){ "attributes", s->attributes };
    if (s->opset)
        metadata[strings++] = (safetensors_string){ "opset", s->opset };
    if (s->inputs)
        metadata[strings++] = (safetensors_string){ "inputs", s->inputs };
    if (s->outputs)
        metadata[strings++] = (safetensors_string){ "outputs", s->outputs };
    const char *const path = scratch_path(name);
    if (safetensors_write(path, count, tensors, strings, metadata, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return path;
}

static conformance_result run_with(const sample *s, const char *variant)
{
    conformance_result r;

    conformance_run(write_case(s, "case.safetensors"), variant, &r);
    return r;
}

static void expect(const sample *s, conformance_outcome outcome, const char *reason)
{
    const conformance_result r = run_with(s, NULL);
    char text[512] = "";

    if (r.failure_count)
        conformance_describe(&r.failure[0], text, sizeof text);
    if (r.outcome != outcome || !strstr(r.reason, reason))
        fail_msg("%s %s: expected outcome %d and '%s', found %d, '%s' %s", s->op, s->attributes,
                 (int)outcome, reason, (int)r.outcome, r.reason, text);
}

static void tensor_of(sample *s, const char *name, tensor **t)
{
    for (*t = s->t; (*t)->name && strcmp((*t)->name, name) != 0; (*t)++)
        ;
    assert_non_null((*t)->name);
}

static sample with_attributes(const sample *s, const char *attributes)
{
    sample changed = *s;
    changed.attributes = attributes;
    return changed;
}

static const sample *sample_of(const char *op)
{
    for (int i = 0; i < SAMPLES; i++)
        if (strcmp(samples[i].op, op) == 0)
            return &samples[i];
    fail_msg("no sample of %s", op);
    return NULL;
}

/* ---- Right and wrong numbers ---- */

static void right_cases_pass(void **state)
{
    (void)state;
    for (int i = 0; i < SAMPLES; i++)
        expect(&samples[i], CONFORMANCE_PASSED, "");
}

static bool is_expected(const tensor *t)
{
    return strncmp(t->name, "output_", 7) == 0 || strncmp(t->name, "grad_input_", 11) == 0;
}

/* The reference and every variant that ran must have complained, of that tensor and element. */
static void check_caught(const sample *s, const tensor *t, ptrdiff_t i)
{
    const conformance_result r = run_with(s, NULL);

    if (r.outcome != CONFORMANCE_FAILED || r.failure_count != r.runs + 1)
        fail_msg("%s %s: %s[%td] changed: outcome %d, %d complaints of %d runs", s->op,
                 s->attributes, t->name, i, (int)r.outcome, r.failure_count, r.runs);
    for (int k = 0; k < r.failure_count; k++) {
        ptrdiff_t flat = 0;
        for (int axis = 0; axis < t->rank; axis++)
            flat = flat * (ptrdiff_t)t->shape[axis] + r.failure[k].coordinate[axis];
        assert_string_equal(r.failure[k].tensor, t->name);
        assert_int_equal(r.failure[k].wrong, 1);
        assert_int_equal(flat, i);
    }
}

static void each_wrong_number_is_caught(void **state)
{
    (void)state;
    for (int k = 0; k < SAMPLES; k++)
        for (const tensor *t = samples[k].t; t < samples[k].t + MAX_TENSORS && t->name; t++)
            for (ptrdiff_t i = 0; is_expected(t) && i < count_of(t); i++) {
                sample wrong = samples[k];
                const double value = t->value[i];
                double *const changed = &wrong.t[t - samples[k].t].value[i];
                const double step = t->type == I64 ? 1.0 : 1e-5 * fmax(1.0, fabs(value));
                *changed = t->type == BOOL ? 1.0 - value : value + step;
                check_caught(&wrong, t, i);
                if (t->type != F32 && t->type != F64)
                    continue;
                *changed = NAN;
                check_caught(&wrong, t, i);
                *changed = INFINITY;
                check_caught(&wrong, t, i);
            }
}

/* 11 = 1 * 3 + 2 * 4: three roundings of terms that add up to 11, at most 2e-6. */
/* The rows of a table that cases run: those on the host. */
static int host_rows(const void *rows, size_t row_bytes, size_t count)
{
    int found = 0;

    for (size_t i = 0; i < count; i++)
        found += ((const variant_info *)((const char *)rows + i * row_bytes))->space == SPACE_HOST;
    return found;
}
#define HOST_ROWS(concept)                                                                        \
    host_rows(concept##_variants, sizeof concept##_variants[0], concept##_variant_count)

static void tolerance_is_tight(void **state)
{
    sample s = *sample_of("torch.linear");
    tensor *y;

    (void)state;
    tensor_of(&s, "output_0", &y);
    y->value[0] = 11.0 + 1e-12;
    expect(&s, CONFORMANCE_PASSED, "");
    y->value[0] = 11.0 + 1e-9;                  /* kernels may, the reference may not */
    const conformance_result r = run_with(&s, NULL);
    assert_int_equal(r.outcome, CONFORMANCE_FAILED);
    assert_int_equal(r.failure_count, 1);
    assert_string_equal(r.failure[0].variant, "linear/reference");
    y->value[0] = 11.0 + 4e-6;
    assert_int_equal(run_with(&s, NULL).failure_count, HOST_ROWS(linear) + 1);
}

/* What is selected must be equal to the last bit. */
static void selections_are_exact(void **state)
{
    sample s = *sample_of("torch.relu");
    tensor *y;

    (void)state;
    tensor_of(&s, "output_0", &y);
    y->value[2] = (double)nextafterf(2.0f, 3.0f);
    assert_int_equal(run_with(&s, NULL).outcome, CONFORMANCE_FAILED);
}

static void nan_is_equal_to_nan_alone(void **state)
{
    sample s = *sample_of("torch.relu");
    tensor *x, *y;

    (void)state;
    tensor_of(&s, "input_0", &x);
    tensor_of(&s, "output_0", &y);
    x->value[2] = NAN;
    assert_int_equal(run_with(&s, NULL).outcome, CONFORMANCE_FAILED);
    y->value[2] = NAN;
    tensor_of(&s, "grad_input_0", &y);
    y->value[2] = 0.0;                          /* NaN > 0 is false */
    expect(&s, CONFORMANCE_PASSED, "");
}

static void wrong_output_shape_fails(void **state)
{
    sample s = *sample_of("torch.relu");
    tensor *y;

    (void)state;
    tensor_of(&s, "output_0", &y);
    y->rank = 2;
    y->shape[1] = 1;
    const conformance_result r = run_with(&s, NULL);
    assert_int_equal(r.outcome, CONFORMANCE_FAILED);
    assert_string_equal(r.failure[0].note, "expected shape [3], found [3, 1]");
}

/* ---- Which variants run ---- */

static void every_host_variant_runs(void **state)
{
    const sample *const linear = sample_of("torch.linear");
    sample pointwise = { 0 };

    (void)state;
    assert_int_equal(run_with(linear, NULL).runs, HOST_ROWS(linear));
    assert_int_equal(run_with(linear, "naive").runs, 1);
    for (int i = 0; i < SAMPLES; i++)
        if (strcmp(samples[i].attributes, "{\"stride\": [1, 1]}") == 0)
            pointwise = samples[i];
    assert_int_equal(run_with(&pointwise, NULL).runs, HOST_ROWS(conv2d) + HOST_ROWS(conv1x1));
    const conformance_result r = run_with(linear, "im2col");
    assert_int_equal(r.outcome, CONFORMANCE_SKIPPED);
    assert_non_null(strstr(r.reason, "named im2col"));
}

/* ---- Skipped, with a reason ---- */

static void what_is_not_known_is_skipped(void **state)
{
    static const struct {
        const char *op, *attributes, *reason;
    } rows[] = {
        { "torch.conv2d", "{\"transposed\": true}", "'transposed' is not known" },
        { "torch.avg_pool2d", "{\"kernel_size\": 2, \"divisor_override\": 3}", "divisor_over" },
        { "torch.add", "{\"alpha\": 2}", "alpha" },
        { "torch.adam", "{\"maximize\": true}", "maximize" },
        { "torch.pad", "{\"pad\": [1, 0], \"mode\": \"reflect\"}", "reflect" },
        { "Pad", "{\"pads\": [0, -1, 0, 0]}", "negative" },
        { "Adam", "{}", "epsilon" },
        { "BatchNormalization", "{\"training_mode\": 1, \"foo\": 1}", "'foo' is not known" },
    };
    sample s = *sample_of("torch.relu");
    tensor *t;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const sample row = with_attributes(sample_of(rows[i].op), rows[i].attributes);
        expect(&row, CONFORMANCE_SKIPPED, rows[i].reason);
    }
    s.op = "torch.frobnicate";
    expect(&s, CONFORMANCE_SKIPPED, "op 'torch.frobnicate' is not known");
    s = *sample_of("torch.relu");
    tensor_of(&s, "input_0", &t);
    t->type = F64;
    expect(&s, CONFORMANCE_SKIPPED, "input_0 is F64");
    s = *sample_of("torch.relu");
    tensor_of(&s, "grad_input_0", &t);
    t->name = "grad_input_7";
    expect(&s, CONFORMANCE_SKIPPED, "grad_input_7");
    s = *sample_of("Dropout");
    tensor_of(&s, "input_2", &t);
    t->value[0] = 1;
    expect(&s, CONFORMANCE_SKIPPED, "at random");
}

/* ---- Malformed ---- */

static void malformed_metadata(void **state)
{
    static const struct {
        const char *op, *attributes, *reason;
    } rows[] = {
        { "torch.relu", NULL, "metadata has no 'attributes'" },
        { "torch.relu", "{", "'attributes': expected a JSON object" },
        { "torch.relu", "[]", "'attributes': expected a JSON object" },
        { "torch.relu", "{\"inplace\": \"no\"}", "'inplace': expected true, false" },
        { "torch.max_pool2d", "{}", "'kernel_size' is missing" },
        { "torch.max_pool2d", "{\"kernel_size\": [1, 2, 3]}", "'kernel_size': expected a list" },
        { "torch.max_pool2d", "{\"kernel_size\": 2, \"stride\": 0}", "not positive" },
        { "torch.max_pool2d", "{\"kernel_size\": 2.5}", "'kernel_size': expected" },
        { "torch.max_pool2d", "{\"kernel_size\": 99999999999}", "'kernel_size': expected" },
        { "torch.conv2d", "{\"padding\": \"some\"}", "'padding': expected" },
        { "torch.softmax", "{\"dim\": 2}", "axis 2: expected one from -2 to 1" },
        { "torch.cross_entropy", "{\"reduction\": \"most\"}", "'reduction': expected" },
        { "torch.batch_norm", "{\"eps\": \"small\"}", "'eps': expected a number" },
        { "torch.adam", "{\"steps\": 3}", "'steps': input_1 has 2" },
        { "torch.adam", "{\"betas\": [0.9]}", "'betas': expected a list of 2 numbers" },
        { "torch.sgd", "{}", "'lr' is missing" },
        { "Conv", "{\"kernel_shape\": [3]}", "not the shape of input_1" },
        { "Conv", "{\"auto_pad\": \"SAME\"}", "'auto_pad': expected" },
        { "Conv", "{\"strides\": null}", "'strides': expected" },
        { "Momentum", "{\"alpha\": 0.5}", "is missing" },
    };
    sample s;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        s = with_attributes(sample_of(rows[i].op), rows[i].attributes);
        expect(&s, CONFORMANCE_MALFORMED, rows[i].reason);
    }
    s = *sample_of("torch.relu");
    s.op = NULL;
    expect(&s, CONFORMANCE_MALFORMED, "metadata has no 'op'");
    s = *sample_of("Softmax");
    s.opset = "new";
    expect(&s, CONFORMANCE_MALFORMED, "'opset': expected a whole number from 1, found new");
    s.opset = "13";
    s.inputs = "\"x\"";
    expect(&s, CONFORMANCE_MALFORMED, "'inputs': expected a JSON list");
    s.inputs = "[1]";
    expect(&s, CONFORMANCE_MALFORMED, "'inputs': expected a JSON list");
    s.inputs = "[\"\"]";
    expect(&s, CONFORMANCE_MALFORMED, "'input_0' is missing");
    s.inputs = "[\"x\"]";
    s.outputs = NULL;
    expect(&s, CONFORMANCE_MALFORMED, "metadata has no 'outputs'");
}

/* Renames, retypes or reshapes one tensor of a case. */
static void malformed_tensors(void **state)
{
    static const struct {
        const char *op, *tensor, *name;
        safetensors_type type;
        int64_t extent;             /* of axis 0; 0: as it is */
        const char *reason;
    } rows[] = {
        { "torch.relu", "input_0", "output_9", F32, 0, "'input_0' is missing" },
        { "torch.relu", "output_0", "input_1", F32, 0, "'output_0' is missing" },
        { "torch.relu", "output_0", "output_0", I64, 0, "expected F32 or F64, found I64" },
        { "torch.relu", "output_0", "result", F64, 0, "tensor 'result': expected" },
        { "torch.relu", "grad_output_0", "output_9", F32, 0, "without grad_output_0" },
        { "torch.relu", "grad_output_0", "grad_output_0", F32, 2, "grad_output_0: expected" },
        { "torch.conv2d", "input_2", "input_2", F32, 2, "input_2: expected shape [1], found [2]" },
        { "torch.max_pool2d", "output_1", "output_1", F64, 0, "output_1: expected whole numbers" },
        { "torch.batch_norm", "input_3", "input_3", F32, 2, "input_3: expected shape [1]" },
        { "torch.cross_entropy", "input_1", "input_1", I64, 2, "input_1: expected shape [3]" },
        { "Sum", "input_2", "input_9", F32, 0, "'input_2' is missing" },
        { "SoftmaxCrossEntropyLoss", "output_1", "output_9", F64, 0, "'output_1' is missing" },
    };
    sample s;
    tensor *t;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        s = *sample_of(rows[i].op);
        tensor_of(&s, rows[i].tensor, &t);
        t->name = rows[i].name;
        t->type = rows[i].type;
        t->shape[0] = rows[i].extent ? rows[i].extent : t->shape[0];
        expect(&s, CONFORMANCE_MALFORMED, rows[i].reason);
    }
    s = *sample_of("torch.cross_entropy");
    tensor_of(&s, "input_1", &t);
    t->value[0] = 2;
    expect(&s, CONFORMANCE_MALFORMED, "label 2 of 2 classes");
    s = *sample_of("torch.linear");
    tensor_of(&s, "input_1", &t);
    t->shape[1] = 3;
    expect(&s, CONFORMANCE_MALFORMED, "do not fit");
}

static void no_case_at_all(void **state)
{
    conformance_result r;

    (void)state;
    conformance_run(scratch_write("broken.safetensors", "no such thing", 13), NULL, &r);
    assert_int_equal(r.outcome, CONFORMANCE_MALFORMED);
    assert_non_null(strstr(r.reason, "broken.safetensors"));
    remove(scratch_path("broken.safetensors"));
    conformance_run(scratch_path("absent.safetensors"), NULL, &r);
    assert_int_equal(r.outcome, CONFORMANCE_MALFORMED);
}

/* ---- Folders ---- */

static void folders_are_searched_in_order(void **state)
{
    static const char *const names[] = { "tree/b/two.safetensors", "tree/a.safetensors",
                                         "tree/b/one.safetensors", "tree/c.txt" };
    static const char *const wanted[] = { "tree/a.safetensors", "tree/b/one.safetensors",
                                          "tree/b/two.safetensors", "tree/c.txt" };
    const char *roots[2] = { strdup(scratch_path("tree")), strdup(scratch_path("tree/c.txt")) };
    char **paths;
    ptrdiff_t count;
    file_error error;

    (void)state;
    mkdir(scratch_path("tree"), 0777);
    mkdir(scratch_path("tree/b"), 0777);
    for (int i = 0; i < 4; i++)
        scratch_write(names[i], "", 0);
    assert_int_equal(conformance_paths(2, roots, &paths, &count, &error), STATUS_OK);
    assert_int_equal(count, 4);
    for (int i = 0; i < 4; i++)
        assert_string_equal(paths[i], scratch_path(wanted[i]));
    conformance_paths_free(paths, count);
    for (int i = 0; i < 4; i++)
        remove(scratch_path(names[i]));
    assert_int_equal(conformance_paths(1, roots, &paths, &count, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "no *.safetensors file"));
    remove(scratch_path("tree/b"));
    remove(scratch_path("tree"));
    assert_int_equal(conformance_paths(1, roots, &paths, &count, &error), STATUS_IO);
    assert_null(paths);
    free((void *)roots[0]);
    free((void *)roots[1]);
}

/* ---- The command ---- */

static void check_command(int code, const char *says, const char *path, const char *variant)
{
    const char *const argv[] = { process_convlab(), "conformance", path,
                                 variant ? "--variant" : NULL, variant, NULL };
    process_result r = process_run(NULL, argv);

    if (r.code != code || (!strstr(r.out, says) && !strstr(r.err, says)))
        fail_msg("conformance %s: expected exit code %d and '%s', found %d:\n%s%s", path, code,
                 says, r.code, r.out, r.err);
    process_free(&r);
}

static void exit_codes(void **state)
{
    sample s = *sample_of("torch.linear");
    tensor *y;

    (void)state;
    mkdir(scratch_path("cases"), 0777);
    check_command(3, "no *.safetensors file", scratch_path("cases"), NULL);
    check_command(3, "No such file", scratch_path("nowhere"), NULL);
    write_case(&s, "cases/a.safetensors");
    check_command(0, "1 passed, 0 failed, 0 skipped\n", scratch_path("cases"), NULL);
    check_command(0, "1 passed, 0 failed, 0 skipped\n", scratch_path("cases"), "naive");
    check_command(0, "0 passed, 0 failed, 1 skipped\n", scratch_path("cases"), "im2col");
    check_command(2, "expected one of naive, ", scratch_path("cases"), "fast");
    tensor_of(&s, "output_0", &y);
    y->value[0] = 12.0;
    write_case(&s, "cases/b.safetensors");
    check_command(1, "linear/naive: output_0[0]: got 11, want 12", scratch_path("cases"), NULL);
    check_command(1, "1 passed, 1 failed, 0 skipped\n", scratch_path("cases"), NULL);
    s.attributes = "{";
    write_case(&s, "cases/c.safetensors");
    check_command(3, "c.safetensors: metadata 'attributes'", scratch_path("cases"), NULL);
    check_command(3, "1 passed, 2 failed, 0 skipped\n", scratch_path("cases"), NULL);
}

/* ---- Real cases ---- */

static void real_cases_pass(void **state)
{
    enum { MOST_SKIPPED = 5 };
    const char *const folder = getenv("CONVLAB_CONFORMANCE");
    char **paths;
    ptrdiff_t count;
    file_error error;
    int skipped = 0;

    (void)state;
    if (!folder || !*folder) {
        print_message("skipped: CONVLAB_CONFORMANCE does not name a folder of cases\n");
        skip();
    }
    if (conformance_paths(1, &folder, &paths, &count, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    for (ptrdiff_t i = 0; i < count; i++) {
        conformance_result r;
        char text[512] = "";
        conformance_run(paths[i], NULL, &r);
        if (r.failure_count)
            conformance_describe(&r.failure[0], text, sizeof text);
        skipped += r.outcome == CONFORMANCE_SKIPPED;
        if (r.outcome != CONFORMANCE_PASSED && r.outcome != CONFORMANCE_SKIPPED)
            fail_msg("%s: %s%s", paths[i], r.reason, text);
    }
    conformance_paths_free(paths, count);
    assert_true(skipped <= MOST_SKIPPED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_cases_pass),
        cmocka_unit_test(each_wrong_number_is_caught),
        cmocka_unit_test(tolerance_is_tight),
        cmocka_unit_test(selections_are_exact),
        cmocka_unit_test(nan_is_equal_to_nan_alone),
        cmocka_unit_test(wrong_output_shape_fails),
        cmocka_unit_test(every_host_variant_runs),
        cmocka_unit_test(what_is_not_known_is_skipped),
        cmocka_unit_test(malformed_metadata),
        cmocka_unit_test(malformed_tensors),
        cmocka_unit_test(no_case_at_all),
        cmocka_unit_test(folders_are_searched_in_order),
        cmocka_unit_test(exit_codes),
        cmocka_unit_test(real_cases_pass),
    };
    return cmocka_run_group_tests_name("conformance", tests, scratch_make, scratch_remove);
}
