/* json_schema.c: holds a JSON value against a JSON Schema.
 *
 * Source: JSON Schema, draft 2020-12, "A Vocabulary for Structural Validation". */
#include "tests/support/json_schema.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
    const json_t *schema, *value;
    char at[200];                       /* "tests/3/score" */
} check;

static void refuse(const check *c, const char *keyword)
{
    char *const text = json_dumps(c->value, JSON_ENCODE_ANY | JSON_COMPACT);
    fail_msg("%s: breaks %s: %.300s", c->at, keyword, text ? text : "?");
}

static void down(check *c, const char *step, const json_t *schema, const json_t *value);

static int has_type(const json_t *value, const char *type)
{
    static const struct {
        const char *name;
        json_type is, also;
    } types[] = {
        { "object", JSON_OBJECT, JSON_OBJECT }, { "array", JSON_ARRAY, JSON_ARRAY },
        { "string", JSON_STRING, JSON_STRING }, { "integer", JSON_INTEGER, JSON_INTEGER },
        { "number", JSON_REAL, JSON_INTEGER }, { "boolean", JSON_TRUE, JSON_FALSE },
        { "null", JSON_NULL, JSON_NULL },
    };

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, type) == 0)
            return json_typeof(value) == types[i].is || json_typeof(value) == types[i].also;
    fail_msg("schema: no type %s", type);
    return 0;
}

static int matches(const char *pattern, const char *text)
{
    regex_t expression;

    assert_int_equal(regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB), 0);
    const int found = regexec(&expression, text, 0, NULL, 0);
    regfree(&expression);
    return found == 0;
}

/* In characters. */
static size_t length_of(const char *text)
{
    size_t length = 0;
    for (; *text; text++)
        length += (*text & 0xc0) != 0x80;
    return length;
}

static void check_object(check *c, const char *keyword, const json_t *rule)
{
    const json_t *const properties = json_object_get(c->schema, "properties");
    const char *key;
    json_t *inner;

    if (strcmp(keyword, "required") == 0) {
        for (size_t i = 0; i < json_array_size(rule); i++)
            if (!json_object_get(c->value, json_string_value(json_array_get(rule, i))))
                refuse(c, json_string_value(json_array_get(rule, i)));
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)c->value, key, inner) {
        const json_t *const schema = json_object_get(properties, key);
        if (strcmp(keyword, "properties") == 0 && schema)
            down(c, key, schema, inner);
        if (strcmp(keyword, "additionalProperties") == 0 && json_is_false(rule) && !schema)
            refuse(c, key);
    }
}

static void check_array(check *c, const char *keyword, const json_t *rule)
{
    char step[24];

    if (strcmp(keyword, "maxItems") == 0) {
        if ((json_int_t)json_array_size(c->value) > json_integer_value(rule))
            refuse(c, keyword);
        return;
    }
    for (size_t i = 0; i < json_array_size(c->value); i++) {
        snprintf(step, sizeof step, "%zu", i);
        down(c, step, rule, json_array_get(c->value, i));
    }
}

static void check_scalar(const check *c, const char *keyword, const json_t *rule)
{
    const char *const text = json_string_value(c->value);
    int fine = 1;

    if (strcmp(keyword, "minimum") == 0)
        fine = !json_is_number(c->value) || json_number_value(c->value) >= json_number_value(rule);
    else if (strcmp(keyword, "maximum") == 0)
        fine = !json_is_number(c->value) || json_number_value(c->value) <= json_number_value(rule);
    else if (strcmp(keyword, "minLength") == 0)
        fine = !text || (json_int_t)length_of(text) >= json_integer_value(rule);
    else if (strcmp(keyword, "maxLength") == 0)
        fine = !text || (json_int_t)length_of(text) <= json_integer_value(rule);
    else if (strcmp(keyword, "pattern") == 0)
        fine = !text || matches(json_string_value(rule), text);
    else if (keyword[0] != '$' && strcmp(keyword, "title") != 0 &&
             strcmp(keyword, "description") != 0)
        fail_msg("schema: %s is not known here", keyword);
    if (!fine)
        refuse(c, keyword);
}

static void check_value(check *c)
{
    const char *keyword;
    json_t *rule;

    json_object_foreach((json_t *)(uintptr_t)c->schema, keyword, rule) {
        if (strcmp(keyword, "type") == 0) {
            int fine = json_is_string(rule) && has_type(c->value, json_string_value(rule));
            for (size_t i = 0; i < json_array_size(rule); i++)
                fine |= has_type(c->value, json_string_value(json_array_get(rule, i)));
            if (!fine)
                refuse(c, keyword);
        } else if (strcmp(keyword, "const") == 0) {
            if (!json_equal(c->value, rule))
                refuse(c, keyword);
        } else if (strcmp(keyword, "enum") == 0) {
            int fine = 0;
            for (size_t i = 0; i < json_array_size(rule); i++)
                fine |= json_equal(c->value, json_array_get(rule, i));
            if (!fine)
                refuse(c, keyword);
        } else if (strcmp(keyword, "required") == 0 || strcmp(keyword, "properties") == 0 ||
                   strcmp(keyword, "additionalProperties") == 0) {
            check_object(c, keyword, rule);
        } else if (strcmp(keyword, "items") == 0 || strcmp(keyword, "maxItems") == 0) {
            check_array(c, keyword, rule);
        } else {
            check_scalar(c, keyword, rule);
        }
    }
}

static void down(check *c, const char *step, const json_t *schema, const json_t *value)
{
    check inner = { .schema = schema, .value = value };

    snprintf(inner.at, sizeof inner.at, "%.150s/%.40s", c->at, step);
    check_value(&inner);
}

void json_schema_expect(const char *schema_file, const json_t *value)
{
    json_error_t wrong;
    json_t *const schema = json_load_file(schema_file, JSON_REJECT_DUPLICATES, &wrong);
    check c = { .schema = schema, .value = value };

    if (!schema)
        fail_msg("%s:%d: %s", schema_file, wrong.line, wrong.text);
    snprintf(c.at, sizeof c.at, "%s: ", schema_file);
    check_value(&c);
    json_decref(schema);
}
