/* Only what a model or a person reads to decide about a call counts; icons and a server's _meta may change at
 * any time.
 */
#include "definition.h"

#include "canonical_json.h"
#include "mcp_message.h"

bool definition_read(struct arena *arena, const struct json_value *entry, struct definition *definition)
{
    /* In the order of canonical JSON. */
    static const char *const members[] = {"annotations", "description",  "inputSchema",
                                          "name",        "outputSchema", "title"};
    struct text name = json_text_of(entry, "name");
    if (name.length == 0 || name.length > MCP_TOOL_NAME_BYTES_MAX)
        return false;
    *definition = (struct definition){.name = name, .input_schema = json_member(entry, TEXT("inputSchema"))};
    struct buffer out = buffer_in(arena, 1024);
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const struct json_value *member = json_member(entry, text_of(members[i]));
        if (member == NULL)
            continue;
        json_name(&writer, text_of(members[i]));
        canonical_json_write(arena, &writer, member);
    }
    json_end_object(&writer);
    unsigned char digest[DIGEST_SIZE];
    digest_sha256(buffer_text(&out), digest);
    digest_hex(digest, definition->digest);
    return true;
}
