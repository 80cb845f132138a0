/* safetensors.c: reads and writes safetensors files.
 *
 * Idea:  jansson refuses what is not UTF-8, not JSON, or a key twice; then every tensor is held
 *        against its own shape, and all of them, sorted by offset, against each other: each starts
 *        where the one before it ended, and the last ends with the file. So no byte can be hidden.
 * Limit: the whole file passes through memory; hosts are little-endian, as the format is.
 * Source: the format's description at huggingface.co/docs/safetensors. */
#include "data/safetensors.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "data/whole_file.h"

enum {
    LENGTH_BYTES = 8,
    MAX_HEADER = 100000000,
    ALIGNMENT = 64
};

static const char *const metadata_key = "__metadata__";

static const struct {
    const char *name;
    size_t bytes;
} types[] = {
    [SAFETENSORS_F64] = { "F64", 8 }, [SAFETENSORS_F32] = { "F32", 4 },
    [SAFETENSORS_F16] = { "F16", 2 }, [SAFETENSORS_BF16] = { "BF16", 2 },
    [SAFETENSORS_I64] = { "I64", 8 }, [SAFETENSORS_I32] = { "I32", 4 },
    [SAFETENSORS_I16] = { "I16", 2 }, [SAFETENSORS_I8] = { "I8", 1 },
    [SAFETENSORS_U64] = { "U64", 8 }, [SAFETENSORS_U32] = { "U32", 4 },
    [SAFETENSORS_U16] = { "U16", 2 }, [SAFETENSORS_U8] = { "U8", 1 },
    [SAFETENSORS_BOOL] = { "BOOL", 1 },
};

enum { TYPE_COUNT = sizeof types / sizeof types[0] };

size_t safetensors_type_bytes(safetensors_type type)
{
    return types[type].bytes;
}

const char *safetensors_type_name(safetensors_type type)
{
    return types[type].name;
}

ptrdiff_t safetensors_count(const safetensors_tensor *tensor)
{
    ptrdiff_t count = 1;

    for (int i = 0; i < tensor->rank; i++)
        count *= (ptrdiff_t)tensor->shape[i];
    return count;
}

/* The bytes of a tensor with this shape; false if an extent is negative or the product too big. */
static bool tensor_bytes(const safetensors_tensor *t, int64_t *bytes)
{
    int64_t product = (int64_t)types[t->type].bytes;
    bool empty = false;

    for (int i = 0; i < t->rank; i++) {
        if (t->shape[i] < 0)
            return false;
        if (t->shape[i] == 0)
            empty = true;
        else if (product > INT64_MAX / t->shape[i])
            return false;
        else
            product *= t->shape[i];
    }
    *bytes = empty ? 0 : product;
    return true;
}

/* A tensor with its place in the file, counted from the end of the header. */
typedef struct {
    safetensors_tensor tensor;
    int64_t begin, end;
} placed;

typedef struct {
    const char *name;           /* of the file */
    int64_t data_bytes;         /* that follow the header */
    file_error *error;
} reading;

static status refuse_tensor(const reading *r, const char *tensor, const char *what)
{
    return file_refuse(r->error, STATUS_IO, "%s: tensor \"%s\": %s", r->name, tensor, what);
}

static status parse_type(const reading *r, const json_t *value, safetensors_tensor *t)
{
    const char *const text = json_string_value(value);

    if (!text)
        return refuse_tensor(r, t->name, "expected a string \"dtype\", found none");
    for (int i = 0; i < TYPE_COUNT; i++)
        if (strcmp(text, types[i].name) == 0) {
            t->type = (safetensors_type)i;
            return STATUS_OK;
        }
    return file_refuse(r->error, STATUS_IO, "%s: tensor \"%s\": unknown dtype \"%s\"", r->name,
                       t->name, text);
}

static status parse_shape(const reading *r, const json_t *value, safetensors_tensor *t)
{
    const size_t rank = json_array_size(value);

    if (!json_is_array(value))
        return refuse_tensor(r, t->name, "expected an array \"shape\", found none");
    if (rank > SAFETENSORS_MAX_RANK)
        return file_refuse(r->error, STATUS_IO,
                           "%s: tensor \"%s\": expected at most %d extents, found %zu", r->name,
                           t->name, SAFETENSORS_MAX_RANK, rank);
    t->rank = (int)rank;
    for (size_t i = 0; i < rank; i++) {
        const json_t *const extent = json_array_get(value, i);
        if (!json_is_integer(extent) || json_integer_value(extent) < 0)
            return refuse_tensor(r, t->name, "an extent of its shape is no integer >= 0");
        t->shape[i] = json_integer_value(extent);
    }
    return STATUS_OK;
}

