/* conformance_case.c: reading a case: complaints, attributes, inputs, shapes, memory. */
#include "check/conformance/conformance_case.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/core/extent.h"

/* ---- Complaints ---- */

static void complain(conformance_case *c, conformance_outcome outcome, const char *format,
                     va_list arguments)
{
    conformance_result *const r = c->result;

    if (!case_ok(c))
        return;
    r->outcome = outcome;
    vsnprintf(r->reason, sizeof r->reason, format, arguments);
}

void case_skip(conformance_case *c, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    complain(c, CONFORMANCE_SKIPPED, format, arguments);
    va_end(arguments);
}

void case_malformed(conformance_case *c, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    complain(c, CONFORMANCE_MALFORMED, format, arguments);
    va_end(arguments);
}

bool case_ok(const conformance_case *c)
{
    return c->result->outcome != CONFORMANCE_SKIPPED &&
           c->result->outcome != CONFORMANCE_MALFORMED;
}

bool case_ready(conformance_case *c)
{
    const char *name;
    json_t *value;

    json_object_foreach (c->attributes, name, value)
        if (!json_object_get(c->read, name) && !(c->torch && json_is_null(value)))
            case_skip(c, "attribute '%s' is not known for this op", name);
    for (int i = 0; i < c->file.tensor_count; i++)
        if (!c->used[i])
            case_skip(c, "tensor '%s' is nothing that this op has here", c->file.tensors[i].name);
    return c->result->outcome == CONFORMANCE_PASSED;
}

bool case_shape_ok(conformance_case *c, const char *concept, status verdict)
{
    if (verdict != STATUS_OK)
        case_skip(c, "%s here does not take this shape: %s", concept, status_string(verdict));
    return verdict == STATUS_OK;
}

/* ---- Attributes ---- */

/* The value, or NULL where it is left out. PyTorch's None leaves an argument out. */
static const json_t *attribute(conformance_case *c, const char *name)
{
    const json_t *const value = json_object_get(c->attributes, name);

    json_object_set_new(c->read, name, json_true());
    return c->torch && json_is_null(value) ? NULL : value;
}

static void wrong_type(conformance_case *c, const char *name, const char *wanted)
{
    case_malformed(c, "attribute '%s': expected %s", name, wanted);
}

bool case_has(conformance_case *c, const char *name)
{
    return attribute(c, name) != NULL;
}

void case_require(conformance_case *c, const char *name)
{
    if (!case_has(c, name))
        case_malformed(c, "attribute '%s' is missing", name);
}

static bool as_int(const json_t *value, int *result)
{
    const json_int_t n = json_integer_value(value);

    if (!json_is_integer(value) || n < INT_MIN || n > INT_MAX)
        return false;
    *result = (int)n;
    return true;
}

int case_int(conformance_case *c, const char *name, int fallback)
{
    const json_t *const value = attribute(c, name);
    int result = fallback;

    if (value && !as_int(value, &result))
        wrong_type(c, name, "a whole number that fits into 32 bits");
    return result;
}

double case_real(conformance_case *c, const char *name, double fallback)
{
    const json_t *const value = attribute(c, name);

    if (value && !json_is_number(value))
        wrong_type(c, name, "a number");
    return value && json_is_number(value) ? json_number_value(value) : fallback;
}

bool case_bool(conformance_case *c, const char *name, bool fallback)
{
    const json_t *const value = attribute(c, name);
    int number = fallback;

    if (!value)
        return fallback;
    if (json_is_boolean(value))
        return json_is_true(value);
    if (!as_int(value, &number) || number < 0 || number > 1)
        wrong_type(c, name, "true, false, 0 or 1");
    return number == 1;
}

const char *case_text(conformance_case *c, const char *name, const char *fallback)
{
    const json_t *const value = attribute(c, name);

    if (value && !json_is_string(value))
        wrong_type(c, name, "a string");
    return value && json_is_string(value) ? json_string_value(value) : fallback;
}

bool case_ints(conformance_case *c, const char *name, int count, int *value)
{
    const json_t *const list = attribute(c, name);
    const bool one_for_all = c->torch && (!json_is_array(list) || json_array_size(list) == 1);
    bool good = one_for_all || (json_is_array(list) && json_array_size(list) == (size_t)count);

    if (!list)
        return false;
    for (int i = 0; good && i < count; i++) {
        const size_t place = one_for_all ? 0 : (size_t)i;
        good = as_int(json_is_array(list) ? json_array_get(list, place) : list, &value[i]);
    }
    if (!good)
        case_malformed(c, "attribute '%s': expected a list of %d whole numbers%s", name, count,
                       c->torch ? ", or one number" : "");
    return good;
}

