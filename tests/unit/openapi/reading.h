/* Documents out of literals, and what reading them says. */
#ifndef TESTS_UNIT_OPENAPI_READING_H
#define TESTS_UNIT_OPENAPI_READING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* after what it needs */

#include "base/buffer.h"
#include "openapi/openapi.h"
#include "json/json_writer.h"

/* One operation: GET or whatever at /x/{id}, with these members besides. */
#define READING_HEAD "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Shop\",\"version\":\"2\"},"
#define READING_ID   "{\"name\":\"id\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"}}"

/* The result, and "POINTER: SENTENCE\n" for each mistake. */
const struct openapi *reading_of(struct arena *arena, const char *document, struct buffer *mistakes);
/* The same of a document without mistakes. */
const struct openapi *reading_good(struct arena *arena, const char *document);
void reading_assert_mistake(const char *document, const char *expected);
/* The definition of its only tool. */
struct text reading_definition(struct arena *arena, const char *document);
const struct json_value *reading_json(struct arena *arena, const char *text);

#endif
