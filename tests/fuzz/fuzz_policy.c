/* fuzz_policy.c: any bytes at all as a lesson's grading.json. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "grade/policy.h"
#include "lessons/drawn_shape.h"

/* A lesson with an exercise of each kind whose concepts the suite has. */
static const lesson *some_lesson(void)
{
    static lesson l = {
        .folder = "01-some",
        .path = "fuzz",
        .exercise_count = 4,
        .exercises = {
            { .name = "predict", .kind = EXERCISE_PREDICT },
            { .name = "forward", .kind = EXERCISE_WRITE, .concept = "conv2d", .pass = "forward",
              .cases = 100 },
            { .name = "fast", .kind = EXERCISE_FASTER, .concept = "gemm", .pass = "forward",
              .cases = 100, .factor = 2.0 },
            { .name = "cuda", .kind = EXERCISE_CUDA, .concept = "add", .pass = "forward",
              .cases = 20 },
        },
    };
    if (!l.json) {
        l.json = json_pack("{s:{s:i, s:i}, s:{s:i}, s:{s:i}, s:{s:i}}", "shape", "n", 1, "groups",
                           1, "product", "m", 8, "at", "count", 64, "at_most", "bank_conflicts", 0);
        l.exercises[1].shape = json_object_get(l.json, "shape");
        l.exercises[2].at = json_object_get(l.json, "product");
        l.exercises[3].at = json_object_get(l.json, "at");
        l.exercises[3].at_most = json_object_get(l.json, "at_most");
    }
    return &l;
}

static void check_sums(const policy *p)
{
    int points = 0;

    for (int i = 0; i < p->count; i++) {
        const exercise_policy *const e = &p->exercise[i];
        int own = e->predict_points + e->memory_points + e->speed_points + e->profile_points;
        for (int g = 0; g < e->group_count; g++) {
            own += e->group[g].points;
            if (e->group[g].cases < 1 || !e->group[g].name[0])
                abort();
        }
        if (own != e->points || own < 0 || (e->speed_points > 0 && !e->speed_at) ||
            (e->profile_points > 0 && !e->profile_at))
            abort();
        points += own;
    }
    if (points != p->points)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static policy p;
    static const course c;
    file_error error = { "" };
    const lesson *const l = some_lesson();

    const status s = policy_parse(&p, l, bytes, size, "fuzz", &error);
    if ((s != STATUS_OK) != (error.text[0] != '\0'))
        abort();
    if (s == STATUS_OK) {
        check_sums(&p);
        if ((policy_check(&p, &c, &error) != STATUS_OK) != (error.text[0] != '\0'))
            abort();
    }
    policy_close(&p);
    return 0;
}

size_t fuzz_seed(int index, uint8_t *bytes)
{
    static const char *const seeds[] = {
        "{\"exercises\":{}}",
        "{\"exercises\":{\"predict\":{\"points\":4},\"forward\":{\"groups\":[{\"name\":\"a\","
        "\"points\":3,\"cases\":9,\"partial\":true,\"shape\":{\"h\":{\"least\":3},\"w\":\"h\","
        "\"kernel_h\":[1,2,3]}},{\"name\":\"b\",\"points\":1}],\"memory\":{\"points\":2,"
        "\"cases\":5}}}}",
        "{\"exercises\":{\"fast\":{\"groups\":[{\"name\":\"a\",\"points\":3}],\"speed\":{"
        "\"points\":4,\"at\":{\"m\":8,\"n\":8,\"k\":8},\"from\":1.0,\"to\":2.5,\"threads\":2}}}}",
        "{\"exercises\":{\"cuda\":{\"groups\":[{\"name\":\"a\",\"points\":3,\"shape\":{\"count\":"
        "[1,33]}}],\"profile\":{\"points\":2,\"at\":{\"count\":4096},\"at_most\":{"
        "\"global_bytes\":1e5,\"bank_conflicts\":0}}}}}",
    };

    if (index >= (int)(sizeof seeds / sizeof seeds[0]))
        return 0;
    memcpy(bytes, seeds[index], strlen(seeds[index]));
    return strlen(seeds[index]);
}
