/* What a tool says of itself: its name, and one digest of everything that a model reads, so that a change is
 * seen. Pure. */
#ifndef MCP_DEFINITION_H
#define MCP_DEFINITION_H

#include "base/digest.h"
#include "json/json_value.h"

struct definition {
    struct text name;
    const struct json_value *input_schema; /* NULL: none */
    char digest[2 * DIGEST_SIZE + 1];      /* hexadecimal */
};

/* Of one entry of tools/list. The digest is over name, title, description, inputSchema, outputSchema and
 * annotations in canonical JSON: whatever the order of members. False for what has no name, or one longer than
 * a tool's may be. */
bool definition_read(struct arena *arena, const struct json_value *entry, struct definition *definition);

#endif
