/* result.c: reads a file of results, and believes nothing in it.
 *
 * Google Benchmark appends to a name how it was run ("/iterations:1/manual_time"); those parts are
 * taken off. Of several repetitions of one benchmark the one with the median time stands for all;
 * the library's own aggregates (means, deviations) are passed over. */
#include "bench/result.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/whole_file.h"

enum { LARGEST_FILE = 1 << 28, MAX_PARTS = 7 };

typedef struct {
    const char *path;
    file_error *error;
    size_t at;                  /* the benchmark being read, and its name or NULL */
    const char *name;
} reader;

typedef struct {
    bench_result result;
    json_int_t repetition;
    size_t position;            /* in the file */
} entry;

__attribute__((format(printf, 2, 3))) static bool refuse(const reader *r, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (r->name)
        file_refuse(r->error, STATUS_IO, "%s: benchmark %zu, '%.200s': %s", r->path, r->at + 1,
                    r->name, text);
    else
        file_refuse(r->error, STATUS_IO, "%s: benchmark %zu: %s", r->path, r->at + 1, text);
    return false;
}

/* ---- values ---- */

/* A member that is a finite number, else NAN. jansson refuses what is not finite. */
static double number(const json_t *object, const char *key)
{
    const json_t *const value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static bool copy_word(const reader *r, char *to, size_t room, const char *from, size_t length)
{
    if (length >= room)
        return refuse(r, "expected words of at most %zu characters, found '%.*s'", room - 1,
                      (int)(length < 300 ? length : 300), from);
    memcpy(to, from, length);
    to[length] = '\0';
    return true;
}

/* ---- names ---- */

/* "/iterations:1", "/manual_time" and the like. */
static bool is_library_part(const char *part, size_t length)
{
    static const char *const flags[] = { "manual_time", "real_time", "process_time" };

    for (int i = 0; i < 3; i++)
        if (strlen(flags[i]) == length && memcmp(part, flags[i], length) == 0)
            return true;
    return memchr(part, ':', length) != NULL;
}

/* Length of the name without the library's parts. */
static size_t own_length(const char *name)
{
    size_t length = strlen(name);

    for (;;) {
        size_t slash = length;
        while (slash > 0 && name[slash - 1] != '/')
            slash--;
        if (slash == 0 || !is_library_part(name + slash, length - slash))
            return length;
        length = slash - 1;
    }
}

/* "n100" -> 100; with prefix 't' also "tgpu" -> 0. */
static bool parse_count(const reader *r, const char *part, char prefix, int *count)
{
    char *end = NULL;

    if (prefix == 't' && strcmp(part, "tgpu") == 0) {
        *count = 0;
        return true;
    }
    const bool digit = part[0] == prefix && part[1] >= '1' && part[1] <= '9';
    const long value = digit ? strtol(part + 1, &end, 10) : 0;
    if (!digit || *end || value > INT_MAX)
        return refuse(r, "expected %c and a number in its name, found '%s'", prefix, part);
    *count = (int)value;
    return true;
}

static bool read_ceiling_name(const reader *r, char part[][RESULT_WORD_BYTES], bench_result *b)
{
    b->kind = RESULT_CEILING;
    strcpy(b->concept, part[1]);
    strcpy(b->label, part[2]);
    return parse_count(r, part[3], 't', &b->threads);
}

static bool read_step_name(const reader *r, char part[][RESULT_WORD_BYTES], bench_result *b)
{
    b->kind = RESULT_STEP;
    strcpy(b->concept, part[1]);
    strcpy(b->label, part[4]);
    strcpy(b->pass, part[5]);
    strcpy(b->row, part[6]);
    return parse_count(r, part[2], 'n', &b->batch) && parse_count(r, part[3], 't', &b->threads);
}

static bool read_kernel_name(const reader *r, char part[][RESULT_WORD_BYTES], bench_result *b)
{
    b->kind = RESULT_KERNEL;
    strcpy(b->concept, part[0]);
    strcpy(b->pass, part[1]);
    strcpy(b->label, part[2]);
    strcpy(b->row, part[6]);
    b->cold = strcmp(part[5], "cold") == 0;
    if (!b->cold && strcmp(part[5], "warm") != 0)
        return refuse(r, "expected warm or cold in its name, found '%s'", part[5]);
    return parse_count(r, part[3], 'n', &b->batch) && parse_count(r, part[4], 't', &b->threads);
}

static bool read_name(const reader *r, bench_result *b)
{
    char part[MAX_PARTS][RESULT_WORD_BYTES];
    int parts = 0;

    if (!copy_word(r, b->name, sizeof b->name, r->name, own_length(r->name)))
        return false;
    for (const char *at = b->name; at; parts++) {
        const size_t length = strcspn(at, "/");
        if (parts < MAX_PARTS && !copy_word(r, part[parts], sizeof part[0], at, length))
            return false;
        at = at[length] ? at + length + 1 : NULL;
    }
    const bool ceiling = strcmp(part[0], "ceiling") == 0, step = strcmp(part[0], "step") == 0;
    const int expected = ceiling ? 4 : 7;
    if (parts != expected)
        return refuse(r, "expected %s, found %d parts",
                      ceiling ? "ceiling/WHAT/WHERE/tTHREADS"
                      : step  ? "step/NET/nBATCH/tTHREADS/LAYER/PASS/ROW"
                              : "CONCEPT/PASS/LABEL/nBATCH/tTHREADS/CACHE/ROW", parts);
    return ceiling ? read_ceiling_name(r, part, b)
           : step  ? read_step_name(r, part, b) : read_kernel_name(r, part, b);
}

/* ---- labels ---- */

static bool read_word(const reader *r, const char *word, size_t length, bench_result *b)
{
    const struct { const char *key; char *to; size_t room; } keys[] = {
        { "role=", b->role, sizeof b->role },          { "space=", b->space, sizeof b->space },
        { "precision=", b->precision, sizeof b->precision },
        { "verdict=", b->verdict, sizeof b->verdict }, { "roof=", b->roof, sizeof b->roof },
        { "shape=", b->shape, sizeof b->shape },
    };

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const size_t key = strlen(keys[i].key);
        if (length >= key && memcmp(word, keys[i].key, key) == 0)
            return copy_word(r, keys[i].to, keys[i].room, word + key, length - key);
    }
    if (length == 8 && memcmp(word, "valid=no", 8) == 0)
        b->valid = false;
    if (!memchr(word, '=', length))
        return refuse(r, "expected KEY=VALUE in its label, found '%.*s'", (int)length, word);
    return true;
}

