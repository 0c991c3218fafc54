/* What the tests of JSON documents share: a tree from a line of JSON, and the sentence it is refused with. */
#ifndef UNIT_CEDAR_DOCUMENT_BENCH_H
#define UNIT_CEDAR_DOCUMENT_BENCH_H

#include "cedar/document.h"

/* Fails the test for what is no JSON within cedar_document_limits. */
const struct json_value *json_of(struct arena *arena, const char *text);
/* Fails the test for what is no value. */
struct cedar_value value_of(struct arena *arena, const char *text);
/* Fails the test unless the value is refused with exactly this sentence. */
void assert_value_refused(const char *text, const char *sentence);

#endif
