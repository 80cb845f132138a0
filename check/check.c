/* check.c: what adapters call: declaring and finding tensors, walking a table of variants. */
#include "check/check.h"

#include <assert.h>
#include <string.h>

check_tensor *check_declare(check_problem *p, const char *name, check_type type, check_fill fill,
                            int rank, const int *extent)
{
    assert(p->tensor_count < CHECK_MAX_TENSORS && rank >= 1 && rank <= CHECK_MAX_RANK);
    check_tensor *const t = &p->tensor[p->tensor_count++];

    *t = (check_tensor){ .name = name, .type = type, .fill = fill, .rank = rank, .count = 1 };
    for (int i = 0; i < rank; i++) {
        t->extent[i] = extent[i];
        t->count *= extent[i];
    }
    return t;
}

check_tensor *check_declare_float(check_problem *p, const char *name, int a, int b, int c, int d)
{
    return check_declare(p, name, CHECK_FLOAT, CHECK_FILL_NORMAL, 4, (const int[]){ a, b, c, d });
}

const check_tensor *check_find(const check_problem *p, const char *name)
{
    for (int i = 0; i < p->tensor_count; i++)
        if (strcmp(p->tensor[i].name, name) == 0)
            return &p->tensor[i];
    return NULL;
}

void *check_data(const check_problem *p, const char *name)
{
    const check_tensor *const t = check_find(p, name);
    return t ? t->data : NULL;
}

exact *check_expected(const check_problem *p, const char *name)
{
    const check_tensor *const t = check_find(p, name);
    return t ? t->expected : NULL;
}

const void *check_variant_row(const check_concept *c, size_t i)
{
    return (const char *)c->variants + i * c->variant_bytes;
}

const variant_info *check_variant_info(const void *row)
{
    return row;                                 /* a row begins with it */
}
