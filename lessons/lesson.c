/* lesson.c: finds the lessons and reads what their lesson.json says. A mistake in one is told with
 * the file and the place in it. */
#include "lessons/lesson.h"

#include <dirent.h>
#include <jansson.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LEVELS_UP = 4 };         /* build/asan/convlab lies two below the root */

static const char *const language_keys[FEEDBACK_LANGUAGES] = { "en", "ko" };
static const char *const kind_names[] = { "write", "fix", "faster", "predict", "cuda" };
enum { KINDS = sizeof kind_names / sizeof kind_names[0] };

const char *say(const char *english, const char *korean)
{
    return feedback_language_wanted() == FEEDBACK_KOREAN ? korean : english;
}

const char *lesson_say(const lesson_words *words)
{
    return words->in[feedback_language_wanted()];
}

const char *exercise_kind_name(exercise_kind kind)
{
    return kind_names[kind];
}

void path_join(lesson_path path, const char *a, const char *b, const char *c)
{
    lesson_path joined;             /* a may be path itself */
    const int length = snprintf(joined, sizeof joined, "%s%s%s%s%s", a, b ? "/" : "", b ? b : "",
                                c ? "/" : "", c ? c : "");

    memcpy(path, joined, sizeof joined);
    if (length < 0 || length >= PATH_MAX)
        path[0] = '\0';
}

/* ---- lesson.json ---- */

/* Where in which file, for messages. */
typedef struct {
    const char *path;
    char at[LESSON_NAME_BYTES];     /* "exercise 2" or "" */
    file_error *error;
} place;

static bool refuse(const place *p, const char *key, const char *expected, const json_t *found)
{
    char *const text = found ? json_dumps(found, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

    file_refuse(p->error, STATUS_VALUE, "%s: %s%s'%s': expected %s, found %.100s", p->path, p->at,
                *p->at ? ": " : "", key, expected, text ? text : "nothing");
    free(text);
    return false;
}

static bool get_text(const place *p, const json_t *object, const char *key, bool optional,
                     const char **text)
{
    const json_t *const found = json_object_get(object, key);

    *text = json_string_value(found);
    return (*text && **text) || (optional && !found) || refuse(p, key, "a text", found);
}

/* An object with "en" and "ko"; `item` of each if they are lists. */
static bool get_words(const place *p, const json_t *object, const char *key, int item,
                      lesson_words *words)
{
    const json_t *const both = json_object_get(object, key);

    for (int i = 0; i < FEEDBACK_LANGUAGES; i++) {
        const json_t *one = json_object_get(both, language_keys[i]);
        if (item >= 0)
            one = json_array_get(one, (size_t)item);
        words->in[i] = json_string_value(one);
        if (!words->in[i] || !*words->in[i])
            return refuse(p, key, item >= 0 ? "{\"en\": [3 texts], \"ko\": [3 texts]}"
                                            : "{\"en\": text, \"ko\": text}", both);
    }
    return true;
}

static bool get_number(const place *p, const json_t *object, const char *key, double otherwise,
                       double low, double *number)
{
    const json_t *const found = json_object_get(object, key);

    *number = found ? json_number_value(found) : otherwise;
    if ((!found || json_is_number(found)) && *number >= low && *number <= 1e6)
        return true;
    char expected[80];
    snprintf(expected, sizeof expected, "a number from %g to 1000000", low);
    return refuse(p, key, expected, found);
}

static bool get_object(const place *p, const json_t *object, const char *key, const json_t **found)
{
    *found = json_object_get(object, key);
    return !*found || json_is_object(*found) || refuse(p, key, "an object", *found);
}

static bool known_keys(const place *p, const json_t *object, const char *const *keys)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value) {
        int i = 0;
        while (keys[i] && strcmp(keys[i], key) != 0)
            i++;
        if (!keys[i])
            return refuse(p, key, "no such entry (AUTHORS.md lists them)", value);
    }
    return true;
}

/* A name of a file: nothing that leads out of the folder. */
static bool get_file(const place *p, const json_t *object, exercise *e)
{
    return get_text(p, object, "file", false, &e->file) &&
           ((!strchr(e->file, '/') && e->file[0] != '.') ||
            refuse(p, "file", "the name of a file in exercises/", json_object_get(object, "file")));
}

