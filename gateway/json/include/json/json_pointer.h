/* JSON pointers (RFC 6901): where something is in a document. */
#ifndef JSON_JSON_POINTER_H
#define JSON_JSON_POINTER_H

#include "base/buffer.h"
#include "json/json_value.h"

bool json_pointer_is_well_formed(struct text pointer);
/* NULL if there is nothing. The pointer is well formed. */
const struct json_value *json_pointer_find(const struct json_value *value, struct text pointer);
/* One step further down, to the member of this name. */
void json_pointer_append(struct buffer *pointer, struct text name);

#endif
