/* check_run.c: one problem through one row and pass, and a series of drawn problems. */
#include "check/check_engine.h"

#include <omp.h>
#include <string.h>

#include "kernels/core/device.h"

static const int thread_counts[] = { 1, 2, 4 };
enum { THREAD_COUNTS = 3, DEVICE_RUNS = 2, MAX_DRAWS = 100 };

static bool tensor_right(const check_stage *s, int i, check_case *found)
{
    const check_tensor *const t = &s->p.tensor[i];
    const variant_precision precision = check_variant_info(s->row)->precision;
    const size_t size = check_element_bytes(t->type);

    for (ptrdiff_t at = 0; at < t->count; at++) {
        const double got = check_element(t->type, s->output[i], at);
        const exact want = s->expected[i][at];
        double fraction;
        const check_outcome outcome = check_judge(t->type, got, s->output[i] + (size_t)at * size,
                                                  want, precision, &fraction);
        found->worst = fmax(found->worst, fraction);
        if (outcome == CHECK_PASSED)
            continue;
        check_locate(found, outcome, t, at);
        found->got = got;
        found->want = want.value;
        found->bound = t->type == CHECK_FLOAT ? check_allowed(want, precision) : 0.0;
        return false;
    }
    return true;
}

static bool values_right(check_stage *s, check_case *found)
{
    if (!check_stage_keep(s, s->pass) || !check_stage_reference(s, s->pass)) {
        found->outcome = CHECK_MEMORY;
        return false;
    }
    for (int i = 0; i < s->p.tensor_count; i++)
        if (check_names(check_stage_pass(s, s->pass)->writes, s->p.tensor[i].name) &&
            !tensor_right(s, i, found))
            return false;
    return true;
}

/* Holds what run number `run` wrote against run 0, bit by bit. */
static bool same_bits(const check_stage *s, int run, check_case *found)
{
    for (int i = 0; i < s->p.tensor_count; i++) {
        const check_tensor *const t = &s->p.tensor[i];
        const size_t size = check_element_bytes(t->type);
        const unsigned char *const now = t->data;
        if (!check_names(check_stage_pass(s, s->pass)->writes, t->name))
            continue;
        for (ptrdiff_t at = 0; at < t->count; at++) {
            const unsigned char *const here = now + (size_t)at * size;
            if (memcmp(here, s->output[i] + (size_t)at * size, size) == 0)
                continue;
            const bool poison = check_poison_of(t->type, here, run) == CHECK_UNWRITTEN;
            check_locate(found, poison ? CHECK_UNWRITTEN : CHECK_THREADS, t, at);
            found->got = check_element(t->type, now, at);
            found->want = check_element(t->type, s->output[i], at);
            return false;
        }
    }
    return true;
}

/* What must not change the result: the number of threads, on the device their order. */
static void vary(bool host, int run, uint64_t seed)
{
    if (host)
        omp_set_num_threads(thread_counts[run]);
    else
        device_seed(check_random_mix(seed, (uint64_t)run));
}

/* The whole examination. */
static void examine(check_stage *s, check_case *found)
{
    const bool host = check_variant_info(s->row)->space == SPACE_HOST;
    const bool excused = s->p.concept->threads_may_differ;      /* each run is then run 0 */

    found->outcome = CHECK_PASSED;              /* unless something below says otherwise */
    vary(host, 0, s->p.seed);
    if (!check_stage_run(s, s->pass, 0, found) || !values_right(s, found))
        return;
    for (int run = 1; run < (host ? THREAD_COUNTS : DEVICE_RUNS); run++) {
        vary(host, run, s->p.seed);
        if (excused ? !check_stage_run(s, s->pass, 0, found) || !values_right(s, found)
                    : !check_stage_run(s, s->pass, run, found) || !same_bits(s, run, found))
            return;
    }
    if (!s->special && check_stage_pass(s, s->pass)->gradient_of)
        check_gradients(s, found);
}

status check_shape(const check_concept *c, const void *row, int pass, const int *param,
                   uint64_t seed, check_case *result)
{
    const int threads = omp_get_max_threads();
    check_stage s;

    *result = (check_case){ .outcome = CHECK_MEMORY };
    const status verdict = check_stage_open(&s, c, row, pass, param, seed);
    if (verdict == STATUS_OK)
        examine(&s, result);
    check_stage_close(&s);
    omp_set_num_threads(threads);
    return verdict == STATUS_MEMORY ? STATUS_OK : verdict;
}

bool check_failed(const check_case *result)
{
    return result->outcome != CHECK_PASSED && result->outcome != CHECK_SKIPPED;
}

/* Adds one case to the result. Returns false on a failure, which is then shrunk. */
static bool tally(const check_concept *c, const void *row, int pass, uint64_t seed,
                  check_case *found, check_result *result)
{
    result->worst = fmax(result->worst, found->worst);
    result->differences += found->differences;
    result->verified += found->verified;
    if (!check_failed(found)) {
        *(found->outcome == CHECK_PASSED ? &result->passed : &result->skipped) += 1;
        return true;
    }
    result->failed = true;
    result->seed = seed;
    if (found->outcome != CHECK_NO_PROBLEM && found->outcome != CHECK_MEMORY)
        check_shrink(c, row, pass, result->param, seed, found);
    result->failure = *found;
    return false;
}

void check_variant(const check_concept *c, const void *row, int pass, uint64_t seed, long cases,
                   check_result *result)
{
    const check_random drawn = check_stream(seed, c->name);
    bool good = true;

    *result = (check_result){ 0 };
    for (long i = 0; good && i < cases; i++) {
        const uint64_t own = check_random_mix(drawn.state, (uint64_t)i);
        check_random r = check_stream(own, "shape");
        check_case found = { .outcome = CHECK_NO_PROBLEM };

        for (int draw = 0; draw < MAX_DRAWS && found.outcome == CHECK_NO_PROBLEM; draw++) {
            c->draw(&r, result->param);
            if (check_shape(c, row, pass, result->param, own, &found) != STATUS_OK)
                found.outcome = CHECK_NO_PROBLEM;
        }
        good = tally(c, row, pass, own, &found, result);
    }
}

void check_variant_at(const check_concept *c, const void *row, int pass, const int *param,
                      uint64_t seed, long cases, check_result *result)
{
    bool good = true;

    *result = (check_result){ 0 };
    memcpy(result->param, param, (size_t)c->param_count * sizeof *param);
    for (long i = 0; good && i < cases; i++) {
        const uint64_t own = i == 0 ? seed : check_random_mix(seed, (uint64_t)i);
        check_case found;

        if (check_shape(c, row, pass, param, own, &found) != STATUS_OK)
            found.outcome = CHECK_NO_PROBLEM;
        good = tally(c, row, pass, own, &found, result);
    }
}
