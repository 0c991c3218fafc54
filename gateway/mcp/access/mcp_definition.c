/* Definitions as bytes, and what was seen and confirmed of them. */
#include "mcp/mcp_definition.h"

#include <string.h>

#include "message/canonical_json.h"
#include "json/json_pointer.h"

/* -- canonical bytes */

/* Trees are never changed in place: the outermost object is another, what is in it is the same. */
static const struct json_value *without_meta(struct arena *arena, const struct json_value *tool)
{
    struct json_value *rest = ARENA_NEW(arena, struct json_value);
    *rest = *tool;
    const struct json_value **place = &rest->first;
    rest->count = 0;
    for (const struct json_value *one = tool->first; one != NULL; one = one->next) {
        if (text_is(one->name, "_meta"))
            continue;
        struct json_value *member = ARENA_NEW(arena, struct json_value);
        *member = *one;
        rest->count++;
        *place = member;
        place = &member->next;
    }
    *place = NULL;
    return rest;
}

struct text mcp_definition_canonical(struct arena *arena, const struct json_value *tool)
{
    struct buffer out = buffer_in(arena, 1024);
    struct json_writer writer = json_writer_on(&out);
    canonical_json_write(arena, &writer, tool->kind == JSON_OBJECT ? without_meta(arena, tool) : tool);
    return buffer_text(&out);
}

/* -- arguments that go into headers */

struct reading {
    struct arena *arena;
    struct mcp_header_parameters *parameters;
};

static bool is_taken(const struct mcp_header_parameters *parameters, struct text header)
{
    for (size_t i = 0; i < parameters->count; i++)
        if (text_equal_ignoring_case(parameters->items[i].header, header))
            return true;
    return false;
}

static void take_header(struct reading *reading, struct text pointer, const struct json_value *header)
{
    struct mcp_header_parameters *parameters = reading->parameters;
    enum { HEADER_BYTES_MAX = 64 };
    struct text name = json_string(header);
    if (parameters->count == MCP_CATALOG_PARAMETERS_MAX || name.length > HEADER_BYTES_MAX ||
        !text_is_token(name) || is_taken(parameters, name)) {
        parameters->is_mistaken = true;
        return;
    }
    parameters->items[parameters->count++] =
        (struct mcp_header_parameter){arena_copy(reading->arena, name), pointer};
}

static struct text step_down(struct arena *arena, struct text pointer, struct text name)
{
    struct buffer own = buffer_in(arena, pointer.length + name.length + 2);
    buffer_append(&own, pointer);
    json_pointer_append(&own, name);
    return buffer_text(&own);
}

/* An object's properties, and those of the objects among them. */
static void read_schema(struct reading *reading, struct text pointer, const struct json_value *schema)
{
    const struct json_value *properties = json_member(schema, TEXT("properties"));
    if (properties == NULL || properties->kind != JSON_OBJECT)
        return;
    for (const struct json_value *one = properties->first; one != NULL; one = one->next) {
        const struct json_value *header = json_member(one, TEXT("x-mcp-header"));
        struct text own = step_down(reading->arena, pointer, one->name);
        if (header != NULL)
            take_header(reading, own, header);
        read_schema(reading, own, one);
    }
}

void mcp_header_parameters_read(struct arena *arena, const struct json_value *tool,
                                struct mcp_header_parameters *parameters)
{
    struct reading reading = {arena, parameters};
    *parameters = (struct mcp_header_parameters){.count = 0};
    read_schema(&reading, TEXT(""), json_member(tool, TEXT("inputSchema")));
}

/* -- what was seen, and what is confirmed */

const char *mcp_definition_state_name(enum mcp_definition_state state)
{
    static const char *const names[] = {[MCP_DEFINITION_UNSEEN] = "unseen",
                                        [MCP_DEFINITION_CONFIRMED] = "confirmed",
                                        [MCP_DEFINITION_UNCONFIRMED] = "unconfirmed",
                                        [MCP_DEFINITION_SUSPENDED] = "suspended"};
    return names[state];
}

enum mcp_definition_state mcp_standing_state(const struct mcp_standing *standing)
{
    if (standing->first_seen_s == 0)
        return MCP_DEFINITION_UNSEEN;
    if (!standing->is_confirmed)
        return MCP_DEFINITION_UNCONFIRMED;
    return standing->is_suspended ? MCP_DEFINITION_SUSPENDED : MCP_DEFINITION_CONFIRMED;
}

void mcp_standing_confirm(struct mcp_standing *standing, int64_t now_s)
{
    memcpy(standing->confirmed, standing->seen, DIGEST_SIZE);
    standing->is_confirmed = true;
    standing->is_suspended = false;
    standing->confirmed_s = now_s;
}

enum mcp_sight mcp_standing_see(struct mcp_standing *standing, const unsigned char digest[DIGEST_SIZE],
                                int64_t now_s, bool is_confirmation_needed)
{
    bool is_first = standing->first_seen_s == 0;
    if (!is_first && memcmp(standing->seen, digest, DIGEST_SIZE) == 0)
        return MCP_SIGHT_SAME;
    memcpy(standing->seen, digest, DIGEST_SIZE);
    standing->changed_s = now_s;
    if (is_first) {
        standing->first_seen_s = now_s;
        if (!is_confirmation_needed)
            mcp_standing_confirm(standing, now_s);
        return MCP_SIGHT_FIRST;
    }
    bool was_good = mcp_standing_state(standing) == MCP_DEFINITION_CONFIRMED;
    standing->is_suspended = true;
    return was_good ? MCP_SIGHT_CHANGED : MCP_SIGHT_CHANGED_AGAIN;
}
