/* result_json.c: writes and reads result.json; grade/README.md describes the format.
 *
 * Idea: the writer takes any result and cleans every text, so that nothing of a student's making
 *       can keep a result from being written. The reader takes only what the writer makes: it
 *       checks the type and range of each entry, names it if it is wrong, and adds the points up
 *       again. */
#include "grade/grade_result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "data/whole_file.h"

#define FORMAT "convlab/grade/v1"

enum {
    MAX_FILE_BYTES = 64 << 20,
    MAX_CASES = 1000000000,
    MAX_SECONDS = 100000000
};

#define MAX_FIGURE 1e300                /* of a measured value */

/* ---- Writing ---- */

/* Puts a value into an object, which takes it over in any case; false: no memory for either. */
static bool put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

/* A text; nothing for NULL. */
static bool put_text(json_t *object, const char *key, const char *text, size_t most)
{
    if (!text)
        return true;
    char *const clean = result_clean(text, strlen(text), most);
    const bool fine = clean && put(object, key, json_string(clean));
    free(clean);
    return fine;
}

/* A text in an array of size `room`, without line ends; "?" if nothing of it is left. */
static bool put_name(json_t *object, const char *key, const char *text, size_t room)
{
    char *const clean = result_clean(text, strnlen(text, room), room - 1);

    for (char *c = clean; c && *c; c++)
        if (*c == '\n' || *c == '\t')
            *c = ' ';
    const bool fine = clean && put(object, key, json_string(*text && !*clean ? "?" : clean));
    free(clean);
    return fine;
}

#define PUT_NAME(object, key, array) put_name(object, key, array, sizeof (array))

/* A number within its range; NaN counts as 0. */
static bool put_number(json_t *object, const char *key, double value, double low, double high)
{
    return put(object, key, json_real(isnan(value) ? 0 : fmin(fmax(value, low), high)));
}

static bool put_count(json_t *object, const char *key, long value)
{
    return put(object, key, json_integer(value < 0 ? 0 : value > MAX_CASES ? MAX_CASES : value));
}

static bool put_state(json_t *object, result_state s)
{
    return put(object, "state", json_string(result_state_name(s)));
}

static json_t *part_json(const result_part *p)
{
    json_t *const o = json_object();

    if (PUT_NAME(o, "name", p->name) && put_state(o, p->state) &&
        put_number(o, "points", p->points, 0, RESULT_MAX_POINTS) &&
        put_number(o, "max", p->max, 0, RESULT_MAX_POINTS) &&
        put_count(o, "passed", p->passed < p->cases ? p->passed : p->cases) &&
        put_count(o, "cases", p->cases) &&
        put_number(o, "value", p->value, -MAX_FIGURE, MAX_FIGURE) &&
        put_number(o, "low", p->low, -MAX_FIGURE, MAX_FIGURE) &&
        put_number(o, "high", p->high, -MAX_FIGURE, MAX_FIGURE) &&
        put_text(o, "text", p->text, RESULT_TEXT_BYTES))
        return o;
    json_decref(o);
    return NULL;
}

static json_t *exercise_json(const result_exercise *e)
{
    json_t *const o = json_object(), *const parts = json_array();
    char seed[17];
    bool fine = PUT_NAME(o, "lesson", e->lesson) && PUT_NAME(o, "exercise", e->exercise) &&
                PUT_NAME(o, "file", e->file) &&
                put_text(o, "title", e->title, RESULT_TEXT_BYTES) && put_state(o, e->state) &&
                put_number(o, "points", e->points, 0, INFINITY) &&
                put_number(o, "max", e->max, 0, INFINITY);

    snprintf(seed, sizeof seed, "%016llx", (unsigned long long)e->seed);
    fine = fine && put(o, "seed", json_string(seed)) &&
           put_number(o, "seconds", e->seconds, 0, MAX_SECONDS) &&
           put_text(o, "feedback", e->feedback, RESULT_TEXT_BYTES) &&
           put_text(o, "printed", e->printed, RESULT_TEXT_BYTES);
    for (int k = 0; k < e->part_count && fine; k++)
        fine = json_array_append_new(parts, part_json(&e->part[k])) == 0;
    if (fine && put(o, "parts", json_incref(parts))) {
        json_decref(parts);
        return o;
    }
    json_decref(parts);
    json_decref(o);
    return NULL;
}

