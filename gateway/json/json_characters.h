/* The characters of a JSON document, before its grammar is looked at: everything that must never appear
 * whatever stands around it, and that yajl lets through. Called by the reader alone, once per document. */
#ifndef JSON_JSON_CHARACTERS_H
#define JSON_JSON_CHARACTERS_H

#include "base/text.h"

/* NULL if all is well; otherwise a static sentence that says what is wrong, and *offset its byte. */
const char *json_characters_mistake(struct text document, bool takes_nul, size_t *offset);

#endif
