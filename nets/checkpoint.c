/* checkpoint.c: a network's weights, or a whole training run, as a safetensors file. */
#include "nets/checkpoint.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TRAINING_TENSORS = 9,
    MAX_TENSORS = 4 * PLAN_MAX_TENSORS + NETWORK_MAX_LAYERS + TRAINING_TENSORS,
    MAX_STRINGS = 32,
    NAME_BYTES = PLAN_NAME_BYTES + 32
};

/* Where each tensor of a file lies in memory: the one list that writing and reading share. */
typedef struct {
    safetensors_tensor tensors[MAX_TENSORS];
    char names[MAX_TENSORS][NAME_BYTES];
    int count;
} tensor_list;

static safetensors_tensor *list_add(tensor_list *list, const char *prefix, const char *name,
                                    safetensors_type type, const void *data, int rank)
{
    assert(list->count < MAX_TENSORS);
    safetensors_tensor *const t = &list->tensors[list->count];

    snprintf(list->names[list->count], NAME_BYTES, "%s%s", prefix, name);
    *t = (safetensors_tensor){ .name = list->names[list->count], .type = type, .rank = rank,
                               .data = data };
    list->count++;
    return t;
}

static void list_plan_tensor(tensor_list *list, const char *prefix, const char *name,
                             const plan_tensor *from, const float *data)
{
    safetensors_tensor *const t = list_add(list, prefix, name, SAFETENSORS_F32, data, from->rank);
    for (int i = 0; i < from->rank; i++)
        t->shape[i] = from->shape[i];
}

static void list_vector(tensor_list *list, const char *name, safetensors_type type,
                        const void *data, int64_t count)
{
    list_add(list, "training.", name, type, data, 1)->shape[0] = count;
}

static void list_scalar(tensor_list *list, const char *name, safetensors_type type,
                        const void *data)
{
    list_add(list, "training.", name, type, data, 0);
}

/* PyTorch's state_dict. */
static void list_model(tensor_list *list, const plan *p)
{
    for (int i = 0; i < p->tensor_count; i++)
        list_plan_tensor(list, "", p->tensors[i].name, &p->tensors[i], p->tensors[i].value);
    for (int i = 0; i < p->net->layer_count; i++) {
        const plan_layer *const l = &p->layers[i];
        char name[NAME_BYTES];
        snprintf(name, sizeof name, "%s.num_batches_tracked", l->layer->name);
        if (l->layer->kind == LAYER_BATCHNORM2D)
            list_add(list, "", name, SAFETENSORS_I64, &l->batches_tracked, 0);
    }
}

static void list_aliases(tensor_list *list, const plan *p)
{
    for (int i = 0; i < p->tensor_count; i++)
        if (p->tensors[i].alias[0])
            list_plan_tensor(list, "", p->tensors[i].alias, &p->tensors[i], p->tensors[i].value);
}

static void list_moments(tensor_list *list, const plan *p)
{
    for (int i = 0; i < p->tensor_count; i++) {
        const plan_tensor *const t = &p->tensors[i];
        if (!t->grad)
            continue;
        list_plan_tensor(list, "optimizer.m.", t->name, t, t->m);
        list_plan_tensor(list, "optimizer.v.", t->name, t, t->v);
    }
}

/* The generator's integers in the width that the file has. */
typedef struct {
    int64_t next, has_normal;
} rng_fields;

static void list_training(tensor_list *list, const plan *p, const training_state *s,
                          const rng_fields *fields)
{
    list_scalar(list, "step", SAFETENSORS_I64, &p->step);
    list_vector(list, "order", SAFETENSORS_I32, s->order, s->order_count);
    list_vector(list, "rng_state", SAFETENSORS_U32, s->random.state, RNG_STATE_WORDS);
    list_scalar(list, "rng_next", SAFETENSORS_I64, &fields->next);
    list_scalar(list, "rng_has_normal", SAFETENSORS_I64, &fields->has_normal);
    list_scalar(list, "rng_normal", SAFETENSORS_F64, &s->random.cached_normal);
    list_scalar(list, "cost", SAFETENSORS_F32, &s->cost);
    list_scalar(list, "epoch_seconds", SAFETENSORS_F64, &s->epoch_seconds);
}

