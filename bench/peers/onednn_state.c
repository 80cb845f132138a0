/* onednn_state.c: primitives, memory and reorders of oneDNN behind the rows of peers[]. */
#ifdef PEER_ONEDNN

#include "bench/peers/onednn_state.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The processor and its only queue; made once, kept to the end. */
static dnnl_engine_t engine;
static dnnl_stream_t stream;

/* For what cannot fail but for memory once the primitive exists: no result may be shown then. */
static void must(dnnl_status_t code, const char *what)
{
    if (code == dnnl_success)
        return;
    fprintf(stderr, "oneDNN: %s failed with status %d\n", what, (int)code);
    abort();
}

static void start(void)
{
    if (engine)
        return;
    must(dnnl_set_default_fpmath_mode(dnnl_fpmath_mode_strict), "strict arithmetic");
    must(dnnl_engine_create(&engine, dnnl_cpu, 0), "the engine");
    must(dnnl_stream_create(&stream, engine, dnnl_stream_in_order), "the stream");
}

/* ---- Layouts ---- */

dnnl_memory_desc_t onednn_dense(int rank, const dnnl_dim_t *extent)
{
    dnnl_memory_desc_t layout;
    dnnl_dims_t strides;

    for (dnnl_dim_t i = rank - 1, step = 1; i >= 0; step *= extent[i--])
        strides[i] = step;
    must(dnnl_memory_desc_init_by_strides(&layout, rank, extent, dnnl_f32, strides), "a layout");
    return layout;
}

dnnl_memory_desc_t onednn_any(const dnnl_memory_desc_t *like)
{
    dnnl_memory_desc_t layout;

    must(dnnl_memory_desc_init_by_tag(&layout, like->ndims, like->dims, like->data_type,
                                      dnnl_format_tag_any), "a layout");
    return layout;
}