static status parse_offsets(const reading *r, const json_t *value, placed *p)
{
    const json_t *const begin = json_array_get(value, 0), *const end = json_array_get(value, 1);
    int64_t bytes;

    if (json_array_size(value) != 2 || !json_is_integer(begin) || !json_is_integer(end))
        return refuse_tensor(r, p->tensor.name,
                             "expected \"data_offsets\", an array of two integers");
    p->begin = json_integer_value(begin);
    p->end = json_integer_value(end);
    if (p->begin < 0 || p->end < p->begin)
        return file_refuse(r->error, STATUS_IO,
                           "%s: tensor \"%s\": data_offsets %jd to %jd are negative or reversed",
                           r->name, p->tensor.name, (intmax_t)p->begin, (intmax_t)p->end);
    if (p->end > r->data_bytes)
        return file_refuse(r->error, STATUS_IO,
                           "%s: tensor \"%s\": ends at %jd, but only %jd bytes follow the header",
                           r->name, p->tensor.name, (intmax_t)p->end, (intmax_t)r->data_bytes);
    if (!tensor_bytes(&p->tensor, &bytes))
        return refuse_tensor(r, p->tensor.name, "the product of its shape overflows");
    if (bytes != p->end - p->begin)
        return file_refuse(r->error, STATUS_IO,
                           "%s: tensor \"%s\": its shape needs %jd bytes, its data_offsets "
                           "enclose %jd", r->name, p->tensor.name, (intmax_t)bytes,
                           (intmax_t)(p->end - p->begin));
    return STATUS_OK;
}

static status parse_tensor(const reading *r, const char *name, const json_t *value, placed *p)
{
    p->tensor.name = name;
    if (!json_is_object(value))
        return refuse_tensor(r, name, "expected an object with dtype, shape and data_offsets");
    status s = parse_type(r, json_object_get(value, "dtype"), &p->tensor);
    if (s == STATUS_OK)
        s = parse_shape(r, json_object_get(value, "shape"), &p->tensor);
    if (s == STATUS_OK)
        s = parse_offsets(r, json_object_get(value, "data_offsets"), p);
    return s;
}

static status parse_metadata(const reading *r, json_t *object, safetensors_file *file)
{
    const char *key;
    json_t *value;

    if (!json_is_object(object))
        return file_refuse(r->error, STATUS_IO, "%s: expected __metadata__ to be an object",
                           r->name);
    file->metadata = calloc(json_object_size(object) + 1, sizeof *file->metadata);
    if (!file->metadata)
        return file_refuse(r->error, STATUS_MEMORY, "%s: no memory for its metadata", r->name);
    json_object_foreach(object, key, value) {
        if (!json_is_string(value))
            return file_refuse(r->error, STATUS_IO, "%s: __metadata__: \"%s\" is no string",
                               r->name, key);
        file->metadata[file->metadata_count++] =
            (safetensors_string){ key, json_string_value(value) };
    }
    return STATUS_OK;
}

static int by_place(const void *left, const void *right)
{
    const placed *const a = left, *const b = right;

    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    return (a->end > b->end) - (a->end < b->end);
}

/* Sorts the tensors and checks that they cover the bytes after the header exactly once. */
static status check_cover(const reading *r, placed *all, int count)
{
    int64_t covered = 0;

    qsort(all, (size_t)count, sizeof *all, by_place);
    for (int i = 0; i < count; i++) {
        if (all[i].begin != covered)
            return file_refuse(r->error, STATUS_IO,
                               "%s: tensor \"%s\": begins at %jd, %s, for the one before it ends "
                               "at %jd", r->name, all[i].tensor.name, (intmax_t)all[i].begin,
                               all[i].begin > covered ? "after a hole" : "an overlap",
                               (intmax_t)covered);
        covered = all[i].end;
    }
    if (covered != r->data_bytes)
        return file_refuse(r->error, STATUS_IO,
                           "%s: %jd bytes follow the header, but its tensors end at %jd: trailing "
                           "bytes", r->name, (intmax_t)r->data_bytes, (intmax_t)covered);
    return STATUS_OK;
}