static void list_history(tensor_list *list, const epoch_record *history, int count)
{
    safetensors_tensor *const t =
        list_add(list, "training.", "history", SAFETENSORS_F64, count ? history : NULL, 2);
    t->shape[0] = count;
    t->shape[1] = sizeof *history / sizeof(double);
}

/* ---- writing ---- */

static status write_list(const char *path, const tensor_list *list, const plan *p,
                         int string_count, const safetensors_string *strings, file_error *error)
{
    safetensors_string all[MAX_STRINGS] = { { "format", "pt" }, { "network", p->net->name } };

    assert(string_count <= MAX_STRINGS - 2);
    for (int i = 0; i < string_count; i++)
        all[i + 2] = strings[i];
    return safetensors_write(path, list->count, list->tensors, string_count + 2, all, error);
}

status checkpoint_write_model(const char *path, const plan *p, int string_count,
                              const safetensors_string *strings, file_error *error)
{
    tensor_list *const list = calloc(1, sizeof *list);

    if (!list)
        return file_refuse(error, STATUS_MEMORY, "%s: out of memory", path);
    list_model(list, p);
    list_aliases(list, p);
    const status s = write_list(path, list, p, string_count, strings, error);
    free(list);
    return s;
}

status checkpoint_write(const char *path, const plan *p, const training_state *state,
                        int string_count, const safetensors_string *strings, file_error *error)
{
    const rng_fields fields = { state->random.next, state->random.has_cached_normal };
    tensor_list *const list = calloc(1, sizeof *list);

    if (!list)
        return file_refuse(error, STATUS_MEMORY, "%s: out of memory", path);
    list_model(list, p);
    list_aliases(list, p);
    list_moments(list, p);
    list_training(list, p, state, &fields);
    list_history(list, state->history, state->history_count);
    const status s = write_list(path, list, p, string_count, strings, error);
    free(list);
    return s;
}

/* ---- reading ---- */

/* "F32 [64, 32, 3, 3]" */
static const char *describe(const safetensors_tensor *t, char text[NAME_BYTES])
{
    int used = snprintf(text, NAME_BYTES, "%s [", safetensors_type_name(t->type));

    for (int i = 0; i < t->rank && used < NAME_BYTES; i++)
        used += snprintf(text + used, NAME_BYTES - (size_t)used, "%s%lld", i ? ", " : "",
                         (long long)t->shape[i]);
    if (used < NAME_BYTES)
        snprintf(text + used, NAME_BYTES - (size_t)used, "]");
    return text;
}

static bool same_kind(const safetensors_tensor *a, const safetensors_tensor *b)
{
    bool same = a->type == b->type && a->rank == b->rank;

    for (int i = 0; same && i < a->rank; i++)
        same = a->shape[i] == b->shape[i];
    return same;
}

/* Copies tensor `found` (NULL: missing) to where `wanted` says. */
static status copy_tensor(const safetensors_tensor *found, const safetensors_tensor *wanted,
                          const char *path, file_error *error)
{
    char expected_text[NAME_BYTES], found_text[NAME_BYTES];

    if (!found)
        return file_refuse(error, STATUS_IO, "%s: tensor '%s' is missing; expected %s", path,
                           wanted->name, describe(wanted, expected_text));
    if (!same_kind(found, wanted))
        return file_refuse(error, STATUS_IO, "%s: tensor '%s': expected %s, found %s", path,
                           wanted->name, describe(wanted, expected_text),
                           describe(found, found_text));
    const ptrdiff_t count = safetensors_count(wanted);
    if (count > 0)                              /* the list's pointers lead into plan and state */
        memcpy((void *)(uintptr_t)wanted->data, found->data,
               (size_t)count * safetensors_type_bytes(wanted->type));
    return STATUS_OK;
}

/* A tensor that PyTorch has under two names may be saved under either, or under both and equal. */
static status check_aliases(const safetensors_file *file, const char *path, const plan *p,
                            file_error *error)
{
    for (int i = 0; i < p->tensor_count; i++) {
        const plan_tensor *const t = &p->tensors[i];
        const safetensors_tensor *const one = safetensors_find(file, t->name);
        const safetensors_tensor *const two = t->alias[0] ? safetensors_find(file, t->alias) : NULL;
        if (one && two &&
            (!same_kind(one, two) ||
             memcmp(one->data, two->data, (size_t)t->count * sizeof(float)) != 0))
            return file_refuse(error, STATUS_IO,
                               "%s: tensors '%s' and '%s' are one in this network, but differ",
                               path, t->name, t->alias);
    }
    return STATUS_OK;
}