dnnl_memory_desc_t onednn_blocked(const dnnl_memory_desc_t *images)
{
    const dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
    dnnl_memory_desc_t layout = *images;
    const bool wide = (isa & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core;

    if (isa & dnnl_cpu_isa_avx2)
        must(dnnl_memory_desc_init_by_tag(&layout, 4, images->dims, dnnl_f32,
                                          wide ? dnnl_nChw16c : dnnl_nChw8c), "a layout");
    return layout;
}

/* ---- Opening ---- */

dnnl_primitive_desc_t onednn_describe(const void *operation, const_dnnl_primitive_attr_t attributes,
                                      const_dnnl_primitive_desc_t hint)
{
    dnnl_primitive_desc_t found;

    start();
    return dnnl_primitive_desc_create(&found, operation, attributes, engine, hint) == dnnl_success
               ? found
               : NULL;
}

onednn_state *onednn_open(const void *operation, const_dnnl_primitive_attr_t attributes,
                          dnnl_primitive_desc_t hint)
{
    onednn_state *const s = calloc(1, sizeof *s);

    if (s) {
        s->descriptor = onednn_describe(operation, attributes, hint);
        s->good = s->descriptor &&
                  dnnl_primitive_create(&s->primitive, s->descriptor) == dnnl_success;
    }
    dnnl_primitive_desc_destroy(hint);
    return s;
}

static dnnl_primitive_t reorder(const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to)
{
    dnnl_primitive_desc_t descriptor;
    dnnl_primitive_t made = NULL;

    if (dnnl_reorder_primitive_desc_create(&descriptor, from, engine, to, engine, NULL) !=
        dnnl_success)
        return NULL;
    if (dnnl_primitive_create(&made, descriptor) != dnnl_success)
        made = NULL;
    dnnl_primitive_desc_destroy(descriptor);
    return made;
}

/* Memory in the primitive's layout and the reorders to and from it. What is only written starts as
 * NaN, so that the check sees what the primitive leaves out. */
static bool make_inside(onednn_argument *a, const dnnl_memory_desc_t *ours,
                        const dnnl_memory_desc_t *theirs)
{
    void *data;

    if (dnnl_memory_create(&a->inside, theirs, engine, DNNL_MEMORY_ALLOCATE) != dnnl_success) {
        a->inside = NULL;
        return false;
    }
    must(dnnl_memory_get_data_handle(a->inside, &data), "a memory");
    memset(data, 0xff, dnnl_memory_desc_get_size(theirs));
    if (a->use & ONEDNN_READ)
        a->enter = reorder(ours, theirs);
    if (a->use & ONEDNN_WRITE)
        a->leave = reorder(theirs, ours);
    return !(a->use & ONEDNN_READ && !a->enter) && !(a->use & ONEDNN_WRITE && !a->leave);
}

static onednn_argument *bind(onednn_state *s, int argument, onednn_use use,
                             const dnnl_memory_desc_t *ours)
{
    if (!s || !s->good)
        return NULL;
    assert(s->count < ONEDNN_ARGUMENTS);
    onednn_argument *const a = &s->argument[s->count++];
    const dnnl_memory_desc_t *const theirs =
        dnnl_primitive_desc_query_md(s->descriptor, dnnl_query_exec_arg_md, argument);
    *a = (onednn_argument){ .argument = argument, .use = use, .tensor = -1 };
    s->good = dnnl_memory_create(&a->outside, ours, engine, DNNL_MEMORY_NONE) == dnnl_success;
    if (!s->good)
        a->outside = NULL;
    else if (dnnl_memory_desc_equal(ours, theirs))
        a->inside = a->outside;
    else
        s->good = make_inside(a, ours, theirs);
    s->execute[s->count - 1] = (dnnl_exec_arg_t){ argument, a->inside };
    return a;
}

void onednn_bind(onednn_state *s, const check_problem *p, int argument, onednn_use use,
                 const char *tensor, const dnnl_memory_desc_t *ours)
{
    onednn_argument *const a = bind(s, argument, use, ours);

    if (a)
        a->tensor = (int)(check_find(p, tensor) - p->tensor);
}

void *onednn_bind_own(onednn_state *s, int argument, onednn_use use,
                      const dnnl_memory_desc_t *ours)
{
    onednn_argument *const a = bind(s, argument, use, ours);

    if (!a)
        return NULL;
    a->own = malloc(dnnl_memory_desc_get_size(ours));
    s->good = s->good && a->own;
    return a->own;
}

void *onednn_data(const onednn_state *s, int argument)
{
    const onednn_argument *a = s->argument;
    void *data;

    while (a->argument != argument)
        a++;
    if (a->own)
        return a->own;
    must(dnnl_memory_get_data_handle(a->inside, &data), "a memory");
    return data;
}

void *onednn_ready(onednn_state *s)
{
    if (s && s->good)
        return s;
    if (s)
        onednn_close(s);
    return NULL;
}

void onednn_close(void *state)
{
    onednn_state *const s = state;

    for (int i = 0; i < s->count; i++) {
        onednn_argument *const a = &s->argument[i];
        if (a->inside != a->outside)
            dnnl_memory_destroy(a->inside);
        dnnl_memory_destroy(a->outside);
        dnnl_primitive_destroy(a->enter);
        dnnl_primitive_destroy(a->leave);
        free(a->own);
    }
    dnnl_primitive_destroy(s->primitive);
    dnnl_primitive_desc_destroy(s->descriptor);
    free(s);
}

/* ---- Running ---- */

static void point_outside(const onednn_argument *a, const check_problem *p)
{
    void *const data = a->tensor < 0 ? a->own : p->tensor[a->tensor].data;

    must(dnnl_memory_set_data_handle(a->outside, data), "a memory");
}

static void carry(dnnl_primitive_t primitive, dnnl_memory_t from, dnnl_memory_t to)
{
    const dnnl_exec_arg_t arguments[] = { { DNNL_ARG_FROM, from }, { DNNL_ARG_TO, to } };

    must(dnnl_primitive_execute(primitive, stream, 2, arguments), "a reorder");
}

static void enter(onednn_state *s, const check_problem *p)
{
    if (s->before_load)
        s->before_load(s, p);
    for (const onednn_argument *a = s->argument; a < s->argument + s->count; a++)
        if (a->enter) {
            point_outside(a, p);
            carry(a->enter, a->outside, a->inside);
        }
    must(dnnl_stream_wait(stream), "waiting");
}

/* From now on the primitive sees no tensor of the problem itself. */
static void set_apart(onednn_state *s)
{
    for (int i = 0; i < s->count; i++) {
        onednn_argument *const a = &s->argument[i];
        const dnnl_memory_desc_t *layout;
        if (a->inside != a->outside || a->own)
            continue;
        must(dnnl_memory_get_memory_desc(a->outside, &layout), "a layout");
        must(make_inside(a, layout, layout) ? dnnl_success : dnnl_out_of_memory, "a copy");
        s->execute[i].memory = a->inside;
    }
}

void onednn_load(void *state, const check_problem *p)
{
    set_apart(state);
    enter(state, p);
}

void onednn_run(void *state, const check_problem *p)
{
    onednn_state *const s = state;

    for (const onednn_argument *a = s->argument; a < s->argument + s->count; a++)
        if (a->inside == a->outside)
            point_outside(a, p);
    if (s->before_run)
        s->before_run(s, p);
    must(dnnl_primitive_execute(s->primitive, stream, s->count, s->execute), "a primitive");
    must(dnnl_stream_wait(stream), "waiting");
    if (s->after_run)
        s->after_run(s, p);
}

void onednn_store(void *state, const check_problem *p)
{
    onednn_state *const s = state;

    for (const onednn_argument *a = s->argument; a < s->argument + s->count; a++)
        if (a->leave) {
            point_outside(a, p);
            carry(a->leave, a->inside, a->outside);
        }
    must(dnnl_stream_wait(stream), "waiting");
    if (s->after_store)
        s->after_store(s, p);
}

void onednn_run_all(void *state, const check_problem *p)
{
    enter(state, p);
    onednn_run(state, p);
    onednn_store(state, p);
}

#endif