static json_t *result_json(const result *r)
{
    json_t *const o = json_object(), *const exercises = json_array();
    bool fine = put(o, "format", json_string(FORMAT)) && PUT_NAME(o, "id", r->id) &&
                PUT_NAME(o, "sha256", r->sha256) && PUT_NAME(o, "version", r->version) &&
                PUT_NAME(o, "commit", r->commit) && PUT_NAME(o, "secret", r->secret) &&
                put(o, "tier", json_string(jail_tier_name(r->tier))) &&
                put(o, "scored", json_boolean(r->scored)) &&
                put(o, "complete", json_boolean(r->complete)) &&
                PUT_NAME(o, "started", r->started) &&
                put_number(o, "seconds", r->seconds, 0, MAX_SECONDS) &&
                put_text(o, "remark", r->remark, RESULT_TEXT_BYTES) &&
                put_number(o, "points", r->points, 0, INFINITY) &&
                put_number(o, "max", r->max, 0, INFINITY);

    for (int i = 0; i < r->count && fine; i++)
        fine = json_array_append_new(exercises, exercise_json(&r->exercise[i])) == 0;
    if (fine && put(o, "exercises", json_incref(exercises))) {
        json_decref(exercises);
        return o;
    }
    json_decref(exercises);
    json_decref(o);
    return NULL;
}

/* The file's bytes, to be freed; NULL: no memory. */
static char *result_bytes(const result *r)
{
    const size_t bytes = (size_t)r->count * sizeof *r->exercise;
    result sum = *r;
    char *text = NULL;

    sum.exercise = malloc(bytes + 1);
    if (!sum.exercise)
        return NULL;
    if (bytes > 0)
        memcpy(sum.exercise, r->exercise, bytes);       /* its texts stay those of *r */
    result_sum(&sum);
    json_t *const json = result_json(&sum);
    if (json)
        text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
    json_decref(json);
    free(sum.exercise);
    return text;
}

status result_write(const result *r, const char *path, file_error *error)
{
    char *const text = result_bytes(r);

    if (!text)
        return file_refuse(error, STATUS_MEMORY, "%s: no memory to write the result", path);
    const status s = result_write_file(path, text, strlen(text), error);
    free(text);
    return s;
}

/* ---- Reading ---- */

typedef struct {
    const char *path;
    char at[64];                        /* "exercises[3].parts[0]." */
    status wrong;
    file_error *error;
} place;

static bool no_memory(place *p)
{
    p->wrong = file_refuse(p->error, STATUS_MEMORY, "%s: no memory to read it", p->path);
    return false;
}

static bool refuse(place *p, const char *key, const char *expected, const json_t *found)
{
    char *const text = found ? json_dumps(found, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

    p->wrong = file_refuse(p->error, STATUS_VALUE, "%s: %s%s: expected %s, found %.100s", p->path,
                           p->at, key, expected,
                           text ? text : found ? "something else" : "nothing");
    free(text);
    return false;
}

static bool known_keys(place *p, json_t *object, const char *const *keys)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value) {
        int i = 0;
        while (keys[i] && strcmp(keys[i], key) != 0)
            i++;
        if (!keys[i])
            return refuse(p, key, "no such entry", value);
    }
    return true;
}

static bool get_name(place *p, const json_t *object, const char *key, char *name, size_t room)
{
    const json_t *const found = json_object_get(object, key);
    char expected[64];

    if (!json_is_string(found) || json_string_length(found) >= room) {
        snprintf(expected, sizeof expected, "a text of at most %zu bytes", room - 1);
        return refuse(p, key, expected, found);
    }
    strcpy(name, json_string_value(found));
    return true;
}

#define GET_NAME(p, object, key, array) get_name(p, object, key, array, sizeof (array))

/* Hexadecimal digits: as many as there is room for; or none, if that is allowed. */
static bool get_hex(place *p, const json_t *object, const char *key, char *digits, size_t room,
                    bool or_none)
{
    char expected[64];

    if (!get_name(p, object, key, digits, room))
        return false;
    const size_t length = strlen(digits);
    if (strspn(digits, "0123456789abcdef") == length &&
        (length == room - 1 || (length == 0 && or_none)))
        return true;
    snprintf(expected, sizeof expected, "%zu hexadecimal digits", room - 1);
    return refuse(p, key, expected, json_object_get(object, key));
}

/* A text of any length up to the limit, in memory of its own; NULL if there is none. */
static bool get_text(place *p, const json_t *object, const char *key, char **text)
{
    const json_t *const found = json_object_get(object, key);

    *text = NULL;
    if (!found)
        return true;
    if (!json_is_string(found) || json_string_length(found) > RESULT_TEXT_BYTES)
        return refuse(p, key, "a text of at most 8192 bytes", found);
    *text = strdup(json_string_value(found));
    return *text || no_memory(p);
}

