/* mutants.c: the list of all tables of known-wrong kernels. */
#include "check/mutants/mutants.h"

#include "check/check_adapters.h"
#include "check/mutants/activation_mutants.h"
#include "check/mutants/adam_mutants.h"
#include "check/mutants/add_mutants.h"
#include "check/mutants/batchnorm2d_mutants.h"
#include "check/mutants/concat_mutants.h"
#include "check/mutants/conv1x1_mutants.h"
#include "check/mutants/conv2d_mutants.h"
#include "check/mutants/dropout_mutants.h"
#include "check/mutants/gemm_mutants.h"
#include "check/mutants/init_mutants.h"
#include "check/mutants/linear_mutants.h"
#include "check/mutants/mse_mutants.h"
#include "check/mutants/pad2d_mutants.h"
#include "check/mutants/pool2d_mutants.h"
#include "check/mutants/softmax_ce_mutants.h"

#define TABLE(name) \
    { &check_##name, name##_mutants, sizeof name##_mutants[0], &name##_mutant_count }

const mutant_table mutant_tables[] = {
    TABLE(gemm),        TABLE(conv2d),     TABLE(pad2d),      TABLE(conv1x1), TABLE(pool2d),
    TABLE(batchnorm2d), TABLE(linear),     TABLE(activation), TABLE(dropout), TABLE(add),
    TABLE(concat),      TABLE(softmax_ce), TABLE(mse),        TABLE(adam),    TABLE(init),
    { NULL, NULL, 0, NULL },
};
