/* One page of tools, however many: there are no more than a document may have. */
#include "bridge_server.h"

#include "base/fault.h"
#include "message/mcp_error.h"
#include "json/json_writer.h"

/* TTL_MS: what a client may keep of a list; the view of the caller lowers it. */
enum { TTL_MS = 60000, INSTRUCTIONS_BYTES = 4096, WORDS_BYTES = 256 };

static void begin(struct json_writer *writer, const struct mcp_message *message)
{
    json_begin_object(writer);
    json_member_text(writer, "jsonrpc", TEXT("2.0"));
    json_name(writer, TEXT("id"));
    json_write_value(writer, message->id);
    json_name(writer, TEXT("result"));
    json_begin_object(writer);
}

static void end(struct json_writer *writer, const struct mcp_message *message)
{
    if (message->generation == MCP_NEW)
        json_member_text(writer, "resultType", TEXT("complete"));
    json_end_object(writer);
    json_end_object(writer);
}

static void write_caching(struct json_writer *writer, const struct mcp_message *message)
{
    if (message->generation != MCP_NEW)
        return;
    json_member_integer(writer, "ttlMs", TTL_MS);
    json_member_text(writer, "cacheScope", TEXT("private"));
}

/* -- what it is */

static void write_server(struct json_writer *writer, const struct bridge_server *server)
{
    const struct openapi *openapi = server->openapi;
    bool has_version = openapi->version.length != 0;
    json_begin_object(writer);
    json_member_text(writer, "name", server->name);
    if (openapi->title.length != 0)
        json_member_text(writer, "title", text_beginning(openapi->title, WORDS_BYTES));
    json_member_text(writer, "version",
                     has_version ? text_beginning(openapi->version, WORDS_BYTES) : TEXT("1"));
    json_end_object(writer);
}

static void write_description(struct json_writer *writer, const struct bridge_server *server)
{
    json_name(writer, TEXT("capabilities"));
    json_begin_object(writer);
    json_name(writer, TEXT("tools"));
    json_begin_object(writer);
    json_end_object(writer);
    json_end_object(writer);
    if (server->openapi->description.length != 0)
        json_member_text(writer, "instructions",
                         text_beginning(server->openapi->description, INSTRUCTIONS_BYTES));
}

/* The version that was asked for where it is spoken here, else the newest of the generation. */
static void write_initialize(struct json_writer *writer, const struct bridge_server *server,
                             const struct mcp_message *message)
{
    struct text asked = json_text_of(message->params, "protocolVersion");
    bool is_spoken = mcp_version_is_supported(MCP_OLD, asked);
    json_member_text(writer, "protocolVersion", is_spoken ? asked : text_of(mcp_versions_old[0]));
    write_description(writer, server);
    json_name(writer, TEXT("serverInfo"));
    write_server(writer, server);
}

static void write_discover(struct json_writer *writer, const struct bridge_server *server,
                           const struct mcp_message *message)
{
    json_name(writer, TEXT("supportedVersions"));
    json_begin_array(writer);
    for (const char *const *version = mcp_versions_new; *version != NULL; version++)
        json_write_text(writer, text_of(*version));
    json_end_array(writer);
    write_description(writer, server);
    write_caching(writer, message);
    json_name(writer, TEXT("_meta"));
    json_begin_object(writer);
    json_name(writer, TEXT(MCP_META_SERVER));
    write_server(writer, server);
    json_end_object(writer);
}

/* -- what it has */

static void write_tools(struct json_writer *writer, const struct bridge_server *server,
                        const struct mcp_message *message)
{
    json_name(writer, TEXT("tools"));
    json_begin_array(writer);
    for (size_t i = 0; i < server->openapi->count; i++)
        json_write_value(writer, server->openapi->operations[i].definition);
    json_end_array(writer);
    write_caching(writer, message);
}

static void write_nothing(struct json_writer *writer, const struct bridge_server *server,
                          const struct mcp_message *message)
{
    (void)writer;
    (void)server;
    (void)message;
}

static const struct {
    const char *method;
    void (*write)(struct json_writer *writer, const struct bridge_server *server,
                  const struct mcp_message *message);
} answers[] = {
    {"initialize", write_initialize},
    {"server/discover", write_discover},
    {"tools/list", write_tools},
    {"ping", write_nothing},
};

struct text bridge_server_answer(struct arena *arena, const struct bridge_server *server,
                                 const struct mcp_message *message, int *status)
{
    struct buffer out = buffer_in(arena, 1024);
    struct json_writer writer = json_writer_on(&out);
    bool has_cursor = json_member(message->params, TEXT("cursor")) != NULL; /* which nobody was given here */
    if (mcp_message_is(message, "tools/list") && has_cursor)
        return mcp_error_answer(arena, FAULT_MCP_PARAMS, message, status);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        if (!mcp_message_is(message, answers[i].method))
            continue;
        begin(&writer, message);
        answers[i].write(&writer, server, message);
        end(&writer, message);
        *status = 200;
        return buffer_text(&out);
    }
    return mcp_error_answer(arena, FAULT_MCP_METHOD_UNKNOWN, message, status);
}
