/* check_concepts.c: the list of everything that can be checked. */
#include "check/check_adapters.h"

#include <string.h>

const check_concept *const check_concepts[] = {
    &check_gemm, &check_conv2d, &check_pad2d, &check_conv1x1, &check_pool2d, &check_batchnorm2d,
    &check_linear, &check_activation, &check_dropout, &check_add, &check_concat,
    &check_softmax_ce, &check_mse, &check_adam, &check_init, NULL,
};

const check_concept *check_concept_find(const char *name)
{
    for (const check_concept *const *c = check_concepts; *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}