static bool read_label(const reader *r, const json_t *object, bench_result *b)
{
    const json_t *const label = json_object_get(object, "label");
    const char *text = json_is_string(label) ? json_string_value(label) : "";

    b->valid = true;
    if (label && !json_is_string(label))
        return refuse(r, "expected its label to be a string");
    if (b->kind == RESULT_CEILING)
        return copy_word(r, b->shape, sizeof b->shape, text, strlen(text));
    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        const size_t length = strcspn(text, " ");
        if (!read_word(r, text, length, b))
            return false;
        text += length;
    }
    return b->kind != RESULT_KERNEL || b->skipped[0] || b->role[0]
           ? true : refuse(r, "expected role=... in its label, found none");
}

/* ---- numbers ---- */

static bool read_time(const reader *r, const json_t *object, bench_result *b)
{
    static const struct { const char *name; double seconds; } units[] = {
        { "ns", 1e-9 }, { "us", 1e-6 }, { "ms", 1e-3 }, { "s", 1.0 }
    };
    const char *const unit = json_string_value(json_object_get(object, "time_unit"));
    const double time = number(object, "real_time");

    b->seconds = NAN;
    if (b->skipped[0])
        return true;
    if (isnan(time))
        return refuse(r, "expected a number real_time, found none");
    if (time < 0.0 || (time == 0.0 && b->kind != RESULT_CEILING))
        return refuse(r, "expected a real_time above 0, found %g", time);
    for (size_t i = 0; unit && i < sizeof units / sizeof units[0]; i++)
        if (strcmp(unit, units[i].name) == 0)
            b->seconds = time * units[i].seconds;
    return !isnan(b->seconds) ||
           refuse(r, "expected time_unit ns, us, ms or s, found '%s'", unit ? unit : "");
}