bool case_reals(conformance_case *c, const char *name, int count, double *value)
{
    const json_t *const list = attribute(c, name);
    bool good = json_is_array(list) && json_array_size(list) == (size_t)count;

    if (!list)
        return false;
    for (int i = 0; good && i < count; i++) {
        const json_t *const number = json_array_get(list, (size_t)i);
        good = json_is_number(number);
        value[i] = json_number_value(number);
    }
    if (!good)
        case_malformed(c, "attribute '%s': expected a list of %d numbers", name, count);
    return good;
}

int case_list_length(conformance_case *c, const char *name)
{
    return (int)json_array_size(attribute(c, name));
}

/* ---- Inputs ---- */

static const safetensors_tensor *find(conformance_case *c, const char *name)
{
    for (int i = 0; i < c->file.tensor_count; i++)
        if (strcmp(c->file.tensors[i].name, name) == 0) {
            c->used[i] = true;
            return &c->file.tensors[i];
        }
    return NULL;
}

/* ONNX: whether argument i has a name, so that a tensor must be there. */
static bool is_named(const json_t *names, int i)
{
    const char *const name = json_string_value(json_array_get(names, (size_t)i));
    return name && *name;
}

int case_input_count(const conformance_case *c)
{
    int count = 0;

    if (c->inputs)
        return (int)json_array_size(c->inputs);
    for (int i = 0; i < c->file.tensor_count; i++) {
        int number, end = 0;
        if (sscanf(c->file.tensors[i].name, "input_%4d%n", &number, &end) == 1 &&
            !c->file.tensors[i].name[end] && number >= count)
            count = number + 1;
    }
    return count;
}

const safetensors_tensor *case_input(conformance_case *c, int i, bool required)
{
    const bool left_out = c->inputs && !is_named(c->inputs, i);
    char name[32];
    const safetensors_tensor *t = NULL;

    snprintf(name, sizeof name, "input_%d", i);
    if (!left_out)
        t = find(c, name);
    if (!t && (required || (c->inputs && !left_out)))
        case_malformed(c, "tensor '%s' is missing", name);
    return t;
}

const float *case_floats(conformance_case *c, const safetensors_tensor *t)
{
    if (!t)
        return NULL;
    if (t->type != SAFETENSORS_F32)
        case_skip(c, "%s is %s; kernels here compute in F32", t->name,
                  safetensors_type_name(t->type));
    else if (t->data)
        return t->data;
    return case_memory(c, safetensors_count(t), sizeof(float));
}

/* Element i as a whole number. Returns false if the type is none. */
static bool whole_at(const safetensors_tensor *t, ptrdiff_t i, int64_t *value)
{
    switch (t->type) {
    case SAFETENSORS_I64: *value = ((const int64_t *)t->data)[i]; return true;
    case SAFETENSORS_I32: *value = ((const int32_t *)t->data)[i]; return true;
    case SAFETENSORS_I16: *value = ((const int16_t *)t->data)[i]; return true;
    case SAFETENSORS_I8: *value = ((const int8_t *)t->data)[i]; return true;
    case SAFETENSORS_U32: *value = ((const uint32_t *)t->data)[i]; return true;
    case SAFETENSORS_U16: *value = ((const uint16_t *)t->data)[i]; return true;
    case SAFETENSORS_U8:
    case SAFETENSORS_BOOL: *value = ((const uint8_t *)t->data)[i]; return true;
    default: return false;
    }
}

const int32_t *case_whole(conformance_case *c, const safetensors_tensor *t)
{
    const ptrdiff_t count = t ? safetensors_count(t) : 0;
    int32_t *const result = case_memory(c, count, sizeof *result);
    int64_t value = 0;

    for (ptrdiff_t i = 0; result && i < count; i++) {
        if (!whole_at(t, i, &value)) {
            case_malformed(c, "%s: expected whole numbers, found %s", t->name,
                           safetensors_type_name(t->type));
            break;
        }
        if (value < INT32_MIN || value > INT32_MAX) {
            case_malformed(c, "%s: %lld does not fit into 32 bits", t->name, (long long)value);
            break;
        }
        result[i] = (int32_t)value;
    }
    return result;
}