static size_t aligned(int64_t bytes)
{
    return ((size_t)bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Copies every tensor to an aligned place of its own. */
static status copy_data(const reading *r, const uint8_t *data, const placed *all, int count,
                        safetensors_file *file)
{
    size_t total = ALIGNMENT;

    for (int i = 0; i < count; i++)
        total += aligned(all[i].end - all[i].begin);
    file->tensors = calloc((size_t)count + 1, sizeof *file->tensors);
    uint8_t *at = aligned_alloc(ALIGNMENT, total);
    file->storage = at;
    if (!file->tensors || !at)
        return file_refuse(r->error, STATUS_MEMORY, "%s: no memory for its %zu bytes", r->name,
                           total);
    for (int i = 0; i < count; i++) {
        const int64_t bytes = all[i].end - all[i].begin;
        if (bytes > 0)
            memcpy(at, data + all[i].begin, (size_t)bytes);
        file->tensors[i] = all[i].tensor;
        file->tensors[i].data = at;
        at += aligned(bytes);
    }
    file->tensor_count = count;
    return STATUS_OK;
}

static status parse_object(const reading *r, json_t *root, const uint8_t *data, placed *all,
                           safetensors_file *file)
{
    const char *key;
    json_t *value;
    int count = 0;

    json_object_foreach(root, key, value) {
        const status s = strcmp(key, metadata_key) == 0 ? parse_metadata(r, value, file)
                                                        : parse_tensor(r, key, value,
                                                                       &all[count++]);
        if (s != STATUS_OK)
            return s;
    }
    const status s = check_cover(r, all, count);
    return s == STATUS_OK ? copy_data(r, data, all, count, file) : s;
}

/* Loads the header's JSON and stores the header's length. */
static status load_header(const char *name, const uint8_t *bytes, size_t size, json_t **root,
                          size_t *length, file_error *error)
{
    json_error_t problem;
    uint64_t stated = 0;

    if (size < LENGTH_BYTES)
        return file_refuse(error, STATUS_IO, "%s: truncated: expected at least %d bytes, found "
                           "%zu", name, LENGTH_BYTES, size);
    for (int i = LENGTH_BYTES - 1; i >= 0; i--)
        stated = stated << 8 | bytes[i];
    if (stated > MAX_HEADER)
        return file_refuse(error, STATUS_IO, "%s: offset 0: expected a header of at most %d "
                           "bytes, found %ju", name, MAX_HEADER, (uintmax_t)stated);
    if (stated > size - LENGTH_BYTES)
        return file_refuse(error, STATUS_IO, "%s: offset 0: expected a header of %ju bytes, found "
                           "%zu bytes in all the rest of the file", name, (uintmax_t)stated,
                           size - LENGTH_BYTES);
    if (stated == 0 || bytes[LENGTH_BYTES] != '{')
        return file_refuse(error, STATUS_IO, "%s: offset 8: expected a header that starts with "
                           "'{'", name);
    *length = (size_t)stated;
    *root = json_loadb((const char *)bytes + LENGTH_BYTES, *length, JSON_REJECT_DUPLICATES,
                       &problem);
    if (*root)
        return STATUS_OK;
    if (json_error_code(&problem) == json_error_out_of_memory)
        return file_refuse(error, STATUS_MEMORY, "%s: no memory for its header", name);
    return file_refuse(error, STATUS_IO, "%s: offset %d: malformed header: %s", name,
                       LENGTH_BYTES + problem.position, problem.text);
}

status safetensors_parse(const uint8_t *bytes, size_t size, const char *name,
                         safetensors_file *file, file_error *error)
{
    json_t *root = NULL;
    size_t length = 0;

    memset(file, 0, sizeof *file);
    status s = load_header(name, bytes, size, &root, &length, error);
    if (s != STATUS_OK)
        return s;
    file->header = root;                        /* the names and strings live in it */
    const uint8_t *const data = bytes + LENGTH_BYTES + length;
    const reading r = { name, (int64_t)(size - LENGTH_BYTES - length), error };
    placed *const all = calloc(json_object_size(root) + 1, sizeof *all);
    s = all ? parse_object(&r, root, data, all, file)
            : file_refuse(error, STATUS_MEMORY, "%s: no memory for its header", name);
    free(all);
    if (s != STATUS_OK)
        safetensors_free(file);
    return s;
}

status safetensors_read(const char *path, safetensors_file *file, file_error *error)
{
    uint8_t *bytes;
    size_t size;

    memset(file, 0, sizeof *file);
    const status read = file_read_whole(path, PTRDIFF_MAX / 2, &bytes, &size, error);
    if (read != STATUS_OK)
        return read;
    const status parsed = safetensors_parse(bytes, size, path, file, error);
    free(bytes);
    return parsed;
}

void safetensors_free(safetensors_file *file)
{
    json_decref(file->header);
    free(file->tensors);
    free(file->metadata);
    free(file->storage);
    memset(file, 0, sizeof *file);
}

const safetensors_tensor *safetensors_find(const safetensors_file *file, const char *name)
{
    for (int i = 0; i < file->tensor_count; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}

const char *safetensors_metadata(const safetensors_file *file, const char *key)
{
    for (int i = 0; i < file->metadata_count; i++)
        if (strcmp(file->metadata[i].key, key) == 0)
            return file->metadata[i].value;
    return NULL;
}

/* Adds an entry for one tensor at *offset, and moves *offset behind it. */
static status describe_tensor(json_t *root, const safetensors_tensor *t, int64_t *offset,
                              const char *path, file_error *error)
{
    int64_t bytes = 0;

    if (t->rank < 0 || t->rank > SAFETENSORS_MAX_RANK || !tensor_bytes(t, &bytes) ||
        bytes > PTRDIFF_MAX - *offset)
        return file_refuse(error, STATUS_SHAPE, "%s: cannot write tensor \"%s\": impossible shape",
                           path, t->name);
    assert(t->data || bytes == 0);
    if (strcmp(t->name, metadata_key) == 0 || json_object_get(root, t->name))
        return file_refuse(error, STATUS_VALUE, "%s: cannot write tensor \"%s\": name in use",
                           path, t->name);
    json_t *const shape = json_array();
    for (int i = 0; i < t->rank; i++)
        json_array_append_new(shape, json_integer(t->shape[i]));
    json_t *const entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", types[t->type].name,
                                    "shape", shape, "data_offsets", (json_int_t)*offset,
                                    (json_int_t)(*offset + bytes));
    *offset += bytes;
    if (json_object_set_new(root, t->name, entry) != 0)
        return file_refuse(error, STATUS_VALUE, "%s: cannot write tensor \"%s\": its name is not "
                           "UTF-8", path, t->name);
    return STATUS_OK;
}

static status describe_metadata(json_t *root, int count, const safetensors_string *metadata,
                                const char *path, file_error *error)
{
    json_t *const object = json_object();

    if (json_object_set_new(root, metadata_key, object) != 0)
        return file_refuse(error, STATUS_MEMORY, "%s: no memory for its header", path);
    for (int i = 0; i < count; i++) {
        const char *const key = metadata[i].key;
        if (json_object_get(object, key))
            return file_refuse(error, STATUS_VALUE, "%s: cannot write metadata \"%s\": key in "
                               "use", path, key);
        if (json_object_set_new(object, key, json_string(metadata[i].value)) != 0)
            return file_refuse(error, STATUS_VALUE, "%s: cannot write metadata \"%s\": not UTF-8",
                               path, key);
    }
    return STATUS_OK;
}

/* Writes length, header and data. parts[] has room for three more than there are tensors, and
 * holds the tensors from its fourth on. */
static status write_parts(const char *path, const json_t *root, int tensor_count,
                          file_part *parts, file_error *error)
{
    static const char spaces[] = "       ";     /* bring the header to a multiple of 8 */
    uint8_t length[LENGTH_BYTES];
    char *const text = json_dumps(root, JSON_COMPACT);

    if (!text)
        return file_refuse(error, STATUS_MEMORY, "%s: no memory for its header", path);
    const size_t size = strlen(text), padding = (8 - size % 8) % 8;
    if (size + padding > MAX_HEADER) {
        free(text);
        return file_refuse(error, STATUS_VALUE, "%s: cannot write: its header would be longer "
                           "than the %d bytes that readers accept", path, MAX_HEADER);
    }
    for (int i = 0; i < LENGTH_BYTES; i++)
        length[i] = (uint8_t)((uint64_t)(size + padding) >> (8 * i));
    parts[0] = (file_part){ length, sizeof length };
    parts[1] = (file_part){ text, size };
    parts[2] = (file_part){ spaces, padding };
    const status s = file_replace(path, tensor_count + 3, parts, error);
    free(text);
    return s;
}

status safetensors_write(const char *path, int tensor_count, const safetensors_tensor *tensors,
                         int metadata_count, const safetensors_string *metadata,
                         file_error *error)
{
    json_t *const root = json_object();
    file_part *const parts = calloc((size_t)tensor_count + 3, sizeof *parts);
    int64_t offset = 0;
    int written = 3;
    status s = root && parts ? STATUS_OK : file_refuse(error, STATUS_MEMORY,
                                                       "%s: no memory for its header", path);

    if (s == STATUS_OK && metadata_count > 0)
        s = describe_metadata(root, metadata_count, metadata, path, error);
    for (size_t width = 8; width > 0; width /= 2)
        for (int i = 0; i < tensor_count && s == STATUS_OK; i++) {
            const safetensors_tensor *const t = &tensors[i];
            const int64_t before = offset;
            if (types[t->type].bytes != width)
                continue;
            s = describe_tensor(root, t, &offset, path, error);
            parts[written++] = (file_part){ t->data, (size_t)(offset - before) };
        }
    if (s == STATUS_OK)
        s = write_parts(path, root, tensor_count, parts, error);
    free(parts);
    json_decref(root);
    return s;
}