static bool read_interval(const reader *r, const char *what, double median, double low,
                          double high)
{
    if (isnan(median) && isnan(low) && isnan(high))
        return true;
    return (low > 0.0 && low <= median && median <= high) ||
           refuse(r, "expected 0 < %s_low <= %s <= %s_high, found %g, %g, %g", what, what, what,
                  low, median, high);
}

static bool read_counters(const reader *r, const json_t *object, bench_result *b)
{
    const struct { const char *key; double *to; } counters[] = {
        { "flop", &b->flop },             { "bytes", &b->bytes },
        { "gflops", &b->gflops },         { "gbs", &b->gbs },
        { "roof_share", &b->roof_share }, { "ratio", &b->ratio },
        { "ratio_low", &b->ratio_low },   { "ratio_high", &b->ratio_high },
        { "yard", &b->yard },             { "yard_low", &b->yard_low },
        { "yard_high", &b->yard_high },   { "processes", &b->processes },
        { "yard_mean", &b->yard_mean },   { "yard_spread", &b->yard_spread },
        { "rounds", &b->rounds },         { "copies", &b->copies },
        { "error", &b->error },           { "clock_ghz", &b->clock_ghz },
    };

    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
        const json_t *const value = json_object_get(object, counters[i].key);
        *counters[i].to = number(object, counters[i].key);
        if (value && !(*counters[i].to >= 0.0))
            return refuse(r, "expected %s to be a number >= 0, found %s", counters[i].key,
                          json_is_number(value) ? "a negative one" : "something else");
    }
    return read_interval(r, "ratio", b->ratio, b->ratio_low, b->ratio_high) &&
           read_interval(r, "yard", b->yard, b->yard_low, b->yard_high);
}

static bool read_entry(reader *r, const json_t *object, entry *e)
{
    bench_result *const b = &e->result;
    const json_t *const repetition = json_object_get(object, "repetition_index");
    const char *const reason = json_string_value(json_object_get(object, "error_message"));

    r->name = json_string_value(json_object_get(object, "name"));
    if (!json_is_object(object) || !r->name)
        return refuse(r, "expected an object with a name");
    e->repetition = json_integer_value(repetition);
    if (json_is_true(json_object_get(object, "error_occurred")))
        snprintf(b->skipped, sizeof b->skipped, "%s", reason && *reason ? reason : "no reason");
    return read_name(r, b) && read_label(r, object, b) && read_time(r, object, b) &&
           read_counters(r, object, b);
}

/* ---- repetitions ---- */

static int by_name(const void *a, const void *b)
{
    const entry *const x = a, *const y = b;
    const int names = strcmp(x->result.name, y->result.name);

    if (names != 0)
        return names;
    return (x->repetition > y->repetition) - (x->repetition < y->repetition);
}

/* What was skipped counts as slowest. */
static int by_time(const void *a, const void *b)
{
    const double x = ((const entry *)a)->result.seconds, y = ((const entry *)b)->result.seconds;
    return isnan(x) || isnan(y) ? isnan(x) - isnan(y) : (x > y) - (x < y);
}

static int by_position(const void *a, const void *b)
{
    const size_t x = ((const entry *)a)->position, y = ((const entry *)b)->position;
    return (x > y) - (x < y);
}

/* Leaves one entry per name, in the order of the file. */
static bool join_repetitions(reader *r, entry *e, size_t *count)
{
    size_t kept = 0;

    qsort(e, *count, sizeof *e, by_name);
    for (size_t first = 0, last; first < *count; first = last) {
        for (last = first + 1; last < *count; last++) {
            if (strcmp(e[last].result.name, e[first].result.name) != 0)
                break;
            r->at = e[last].position;
            r->name = e[last].result.name;
            if (e[last].repetition == e[last - 1].repetition)
                return refuse(r, "expected each name once, found it twice");
        }
        qsort(e + first, last - first, sizeof *e, by_time);
        e[kept++] = e[first + (last - first - 1) / 2];
    }
    qsort(e, kept, sizeof *e, by_position);
    *count = kept;
    return true;
}

/* ---- the file ---- */

