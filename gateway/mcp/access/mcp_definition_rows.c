/* Definitions in the store: rows of the gateway's own, sealed and bound to their keys. */
#include "mcp/mcp_definition.h"

#include "json/json_writer.h"

/* -- keys */

struct text mcp_definition_head_key(struct arena *arena, struct text target)
{
    const struct text parts[] = {TEXT("head/"), target};
    return arena_join(arena, parts, 2);
}

struct text mcp_definition_tool_prefix(struct arena *arena, struct text target)
{
    const struct text parts[] = {TEXT("tool/"), target, TEXT("/")};
    return arena_join(arena, parts, 3);
}

static struct text hex_of(struct arena *arena, const unsigned char digest[DIGEST_SIZE])
{
    char *hex = arena_allocate(arena, 2 * DIGEST_SIZE + 1);
    digest_hex(digest, hex);
    return (struct text){hex, 2 * DIGEST_SIZE};
}

struct text mcp_definition_text_key(struct arena *arena, struct text target,
                                    const unsigned char digest[DIGEST_SIZE])
{
    const struct text parts[] = {TEXT("text/"), target, TEXT("/"), hex_of(arena, digest)};
    return arena_join(arena, parts, 4);
}

/* -- writing */

void mcp_definition_put_head(const struct sealer *sealer, struct arena *arena, struct text target,
                             int64_t version, int64_t now_s, struct store_state *change)
{
    struct text json = arena_print(arena, "{\"at\":%lld}", (long long)now_s);
    own_state_put(sealer, arena, MCP_DEFINITIONS_OWNER, mcp_definition_head_key(arena, target), json, change);
    change->expected_version = version;
}

static void write_parameters(struct json_writer *writer, const struct mcp_header_parameters *parameters)
{
    if (parameters->is_mistaken)
        json_member_boolean(writer, "mistaken", true);
    if (parameters->count == 0)
        return;
    json_name(writer, TEXT("parameters"));
    json_begin_object(writer);
    for (size_t i = 0; i < parameters->count; i++) {
        json_name(writer, parameters->items[i].header);
        json_write_text(writer, parameters->items[i].pointer);
    }
    json_end_object(writer);
}

void mcp_definition_put_tool(const struct sealer *sealer, struct arena *arena, struct text target,
                             const struct mcp_tool_row *row, struct store_state *change)
{
    const struct mcp_standing *standing = &row->standing;
    const struct text key[] = {mcp_definition_tool_prefix(arena, target), row->tool};
    struct buffer out = buffer_in(arena, 512);
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_member_text(&writer, "tool", row->tool);
    json_member_text(&writer, "seen", hex_of(arena, standing->seen));
    if (standing->is_confirmed) {
        json_member_text(&writer, "confirmed", hex_of(arena, standing->confirmed));
        json_member_integer(&writer, "confirmed_at", standing->confirmed_s);
    }
    if (standing->is_suspended)
        json_member_boolean(&writer, "suspended", true);
    json_member_integer(&writer, "first_seen", standing->first_seen_s);
    json_member_integer(&writer, "changed", standing->changed_s);
    write_parameters(&writer, &row->parameters);
    json_end_object(&writer);
    own_state_put(sealer, arena, MCP_DEFINITIONS_OWNER, arena_join(arena, key, 2), buffer_text(&out), change);
    change->expected_version = -1;
}

void mcp_definition_put_text(const struct sealer *sealer, struct arena *arena, struct text target,
                             const unsigned char digest[DIGEST_SIZE], struct text definition,
                             struct store_state *change)
{
    own_state_put(sealer, arena, MCP_DEFINITIONS_OWNER, mcp_definition_text_key(arena, target, digest),
                  definition, change);
    change->expected_version = -1;
}

/* -- reading */

static enum fault open_row(const struct sealer *sealer, struct arena *arena, const struct store_state *state,
                           const struct json_value **json)
{
    struct store_state row = *state;
    const struct store_query query = {.adapter = TEXT(MCP_DEFINITIONS_OWNER),
                                      .id = row.key,
                                      .arena = arena,
                                      .states = &row,
                                      .state_count = 1};
    int64_t version;
    return own_state_read(sealer, &query, json, &version);
}

static bool read_digest(const struct json_value *json, const char *name, unsigned char digest[DIGEST_SIZE])
{
    struct text hex = json_text_of(json, name);
    if (hex.length != 2 * DIGEST_SIZE)
        return false;
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        int high = text_hexadecimal_value(hex.base[2 * i]), low = text_hexadecimal_value(hex.base[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        digest[i] = (unsigned char)(16 * high + low);
    }
    return true;
}

static void read_parameters(const struct json_value *json, struct mcp_header_parameters *parameters)
{
    const struct json_value *list = json_member(json, TEXT("parameters"));
    parameters->is_mistaken = json_is_true(json_member(json, TEXT("mistaken")));
    for (const struct json_value *one = list == NULL ? NULL : list->first;
         one != NULL && parameters->count < MCP_CATALOG_PARAMETERS_MAX; one = one->next)
        parameters->items[parameters->count++] = (struct mcp_header_parameter){one->name, json_string(one)};
}

enum fault mcp_definition_read_tool(const struct sealer *sealer, struct arena *arena,
                                    const struct store_state *state, struct mcp_tool_row *row)
{
    const struct json_value *json;
    struct mcp_standing *standing = &row->standing;
    *row = (struct mcp_tool_row){.tool = TEXT_NONE};
    TRY(open_row(sealer, arena, state, &json));
    row->tool = json_text_of(json, "tool");
    standing->is_confirmed = read_digest(json, "confirmed", standing->confirmed);
    standing->is_suspended = json_is_true(json_member(json, TEXT("suspended")));
    standing->first_seen_s = json_integer_of(json, "first_seen");
    standing->changed_s = json_integer_of(json, "changed");
    standing->confirmed_s = json_integer_of(json, "confirmed_at");
    read_parameters(json, &row->parameters);
    bool makes_sense = row->tool.length != 0 && row->tool.length <= MCP_CATALOG_NAME_MAX &&
                       standing->first_seen_s != 0 && read_digest(json, "seen", standing->seen);
    return makes_sense ? FAULT_NONE : FAULT_SEAL_BROKEN;
}

enum fault mcp_definition_read_text(const struct sealer *sealer, struct arena *arena,
                                    const struct store_state *state, const struct json_value **definition)
{
    return open_row(sealer, arena, state, definition);
}