static bool read_kernel(const place *p, const json_t *object, exercise *e)
{
    double cases, threads;
    const bool good =
        get_text(p, object, "concept", false, &e->concept) &&
        get_text(p, object, "pass", false, &e->pass) &&
        get_text(p, object, "function", false, &e->function) &&
        get_text(p, object, "workspace", true, &e->workspace) &&
        get_object(p, object, "shape", &e->shape) && get_object(p, object, "at", &e->at) &&
        get_object(p, object, "at_most", &e->at_most) &&
        get_number(p, object, "cases", e->kind == EXERCISE_CUDA ? 20 : 100, 1, &cases) &&
        get_number(p, object, "factor", 1.0, 0.0, &e->factor) &&
        get_number(p, object, "threads", 0, 0, &threads);

    if (!good)
        return false;
    e->cases = (int)cases;
    e->threads = (int)threads;
    if (e->kind == EXERCISE_FASTER && !(e->at && json_object_get(object, "factor")))
        return refuse(p, "factor", "\"factor\" and \"at\" for an exercise of kind faster", object);
    return true;
}

static bool read_exercise(place *p, const json_t *object, int number, exercise *e)
{
    static const char *const keys[] = { "name", "kind", "title", "file", "hints", "concept",
                                        "pass", "function", "workspace", "shape", "cases", "at",
                                        "factor", "threads", "at_most", NULL };
    const char *kind;
    int which = 0;

    snprintf(p->at, sizeof p->at, "exercise %d", number + 1);
    if (!known_keys(p, object, keys) || !get_text(p, object, "name", false, &e->name) ||
        !get_text(p, object, "kind", false, &kind) || !get_file(p, object, e) ||
        !get_words(p, object, "title", -1, &e->title))
        return false;
    while (which < KINDS && strcmp(kind_names[which], kind) != 0)
        which++;
    if (which == KINDS)
        return refuse(p, "kind", "write, fix, faster, predict or cuda",
                      json_object_get(object, "kind"));
    e->kind = (exercise_kind)which;
    for (int i = 0; i < LESSON_HINTS; i++)
        if (!get_words(p, object, "hints", i, &e->hints[i]))
            return false;
    return e->kind == EXERCISE_PREDICT || read_kernel(p, object, e);
}

static bool read_lesson(place *p, lesson *l)
{
    static const char *const keys[] = { "title", "needs", "exercises", NULL };
    const json_t *const needs = json_object_get(l->json, "needs");
    const json_t *const exercises = json_object_get(l->json, "exercises");

    if (!json_is_object(l->json) || !known_keys(p, l->json, keys) ||
        !get_words(p, l->json, "title", -1, &l->title))
        return *p->error->text ? false : refuse(p, "title", "an object with it", l->json);
    if (!json_is_array(needs) || json_array_size(needs) > LESSON_MAX_NEEDS)
        return refuse(p, "needs", "a list of lessons, perhaps empty", needs);
    for (; l->need_count < (int)json_array_size(needs); l->need_count++) {
        const json_t *const need = json_array_get(needs, (size_t)l->need_count);
        if (!(l->needs[l->need_count] = json_string_value(need)))
            return refuse(p, "needs", "names of lessons", needs);
    }
    if (!json_is_array(exercises) || json_array_size(exercises) < 1 ||
        json_array_size(exercises) > LESSON_MAX_EXERCISES)
        return refuse(p, "exercises", "a list of 1 to 12 exercises", exercises);
    for (; l->exercise_count < (int)json_array_size(exercises); l->exercise_count++)
        if (!read_exercise(p, json_array_get(exercises, (size_t)l->exercise_count),
                           l->exercise_count, &l->exercises[l->exercise_count]))
            return false;
    return true;
}

status lesson_open(lesson *l, const char *path, file_error *error)
{
    lesson_path file;
    json_error_t wrong;

    file_error wrong_entry = { { 0 } };

    *l = (lesson){ .json = NULL };
    snprintf(l->path, sizeof l->path, "%s", path);
    const char *const slash = strrchr(path, '/');
    snprintf(l->folder, sizeof l->folder, "%.60s", slash ? slash + 1 : path);
    const char *const dash = strchr(l->folder, '-');
    snprintf(l->name, sizeof l->name, "%s", dash ? dash + 1 : l->folder);
    path_join(file, path, "lesson.json", NULL);
    l->json = json_load_file(file, JSON_REJECT_DUPLICATES, &wrong);
    if (!l->json)
        return file_refuse(error, STATUS_IO, "%s:%d: %s", file, wrong.line, wrong.text);
    place p = { .path = file, .error = &wrong_entry };
    if (read_lesson(&p, l))
        return STATUS_OK;
    *error = wrong_entry;
    return STATUS_VALUE;
}