static char *context_text(const json_t *value)
{
    if (json_is_string(value))
        return strdup(json_string_value(value));
    return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(12));
}

static bool read_context(const reader *r, json_t *object, result_file *f)
{
    const char *key;
    json_t *value;

    f->context = calloc(json_object_size(object) + 1, sizeof *f->context);
    if (!f->context) {
        file_refuse(r->error, STATUS_MEMORY, "%s: no memory", r->path);
        return false;
    }
    json_object_foreach(object, key, value) {
        result_context *const c = &f->context[f->context_count++];
        c->key = strdup(key);
        c->value = context_text(value);
        if (!c->key || !c->value) {
            file_refuse(r->error, STATUS_MEMORY, "%s: no memory", r->path);
            return false;
        }
    }
    return true;
}

static bool read_benchmarks(reader *r, const json_t *array, result_file *f)
{
    const size_t size = json_array_size(array);
    entry *const e = calloc(size + 1, sizeof *e);
    size_t count = 0;
    bool good = true;

    if (!e)
        return refuse(r, "no memory");
    for (r->at = 0; r->at < size && good; r->at++) {
        const json_t *const object = json_array_get(array, r->at);
        const char *const type = json_string_value(json_object_get(object, "run_type"));
        if (type && strcmp(type, "aggregate") == 0)
            continue;
        e[count].position = r->at;
        good = read_entry(r, object, &e[count++]);
    }
    good = good && join_repetitions(r, e, &count);
    f->results = good ? calloc(count + 1, sizeof *f->results) : NULL;
    for (size_t i = 0; f->results && i < count; i++)
        f->results[f->count++] = e[i].result;
    free(e);
    if (good && count == 0)
        file_refuse(r->error, STATUS_IO, "%s: expected results, found none", r->path);
    return good && f->results && count > 0;
}

static bool read_root(reader *r, const json_t *root, result_file *f)
{
    json_t *const context = json_object_get(root, "context");
    const json_t *const benchmarks = json_object_get(root, "benchmarks");

    if (!json_is_object(context) || !json_is_array(benchmarks)) {
        file_refuse(r->error, STATUS_IO, "%s: expected Google Benchmark's \"context\" and "
                    "\"benchmarks\", found no %s", r->path,
                    json_is_object(context) ? "\"benchmarks\"" : "\"context\"");
        return false;
    }
    if (!json_is_string(json_object_get(context, "convlab_version"))) {
        const char *const program = json_string_value(json_object_get(context, "executable"));
        file_refuse(r->error, STATUS_IO, "%s: expected results of convlab-bench (a context with "
                    "convlab_version), found those of '%s'", r->path,
                    program ? program : "another program");
        return false;
    }
    return read_context(r, context, f) && read_benchmarks(r, benchmarks, f);
}

bool result_read(const char *path, result_file *f, file_error *error)
{
    reader r = { .path = path, .error = error };
    json_error_t problem;
    uint8_t *bytes;
    size_t size;

    *f = (result_file){ 0 };
    if (file_read_whole(path, LARGEST_FILE, &bytes, &size, error) != STATUS_OK)
        return false;
    if (size == 0) {
        free(bytes);
        file_refuse(error, STATUS_IO, "%s: expected results as JSON, found an empty file", path);
        return false;
    }
    json_t *const root = json_loadb((const char *)bytes, size, JSON_REJECT_DUPLICATES, &problem);
    free(bytes);
    if (!root) {
        file_refuse(error, STATUS_IO, "%s:%d:%d: expected JSON: %s", path, problem.line,
                    problem.column, problem.text);
        return false;
    }
    const bool good = read_root(&r, root, f);
    json_decref(root);
    if (!good)
        result_free(f);
    return good;
}

void result_free(result_file *f)
{
    for (size_t i = 0; i < f->context_count; i++) {
        free(f->context[i].key);
        free(f->context[i].value);
    }
    free(f->context);
    free(f->results);
    *f = (result_file){ 0 };
}

const char *result_context_value(const result_file *f, const char *key)
{
    for (size_t i = 0; i < f->context_count; i++)
        if (strcmp(f->context[i].key, key) == 0)
            return f->context[i].value;
    return "";
}