static bool get_number(place *p, const json_t *object, const char *key, double low, double high,
                       double *value)
{
    const json_t *const found = json_object_get(object, key);
    char expected[96];

    *value = json_number_value(found);
    if (json_is_number(found) && *value >= low && *value <= high)
        return true;
    snprintf(expected, sizeof expected, "a number from %g to %g", low, high);
    return refuse(p, key, expected, found);
}

static bool get_count(place *p, const json_t *object, const char *key, long *value)
{
    const json_t *const found = json_object_get(object, key);

    *value = (long)json_integer_value(found);
    return (json_is_integer(found) && *value >= 0 && *value <= MAX_CASES) ||
           refuse(p, key, "a whole number from 0 to 1000000000", found);
}

static bool get_bool(place *p, const json_t *object, const char *key, bool *value)
{
    const json_t *const found = json_object_get(object, key);

    *value = json_is_true(found);
    return json_is_boolean(found) || refuse(p, key, "true or false", found);
}

static bool get_state(place *p, const json_t *object, result_state *s)
{
    const json_t *const found = json_object_get(object, "state");

    *s = json_is_string(found) ? result_state_named(json_string_value(found)) : RESULT_STATES;
    return *s < RESULT_STATES ||
           refuse(p, "state", "waiting, passed, failed, missing, void or broken", found);
}

static bool get_part(place *p, json_t *o, result_part *part)
{
    static const char *const keys[] = { "name", "state", "points", "max", "passed", "cases",
                                        "value", "low", "high", "text", NULL };

    if (!json_is_object(o))
        return refuse(p, "", "an object", o);
    if (!known_keys(p, o, keys) || !GET_NAME(p, o, "name", part->name) ||
        !get_state(p, o, &part->state) ||
        !get_number(p, o, "max", 0, RESULT_MAX_POINTS, &part->max) ||
        !get_number(p, o, "points", 0, part->max, &part->points) ||
        !get_count(p, o, "cases", &part->cases) || !get_count(p, o, "passed", &part->passed) ||
        !get_number(p, o, "value", -MAX_FIGURE, MAX_FIGURE, &part->value) ||
        !get_number(p, o, "low", -MAX_FIGURE, MAX_FIGURE, &part->low) ||
        !get_number(p, o, "high", -MAX_FIGURE, MAX_FIGURE, &part->high))
        return false;
    if (part->passed > part->cases)
        return refuse(p, "passed", "at most as many as there are cases",
                      json_object_get(o, "passed"));
    return get_text(p, o, "text", &part->text);
}

static bool get_parts(place *p, const json_t *object, int exercise_at, result_exercise *e)
{
    json_t *const parts = json_object_get(object, "parts");

    if (!json_is_array(parts) || json_array_size(parts) > RESULT_MAX_PARTS)
        return refuse(p, "parts", "a list of at most 12 parts", parts);
    for (int k = 0; k < (int)json_array_size(parts); k++) {
        snprintf(p->at, sizeof p->at, "exercises[%d].parts[%d].", exercise_at, k);
        e->part_count = k + 1;
        if (!get_part(p, json_array_get(parts, (size_t)k), &e->part[k]))
            return false;
    }
    return true;
}

static bool get_exercise(place *p, json_t *o, int at, result_exercise *e)
{
    static const char *const keys[] = { "lesson", "exercise", "file", "title", "state", "points",
                                        "max", "seed", "seconds", "feedback", "printed", "parts",
                                        NULL };
    char seed[17];

    snprintf(p->at, sizeof p->at, "exercises[%d].", at);
    if (!json_is_object(o))
        return refuse(p, "", "an object", o);
    if (!known_keys(p, o, keys) || !GET_NAME(p, o, "lesson", e->lesson) ||
        !GET_NAME(p, o, "exercise", e->exercise) || !GET_NAME(p, o, "file", e->file) ||
        !get_text(p, o, "title", &e->title) || !get_state(p, o, &e->state) ||
        !get_number(p, o, "max", 0, (double)RESULT_MAX_POINTS * RESULT_MAX_PARTS, &e->max) ||
        !get_number(p, o, "points", 0, e->max, &e->points) ||
        !get_hex(p, o, "seed", seed, sizeof seed, false) ||
        !get_number(p, o, "seconds", 0, MAX_SECONDS, &e->seconds) ||
        !get_text(p, o, "feedback", &e->feedback) || !get_text(p, o, "printed", &e->printed))
        return false;
    e->seed = strtoull(seed, NULL, 16);
    return get_parts(p, o, at, e);
}

static bool get_tier(place *p, const json_t *object, jail_tier *tier)
{
    const json_t *const found = json_object_get(object, "tier");

    *tier = json_is_string(found) ? jail_tier_named(json_string_value(found)) : JAIL_TIERS;
    return *tier < JAIL_TIERS || refuse(p, "tier", "none, landlock or namespaces", found);
}

