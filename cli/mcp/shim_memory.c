/* mcp.json, read whole and written whole; see shim_memory.h. */
#include "shim_memory.h"

#include <errno.h>
#include <string.h>

#include "session/private_file.h"
#include "json/json_writer.h"

static const char file_name[] = "mcp.json";
static const struct json_limits memory_limits = {.bytes = PRIVATE_FILE_BYTES_MAX, .depth = 4, .members = 2048};

static const struct json_value *read_servers(const struct invocation *invocation)
{
    struct text content, why;
    const struct json_value *json;
    if (!private_file_read(invocation, file_name, &content, &why)) {
        if (why.base != NULL)
            terminal_warn(invocation->terminal, why);
        return NULL;
    }
    if (json_parse(invocation->arena, content, &memory_limits, &json) != FAULT_NONE)
        return NULL;
    const struct json_value *servers = json_member(json, TEXT("servers"));
    return servers != NULL && servers->kind == JSON_ARRAY ? servers->first : NULL;
}

static bool is_of(const struct json_value *row, struct text server, struct text client_id)
{
    return text_equal(json_text_of(row, "server"), server) &&
           text_equal(json_text_of(row, "client_id"), client_id);
}

bool shim_memory_find(const struct invocation *invocation, struct text server, struct text client_id,
                      struct shim_remembered *remembered)
{
    for (const struct json_value *row = read_servers(invocation); row != NULL; row = row->next) {
        if (!is_of(row, server, client_id))
            continue;
        *remembered = (struct shim_remembered){server,
                                               client_id,
                                               json_text_of(row, "issuer"),
                                               json_text_of(row, "access_token"),
                                               json_text_of(row, "scope"),
                                               json_integer_of(row, "expires_at")};
        return remembered->issuer.length != 0;
    }
    return false;
}

static void write_row(struct json_writer *writer, const struct shim_remembered *row)
{
    json_begin_object(writer);
    json_member_text(writer, "server", row->server);
    json_member_text(writer, "client_id", row->client_id);
    json_member_text(writer, "issuer", row->issuer);
    json_member_text(writer, "access_token", row->token);
    json_member_text_if(writer, "scope", row->scope);
    json_member_integer(writer, "expires_at", row->expires_at_s);
    json_end_object(writer);
}

void shim_memory_keep(const struct invocation *invocation, const struct shim_remembered *remembered)
{
    const struct json_value *row = read_servers(invocation);
    struct buffer out = buffer_in(invocation->arena, 4096); /* wiped with it */
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_name(&writer, TEXT("servers"));
    json_begin_array(&writer);
    write_row(&writer, remembered); /* the newest first, so that the oldest are those that go */
    for (unsigned count = 1; row != NULL && count < SHIM_MEMORY_SERVERS_MAX; row = row->next) {
        if (is_of(row, remembered->server, remembered->client_id))
            continue;
        json_write_value(&writer, row);
        count++;
    }
    json_end_array(&writer);
    json_end_object(&writer);
    if (!private_file_write(invocation, file_name, buffer_text(&out)))
        terminal_warn(invocation->terminal,
                      arena_print(invocation->arena, "the token cannot be kept: %s", strerror(errno)));
}
