/* check_stage.c: one problem in memory: contents, a guarded run, the reference's answer. */
#include "check/check_engine.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

size_t check_element_bytes(check_type type)
{
    return type == CHECK_BYTE ? 1 : 4;
}

static size_t tensor_bytes(const check_tensor *t)
{
    return (size_t)t->count * check_element_bytes(t->type);
}

const check_pass *check_stage_pass(const check_stage *s, int pass)
{
    return &s->p.concept->pass[pass];
}

bool check_names(const char *list, const char *name)
{
    const size_t length = strlen(name);

    for (const char *at = list; at && *at; at += strspn(at, " ")) {
        const size_t word = strcspn(at, " ");
        if (word == length && memcmp(at, name, length) == 0)
            return true;
        at += word;
    }
    return false;
}

int check_pass_find(const check_concept *c, const char *name)
{
    for (int i = 0; i < c->pass_count; i++)
        if (strcmp(c->pass[i].name, name) == 0)
            return i;
    return -1;
}

int check_gradient_find(const check_problem *p, const char *name)
{
    for (int i = 0; i < p->tensor_count; i++)
        if (p->tensor[i].name[0] == 'd' && strcmp(p->tensor[i].name + 1, name) == 0)
            return i;
    return -1;
}

check_random check_stream(uint64_t seed, const char *purpose)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);       /* FNV-1a */

    for (const char *c = purpose; *c; c++)
        hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
    return (check_random){ check_random_mix(seed, hash) };
}

/* ---- Contents ---- */

/* Mostly plain normal numbers. Now and then all are halves, which brings ties and zeros, all are
 * scaled, or single ones are zero or repeat their neighbour. */
static void fill_normal(float *x, ptrdiff_t count, check_random *r)
{
    const bool halves = check_random_chance(r, 6);
    const int exponent = check_random_chance(r, 6) ? check_random_int(r, -20, 20) : 0;

    for (ptrdiff_t i = 0; i < count; i++) {
        const double value = check_random_normal(r);
        x[i] = (float)ldexp(halves ? rint(2.0 * value) / 2.0 : value, exponent);
        if (check_random_chance(r, 64))
            x[i] = i > 0 && check_random_chance(r, 2) ? x[i - 1] : 0.0f;
    }
}

static void fill(check_tensor *t, uint64_t seed)
{
    check_random r = check_stream(seed, t->name);

    memset(t->data, 0, tensor_bytes(t));
    if (t->type != CHECK_FLOAT || t->fill == CHECK_FILL_OWN)
        return;
    float *const x = t->data;
    if (t->fill == CHECK_FILL_NORMAL)
        fill_normal(x, t->count, &r);
    for (ptrdiff_t i = 0; t->fill == CHECK_FILL_POSITIVE && i < t->count; i++)
        x[i] = (float)exp2(4.0 * check_random_uniform(&r) - 2.0);
}

/* In one case of 8, puts one NaN or infinity into a tensor that may hold it and that the pass reads
 * from its caller. */
static void place_special(check_stage *s, const check_pass *forward)
{
    check_random r = check_stream(s->p.seed, "special");
    check_tensor *chosen = NULL;
    int candidates = 0;

    if (!check_random_chance(&r, 8) ||
        (s->p.concept->finite_only && s->p.concept->finite_only(s->row)))
        return;
    for (int i = 0; i < s->p.tensor_count; i++) {
        check_tensor *const t = &s->p.tensor[i];
        const bool from_caller = check_names(check_stage_pass(s, s->pass)->reads, t->name) &&
                                 !(forward && check_names(forward->writes, t->name));
        if (t->special && t->type == CHECK_FLOAT && t->count > 0 && from_caller &&
            check_random_chance(&r, ++candidates))
            chosen = t;
    }
    if (!chosen)
        return;
    static const float values[] = { NAN, INFINITY, -INFINITY };
    const ptrdiff_t at = (ptrdiff_t)(check_random_bits(&r) % (uint64_t)chosen->count);
    ((float *)chosen->data)[at] = values[check_random_int(&r, 0, 2)];
    s->special = true;
}

/* Stores what the reference expects as contents of the tensor. */
static void adopt_expected(check_tensor *t, const exact *e)
{
    for (ptrdiff_t i = 0; i < t->count; i++)
        switch (t->type) {
        case CHECK_FLOAT: ((float *)t->data)[i] = (float)e[i].value; break;
        case CHECK_INT32: ((int32_t *)t->data)[i] = (int32_t)e[i].value; break;
        case CHECK_BYTE: ((uint8_t *)t->data)[i] = (uint8_t)e[i].value; break;
        }
}

