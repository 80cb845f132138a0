/* bench_fill.c: data like those of training.
 *
 * Why it matters: zeros and constants make branches predictable, NaN and denormal numbers make some
 * processors slow, and a max pool over noise is not one over images. So a first layer sees the
 * built-in digits, other layers see what ReLU leaves of normal numbers, weights are Kaiming-uniform
 * and gradients small, half of them zeroed by the ReLU that they came through.
 *
 * Normal numbers are sums of four uniform ones: near enough, and quick, for a cold run fills
 * hundreds of megabytes. */
#include "bench/bench_case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/digits.h"

static uint64_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);       /* FNV-1a */

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

static float normal(check_random *r)
{
    const uint64_t bits = check_random_bits(r);
    const int sum = (int)(bits & 0xffff) + (int)(bits >> 16 & 0xffff) +
                    (int)(bits >> 32 & 0xffff) + (int)(bits >> 48);
    return ((float)sum - 131070.0f) * (1.7320508f / 65536.0f);  /* variance 4/12 -> 1 */
}

/* ---- one kind of contents each ---- */

static void fill_normal(check_tensor *t, check_random *r, float mean, float std)
{
    float *const x = t->data;

    for (ptrdiff_t i = 0; i < t->count; i++)
        x[i] = mean + std * normal(r);
}

/* |normal| + floor: variances, second moments. */
static void fill_positive(check_tensor *t, check_random *r, float floor, float std)
{
    float *const x = t->data;

    for (ptrdiff_t i = 0; i < t->count; i++)
        x[i] = floor + fabsf(std * normal(r));
}

static void fill_uniform(check_tensor *t, check_random *r, float bound)
{
    float *const x = t->data;

    for (ptrdiff_t i = 0; i < t->count; i++)
        x[i] = bound * (float)(2.0 * check_random_uniform(r) - 1.0);
}

/* What ReLU leaves of normal numbers: about half are zero. */
static void fill_activations(check_tensor *t, check_random *r)
{
    float *const x = t->data;

    for (ptrdiff_t i = 0; i < t->count; i++)
        x[i] = fmaxf(normal(r), 0.0f);
}

/* The size of a gradient after the mean over a batch; half of it stopped at a ReLU. */
static void fill_gradient(check_tensor *t, check_random *r)
{
    float *const x = t->data;

    for (ptrdiff_t i = 0; i < t->count; i++) {
        const float value = 1e-3f * normal(r);
        x[i] = check_random_bits(r) >> 63 ? value : 0.0f;
    }
}

/* Per channel a mean and a deviation of its own, as after a convolution. x [n][c][h][w]. */
static void fill_channels(check_tensor *t, check_random *r)
{
    const ptrdiff_t plane = (ptrdiff_t)t->extent[2] * t->extent[3];
    float *const x = t->data;

    for (ptrdiff_t i = 0; i < t->count; i += plane) {
        const int channel = (int)(i / plane % t->extent[1]);
        const float mean = 0.3f * (float)(channel % 7 - 3);
        const float std = 0.5f + 0.1f * (float)(channel % 5);
        for (ptrdiff_t at = i; at < i + plane; at++)
            x[at] = mean + std * normal(r);
    }
}

/* Digits, centred in zeros if the image is larger. */
static void fill_images(check_tensor *t, uint64_t seed, int images, int h, int w)
{
    float *const x = t->data;
    uint8_t pixels[DIGITS_PIXELS];
    const int top = (h - DIGITS_SIZE) / 2, left = (w - DIGITS_SIZE) / 2;

    memset(x, 0, (size_t)t->count * sizeof *x);
    for (int n = 0; n < images; n++) {
        digits_draw(seed, n, pixels);
        for (int i = 0; i < DIGITS_PIXELS; i++)
            x[((ptrdiff_t)n * h + top + i / DIGITS_SIZE) * w + left + i % DIGITS_SIZE] =
                (float)pixels[i] / 255.0f;
    }
}

static void fill_labels(check_tensor *t, check_random *r, int classes)
{
    for (ptrdiff_t i = 0; i < t->count; i++)
        ((int32_t *)t->data)[i] = check_random_int(r, 0, classes - 1);
}

/* ---- which tensor gets what ---- */

/* Inputs of one output: what is summed over. */
static float fan_in(const check_problem *p)
{
    const check_tensor *const w = check_find(p, "w");
    ptrdiff_t fan = 1;

    for (int i = 1; w && i < w->rank; i++)
        fan *= w->extent[i];
    return fan > 0 ? (float)fan : 1.0f;
}

/* Inputs "x" of a layer. */
static void fill_input(check_problem *p, check_tensor *t, check_random *r, uint64_t seed)
{
    const char *const concept = p->concept->name;
    const bool flat = t->extent[1] == DIGITS_PIXELS && t->extent[2] == 1;
    const bool image = t->extent[1] == 1 && t->extent[2] >= DIGITS_SIZE &&
                       t->extent[3] >= DIGITS_SIZE;

    if (check_names("activation mse", concept))
        fill_normal(t, r, 0.0f, 1.0f);
    else if (strcmp(concept, "softmax_ce") == 0)
        fill_normal(t, r, 0.0f, 3.0f);          /* logits */
    else if (strcmp(concept, "batchnorm2d") == 0)
        fill_channels(t, r);
    else if (check_names("conv2d pad2d", concept) && image)
        fill_images(t, seed, t->extent[0], t->extent[2], t->extent[3]);
    else if (strcmp(concept, "linear") == 0 && flat)
        fill_images(t, seed, t->extent[0], DIGITS_SIZE, DIGITS_SIZE);
    else
        fill_activations(t, r);
}