double case_scalar(conformance_case *c, int i)
{
    const safetensors_tensor *const t = case_input(c, i, true);
    int64_t whole = 0;

    if (!t)
        return 0.0;
    if (safetensors_count(t) != 1) {
        case_malformed(c, "%s: expected one element", t->name);
        return 0.0;
    }
    if (t->type == SAFETENSORS_F32)
        return (double)*(const float *)t->data;
    if (t->type == SAFETENSORS_F64)
        return *(const double *)t->data;
    if (!whole_at(t, 0, &whole))
        case_skip(c, "%s is %s", t->name, safetensors_type_name(t->type));
    return (double)whole;
}

/* ---- Shapes ---- */

extents case_extents(conformance_case *c, const safetensors_tensor *t)
{
    extents e = { 0 };

    for (int i = 0; t && i < t->rank; i++) {
        if (t->shape[i] > INT_MAX) {
            case_skip(c, "%s: an extent exceeds 2^31 - 1", t->name);
            return e;
        }
        e.extent[i] = (int)t->shape[i];
    }
    e.rank = t ? t->rank : 0;
    return e;
}

extents extents_of(int rank, int a, int b, int c, int d)
{
    return (extents){ rank, { a, b, c, d } };
}

bool extents_equal(extents a, extents b)
{
    return a.rank == b.rank &&
           memcmp(a.extent, b.extent, (size_t)a.rank * sizeof a.extent[0]) == 0;
}

int case_product(conformance_case *c, extents e, int from, int to)
{
    ptrdiff_t count = 1;

    if (to > from && (!extent_product(to - from, &e.extent[from], &count) || count > INT_MAX)) {
        case_skip(c, "more than 2^31 - 1 elements along some axes");
        return 0;
    }
    return (int)count;
}

static const char *shape_text(extents e, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "[");

    for (int i = 0; i < e.rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%d", i ? ", " : "", e.extent[i]);
    if (used < size)
        snprintf(text + used, size - used, "]");
    return text;
}

static bool same_shape(conformance_case *c, const safetensors_tensor *t, extents want,
                       char *message, size_t size)
{
    const extents found = case_extents(c, t);
    char a[96], b[96];

    if (!case_ok(c) || extents_equal(found, want))
        return true;
    snprintf(message, size, "expected shape %s, found %s", shape_text(want, a, sizeof a),
             shape_text(found, b, sizeof b));
    return false;
}

void case_expect_shape(conformance_case *c, const safetensors_tensor *t, extents want)
{
    char message[256];

    if (t && !same_shape(c, t, want, message, sizeof message))
        case_malformed(c, "%s: %s", t->name, message);
}

int case_axis(conformance_case *c, int axis, int rank, bool end)
{
    const int most = rank - (end ? 0 : 1);

    if (axis < -rank || axis > most) {
        case_malformed(c, "axis %d: expected one from %d to %d", axis, -rank, most);
        return 0;
    }
    return axis < 0 ? axis + rank : axis;
}

extents case_broadcast(conformance_case *c, extents a, extents b)
{
    extents y = { .rank = a.rank > b.rank ? a.rank : b.rank };

    for (int i = 1; i <= y.rank; i++) {
        const int ea = i <= a.rank ? a.extent[a.rank - i] : 1;
        const int eb = i <= b.rank ? b.extent[b.rank - i] : 1;
        if (ea != eb && ea != 1 && eb != 1)
            case_malformed(c, "shapes that do not broadcast: %d against %d", ea, eb);
        y.extent[y.rank - i] = ea == 1 ? eb : ea;
    }
    return y;
}

const float *case_repeat(conformance_case *c, const float *x, extents from, extents to)
{
    const ptrdiff_t count = case_product(c, to, 0, to.rank);

    if (extents_equal(from, to) || c->result->outcome != CONFORMANCE_PASSED)
        return x;
    float *const y = case_memory(c, count, sizeof *y);
    for (ptrdiff_t i = 0; y && i < count; i++) {
        ptrdiff_t rest = i, place = 0, step = 1;
        for (int k = 1; k <= to.rank; k++) {
            const int e = k <= from.rank ? from.extent[from.rank - k] : 1;
            place += rest % to.extent[to.rank - k] % e * step;
            rest /= to.extent[to.rank - k];
            step *= e;
        }
        y[i] = x[place];
    }
    return y;
}

/* ---- Memory and outputs ---- */

