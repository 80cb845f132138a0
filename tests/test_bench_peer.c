/* test_bench_peer.c: other people's kernels pass the check that ours pass, a wrong one does not.
 *
 * Time: few problems each. CONVLAB_PEER_CASES=200 in the environment draws that many; a minute. */
#include "bench/peer.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "check/check_engine.h"
#include "kernels/gemm/gemm.h"

static int failures;

static long cases_of(const peer *row)
{
    const char *const text = getenv("CONVLAB_PEER_CASES");

    if (text)
        return atol(text);
    /* oneDNN's threads of batch norm spin at barriers: slow with more of them than cores. */
    return strcmp(row->concept, "batchnorm2d") == 0 ? 5 : 100;
}

static void need_peers(void)
{
    if (!peers[0].concept) {
        print_message("skipped: built without OpenBLAS and oneDNN (libopenblas-openmp-dev, "
                      "libdnnl-dev)\n");
        skip();
    }
}

static void complain(const peer *row, const char *pass, const char *what)
{
    print_error("%s of %s, %s: %s\n", row->info.name, row->concept, pass, what);
    failures++;
}

/* ---- All peers are right ---- */

static void every_peer_passes_the_check(void **state)
{
    (void)state;
    need_peers();
    failures = 0;
    for (const peer *row = peers; row->concept; row++) {
        check_concept copy;
        const check_concept *const c = peer_concept(check_concept_find(row->concept), &copy);
        long passed = 0;
        if (row->info.space != SPACE_HOST)
            continue;
        for (int pass = 0; pass < c->pass_count; pass++) {
            check_result result;
            char text[CHECK_FINDING_BYTES];
            check_variant(c, row, pass, 20, cases_of(row), &result);
            passed += result.passed;
            check_describe_case(&result.failure, text, sizeof text);
            if (result.failed)
                complain(row, c->pass[pass].name, text);
        }
        if (passed == 0)
            complain(row, "every pass", "does not do a single problem");
    }
    assert_int_equal(failures, 0);
}

/* ---- A state serves for many runs, and for other tensors of the same shape ---- */

static const char *shape_for(const char *concept)
{
    static const char *const shapes[][2] = {
        { "gemm", "m=35,n=50,k=19" },
        { "conv2d", "n=2,c=20,h=9,w=8,oc=33,kernel_h=3,kernel_w=3,pad_top=1,pad_left=1,bias=1" },
        { "conv1x1", "n=2,c=20,h=5,w=7,oc=33,bias=1" },
        { "pool2d", "n=2,c=20,h=9,w=8,kernel_h=2,kernel_w=2,stride_h=2,stride_w=2" },
        { "batchnorm2d", "n=2,c=20,h=5,w=7" },
        { "linear", "n=7,in_features=50,out_features=35,bias=1" },
        { "activation", "kind=1,count=1000" },
    };

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (strcmp(shapes[i][0], concept) == 0)
            return shapes[i][1];
    return NULL;
}

static void open_stage(check_stage *s, const check_concept *c, const peer *row, int pass,
                       uint64_t seed)
{
    int param[CHECK_MAX_PARAMS];
    char message[200];

    assert_non_null(shape_for(c->name));
    assert_true(check_parse_shape(c, shape_for(c->name), param, message, sizeof message));
    assert_int_equal(check_stage_open(s, c, row, pass, param, seed), STATUS_OK);
}

static void fill_with(check_stage *s, const char *list, bool not_in_list, int byte)
{
    for (int i = 0; i < s->p.tensor_count; i++)
        if (check_names(list, s->p.tensor[i].name) != not_in_list)
            memset(s->p.tensor[i].data, byte,
                   (size_t)s->p.tensor[i].count * check_element_bytes(s->p.tensor[i].type));
}

/* Loads, runs `times` times and stores, with the tensors of *s. A row with layouts of its own must
 * not look at them in between, but for a pass that updates one in place. */
static void use_state(const peer *row, void *state, check_stage *s, int times, bool hide)
{
    if (row->load)
        row->load(state, &s->p);
    if (row->load && hide)
        fill_with(s, check_stage_pass(s, s->pass)->writes, true, 0xff);
    for (int i = 0; i < times; i++)
        row->run(state, &s->p);
    if (row->store)
        row->store(state, &s->p);
}