void lesson_close(lesson *l)
{
    json_decref(l->json);
    l->json = NULL;
}

const exercise *lesson_exercise(const lesson *l, const char *name)
{
    for (int i = 0; i < l->exercise_count; i++)
        if (strcmp(l->exercises[i].name, name) == 0)
            return &l->exercises[i];
    return NULL;
}

/* ---- The course ---- */

static bool has_folder(const char *root, const char *name)
{
    lesson_path probe;

    path_join(probe, root, name, NULL);
    return access(probe, R_OK | X_OK) == 0;
}

/* The folder that holds lessons/ and the headers in kernels/: $CONVLAB_ROOT, or one above the
 * program. */
static bool find_root(lesson_path root)
{
    const char *const given = getenv("CONVLAB_ROOT");

    if (given) {
        path_join(root, given, NULL, NULL);
        return true;
    }
    const ssize_t length = readlink("/proc/self/exe", root, PATH_MAX - 1);
    root[length > 0 ? length : 0] = '\0';
    for (int i = 0; i < LEVELS_UP && *root; i++) {
        *strrchr(root, '/') = '\0';
        if (*root && has_folder(root, "lessons") && has_folder(root, "kernels"))
            return true;
    }
    return false;
}

static int is_lesson(const struct dirent *e)
{
    return e->d_name[0] >= '0' && e->d_name[0] <= '9' && e->d_name[1] >= '0' &&
           e->d_name[1] <= '9' && e->d_name[2] == '-' && strlen(e->d_name) < LESSON_NAME_BYTES;
}

/* What a lesson needs must come before it; what does not is taken off its list. */
static void check_needs(course *c, lesson *l)
{
    int kept = 0;

    for (int i = 0; i < l->need_count; i++) {
        const lesson *const need = course_find(c, l->needs[i]);
        if (need && need < l)
            l->needs[kept++] = l->needs[i];
        else
            file_refuse(&c->complaint, STATUS_VALUE,
                        "%s/lesson.json: 'needs': expected lessons before this one, found \"%s\"",
                        l->path, l->needs[i]);
    }
    l->need_count = kept;
}

/* A folder without a lesson.json is not a lesson yet. */
static void add_lesson(course *c, const char *folder, const char *name)
{
    lesson *const l = &c->lessons[c->count];
    lesson_path path, json;

    path_join(path, folder, name, NULL);
    path_join(json, path, "lesson.json", NULL);
    if (c->count == LESSON_MAX || access(json, F_OK) != 0)
        return;
    c->count++;
    if (lesson_open(l, path, &c->complaint) == STATUS_OK) {
        check_needs(c, l);
    } else {
        lesson_close(l);
        c->count--;
    }
}

status course_open(course *c, file_error *error)
{
    struct dirent **entries;
    lesson_path folder;

    c->count = 0;
    c->complaint = (file_error){ { 0 } };
    if (!find_root(c->root))
        return file_refuse(error, STATUS_IO, "expected a folder lessons/ near the program, found "
                                             "none; CONVLAB_ROOT names the folder that holds it");
    const char *const student = getenv("CONVLAB_STUDENT");
    path_join(c->student, student ? student : c->root, student ? NULL : "student", NULL);
    path_join(folder, c->root, "lessons", NULL);
    const int found = scandir(folder, &entries, is_lesson, alphasort);
    if (found < 0)
        return file_refuse(error, STATUS_IO, "%s: expected a folder of lessons, cannot read it",
                           folder);
    for (int i = 0; i < found; i++) {
        add_lesson(c, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return STATUS_OK;
}

void course_close(course *c)
{
    for (int i = 0; i < c->count; i++)
        lesson_close(&c->lessons[i]);
    c->count = 0;
}

const lesson *course_find(const course *c, const char *name)
{
    for (int i = 0; i < c->count; i++)
        if (strcmp(c->lessons[i].name, name) == 0 || strcmp(c->lessons[i].folder, name) == 0)
            return &c->lessons[i];
    return NULL;
}