static bool known_name(const tensor_list *list, const plan *p, const char *name)
{
    if (strncmp(name, "optimizer.", 10) == 0 || strncmp(name, "training.", 9) == 0)
        return true;
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->names[i], name) == 0)
            return true;
    for (int i = 0; i < p->tensor_count; i++)
        if (strcmp(p->tensors[i].alias, name) == 0)
            return true;
    return false;
}

static status read_model(const safetensors_file *file, const char *path, plan *p,
                         tensor_list *list, file_error *error)
{
    list_model(list, p);
    for (int i = 0; i < list->count; i++) {
        const safetensors_tensor *found = safetensors_find(file, list->names[i]);
        if (!found && i < p->tensor_count && p->tensors[i].alias[0])
            found = safetensors_find(file, p->tensors[i].alias);
        const status s = copy_tensor(found, &list->tensors[i], path, error);
        if (s != STATUS_OK)
            return s;
    }
    for (int i = 0; i < file->tensor_count; i++)
        if (!known_name(list, p, file->tensors[i].name))
            return file_refuse(error, STATUS_IO, "%s: tensor '%s' has no place in network %s", path,
                               file->tensors[i].name, p->net->name);
    return check_aliases(file, path, p, error);
}

status checkpoint_restore_model(const safetensors_file *file, const char *path, plan *p,
                                file_error *error)
{
    tensor_list *const list = calloc(1, sizeof *list);

    if (!list)
        return file_refuse(error, STATUS_MEMORY, "%s: out of memory", path);
    const status s = read_model(file, path, p, list, error);
    free(list);
    return s;
}

/* Makes room for the file's finished epochs. */
static status size_history(const safetensors_file *file, const char *path, training_state *state,
                           file_error *error)
{
    const safetensors_tensor *const t = safetensors_find(file, "training.history");

    state->history_count = 0;
    if (!t || t->rank != 2 || t->shape[0] > INT_MAX || t->shape[1] != 3)
        return STATUS_OK;                       /* refused when the tensor is copied */
    const int count = (int)t->shape[0];
    if (count > state->history_room) {
        epoch_record *const more = realloc(state->history, (size_t)count * sizeof *more);
        if (!more)
            return file_refuse(error, STATUS_MEMORY, "%s: out of memory", path);
        state->history = more;
        state->history_room = count;
    }
    state->history_count = count;
    return STATUS_OK;
}

static status read_training(const safetensors_file *file, const char *path, plan *p,
                            training_state *state, tensor_list *list, file_error *error)
{
    rng_fields fields = { 0 };
    status s = size_history(file, path, state, error);

    if (s != STATUS_OK)
        return s;
    list->count = 0;
    list_moments(list, p);
    list_training(list, p, state, &fields);
    list_history(list, state->history, state->history_count);
    for (int i = 0; i < list->count; i++) {
        s = copy_tensor(safetensors_find(file, list->names[i]), &list->tensors[i], path, error);
        if (s != STATUS_OK)
            return s;
    }
    if (p->step < 0 || fields.next < 0 || fields.next > RNG_STATE_WORDS || fields.has_normal < 0 ||
        fields.has_normal > 1)
        return file_refuse(error, STATUS_IO, "%s: training.step %lld, rng_next %lld or "
                           "rng_has_normal %lld is out of range", path, (long long)p->step,
                           (long long)fields.next, (long long)fields.has_normal);
    state->random.next = (int32_t)fields.next;
    state->random.has_cached_normal = (int32_t)fields.has_normal;
    return STATUS_OK;
}

status checkpoint_restore(const safetensors_file *file, const char *path, plan *p,
                          training_state *state, file_error *error)
{
    tensor_list *const list = calloc(1, sizeof *list);

    if (!list)
        return file_refuse(error, STATUS_MEMORY, "%s: out of memory", path);
    status s = read_model(file, path, p, list, error);
    if (s == STATUS_OK)
        s = read_training(file, path, p, state, list, error);
    free(list);
    return s;
}
