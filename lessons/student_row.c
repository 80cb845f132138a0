/* student_row.c: where each concept's table keeps its functions. */
#include "lessons/student_row.h"

#include <assert.h>
#include <string.h>

#include "check/check_adapters.h"
#include "kernels/activation/activation.h"
#include "kernels/adam/adam.h"
#include "kernels/add/add.h"
#include "kernels/batchnorm2d/batchnorm2d.h"
#include "kernels/concat/concat.h"
#include "kernels/conv1x1/conv1x1.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/dropout/dropout.h"
#include "kernels/gemm/gemm.h"
#include "kernels/init/init.h"
#include "kernels/linear/linear.h"
#include "kernels/mse/mse.h"
#include "kernels/pad2d/pad2d.h"
#include "kernels/pool2d/pool2d.h"
#include "kernels/softmax_ce/softmax_ce.h"

#define HEADER(name) .concept = &check_##name, .header = "kernels/" #name "/" #name ".h", \
                     .type = #name "_variant"

const student_contract student_contracts[] = {
    { HEADER(gemm),
      .pass = { CONTRACT_PASS(gemm_variant, multiply, gemm_shape, "stttw"),
                CONTRACT_PASS(gemm_variant, multiply, gemm_shape, "stttw"),
                CONTRACT_PASS(gemm_variant, multiply, gemm_shape, "stttw") },
      .workspace_offset = offsetof(gemm_variant, workspace_bytes) },
    { HEADER(conv2d),
      .pass = { CONTRACT_PASS(conv2d_variant, forward, conv2d_shape, "sttttw"),
                CONTRACT_PASS(conv2d_variant, backward_data, conv2d_shape, "stttw"),
                CONTRACT_PASS(conv2d_variant, backward_weights, conv2d_shape, "sttttw") },
      .workspace_offset = offsetof(conv2d_variant, workspace_bytes) },
    { HEADER(pad2d),
      .pass = { CONTRACT_PASS(pad2d_variant, forward, pad2d_shape, "stt"),
                CONTRACT_PASS(pad2d_variant, backward, pad2d_shape, "stt") } },
    { HEADER(conv1x1),
      .pass = { CONTRACT_PASS(conv1x1_variant, forward, conv1x1_shape, "sttttw"),
                CONTRACT_PASS(conv1x1_variant, backward_data, conv1x1_shape, "stttw"),
                CONTRACT_PASS(conv1x1_variant, backward_weights, conv1x1_shape, "sttttw") },
      .workspace_offset = offsetof(conv1x1_variant, workspace_bytes) },
    { HEADER(pool2d),
      .pass = { CONTRACT_PASS(pool2d_variant, max_forward, pool2d_shape, "sttt"),
                CONTRACT_PASS(pool2d_variant, max_backward, pool2d_shape, "sttt"),
                CONTRACT_PASS(pool2d_variant, average_forward, pool2d_shape, "stt"),
                CONTRACT_PASS(pool2d_variant, average_backward, pool2d_shape, "stt") } },
    { HEADER(batchnorm2d),
      .pass = { CONTRACT_PASS(batchnorm2d_variant, train_forward, batchnorm2d_shape, "stttttttt"),
                CONTRACT_PASS(batchnorm2d_variant, train_backward, batchnorm2d_shape, "stttttttt"),
                CONTRACT_PASS(batchnorm2d_variant, eval_forward, batchnorm2d_shape, "stttttt"),
                CONTRACT_PASS(batchnorm2d_variant, eval_backward, batchnorm2d_shape,
                              "stttttttt") } },
    { HEADER(linear),
      .pass = { CONTRACT_PASS(linear_variant, forward, linear_shape, "sttttw"),
                CONTRACT_PASS(linear_variant, backward_data, linear_shape, "stttw"),
                CONTRACT_PASS(linear_variant, backward_weights, linear_shape, "sttttw") },
      .workspace_offset = offsetof(linear_variant, workspace_bytes) },
    { HEADER(activation),
      .pass = { CONTRACT_PASS(activation_variant, forward, activation_shape, "stt"),
                CONTRACT_PASS(activation_variant, backward, activation_shape, "stttt") } },
    { HEADER(dropout),
      .pass = { CONTRACT_PASS(dropout_variant, draw, dropout_shape, "srt"),
                CONTRACT_PASS(dropout_variant, forward, dropout_shape, "sttt"),
                CONTRACT_PASS(dropout_variant, backward, dropout_shape, "sttt") } },
    { HEADER(add),
      .pass = { CONTRACT_PASS(add_variant, forward, add_shape, "sttt"),
                CONTRACT_PASS(add_variant, backward, add_shape, "sttt") } },
    { HEADER(concat),
      .pass = { CONTRACT_PASS(concat_variant, forward, concat_shape, "sRt"),
                CONTRACT_PASS(concat_variant, backward, concat_shape, "stW") } },
    { HEADER(softmax_ce),
      .pass = { CONTRACT_PASS(softmax_ce_variant, softmax_forward, softmax_ce_shape, "stt"),
                CONTRACT_PASS(softmax_ce_variant, softmax_backward, softmax_ce_shape, "sttt"),
                CONTRACT_PASS(softmax_ce_variant, log_softmax_forward, softmax_ce_shape, "stt"),
                CONTRACT_PASS(softmax_ce_variant, log_softmax_backward, softmax_ce_shape, "sttt"),
                CONTRACT_PASS(softmax_ce_variant, nll_forward, softmax_ce_shape, "stttt"),
                CONTRACT_PASS(softmax_ce_variant, nll_backward, softmax_ce_shape, "stttt"),
                { .field = NULL },  /* the entry makes it of two others */
                CONTRACT_PASS(softmax_ce_variant, ce_backward, softmax_ce_shape, "sttttt") } },
    { HEADER(mse),
      .pass = { CONTRACT_PASS(mse_variant, forward, mse_shape, "sttt"),
                CONTRACT_PASS(mse_variant, backward, mse_shape, "stttt") } },
    { HEADER(adam),
      .pass = { CONTRACT_PASS(adam_variant, adam, adam_options, "sittttt"),
                CONTRACT_PASS(adam_variant, sgd, sgd_options, "sittt") } },
    { HEADER(init),
      .pass = { CONTRACT_PASS(init_variant, fill, init_shape, "srt") } },
    { .concept = NULL },
};

const student_contract *student_contract_find(const student_contract *table, const char *concept)
{
    for (; table && table->concept; table++)
        if (strcmp(table->concept->name, concept) == 0)
            return table;
    return NULL;
}

void student_row_make(student_row *row, const student_contract *contract, int pass,
                      variant_space space, void *function, void *workspace_bytes)
{
    const variant_info info = { "student", space, PRECISION_FP32, "the student's" };

    assert(contract->concept->variant_bytes <= sizeof row->bytes);
    memset(row->bytes, 0, sizeof row->bytes);
    memcpy(row->bytes, &info, sizeof info);
    memcpy(row->bytes + contract->pass[pass].offset, &function, sizeof function);
    if (workspace_bytes && contract->workspace_offset)
        memcpy(row->bytes + contract->workspace_offset, &workspace_bytes, sizeof workspace_bytes);
}
