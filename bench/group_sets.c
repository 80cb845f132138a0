/* group_sets.c: the buffers of one problem.
 *
 * Tensor number i of every set begins i * 448 bytes into a page: if all began at the start of one,
 * loads would wait for stores to the same place in another page (4K aliasing). On the host a cold
 * group takes more than the last cache holds, hundreds of megabytes that all groups use one after
 * the other: they stay allocated, so that no group pays for fresh pages. */
#include "bench/group_sets.h"

#include <stdlib.h>
#include <string.h>

#include "bench/bench_case.h"
#include "check/check_engine.h"

enum { PAGE = 4096, STAGGER = 448, LINE = 64 };

static unsigned char *pool;
static size_t pool_bytes;

static bool reserve_pool(size_t bytes)
{
    if (bytes <= pool_bytes)
        return true;
    free(pool);
    pool_bytes = (bytes + PAGE - 1) / PAGE * PAGE;
    pool = aligned_alloc(PAGE, pool_bytes);
    if (!pool)
        pool_bytes = 0;
    return pool != NULL;
}

static size_t tensor_bytes(const check_tensor *t)
{
    return (size_t)t->count * check_element_bytes(t->type);
}

/* ---- One problem ---- */

static bool allocate_tensors(check_problem *p)
{
    bool enough = true;

    for (int i = 0; i < p->tensor_count; i++) {
        const size_t bytes = (tensor_bytes(&p->tensor[i]) / LINE + 1) * LINE;
        p->tensor[i].data = aligned_alloc(LINE, bytes);
        p->tensor[i].expected = NULL;
        enough = enough && p->tensor[i].data;
        if (p->tensor[i].data)
            memset(p->tensor[i].data, 0, bytes);
    }
    return enough;
}

status group_problem_open(check_problem *p, const check_concept *c, const int *param, int pass)
{
    *p = (check_problem){ .concept = c, .seed = 1 };
    memcpy(p->param, param, (size_t)c->param_count * sizeof *param);
    const status verdict = c->describe(p);
    if (verdict != STATUS_OK) {
        p->tensor_count = 0;
        return verdict;
    }
    if (allocate_tensors(p) && bench_fill(p, pass, p->seed))
        return STATUS_OK;
    group_problem_close(p);
    return STATUS_MEMORY;
}

void group_problem_close(check_problem *p)
{
    for (int i = 0; i < p->tensor_count; i++) {
        free(p->tensor[i].data);
        free(p->tensor[i].expected);
    }
    p->tensor_count = 0;
}

double group_set_bytes(const check_problem *p, int pass)
{
    const check_pass *const which = &p->concept->pass[pass];
    double bytes = 0.0;

    for (int i = 0; i < p->tensor_count; i++)
        if (check_names(which->reads, p->tensor[i].name) ||
            check_names(which->writes, p->tensor[i].name))
            bytes += (double)tensor_bytes(&p->tensor[i]);
    return bytes;
}

/* ---- Sets ---- */

static unsigned char *place(const group_sets *s, int tensor, int set)
{
    return s->block + s->offset[tensor] + (size_t)set * s->stride[tensor];
}

static status open_host(group_sets *s)
{
    size_t end = 0;

    for (int k = 0; k < s->used_count; k++) {
        const int i = s->used[k];
        const size_t sets = (size_t)(s->writes[i] ? s->outputs : s->inputs);
        s->stride[i] = (tensor_bytes(&s->p.tensor[i]) + LINE - 1) / LINE * LINE;
        if (s->stride[i] % PAGE == 0)
            s->stride[i] += STAGGER;
        s->offset[i] = (end + PAGE - 1) / PAGE * PAGE + (size_t)k * STAGGER % PAGE;
        end = s->offset[i] + sets * s->stride[i];
    }
    if (!reserve_pool(end + LINE))
        return STATUS_MEMORY;
    s->block = pool;
    for (int k = 0; k < s->used_count; k++) {
        const int i = s->used[k];
        for (int set = 0; !s->writes[i] && set < s->inputs; set++)
            memcpy(place(s, i, set), s->p.tensor[i].data, tensor_bytes(&s->p.tensor[i]));
    }
    for (int set = 0; set < s->outputs; set++)
        (void)group_sets_restore(s, set);
    return STATUS_OK;
}

