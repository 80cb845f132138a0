/* session_settings.c: grading.json: a grading's secret, and what all its results have in common.
 *
 *   { "format": "convlab/grading/v1", "secret": "0123...", "began": "2026-01-31T12:00:00Z",
 *     "lesson": "conv", "exercise": null, "scored": true, "policy": "..." }
 *
 * Why a file: a run that goes on where another was interrupted, and units on several machines, must
 * draw the same problems and give points for the same things. Whoever comes first makes it: under a
 * name of its own first, and link() lets one win; the others read what that one wrote. */
#include "grade/session_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "grade/sha256.h"

static const char format[] = "convlab/grading/v1";

void session_time(char text[SESSION_TIME_BYTES])
{
    const time_t now = time(NULL);
    struct tm parts;

    if (!gmtime_r(&now, &parts) ||
        !strftime(text, SESSION_TIME_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts))
        snprintf(text, SESSION_TIME_BYTES, "1970-01-01T00:00:00Z");
}

/* ---- What points are given for, in 64 digits ---- */

static bool add_json(sha256 *sum, const json_t *json)
{
    char *const text = json ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

    if (text)
        sha256_add(sum, text, strlen(text) + 1);
    free(text);
    return text || !json;
}

static bool fingerprint(const grade_settings *g, const session_options *o,
                        char text[SHA256_TEXT_BYTES])
{
    bool all = true;
    sha256 sum;

    sha256_begin(&sum);
    for (int i = 0; i < g->course->count; i++) {
        const lesson *const l = &g->course->lessons[i];
        if (o->only && l != o->only)
            continue;
        sha256_add(&sum, l->name, strlen(l->name) + 1);
        all = add_json(&sum, l->json) && add_json(&sum, g->policies[i].json) && all;
    }
    sha256_end(&sum, text);
    return all;
}

/* ---- Making it ---- */

static json_t *describe(const grade_settings *g, const session_options *o, const grading *of)
{
    char secret_text[SECRET_TEXT_BYTES], policy_text[SHA256_TEXT_BYTES];

    secret_print(&of->key, secret_text);
    if (!fingerprint(g, o, policy_text))
        return NULL;
    return json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:b, s:s}", "format", format, "secret",
                     secret_text, "began", of->began, "lesson", o->only ? o->only->name : NULL,
                     "exercise", o->exercise, "scored", !o->practice, "policy", policy_text);
}

static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t count = write(fd, bytes, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        bytes += count;
        size -= (size_t)count;
    }
    return true;
}

/* Writes the file under a name of our own: nobody else may read it. */
static bool write_secretly(const char *path, const char *text)
{
    unlink(path);                               /* of a killed one that had our number */
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    const bool written = write_all(fd, text, strlen(text)) && write_all(fd, "\n", 1) &&
                         fsync(fd) == 0;
    const int why = errno;
    const bool closed = close(fd) == 0;
    if (!written)
        errno = why;
    return written && closed;
}

static bool sync_folder(const char *folder)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    return synced;
}

/* Makes the file; *quicker tells that another one has made it in the meantime. */
static status make(const char *path, const grading *of, const grade_settings *g,
                   const session_options *o, bool anew, bool *quicker, file_error *error)
{
    lesson_path own;
    char name[64];
    status s = STATUS_OK;

    json_t *const json = describe(g, o, of);
    char *const text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
    json_decref(json);
    if (!text)
        return file_refuse(error, STATUS_MEMORY, "%s: no memory", path);
    *quicker = false;
    snprintf(name, sizeof name, ".grading.json-%ld", (long)getpid());   /* no submission's id */
    path_join(own, o->out, name, NULL);
    if (!*own) {
        s = file_refuse(error, STATUS_IO, "%s: the path is too long", path);
    } else {
        if (!write_secretly(own, text) || (anew ? rename(own, path) : link(own, path)) != 0) {
            *quicker = !anew && errno == EEXIST;
            if (!*quicker)
                s = file_refuse(error, STATUS_IO, "%s: cannot be written: %s", path,
                                strerror(errno));
        }
        unlink(own);                            /* of no interest any more, however it went */
        if (s == STATUS_OK && !sync_folder(o->out))
            s = file_refuse(error, STATUS_IO, "%s: cannot be written: %s", o->out,
                            strerror(errno));
    }
    free(text);
    return s;
}

/* ---- Reading it ---- */

static const char *text_of(const json_t *json, const char *key)
{
    const json_t *const value = json_object_get(json, key);
    return json_is_string(value) ? json_string_value(value) : "";
}

/* To be freed; a lesson or an exercise that is null is all of them. */
static char *shown(const json_t *value)
{
    return !value ? NULL : json_is_null(value) ? strdup("all") : json_dumps(value, JSON_ENCODE_ANY);
}