static void remember(check_stage *s)
{
    for (int i = 0; i < s->p.tensor_count; i++)
        memcpy(s->input[i], s->p.tensor[i].data, tensor_bytes(&s->p.tensor[i]));
}

/* What a backward pass wants of its forward pass (indices, saved means) the reference computes. */
static bool run_forward_reference(check_stage *s, int forward)
{
    if (!check_stage_reference(s, forward))
        return false;
    for (int i = 0; i < s->p.tensor_count; i++) {
        check_tensor *const t = &s->p.tensor[i];
        if (check_names(check_stage_pass(s, forward)->writes, t->name) &&
            check_names(check_stage_pass(s, s->pass)->reads, t->name))
            adopt_expected(t, s->expected[i]);
    }
    remember(s);
    return true;
}

static bool affordable(const check_problem *p)
{
    double bytes = 0.0;

    for (int i = 0; i < p->tensor_count; i++)   /* data, input, output; expected */
        bytes += (double)p->tensor[i].count * (3.0 * sizeof(float) + sizeof(exact));
    return bytes <= CHECK_MAX_BYTES;
}

status check_verdict(const check_concept *c, const int *param)
{
    check_problem p = { .concept = c };

    memcpy(p.param, param, (size_t)c->param_count * sizeof *param);
    const status verdict = c->describe(&p);
    return verdict == STATUS_OK && !affordable(&p) ? STATUS_MEMORY : verdict;
}

/* In every other problem all tensors begin where the widest loads may, else each somewhere else;
 * against a guard page they lie as they fit. */
static bool allocate(check_stage *s)
{
    check_random r = check_stream(s->p.seed, "offset");
    const uint64_t bits = check_random_bits(&r);
    const bool aligned = check_random_chance(&r, 2);

    for (int i = 0; i < s->p.tensor_count; i++) {
        check_tensor *const t = &s->p.tensor[i];
        const size_t offset = check_guard_paged() ? 1 : aligned ? 0 : (bits + (unsigned)i) % 16;
        t->data = check_guard_open(&s->memory[i], tensor_bytes(t),
                                   offset * check_element_bytes(t->type));
        s->input[i] = malloc(tensor_bytes(t) + 1);  /* never of 0 bytes */
        if (!t->data || !s->input[i])
            return false;
    }
    return true;
}

status check_stage_open(check_stage *s, const check_concept *c, const void *row, int pass,
                        const int *param, uint64_t seed)
{
    *s = (check_stage){ .p = { .concept = c, .seed = seed }, .row = row, .pass = pass };
    memcpy(s->p.param, param, (size_t)c->param_count * sizeof *param);
    const status verdict = c->describe(&s->p);
    if (verdict != STATUS_OK) {
        s->p.tensor_count = 0;
        return verdict;
    }
    if (!affordable(&s->p) || !allocate(s))
        return STATUS_MEMORY;
    for (int i = 0; i < s->p.tensor_count; i++)
        fill(&s->p.tensor[i], seed);
    if (c->prepare) {
        check_random r = check_stream(seed, "prepare");
        c->prepare(&s->p, &r);
    }
    const char *const forward_name = check_stage_pass(s, pass)->gradient_of;
    const int forward = forward_name ? check_pass_find(c, forward_name) : -1;
    assert(!forward_name || forward >= 0);
    place_special(s, forward >= 0 ? &c->pass[forward] : NULL);
    remember(s);
    return forward < 0 || run_forward_reference(s, forward) ? STATUS_OK : STATUS_MEMORY;
}

void check_stage_close(check_stage *s)
{
    for (int i = 0; i < s->p.tensor_count; i++) {
        check_guard_close(&s->memory[i]);
        free(s->input[i]);
        free(s->output[i]);
        free(s->expected[i]);
    }
}

/* ---- Runs ---- */

/* Puts `input` back into every tensor. */
static void restore_inputs(check_stage *s)
{
    for (int i = 0; i < s->p.tensor_count; i++)
        memcpy(s->p.tensor[i].data, s->input[i], tensor_bytes(&s->p.tensor[i]));
}

void check_locate(check_case *found, check_outcome outcome, const check_tensor *t, ptrdiff_t index)
{
    found->outcome = outcome;
    found->tensor = t->name;
    found->index = index;
    found->rank = t->rank;
    for (int i = t->rank - 1; i >= 0; i--) {
        found->coordinate[i] = (int)(index % t->extent[i]);
        index /= t->extent[i];
    }
}

