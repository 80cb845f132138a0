/* outputs.c: the table of formats, and writing those that are wanted. */
#include "grade/outputs.h"

#include <stdlib.h>
#include <string.h>

#include "grade/output_parts.h"

const output_format output_formats[] = {
    { "text", "feedback.txt", "grade/README.md", output_text },
    { "gradescope", "gradescope.json",
      "https://gradescope-autograders.readthedocs.io/en/latest/specs/", output_gradescope },
    { "junit", "junit.xml",
      "https://github.com/jenkinsci/xunit-plugin (junit-10.xsd), Maven Surefire's test report",
      output_junit },
    { "prairielearn", "prairielearn.json",
      "https://prairielearn.readthedocs.io/en/latest/externalGrading/", output_prairielearn },
    { "classroom50", "classroom50.json",
      "https://github.com/foundation50/classroom50 (schemas/result-v1.schema.json)",
      output_classroom50 },
    { "csv", "exercises.csv", "https://www.rfc-editor.org/rfc/rfc4180", output_csv },
    { 0 },
};

static const output_format *find(const char *name, size_t length)
{
    for (const output_format *f = output_formats; f->name; f++)
        if (strlen(f->name) == length && strncmp(f->name, name, length) == 0)
            return f;
    return NULL;
}

const output_format *output_find(const char *name)
{
    return find(name, strlen(name));
}

bool outputs_known(const char *list, file_error *error)
{
    if (strcmp(list, "all") == 0)
        return true;
    for (const char *name = list;; name++) {
        const size_t length = strcspn(name, ",");
        if (!find(name, length)) {
            file_refuse(error, STATUS_VALUE, "formats: expected all, or some of text,gradescope,"
                        "junit,prairielearn,classroom50,csv; found '%.*s'", (int)length, name);
            return false;
        }
        name += length;
        if (!*name)
            return true;
    }
}

static bool wanted(const char *list, const output_format *f)
{
    if (strcmp(list, "all") == 0)
        return true;
    for (const char *name = list;; name++) {
        const size_t length = strcspn(name, ",");
        if (find(name, length) == f)
            return true;
        name += length;
        if (!*name)
            return false;
    }
}

static status write_one(const result *r, const char *folder, const output_format *f,
                        file_error *error)
{
    lesson_path path;
    size_t size;

    path_join(path, folder, f->file, NULL);
    char *const bytes = f->make(r, &size);
    if (!bytes)
        return file_refuse(error, STATUS_MEMORY, "%s/%s: no memory to write it", folder, f->file);
    const status s = result_write_file(path, bytes, size, error);
    free(bytes);
    return s;
}

status outputs_write(const result *r, const char *folder, const char *list, file_error *error)
{
    status s = STATUS_OK;

    if (!outputs_known(list, error))
        return STATUS_VALUE;
    for (const output_format *f = output_formats; f->name && s == STATUS_OK; f++)
        if (wanted(list, f))
            s = write_one(r, folder, f, error);
    return s;
}