static bool same_outputs(const check_stage *a, const check_stage *b)
{
    for (int i = 0; i < a->p.tensor_count; i++) {
        const check_tensor *const x = &a->p.tensor[i], *const y = &b->p.tensor[i];
        if (check_names(check_stage_pass(a, a->pass)->writes, x->name) &&
            memcmp(x->data, y->data, (size_t)x->count * check_element_bytes(x->type)) != 0)
            return false;
    }
    return true;
}

static void reuse(const peer *row, const check_concept *c, int pass)
{
    const bool updates = strcmp(c->pass[pass].name, "train_forward") == 0;
    const bool hide = strcmp(c->name, "batchnorm2d") != 0;      /* reads its saved statistics */
    check_stage first, fresh, again;

    open_stage(&first, c, row, pass, 1);
    open_stage(&fresh, c, row, pass, 2);
    open_stage(&again, c, row, pass, 2);
    void *const old = row->open(&first.p, pass);
    if (old) {
        void *const new = row->open(&fresh.p, pass);
        assert_non_null(new);
        use_state(row, new, &fresh, 1, false);
        use_state(row, old, &first, 1, false);
        use_state(row, old, &again, updates ? 1 : 3, hide);
        if (!same_outputs(&fresh, &again))
            complain(row, c->pass[pass].name, "a used state gives something else than a fresh one");
        row->close(new);
        row->close(old);
    }
    check_stage_close(&first);
    check_stage_close(&fresh);
    check_stage_close(&again);
}

static void states_can_be_used_again(void **state)
{
    (void)state;
    need_peers();
    failures = 0;
    peer_set_threads(1);
    for (const peer *row = peers; row->concept; row++) {
        check_concept copy;
        const check_concept *const c = peer_concept(check_concept_find(row->concept), &copy);
        for (int pass = 0; pass < c->pass_count && row->info.space == SPACE_HOST; pass++)
            reuse(row, c, pass);
    }
    assert_int_equal(failures, 0);
}

/* ---- Wrong peers are found out: gemm, by our own plainest kernel, with a mistake ---- */

static const gemm_shape *shape_of(const check_problem *p)
{
    return (const gemm_shape *)p->shape;
}

static void *open_right(const check_problem *p, int pass)
{
    static char token;

    (void)p;
    return pass == 0 ? &token : NULL;           /* forward only */
}

static void *open_nothing(const check_problem *p, int pass)
{
    (void)p, (void)pass;
    return NULL;
}

static void run_right(void *state, const check_problem *p)
{
    (void)state;
    gemm_variants[0].multiply(shape_of(p), check_data(p, "a"), check_data(p, "b"),
                              check_data(p, "c"), NULL);
}

static void scale_first(const check_problem *p, float factor)
{
    if (shape_of(p)->M > 0 && shape_of(p)->N > 0)
        *(float *)check_data(p, "c") *= factor;
}

static void run_imprecise(void *state, const check_problem *p)
{
    run_right(state, p);
    scale_first(p, 1.001f);
}

static void run_wrong_on_four_threads(void *state, const check_problem *p)
{
    run_right(state, p);
    if (omp_get_max_threads() == 4)
        scale_first(p, 1.001f);
}

static void run_other_bits_on_four_threads(void *state, const check_problem *p)
{
    const gemm_shape *const s = shape_of(p);

    run_right(state, p);
    if (omp_get_max_threads() == 4 && s->K > 3 && s->alpha != 0.0f)
        scale_first(p, 1.0f + 0x1p-23f);
}

static void run_unwritten(void *state, const check_problem *p)
{
    (void)state, (void)p;
}

static void run_nan_swallowed(void *state, const check_problem *p)
{
    const gemm_shape *const s = shape_of(p);

    run_right(state, p);
    for (int m = 0; m < s->M; m++)
        for (int n = 0; n < s->N; n++) {
            float *const c = (float *)check_data(p, "c") + (ptrdiff_t)m * s->ldc + n;
            *c = isnan(*c) ? 0.0f : *c;
        }
}

static void ignore(void *state)
{
    (void)state;
}

static peer gemm_peer(void (*run)(void *state, const check_problem *p))
{
    return (peer){ { "made up", SPACE_HOST, PRECISION_FP32, "" }, "gemm", .open = open_right,
                   .run = run, .close = ignore };
}

static check_result check_gemm_peer(const peer *row)
{
    check_concept copy;
    const check_concept *const c = peer_concept(check_concept_find("gemm"), &copy);
    check_result result;

    check_variant(c, row, 0, 4, 100, &result);
    return result;
}

