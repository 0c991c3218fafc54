/* One spelling for equal JSON values: members in the order of their names' bytes, no white space, numbers as
 * they are written (so 1 and 1.0 differ: whoever compares wants to hear of that). For digests. Pure. */
#ifndef MCP_CANONICAL_JSON_H
#define MCP_CANONICAL_JSON_H

#include "json/json_writer.h"

/* NULL is written as null. */
void canonical_json_write(struct arena *arena, struct json_writer *writer, const struct json_value *value);

#endif
