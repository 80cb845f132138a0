/* test_threads.c: the team of threads is kept from call to call.
 *
 * A parallel region inside another, even one of a single thread, gets a team that is started anew
 * and competes with the one that waits: for a batch of one that took up to forty times as long as
 * the product itself. So after its first call no host row starts any thread. */
#define _GNU_SOURCE                             /* RTLD_NEXT */
#include <dlfcn.h>
#include <omp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernels/conv1x1/conv1x1.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/linear/linear.h"
#include "tests/support/floats.h"

enum { THREADS = 3, MOST = 1 << 20 };

static atomic_int started;

/* Takes the place of the library's own. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *argument)
{
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    void *const found = dlsym(RTLD_NEXT, "pthread_create");

    memcpy(&create, &found, sizeof create);
    atomic_fetch_add(&started, 1);
    return create(thread, attributes, run, argument);
}

static float *values, *results;

static int open_buffers(void **state)
{
    (void)state;
    omp_set_num_threads(THREADS);
    values = calloc(MOST, sizeof *values);
    results = calloc(MOST, sizeof *results);
    return values && results ? 0 : -1;
}

static int close_buffers(void **state)
{
    (void)state;
    free(values);
    free(results);
    return 0;
}

/* Runs twice; the second call must find its team. */
#define EXPECT_NONE_STARTED(name, call)                                                            \
    do {                                                                                           \
        assert_int_equal((call), STATUS_OK);                                                       \
        const int before = atomic_load(&started);                                                  \
        assert_int_equal((call), STATUS_OK);                                                       \
        if (atomic_load(&started) != before)                                                       \
            fail_msg("%s: %s started %d threads", (name), #call, atomic_load(&started) - before);  \
    } while (0)

static bool on_host(const variant_info *info)
{
    return info->space == SPACE_HOST;
}

static void test_conv2d(void **state)
{
    (void)state;
    for (int n = 1; n <= THREADS; n += THREADS - 1) {
        conv2d_shape s = { .n = n, .c = 32, .h = 16, .w = 16, .oc = 32, .kernel_h = 3,
                           .kernel_w = 3, .stride_h = 1, .stride_w = 1, .pad_top = 1,
                           .pad_bottom = 1, .pad_left = 1, .pad_right = 1, .dilation_h = 1,
                           .dilation_w = 1, .groups = 1 };
        assert_int_equal(conv2d_shape_init(&s), STATUS_OK);
        for (size_t i = 0; i < conv2d_variant_count; i++) {
            const conv2d_variant *const v = &conv2d_variants[i];
            if (!on_host(&v->info))
                continue;
            void *const space = floats_workspace(conv2d_workspace_bytes(v, &s));
            EXPECT_NONE_STARTED(v->info.name,
                                conv2d_forward(v, &s, values, values, values, results, space));
            EXPECT_NONE_STARTED(v->info.name,
                                conv2d_backward_data(v, &s, values, values, results, space));
            EXPECT_NONE_STARTED(v->info.name,
                                conv2d_backward_weights(v, &s, values, values, results,
                                                        results + MOST / 2, space));
            free(space);
        }
    }
}

static void test_conv1x1(void **state)
{
    (void)state;
    for (int n = 1; n <= THREADS; n += THREADS - 1) {
        const conv1x1_shape s = { .n = n, .c = 64, .h = 16, .w = 16, .oc = 64 };
        for (size_t i = 0; i < conv1x1_variant_count; i++) {
            const conv1x1_variant *const v = &conv1x1_variants[i];
            if (!on_host(&v->info))
                continue;
            void *const space = floats_workspace(conv1x1_workspace_bytes(v, &s));
            EXPECT_NONE_STARTED(v->info.name,
                                conv1x1_forward(v, &s, values, values, values, results, space));
            EXPECT_NONE_STARTED(v->info.name,
                                conv1x1_backward_data(v, &s, values, values, results, space));
            EXPECT_NONE_STARTED(v->info.name,
                                conv1x1_backward_weights(v, &s, values, values, results,
                                                         results + MOST / 2, space));
            free(space);
        }
    }
}

static void test_linear(void **state)
{
    (void)state;
    const linear_shape s = { .n = 100, .in_features = 256, .out_features = 256 };

    for (size_t i = 0; i < linear_variant_count; i++) {
        const linear_variant *const v = &linear_variants[i];
        if (!on_host(&v->info))
            continue;
        void *const space = floats_workspace(linear_workspace_bytes(v, &s));
        EXPECT_NONE_STARTED(v->info.name,
                            linear_forward(v, &s, values, values, values, results, space));
        EXPECT_NONE_STARTED(v->info.name,
                            linear_backward_data(v, &s, values, values, results, space));
        EXPECT_NONE_STARTED(v->info.name,
                            linear_backward_weights(v, &s, values, values, results,
                                                    results + MOST / 2, space));
        free(space);
    }
}

/* Else the tests above could not fail. */
static void *nothing(void *unused)
{
    return unused;
}

static void test_threads_are_counted(void **state)
{
    (void)state;
    const int before = atomic_load(&started);
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, nothing, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(atomic_load(&started), before + 1);
#pragma omp parallel num_threads(1)
#pragma omp parallel num_threads(2)
    (void)omp_get_thread_num();
    assert_true(atomic_load(&started) > before + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_are_counted),
        cmocka_unit_test(test_conv2d),
        cmocka_unit_test(test_conv1x1),
        cmocka_unit_test(test_linear),
    };

    return cmocka_run_group_tests(tests, open_buffers, close_buffers);
}