static bool guards_intact(const check_guarded *g, const char *name, size_t element_bytes,
                          check_case *found)
{
    ptrdiff_t stray;

    if (check_guard_intact(g, &stray))
        return true;
    const ptrdiff_t size = (ptrdiff_t)element_bytes;
    found->outcome = CHECK_GUARD;
    found->tensor = name;
    found->index = stray < 0 ? -((-stray + size - 1) / size) : stray / size;
    found->rank = 0;
    return false;
}

/* The first element whose bytes are not those before the run. */
static bool unchanged(const check_stage *s, int i, check_case *found)
{
    const check_tensor *const t = &s->p.tensor[i];
    const size_t size = check_element_bytes(t->type);
    const unsigned char *const now = t->data;

    if (memcmp(now, s->input[i], tensor_bytes(t)) == 0)
        return true;
    ptrdiff_t at = 0;
    while (memcmp(now + (size_t)at * size, s->input[i] + (size_t)at * size, size) == 0)
        at++;
    check_locate(found, CHECK_INPUT_CHANGED, t, at);
    return false;
}

/* Whether a finished run wrote where it may, and nowhere else. */
static bool behaved(const check_stage *s, int pass, const check_guarded *workspace,
                    check_case *found)
{
    const check_pass *const which = check_stage_pass(s, pass);

    if (workspace->block && !guards_intact(workspace, "workspace", 1, found))
        return false;
    for (int i = 0; i < s->p.tensor_count; i++)
        if (!guards_intact(&s->memory[i], s->p.tensor[i].name,
                           check_element_bytes(s->p.tensor[i].type), found))
            return false;
    for (int i = 0; i < s->p.tensor_count; i++)
        if (!check_names(which->writes, s->p.tensor[i].name) && !unchanged(s, i, found))
            return false;
    return true;
}

bool check_stage_run(check_stage *s, int pass, int run, check_case *found)
{
    const check_concept *const c = s->p.concept;
    const check_pass *const which = check_stage_pass(s, pass);
    check_guarded workspace = { 0 };
    void *scratch = NULL;

    restore_inputs(s);
    for (int i = 0; i < s->p.tensor_count; i++) {
        check_tensor *const t = &s->p.tensor[i];
        if (check_names(which->writes, t->name) && !check_names(which->reads, t->name))
            check_poison_output(t->type, t->data, tensor_bytes(t), run);
    }
    const size_t bytes = c->workspace_bytes ? c->workspace_bytes(&s->p, s->row) : 0;
    if (bytes > 0) {
        if (bytes > CHECK_MAX_BYTES || !(scratch = check_guard_open(&workspace, bytes, 0))) {
            found->outcome = CHECK_MEMORY;
            return false;
        }
        check_poison_workspace(scratch, bytes);
    }
    status returned = STATUS_OK;
    bool good = true;
    if (check_variant_info(s->row)->space == SPACE_HOST)
        returned = c->run(&s->p, s->row, pass, scratch);
    else
        good = check_device_run(s, pass, &workspace, &returned, found);
    if (good && returned == STATUS_OK) {
        good = behaved(s, pass, &workspace, found);
    } else if (good) {
        good = false;
        found->outcome = returned == STATUS_UNSUPPORTED ? CHECK_SKIPPED : CHECK_STATUS;
        found->verdict = returned;
    }
    check_guard_close(&workspace);
    return good;
}

bool check_stage_keep(check_stage *s, int pass)
{
    for (int i = 0; i < s->p.tensor_count; i++) {
        const check_tensor *const t = &s->p.tensor[i];
        if (!check_names(check_stage_pass(s, pass)->writes, t->name))
            continue;
        if (!s->output[i] && !(s->output[i] = malloc(tensor_bytes(t) + 1)))
            return false;
        memcpy(s->output[i], t->data, tensor_bytes(t));
    }
    return true;
}

bool check_stage_reference(check_stage *s, int pass)
{
    restore_inputs(s);
    for (int i = 0; i < s->p.tensor_count; i++) {
        check_tensor *const t = &s->p.tensor[i];
        t->expected = NULL;
        if (!check_names(check_stage_pass(s, pass)->writes, t->name))
            continue;
        if (!s->expected[i] && !(s->expected[i] = malloc((size_t)t->count * sizeof(exact) + 1)))
            return false;
        t->expected = s->expected[i];
        memset(t->expected, 0xff, (size_t)t->count * sizeof(exact));    /* NaN unless written */
    }
    s->p.concept->reference(&s->p, pass);
    return true;
}
