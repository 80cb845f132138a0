/* check_trial.c: the engine's stage, with the row left open. */
#include "check/check_trial.h"

#include <stdlib.h>

#include "check/check_engine.h"

enum { MAX_DRAWS = 100 };

struct check_trial {
    check_stage stage;
};

check_trial *check_trial_open(const check_concept *c, int pass, const int *param, uint64_t seed,
                              status *verdict)
{
    check_trial *const t = calloc(1, sizeof *t);

    *verdict = STATUS_MEMORY;
    if (!t)
        return NULL;
    *verdict = check_stage_open(&t->stage, c, NULL, pass, param, seed);
    if (*verdict == STATUS_OK && !check_stage_reference(&t->stage, pass))
        *verdict = STATUS_MEMORY;
    if (*verdict == STATUS_OK)
        return t;
    check_trial_close(t);
    return NULL;
}

void check_trial_close(check_trial *t)
{
    if (t)
        check_stage_close(&t->stage);
    free(t);
}

const check_problem *check_trial_problem(const check_trial *t)
{
    return &t->stage.p;
}

bool check_trial_special(const check_trial *t)
{
    return t->stage.special;
}

bool check_trial_reads(const check_trial *t, int i)
{
    return check_names(check_stage_pass(&t->stage, t->stage.pass)->reads,
                       t->stage.p.tensor[i].name);
}

bool check_trial_writes(const check_trial *t, int i)
{
    return check_names(check_stage_pass(&t->stage, t->stage.pass)->writes,
                       t->stage.p.tensor[i].name);
}

bool check_trial_run(check_trial *t, const void *row, check_case *found)
{
    *found = (check_case){ .outcome = CHECK_PASSED };
    t->stage.row = row;
    return check_stage_run(&t->stage, t->stage.pass, 0, found) || found->outcome == CHECK_GUARD ||
           found->outcome == CHECK_INPUT_CHANGED;
}

double check_trial_input(const check_trial *t, int i, ptrdiff_t at)
{
    return check_element(t->stage.p.tensor[i].type, t->stage.input[i], at);
}

double check_trial_got(const check_trial *t, int i, ptrdiff_t at)
{
    return check_element(t->stage.p.tensor[i].type, t->stage.p.tensor[i].data, at);
}

exact check_trial_want(const check_trial *t, int i, ptrdiff_t at)
{
    return t->stage.expected[i][at];
}

check_outcome check_trial_judge(const check_trial *t, int i, ptrdiff_t at)
{
    const check_tensor *const tensor = &t->stage.p.tensor[i];
    const unsigned char *const bytes = tensor->data;
    double fraction;

    return check_judge(tensor->type, check_trial_got(t, i, at),
                       bytes + (size_t)at * check_element_bytes(tensor->type),
                       check_trial_want(t, i, at), check_variant_info(t->stage.row)->precision,
                       &fraction);
}

double check_trial_allowed(const check_trial *t, int i, ptrdiff_t at)
{
    return check_allowed(check_trial_want(t, i, at), check_variant_info(t->stage.row)->precision);
}

bool check_trial_draw(const check_concept *c, uint64_t seed, int *param)
{
    check_random r = check_stream(seed, "shape");

    for (int i = 0; i < MAX_DRAWS; i++) {
        c->draw(&r, param);
        if (check_verdict(c, param) == STATUS_OK)
            return true;
    }
    return false;
}