void *case_memory(conformance_case *c, ptrdiff_t count, size_t size)
{
    enum { ALIGNMENT = 64 };
    size_t bytes;
    void *block = NULL;
    void **const list = realloc(c->block, ((size_t)c->block_count + 1) * sizeof *list);

    if (list)
        c->block = list;
    if (!list || __builtin_mul_overflow((size_t)count, size, &bytes) ||
        posix_memalign(&block, ALIGNMENT, bytes + ALIGNMENT) != 0) {
        case_malformed(c, "out of memory");
        return NULL;
    }
    memset(block, 0, bytes + ALIGNMENT);
    c->block[c->block_count++] = block;
    return block;
}

/* The next output, or, when something is wrong, one that nobody judges. */
static case_output *next_output(conformance_case *c)
{
    if (c->output_count == CASE_MAX_OUTPUTS) {
        case_skip(c, "more than %d outputs", CASE_MAX_OUTPUTS);
        c->output_count = 0;
    }
    case_output *const o = &c->output[c->output_count++];
    *o = (case_output){ .name = "" };
    return o;
}

case_output *case_expect(conformance_case *c, const char *prefix, int i, extents shape, bool whole)
{
    case_output *const o = next_output(c);
    ptrdiff_t count = case_product(c, shape, 0, shape.rank);
    char message[256];

    snprintf(o->name, sizeof o->name, "%s_%d", prefix, i);
    o->want = find(c, o->name);
    if (!o->want && strcmp(prefix, "output") == 0 &&
        (c->outputs ? is_named(c->outputs, i) : i == 0))
        case_malformed(c, "tensor '%s' is missing", o->name);
    if (o->want && !same_shape(c, o->want, shape, message, sizeof message)) {
        case_fail(c, "shape", NULL, o->name, "%s", message);
        o->want = NULL;
        count = 0;
    }
    o->count = count;
    const safetensors_type type = o->want ? o->want->type : SAFETENSORS_F32;
    int64_t value;
    if (o->want && (whole ? o->count > 0 && !whole_at(o->want, 0, &value)
                          : type != SAFETENSORS_F32 && type != SAFETENSORS_F64))
        case_malformed(c, "%s: expected %s, found %s", o->name,
                       whole ? "whole numbers" : "F32 or F64", safetensors_type_name(type));
    if (whole) {
        o->got_whole = case_memory(c, count, sizeof *o->got_whole);
        o->truth_whole = case_memory(c, count, sizeof *o->truth_whole);
    } else {
        o->got = case_memory(c, count, sizeof *o->got);
        o->truth = case_memory(c, count, sizeof *o->truth);
        o->carried = case_memory(c, count, sizeof *o->carried);
        o->truth_carried = case_memory(c, count, sizeof *o->truth_carried);
    }
    return o;
}

case_output *case_gradient(conformance_case *c, int i)
{
    const safetensors_tensor *const x = case_input(c, i, false);
    char name[32];

    snprintf(name, sizeof name, "grad_input_%d", i);
    if (!x || !safetensors_find(&c->file, name))
        return NULL;
    if (!safetensors_find(&c->file, "grad_output_0"))
        case_malformed(c, "%s without grad_output_0", name);
    return case_expect(c, "grad_input", i, case_extents(c, x), false);
}

const float *case_upstream(conformance_case *c, extents shape)
{
    const safetensors_tensor *const dy = find(c, "grad_output_0");

    case_expect_shape(c, dy, shape);
    return case_floats(c, dy);
}

float *case_rounded(conformance_case *c, const exact *truth, ptrdiff_t count)
{
    float *const value = case_memory(c, count, sizeof *value);

    for (ptrdiff_t i = 0; value && i < count; i++)
        value[i] = (float)truth[i].value;
    return value;
}

/* Half the distance of the smallest floats, 2^-150, in units of u = 2^-24. */
static const double underflow = 0x1p-126;

double *case_errors(conformance_case *c, const exact *truth, ptrdiff_t count)
{
    double *const error = case_memory(c, count, sizeof *error);

    for (ptrdiff_t i = 0; error && i < count; i++)
        error[i] = truth[i].terms * truth[i].magnitude + fabs(truth[i].value) + underflow;
    return error;
}

double *case_one_rounding(conformance_case *c, const exact *truth, ptrdiff_t count)
{
    double *const error = case_memory(c, count, sizeof *error);

    for (ptrdiff_t i = 0; error && i < count; i++)
        error[i] = fabs(truth[i].value) + underflow;
    return error;
}

double case_float_error(double x)
{
    return fabs((double)(float)x - x);
}