/* One setting that must be as it was. */
static bool agree(const char *path, const json_t *there, const json_t *here, const char *key,
                  const char *what, file_error *error)
{
    const json_t *const a = json_object_get(there, key), *const b = json_object_get(here, key);

    if (a && b && json_equal(a, b))
        return true;
    if (strcmp(key, "policy") == 0) {           /* digits tell nobody anything */
        file_refuse(error, STATUS_VALUE, "%s: %s", path, what);
        return false;
    }
    char *const was = shown(a), *const is = shown(b);

    file_refuse(error, STATUS_VALUE, "%s: '%s': expected %s, found %s: %s; take another --out",
                path, key, is ? is : "another", was ? was : "none", what);
    free(was);
    free(is);
    return false;
}

static status take_key(grading *into, const char *path, const json_t *there, file_error *error)
{
    if (strcmp(text_of(there, "format"), format) != 0)
        return file_refuse(error, STATUS_IO, "%s: 'format': expected \"%s\", found \"%s\"", path,
                           format, text_of(there, "format"));
    if (!secret_read(&into->key, text_of(there, "secret")))
        return file_refuse(error, STATUS_IO, "%s: 'secret': expected 32 hexadecimal digits, found "
                                             "something else", path);
    return STATUS_OK;
}

static status compare(const char *path, const json_t *there, grading *into,
                      const grade_settings *g, const session_options *o, file_error *error)
{
    static const struct { const char *key, *what; } same[] = {
        { "lesson", "this folder is of another lesson" },
        { "exercise", "this folder is of another exercise" },
        { "scored", "practice and scored results do not mix" },
        { "policy", "the course's lesson.json or grading.json has changed since; --again grades "
                    "anew what is named, another --out keeps these results" },
    };
    secret wanted;

    if (strlen(text_of(there, "began")) != strlen("2026-01-31T12:00:00Z"))
        return file_refuse(error, STATUS_IO, "%s: 'began': expected a time, found \"%s\"", path,
                           text_of(there, "began"));
    snprintf(into->began, sizeof into->began, "%s", text_of(there, "began"));
    if (o->secret && (!secret_read(&wanted, o->secret) ||
                      memcmp(wanted.key, into->key.key, sizeof wanted.key) != 0))
        return file_refuse(error, STATUS_VALUE, "%s: 'secret': expected the one of --secret, "
                                                "found another: take another --out", path);
    json_t *const here = describe(g, o, into);
    if (!here)
        return file_refuse(error, STATUS_MEMORY, "%s: no memory", path);
    status s = STATUS_OK;
    for (size_t i = 0; i < sizeof same / sizeof same[0] && s == STATUS_OK; i++)
        if (!agree(path, there, here, same[i].key, same[i].what, error))
            s = STATUS_VALUE;
    json_decref(here);
    return s;
}

/* The file that is there; of one whose place is to be taken only the secret counts. */
static status read_there(const char *path, grading *into, const grade_settings *g,
                         const session_options *o, bool anew, file_error *error)
{
    json_error_t where;
    json_t *const json = json_load_file(path, JSON_REJECT_DUPLICATES, &where);

    if (!json)
        return file_refuse(error, STATUS_IO, "%s:%d: expected the settings of a grading, found: %s",
                           path, where.line, where.text);
    status s = take_key(into, path, json, error);
    if (s == STATUS_OK && !anew)
        s = compare(path, json, into, g, o, error);
    json_decref(json);
    return s;
}

static status draw_key(secret *key, file_error *error)
{
    return secret_draw(key) ? STATUS_OK
                            : file_refuse(error, STATUS_IO, "the operating system gives no random "
                                                            "numbers: %s", strerror(errno));
}

status grading_open(grading *into, const grade_settings *g, const session_options *o, bool anew,
                    file_error *error)
{
    lesson_path path;
    bool quicker = false;               /* another one, between our look and our link() */

    path_join(path, o->out, "grading.json", NULL);
    if (!*path)
        return file_refuse(error, STATUS_IO, "%.200s...: the path is too long", o->out);
    const bool there = access(path, F_OK) == 0;
    status s = there ? read_there(path, into, g, o, anew, error) : draw_key(&into->key, error);
    if (s != STATUS_OK || (there && !anew))
        return s;
    if (o->secret && !secret_read(&into->key, o->secret))
        return file_refuse(error, STATUS_VALUE, "--secret: expected 32 hexadecimal digits, found "
                                                "'%s'", o->secret);
    session_time(into->began);
    s = make(path, into, g, o, anew, &quicker, error);
    return s == STATUS_OK && quicker ? read_there(path, into, g, o, false, error) : s;
}