static status open_device(group_sets *s, size_t workspace_bytes)
{
    status good = bench_device_open(&s->device, &s->p, s->outputs, workspace_bytes);

    if (good != STATUS_OK)
        return good;
    s->fetched = s->p;
    if (!allocate_tensors(&s->fetched))
        return STATUS_MEMORY;
    for (int set = 0; set < s->outputs && good == STATUS_OK; set++)
        good = group_sets_restore(s, set);
    return good;
}

status group_sets_open(group_sets *s, check_problem *p, int pass, variant_space space, int inputs,
                       int outputs, size_t workspace_bytes)
{
    const check_pass *const which = &p->concept->pass[pass];

    *s = (group_sets){ .p = *p, .pass = pass, .inputs = inputs, .outputs = outputs };
    p->tensor_count = 0;
    for (int i = 0; i < s->p.tensor_count; i++) {
        s->reads[i] = check_names(which->reads, s->p.tensor[i].name);
        s->writes[i] = check_names(which->writes, s->p.tensor[i].name);
        if (s->reads[i] || s->writes[i])
            s->used[s->used_count++] = i;
    }
    const status good = space == SPACE_HOST ? open_host(s) : open_device(s, workspace_bytes);
    if (good != STATUS_OK)
        group_sets_close(s);
    return good;
}

void group_sets_close(group_sets *s)
{
    bench_device_close(s->device);
    s->device = NULL;
    group_problem_close(&s->fetched);
    group_problem_close(&s->p);
}

void group_sets_point(const group_sets *s, check_problem *p, int input, int output)
{
    const check_problem *const there = s->device ? bench_device_problem(s->device, output) : NULL;

    for (int k = 0; k < s->used_count; k++) {
        const int i = s->used[k];
        p->tensor[i].data = there ? there->tensor[i].data
                                  : place(s, i, s->writes[i] ? output : input);
    }
}

status group_sets_restore(const group_sets *s, int output)
{
    if (s->device) {                    /* zeroes, not NaN, in what is only written */
        return bench_device_upload(s->device, output, &s->p);
    }
    for (int k = 0; k < s->used_count; k++) {
        const int i = s->used[k];
        const size_t bytes = tensor_bytes(&s->p.tensor[i]);
        if (s->writes[i] && s->reads[i])
            memcpy(place(s, i, output), s->p.tensor[i].data, bytes);
        else if (s->writes[i])
            memset(place(s, i, output), 0xff, bytes);
    }
    return STATUS_OK;
}

/* ---- Outputs ---- */

size_t group_output_bytes(const group_sets *s)
{
    size_t bytes = 0;

    for (int i = 0; i < s->p.tensor_count; i++)
        if (s->writes[i])
            bytes += tensor_bytes(&s->p.tensor[i]);
    return bytes;
}

static const unsigned char *output_at(const group_sets *s, int tensor, int output)
{
    return s->device ? s->fetched.tensor[tensor].data : place(s, tensor, output);
}

status group_output_keep(group_sets *s, int output, unsigned char *kept)
{
    const status good = s->device ? bench_device_download(s->device, output, &s->fetched)
                                  : STATUS_OK;

    for (int i = 0; i < s->p.tensor_count && good == STATUS_OK; i++)
        if (s->writes[i]) {
            memcpy(kept, output_at(s, i, output), tensor_bytes(&s->p.tensor[i]));
            kept += tensor_bytes(&s->p.tensor[i]);
        }
    return good;
}

bool group_output_same(group_sets *s, int output, const unsigned char *kept, bool written_only)
{
    if (s->device && bench_device_download(s->device, output, &s->fetched) != STATUS_OK)
        return false;
    for (int i = 0; i < s->p.tensor_count; i++)
        if (s->writes[i]) {
            const size_t bytes = tensor_bytes(&s->p.tensor[i]);
            if (!(written_only && s->reads[i]) && memcmp(kept, output_at(s, i, output), bytes) != 0)
                return false;
            kept += bytes;
        }
    return true;
}
