/* mutants.c: the list of all tables of known-wrong kernels. */
#include "tests/mutants/mutants.h"

#include "check/check_adapters.h"
#include "tests/mutants/activation_mutants.h"
#include "tests/mutants/adam_mutants.h"
#include "tests/mutants/add_mutants.h"
#include "tests/mutants/batchnorm2d_mutants.h"
#include "tests/mutants/concat_mutants.h"
#include "tests/mutants/conv1x1_mutants.h"
#include "tests/mutants/conv2d_mutants.h"
#include "tests/mutants/dropout_mutants.h"
#include "tests/mutants/gemm_mutants.h"
#include "tests/mutants/init_mutants.h"
#include "tests/mutants/linear_mutants.h"
#include "tests/mutants/mse_mutants.h"
#include "tests/mutants/pad2d_mutants.h"
#include "tests/mutants/pool2d_mutants.h"
#include "tests/mutants/softmax_ce_mutants.h"

#define TABLE(name) \
    { &check_##name, name##_mutants, sizeof name##_mutants[0], &name##_mutant_count }

const mutant_table mutant_tables[] = {
    TABLE(gemm),        TABLE(conv2d),     TABLE(pad2d),      TABLE(conv1x1), TABLE(pool2d),
    TABLE(batchnorm2d), TABLE(linear),     TABLE(activation), TABLE(dropout), TABLE(add),
    TABLE(concat),      TABLE(softmax_ce), TABLE(mse),        TABLE(adam),    TABLE(init),
    { NULL, NULL, 0, NULL },
};
