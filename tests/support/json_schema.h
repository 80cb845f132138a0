/* json_schema.h: holds a JSON value against a JSON Schema, for tests of what others shall read.
 *
 * Known are type, const, enum, properties, required, additionalProperties (true, false), items,
 * maxItems, minimum, maximum, minLength, maxLength and pattern (a POSIX extended expression); any
 * other keyword but those that only describe fails the test: it would check nothing. */
#ifndef JSON_SCHEMA_H
#define JSON_SCHEMA_H

#include <jansson.h>

/* Fails the running test, naming the place, unless the value obeys the schema in that file. */
void json_schema_expect(const char *schema_file, const json_t *value);

#endif