/* Where Adam stands after 100 steps: moments of small gradients. */
static void fill_optimiser(check_tensor *t, check_random *r)
{
    if (check_names("grad m buf", t->name))
        fill_normal(t, r, 0.0f, 1e-3f);
    else if (strcmp(t->name, "w") == 0)
        fill_uniform(t, r, 0.05f);
    else
        fill_positive(t, r, strcmp(t->name, "vmax") == 0 ? 4e-6f : 1e-8f, 1e-6f);
}

static void fill_float(check_problem *p, check_tensor *t, check_random *r, uint64_t seed)
{
    const char *const concept = p->concept->name;

    if (strcmp(concept, "adam") == 0)
        fill_optimiser(t, r);
    else if (strcmp(concept, "gemm") == 0 && strcmp(t->name, "a") == 0)
        fill_uniform(t, r, 1.0f / sqrtf((float)t->extent[1]));
    else if (strcmp(concept, "gemm") == 0 && check_names("b c", t->name))
        fill_activations(t, r);
    else if (check_names("w b", t->name) && strcmp(concept, "add") != 0)
        fill_uniform(t, r, 1.0f / sqrtf(fan_in(p)));
    else if (strcmp(t->name, "gamma") == 0)
        fill_normal(t, r, 1.0f, 0.1f);
    else if (check_names("beta running_mean", t->name))
        fill_normal(t, r, 0.0f, 0.3f);
    else if (check_names("running_var class_weights dloss", t->name))
        fill_positive(t, r, 0.5f, 0.3f);
    else if (strcmp(t->name, "target") == 0)
        fill_normal(t, r, 5.0f, 3.0f);
    else if (t->name[0] == 'd')
        fill_gradient(t, r);
    else
        fill_input(p, t, r, seed);
}

static void fill_one(check_problem *p, check_tensor *t, uint64_t seed)
{
    check_random r = { check_random_mix(seed, hash_of(t->name)) };
    const check_tensor *const x = check_find(p, "x");

    if (t->type == CHECK_FLOAT)
        fill_float(p, t, &r, seed);
    else if (strcmp(t->name, "labels") == 0)
        fill_labels(t, &r, x->extent[1]);
}

/* ---- what comes from an earlier pass ---- */

/* The pass that computes tensor `name` for `pass`: its forward pass, or else any forward one that
 * makes it from other tensors. -1: nobody does. */
static int producer(const check_concept *c, int pass, const char *name)
{
    int found = -1;

    if (check_names(c->pass[pass].writes, name))
        return -1;
    for (int i = 0; i < c->pass_count; i++) {
        const check_pass *const candidate = &c->pass[i];
        if (i == pass || candidate->gradient_of || !check_names(candidate->writes, name) ||
            check_names(candidate->reads, name))
            continue;
        const char *const forward = c->pass[pass].gradient_of;
        if (found < 0 || (forward && strcmp(forward, candidate->name) == 0))
            found = i;
    }
    return found;
}

static size_t tensor_bytes(const check_tensor *t)
{
    return (size_t)t->count * (t->type == CHECK_BYTE ? 1 : 4);
}

/* Runs `pass` with the plainest row on data of its own and copies what it computes for tensor
 * `name` into t->data. */
static bool compute(const check_problem *p, int pass, check_tensor *t, uint64_t seed)
{
    check_problem own = *p;
    const void *const row = check_variant_row(p->concept, 0);
    const size_t bytes = p->concept->workspace_bytes ? p->concept->workspace_bytes(p, row) : 0;
    void *const workspace = malloc(bytes + 1);
    bool good = workspace != NULL;

    for (int i = 0; i < own.tensor_count; i++) {
        own.tensor[i].data = malloc(tensor_bytes(&own.tensor[i]) + 1);
        good = good && own.tensor[i].data;
    }
    good = good && bench_fill(&own, pass, seed) &&
           p->concept->run(&own, row, pass, workspace) == STATUS_OK;
    if (good)
        memcpy(t->data, check_data(&own, t->name), tensor_bytes(t));
    for (int i = 0; i < own.tensor_count; i++)
        free(own.tensor[i].data);
    free(workspace);
    return good;
}

bool bench_fill(check_problem *p, int pass, uint64_t seed)
{
    const check_concept *const c = p->concept;

    p->seed = seed;
    for (int i = 0; i < p->tensor_count; i++) {
        check_tensor *const t = &p->tensor[i];
        const int from = producer(c, pass, t->name);
        if (!check_names(c->pass[pass].reads, t->name))
            continue;
        if (from < 0)
            fill_one(p, t, seed);
        else if (!compute(p, from, t, seed))
            return false;
    }
    return true;
}