static bool get_head(place *p, const json_t *o, result *r)
{
    return GET_NAME(p, o, "id", r->id) &&
           (*r->id || refuse(p, "id", "a name", json_object_get(o, "id"))) &&
           get_hex(p, o, "sha256", r->sha256, sizeof r->sha256, true) &&
           GET_NAME(p, o, "version", r->version) && GET_NAME(p, o, "commit", r->commit) &&
           get_hex(p, o, "secret", r->secret, sizeof r->secret, true) &&
           get_tier(p, o, &r->tier) && get_bool(p, o, "scored", &r->scored) &&
           get_bool(p, o, "complete", &r->complete) && GET_NAME(p, o, "started", r->started) &&
           get_number(p, o, "seconds", 0, MAX_SECONDS, &r->seconds) &&
           get_text(p, o, "remark", &r->remark) &&
           get_number(p, o, "max", 0, INFINITY, &r->max) &&
           get_number(p, o, "points", 0, r->max, &r->points);
}

/* True if result_sum() finds what the file says. */
static bool check_sums(place *p, const json_t *exercises, const json_t *o, result *r)
{
    const double points = r->points, max = r->max;

    result_sum(r);
    for (int i = 0; i < r->count; i++) {
        const result_exercise *const e = &r->exercise[i];
        const json_t *const found = json_array_get(exercises, (size_t)i);
        snprintf(p->at, sizeof p->at, "exercises[%d].", i);
        if (e->points != json_number_value(json_object_get(found, "points")))
            return refuse(p, "points", "the sum of its parts", json_object_get(found, "points"));
        if (e->max != json_number_value(json_object_get(found, "max")))
            return refuse(p, "max", "the sum of its parts", json_object_get(found, "max"));
        if (strcmp(result_state_name(e->state),
                   json_string_value(json_object_get(found, "state"))) != 0)
            return refuse(p, "state", result_state_name(e->state),
                          json_object_get(found, "state"));
    }
    *p->at = '\0';
    return (points == r->points ||
            refuse(p, "points", "the sum of the exercises", json_object_get(o, "points"))) &&
           (max == r->max ||
            refuse(p, "max", "the sum of the exercises", json_object_get(o, "max")));
}

static bool get_result(place *p, json_t *o, result *r)
{
    static const char *const keys[] = { "format", "id", "sha256", "version", "commit", "secret",
                                        "tier", "scored", "complete", "started", "seconds",
                                        "remark", "points", "max", "exercises", NULL };
    const json_t *const format = json_object_get(o, "format");
    json_t *const exercises = json_object_get(o, "exercises");

    if (!json_is_string(format) || strcmp(json_string_value(format), FORMAT) != 0)
        return refuse(p, "format", "\"" FORMAT "\"", format);
    if (!known_keys(p, o, keys))
        return false;
    if (!json_is_array(exercises) || json_array_size(exercises) > RESULT_MAX_EXERCISES)
        return refuse(p, "exercises", "a list of at most 256 exercises", exercises);
    if (!result_make(r, (int)json_array_size(exercises)))
        return no_memory(p);
    if (!get_head(p, o, r))
        return false;
    for (int i = 0; i < r->count; i++)
        if (!get_exercise(p, json_array_get(exercises, (size_t)i), i, &r->exercise[i]))
            return false;
    return check_sums(p, exercises, o, r);
}

status result_parse(result *r, const void *bytes, size_t size, const char *path,
                    file_error *error)
{
    place p = { .path = path, .error = error };
    json_error_t wrong;

    memset(r, 0, sizeof *r);
    json_t *const json = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &wrong);
    if (!json && !*wrong.text)                  /* jansson says nothing then, or "invalid token" */
        no_memory(&p);
    else if (!json)
        p.wrong = file_refuse(error, STATUS_VALUE, "%s:%d: expected a result, found: %s", path,
                              wrong.line, wrong.text);
    else if (!json_is_object(json))
        refuse(&p, "format", "\"" FORMAT "\"", NULL);
    else
        get_result(&p, json, r);
    json_decref(json);
    if (p.wrong != STATUS_OK)
        result_free(r);
    return p.wrong;
}

status result_read(result *r, const char *path, file_error *error)
{
    uint8_t *bytes = NULL;
    size_t size = 0;

    memset(r, 0, sizeof *r);
    const status got = file_read_whole(path, MAX_FILE_BYTES, &bytes, &size, error);
    if (got != STATUS_OK)
        return got;
    const status s = result_parse(r, bytes, size, path, error);
    free(bytes);
    return s;
}