static void a_right_peer_passes_and_a_wrong_one_fails(void **state)
{
    peer row = gemm_peer(run_right);

    (void)state;
    check_result result = check_gemm_peer(&row);
    assert_false(result.failed);
    assert_int_equal(result.passed, 100);
    row = gemm_peer(run_imprecise);
    result = check_gemm_peer(&row);
    assert_true(result.failed);
    assert_int_equal(result.failure.outcome, CHECK_MISMATCH);
}

static void a_peer_that_writes_nothing_fails(void **state)
{
    const peer row = gemm_peer(run_unwritten);

    (void)state;
    assert_true(check_gemm_peer(&row).failed);
}

static void other_bits_on_other_threads_pass_but_no_wrong_values(void **state)
{
    peer row = gemm_peer(run_other_bits_on_four_threads);

    (void)state;
    assert_false(check_gemm_peer(&row).failed);
    row = gemm_peer(run_wrong_on_four_threads);
    const check_result result = check_gemm_peer(&row);
    assert_true(result.failed);
    assert_int_equal(result.failure.outcome, CHECK_MISMATCH);
}

static void only_a_finite_only_peer_may_swallow_nan(void **state)
{
    peer row = gemm_peer(run_nan_swallowed);

    (void)state;
    assert_true(check_gemm_peer(&row).failed);
    row.finite_only = true;
    assert_false(check_gemm_peer(&row).failed);
}

static void what_a_peer_does_not_do_is_skipped(void **state)
{
    peer row = gemm_peer(run_right);

    (void)state;
    row.open = open_nothing;
    check_result result = check_gemm_peer(&row);
    assert_false(result.failed);
    assert_int_equal(result.passed, 0);
    assert_int_equal(result.skipped, 100);
    row = gemm_peer(run_right);
    row.concept = "conv2d";                     /* in the table of gemm, too, but not its row */
    result = check_gemm_peer(&row);
    assert_int_equal(result.skipped, 100);
}

/* ---- Libraries ---- */

static void each_library_is_there_or_said_to_be_missing(void **state)
{
    static const char *const names[] = { "OpenBLAS", "oneDNN" };
    const char *how, *missing;

    (void)state;
    for (size_t n = 0; n < 2; n++) {
        int there = 0, absent = 0, rows = 0;
        for (size_t i = 0; peer_library(i); i++)
            there += strncmp(peer_library(i), names[n], strlen(names[n])) == 0;
        for (size_t i = 0; (missing = peer_missing(i, &how)); i++) {
            assert_non_null(how);
            assert_non_null(strstr(how, "lib"));        /* names the package */
            absent += strcmp(missing, names[n]) == 0;
        }
        assert_null(how);
        for (const peer *row = peers; row->concept; row++)
            rows += strncasecmp(row->info.name, names[n], strlen(names[n])) == 0;
        assert_int_equal(there + absent, 1);
        assert_int_equal(rows > 0, there);
    }
    assert_null(peer_missing(1000, &how));
    assert_null(peer_library(1000));
}

static void every_row_is_complete_and_listed_once(void **state)
{
    (void)state;
    for (const peer *row = peers; row->concept; row++) {
        assert_non_null(check_concept_find(row->concept));
        assert_true(row->open && row->run && row->close);
        assert_true(*row->info.name && *row->info.idea);
        assert_int_equal(!row->load, !row->store);
        for (const peer *other = peers; other < row; other++)
            assert_false(strcmp(other->concept, row->concept) == 0 &&
                         strcmp(other->info.name, row->info.name) == 0);
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_peer_passes_the_check),
        cmocka_unit_test(states_can_be_used_again),
        cmocka_unit_test(a_right_peer_passes_and_a_wrong_one_fails),
        cmocka_unit_test(a_peer_that_writes_nothing_fails),
        cmocka_unit_test(other_bits_on_other_threads_pass_but_no_wrong_values),
        cmocka_unit_test(only_a_finite_only_peer_may_swallow_nan),
        cmocka_unit_test(what_a_peer_does_not_do_is_skipped),
        cmocka_unit_test(each_library_is_there_or_said_to_be_missing),
        cmocka_unit_test(every_row_is_complete_and_listed_once),
    };

    (void)argc;
    peer_start(argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
