/* policy.c: reads grading.json. A mistake is told with the file and the path in it:
 * "exercises.forward.groups[1].points". */
#include "grade/policy.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/check.h"
#include "data/whole_file.h"
#include "lessons/drawn_shape.h"
#include "lessons/exercise_run.h"
#include "lessons/profile_limits.h"

enum {
    MOST_BYTES = 1 << 20,
    PLACE_BYTES = 256,
    MEMORY_CASES = 10,
    WHOLE_POINTS = 10, CHECKED_POINTS = 7,      /* of an exercise without a policy of its own */
    CHECKED_DRAWS = 50, MAX_DRAWS = 1000
};

static const double most_factor = 1000.0;

/* Where in which file, for messages. */
typedef struct {
    const char *path;
    char at[PLACE_BYTES];
    status failed;
    file_error *error;
} place;

static place inside(const place *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static place inside(const place *p, const char *format, ...)
{
    place inner = *p;
    char added[PLACE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(added, sizeof added, format, arguments);
    va_end(arguments);
    snprintf(inner.at, sizeof inner.at, "%.150s%.100s", p->at, added);
    return inner;
}

static bool refuse(place *p, const char *key, const char *expected, const json_t *found)
{
    char *const text = found ? json_dumps(found, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

    p->failed = file_refuse(p->error, STATUS_VALUE, "%s: %s%s%.80s: expected %s, found %.100s",
                            p->path, p->at, *p->at && *key ? "." : "", key, expected,
                            text ? text : "nothing");
    free(text);
    return false;
}

static bool no_memory(place *p)
{
    p->failed = file_refuse(p->error, STATUS_MEMORY, "%s: no memory to read it", p->path);
    return false;
}

/* ---- Values ---- */

static bool known_keys(place *p, const json_t *object, const char *keys)
{
    char expected[160];
    const char *key;
    json_t *value;

    if (!json_is_object(object))
        return refuse(p, "", "an object", object);
    snprintf(expected, sizeof expected, "one of the entries %s", keys);
    json_object_foreach((json_t *)object, key, value)
        if (!*key || !check_names(keys, key))
            return refuse(p, key, expected, value);
    return true;
}

/* A whole number; if it is not there, `otherwise` (below low: it must be there). */
static bool get_whole(place *p, const json_t *object, const char *key, int otherwise, int low,
                      int high, int *number)
{
    const json_t *const found = json_object_get(object, key);
    char expected[80];

    *number = otherwise;
    if (!found && otherwise >= low)
        return true;
    if (json_is_integer(found) && json_integer_value(found) >= low &&
        json_integer_value(found) <= high) {
        *number = (int)json_integer_value(found);
        return true;
    }
    snprintf(expected, sizeof expected, "a whole number %d to %d", low, high);
    return refuse(p, key, expected, found);
}

static bool get_points(place *p, const json_t *object, int *points)
{
    return get_whole(p, object, "points", -1, 0, POLICY_MAX_POINTS, points);
}

static bool get_factor(place *p, const json_t *object, const char *key, double otherwise,
                       double *factor)
{
    const json_t *const found = json_object_get(object, key);

    *factor = found ? json_number_value(found) : otherwise;
    if ((!found || json_is_number(found)) && *factor > 0.0 && *factor <= most_factor)
        return true;
    return refuse(p, key, "a number above 0 and up to 1000", found);
}

/* An object; if it is not there, that of lesson.json, or NULL. */
static bool get_object(place *p, const json_t *object, const char *key,
                       const exercise_shape *otherwise, json_t **found)
{
    *found = json_object_get(object, key);
    if (!*found)
        *found = (json_t *)otherwise;
    return !*found || json_is_object(*found) || refuse(p, key, "an object", *found);
}

/* ---- Groups ---- */

/* A name that any output can show, and no other part has. */
static bool get_name(place *p, const json_t *object, const exercise_policy *e, policy_group *g)
{
    const json_t *const found = json_object_get(object, "name");
    const char *const name = json_string_value(found);
    bool good = name && *name && strlen(name) < sizeof g->name &&
                !check_names("memory speed profile predict", name);

    for (const char *c = name; good && *c; c++)
        good = (unsigned char)*c >= ' ' && *c != 0x7f;
    for (int i = 0; good && i < e->group_count; i++)
        good = strcmp(e->group[i].name, name) != 0;
    if (!good)
        return refuse(p, "name", "a name of its own, 1 to 63 bytes long, and not memory, speed, "
                                 "profile or predict", found);
    snprintf(g->name, sizeof g->name, "%s", name);
    return true;
}

/* The exercise's rules with the group's put over them. */
static bool merge_shape(place *p, const exercise *e, const json_t *own, policy_group *g)
{
    if (!e->shape && !own)
        return true;
    g->shape = json_object();
    if (!g->shape || (e->shape && json_object_update(g->shape, (json_t *)e->shape) != 0) ||
        (own && json_object_update(g->shape, (json_t *)own) != 0))
        return no_memory(p);
    return true;
}

static bool read_group(place *p, const json_t *object, exercise_policy *e, policy_group *g)
{
    const json_t *const partial = json_object_get(object, "partial");
    json_t *own;

    if (!known_keys(p, object, "name points cases partial shape") ||
        !get_name(p, object, e, g) || !get_points(p, object, &g->points) ||
        !get_whole(p, object, "cases", e->exercise->cases, 1, POLICY_MAX_CASES, &g->cases) ||
        !get_object(p, object, "shape", NULL, &own))
        return false;
    if (partial && !json_is_boolean(partial))
        return refuse(p, "partial", "true or false", partial);
    g->partial = json_is_true(partial);
    return merge_shape(p, e->exercise, own, g);
}

static bool read_groups(place *p, const json_t *object, exercise_policy *e)
{
    const json_t *const groups = json_object_get(object, "groups");
    const size_t count = json_array_size(groups);

    if (count < 1 || count > POLICY_MAX_GROUPS)
        return refuse(p, "groups", "a list of 1 to 8 groups", groups);
    for (size_t i = 0; i < count; i++) {
        policy_group *const g = &e->group[i];
        place inner = inside(p, ".groups[%zu]", i);
        const bool good = read_group(&inner, json_array_get(groups, i), e, g);
        p->failed = inner.failed;
        e->group_count++;                       /* now: what was merged has to be released */
        if (!good)
            return false;
        e->points += g->points;
    }
    return true;
}

/* ---- Memory, speed, profile ---- */

static bool read_memory(place *p, const json_t *object, exercise_policy *e)
{
    return known_keys(p, object, "points cases") && get_points(p, object, &e->memory_points) &&
           get_whole(p, object, "cases", MEMORY_CASES, 1, POLICY_MAX_CASES, &e->memory_cases);
}

static bool read_speed(place *p, const json_t *object, exercise_policy *e)
{
    const exercise *const x = e->exercise;

    if (!known_keys(p, object, "points at from to threads") ||
        !get_points(p, object, &e->speed_points) ||
        !get_object(p, object, "at", x->at, &e->speed_at) ||
        !get_whole(p, object, "threads", x->threads, 0, 1024, &e->speed_threads) ||
        !get_factor(p, object, "from", 1.3, &e->speed_from) ||
        !get_factor(p, object, "to", x->kind == EXERCISE_FASTER ? x->factor : 0.0, &e->speed_to))
        return false;
    if (!e->speed_at)
        return refuse(p, "at", "the shape to time", NULL);
    return e->speed_from <= e->speed_to ||
           refuse(p, "to", "at least as much as \"from\"", json_object_get(object, "to"));
}

static bool read_profile(place *p, const json_t *object, exercise_policy *e)
{
    const char *name;
    json_t *limit;

    if (!known_keys(p, object, "points at at_most") ||
        !get_points(p, object, &e->profile_points) ||
        !get_object(p, object, "at", e->exercise->at, &e->profile_at) ||
        !get_object(p, object, "at_most", e->exercise->at_most, &e->profile_at_most))
        return false;
    if (!e->profile_at)
        return refuse(p, "at", "the shape to profile", NULL);
    if (json_object_size(e->profile_at_most) == 0)
        return refuse(p, "at_most", "at least one figure", e->profile_at_most);
    json_object_foreach(e->profile_at_most, name, limit)
        if (!profile_has_figure(name) || !json_is_number(limit) || json_number_value(limit) < 0.0)
            return refuse(p, "at_most", "figures of lessons/AUTHORS.md and numbers from 0 on",
                          e->profile_at_most);
    return true;
}

typedef bool part_reader(place *p, const json_t *object, exercise_policy *e);

static bool read_part(place *p, const json_t *object, const char *key, part_reader *read,
                      exercise_policy *e)
{
    const json_t *const part = json_object_get(object, key);
    place inner = inside(p, ".%s", key);

    if (!part)
        return true;
    const bool good = read(&inner, part, e);
    p->failed = inner.failed;
    return good;
}

/* ---- Exercises ---- */

static bool read_exercise(place *p, const json_t *object, exercise_policy *e)
{
    if (e->exercise->kind == EXERCISE_PREDICT) {
        if (!known_keys(p, object, "points") || !get_points(p, object, &e->predict_points))
            return false;
        e->points = e->predict_points;
        return true;
    }
    const char *const keys = e->exercise->kind == EXERCISE_CUDA ? "groups memory profile"
                                                                : "groups memory speed";
    if (!known_keys(p, object, keys) || !read_groups(p, object, e) ||
        !read_part(p, object, "memory", read_memory, e) ||
        !read_part(p, object, "speed", read_speed, e) ||
        !read_part(p, object, "profile", read_profile, e))
        return false;
    e->points += e->memory_points + e->speed_points + e->profile_points;
    return true;
}

/* What an exercise is worth that the file does not name. */
static bool make_exercise(place *p, exercise_policy *e)
{
    const exercise *const x = e->exercise;
    const bool timed = x->kind == EXERCISE_FASTER;
    const bool profiled = x->kind == EXERCISE_CUDA && x->at && json_object_size(x->at_most) > 0;

    e->points = WHOLE_POINTS;
    if (x->kind == EXERCISE_PREDICT) {
        e->predict_points = WHOLE_POINTS;
        return true;
    }
    e->group_count = 1;
    e->group[0] = (policy_group){ .name = "any shape", .cases = x->cases,
                                  .points = timed || profiled ? CHECKED_POINTS : WHOLE_POINTS };
    if (timed) {
        e->speed_points = WHOLE_POINTS - CHECKED_POINTS;
        e->speed_threads = x->threads;
        e->speed_at = (json_t *)x->at;
        e->speed_to = x->factor;
        e->speed_from = x->factor < 1.3 ? x->factor : 1.3;
    }
    if (profiled) {
        e->profile_points = WHOLE_POINTS - CHECKED_POINTS;
        e->profile_at = (json_t *)x->at;
        e->profile_at_most = (json_t *)x->at_most;
    }
    return merge_shape(p, x, NULL, &e->group[0]);
}

/* Every exercise that the file names is one of the lesson's. */
static bool known_exercises(place *p, const lesson *l, const json_t *named)
{
    char expected[400] = "an exercise of the lesson:";
    const char *key;
    json_t *value;

    for (int i = 0; i < l->exercise_count; i++) {
        const size_t used = strlen(expected);
        snprintf(expected + used, sizeof expected - used, " %s", l->exercises[i].name);
    }
    json_object_foreach((json_t *)named, key, value)
        if (!lesson_exercise(l, key))
            return refuse(p, key, expected, value);
    return true;
}

static bool read_policy(place *p, policy *into)
{
    const json_t *const named = json_object_get(into->json, "exercises");
    place all = inside(p, "exercises");

    if (into->json && (!known_keys(p, into->json, "exercises") ||
                       (!json_is_object(named) && !refuse(p, "exercises", "an object", named))))
        return false;
    if (!known_exercises(&all, into->lesson, named)) {
        p->failed = all.failed;
        return false;
    }
    for (int i = 0; i < into->lesson->exercise_count; i++) {
        exercise_policy *const e = &into->exercise[into->count++];
        e->exercise = &into->lesson->exercises[i];
        const json_t *const own = json_object_get(named, e->exercise->name);
        place inner = inside(&all, ".%s", e->exercise->name);
        const bool good = own ? read_exercise(&inner, own, e) : make_exercise(&inner, e);
        p->failed = inner.failed;
        if (!good)
            return false;
        into->points += e->points;
    }
    return true;
}

status policy_parse(policy *p, const lesson *l, const void *bytes, size_t size, const char *path,
                    file_error *error)
{
    json_error_t wrong = { .line = 0 };
    place at = { .path = path, .failed = STATUS_OK, .error = error };

    *p = (policy){ .lesson = l };
    if (bytes) {
        errno = 0;                              /* jansson tells it as many things */
        p->json = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &wrong);
        if (!p->json && errno == ENOMEM)
            no_memory(&at);
        else if (!p->json)
            at.failed = file_refuse(error, STATUS_VALUE, "%s:%d: %s", path, wrong.line, wrong.text);
        if (!p->json)
            return at.failed;
    }
    read_policy(&at, p);
    return at.failed;
}

static void policy_path(lesson_path path, const lesson *l)
{
    path_join(path, l->path, "grading.json", NULL);
}

status policy_open(policy *p, const lesson *l, file_error *error)
{
    lesson_path path;
    uint8_t *bytes;
    size_t size;

    *p = (policy){ .lesson = l };
    policy_path(path, l);
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return policy_parse(p, l, NULL, 0, path, error);
    const status read = file_read_whole(path, MOST_BYTES, &bytes, &size, error);
    if (read != STATUS_OK)
        return read;
    const status parsed = policy_parse(p, l, bytes, size, path, error);
    free(bytes);
    return parsed;
}

void policy_close(policy *p)
{
    for (int i = 0; i < p->count; i++)
        for (int g = 0; g < p->exercise[i].group_count; g++)
            json_decref(p->exercise[i].group[g].shape);
    json_decref(p->json);
    p->json = NULL;
    p->count = 0;
}

/* ---- Against the concepts ---- */

static bool refuse_rules(place *p, const char *what)
{
    p->failed = file_refuse(p->error, STATUS_VALUE, "%s: %s: %.600s", p->path, p->at, what);
    return false;
}

static bool draw_legal(const check_concept *c, check_random *r)
{
    int param[CHECK_MAX_PARAMS] = { 0 };

    for (int i = 0; i < MAX_DRAWS; i++) {
        c->draw(r, param);
        if (check_verdict(c, param) == STATUS_OK)
            return true;
    }
    return false;
}

static bool check_group(place *p, const check_concept *concept, const policy_group *g)
{
    file_error why = { "" };
    check_random r = { 1 };

    const check_concept *const c = drawn_shape_restrict(concept, g->shape, &why);
    if (!c)
        return refuse_rules(p, why.text);
    for (int i = 0; i < CHECKED_DRAWS; i++)
        if (!draw_legal(c, &r))
            return refuse_rules(p, "'shape': expected rules that leave legal shapes, found none in "
                                   "1000 draws");
    return true;
}

static bool check_at(place *p, const check_concept *concept, const exercise *e, const json_t *at)
{
    int param[CHECK_MAX_PARAMS] = { 0 };
    file_error why = { "" };

    const check_concept *const c = drawn_shape_restrict(concept, e->shape, &why);
    if (c && drawn_shape_read(c, at, param, &why))
        return true;
    return refuse_rules(p, why.text);
}

static bool check_exercise(place *p, const exercise_policy *e, const check_concept *concept)
{
    bool good = true;

    for (int i = 0; good && i < e->group_count; i++) {
        place inner = inside(p, ".groups[%d]", i);
        good = check_group(&inner, concept, &e->group[i]);
        p->failed = inner.failed;
    }
    if (good && e->speed_points > 0) {
        place inner = inside(p, ".speed");
        good = check_at(&inner, concept, e->exercise, e->speed_at);
        p->failed = inner.failed;
    }
    if (good && e->profile_points > 0) {
        place inner = inside(p, ".profile");
        good = check_at(&inner, concept, e->exercise, e->profile_at);
        p->failed = inner.failed;
    }
    return good;
}

status policy_check(const policy *p, const course *c, file_error *error)
{
    lesson_path path;

    policy_path(path, p->lesson);
    for (int i = 0; i < p->count; i++) {
        const exercise_policy *const e = &p->exercise[i];
        place all = { .path = path, .failed = STATUS_OK, .error = error };
        place at = inside(&all, "exercises.%s", e->exercise->name);
        if (e->exercise->kind == EXERCISE_PREDICT)
            continue;
        const student_contract *const contract =
            exercise_contract(c, p->lesson, e->exercise, error);
        if (!contract)
            return STATUS_VALUE;
        if (!check_exercise(&at, e, contract->concept))
            return at.failed;
    }
    return STATUS_OK;
}
